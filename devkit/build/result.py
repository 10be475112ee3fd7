"""What a build gives: the bytes of the panel, and how tools' messages become diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devkit.build.messages import Message
from devkit.errors import BuildError, Diagnostic
from devkit.language import _
from devkit.source_map import file_frame


@dataclass(frozen=True)
class BuildResult:
    """One good build.

    The maps are empty when source maps are off. hot is a JSON list of the modules that pages with the build
    before run anew; without it why tells why they start the panel again. inputs holds every file whose change
    can change the result.
    ms is the time of the engine alone; engine is "node" or "esbuild-py"; notice tells what happened to the
    engine since the last build, for example that its worker was restarted, and what it has read.
    partial: hot and css alone are new; the rest is of the build before.
    """

    js: bytes
    css: bytes = b""
    js_map: bytes = b""
    css_map: bytes = b""
    hot: bytes = b""
    why: str = ""
    inputs: frozenset[Path] = frozenset()
    warnings: tuple[Diagnostic, ...] = ()
    ms: float = 0.0
    engine: str = "node"
    notice: str = ""
    partial: bool = False


def diagnostic(message: Message) -> Diagnostic:
    """Return a worker's message as a Diagnostic, with the lines around its place as the file is now."""
    file, line, column = message.get("file") or "", message.get("line") or 0, message.get("column") or 0
    return Diagnostic(
        message=_(str(message.get("text", ""))) or _("The build failed without a message."),
        file=file,
        line=line,
        column=column,
        frame=file_frame(Path(file), line, column) if file else "",
        hint=_(str(message.get("hint") or "")),
        stage=str(message.get("stage") or "esbuild"),
        severity=message.get("severity", "error"),
    )


def build_error(messages: Sequence[Message]) -> BuildError:
    """Return the error of a failed build; messages is never taken as empty."""
    found = [diagnostic(message) for message in messages]
    return BuildError(found or [Diagnostic(_("The build failed without a message."), stage="devkit")])
