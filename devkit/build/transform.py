"""The engine without Node: esbuild-py, for panels of one import-free JSX file with an optional CSS file."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

from devkit.build.node import how_to_install
from devkit.build.options import BuildOptions
from devkit.build.result import BuildResult
from devkit.errors import BuildError, Diagnostic
from devkit.language import _
from devkit.source_map import code_frame

_SKIPPED = r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
_IMPORT = re.compile(rf"^[ \t]*(?P<word>import\b(?!\s*\.)|export\b)|{_SKIPPED}", re.DOTALL | re.MULTILINE)
_SUFFIXES = {".js", ".jsx", ".mjs"}


class TransformEngine:
    """Translate the JSX of the entry module; its CSS is the file next to it, or index.css."""

    def __init__(self, options: BuildOptions) -> None:
        self._options = options

    async def rebuild(self, changed: Sequence[Path] = ()) -> BuildResult:
        """Build from the files as they are now.

        Errors: BuildError.
        """
        return await asyncio.to_thread(self.build)

    async def aclose(self) -> None:
        """Nothing is held."""

    def build(self) -> BuildResult:
        """Translate the entry module."""
        began = time.perf_counter()
        entry = self._options.entry
        try:
            source = entry.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _failure(_(f"The entry module cannot be read: {error}."), entry) from error
        self._refuse_what_needs_node(entry, source)
        script = _transform(source)
        if not script.strip() and _has_code(source):
            raise _failure(
                _(f"{entry.name} has a syntax error that this engine cannot locate."), entry, _more(source)
            )
        styles = [entry.with_suffix(".css"), entry.with_name("index.css")]
        style = next((file for file in styles if file.is_file()), None)
        return BuildResult(
            js=_wrap(script).encode(),
            css=style.read_bytes() if style else b"",
            inputs=frozenset({entry, *styles}),
            ms=(time.perf_counter() - began) * 1000,
            engine="esbuild-py",
        )

    def _refuse_what_needs_node(self, entry: Path, source: str) -> None:
        if entry.suffix not in _SUFFIXES:
            raise _failure(_(f"{entry.name}: a {entry.suffix} file needs the full engine."), entry)
        for match in _IMPORT.finditer(source):
            if match["word"]:
                line = source.count("\n", 0, match.start("word")) + 1
                column = match.start("word") - source.rfind("\n", 0, match.start("word"))
                raise BuildError(
                    [
                        Diagnostic(
                            _(f"`{match['word']}` needs the full engine; without Node a panel is one file."),
                            file=str(entry),
                            line=line,
                            column=column,
                            frame=code_frame(source, line, column),
                            hint=how_to_install(),
                            stage="esbuild-py",
                        )
                    ]
                )


def _transform(source: str) -> str:
    """Return the JavaScript of a JSX source; "" for a syntax error, as esbuild-py answers it."""
    try:
        from esbuild_py import transform
    except ImportError as error:
        raise _failure(_(f"Neither Node.js nor esbuild-py can be used: {error}."), None) from error
    return str(transform(source) or "")


def _wrap(script: str) -> str:
    """Keep the panel's names out of the page's global scope."""
    return f"(() => {{\n{script.rstrip()}\n}})();\n"


def _has_code(source: str) -> bool:
    return bool(re.sub(r"//[^\n]*|/\*.*?\*/|[\s;]", "", source, flags=re.DOTALL))


def _more(source: str) -> str:
    """Show the start of the file, for want of a place."""
    return code_frame(source, 1, 0, around=4)


def _failure(message: str, file: Path | None, frame: str = "") -> BuildError:
    return BuildError(
        [Diagnostic(message, file=str(file or ""), frame=frame, hint=how_to_install(), stage="esbuild-py")]
    )
