"""The base of every kind of entry: frozen fields, their names on the wire, and copies that hold no bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from devkit.language import _
from devkit.timeline.bulk import JSON, MAX_TEXT, PLAIN, shorten

Lane = Literal["sdk", "cloud", "push", "device", "mini", "ble", "page"]
LANES: tuple[Lane, ...] = get_args(Lane)
"""What the console sorts by: SDK, cloud, pushes, device side, mini program, Bluetooth, page and build."""

UNSET: JSON = object()
"""Stands for a value that there is none of, where None is a value too."""

NEVER = object()


def wire(name: str) -> JSON:
    """Declare a field that has another name on the wire."""
    return field(metadata={"wire": name})


def rest() -> JSON:
    """Declare the field of everything else: on the wire its entries lie beside the other fields."""
    return field(metadata={"rest": True})


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field, wire, rest))
class Happening:
    """One thing that happened.

    kind: its name on the wire. tag: the act that tells classes of one kind apart, "" for most.
    lane: its row of the console. settled: nobody changes the data once they are recorded.
    A field whose default is None or UNSET is left out on the wire as long as it has that value.
    """

    kind: ClassVar[str]
    tag: ClassVar[str]
    lane: ClassVar[Lane]
    settled: ClassVar[bool]

    def __init_subclass__(cls, *, kind: str, lane: Lane, act: str = "", settled: bool = False) -> None:
        cls.kind, cls.lane, cls.tag, cls.settled = kind, lane, act, settled
        dataclass(frozen=True, eq=False, repr=False, match_args=False)(cls)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({told})"

    def to_json(self) -> dict[str, JSON]:
        """Return {name on the wire: value}."""
        told: dict[str, JSON] = {"act": self.tag} if self.tag else {}
        for (_name, wire_name, is_rest, untold, _hint), value in zip(
            slots(type(self)), vars(self).values(), strict=True
        ):
            if is_rest:
                told.update(value)
            elif value is not untold:
                told[wire_name] = value
        return told

    def shortened(self) -> Self:
        """Return a copy that shares nothing with what was recorded; bulk in it is cut."""
        copy = object.__new__(type(self))
        copied = vars(copy)
        for name, value in vars(self).items():
            plain = type(value) in PLAIN or (type(value) is str and len(value) <= MAX_TEXT)
            copied[name] = value if plain or value is UNSET else shorten(value, 1)
        return copy


Observer = Callable[[Happening], None]
"""Hears of everything that happens; Timeline.record is one."""


class WireField(NamedTuple):
    """A field as it is on the wire; untold is the value that is left out, NEVER without one."""

    name: str
    wire: str
    is_rest: bool
    untold: object
    hint: JSON

    @property
    def optional(self) -> bool:
        """Tell whether it may be left out."""
        return self.untold is not NEVER


_known: dict[type[Happening], tuple[WireField, ...]] = {}


def slots(kind: type[Happening]) -> tuple[WireField, ...]:
    """Return the fields of a kind, in order."""
    if kind not in _known:
        hints = get_type_hints(kind)
        _known[kind] = tuple(_slot(item, hints[item.name]) for item in fields(kind))  # type: ignore[arg-type]
    return _known[kind]


def _slot(item: Field[JSON], hint: JSON) -> WireField:
    untold = item.default if item.default is None or item.default is UNSET else NEVER
    return WireField(item.name, item.metadata.get("wire", item.name), "rest" in item.metadata, untold, hint)


Kind = TypeVar("Kind", bound=Happening)


def read(kind: type[Kind], data: JSON) -> Kind:
    """Return what a page or a recording tells of a kind.

    Errors: ValueError naming the field that is missing, unknown or of another type.
    """
    if not isinstance(data, Mapping):
        raise ValueError(_(f"not an object: {data!r:.100}"))
    left = dict(data)
    given: dict[str, JSON] = {}
    for slot in slots(kind):
        if slot.is_rest:
            continue
        if slot.wire not in left:
            if not slot.optional:
                raise ValueError(_(f"{slot.wire} is missing"))
            continue
        given[slot.name] = value = left.pop(slot.wire)
        if not _fits(value, slot.hint):
            raise ValueError(_(f"{slot.wire} cannot be {value!r:.100}"))
    others = next((slot.name for slot in slots(kind) if slot.is_rest), None)
    if others is not None:
        given[others] = left
    elif left:
        raise ValueError(_(f"there is no field {min(left)}"))
    return kind(**given)


def _fits(value: JSON, hint: JSON) -> bool:
    if hint is Any:
        return True
    origin: JSON = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if hint in (int, float):
        return isinstance(value, hint | int) and not isinstance(value, bool)
    return isinstance(value, origin or hint)
