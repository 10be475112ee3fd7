"""The data types of a thing model: what each allows, how a value is checked, and its default.

What an application sets is checked to the letter. What a device reports is taken when type and range fit: off
the grid of steps, a bool as true, an enum's key as a number or a text, a whole number as 25.0; it is kept in
its usual form. The platform's own examples report such values; what it does with others is unverified.

Numbers of a define are JSON strings in real thing models; both spellings are read.
Source: docs/reference/app-api.yaml thing_model.define_types and thing_model.value_rules.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from devkit.language import _

JSON = Any
MAX_SECONDS = 253402300799  # the end of the year 9999
SHOWN_KEYS = 12


class ValueProblem(Exception):  # noqa: N818  an internal signal; callers turn it into a PropertyValueError
    """A value that a define refuses; place is "", ".h" or "[2]", below the property."""

    def __init__(self, allowed: str, value: object, place: str = "") -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.value = value
        self.place = place

    def below(self, place: str) -> ValueProblem:
        """Return the same problem seen from one level up."""
        return ValueProblem(self.allowed, self.value, place + self.place)


@dataclass(frozen=True)
class Define:
    """A data type; type is the word of the thing model."""

    type: str

    def allowed(self) -> str:
        """Say in words what a value may be, to follow "must be"."""
        raise NotImplementedError

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Return value in its usual form. reported: a device says so, it is not set by an application.

        Errors: ValueProblem.
        """
        raise NotImplementedError

    def default(self) -> JSON:
        """Return the value of a device that has not reported yet."""
        raise NotImplementedError


@dataclass(frozen=True)
class BoolDefine(Define):
    """0 or 1; labels holds the display texts, start the value of a device that has not reported yet."""

    labels: Mapping[str, str]
    start: int = 0

    def allowed(self) -> str:
        """Name both values with their texts."""
        return _(" or ").join(_labelled(key, self.labels.get(key, "")) for key in ("0", "1"))

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Accept the numbers 0 and 1; true and false of devices alone: the platform carries numbers."""
        if (isinstance(value, bool) and not reported) or value not in (0, 1):
            raise ValueProblem(self.allowed(), value)
        return int(value)

    def default(self) -> JSON:
        """Return the start value, else off."""
        return self.start


@dataclass(frozen=True)
class NumberDefine(Define):
    """An int or a float in a range; None means that the thing model sets no such limit."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None
    start: Decimal | None = None
    unit: str = ""

    @property
    def whole(self) -> bool:
        """Tell whether only whole numbers are allowed."""
        return self.type == "int"

    @cached_property
    def _whole_limits(self) -> tuple[int, int, int] | None:
        """Return minimum, maximum and step when all of them are whole: most values need no decimals."""
        limits = (self.minimum, self.maximum, self.step or Decimal(1))
        if any(limit is None or limit != limit.to_integral_value() for limit in limits):
            return None
        low, high, step = (int(limit or 0) for limit in limits)
        return low, high, step

    def allowed(self) -> str:
        """Name range and step."""
        words = [_("a whole number") if self.whole else _("a number")]
        if self.minimum is not None and self.maximum is not None:
            words.append(_(f"from {self.minimum} to {self.maximum}"))
        elif self.minimum is not None:
            words.append(_(f"of at least {self.minimum}"))
        elif self.maximum is not None:
            words.append(_(f"of at most {self.maximum}"))
        if self.step is not None and not (self.whole and self.step == 1):
            words.append(_(f"in steps of {self.step}"))
        return _(" ").join(words)

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Accept numbers on the grid that starts at the minimum, and the maximum itself."""
        if type(value) is int and (limits := self._whole_limits) and limits[0] <= value <= limits[1]:
            low, high, step = limits
            if value == high or (value - low) % step == 0:
                return value
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            raise ValueProblem(self.allowed(), value)
        number = Decimal(str(value))
        if self.whole and number != number.to_integral_value():
            raise ValueProblem(self.allowed(), value)
        if self.minimum is not None and number < self.minimum:
            raise ValueProblem(self.allowed(), value)
        if self.maximum is not None and number > self.maximum:
            raise ValueProblem(self.allowed(), value)
        if not reported and self._off_grid(number):
            raise ValueProblem(self.allowed(), value)
        return int(number) if self.whole else value

    def _off_grid(self, number: Decimal) -> bool:
        if self.step is None or number == self.maximum:
            return False
        return bool((number - (self.minimum or 0)) % self.step)

    def default(self) -> JSON:
        """Return the start value, moved into the range."""
        number = self.start if self.start is not None else Decimal(0)
        if self.minimum is not None:
            number = max(number, self.minimum)
        if self.maximum is not None:
            number = min(number, self.maximum)
        return int(number) if self.whole else float(number)


@dataclass(frozen=True)
class EnumDefine(Define):
    """One key of a mapping: a number for enum, a text for stringenum; start is a key, "" for the first."""

    mapping: Mapping[str, str]
    start: str = ""

    @property
    def numeric(self) -> bool:
        """Tell whether keys travel as numbers."""
        return self.type == "enum"

    def allowed(self) -> str:
        """Name the keys with their texts."""
        keys = list(self.mapping)
        shown = [
            _labelled(key if self.numeric else f'"{key}"', self.mapping[key]) for key in keys[:SHOWN_KEYS]
        ]
        more = [_(f"{len(keys) - SHOWN_KEYS} more")] if len(keys) > SHOWN_KEYS else []
        return _(f"one of {', '.join(shown + more)}")

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Accept a key of the mapping in its own type; of devices in the other, too."""
        if reported:
            value = self._own_type(value)
        expected = int if self.numeric else str
        if isinstance(value, bool) or not isinstance(value, expected) or str(value) not in self.mapping:
            raise ValueProblem(self.allowed(), value)
        return value

    def _own_type(self, value: JSON) -> JSON:
        """Return a key that was sent as a text or as a number in the type of this enum."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return value
        key = str(value).strip()
        if key not in self.mapping:
            return value
        return int(key) if self.numeric else key

    def default(self) -> JSON:
        """Return the start key, else the first."""
        first = self.start or next(iter(self.mapping))
        return int(first) if self.numeric else first


@dataclass(frozen=True)
class StringDefine(Define):
    """A text of limited length, counted in characters (that the platform counts so is unverified)."""

    minimum: int = 0
    maximum: int | None = None

    def allowed(self) -> str:
        """Name the lengths."""
        if self.maximum is None:
            return _(f"a text of at least {self.minimum} characters") if self.minimum else _("a text")
        if self.minimum:
            return _(f"a text of {self.minimum} to {self.maximum} characters")
        return _(f"a text of at most {self.maximum} characters")

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Accept texts of the right length."""
        if not isinstance(value, str):
            raise ValueProblem(self.allowed(), value)
        if len(value) < self.minimum or (self.maximum is not None and len(value) > self.maximum):
            raise ValueProblem(_(f"{self.allowed()} (it has {len(value)})"), value)
        return value

    def default(self) -> JSON:
        """Return no text."""
        return ""


