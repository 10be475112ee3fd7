"""The defines of single values, read with their flaws: bool, int, float, enum, stringenum and string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Protocol

from devkit.language import _, marked
from devkit.model import json_text
from devkit.model.defines import JSON, BoolDefine, Define, EnumDefine, NumberDefine, StringDefine
from devkit.model.thing_model import show

MOST_HOLES = 3
_INTEGER = re.compile(r"-?\d{1,20}")
_LIMITS = {"min": marked("No lower limit is used."), "max": marked("No upper limit is used.")}


class Tell(Protocol):
    """Take a flaw: what is wrong, where, and what is used in its place."""

    def __call__(self, message: str, path: json_text.Path, used: str) -> None:
        """Keep it."""


class ScalarReader:
    """Read the defines of single values; what is wrong with them goes to tell."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def boolean(self, define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int = 0) -> Define:
        """Return a bool; it may have texts for 0 and 1."""
        mapping = {} if define.get("mapping") is None else self._mapping(define, what, path)
        for key in ("0", "1") if mapping else ():
            if key not in mapping:
                words = _(f"{what}: mapping has no text for {key}.")
                self._tell(words, (*path, "mapping"), _(f"{key} is shown as it is."))
        start = self._start(define, ("0", "1"), what, path)
        return BoolDefine("bool", mapping, int(start or 0))

    def number(self, define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int = 0) -> Define:
        """Return an int or a float with what can be used of its limits."""
        low, high = self._range(define, what, path)
        no_step = _("The step is 1.") if define["type"] == "int" else _("No step is used.")
        step = self._decimal(define, "step", what, path, no_step)
        if step is not None and step < 0:
            self._tell(_(f"{what}: step {step} is below 0."), (*path, "step"), no_step)
            step = None
        start = self._decimal(define, "start", what, path, _("It starts at 0, or at the limit next to 0."))
        unit = define.get("unit")
        if unit is not None and not isinstance(unit, str):
            self._tell(
                _(f"{what}: unit must be a text, not {show(unit)}."), (*path, "unit"), _("No unit is shown.")
            )
            unit = ""
        return NumberDefine(define["type"], low, high, step or None, start, unit or "")

    def enum(self, define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int = 0) -> Define:
        """Return an enum or a stringenum; one without keys takes any number, or any text."""
        numeric = define["type"] == "enum"
        mapping = self._mapping(define, what, path)
        for key in [key for key in mapping if numeric and not _INTEGER.fullmatch(key)]:
            words = _(
                f"{what}: the enum key {show(key)} is not a whole number; stringenum has keys of words."
            )
            self._tell(words, (*path, "mapping", key), _("The key is left out."))
            del mapping[key]
        if not mapping:
            used = _("Any whole number is taken.") if numeric else _("Any text is taken.")
            self._tell(_(f"{what}: mapping has no key that can be used."), (*path, "mapping"), used)
            return NumberDefine("int") if numeric else StringDefine("string")
        if numeric:
            self._tell_holes(mapping, what, path)
        return EnumDefine(define["type"], mapping, self._start(define, tuple(mapping), what, path))

    def string(self, define: Mapping[str, JSON], what: str, path: json_text.Path, depth: int = 0) -> Define:
        """Return a text with its lengths."""
        low, high = self._range(define, what, path)
        return StringDefine("string", max(int(low or 0), 0), None if high is None else int(high))

    def _start(
        self, define: Mapping[str, JSON], keys: tuple[str, ...], what: str, path: json_text.Path
    ) -> str:
        """Return the key that a device starts with, "" when it names none."""
        value = define.get("start")
        if value is None or value == "":
            return ""
        key = str(int(value)) if isinstance(value, bool) else str(value)
        if key in keys:
            return key
        words = _(f"{what}: start must be one of {', '.join(keys)}, not {show(value)}.")
        self._tell(words, (*path, "start"), _(f"It starts at {keys[0]}."))
        return ""

    def _tell_holes(self, mapping: Mapping[str, str], what: str, path: json_text.Path) -> None:
        """Tell of numbers that are missing in a row of keys; keys that are far apart are meant so."""
        keys = sorted(int(key) for key in mapping)
        if keys[-1] - keys[0] + 1 - len(keys) > min(MOST_HOLES, len(keys) - 1):
            return
        missing = ", ".join(str(key) for key in range(keys[0], keys[-1]) if key not in keys)
        if missing:
            used = _(f"The other keys are taken, {missing} is refused.")
            self._tell(_(f"{what}: mapping has no key {missing}."), (*path, "mapping"), used)

    def _mapping(self, define: Mapping[str, JSON], what: str, path: json_text.Path) -> dict[str, str]:
        mapping = define.get("mapping")
        if isinstance(mapping, list):
            words = _(f"{what}: mapping must be an object, not a list.")
            self._tell(words, (*path, "mapping"), _("The entries are numbered from 0."))
            return {str(key): str(label) for key, label in enumerate(mapping) if isinstance(label, str | int)}
        if not isinstance(mapping, Mapping):
            words = _(f"{what}: mapping must be an object with at least one key, not {show(mapping)}.")
            self._tell(words, (*path, "mapping"), _("It is left out."))
            return {}
        for key, label in mapping.items():
            if not isinstance(label, str | int | float):
                words = _(f"{what}: the text of {show(key)} must be a text, not {show(label)}.")
                self._tell(words, (*path, "mapping", key), _("The key is shown."))
        return {
            key: str(label) if isinstance(label, str | int | float) else key for key, label in mapping.items()
        }

    def _range(
        self, define: Mapping[str, JSON], what: str, path: json_text.Path
    ) -> tuple[Decimal | None, Decimal | None]:
        low, high = (self._decimal(define, key, what, path, _LIMITS[key]) for key in ("min", "max"))
        if low is not None and high is not None and low > high:
            used = _(f"The range is {high} to {low}.")
            self._tell(_(f"{what}: min {low} is above max {high}."), (*path, "min"), used)
            low, high = high, low
        return low, high

    def _decimal(
        self, define: Mapping[str, JSON], key: str, what: str, path: json_text.Path, used: str
    ) -> Decimal | None:
        value = define.get(key)
        if value in (None, ""):
            return None
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite() or abs(number) > Decimal("1e300"):
            self._tell(_(f"{what}: {key} must be a number, not {show(value)}."), (*path, key), used)
            return None
        return number
