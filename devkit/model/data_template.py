"""Data templates: the files and texts that thing models come in.

Read are the bare object, and the wrappings it travels in: a Product with a DataTemplate text, the answers of
AppGetProducts and of the console's API ({"Response": …} or {"code", "msg", "data"}), and console exports.
Source: docs/reference/app-api.yaml thing_model and common.envelope; the names of console exports are
unverified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

from devkit.errors import ModelError
from devkit.model import json_text
from devkit.model.defines import (
    JSON,
    ArrayDefine,
    BoolDefine,
    Define,
    EnumDefine,
    NumberDefine,
    StringDefine,
    StructDefine,
    TimestampDefine,
)
from devkit.model.json_text import JsonProblem
from devkit.model.thing_model import Action, Event, Field, Property, ThingModel, show

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 8
EXPORT_HINT = "Export the thing model from the console (物模型, JSON) or use a template's thing-model.json."
ENVELOPES = (
    *("Response", "data", "Data", "Products", "Product", "Model"),
    *("DataTemplate", "ModelDefine", "ModelSchema", "template", "model"),
)
PARTS = ("properties", "events", "actions")
T = TypeVar("T", Property, Event, Action)
_INTEGER = re.compile(r"-?\d+")


class _Broken(Exception):  # noqa: N818  an internal signal; read_model adds file, line and column
    """A thing model that is JSON but breaks the rules at a path."""

    def __init__(self, message: str, path: json_text.Path, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.hint = hint


def load_model(file: Path) -> ThingModel:
    """Read a thing model from a file.

    Errors: ModelError with file, and line and column where they are known.
    """
    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(
                f"The file has {size / 1e6:.1f} MB; a thing model may have at most {MAX_BYTES / 1e6:.0f} MB.",
                EXPORT_HINT,
                file=file,
            )
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise ModelError("There is no such file.", EXPORT_HINT, file=file) from error
    except IsADirectoryError as error:
        raise ModelError("This is a folder, not a file.", EXPORT_HINT, file=file) from error
    except OSError as error:
        raise ModelError(f"The file cannot be read: {error.strerror}.", file=file) from error
    return read_model(_decode(data, file), file=file)


def read_model(text: str, *, file: Path | None = None) -> ThingModel:
    """Read a thing model from a text, bare or in one of the platform's wrappings.

    Errors: ModelError with line and column.
    """
    text = text.removeprefix("\ufeff")
    try:
        document = json_text.parse(text)
    except JsonProblem as problem:
        line, column = json_text.line_and_column(text, problem.offset)
        raise ModelError(problem.message, problem.hint, file=file, line=line, column=column) from problem
    outer: json_text.Path = ()
    try:
        document, outer, inner = _unwrap(document)
    except _Broken as broken:
        raise _model_error(broken.message, broken.hint, text, broken.path, file) from None
    try:
        return build_model(document)
    except _Broken as broken:
        if inner is None:
            raise _model_error(broken.message, broken.hint, text, outer + broken.path, file) from None
        line, column = json_text.line_and_column(inner, json_text.locate(inner, broken.path))
        message = f"Line {line}, column {column} of the text {outer[-1]}: {broken.message}"
        raise _model_error(message, broken.hint, text, outer, file) from None


def build_model(document: JSON) -> ThingModel:
    """Return the thing model of a bare data template that was parsed already."""
    document = _object(document, "A thing model", ())
    if not any(part in document for part in PARTS):
        raise _Broken(
            f"This is JSON, but no thing model: it has none of {', '.join(PARTS)}.", (), EXPORT_HINT
        )
    profile = document.get("profile") or {}
    if not isinstance(profile, Mapping):
        raise _Broken(f"profile must be an object, not {show(profile)}.", ("profile",))
    warnings: list[str] = []
    return ThingModel(
        properties=_unique([_property(*entry) for entry in _entries(document, "properties", ())], warnings),
        events=_unique([_event(*entry) for entry in _entries(document, "events", ())], warnings),
        actions=_unique([_action(*entry) for entry in _entries(document, "actions", ())], warnings),
        version=str(document.get("version") or "1.0"),
        product_id=str(profile.get("ProductId") or ""),
        category_id=str(profile.get("CategoryId") or ""),
        raw=document,
        warnings=tuple(warnings),
    )


def _unique(items: list[T], warnings: list[str]) -> tuple[T, ...]:
    """Return the items, the last of each id: published models have doubles, and panels use the last."""
    by_id: dict[str, T] = {}
    for item in items:
        if item.id in by_id:
            word = type(item).__name__.lower()
            warnings.append(f"The {word} {item.id} stands twice in the thing model; the last one counts.")
        by_id[item.id] = item
    return tuple(by_id.values())


def _model_error(message: str, hint: str, text: str, path: json_text.Path, file: Path | None) -> ModelError:
    line, column = json_text.line_and_column(text, json_text.locate(text, path))
    return ModelError(message, hint, file=file, line=line, column=column)


def _decode(data: bytes, file: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ModelError("The file is UTF-16.", "Save it as UTF-8.", file=file)
    if b"\0" in data[:1024]:
        raise ModelError("The file is binary, not a text.", EXPORT_HINT, file=file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        line, column = json_text.line_and_column(before, len(before))
        raise ModelError(
            f"The file is not UTF-8 (byte 0x{data[error.start]:02x}); it may be GBK.",
            "Save it as UTF-8.",
            file=file,
            line=line,
            column=column,
        ) from error


def _unwrap(document: JSON) -> tuple[JSON, json_text.Path, str | None]:
    """Return the bare data template, its path, and the text it came from when it was a JSON text."""
    path: json_text.Path = ()
    inner: str | None = None
    for _ in range(MAX_DEPTH):
        if isinstance(document, str) and inner is None and path:
            inner = document
            document = _parse_inner(document, path)
        if isinstance(document, list) and document and path and path[-1] in ("Products", "Data", "data"):
            document, path = document[0], (*path, 0)
        if not isinstance(document, Mapping) or any(part in document for part in PARTS):
            break
        key = next((key for key in ENVELOPES if document.get(key)), None)
        if key is None:
            break
        if inner is not None:
            raise _Broken(f"The text {path[-1]} holds no thing model.", path, EXPORT_HINT)
        document, path = document[key], (*path, key)
    return document, path, inner


def _parse_inner(text: str, path: json_text.Path) -> JSON:
    try:
        return json_text.parse(text)
    except JsonProblem as problem:
        line, column = json_text.line_and_column(text, problem.offset)
        place = f"Line {line}, column {column} of the text {path[-1]}"
        raise _Broken(f"{place}: {problem.message}", path, problem.hint) from None


def _object(value: JSON, what: str, path: json_text.Path) -> Mapping[str, JSON]:
    if isinstance(value, Mapping):
        return value
    raise _Broken(f"{what} must be an object, not {show(value)}.", path, EXPORT_HINT if not path else "")


def _entries(
    document: Mapping[str, JSON], key: str, path: json_text.Path
) -> Iterable[tuple[Mapping[str, JSON], json_text.Path]]:
    """Return the objects of a list with their paths; each has an id."""
    items = document.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        raise _Broken(f"{key} must be a list, not {show(items)}.", (*path, key))
    entries = []
    for index, item in enumerate(items):
        here = (*path, key, index)
        entry = _object(item, f"Entry {index + 1} of {key}", here)
        name = entry.get("id")
        if not isinstance(name, str) or not name:
            raise _Broken(f"Entry {index + 1} of {key} has no id.", (*here, "id"), 'Give it an "id" text.')
        entries.append((entry, here))
    return entries


def _words(entry: Mapping[str, JSON]) -> dict[str, str]:
    """Return id, name and description; a missing name is the id."""
    return {
        "id": entry["id"],
        "name": str(entry.get("name") or entry["id"]),
        "desc": str(entry.get("desc") or ""),
    }


def _choice(entry: Mapping[str, JSON], key: str, choices: tuple[str, ...], path: json_text.Path) -> str:
    value = entry.get(key, choices[0])
    if value in choices:
        return str(value)
    raise _Broken(f"{entry['id']}: {key} must be {' or '.join(choices)}, not {show(value)}.", (*path, key))


def _property(entry: Mapping[str, JSON], path: json_text.Path) -> Property:
    return Property(
        **_words(entry),
        define=_field_define(entry, "property", path),
        mode=_choice(entry, "mode", ("rw", "r", "w"), path),
        required=bool(entry.get("required")),
    )


def _event(entry: Mapping[str, JSON], path: json_text.Path) -> Event:
    return Event(
        **_words(entry),
        type=_choice(entry, "type", ("info", "alert", "fault"), path),
        params=_fields(entry, "params", path),
        required=bool(entry.get("required")),
    )


def _action(entry: Mapping[str, JSON], path: json_text.Path) -> Action:
    return Action(**_words(entry), input=_fields(entry, "input", path), output=_fields(entry, "output", path))


def _fields(entry: Mapping[str, JSON], key: str, path: json_text.Path) -> tuple[Field, ...]:
    return tuple(
        Field(**_words(item), define=_field_define(item, f"{key} of {entry['id']}", here))
        for item, here in _entries(entry, key, path)
    )


def _field_define(entry: Mapping[str, JSON], what: str, path: json_text.Path) -> Define:
    key = "define" if "define" in entry else "dataType"
    if key not in entry:
        raise _Broken(f"{what} {entry['id']} has no define.", path, 'Give it a "define" with its type.')
    return _define(entry[key], f"{what} {entry['id']}", (*path, key), 0)


def _define(value: JSON, what: str, path: json_text.Path, depth: int) -> Define:
    define = _object(value, f"The define of {what}", path)
    kind = define.get("type")
    if not isinstance(kind, str) or kind not in _DEFINES:
        raise _Broken(
            f"{what} has the unknown type {show(kind)}.",
            (*path, "type"),
            f"Known types: {', '.join(_DEFINES)}.",
        )
    if depth > MAX_DEPTH:
        raise _Broken(f"{what} is nested more than {MAX_DEPTH} levels deep.", path)
    return _DEFINES[kind](define, what, path, depth)


def _bool(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    return BoolDefine("bool", _mapping(define, what, path, required=False))


def _number(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    low, high, step, start = (_decimal(define, key, what, path) for key in ("min", "max", "step", "start"))
    if low is not None and high is not None and low > high:
        raise _Broken(f"{what}: min {low} is above max {high}.", (*path, "min"))
    if step is not None and step < 0:
        raise _Broken(f"{what}: step {step} is below 0.", (*path, "step"))
    return NumberDefine(define["type"], low, high, step or None, start, str(define.get("unit") or ""))


def _enum(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    mapping = _mapping(define, what, path, required=True)
    if define["type"] == "enum":
        for key in mapping:
            if not _INTEGER.fullmatch(key) or len(key) > 20:
                raise _Broken(
                    f"{what}: the enum key {show(key)} is not a whole number.",
                    (*path, "mapping", key),
                    "Use the type stringenum for keys that are words.",
                )
    return EnumDefine(define["type"], mapping)


def _string(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    low, high = (_decimal(define, key, what, path) for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        raise _Broken(f"{what}: min {low} is above max {high}.", (*path, "min"))
    return StringDefine("string", max(int(low or 0), 0), None if high is None else int(high))


def _timestamp(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    return TimestampDefine("timestamp")


def _struct(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    fields = {}
    for entry, here in _entries(define, "specs", path):
        key = "dataType" if "dataType" in entry else "define"
        fields[entry["id"]] = _define(
            entry.get(key), f"field {entry['id']} of {what}", (*here, key), depth + 1
        )
    return StructDefine("struct", fields)


def _array(define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
    return ArrayDefine(
        "array", _define(define.get("arrayInfo"), f"the entries of {what}", (*path, "arrayInfo"), depth + 1)
    )


def _mapping(
    define: Mapping[str, JSON], what: str, path: json_text.Path, *, required: bool
) -> dict[str, str]:
    mapping = define.get("mapping")
    if mapping is None and not required:
        return {}
    if not isinstance(mapping, Mapping) or (required and not mapping):
        raise _Broken(
            f"{what}: mapping must be an object with at least one key, not {show(mapping)}.",
            (*path, "mapping"),
        )
    return {key: str(label) for key, label in mapping.items()}


def _decimal(define: Mapping[str, JSON], key: str, what: str, path: json_text.Path) -> Decimal | None:
    value = define.get(key)
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or abs(number) > Decimal("1e300"):
        raise _Broken(f"{what}: {key} must be a number, not {show(value)}.", (*path, key))
    return number


_DEFINES: dict[str, Callable[[Mapping[str, Any], str, json_text.Path, int], Define]] = {
    "bool": _bool,
    "int": _number,
    "float": _number,
    "enum": _enum,
    "stringenum": _enum,
    "string": _string,
    "timestamp": _timestamp,
    "struct": _struct,
    "array": _array,
}
