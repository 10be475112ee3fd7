"""What would go wrong after the upload: files too large, code that is not there, logs, syntax too new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from devkit.build.messages import ReleaseDetails
from devkit.build.options import BuildOptions
from devkit.build.result import BuildResult
from devkit.errors import BuildError, Diagnostic
from devkit.language import _
from devkit.source_map import code_frame

LARGEST_FILE = 2 * 1024 * 1024
SHOWN_LOGS = 5
SHOWN_PARTS = 5
_LOG = re.compile(r"\bconsole\.(?:log|debug|trace)\s*\(")
_COMMENT = re.compile(r"^\s*(?://|\*|/\*)")
_LOOKBEHIND = re.compile(r"\(\?<[=!]")
_LOOKBEHIND_SINCE = {"ios": 16.4, "safari": 16.4, "chrome": 62, "firefox": 78, "edge": 79, "es": 2018}
_SCRIPT_SUFFIXES = {".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".vue"}


def check_release(
    options: BuildOptions, result: BuildResult, details: ReleaseDetails
) -> tuple[Diagnostic, ...]:
    """Return the warnings.

    Errors: BuildError for what must not be uploaded.
    """
    errors = [*_external(details), *_too_large(result, details)]
    if errors:
        raise BuildError(errors)
    return (*_logs(options, result), *_too_new(options, result))


def _external(details: ReleaseDetails) -> Iterator[Diagnostic]:
    for path, importer in details.get("external", ()):
        yield Diagnostic(
            _(f"{path} is imported but would not be in the release."),
            file=importer,
            hint=_("Install it as a package, or load it with a script element at run time."),
            stage="release",
        )


def _too_large(result: BuildResult, details: ReleaseDetails) -> Iterator[Diagnostic]:
    for name, data in (("index.js", result.js), ("index.css", result.css)):
        if len(data) <= LARGEST_FILE:
            continue
        parts = ", ".join(
            f"{file} ({size / 1024:.0f} KiB)" for file, size in details.get("modules", ())[:SHOWN_PARTS]
        )
        yield Diagnostic(
            _(f"{name} is {len(data) / 1024 / 1024:.2f} MiB; the console takes at most 2 MiB a file."),
            hint=_(f"The largest parts: {parts}.")
            if parts
            else _("Remove or shrink large imports and images."),
            stage="release",
        )


def _logs(options: BuildOptions, result: BuildResult) -> Iterator[Diagnostic]:
    """Point at the project's own logging calls that are in the output."""
    if not _LOG.search(result.js.decode("utf-8", "replace")):
        return
    places = list(_find(options, result, _LOG))
    for file, source, line, column in places[:SHOWN_LOGS]:
        yield Diagnostic(
            _("A console.log is left in.")
            if len(places) <= SHOWN_LOGS
            else _(f"A console.log is left in (one of {len(places)})."),
            file=str(file),
            line=line,
            column=column,
            frame=code_frame(source, line, column, around=0),
            stage="release",
            severity="warning",
        )


def _too_new(options: BuildOptions, result: BuildResult) -> Iterator[Diagnostic]:
    """Warn of what esbuild neither translates nor reports: lookbehind in regular expressions."""
    if not lacks_lookbehind(options.target) or not _LOOKBEHIND.search(result.js.decode("utf-8", "replace")):
        return
    places = list(_find(options, result, _LOOKBEHIND)) or [(Path(), "", 0, 0)]
    for file, source, line, column in places[:SHOWN_LOGS]:
        yield Diagnostic(
            _(
                f"Lookbehind in a regular expression is above the target ({options.target}): "
                "old web views stop with a syntax error."
            ),
            file=str(file) if line else "",
            line=line,
            column=column,
            frame=code_frame(source, line, column, around=0),
            hint=_("Write the expression without (?<= and (?<!.")
            if line
            else _("It is in a package that is bundled."),
            stage="release",
            severity="warning",
        )


def lacks_lookbehind(target: str) -> bool:
    """Tell whether a browser of target (as esbuild names them) lacks lookbehind."""
    for engine, version in re.findall(r"([a-z]+)([\d.]+)", target):
        since = _LOOKBEHIND_SINCE.get(engine)
        try:
            if since is not None and engine != "es" and float(".".join(version.split(".")[:2])) < since:
                return True
        except ValueError:
            continue
    return False


def _find(
    options: BuildOptions, result: BuildResult, pattern: re.Pattern[str]
) -> Iterator[tuple[Path, str, int, int]]:
    """Yield (file, source, line, column) of pattern in the project's own scripts, outside comments."""
    for file in sorted(result.inputs):
        if "node_modules" in file.parts or file.suffix not in _SCRIPT_SUFFIXES:
            continue
        if not file.is_relative_to(options.project):
            continue
        try:
            source = file.read_text("utf-8", errors="replace")
        except OSError:
            continue
        for number, line in enumerate(source.splitlines(), 1):
            match = None if _COMMENT.match(line) else pattern.search(line)
            if match and "//" not in line[: match.start()].replace("://", ""):
                yield file, source, number, match.start() + 1
