"""What a thing model is in TypeScript, so that an editor knows the ids and values of a product.

The declarations fill H5Panel.Model of templates/_shared/h5-panel-sdk.d.ts, from which the types of the SDK
take properties, events and actions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch

from devkit.language import speaking
from devkit.model.defines import (
    ArrayDefine,
    BoolDefine,
    Define,
    EnumDefine,
    NumberDefine,
    OpenDefine,
    StringDefine,
    StructDefine,
    TimestampDefine,
)
from devkit.model.thing_model import Field, ThingModel

PLACE = "src/thing-model.d.ts"
HEAD = """\
// Made by devkit from the thing model: by `devkit types`, and by `devkit dev` whenever the model changes.
// Do not edit. H5Panel.Model in h5-panel-sdk.d.ts says how the SDK's types use it.
"""
_NAME = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_STEP = "  "


def declarations(model: ThingModel) -> str:
    """Return the text of thing-model.d.ts: in English for all, since a team and its CI share the file."""
    with speaking("en"):
        return _declarations(model)


def _declarations(model: ThingModel) -> str:
    writable = [json.dumps(item.id, ensure_ascii=False) for item in model.properties if item.writable]
    events = {event.id: (event.name, _members(event.params, 4)) for event in model.events}
    actions = {
        action.id: (
            action.name,
            _block({"input": ("", _members(action.input, 5)), "output": ("", _members(action.output, 5))}, 4),
        )
        for action in model.actions
    }
    parts = {
        "properties": ("Property id: value", _members(model.properties, 3)),
        "writable": ("What a panel may set", " | ".join(writable) or "never"),
        "events": ("Event id: parameters", _block(events, 3)),
        "actions": ("Action id: what goes in and comes out", _block(actions, 3)),
    }
    return f"{HEAD}\ndeclare namespace H5Panel {{\n{_STEP}interface Model {_block(parts, 2)}\n}}\n"


def _block(members: Mapping[str, tuple[str, str]], depth: int) -> str:
    """Return an object type; members: {name: (comment, type)}, depth: how far its members are set in."""
    if not members:
        return "{}"
    lines = []
    for name, (comment, kind) in members.items():
        if comment:
            lines.append(f"{_STEP * depth}/** {_words(comment)} */")
        key = name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
        lines.append(f"{_STEP * depth}{key}:{kind if kind.startswith(chr(10)) else ' ' + kind};")
    return "\n".join(["{", *lines, f"{_STEP * (depth - 1)}}}"])


def _members(fields: Iterable[Field], depth: int) -> str:
    return _block({item.id: (_about(item), type_of(item.define, depth)) for item in fields}, depth)


def _about(field: Field) -> str:
    allowed = (
        "" if isinstance(field.define, EnumDefine | StructDefine | OpenDefine) else field.define.allowed()
    )
    unit = f" {field.define.unit}" if isinstance(field.define, NumberDefine) and field.define.unit else ""
    desc = f" ({field.desc})" if field.desc else ""
    return f"{field.name or field.id}{desc}" + (f": {allowed}{unit}" if allowed else "")


def _words(text: str) -> str:
    """Return text of a thing model for a comment, which it cannot end."""
    return " ".join(text.replace("*/", "* /").split())


@singledispatch
def type_of(define: Define, depth: int) -> str:
    """Return the TypeScript of a data type; depth: how far the member that has it is set in."""
    return "any"


@type_of.register
def _(define: BoolDefine, depth: int) -> str:
    return "0 | 1"


@type_of.register(NumberDefine)
@type_of.register(TimestampDefine)
def _(define: Define, depth: int) -> str:
    return "number"


@type_of.register
def _(define: StringDefine, depth: int) -> str:
    return "string"


@type_of.register
def _(define: EnumDefine, depth: int) -> str:
    keys = [key if define.numeric else json.dumps(key, ensure_ascii=False) for key in define.mapping]
    return _union(keys, list(define.mapping.values()), depth + 1)


@type_of.register
def _(define: StructDefine, depth: int) -> str:
    return _block({name: ("", type_of(item, depth + 1)) for name, item in define.fields.items()}, depth + 1)


@type_of.register
def _(define: ArrayDefine, depth: int) -> str:
    item = type_of(define.item, depth)
    return f"Array<{item}>" if _NAME.fullmatch(item) is None else f"{item}[]"


def _union(keys: Sequence[str], words: Sequence[str], depth: int) -> str:
    """Return one line for each key, with its word behind it."""
    lines = [
        f"{_STEP * depth}| {key}" + (f" /* {_words(word)} */" if word and word != key else "")
        for key, word in zip(keys, words, strict=True)
    ]
    return "\n" + "\n".join(lines)
