"""What a real device said, put into the project's sandbox."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from devkit.cloud import Emulator
from devkit.cloud.sandbox import move_in, open_store
from devkit.cloud.store.schema import EVENTS, HISTORY, PROPERTIES, PropertyRow
from devkit.cloud.store.work import Work
from devkit.errors import PropertyValueError
from devkit.json_types import JSON
from devkit.model import Property, ThingModel
from devkit.model.project import project_model
from devkit.model.thing_model import check_field
from devkit.product.product import CloudProduct
from devkit.settings import Settings

_TEXTS = ("string", "stringenum")


@dataclass(frozen=True)
class Past:
    """What a device said between two times in ms, oldest first, as far as the project's thing model has it.

    values: (property, time, value); events: (event, time, parameters); now: {property: (value, time)};
    strange tells of what does not fit the model.
    """

    device_name: str
    since: int
    until: int
    values: Sequence[tuple[str, int, JSON]]
    events: Sequence[tuple[str, int, dict[str, JSON]]]
    now: dict[str, tuple[JSON, int]]
    strange: Sequence[str]


def ask_past(product: CloudProduct, settings: Settings, since: int, until: int, most: int) -> Past:
    """Ask the platform for at most so many values of each property, and events, of the settings' device.

    Errors: those of CloudProduct; ModelError.
    """
    model, name = project_model(settings), settings.device_name
    values: list[tuple[str, int, JSON]] = []
    events: list[tuple[str, int, dict[str, JSON]]] = []
    now: dict[str, tuple[JSON, int]] = {}
    strange: list[str] = []
    for prop in model.properties:
        for at, text in product.history(name, prop.id, since, until, most):
            with _noting(strange):
                values.append((prop.id, at, _value(prop, text)))
    for field, item in product.data(name).items():
        with _noting(strange):
            value = check_field(model.property(field), item.get("Value"), reported=True)
            now[field] = value, _time(item.get("LastUpdate"), until)
    for row in product.events(name, since, until, most):
        with _noting(strange):
            params = model.validate_event(str(row["EventId"]), row["Data"])
            events.append((str(row["EventId"]), row["TimeStamp"], params))
    # Both came newest first, also those of one millisecond.
    values.reverse()
    events.reverse()
    values.sort(key=lambda one: one[1])
    events.sort(key=lambda one: one[1])
    return Past(name, since, until, values, events, now, strange)


def settle_past(settings: Settings, product_id: str, past: Past) -> str:
    """Put the past of a device into the sandbox, in place of what was there; return the device's id.

    Errors: SettingsError, ModelError.
    """
    settings = settings.replace(product_id=product_id)
    model = project_model(settings)
    with contextlib.closing(open_store(settings)) as store:
        emulator = Emulator(store)
        device_id = move_in(emulator, settings, serving=False).device_id
        emulator.perform(lambda work: _write(work, device_id, past, model))
    return device_id


def _write(work: Work, device_id: str, past: Past, model: ThingModel) -> None:
    between: dict[str, Any] = {"time": (past.since, past.until)}
    for row in work.tx.find(HISTORY, {"device_id": device_id}, between=between):
        work.tx.remove(HISTORY, row["id"])
    for event in work.tx.find(EVENTS, {"device_id": device_id}, between=between):
        work.tx.remove(EVENTS, event["id"])
    for field, at, value in past.values:
        work.tx.add(HISTORY, {"device_id": device_id, "field": field, "time": at, "value": value})
    for event_id, at, params in past.events:
        kind = model.event(event_id).type
        one = {"device_id": device_id, "event_id": event_id, "type": kind, "time": at, "params": params}
        work.tx.add(EVENTS, one)
    for field, (value, at) in past.now.items():
        work.tx.put(PROPERTIES, PropertyRow(device_id=device_id, field=field, value=value, updated=at))


def _value(prop: Property, text: str) -> JSON:
    """Return a value that the platform gives as a text.

    Errors: PropertyValueError.
    """
    value: JSON = text
    if prop.define.type not in _TEXTS:
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(text)
    checked: JSON = check_field(prop, value, reported=True)
    return checked


def _time(given: JSON, otherwise: int) -> int:
    return given if isinstance(given, int) and given > 0 else otherwise


@contextlib.contextmanager
def _noting(strange: list[str]) -> Iterator[None]:
    """Leave out what does not fit, and note why."""
    try:
        yield
    except PropertyValueError as error:
        strange.append(error.message)
