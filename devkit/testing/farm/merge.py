"""The results of a run's parts, made one: `devkit test --merge`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from devkit.errors import SettingsError
from devkit.language import _
from devkit.testing.farm.shards import FORMAT
from devkit.testing.run.report import RANKS, Row

BAD = ("failed", "error")
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to say."""


@dataclass
class Merged:
    """The tests of all parts; problems say what is missing or does not fit together."""

    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    longest: float = 0.0
    parts: int = 0

    @property
    def good(self) -> bool:
        """Tell whether every test was run once and none failed."""
        return not self.problems and not any(row.outcome in BAD for row in self.rows)

    def lines(self) -> Iterator[str]:
        """Yield what a terminal shows."""
        for row in self.rows:
            if row.outcome in BAD:
                yield f"{row.outcome.upper()} {row.name}" + (f" - {row.decisive}" if row.decisive else "")
        counts = {rank: sum(row.outcome == rank for row in self.rows) for rank in RANKS}
        told = ", ".join(f"{count} {rank}" for rank, count in counts.items() if count) or _("no tests")
        yield _(f"{told}; {self.parts} parts, {self.seconds:.1f} s in all, the longest {self.longest:.1f} s")


def merge(folder: Path) -> Merged:
    """Return the results of every part below a folder.

    Errors: SettingsError when there are none, or a file is no result of a part.
    """
    files = sorted(folder.rglob("*-of-*.json")) if folder.is_dir() else []
    if not files:
        raise SettingsError(
            _(f"There are no results of parts in {folder}."),
            _("Each `devkit test --shard 1/4` writes one there."),
        )
    groups: dict[str, dict[Path, dict[str, Any]]] = {}
    for file in files:
        part = _read(file)
        groups.setdefault(part["panel"], {})[file] = part
    merged = Merged()
    for panel, parts in groups.items():
        _add(merged, panel, parts)
    return merged


def _read(file: Path) -> dict[str, Any]:
    try:
        part = json.loads(file.read_text("utf-8"))
        if part["format"] > FORMAT:
            raise SettingsError(
                _(f"{file} is by a newer devkit."), _("Merge with the devkit that ran the tests.")
            )
        part["rows"] = [Row(**{item.name: row[item.name] for item in fields(Row)}) for row in part["rows"]]
        for name, kind in (("number", int), ("count", int), ("panel", str), ("mark", str), ("tests", list)):
            if not isinstance(part[name], kind):
                raise TypeError(f"{name} is {part[name]!r}")
        part["seconds"] = float(part["seconds"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingsError(
            _(f"{file} is no result of a part: {type(error).__name__}: {error}."), _("Run that part again.")
        ) from error
    found: dict[str, Any] = part
    return found


def _add(merged: Merged, panel: str, parts: dict[Path, dict[str, Any]]) -> None:
    """Take the parts of one panel."""
    before = f"{panel}: " if panel else ""
    merged.problems += [before + text for text in _misfits(parts)]
    rows = {row.name: row for part in parts.values() for row in part["rows"]}
    given = {test for part in parts.values() for test in part["tests"]}
    if lost := sorted(given - rows.keys()):
        merged.problems.append(_(f"{before}{len(lost)} tests were not run: {_some(lost)}."))
    for row in rows.values():
        row.name = before + row.name
        merged.rows.append(row)
    merged.parts += len(parts)
    merged.seconds += sum(part["seconds"] for part in parts.values())
    merged.longest = max(merged.longest, *(part["seconds"] for part in parts.values()))


def _misfits(parts: dict[Path, dict[str, Any]]) -> Iterator[str]:
    counts = {part["count"] for part in parts.values()}
    if len(counts) > 1:
        told = " and ".join(map(str, sorted(counts)))
        yield _(f"These are parts of {told}: give all the same PARTS in --shard PART/PARTS.")
        return
    numbers: dict[int, list[Path]] = {}
    for file, part in parts.items():
        numbers.setdefault(part["number"], []).append(file)
    for number, files in sorted(numbers.items()):
        if len(files) > 1:
            yield _(f"Part {number} is there {len(files)} times: {_some(map(str, files))}. Keep one.")
    if missing := sorted(set(range(1, counts.pop() + 1)) - numbers.keys()):
        yield _(
            f"Missing: part {', '.join(map(str, missing))}. Its results were not kept, or it never ended."
        )
    if len({part["mark"] for part in parts.values()}) > 1:
        yield (
            _(
                "The parts were divided in different ways, so tests may have run twice or not at all. "
                "Give all the same sources and the same .devkit/test-durations.json."
            )
        )


def _some(names: Iterable[str], shown: int = 5) -> str:
    every = list(names)
    return ", ".join(every[:shown]) + (_(f" and {len(every) - shown} more") if len(every) > shown else "")


def write_junit(file: Path, rows: Sequence[Row], seconds: float) -> None:
    """Write results as pytest does."""
    from xml.etree import ElementTree

    ranks = {"errors": "error", "failures": "failed", "skipped": "skipped"}
    counts = {name: str(sum(row.outcome == rank for row in rows)) for name, rank in ranks.items()}
    about = {"name": "pytest", "tests": str(len(rows)), "time": f"{seconds:.3f}", **counts}
    root = ElementTree.Element("testsuites", name="pytest tests")
    suite = ElementTree.SubElement(root, "testsuite", about)
    for row in rows:
        case = ElementTree.SubElement(suite, "testcase", _address(row.name), time=f"{row.seconds:.3f}")
        if row.outcome != "passed":
            tag = "failure" if row.outcome == "failed" else row.outcome
            ElementTree.SubElement(case, tag, message=row.decisive).text = row.message
    made = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(UNWRITABLE.sub("", made), "utf-8")


def _address(test: str) -> dict[str, str]:
    """Return {classname, name} of a test as pytest's own reports have them."""
    plain, bracket, values = test.partition("[")
    path, *names = plain.split("::")
    *classes, name = names or [""]
    return {
        "classname": ".".join([path.removesuffix(".py").replace("/", "."), *classes]),
        "name": f"{name}{bracket}{values}",
    }
