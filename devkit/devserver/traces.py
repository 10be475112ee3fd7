"""Errors of the running panel, told where its author wrote them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from devkit.devserver.live import LiveHub
from devkit.errors import Diagnostic
from devkit.language import marked
from devkit.source_map import LiveMap, Place, SourceMap, code_frame, file_frame
from devkit.timeline.kinds import ConsoleLine

STAGE = "panel"
NO_MAP = marked(
    "There is no source map: set sourcemap = true in devkit.toml, or put index.js.map beside index.js."
)
MISSING_ROOT = re.compile(
    r"Target container is not a DOM element|Minified React error #(?:200|299)|#root|Failed to mount app"
)
OTHER_ROOT = re.compile(r"(?:getElementById|querySelector)\(\s*['\"`]#?(?!app['\"`])[\w-]+")
ROOT_HINT = marked(
    'The platform\'s page has <div id="app"> and no other root: mount on #app, '
    'document.getElementById("app"), or make the element first.'
)


class Traces:
    """Read stack traces of the panel that live serves; sources are looked up in project."""

    def __init__(self, live: LiveHub, project: Path) -> None:
        self._live = live
        self._project = project
        self._map = LiveMap()
        self._tag = ""

    @property
    def source_map(self) -> LiveMap:
        """Return the map of the panel as it is now; an empty one when there is none."""
        file = self._live.panel.files.get("index.js.map")
        tag = file.etag if file else ""
        if tag != self._tag:
            self._tag, self._map = tag, LiveMap(file.body if file else b"", self._live.updates)
        return self._map

    def finding(self, message: str, stack: str, place: str = "") -> Diagnostic:
        """Return an error of the page as a finding; see finding_at()."""
        return finding_at(self.source_map, self._project, message, f"{stack}\n{place}")

    def rewrite(self, text: str) -> str:
        """Return a text with the places of the bundle replaced by those of the sources."""
        return self.source_map.rewrite(text) if self.source_map.sources else text

    def console(self, line: ConsoleLine) -> ConsoleLine:
        """Return a line of the page's console with its places in the sources."""
        place = f"{line.file}:{line.line}:{line.column}" if line.file else ""
        frames = self.source_map.frames(line.text) or self.source_map.frames(place)
        text = self.rewrite(line.text)
        if not frames:
            return dataclasses.replace(line, text=text)
        first = frames[0]
        frame = _frame_of(self.source_map, first, self._project)
        return dataclasses.replace(
            line, text=text, file=first.source, line=first.line, column=first.column, frame=frame
        )


def finding_at(
    source_map: SourceMap, project: Path, message: str, stack: str, *, stage: str = STAGE, hint: str = ""
) -> Diagnostic:
    """Return an error as a finding: at the first frame of the panel's own code.

    stack: as the browser wrote it, or "URL:line:column" of an error without one. project has the sources.
    """
    frames = source_map.frames(stack)
    if not frames:
        cure = ROOT_HINT if MISSING_ROOT.search(message) else ""
        hint = cure or hint or ("" if source_map.sources else NO_MAP)
        return Diagnostic(message, hint=hint, stage=stage)
    first = frames[0]
    file = _file_of(project, first)
    frame = _frame_of(source_map, first, project)
    return Diagnostic(
        message, str(file), first.line, first.column, frame,
        hint=_cure(message, frame) or hint, stage=stage,
    )  # fmt: skip


def _cure(message: str, frame: str) -> str:
    """Return what to do when a panel mounts on a node that the platform's page does not have."""
    pointed = next((line for line in frame.splitlines() if line.startswith(">")), "")
    missing = "null" in message and OTHER_ROOT.search(pointed)
    return ROOT_HINT if missing or MISSING_ROOT.search(message) else ""


def _file_of(project: Path, place: Place) -> Path:
    return project / place.source.partition("?")[0]


def _frame_of(source_map: SourceMap, place: Place, project: Path) -> str:
    """Return the lines around a place: as the build read them, else as they are in a file of the project.

    The page sees them, and a map may name any file of this computer.
    """
    content = source_map.content(place.source)
    if content:
        return code_frame(content, place.line, place.column)
    file = _file_of(project, place).resolve()
    return file_frame(file, place.line, place.column) if file.is_relative_to(project.resolve()) else ""
