"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from devkit.firmware.check.bench import FirmwareBench
from devkit.json_types import JSON
from devkit.language import _

REFERENCE = "docs/reference/device-side.md"


class SkippedError(Exception):
    """A check that does not fit the firmware; the text says why."""


@dataclass(frozen=True)
class FirmwareFinding:
    """What is wrong: in words, with the topic and the payload where there are any."""

    text: str
    topic: str = ""
    payload: JSON = None


Findings = list[FirmwareFinding]
Run = Callable[[FirmwareBench], Awaitable[Findings]]


@dataclass(frozen=True)
class FirmwareCheck:
    """One rule. section is that of the reference which says it."""

    name: str
    rule: str
    section: int
    cure: str
    run: Run

    @property
    def source(self) -> str:
        """Return where the rule is written."""
        return _(f"{REFERENCE} section {self.section}")


@dataclass(frozen=True)
class FirmwareOutcome:
    """How a check went: no findings and no word of why it was skipped means well."""

    check: FirmwareCheck
    findings: Findings = field(default_factory=list)
    skipped: str = ""


DOWN = "$thing/down/property"


def finding(bench: FirmwareBench, text: str, service: str = "", payload: JSON = None) -> FirmwareFinding:
    """Return a finding about a message on a topic of the device."""
    return FirmwareFinding(text, f"{service}/{bench.device_id}" if service else "", payload)
