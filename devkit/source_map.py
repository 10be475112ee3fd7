"""Source maps: from a place in the bundle to the line that was written.

Source: ECMA-426, mappings structure and VLQ.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_DIGITS = {
    char: value
    for value, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_FRAME = re.compile(
    r"(?:https?://[^\s()?#]*/|(?<![\w./-])/?)(?:developing|index)\.js(?:\?[^\s():]*)?:(\d+):(\d+)"
)
_PACKAGES = "node_modules/"


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
        found = [self.place(int(match[1]), int(match[2])) for match in _FRAME.finditer(stack)]
        return sorted((place for place in found if place), key=lambda place: _PACKAGES in place.source)

    def content(self, source: str) -> str:
        """Return a source as it was when the map was made, "" when the map does not hold it."""
        index = self.sources.index(source) if source in self.sources else len(self.contents)
        return (self.contents[index] if index < len(self.contents) else "") or ""


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
