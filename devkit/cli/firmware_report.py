"""The outcomes of checks for the terminal, for CI (JUnit) and as a page."""

from __future__ import annotations

from collections.abc import Sequence

from devkit.firmware.check.finding import FirmwareOutcome
from devkit.language import _
from devkit.redaction import redact

LONGEST = 400


def outcome_text(outcome: FirmwareOutcome) -> str:
    """Return a check and its findings for the terminal."""
    check = outcome.check
    if outcome.skipped:
        return _(f"- {check.name}: skipped, {outcome.skipped}")
    if not outcome.findings:
        return f"✓ {check.name}: {_(check.rule)}"
    lines = [f"✗ {check.name}: {_(check.rule)}"]
    for finding in outcome.findings:
        place = f"  ({finding.topic} {finding.payload or ''})".replace(" )", ")") if finding.topic else ""
        lines.append(f"  {_(finding.text)}{place}"[:LONGEST])
    return "\n".join([*map(redact, lines), f"  {_('Cure:')} {_(check.cure)}", _(f"  See {check.source}")])


def junit_xml(outcomes: Sequence[FirmwareOutcome]) -> str:
    """Return the outcomes as a JUnit report."""
    from xml.etree import ElementTree

    from devkit.cli.output import printable

    failures = sum(bool(outcome.findings) for outcome in outcomes)
    skips = sum(bool(outcome.skipped) for outcome in outcomes)
    counts = {"tests": str(len(outcomes)), "failures": str(failures), "skipped": str(skips)}
    suite = ElementTree.Element("testsuite", {"name": "devkit firmware check", **counts})
    for outcome in outcomes:
        about = {"classname": "firmware", "name": outcome.check.name}
        case = ElementTree.SubElement(suite, "testcase", about)
        if outcome.skipped:
            ElementTree.SubElement(case, "skipped", {"message": outcome.skipped})
        if outcome.findings:
            message = {"message": redact(_(outcome.findings[0].text))}
            ElementTree.SubElement(case, "failure", message).text = outcome_text(outcome)
    made = ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
    return f"{printable(made)}\n"  # XML has no way to say control characters


def html_page(outcomes: Sequence[FirmwareOutcome], device_id: str, seed: int) -> str:
    """Return the outcomes as a page of its own, without anything from elsewhere."""
    from pathlib import Path

    from jinja2 import Environment, StrictUndefined

    template = (Path(__file__).parent / "firmware_report.html.j2").read_text("utf-8")
    made = Environment(autoescape=True, undefined=StrictUndefined).from_string(template)
    return made.render(
        _=_, outcomes=outcomes, total=len(outcomes), device_id=device_id, seed=seed, redact=redact
    )
