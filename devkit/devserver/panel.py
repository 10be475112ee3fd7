"""Where the panel's files come from: a builder that watches the sources, or built files."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from devkit.errors import BuildError, DevkitError, Diagnostic
from devkit.language import _
from devkit.source_map import file_frame

if TYPE_CHECKING:
    from devkit.build import BuildResult

CONTENT_TYPES = {
    "index.js": "text/javascript; charset=utf-8",
    "index.css": "text/css; charset=utf-8",
    "index.js.map": "application/json",
    "index.css.map": "application/json",
}


NO_MODULES = b"[]"
MAP_TAIL = 4000
_MAP_COMMENT = re.compile(rb"//# sourceMappingURL=(\S+)")


@dataclass(frozen=True)
class PanelFile:
    """The bytes of one file and the tag that names this version of them."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> PanelFile:
        """Tag some bytes."""
        return cls(body, f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()[:20]}"')


@dataclass(frozen=True)
class PanelState:
    """One state of a panel: its last good files ({} before the first), and what is wrong now."""

    files: Mapping[str, PanelFile] = field(default_factory=dict)
    error: DevkitError | None = None
    warnings: tuple[Diagnostic, ...] = ()

    def etag(self, name: str) -> str:
        """Return the tag of a file, "" when there is none."""
        file = self.files.get(name)
        return file.etag if file else ""


class PanelSource(Protocol):
    """What the server asks for at each request."""

    async def panel(self) -> PanelState:
        """Return the panel as it is now; waits for the first build."""


class BuiltPanel:
    """The panel of a running builder; the watch loop puts each outcome in.

    settle asks for the build that an update came ahead of.
    """

    def __init__(self, settle: Callable[[], None] = lambda: None) -> None:
        self._panel = PanelState()
        self._settle = settle
        self._is_whole = asyncio.Event()
        self.tag = ""
        """Names the version of the script that open pages show, "" before the first build."""

    async def panel(self) -> PanelState:
        """Return the last good build and the error after it, if any."""
        if not self._is_whole.is_set():
            self._settle()
        await self._is_whole.wait()
        return self._panel

    def updated(self, modules: bytes) -> None:
        """Take what pages are told ahead of the build with it."""
        if modules != NO_MODULES:
            self.tag = PanelFile.of(self.tag.encode() + modules).etag
        self._is_whole.clear()

    def built(self, result: BuildResult) -> PanelState:
        """Take a good build."""
        contents = {
            "index.js": result.js,
            "index.css": result.css,
            "index.js.map": result.js_map,
            "index.css.map": result.css_map,
        }
        old = self._panel.files
        files = {
            name: old[name] if name in old and old[name].body == body else PanelFile.of(body)
            for name, body in contents.items()
            if body or not name.endswith(".map")
        }
        self._panel = PanelState(files, warnings=result.warnings)
        self.tag = self._panel.etag("index.js")
        self._is_whole.set()
        return self._panel

    def failed(self, error: DevkitError) -> PanelState:
        """Take a failed build; the last good files stay."""
        self._panel = PanelState(self._panel.files, error)
        self._is_whole.set()
        return self._panel


class FilePanel:
    """A panel that is already built, read from disk at each load, with its source map where there is one."""

    def __init__(self, js: Path, css: Path | None = None) -> None:
        self._paths = {"index.js": js} | ({"index.css": css} if css else {})

    async def panel(self) -> PanelState:
        """Return the files as they are now.

        A missing script is a BuildError in the panel; a missing style sheet too.
        """
        files, error = await asyncio.to_thread(self._read)
        return PanelState({"index.css": PanelFile.of(b""), **files}, error)

    def _read(self) -> tuple[dict[str, PanelFile], BuildError | None]:
        files: dict[str, PanelFile] = {}
        error = None
        for name, path in self._paths.items():
            try:
                files[name] = PanelFile.of(path.read_bytes())
            except OSError as failure:
                reason = failure.strerror or str(failure)
                finding = Diagnostic(
                    _(f"{path} cannot be read: {reason}."), file=str(path), stage="devkit",
                    hint=_("Build the panel first, or name another file with --js or --css."),
                )  # fmt: skip
                error = BuildError([finding])
        if (script := files.get("index.js")) and (found := self._read_map(script.body)):
            files["index.js.map"] = PanelFile.of(found)
        return files, error

    def _read_map(self, script: bytes) -> bytes:
        """Return the source map beside the script, or in it; b"" when there is none."""
        path = self._paths["index.js"]
        named = _MAP_COMMENT.findall(script[-MAP_TAIL:] if b"base64," not in script[-MAP_TAIL:] else script)
        name = named[-1].decode("utf-8", "replace") if named else f"{path.name}.map"
        try:
            if name.startswith("data:"):
                return base64.b64decode(name.partition("base64,")[2], validate=True)
            return (path.parent / name.partition("?")[0]).read_bytes()
        except (OSError, ValueError):
            return b""


def error_payload(error: DevkitError | None) -> dict[str, Any] | None:
    """Return the fields of an error that the overlay draws, or None."""
    if error is None:
        return None
    findings = error.diagnostics if isinstance(error, BuildError) else ()
    if not findings:
        findings = (as_diagnostic(error),)
    return {
        "title": _("The panel does not build")
        if isinstance(error, BuildError)
        else _("The panel cannot run"),
        "findings": [finding_payload(finding) for finding in findings],
    }


def finding_payload(finding: Diagnostic) -> dict[str, Any]:
    """Return the fields of a finding that the overlay and the console draw."""
    return {
        "message": finding.message,
        "file": finding.short_file,
        "line": finding.line,
        "column": finding.column,
        "frame": finding.frame,
        "hint": finding.hint,
        "stage": finding.stage,
    }


def as_diagnostic(error: DevkitError) -> Diagnostic:
    """Return any error as a finding, with the lines around its place where it has one."""
    file, line, column = (getattr(error, name, None) for name in ("file", "line", "column"))
    frame = file_frame(Path(file), line or 0, column or 0) if file else ""
    return Diagnostic(
        error.message, str(file or ""), line or 0, column or 0, frame, hint=error.hint, stage="devkit"
    )
