"""What a device does to its record in the cloud: reports, events, coming and going."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from devkit.cloud.api.wire import new_token
from devkit.cloud.push.changes import report_payload
from devkit.cloud.push.messages import DEVICE_ALARM, tell_family
from devkit.cloud.store.schema import (
    AUTOMATIONS,
    DEVICES,
    EVENTS,
    FAMILIES,
    HISTORY,
    PROPERTIES,
    DeviceRow,
    EventRow,
    HistoryRow,
    PropertyRow,
    Table,
)
from devkit.cloud.store.work import Work
from devkit.json_types import JSON

PRUNE_EVERY = 256
Numbered = TypeVar("Numbered", HistoryRow, EventRow)


class Told(NamedTuple):
    """A push in place of Property/Report: that of an older device's message."""

    kind: str
    message: JSON
    topic: str


def report(
    work: Work, device: DeviceRow, values: Mapping[str, JSON], *, time: int = 0, told: Told | None = None
) -> None:
    """Store property values that were checked already, keep their history, and push the report."""
    device_id = device["device_id"]
    moment = time or work.now
    watched = device["family_id"] and work.tx.count(AUTOMATIONS, {"family_id": device["family_id"]})
    before = current(work, device_id) if watched else {}
    for name, value in values.items():
        work.tx.put(PROPERTIES, PropertyRow(device_id=device_id, field=name, value=value, updated=moment))
        work.tx.add(HISTORY, {"device_id": device_id, "field": name, "time": moment, "value": value})
        _prune(work, HISTORY, device_id=device_id, field=name)
    if told is None:
        payload = report_payload(values, moment, new_token("r-"))
        told = Told("Property", payload, f"$thing/up/property/{device_id}")
    work.push(device_id, told.kind, "Report", told.message, told.topic)
    if watched:
        work.emulator.rules.reported(work, device, before, values)


def _prune(work: Work, table: Table[Numbered], **where: str) -> None:
    """Forget the oldest rows beyond the limit; counting is left out most times, since it takes a while."""
    if not work.emulator.due((table, *where.values()), PRUNE_EVERY):
        return
    extra = work.tx.count(table, where) - work.emulator.limits.history
    if extra > 0:
        for row in work.tx.find(table, where, limit=extra):
            work.tx.remove(table, row["id"])


def post_event(
    work: Work,
    device: DeviceRow,
    event_id: str,
    kind: str,
    params: Mapping[str, JSON],
    *,
    title: str = "",
    time: int = 0,
) -> None:
    """Store an event that was checked already, and push it; an alert becomes a message to the family."""
    device_id = device["device_id"]
    work.tx.add(
        EVENTS,
        {
            "device_id": device_id,
            "event_id": event_id,
            "type": kind,
            "time": time or work.now,
            "params": dict(params),
        },
    )
    _prune(work, EVENTS, device_id=device_id)
    family = work.tx.get(FAMILIES, device["family_id"]) if kind == "alert" else None
    if family:
        name = device["alias"] or device["device_name"]
        tell_family(work, family, DEVICE_ALARM, f"{name}: {title or event_id}", device=device)
    product_id, _, device_name = device_id.partition("/")
    payload = {
        "method": "event_post",
        "version": "1.0",
        "eventId": event_id,
        "type": kind,
        "timestamp": time or work.now,
        "params": dict(params),
        "clientToken": new_token("e-"),
    }
    work.push(device_id, "Event", "Report", payload, f"$thing/up/event/{product_id}/{device_name}")


def set_online(work: Work, device: DeviceRow, *, online: bool) -> bool:
    """Note that a device came or went; tell whether that is news."""
    if bool(device["online"]) == online:
        return False
    changes: dict[str, JSON] = {"online": int(online)}
    if online:
        changes["connected"] = work.now
    work.tx.change(DEVICES, device["device_id"], **changes)
    work.push(device["device_id"], "StatusChange", "Online" if online else "Offline")
    return True


def note_info(work: Work, device: DeviceRow, info: JSON) -> None:
    """Note what a device tells of itself; version and mac go into its record.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceExtInfo.notes.
    """
    told = info if isinstance(info, dict) else {}
    version, mac = told.get("fw_ver") or device["version"], told.get("mac") or device["mac"]
    work.tx.change(DEVICES, device["device_id"], info=info, version=str(version), mac=str(mac))


def current(work: Work, device_id: str) -> dict[str, JSON]:
    """Return {property id: value}."""
    return {row["field"]: row["value"] for row in work.tx.find(PROPERTIES, {"device_id": device_id})}
