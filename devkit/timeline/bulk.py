"""Copies of data that hold no bulk: what a timeline keeps of ten megabytes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

JSON = Any  # JSON values are checked where they enter, not by the type checker
MAX_TEXT = 4000
MAX_ITEMS = 200
MAX_DEPTH = 12
PLAIN = frozenset((int, float, bool, type(None)))


def shorten(value: JSON, depth: int = 0) -> JSON:
    """Return a JSON copy of value; long texts and lists are cut, with a note of their size."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is str:
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value)} characters)"
    if kind is dict:
        return _short_dict(value, depth) if depth < MAX_DEPTH else "…"
    if kind is list:
        return _short_list(value, depth) if depth < MAX_DEPTH else "…"
    return _shorten_other(value, depth)


def _short_dict(value: dict[JSON, JSON], depth: int) -> dict[str, JSON]:
    if len(value) <= MAX_ITEMS:
        short = {}
        for key, item in value.items():
            kind = type(item)
            plain = kind in PLAIN or (kind is str and len(item) <= MAX_TEXT)
            short[key if type(key) is str else str(key)] = item if plain else shorten(item, depth + 1)
        return short
    first = dict(itertools.islice(value.items(), MAX_ITEMS))
    return {**_short_dict(first, depth), "…": f"{len(value)} entries"}


def _short_list(value: list[JSON], depth: int) -> list[JSON]:
    cut = [shorten(item, depth + 1) for item in value[:MAX_ITEMS]]
    return cut if len(value) <= MAX_ITEMS else [*cut, f"… ({len(value)} items)"]


def _shorten_other(value: JSON, depth: int) -> JSON:
    """Deal with everything that plain JSON does not hold."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return shorten(dict(value), depth)
    if isinstance(value, tuple | set | frozenset):
        return shorten(list(value), depth)
    return shorten(str(value), depth)
