"""Source maps, from a place in the bundle to the line that was written, and the lines around a place.

Source: ECMA-426, mappings structure and VLQ.
"""

from __future__ import annotations

import base64
import bisect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_DIGITS = {
    char: value
    for value, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_FRAME = re.compile(
    r"(?:https?://[^\s()?#]*/|(?<![\w./-])/?)(?:developing|index)\.js(?:\?[^\s():]*)?:(\d+):(\d+)"
)
_MODULE = re.compile(r"https?://[^\s()?#]*/hot/([^\s()]+?)\?v=(\w+):(\d+):(\d+)")
_INLINE = re.compile(r"//# sourceMappingURL=data:application/json;base64,([\w+/=]+)\s*$")
_NOT_OWN = re.compile(r"node_modules/|build/worker/hot/")


@dataclass(frozen=True)
class Place:
    """A place in a source; line and column count from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class SourceMap:
    """A decoded map; an empty or broken one maps nothing."""

    def __init__(self, text: bytes | str = b"") -> None:
        self.sources: list[str] = []
        self.contents: list[str | None] = []
        self._mappings = ""
        try:
            raw = json.loads(text) if text else {}
        except ValueError:
            raw = {}
        if isinstance(raw, dict) and isinstance(raw.get("mappings"), str):
            root = str(raw.get("sourceRoot") or "")
            names = [root + str(name) for name in raw.get("sources") or []]
            self.sources = [_plain(name) for name in names]
            self.contents = list(raw.get("sourcesContent") or [])
            self._mappings = raw["mappings"]

    @cached_property
    def _lines(self) -> list[list[tuple[int, int, int, int]]]:
        """Return the segments of each line; decoded when the first place is asked for."""
        return list(_decode(self._mappings))

    def place(self, line: int, column: int) -> Place | None:
        """Return where a place of the bundle comes from; both count from 1."""
        if not 1 <= line <= len(self._lines):
            return None
        segments = self._lines[line - 1]
        index = bisect.bisect_right(segments, (column - 1, 1 << 60, 0, 0)) - 1
        if index < 0:
            return None
        _, source, source_line, source_column = segments[index]
        if not 0 <= source < len(self.sources):
            return None
        return Place(self.sources[source], source_line + 1, source_column + 1)

    def rewrite(self, stack: str, script: str = "index.js") -> str:
        """Return a stack trace with the bundle's places replaced by those of the sources.

        script: what to call the bundle where it has no map.
        """

        def replace(match: re.Match[str]) -> str:
            found = self.place(int(match[1]), int(match[2]))
            return str(found) if found else f"{script}:{match[1]}:{match[2]}"

        return _FRAME.sub(replace, stack)

    def frames(self, stack: str) -> list[Place]:
        """Return the places of a stack trace that the map knows: those of the panel's own code come first."""
        found = sorted(self._found(stack), key=lambda one: one[0])
        return sorted((place for _, place in found), key=lambda place: bool(_NOT_OWN.search(place.source)))

    def _found(self, stack: str) -> Iterator[tuple[int, Place]]:
        for match in _FRAME.finditer(stack):
            if place := self.place(int(match[1]), int(match[2])):
                yield match.start(), place

    def content(self, source: str) -> str:
        """Return a source as it was when the map was made, "" when the map does not hold it."""
        index = self.sources.index(source) if source in self.sources else len(self.contents)
        return (self.contents[index] if index < len(self.contents) else "") or ""


class LiveMap(SourceMap):
    """The map of a panel with those of the modules that its open pages have run anew.

    updates: {tag: modules that brought pages to the version of this tag, as JSON}; each holds its own map.
    """

    def __init__(self, text: bytes | str = b"", updates: Mapping[str, bytes] | None = None) -> None:
        super().__init__(text)
        self._updates = updates or {}
        self._maps: dict[tuple[str, str], SourceMap] = {}
        self._read: dict[str, str] = {}

    def _found(self, stack: str) -> Iterator[tuple[int, Place]]:
        for match in _MODULE.finditer(stack):
            if place := self._in_module(match):
                yield match.start(), place
        yield from super()._found(_MODULE.sub(lambda match: " " * len(match[0]), stack))

    def _in_module(self, match: re.Match[str]) -> Place | None:
        name, tag, line, column = match.groups()
        known = self._maps.get((name, tag))
        if known is None:
            sent = json.loads(self._updates.get(tag, b"[]"))
            code = next((str(module["code"]) for module in sent if module["id"] == name), "")
            inline = _INLINE.search(code)
            known = SourceMap(base64.b64decode(inline[1]) if inline else b"")
            self._maps[name, tag] = known
        place = known.place(int(line), int(column))
        if place is None:
            return None
        source = name.partition("?")[0]
        self._read[source] = known.content(place.source)
        return Place(source, place.line, place.column)

    def rewrite(self, stack: str, script: str = "index.js") -> str:
        """Return a stack trace with the places of scripts replaced by those of the sources."""
        return super().rewrite(
            _MODULE.sub(lambda match: str(self._in_module(match) or match[0]), stack), script
        )

    def content(self, source: str) -> str:
        """Return a source as it was when the map was made, "" when no map holds it."""
        return self._read.get(source) or super().content(source)


def _plain(name: str) -> str:
    """Return the name of a source as a path in the project."""
    name = re.sub(r"^webpack://[^/]*/", "", name).removeprefix("./")
    return re.sub(r"^(?:\.\./)+", "", name)


def _decode(mappings: str) -> Iterator[list[tuple[int, int, int, int]]]:
    """Yield for each line of the bundle its segments: (column, source, line, column), all from 0."""
    source = line = column = 0
    known: dict[str, list[int]] = {}
    for text in mappings.split(";"):
        generated = 0
        segments = []
        for segment in text.split(","):
            values = known.get(segment)
            if values is None:
                values = known[segment] = _vlq(segment)
            if not values:
                continue
            generated += values[0]
            if len(values) >= 4:
                source, line, column = source + values[1], line + values[2], column + values[3]
                segments.append((generated, source, line, column))
            else:
                segments.append((generated, -1, 0, 0))
        segments.sort()
        yield segments


def _vlq(segment: str) -> list[int]:
    values = []
    value = shift = 0
    for char in segment:
        digit = _DIGITS.get(char, 0)
        value |= (digit & 31) << shift
        if digit & 32:
            shift += 5
            continue
        values.append(-(value >> 1) if value & 1 else value >> 1)
        value = shift = 0
    return values


def code_frame(source: str, line: int, column: int = 0, around: int = 2) -> str:
    """Return the lines around line (from 1) with a marker under column (from 1); "" when out of range."""
    lines = source.splitlines()
    if source.endswith("\n") and line == len(lines) + 1:
        lines.append("")  # what is missing at the end of a file is told there
    if not 1 <= line <= len(lines):
        return ""
    first, last = max(1, line - around), min(len(lines), line + around)
    width = len(str(last))
    frame = []
    for number in range(first, last + 1):
        text = lines[number - 1][:200]
        frame.append(f"{'>' if number == line else ' '} {number:>{width}} | {text}".rstrip())
        if number == line and 0 < column <= 200:
            pad = "".join("\t" if char == "\t" else " " for char in text[: column - 1])
            frame.append(f"  {' ' * width} | {pad}^")
    return "\n".join(frame)


def file_frame(file: Path, line: int, column: int = 0) -> str:
    """Return the lines around a place in a file as it is now; "" when it cannot be read."""
    try:
        return code_frame(file.read_text("utf-8", errors="replace"), line, column) if line else ""
    except OSError:
        return ""
