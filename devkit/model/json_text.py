"""JSON texts written by people: strict reading, and where in the text something is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_MISSING_COMMA = "There is no comma before this entry, or the value before it is not finished."


class JsonProblem(Exception):  # noqa: N818  an internal signal; callers turn it into a ModelError
    """A text that is not JSON: message, hint, and the offset of the first wrong character."""

    def __init__(self, message: str, hint: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.offset = offset


def parse(text: str) -> Any:
    """Return the value of a JSON text; unlike json.loads it refuses duplicate keys, NaN and half characters.

    Errors: JsonProblem.
    """
    duplicates: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) != len(pairs) and not duplicates:
            keys = [key for key, _ in pairs]
            duplicates.append(next(key for key in keys if keys.count(key) > 1))
        return table

    try:
        value = json.loads(text, object_pairs_hook=collect, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _explain(text, error) from error
    except RecursionError:
        raise JsonProblem("The text is nested too deeply to be a thing model.", "", 0) from None
    except ValueError as error:
        raise _constant_problem(text, error) from error
    if duplicates:
        raise _duplicate_problem(text, duplicates[0])
    if "\\ud" in text.lower():
        _refuse_half_characters(text, value)
    return value


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def locate(text: str, path: Path) -> int:
    """Return the offset of the value at a path of keys and indexes in a valid JSON text.

    A path that leads nowhere gives the innermost container that is there.
    """
    offset = _skip(text, 0)
    for step in path:
        for key, _, value_offset in _children(text, offset):
            if key == step:
                offset = value_offset
                break
        else:
            return offset
    return offset


def _skip(text: str, offset: int) -> int:
    found = _SPACE.match(text, offset)
    return found.end() if found else offset


def _children(text: str, offset: int) -> Iterator[tuple[str | int, int, int]]:
    """Yield (key or index, offset of the key, offset of the value) of a container in a valid text."""
    opening = text[offset]
    if opening not in "{[":
        return
    offset = _skip(text, offset + 1)
    index = 0
    while text[offset] not in "}]":
        key: str | int = index
        key_offset = offset
        if opening == "{":
            key, offset = _DECODER.raw_decode(text, offset)
            offset = _skip(text, _skip(text, offset) + 1)
        yield key, key_offset, offset
        _, offset = _DECODER.raw_decode(text, offset)
        offset = _skip(text, offset)
        if text[offset] == ",":
            offset = _skip(text, offset + 1)
        index += 1


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _constant_problem(text: str, error: ValueError) -> JsonProblem:
    name = str(error)
    if name in ("NaN", "Infinity", "-Infinity"):
        return JsonProblem(f"{name} is not a JSON number.", "Use a plain number.", text.find(name))
    digits = re.search(r"\d{4301,}", text)
    return JsonProblem("A number has too many digits.", "", digits.start() if digits else 0)


def _duplicate_problem(text: str, key: str) -> JsonProblem:
    return JsonProblem(
        f'The key "{key}" stands twice in one object.',
        "Remove one of the two; JSON readers keep only the last.",
        next(_duplicate_offsets(text, _skip(text, 0)), 0),
    )


def _duplicate_offsets(text: str, offset: int) -> Iterator[int]:
    seen = set()
    for key, key_offset, value_offset in _children(text, offset):
        if key in seen:
            yield key_offset
        seen.add(key)
        yield from _duplicate_offsets(text, value_offset)


def _refuse_half_characters(text: str, value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        half = re.search(r"\\u[dD][89a-fA-F]", text)
        raise JsonProblem(
            "A \\u escape holds half of a character.",
            "Write the character itself, or both halves of its escape.",
            half.start() if half else 0,
        ) from None


def _explain(text: str, error: json.JSONDecodeError) -> JsonProblem:
    """Say in plain words what a decode error means."""
    offset, here = error.pos, text[error.pos : error.pos + 1]
    before = text[:offset].rstrip()
    if not text.strip():
        return JsonProblem("The text is empty.", "Export the thing model from the console.", 0)
    comma = offset if error.msg.startswith("Illegal trailing comma") else None
    if here and here in "}]" and before.endswith(","):
        comma = len(before) - 1
    if comma is not None:
        closing = text[comma + 1 :].lstrip()[:1]
        return JsonProblem(
            f"There is a trailing comma before {closing}.", "Remove this comma; JSON allows none here.", comma
        )
    if not here:
        return JsonProblem("The text ends in the middle of a value.", "A closing } or ] is missing.", offset)
    for starts, message, hint in _HABITS:
        if text.startswith(starts, offset):
            return JsonProblem(message, hint, offset)
    message, hint = _WORDS.get(error.msg, (f"{error.msg}.", ""))
    return JsonProblem(message.replace("{here}", here), hint, offset)


_HABITS = (
    (("//", "/*", "#"), "JSON has no comments.", "Remove the comment."),
    (("'",), "A text stands in single quotes.", 'Use double quotes: "text".'),
    (("<",), "This is a web page or XML, not JSON.", "Export the thing model from the console."),
    (("True", "False", "None"), "This word is Python's.", "Write true, false or null."),
    (("undefined",), "undefined is not a JSON value.", "Write null, or leave the entry out."),
    ((",",), "There are two commas, or a value is missing before this one.", "Remove this comma."),
)
_WORDS = {
    "Expecting ',' delimiter": (_MISSING_COMMA, "Put a comma between two entries."),
    "Expecting ':' delimiter": ("There is no colon after a key.", 'Write "key": value.'),
    "Expecting property name enclosed in double quotes": (
        "A key in double quotes is expected, not {here}.",
        'Write "key": value.',
    ),
    "Expecting value": ("A value is expected, not {here}.", "Texts need double quotes."),
    "Extra data": ("There is more text after the end of the JSON value.", "Remove it."),
    "Unterminated string starting at": ('A text has no closing ".', "Close the text on its own line."),
    "Invalid control character at": (
        "A text holds a line break or another control character.",
        "Write a line break as \\n.",
    ),
}
