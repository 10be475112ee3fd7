"""The rules of an audit: one table; findings, and the score that comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


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
        AuditRule("runs", "robust", "The panel does not run", 60, "Users see an empty page."),
        AuditRule(
            "throws", "robust", "An error is not caught", 15, "What came after it in the code did not happen."
        ),
        AuditRule(
            "offline-throws",
            "robust",
            "It fails when the device goes offline",
            10,
            "Devices lose power and Wi-Fi every day.",
        ),
        AuditRule(
            "offline-silent",
            "robust",
            "Nothing shows that the device is offline",
            6,
            "People press a button again and again, and nothing happens.",
        ),
        AuditRule(
            "failing-call",
            "robust",
            "It fails when a call of the cloud fails",
            8,
            "Phones lose their network in lifts and cellars.",
        ),
        AuditRule(
            "slow-blank",
            "robust",
            "Nothing is shown while the cloud is slow",
            5,
            "A page without a sign of life is closed within seconds.",
        ),
        AuditRule(
            "foreign-request",
            "robust",
            "It loads from hosts of others",
            6,
            "Mini programs block hosts that are not on their list, and the host may be gone tomorrow.",
        ),
        AuditRule(
            "js-size", "size", "The script is large", 6, "Slow phones take seconds to read and run it."
        ),
        AuditRule("css-size", "size", "The style sheet is large", 3, "Nothing is drawn before it is read."),
        AuditRule(
            "heavy-package", "size", "One package is most of the script", 4, "Most of it may not be needed."
        ),
        AuditRule(
            "duplicate-package",
            "size",
            "A package is in the script twice",
            4,
            "Each copy costs, and states differ.",
        ),
        AuditRule(
            "host-copy",
            "size",
            "What the host page has is in the script again",
            5,
            "React comes with the host page; two of them break hooks.",
        ),
        AuditRule(
            "unused-css",
            "size",
            "Most of the style sheet is not used",
            3,
            "It is loaded and matched for nothing.",
        ),
        AuditRule("first-pixels", "speed", "The first pixels come late", 8, "People wait, or leave."),
        AuditRule("long-task", "speed", "The start blocks the page", 4, "Nothing can be touched meanwhile."),
        AuditRule(
            "layout-shift",
            "speed",
            "The page jumps while it loads",
            4,
            "People press what was not there before.",
        ),
        AuditRule(
            "frames",
            "speed",
            "Reports make the page stutter",
            5,
            "Devices that measure report many times a second.",
        ),
        AuditRule(
            "memory", "speed", "Reports fill the memory", 5, "Web views are killed when memory runs out."
        ),
        AuditRule(
            "listeners",
            "speed",
            "Reports leave listeners behind",
            5,
            "The page gets slower the longer it is open.",
        ),
        AuditRule(
            "too-new",
            "target",
            "Something is newer than the target",
            6,
            "Old web views stop, or show it wrong.",
        ),
        AuditRule(
            "console-log", "target", "Logging is left in", 1, "It slows the page, and may tell secrets."
        ),
        AuditRule(
            "axe-critical",
            "access",
            "People with assistive technology cannot use it",
            8,
            "A screen reader has nothing to say.",
        ),
        AuditRule(
            "axe-serious",
            "access",
            "It is hard to use for some",
            4,
            "Many people see, hear or move less well.",
        ),
        AuditRule(
            "dark-contrast", "access", "Text is hard to read in the dark", 4, "Many phones are dark at night."
        ),
        AuditRule(
            "narrow",
            "access",
            "Text is cut, or it scrolls sideways, at 320 px",
            5,
            "Small phones and enlarged displays have no more.",
        ),
        AuditRule(
            "large-font",
            "access",
            "Text is cut with a font of 130 %",
            4,
            "Many people read with larger letters.",
        ),
        AuditRule(
            "untranslated", "words", "Words stay in one language", 3, "The platform sells abroad, too."
        ),
        AuditRule(
            "property-ignored",
            "words",
            "A property of the thing model is never shown",
            2,
            "The model promises it; perhaps an id is wrong.",
        ),
    )
}
AREAS = ("robust", "size", "speed", "target", "access", "words")


def score(findings: Iterable[AuditFinding]) -> int:
    """Return 100 less the points of every rule that is broken, at least 0."""
    return max(0, 100 - sum(RULES[name].points for name in {finding.rule for finding in findings}))
