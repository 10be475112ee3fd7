"""The rules of an audit: one table; findings, and the score that comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devkit.language import marked
from devkit.testing.run.browsers import CHROMIUM


@dataclass(frozen=True)
class AuditRule:
    """What is looked for. points are taken off the score once, however often the rule is broken."""

    id: str
    area: str
    title: str
    points: int
    why: str


@dataclass(frozen=True)
class AuditFinding:
    """One thing that is wrong. where: a place, package, selector or property; fix: what to do."""

    rule: str
    what: str
    where: str = ""
    fix: str = ""


RULES: Mapping[str, AuditRule] = {
    rule.id: rule
    for rule in (
        AuditRule("runs", "robust", marked("The panel does not run"), 60, marked("Users see an empty page.")),
        AuditRule(
            "throws",
            "robust",
            marked("An error is not caught"),
            15,
            marked("What came after it in the code did not happen."),
        ),
        AuditRule(
            "offline-throws",
            "robust",
            marked("It fails when the device goes offline"),
            10,
            marked("Devices lose power and Wi-Fi every day."),
        ),
        AuditRule(
            "offline-silent",
            "robust",
            marked("Nothing shows that the device is offline"),
            6,
            marked("People press a button again and again, and nothing happens."),
        ),
        AuditRule(
            "failing-call",
            "robust",
            marked("It fails when a call of the cloud fails"),
            8,
            marked("Phones lose their network in lifts and cellars."),
        ),
        AuditRule(
            "slow-blank",
            "robust",
            marked("Nothing is shown while the cloud is slow"),
            5,
            marked("A page without a sign of life is closed within seconds."),
        ),
        AuditRule(
            "foreign-request",
            "robust",
            marked("It loads from hosts of others"),
            6,
            marked(
                "Mini programs block hosts that are not on their list, and the host may be gone tomorrow."
            ),
        ),
        AuditRule(
            "js-size",
            "size",
            marked("The script is large"),
            6,
            marked("Slow phones take seconds to read and run it."),
        ),
        AuditRule(
            "css-size",
            "size",
            marked("The style sheet is large"),
            3,
            marked("Nothing is drawn before it is read."),
        ),
        AuditRule(
            "heavy-package",
            "size",
            marked("One package is most of the script"),
            4,
            marked("Most of it may not be needed."),
        ),
        AuditRule(
            "duplicate-package",
            "size",
            marked("A package is in the script twice"),
            4,
            marked("Each copy costs, and states differ."),
        ),
        AuditRule(
            "host-copy",
            "size",
            marked("What the host page has is in the script again"),
            5,
            marked("React comes with the host page; two of them break hooks."),
        ),
        AuditRule(
            "unused-css",
            "size",
            marked("Most of the style sheet is not used"),
            3,
            marked("It is loaded and matched for nothing."),
        ),
        AuditRule(
            "first-pixels", "speed", marked("The first pixels come late"), 8, marked("People wait, or leave.")
        ),
        AuditRule(
            "long-task",
            "speed",
            marked("The start blocks the page"),
            4,
            marked("Nothing can be touched meanwhile."),
        ),
        AuditRule(
            "layout-shift",
            "speed",
            marked("The page jumps while it loads"),
            4,
            marked("People press what was not there before."),
        ),
        AuditRule(
            "frames",
            "speed",
            marked("Reports make the page stutter"),
            5,
            marked("Devices that measure report many times a second."),
        ),
        AuditRule(
            "slow-tap",
            "speed",
            marked("A tap is answered late"),
            5,
            marked("People tap again, and the device gets both."),
        ),
        AuditRule(
            "memory",
            "speed",
            marked("Reports fill the memory"),
            5,
            marked("Web views are killed when memory runs out."),
        ),
        AuditRule(
            "listeners",
            "speed",
            marked("Reports leave listeners behind"),
            5,
            marked("The page gets slower the longer it is open."),
        ),
        AuditRule(
            "too-new",
            "target",
            marked("Something is newer than the target"),
            6,
            marked("Old web views stop, or show it wrong."),
        ),
        AuditRule(
            "console-log",
            "target",
            marked("Logging is left in"),
            1,
            marked("It slows the page, and may tell secrets."),
        ),
        AuditRule(
            "axe-critical",
            "access",
            marked("People with assistive technology cannot use it"),
            8,
            marked("A screen reader has nothing to say."),
        ),
        AuditRule(
            "axe-serious",
            "access",
            marked("It is hard to use for some"),
            4,
            marked("Many people see, hear or move less well."),
        ),
        AuditRule(
            "dark-contrast",
            "access",
            marked("Text is hard to read in the dark"),
            4,
            marked("Many phones are dark at night."),
        ),
        AuditRule(
            "narrow",
            "access",
            marked("Text is cut, or it scrolls sideways, at 320 px"),
            5,
            marked("Small phones and enlarged displays have no more."),
        ),
        AuditRule(
            "large-font",
            "access",
            marked("Text is cut with a font of 130 %"),
            4,
            marked("Many people read with larger letters."),
        ),
        AuditRule(
            "untranslated",
            "words",
            marked("Words stay in one language"),
            3,
            marked("The platform sells abroad, too."),
        ),
        AuditRule(
            "property-ignored",
            "words",
            marked("A property of the thing model is never shown"),
            2,
            marked("The model promises it; perhaps an id is wrong."),
        ),
    )
}
IN_CHROMIUM = ("unused-css", "layout-shift", "slow-tap", "memory", "listeners")
"""What only Chromium can measure."""
AREAS = (
    marked("robust"),
    marked("size"),
    marked("speed"),
    marked("target"),
    marked("access"),
    marked("words"),
)


def judged(engine: str) -> list[AuditRule]:
    """Return the rules that a browser of Playwright can be held to."""
    return [rule for rule in RULES.values() if engine == CHROMIUM or rule.id not in IN_CHROMIUM]


def score(findings: Iterable[AuditFinding]) -> int:
    """Return 100 less the points of every rule that is broken, at least 0."""
    return max(0, 100 - sum(RULES[name].points for name in {finding.rule for finding in findings}))
