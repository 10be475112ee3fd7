"""The .env files of a project."""

from __future__ import annotations

import re
from pathlib import Path

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.]*)[ \t]*=[ \t]*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<bare>[^\r\n]*?))[ \t]*(?:\#[^\r\n]*)?\r?$""",
    re.MULTILINE | re.VERBOSE,
)
# Vite's, Create React App's and Vue CLI's. Source: https://vite.dev/guide/env-and-mode
FAMILIAR_PREFIXES = ("VITE_", "REACT_APP_", "VUE_APP_")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse_env(text: str) -> dict[str, str]:
    """Return {name: value} of one file: NAME=value, quotes, `export` and # comments as dotenv reads them."""
    values = {}
    for match in _LINE.finditer(text):
        single, double, bare = match["single"], match["double"], match["bare"]
        if single is not None:
            value = single
        elif double is not None:
            value = re.sub(
                r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), double, flags=re.DOTALL
            )
        else:
            value = bare.strip()
        values[match["name"]] = value
    return values


def env_files(project: Path, mode: str) -> tuple[Path, ...]:
    """Return the files that are read for mode, the later over the earlier."""
    return tuple(project / name for name in (".env", ".env.local", f".env.{mode}", f".env.{mode}.local"))


def load_env(project: Path, mode: str, prefix: str) -> dict[str, str]:
    """Return the variables that start with prefix or as those of Vite, CRA and Vue CLI do.

    An empty prefix gives none, so that no secret leaks.
    """
    values: dict[str, str] = {}
    if not prefix:
        return values
    for file in env_files(project, mode):
        try:
            values.update(parse_env(file.read_text("utf-8", errors="replace")))
        except OSError:
            continue
    return {name: value for name, value in values.items() if name.startswith((prefix, *FAMILIAR_PREFIXES))}
