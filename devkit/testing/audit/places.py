"""Where in the sources something stands that was seen in the page: a text, an import, an element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from devkit.source_map import SourceMap

LEAST = 2
"""Letters of a text that are worth looking for."""
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]+(?: [^\W\d_\u3400-\u9fff]+)*")
_PACKAGE = re.compile(r"(?:^|/)node_modules/")
_NAME = re.compile(r"[.#]([\w-]+)")
_STARTS = re.compile(r"\s*[^\s}]")


class Places:
    """The project's own sources as a source map holds them; without one nothing is found.

    styles: the map of the style sheet. model: the file of the thing model.
    """

    def __init__(
        self,
        project: Path,
        scripts: SourceMap | None = None,
        styles: SourceMap | None = None,
        model: Path | None = None,
    ) -> None:
        self._scripts = scripts or SourceMap()
        self._styles = styles or SourceMap()
        self._model = model
        own = [name for name in self._scripts.sources if not _PACKAGE.search(name)]
        # A map may name the script that it is of, too, for what a tool has added.
        self._own = [name for name in own if (project / name).is_file()] or own

    def literal(self, text: str) -> str:
        """Return "file:line" of the first place where a source has a text; "" when none has."""
        if len(text) >= LEAST:
            for name in self._own:
                if (at := (source := self._scripts.content(name)).find(text)) >= 0:
                    return _at(name, source, at)
        return ""

    def shown(self, text: str) -> str:
        """Return "file:line" of what a shown text is made of, its longest words first."""
        runs = sorted(_RUN.findall(text), key=len, reverse=True)
        return next((found for run in (text, *runs) if (found := self.literal(run))), "")

    def element(self, selector: str, text: str = "") -> str:
        """Return "file:line" of an element: of its text, else of its class or id."""
        if found := self.shown(text):
            return found
        for word in reversed(_NAME.findall(selector)):
            quoted = re.compile(rf"""["'`](?:[^"'`\n]*\s)?{re.escape(word)}(?:\s[^"'`\n]*)?["'`]""")
            for name in self._own:
                if match := quoted.search(source := self._scripts.content(name)):
                    return _at(name, source, match.start())
        return ""

    def imported(self, name: str, files: Sequence[str]) -> str:
        """Return "file:line" of the first file that has an import written, a file alone where none has."""
        quoted = re.compile(rf"""(['"`]){re.escape(name)}\1""")
        for file in files:
            if match := quoted.search(source := self._scripts.content(file)):
                return _at(file, source, match.start())
        return next(iter(files), "")

    def property(self, name: str) -> str:
        """Return "file:line" of an id in the thing model's file."""
        if self._model is None or not self._model.is_file():
            return ""
        text = self._model.read_text("utf-8", "replace")
        found = re.search(rf'"id"\s*:\s*"{re.escape(name)}"', text)
        return _at(self._model.name, text, found.start()) if found else ""

    def styles(self, css: str, ranges: Iterable[tuple[int, int]]) -> dict[str, int]:
        """Return the characters of ranges of the style sheet by the source that each rule in them is from."""
        found: dict[str, int] = {}
        for start, end in ranges:
            for first, last in _rules(css, start, end):
                line = css.count("\n", 0, first) + 1
                place = self._styles.place(line, first - css.rfind("\n", 0, first))
                name = place.source if place else "index.css"
                found[name] = found.get(name, 0) + last - first
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def _at(name: str, source: str, at: int) -> str:
    line = source.count("\n", 0, at) + 1
    return f"{name}:{line}"


def _rules(css: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where each rule of a range begins, and ends."""
    while start < end:
        close = css.find("}", start, end)
        last = close + 1 if close >= 0 else end
        if begins := _STARTS.match(css, start, last):
            yield begins.end() - 1, last
        start = last
