"""An audit as text, HTML and JUnit."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.budget import amount
from devkit.language import _, marked
from devkit.testing.audit.rules import AREAS, RULES, judged
from devkit.testing.audit.size import ImportCost, treemap
from devkit.testing.run.report import replace_text

if TYPE_CHECKING:
    from devkit.testing.audit.run import Audit

TEMPLATE = Path(__file__).with_name("audit.html.j2")
SHOWN_PACKAGES = 24
SHOWN_IMPORTS, LISTED_IMPORTS = 5, 40
NAMES = {
    "score": "score",
    "js": marked("script"),
    "js_gzip": marked("script, gzip"),
    "css": marked("style sheet"),
    "unused_css": marked("unused CSS"),
    "first_pixels": marked("first pixels"),
    "largest_pixels": marked("largest pixels"),
    "sdk_ready": "sdkReady",
    "long_task": marked("longest task"),
    "layout_shift": marked("layout shift"),
    "tap": marked("answer to a tap"),
    "frame_p95": marked("frame, p95"),
    "heap_growth": marked("heap growth"),
    "listener_growth": marked("listeners left"),
}


def text_lines(audit: Audit) -> list[str]:
    """Return an audit as lines of a terminal."""
    lines = [_(f"{audit.panel} on {audit.phone}: {audit.score} of 100")]
    measured = [
        f"{_(NAMES[name])} {amount(name, audit.metrics[name])}"
        for name in NAMES
        if name in audit.metrics and name != "score"
    ]
    lines += [f"  {_(', ').join(measured[start : start + 5])}" for start in range(0, len(measured), 5)]
    for area in AREAS:
        for rule in (rule for rule in RULES.values() if rule.area == area):
            found = [finding for finding in audit.findings if finding.rule == rule.id]
            if not found:
                continue
            lines.append(f"✗ {_(rule.title)} (−{rule.points}){_(': ')}{_(rule.why)}")
            for finding in found:
                place = f"  [{finding.where}]" if finding.where else ""
                lines.append(f"    {finding.what}{place}")
            if fix := next((finding.fix for finding in found if finding.fix), ""):
                lines.append(f"    → {fix}")
    if audit.imports:
        lines.append(_("What imports cost:"))
        lines += [f"    {cost_line(cost)}" for cost in audit.imports[:SHOWN_IMPORTS]]
    return [*lines, *(f"! {note}" for note in audit.notes)]


def cost_line(cost: ImportCost) -> str:
    """Return in one line what an import costs."""
    size = amount("js", cost.brings)
    more = "" if cost.goes == cost.brings else _(f", {amount('js', cost.goes)} of them for it alone")
    others = _(f" and {cost.files - 1} more files") if cost.files > 1 else ""
    return f"{cost.name}: {size}{more}  [{cost.where}{others}]"


def write_html(file: Path, audits: Sequence[Audit], compared: Sequence[str], broken: Sequence[str]) -> None:
    """Write one page with every audit."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    page = template.render(
        _=_,
        audits=[_shown(audit) for audit in audits],
        compared=compared,
        broken=broken,
        stamp=time.strftime("%Y-%m-%d %H:%M"),
        rules=RULES,
        areas=AREAS,
    )
    replace_text(file, page)  # another audit may write the same file


def _shown(audit: Audit) -> dict[str, Any]:
    largest = {part.name or _("your sources"): part.size for part in audit.packages[:SHOWN_PACKAGES]}
    rest = sum(part.size for part in audit.packages[SHOWN_PACKAGES:])
    costs = audit.imports[:LISTED_IMPORTS]
    groups = [
        (rule, [finding for finding in audit.findings if finding.rule == rule.id])
        for area in AREAS
        for rule in judged(audit.engine)
        if rule.area == area
    ]
    return {
        "audit": audit,
        "metrics": [
            (_(NAMES[name]), amount(name, audit.metrics[name])) for name in NAMES if name in audit.metrics
        ],
        "tiles": treemap({**largest, **({"others": rest} if rest else {})}),
        "costs": [(cost, amount("js", cost.brings), amount("js", cost.goes)) for cost in costs],
        "groups": [(rule, found) for rule, found in groups if found],
        "passed": [_(rule.title) for rule, found in groups if not found],
        "pictures": {
            name: f"data:image/png;base64,{base64.b64encode(png).decode()}"
            for name, png in audit.pictures.items()
        },
    }


def write_junit(file: Path, audits: Sequence[Audit], broken: Sequence[str]) -> None:
    """Write one test case for each rule and phone, and one for the budget."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", name="devkit audit")
    for audit in audits:
        name = f"{audit.panel} on {audit.phone}"
        rules = judged(audit.engine)
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(rules) + 1))
        failures = 0
        for rule in rules:
            case = ElementTree.SubElement(suite, "testcase", classname=f"audit.{rule.area}", name=rule.id)
            found = [finding for finding in audit.findings if finding.rule == rule.id]
            if found:
                failures += 1
                text = "\n".join(f"{item.what} {item.where}\n{item.fix}".strip() for item in found)
                ElementTree.SubElement(case, "failure", message=_(rule.title)).text = text
        case = ElementTree.SubElement(suite, "testcase", classname="audit", name="budget")
        if broken:
            failures += 1
            ElementTree.SubElement(case, "failure", message=_("over budget")).text = "\n".join(broken)
        suite.set("failures", str(failures))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
