"""Render template files with Jinja2 in a sandbox, where every value must pass a filter that escapes it.

Panels are full of {{ }}, so the marks here are [[ value | filter ]], [% block %] and [# comment #].
JavaScript sources carry their types as comments: `/*: T */` becomes `: T` and `/*:: text */` becomes `text`
in a TypeScript project; both vanish from a JavaScript one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from devkit.errors import ScaffoldError
from devkit.language import _

_ANNOTATION = re.compile(r"[ \t]*/\*:(?!:)\s*(.*?)\s*\*/", re.DOTALL)
_INSERTION = re.compile(r"[ \t]*/\*::(?!\n)(.*?)[ \t]*\*/", re.DOTALL)
_BLOCK = re.compile(r"^[ \t]*/\*::[ \t]*\n?(.*?)\s*\*/\n", re.DOTALL | re.MULTILINE)
_BEGINNING = re.compile(r"(\A|<script [^\n]*>\n)\n+")
_TYPED = (".js", ".jsx", ".vue")


class Escaped(str):
    """Text that a filter made safe for its place."""

    __slots__ = ()


def to_json(value: str) -> Escaped:
    """Return value as JSON that is also safe inside a script element and in YAML."""
    text = json.dumps(value, ensure_ascii=False)
    text = re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda match: f"\\u{ord(match[0]):04x}", text)
    return Escaped(text.replace("</", "<\\/"))


def to_toml(value: str) -> Escaped:
    """Return value as a basic TOML string, quotes included."""
    text = json.dumps(value, ensure_ascii=False)
    return Escaped(re.sub(r"[\x7f-\x9f\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text))


def to_js(value: str) -> Escaped:
    """Return value as a single-quoted JavaScript string, quotes included."""
    body = to_json(value)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return Escaped(f"'{body}'")


def to_markdown(value: str) -> Escaped:
    """Return value as one line of plain Markdown text."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return Escaped(re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~&$@:])", r"\\\1", line))


def to_code(value: str) -> Escaped:
    """Return value as it is: for names that check_name has passed, in any place.

    Errors: ScaffoldError for anything else.
    """
    if not re.fullmatch(r"[A-Za-z0-9._^-]*", value):
        raise ScaffoldError(_(f"{value!r} is not a plain name."))
    return Escaped(value)


FILTERS: Mapping[str, Callable[[str], Escaped]] = {
    "json": to_json,
    "toml": to_toml,
    "js": to_js,
    "md": to_markdown,
    "code": to_code,
}


def _of_text(escape: Callable[[str], Escaped]) -> Callable[[object], Escaped]:
    """Return a filter that turns its value into text first, which fails for an undefined one."""
    return lambda value: escape(str(value))


def _only_escaped(value: object) -> str:
    if isinstance(value, Escaped):
        return value
    raise ScaffoldError(
        _(f"A template puts {value!r} into a file without a filter."), _("Add | json, | toml, | js …")
    )


class TypeComments(Extension):
    """Turn type comments into types, or drop them."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Rewrite one template file before Jinja2 reads it."""
        if not name or not name.endswith(_TYPED):
            return source
        return _with_types(source) if self.environment.globals["typed"] else _without_types(source)


def _with_types(source: str) -> str:
    source = _BLOCK.sub(r"\1\n", source)
    return _ANNOTATION.sub(r": \1", _INSERTION.sub(r"\1", source))


def _without_types(source: str) -> str:
    plain = _ANNOTATION.sub("", _INSERTION.sub("", _BLOCK.sub("", source)))
    return _BEGINNING.sub(r"\1", plain)


class Renderer:
    """Renders files of {path: contents} for one set of values."""

    def __init__(self, files: Mapping[str, bytes], values: Mapping[str, Any], *, typed: bool) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(lambda name: files[name].decode() if name in files else None),
            undefined=StrictUndefined,
            finalize=_only_escaped,
            extensions=[TypeComments],
            autoescape=False,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            block_start_string="[%",
            block_end_string="%]",
            variable_start_string="[[",
            variable_end_string="]]",
            comment_start_string="[#",
            comment_end_string="#]",
        )
        self._environment.filters = {key: _of_text(item) for key, item in FILTERS.items()}
        self._environment.globals = {"typed": typed, "inline": self._inline, **values}

    def render(self, name: str) -> str:
        """Return the text of one file; name is its path.

        Errors: ScaffoldError naming file and line.
        """
        try:
            return self._environment.get_template(name).render()
        except (TemplateError, UnicodeDecodeError) as error:
            line = getattr(error, "lineno", None)
            place = f"{name}:{line}" if line else name
            raise ScaffoldError(_(f"Template file {place} cannot be rendered: {error}.")) from error

    def _inline(self, name: str) -> Escaped:
        """Return a module without its imports and exports, to paste into a single-file panel."""
        source = re.sub(r"^import [^;]*;\n+", "", self.render(name), flags=re.MULTILINE)
        return Escaped(re.sub(r"^export (?:default )?", "", source, flags=re.MULTILINE).strip())
