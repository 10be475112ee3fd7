"""Device data: current values, their history, and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import decode_cursor, encode_cursor, to_json
from devkit.cloud.store.schema import EVENTS, HISTORY, PROPERTIES, EventRow, HistoryRow, Table
from devkit.language import _

JSON = Any
Numbered = TypeVar("Numbered", HistoryRow, EventRow)
PAGE = 100
EVENT_PAGE = 10


def get_device_data(call: Call) -> Answer:
    """Return the current values as a JSON text {id: {Value, LastUpdate ms}}.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceData.
    """
    device = call.usable_device()
    rows = call.tx.find(PROPERTIES, {"device_id": device["device_id"]})
    return {
        "Data": to_json({row["field"]: {"Value": row["value"], "LastUpdate": row["updated"]} for row in rows})
    }


def get_history(call: Call) -> Answer:
    """Return the values of one property, the newest first; Limit is clamped to 100.

    Order and cap are not documented; docs/cloud.md says why these.
    Source: docs/reference/app-api.yaml actions.AppGetDeviceDataHistory.
    """
    device = call.usable_device()
    low, high = call.number("MinTime"), call.number("MaxTime")
    if low > high:
        call.refuse("value", _(f"MinTime {low} is after MaxTime {high}."))
    where = {"device_id": device["device_id"], "field": call.text("FieldName")}
    rows, context = _newest_first(call, HISTORY, where, low, high, call.number("Limit") or PAGE)
    return {
        "Context": context,
        "FieldName": call.text("FieldName"),
        "Listover": not context,
        "Results": [{"Time": str(row["time"]), "Value": _as_text(row["value"])} for row in rows],
    }


def _as_text(value: JSON) -> str:
    return value if isinstance(value, str) else to_json(value)


def _newest_first(
    call: Call, table: Table[Numbered], where: dict[str, JSON], low: int | None, high: int | None, limit: int
) -> tuple[list[Numbered], str]:
    """Return a page of numbered rows, and the Context of the next one ("" after the last)."""
    limit = min(max(limit, 1), PAGE)
    between: dict[str, tuple[int | None, int | None]] = {"time": (low, high)}
    if call.text("Context"):
        try:
            time, number = decode_cursor(table, call.text("Context"))
        except ValueError:
            call.refuse("value", _(f"Context {call.text('Context')!r} is none that this list gave."))
        between["time"] = (low, time if high is None else min(high, time))
        same = call.tx.find(table, where, between={"time": (time, time), "id": (number, None)})
        skip = len(same)
    else:
        skip = 0
    rows = call.tx.find(
        table, where, between=between, order="time", descending=True, offset=skip, limit=limit + 1
    )
    page = rows[:limit]
    more = len(rows) > limit
    return page, encode_cursor(table, page[-1]["time"], page[-1]["id"]) if more else ""


def list_events(call: Call) -> Answer:
    """Return events, the newest first; times in seconds, 0 leaves an end open.

    Source: docs/reference/app-api.yaml actions.AppListEventHistory.
    """
    device = call.usable_device()
    where: dict[str, JSON] = {"device_id": device["device_id"]}
    if call.text("Type"):
        where["type"] = call.text("Type")
    if call.text("EventId"):
        where["event_id"] = call.text("EventId")
    low, high = call.number("StartTime") * 1000, call.number("EndTime") * 1000
    rows, context = _newest_first(
        call, EVENTS, where, low or None, high + 999 if high else None, call.number("Size") or EVENT_PAGE
    )
    return {
        "Context": context,
        "Total": _total(call, where, low or None, high + 999 if high else None),
        "Listover": not context,
        "EventHistory": [
            {
                "TimeStamp": row["time"] // 1000,
                "ProductId": device["product_id"],
                "DeviceName": device["device_name"],
                "EventId": row["event_id"],
                "Type": row["type"],
                "Data": to_json(row["params"]),
            }
            for row in rows
        ],
    }


def _total(call: Call, where: dict[str, JSON], low: int | None, high: int | None) -> int:
    if low is None and high is None:
        return call.tx.count(EVENTS, where)
    return len(call.tx.find(EVENTS, where, between={"time": (low, high)}))


def delete_history(call: Call) -> Answer:
    """Forget the values of one property, of all time or between MinTime and MaxTime (ms).

    Source: docs/reference/usage.md "Token API actions" (20 panels); parameters and answer unverified.
    """
    device = call.usable_device()
    where = {"device_id": device["device_id"], "field": call.text("FieldName")}
    between = {"time": (call.number("MinTime") or None, call.number("MaxTime") or None)}
    for row in call.tx.find(HISTORY, where, between=between):
        call.tx.remove(HISTORY, row["id"])
    return {}


def get_aggregates(call: Call) -> Answer:
    """Return one value per interval of a numeric property.

    Interval is in ms; Agg is avg, max, min, sum or count.
    Source: docs/reference/usage.md "Token API actions" (10 panels); parameters and answer unverified.
    """
    device = call.usable_device()
    low, high, step = call.number("MinTime"), call.number("MaxTime"), call.number("Interval")
    kind = call.text("Agg", "avg")
    if kind not in _AGGREGATES:
        call.refuse("value", _(f"Agg must be one of {', '.join(_AGGREGATES)}, not {kind!r}."))
    if step < 1 or low > high:
        call.refuse("value", _("Interval must be at least 1 ms and MinTime not after MaxTime."))
    where = {"device_id": device["device_id"], "field": call.text("FieldName")}
    buckets: dict[int, list[float]] = {}
    for row in call.tx.find(HISTORY, where, between={"time": (low, high)}):
        if isinstance(row["value"], int | float):
            buckets.setdefault((row["time"] - low) // step, []).append(row["value"])
    return {
        "FieldName": call.text("FieldName"),
        "Results": [
            {"Time": str(low + number * step), "Value": str(_AGGREGATES[kind](values))}
            for number, values in sorted(buckets.items())
        ],
    }


_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
    "sum": sum,
    "count": len,
}

ACTIONS = {
    "AppGetDeviceData": get_device_data,
    "AppGetDeviceDataHistory": get_history,
    "AppListEventHistory": list_events,
    "AppDeleteDeviceDataHistory": delete_history,
    "AppGetDeviceAggsData": get_aggregates,
}
