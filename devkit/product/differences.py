"""How two thing models differ, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devkit.json_types import JSON
from devkit.model import ThingModel

PARTS = {"properties": "property", "events": "event", "actions": "action"}
_NOTHING: tuple[JSON, ...] = ("", None, False, [], {})


@dataclass(frozen=True)
class Difference:
    """What one thing has and the other has not: here (the project's file) and there (the platform).

    where is empty when all of it is missing on one side, else the path of what is another.
    """

    part: str
    id: str
    where: str = ""
    here: JSON = None
    there: JSON = None


def differences(here: ThingModel, there: ThingModel) -> list[Difference]:
    """Return how two thing models differ in what panels and devices go by; order and profile do not count."""
    return [found for part, word in PARTS.items() for found in _of_part(word, here.raw, there.raw, part)]


def _of_part(
    word: str, here: Mapping[str, JSON], there: Mapping[str, JSON], part: str
) -> Iterator[Difference]:
    ours, theirs = _by_id(here.get(part)), _by_id(there.get(part))
    for name in dict.fromkeys((*ours, *theirs)):
        if name not in ours or name not in theirs:
            yield Difference(word, name, here=ours.get(name), there=theirs.get(name))
            continue
        for path, one, other in _compare(ours[name], theirs[name], ""):
            yield Difference(word, name, path, one, other)


def _compare(here: JSON, there: JSON, path: str) -> Iterator[tuple[str, JSON, JSON]]:
    here, there = _table(here), _table(there)
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for key in dict.fromkeys((*here, *there)):
            yield from _compare(here.get(key), there.get(key), f"{path}.{key}" if path else str(key))
    elif not _alike(here, there):
        yield path, here, there


def _table(value: JSON) -> JSON:
    """Return a list of things with ids as {id: thing}, so that their order does not count."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, Mapping) and "id" in item for item in value)
    ):
        return _by_id(value)
    return value


def _by_id(items: JSON) -> dict[str, JSON]:
    found = items if isinstance(items, list) else []
    return {str(item["id"]): item for item in found if isinstance(item, Mapping) and "id" in item}


def _alike(here: JSON, there: JSON) -> bool:
    """Tell whether two values mean the same: files have 100 and "100", and leave out what is empty."""
    if here in _NOTHING and there in _NOTHING:
        return True
    plain = (str, int, float)
    if isinstance(here, plain) and isinstance(there, plain):
        return str(here) == str(there) or _number(here) == _number(there) is not None
    return here == there


def _number(value: str | int | float) -> float | None:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
