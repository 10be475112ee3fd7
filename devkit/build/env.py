"""The .env files of a project, as dotenv and dotenv-expand read them for Vite, CRA and Vue CLI."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devkit.build.messages import Message
from devkit.language import _

# Source: https://github.com/motdotla/dotenv/blob/v17.2.3/lib/main.js
_LINE = re.compile(
    r"""^\s*(?:export\s+)?(?P<name>[\w.-]+)(?:\s*=\s*?|:\s+?)
    (?P<value>\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^\#\r\n]+)?\s*(?:\#.*)?$""",
    re.MULTILINE | re.VERBOSE | re.ASCII,
)
_QUOTED = re.compile(r"^(['\"`])(.*)\1$", re.DOTALL)
# Source: https://github.com/motdotla/dotenv-expand/blob/v12.0.3/lib/main.js
_REFERENCE = re.compile(r"(?<!\\)\$(?:\{([^{}]+)\}|([A-Za-z_][A-Za-z0-9_]*))")
_OPERATOR = re.compile(r":\+|\+|:-|-")
# Vite's, Create React App's and Vue CLI's. Source: https://vite.dev/guide/env-and-mode
FAMILIAR_PREFIXES = ("VITE_", "REACT_APP_", "VUE_APP_")


def parse_env(text: str) -> dict[str, str]:
    """Return {name: value} of one file: NAME=value, quotes, `export` and # comments; references stay."""
    return {name: value for name, value, _ in _lines(text)}


def _lines(text: str) -> list[tuple[str, str, int]]:
    text = re.sub(r"\r\n?", "\n", text)
    found = []
    for match in _LINE.finditer(text):
        given = (match["value"] or "").strip()
        value = _QUOTED.sub(r"\2", given)
        if given.startswith('"'):
            value = value.replace("\\n", "\n").replace("\\r", "\r")
        found.append((match["name"], value, text.count("\n", 0, match.start("name")) + 1))
    return found


@dataclass
class _Expansion:
    """Put values in the place of $NAME, ${NAME}, ${NAME:-other} and ${NAME:+other}; \\$ is a dollar sign."""

    values: Mapping[str, str]
    outside: Mapping[str, str]
    unknown: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def of(self, name: str) -> str:
        """Return the value of a variable with those that it refers to."""
        return self._expanded(self.values[name], name).replace("\\$", "$")

    def _expanded(self, text: str, name: str) -> str:
        self.open.append(name)
        while match := _REFERENCE.search(text):
            text = text[: match.start()] + self._value(match[1] or match[2]) + text[match.end() :]
        self.open.pop()
        return text

    def _value(self, expression: str) -> str:
        operator = _OPERATOR.search(expression)
        name = expression[: operator.start()] if operator else expression
        other = expression[operator.end() :] if operator else ""
        value = self.outside.get(name, "")
        if not value and name in self.values and name not in self.open:
            value = self._expanded(self.values[name], name)
        if operator and operator[0] in (":+", "+"):
            return other if value else ""
        if not value and not operator and name not in self.values and name not in self.outside:
            self.unknown.append(name)
        return value.replace("$", "\\$") if name in self.outside else value or other


def env_files(project: Path, mode: str) -> tuple[Path, ...]:
    """Return the files that are read for mode, the later over the earlier."""
    return tuple(project / name for name in (".env", ".env.local", f".env.{mode}", f".env.{mode}.local"))


def load_env(
    project: Path,
    mode: str,
    prefix: str,
    environ: Mapping[str, str] | None = None,
    *,
    trusted: bool = True,
) -> tuple[dict[str, str], list[Message]]:
    """Return the variables that start with prefix or as those of Vite, CRA and Vue CLI do, and what to say.

    An empty prefix gives none, so that no secret leaks; a variable that another one names is its own doing.
    environ: what references may name besides the files; package.json gives npm_package_name and _version.
    Without trusted nothing of the environment, and no file that a link puts into the project.
    """
    values: dict[str, str] = {}
    places: dict[str, tuple[Path, int]] = {}
    for file in env_files(project, mode) if prefix else ():
        if not trusted and not file.resolve().is_relative_to(project):
            continue
        try:
            text = file.read_text("utf-8-sig", errors="replace")
        except OSError:
            continue
        for name, value, line in _lines(text):
            values[name] = value
            places[name] = (file, line)
    taken: dict[str, str] = {}
    said: list[Message] = []
    outside: Mapping[str, str] | None = None
    for name in values:
        if not name.startswith((prefix, *FAMILIAR_PREFIXES)):
            continue
        if "$" not in values[name]:
            taken[name] = values[name]
            continue
        if outside is None:
            given = os.environ if environ is None else environ
            outside = {**_package(project), **(given if trusted else {})}
        expansion = _Expansion(values, outside)
        taken[name] = expansion.of(name)
        said += [_unknown(unknown, name, *places[name]) for unknown in dict.fromkeys(expansion.unknown)]
    return taken, said


def _package(project: Path) -> dict[str, str]:
    """Return what npm tells a script of package.json."""
    try:
        manifest = json.loads((project / "package.json").read_text("utf-8-sig"))
    except (OSError, ValueError):
        return {}
    found = manifest if isinstance(manifest, dict) else {}
    return {f"npm_package_{name}": str(found[name]) for name in ("name", "version") if found.get(name)}


def _unknown(unknown: str, name: str, file: Path, line: int) -> Message:
    return {
        "text": _(f"{name} refers to ${unknown}, which nothing sets: it is empty there."),
        "hint": _(f"Set {unknown} in {file.name}, or write \\$ for a dollar sign."),
        "stage": "env",
        "severity": "warning",
        "file": str(file),
        "line": line,
        "column": 1,
    }
