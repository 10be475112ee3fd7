"""Values to drive properties with: the edges of what a thing model allows, and one picked at random."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from devkit.model import ThingModel

TEXTS = ("", "客厅", "a long text " * 4)
MAX_VALUES = 4
MAX_KEYS = 6


def samples(model: ThingModel, property_id: str, chance: random.Random) -> list[Any]:
    """Return some values that the thing model allows, the default last so that they differ from it before."""
    prop = model.property(property_id)
    raw = next(item for item in model.raw.get("properties", ()) if item.get("id") == property_id)
    picked = [
        value for value in _values(raw.get("define") or {}, chance) if _allowed(model, property_id, value)
    ]
    default = prop.define.default()
    distinct: list[Any] = []
    for value in picked:
        if value not in distinct and value != default:
            distinct.append(value)
    return [*distinct[:MAX_VALUES], default]


def _allowed(model: ThingModel, property_id: str, value: object) -> bool:
    from devkit.errors import PropertyValueError

    try:
        model.validate({property_id: value}, write=False)
    except PropertyValueError:
        return False
    return True


def _values(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    kind = str(define.get("type", ""))
    make = _KINDS.get(kind)
    return make(define, chance) if make else []


def _bools(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    return [1, 0]


def _numbers(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    low, high = float(define.get("min") or 0), float(define.get("max") or 100)
    step = float(define.get("step") or 1) or 1.0
    middle = low + step * chance.randint(0, max(0, int((high - low) / step)))
    whole = define.get("type") == "int"
    return [int(value) if whole else round(value, 6) for value in (high, middle, low)]


def _keys(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    keys = list(define.get("mapping") or {})
    keys = chance.sample(keys, min(len(keys), MAX_KEYS))
    return [int(key) if define.get("type") == "enum" and key.lstrip("-").isdigit() else key for key in keys]


def _texts(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    limit = int(define.get("max") or 64)
    return [text[:limit] for text in reversed(TEXTS)]


def _times(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    return [1_700_000_000 + chance.randint(0, 10_000_000), 1_600_000_000]


def _structs(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    fields = define.get("specs") or []
    options = {
        item["id"]: _values(item.get("dataType") or item.get("define") or {}, chance) for item in fields
    }
    turns = max([len(values) for values in options.values()] + [0])
    return [
        {name: values[turn % len(values)] for name, values in options.items() if values}
        for turn in range(min(turns, MAX_VALUES))
    ]


def _lists(define: Mapping[str, Any], chance: random.Random) -> list[Any]:
    inner = define.get("arrayInfo") or define.get("specs") or {}
    values = _values(inner, chance) if isinstance(inner, Mapping) else []
    return [values[:2], []] if values else [[]]


_KINDS = {
    "bool": _bools,
    "int": _numbers,
    "float": _numbers,
    "enum": _keys,
    "stringenum": _keys,
    "string": _texts,
    "timestamp": _times,
    "struct": _structs,
    "array": _lists,
}
