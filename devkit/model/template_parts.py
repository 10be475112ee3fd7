"""The parts of a data template: properties, events and actions, read with their flaws.

Published templates have flaws that the platform and its SDK live with. Each is told with its path and with
what is used in its place; only a template of which nothing is left is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from devkit.language import _, marked
from devkit.model import json_text
from devkit.model.defines import JSON, ArrayDefine, Define, OpenDefine, StructDefine, TimestampDefine
from devkit.model.scalar_defines import ScalarReader
from devkit.model.thing_model import Action, Event, Field, Property, ThingModel, show

MAX_DEPTH = 8
EXPORT_HINT = marked(
    "Export the thing model from the console (物模型, JSON) or use a template's thing-model.json."
)
PARTS = ("properties", "events", "actions")
T = TypeVar("T", bound="Field | Event | Action")
_WORD = re.compile(r"[A-Za-z]+")


class Broken(Exception):  # noqa: N818  an internal signal; read_model adds file, line and column
    """A thing model that is JSON but leaves nothing to simulate, for a reason at a path."""

    def __init__(self, message: str, path: json_text.Path, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.hint = hint


@dataclass(frozen=True)
class Flaw:
    """Something wrong at a path, and what is used in its place."""

    message: str
    path: json_text.Path
    used: str


class TemplateReader:
    """Read one data template that was parsed already; flaws holds what was wrong with it."""

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self._scalars = ScalarReader(self._tell)

    def read(self, document: JSON) -> ThingModel:
        """Return the thing model.

        Errors: Broken.
        """
        if not isinstance(document, Mapping):
            raise Broken(_(f"A thing model must be an object, not {show(document)}."), (), EXPORT_HINT)
        if not any(part in document for part in PARTS):
            words = _(f"This is JSON, but no thing model: it has none of {', '.join(PARTS)}.")
            raise Broken(words, (), EXPORT_HINT)
        profile = document.get("profile") or {}
        if not isinstance(profile, Mapping):
            self._tell(
                _(f"profile must be an object, not {show(profile)}."), ("profile",), _("It is left out.")
            )
            profile = {}
        parts = {part: list(self._entries(document, part, ())) for part in PARTS}
        if self.flaws and not any(parts.values()):
            first = self.flaws[0]
            raise Broken(first.message, first.path, EXPORT_HINT)
        return ThingModel(
            properties=self._unique([self._property(*entry) for entry in parts["properties"]]),
            events=self._unique([self._event(*entry) for entry in parts["events"]]),
            actions=self._unique([self._action(*entry) for entry in parts["actions"]]),
            version=str(document.get("version") or "1.0"),
            product_id=str(profile.get("ProductId") or ""),
            category_id=str(profile.get("CategoryId") or ""),
            raw=_usable(document, profile, parts),
        )

    def _tell(self, message: str, path: json_text.Path, used: str) -> None:
        self.flaws.append(Flaw(message, path, used))

    def _unique(self, items: Sequence[tuple[T, json_text.Path]], what: str = "") -> tuple[T, ...]:
        """Return the items, the last of each id: published models have doubles, and panels use the last."""
        by_id: dict[str, T] = {}
        for entry in items:
            item, at = entry[0], entry[1]
            if item.id in by_id:
                word = what or type(item).__name__.lower()
                words = _(f"The {word} {item.id} stands twice in the thing model.")
                self._tell(words, (*at, "id"), _("The last one counts."))
            by_id[item.id] = item
        return tuple(by_id.values())

    def _entries(
        self, document: Mapping[str, JSON], key: str, path: json_text.Path
    ) -> Iterator[tuple[Mapping[str, JSON], json_text.Path]]:
        """Yield the objects of a list that have an id, with their paths."""
        items = document.get(key)
        if items is None:
            return
        if not isinstance(items, list):
            self._tell(_(f"{key} must be a list, not {show(items)}."), (*path, key), _("It is left out."))
            return
        for index, item in enumerate(items):
            here = (*path, key, index)
            if not isinstance(item, Mapping):
                words = _(f"Entry {index + 1} of {key} must be an object, not {show(item)}.")
                self._tell(words, here, _("It is left out."))
                continue
            name = item.get("id")
            if not isinstance(name, str) or not name:
                words = _(f'Entry {index + 1} of {key} has no id; give it an "id" text.')
                self._tell(words, (*here, "id"), _("It is left out."))
                continue
            yield item, here

    def _choice(
        self, entry: Mapping[str, JSON], key: str, choices: tuple[str, ...], path: json_text.Path
    ) -> str:
        value = entry.get(key, choices[0])
        if value in choices:
            return str(value)
        words = _(f"{entry['id']}: {key} must be {' or '.join(choices)}, not {show(value)}.")
        self._tell(words, (*path, key), _(f'"{choices[0]}" is used.'))
        return choices[0]

    def _property(self, entry: Mapping[str, JSON], path: json_text.Path) -> tuple[Property, json_text.Path]:
        made = Property(
            **_words(entry),
            define=self._field_define(entry, "property", path),
            mode=self._choice(entry, "mode", ("rw", "r", "w"), path),
            required=bool(entry.get("required")),
        )
        return made, path

    def _event(self, entry: Mapping[str, JSON], path: json_text.Path) -> tuple[Event, json_text.Path]:
        made = Event(
            **_words(entry),
            type=self._choice(entry, "type", ("info", "alert", "fault"), path),
            params=self._fields(entry, "params", path),
            required=bool(entry.get("required")),
        )
        return made, path

    def _action(self, entry: Mapping[str, JSON], path: json_text.Path) -> tuple[Action, json_text.Path]:
        inputs, outputs = (self._fields(entry, key, path) for key in ("input", "output"))
        return Action(**_words(entry), input=inputs, output=outputs), path

    def _fields(self, entry: Mapping[str, JSON], key: str, path: json_text.Path) -> tuple[Field, ...]:
        what = f"{key} of {entry['id']}"
        fields = [
            (Field(**_words(item), define=self._field_define(item, what, here)), here)
            for item, here in self._entries(entry, key, path)
        ]
        return self._unique(fields, what)

    def _field_define(self, entry: Mapping[str, JSON], what: str, path: json_text.Path) -> Define:
        key = "define" if "define" in entry else "dataType"
        name = f"{what} {entry['id']}"
        if key not in entry:
            self._tell(_(f'{name} has no define; give it a "define" with its type.'), path, OPEN)
            return OpenDefine("")
        return self._define(entry[key], name, (*path, key), 0)

    def _define(self, value: JSON, what: str, path: json_text.Path, depth: int) -> Define:
        if not isinstance(value, Mapping):
            self._tell(_(f"The define of {what} must be an object, not {show(value)}."), path, OPEN)
            return OpenDefine("")
        kind = value.get("type")
        known = kind.lower() if isinstance(kind, str) and _WORD.fullmatch(kind) else ""
        reader = self.readers.get(known)
        if reader is None:
            words = _(f"{what} has the unknown type {show(kind)}; known types: {', '.join(self.readers)}.")
            self._tell(words, (*path, "type"), OPEN)
            return OpenDefine("")
        if depth > MAX_DEPTH:
            self._tell(_(f"{what} is nested more than {MAX_DEPTH} levels deep."), path, OPEN)
            return OpenDefine("")
        if known != kind:
            self._tell(_(f"{what} has the type {show(kind)}."), (*path, "type"), _(f'"{known}" is used.'))
        return reader({**value, "type": known}, what, path, depth)

    @property
    def readers(self) -> Mapping[str, Callable[[Mapping[str, Any], str, json_text.Path, int], Define]]:
        """Return what reads each type."""
        scalars = self._scalars
        return {
            "bool": scalars.boolean,
            "int": scalars.number,
            "float": scalars.number,
            "enum": scalars.enum,
            "stringenum": scalars.enum,
            "string": scalars.string,
            "timestamp": lambda *_: TimestampDefine("timestamp"),
            "struct": self._struct,
            "array": self._array,
        }

    def _struct(self, define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
        fields: dict[str, Define] = {}
        for entry, here in self._entries(define, "specs", path):
            key = "dataType" if "dataType" in entry else "define"
            name = entry["id"]
            if name in fields:
                words = _(f"{name} stands twice among the fields of {what}.")
                self._tell(words, (*here, "id"), _("The last one counts."))
            fields[name] = self._define(entry.get(key), _(f"field {name} of {what}"), (*here, key), depth + 1)
        if not fields:
            self._tell(_(f"{what} has no fields; give it specs."), (*path, "specs"), OPEN)
            return OpenDefine("struct", {})
        return StructDefine("struct", fields)

    def _array(self, define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int) -> Define:
        info = define.get("arrayInfo")
        return ArrayDefine(
            "array", self._define(info, _(f"the entries of {what}"), (*path, "arrayInfo"), depth + 1)
        )


OPEN = marked("Any value is taken.")


def _words(entry: Mapping[str, JSON]) -> dict[str, str]:
    """Return id, name and description; a missing name is the id."""
    return {
        "id": entry["id"],
        "name": str(entry.get("name") or entry["id"]),
        "desc": str(entry.get("desc") or ""),
    }


def _usable(
    document: Mapping[str, JSON], profile: Mapping[str, JSON], parts: Mapping[str, list[Any]]
) -> Mapping[str, JSON]:
    """Return a template as it was written, without the entries that nobody could read."""
    kept = {part: [entry for entry, _ in parts[part]] for part in PARTS if part in document}
    return {**document, **kept, **({"profile": profile} if "profile" in document else {})}