@dataclass(frozen=True)
class TimestampDefine(Define):
    """A moment in whole seconds since 1970."""

    def allowed(self) -> str:
        """Name the unit."""
        return _("a whole number of seconds since 1970")

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Accept whole seconds; milliseconds are out of range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            raise ValueProblem(self.allowed(), value)
        if value != int(value) or not 0 <= value <= MAX_SECONDS:
            raise ValueProblem(self.allowed(), value)
        return int(value)

    def default(self) -> JSON:
        """Return 1970."""
        return 0


@dataclass(frozen=True)
class StructDefine(Define):
    """An object with fields of their own types; a value may hold some of them."""

    fields: Mapping[str, Define]

    def allowed(self) -> str:
        """Name the fields."""
        return _(f"an object with the fields {', '.join(self.fields)}")

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Check each field."""
        if not isinstance(value, Mapping):
            raise ValueProblem(self.allowed(), value)
        checked = {}
        for name, item in value.items():
            if name not in self.fields:
                raise ValueProblem(self.allowed(), value)
            try:
                checked[name] = self.fields[name].check(item, reported=reported)
            except ValueProblem as problem:
                raise problem.below(f".{name}") from None
        return checked

    def default(self) -> JSON:
        """Return the default of every field."""
        return {name: define.default() for name, define in self.fields.items()}


@dataclass(frozen=True)
class ArrayDefine(Define):
    """A list of values of one type."""

    item: Define

    def allowed(self) -> str:
        """Name the type of the entries."""
        return _(f"a list, each entry {self.item.allowed()}")

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Check each entry."""
        if not isinstance(value, list | tuple):
            raise ValueProblem(self.allowed(), value)
        checked = []
        for index, item in enumerate(value):
            try:
                checked.append(self.item.check(item, reported=reported))
            except ValueProblem as problem:
                raise problem.below(f"[{index}]") from None
        return checked

    def default(self) -> JSON:
        """Return no entries."""
        return []


@dataclass(frozen=True)
class OpenDefine(Define):
    """Any value: the thing model does not tell which. type is what it calls it, "" when it does not."""

    initial: JSON = ""

    def allowed(self) -> str:
        """Name what JSON has."""
        return _("a JSON value")

    def check(self, value: JSON, *, reported: bool = False) -> JSON:
        """Accept what can be written as JSON."""
        try:
            return json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            raise ValueProblem(self.allowed(), value) from None

    def default(self) -> JSON:
        """Return no text, or an object without fields."""
        return copy.copy(self.initial)


def _labelled(key: str, label: str) -> str:
    return f"{key} ({label})" if label else key


def _finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)
