"""Audits that are kept, and what is other than in one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from devkit.budget import amount
from devkit.errors import SettingsError
from devkit.language import _
from devkit.testing.audit.run import VERSION, Audit
from devkit.testing.run.browsers import CHROMIUM, ENGINES

_NUMBER = re.compile(r"(?<![\w-])\d[\d.,]*")


def read_audit(file: Path) -> Mapping[str, Any]:
    """Return an audit that was kept as JSON.

    Errors: SettingsError when the file is none.
    """
    try:
        kept = json.loads(file.read_text("utf-8"))
        if all(_is_audit(item) for item in (kept, *kept.get("more", ()))):
            return dict(kept)
        problem = _(f"version {kept['version']}")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        problem = str(error) or type(error).__name__
    raise SettingsError(
        _(f"{file} is no audit: {problem}."), _("Make one: devkit audit --json-file main.json")
    )


def _is_audit(kept: Mapping[str, Any]) -> bool:
    return (
        kept["version"] == VERSION
        and isinstance(kept["metrics"], dict)
        and all(isinstance(finding, dict) for finding in list(kept["findings"]))
        and all(isinstance(kept.get(name, ""), str) for name in ("browser", "profile"))
    )


def write_audits(file: Path, audits: Sequence[Audit]) -> None:
    """Keep the audits of a run in one file: the first, and more of other phones."""
    first, *more = (audit.to_json() for audit in audits)
    kept = {**first, **({"more": more} if more else {})}
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", "utf-8")


def of_each(audits: Sequence[Audit], told: Callable[[Audit], Iterable[str]]) -> list[str]:
    """Return the lines that are told of each audit; of several with the phone's name."""
    return [f"{audit.phone}: {line}" if len(audits) > 1 else line for audit in audits for line in told(audit)]


def compare(audit: Audit, before: Mapping[str, Any]) -> list[str]:
    """Return in one line each what is other than in an earlier audit: of several, that of the same phone."""
    before = _alike(audit, before)
    lines = []
    if before.get("profile", audit.profile.name) != audit.profile.name:
        phone = before["profile"]
        lines.append(_(f"The audit before was on the phone {phone}: its times are another phone's."))
    if before.get("browser", CHROMIUM) != audit.engine:
        engine = ENGINES.get(before["browser"], before["browser"])
        lines.append(_(f"The audit before was in {engine}: its times are another browser's."))
    for name, value in audit.metrics.items():
        was = before["metrics"].get(name)
        if isinstance(was, int | float) and (shown := amount(name, was)) != amount(name, value):
            lines.append(f"{name}: {shown} → {amount(name, value)}")
    found = [vars(finding) for finding in audit.findings]
    lines += [_(f"new: {rule}: {what}") for rule, what in _other(found, before["findings"])]
    lines += [_(f"gone: {rule}: {what}") for rule, what in _other(before["findings"], found)]
    return lines


def _alike(audit: Audit, before: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one of the audits that were kept together that was on the same phone, else the first."""
    kept = [before, *before.get("more", ())]
    return next((item for item in kept if item.get("profile") == audit.profile.name), before)


def _other(these: Iterable[Mapping[str, Any]], those: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return rule and place, or text, of findings that are not among those."""
    left = Counter(_key(finding) for finding in those)
    found = []
    for finding in these:
        if left[_key(finding)] > 0:
            left[_key(finding)] -= 1
        else:
            found.append((str(finding.get("rule", "")), str(finding.get("where") or finding.get("what", ""))))
    return sorted(found)


def _key(finding: Mapping[str, Any]) -> tuple[str, str]:
    """Return what makes a finding the same as an earlier one: no number, of a line or measured."""
    what = str(finding.get("where") or finding.get("what", ""))
    return str(finding.get("rule", "")), _NUMBER.sub("", what)
