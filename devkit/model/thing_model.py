"""Thing models: properties, events and actions of a product, and the check of values against them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from devkit.errors import Diagnostic, PropertyValueError
from devkit.language import _
from devkit.model.defines import JSON, Define, ValueProblem

SHOWN_IDS = 8
SHOWN_VALUE = 60


@dataclass(frozen=True)
class Field:
    """A named value: a parameter of an event, an input or an output of an action."""

    id: str
    name: str
    define: Define
    desc: str = ""


@dataclass(frozen=True)
class Property(Field):
    """A property; mode is "r" or "rw"."""

    mode: str = "rw"
    required: bool = False

    @property
    def writable(self) -> bool:
        """Tell whether an application may set it."""
        return "w" in self.mode


@dataclass(frozen=True)
class Event:
    """An event; type is "alert", "fault" or "info"."""

    id: str
    name: str
    type: str
    params: tuple[Field, ...] = ()
    desc: str = ""
    required: bool = False


@dataclass(frozen=True)
class Action:
    """An action with its inputs and outputs."""

    id: str
    name: str
    input: tuple[Field, ...] = ()
    output: tuple[Field, ...] = ()
    desc: str = ""


@dataclass(frozen=True)
class ThingModel:
    """The thing model of a product.

    net_type ("" unknown) and product_type (5 is a gateway) are those of the product, where its file has them.
    raw is the data template as it was read: {"version", "profile", "properties", "events", "actions"}.
    warnings tell of flaws that the platform lets pass: each with its place, and what is used instead.
    """

    properties: tuple[Property, ...] = ()
    events: tuple[Event, ...] = ()
    actions: tuple[Action, ...] = ()
    version: str = "1.0"
    product_id: str = ""
    category_id: str = ""
    net_type: str = ""
    product_type: int = 0
    raw: Mapping[str, JSON] = field(default_factory=dict, compare=False)
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)

    def property(self, property_id: str) -> Property:
        """Return a property.

        Errors: PropertyValueError when there is none of that id.
        """
        return _pick(self.properties, property_id, "property", "properties")

    def event(self, event_id: str) -> Event:
        """Return an event.

        Errors: PropertyValueError when there is none of that id.
        """
        return _pick(self.events, event_id, "event", "events")

    def action(self, action_id: str) -> Action:
        """Return an action.

        Errors: PropertyValueError when there is none of that id.
        """
        return _pick(self.actions, action_id, "action", "actions")

    def validate(self, values: JSON, *, write: bool = True) -> dict[str, JSON]:
        """Return the property values in their usual form.

        values: {property id: value}. write tells that an application sets them: values must then be on the
        grid of steps, and properties of mode "r" are refused. A device may report both.
        Errors: PropertyValueError naming the property, the value and what is allowed.
        """
        checked = {}
        for property_id, value in _items(values, "properties"):
            prop = self.property(property_id)
            if write and not prop.writable:
                raise PropertyValueError(
                    _(f'{property_id} is read-only (mode "{prop.mode}") and cannot be set to {show(value)}.'),
                    _("Only the device can change it: report it as the device does."),
                    property_id=property_id,
                    value=value,
                )
            checked[property_id] = check_field(prop, value, reported=not write)
        return checked

    def validate_event(self, event_id: str, params: JSON) -> dict[str, JSON]:
        """Return the parameters of an event in their usual form.

        Errors: PropertyValueError.
        """
        return _check_fields(self.event(event_id).params, params, f"event {event_id}", reported=True)

    def validate_input(self, action_id: str, params: JSON) -> dict[str, JSON]:
        """Return the inputs of an action in their usual form.

        Errors: PropertyValueError.
        """
        return _check_fields(self.action(action_id).input, params, f"action {action_id}")

    def validate_output(self, action_id: str, params: JSON) -> dict[str, JSON]:
        """Return the outputs of an action in their usual form.

        Errors: PropertyValueError.
        """
        what = _(f"the answer of action {action_id}")
        return _check_fields(self.action(action_id).output, params, what, reported=True)

    def defaults(self) -> dict[str, JSON]:
        """Return the values of a device that has not reported yet."""
        return {prop.id: prop.define.default() for prop in self.properties}

    def data_template(self, product_id: str = "") -> str:
        """Return the data template as the platform sends it: a JSON text, its profile naming product_id."""
        profile = {"ProductId": self.product_id, "CategoryId": self.category_id or "1"}
        profile.update(self.raw.get("profile") or {})
        if product_id:
            profile["ProductId"] = product_id
        template = {"version": self.version, "properties": [], "events": [], "actions": []}
        return json.dumps({**template, **self.raw, "profile": profile}, ensure_ascii=False)


T = TypeVar("T", Property, Event, Action)


def check_field(item: Field, value: JSON, *, reported: bool = False) -> JSON:
    """Return a value of a field in its usual form. reported: a device says so.

    Errors: PropertyValueError.
    """
    try:
        return item.define.check(value, reported=reported)
    except ValueProblem as problem:
        raise PropertyValueError(
            _(f"{item.id}{problem.place} must be {problem.allowed}, not {show(problem.value)}."),
            property_id=item.id,
            value=value,
        ) from None


def show(value: object) -> str:
    """Return a value as JSON, cut when it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= SHOWN_VALUE else f"{text[:SHOWN_VALUE]}…"


def _items(values: JSON, what: str) -> Iterable[tuple[str, JSON]]:
    if not isinstance(values, Mapping):
        raise PropertyValueError(
            _(f'The values of {what} must be an object such as {{"id": 1}}, not {show(values)}.'),
            property_id="",
            value=values,
        )
    return [(str(key), value) for key, value in values.items()]


def _check_fields(
    fields: tuple[Field, ...], params: JSON, what: str, *, reported: bool = False
) -> dict[str, JSON]:
    by_id = {item.id: item for item in fields}
    checked = {}
    for name, value in _items(params, what):
        if name not in by_id:
            known = _(f"It has: {', '.join(by_id)}.") if by_id else _("It has none.")
            raise PropertyValueError(
                _(f"{what} has no parameter {show(name)}."), known, property_id=name, value=value
            )
        checked[name] = check_field(by_id[name], value, reported=reported)
    return checked


def _pick(items: tuple[T, ...], wanted: str, word: str, words: str) -> T:
    for item in items:
        if item.id == wanted:
            return item
    ids = [item.id for item in items]
    close = difflib.get_close_matches(wanted, ids, n=1)
    if close:
        hint = _(f"Did you mean {close[0]}?")
    elif ids:
        more = _(f" and {len(ids) - SHOWN_IDS} more") if len(ids) > SHOWN_IDS else ""
        hint = _(f"Its {words}: {', '.join(ids[:SHOWN_IDS])}{more}.")
    else:
        hint = _(f"It has no {words} at all.")
    raise PropertyValueError(
        _(f"The thing model has no {word} {show(wanted)}."), hint, property_id=wanted, value=None
    )
