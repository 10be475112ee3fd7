"""Values to try on a property: both ends, every key, some between, and what it does not allow."""

from __future__ import annotations

import random
from decimal import Decimal

from devkit.json_types import JSON
from devkit.model.defines import (
    ArrayDefine,
    BoolDefine,
    Define,
    EnumDefine,
    NumberDefine,
    StringDefine,
    StructDefine,
    TimestampDefine,
)

MOST_KEYS = 8
LONGEST_TEXT = 256
MOMENT = 1_700_000_000
WIDE = 1000
UNIT = Decimal("0.1")


def good_values(define: Define, chance: random.Random) -> list[JSON]:
    """Return values that a definition allows, both ends first."""
    match define:
        case BoolDefine():
            return [1, 0]
        case NumberDefine():
            return _numbers(define, chance)
        case EnumDefine():
            keys: list[JSON] = [
                int(key) if define.numeric else key for key in list(define.mapping)[:MOST_KEYS]
            ]
            return keys
        case StringDefine():
            longest = define.maximum if define.maximum is not None else 16
            return ["x" * min(longest, LONGEST_TEXT), "x" * define.minimum]
        case TimestampDefine():
            return [MOMENT, 0]
        case StructDefine():
            return [
                {name: good_values(inner, chance)[index] for name, inner in define.fields.items()}
                for index in (0, -1)
            ]
        case ArrayDefine():
            return [good_values(define.item, chance)[:3], []]
    return [define.default()]


def _numbers(define: NumberDefine, chance: random.Random) -> list[JSON]:
    low = define.minimum if define.minimum is not None else Decimal(0)
    high = define.maximum if define.maximum is not None else low + WIDE
    step = define.step or (Decimal(1) if define.whole else UNIT)
    between = low + chance.randint(0, int((high - low) / step)) * step
    found = [int(item) if define.whole else float(item) for item in (low, high, between)]
    return list(dict.fromkeys(found))


def bad_values(define: Define) -> list[JSON]:
    """Return values that a definition does not allow, of its own JSON type where there are such."""
    match define:
        case BoolDefine():
            return [2]
        case NumberDefine():
            ends = [define.minimum, define.maximum]
            found = [end + sign for end, sign in zip(ends, (-1, 1), strict=True) if end is not None]
            return [int(item) if define.whole else float(item) for item in found] or ["x"]
        case EnumDefine():
            return (
                [max((int(key) for key in define.mapping), default=0) + 1] if define.numeric else ["no-key"]
            )
        case StringDefine() if define.maximum is not None and define.maximum < LONGEST_TEXT:
            return ["x" * (define.maximum + 1)]
        case StructDefine():
            return [[]]
        case ArrayDefine():
            return ["x"]
    return []
