"""JSON texts written by people: strict reading, and where in the text something is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devkit.language import _, marked

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)
_BLANK, _DOUBLE = "blank", "double"
_DECODER = json.JSONDecoder()
_MISSING_COMMA = marked("There is no comma before this entry, or the value before it is not finished.")


MOST_PROBLEMS = 50


class JsonProblem(Exception):  # noqa: N818  an internal signal; callers turn it into a ModelError
    """A text that is not JSON: message, hint, and the offset of the first wrong character.

    mend says how it can be read all the same: without the characters up to until, or with the last of two
    keys; "" when it cannot. used tells what is then read.
    """

    def __init__(
        self, message: str, hint: str, offset: int, *, until: int = 0, mend: str = "", used: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.offset = offset
        self.until = until
        self.mend = mend
        self.used = used


@dataclass(frozen=True)
class Mended:
    """A JSON value that was read in spite of problems; text has the length of the one that was written."""

    value: Any
    text: str
    problems: tuple[JsonProblem, ...] = ()


def mend(text: str) -> Mended:
    """Return the value of a JSON text that may have commas too many, comments and keys that stand twice.

    Errors: JsonProblem for everything else.
    """
    problems: list[JsonProblem] = []
    mended = text
    while True:
        try:
            value = parse(mended, doubles=bool(problems) and problems[-1].mend == _DOUBLE)
        except JsonProblem as problem:
            if not problem.mend or len(problems) >= MOST_PROBLEMS:
                if problems and not mended[problems[-1].offset : problem.offset].strip():
                    raise problems[-1] from None  # what was mended there is the mistake
                raise
            problems.append(problem)
            if problem.mend != _DOUBLE:
                until = problem.until or problem.offset + 1
                blank = " " * (until - problem.offset)
                mended = mended[: problem.offset] + blank + mended[until:]
        else:
            return Mended(value, mended, tuple(problems))


def parse(text: str, *, doubles: bool = False) -> Any:
    """Return the value of a JSON text; unlike json.loads it refuses duplicate keys, NaN and half characters.

    doubles lets duplicate keys pass: the last one counts.

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
        raise JsonProblem(_("The text is nested too deeply to be a thing model."), "", 0) from None
    except ValueError as error:
        raise _constant_problem(text, error) from error
    if duplicates and not doubles:
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
        for key, _rest, value_offset in _children(text, offset):
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
        return JsonProblem(_(f"{name} is not a JSON number."), _("Use a plain number."), text.find(name))
    digits = re.search(r"\d{4301,}", text)
    return JsonProblem(_("A number has too many digits."), "", digits.start() if digits else 0)


def _duplicate_problem(text: str, key: str) -> JsonProblem:
    return JsonProblem(
        _(f'The key "{key}" stands twice in one object.'),
        _("Remove one of the two; JSON readers keep only the last."),
        next(_duplicate_offsets(text, _skip(text, 0)), 0),
        mend=_DOUBLE,
        used=_("The last one counts."),
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
            _("A \\u escape holds half of a character."),
            _("Write the character itself, or both halves of its escape."),
            half.start() if half else 0,
        ) from None


def _explain(text: str, error: json.JSONDecodeError) -> JsonProblem:
    """Say in plain words what a decode error means."""
    offset, here = error.pos, text[error.pos : error.pos + 1]
    before = text[:offset].rstrip()
    if not text.strip():
        return JsonProblem(_("The text is empty."), _("Export the thing model from the console."), 0)
    comma = offset if error.msg.startswith("Illegal trailing comma") else None
    if here and here in "}]" and before.endswith(","):
        comma = len(before) - 1
    if comma is not None:
        closing = text[comma + 1 :].lstrip()[:1]
        return JsonProblem(
            _(f"There is a trailing comma before {closing}."),
            _("Remove this comma; JSON allows none here."),
            comma,
            mend=_BLANK,
            used=_("It is read as if it were not there."),
        )
    if not here:
        return JsonProblem(
            _("The text ends in the middle of a value."), _("A closing } or ] is missing."), offset
        )
    if comment := _COMMENT.match(text, offset):
        words = _("JSON has no comments."), _("Remove the comment.")
        return JsonProblem(
            *words, offset, until=comment.end(), mend=_BLANK, used=_("It is read as if it were not there.")
        )
    if here == "," and text[:offset].rstrip()[-1:] not in ("", ":"):
        words = _("There are two commas, or a value is missing before this one."), _("Remove this comma.")
        return JsonProblem(*words, offset, mend=_BLANK, used=_("It is read as if it were not there."))
    for starts, message, hint in _HABITS:
        if text.startswith(starts, offset):
            return JsonProblem(message, hint, offset)
    message, hint = _WORDS.get(error.msg, (f"{error.msg}.", ""))
    return JsonProblem(_(message).replace("{here}", here), _(hint), offset)


_HABITS = (
    (("//", "/*", "#"), marked("JSON has no comments."), marked("Remove the comment.")),
    (("'",), marked("A text stands in single quotes."), marked('Use double quotes: "text".')),
    (
        ("<",),
        marked("This is a web page or XML, not JSON."),
        marked("Export the thing model from the console."),
    ),
    (("True", "False", "None"), marked("This word is Python's."), marked("Write true, false or null.")),
    (("undefined",), marked("undefined is not a JSON value."), marked("Write null, or leave the entry out.")),
    (
        (",",),
        marked("There are two commas, or a value is missing before this one."),
        marked("Remove this comma."),
    ),
)
_WORDS = {
    "Expecting ',' delimiter": (_MISSING_COMMA, marked("Put a comma between two entries.")),
    "Expecting ':' delimiter": (marked("There is no colon after a key."), marked('Write "key": value.')),
    "Expecting property name enclosed in double quotes": (
        marked("A key in double quotes is expected, not {here}."),
        marked('Write "key": value.'),
    ),
    "Expecting value": (marked("A value is expected, not {here}."), marked("Texts need double quotes.")),
    "Extra data": (marked("There is more text after the end of the JSON value."), marked("Remove it.")),
    "Unterminated string starting at": (
        marked('A text has no closing ".'),
        marked("Close the text on its own line."),
    ),
    "Invalid control character at": (
        marked("A text holds a line break or another control character."),
        marked("Write a line break as \\n."),
    ),
}
