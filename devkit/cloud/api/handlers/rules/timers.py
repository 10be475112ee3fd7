"""Timers: a control on certain days at a certain time. rules.py fires them."""

from __future__ import annotations

from typing import Any

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.devices.control import checked
from devkit.cloud.api.wire import new_id, to_json
from devkit.cloud.rules.schedule import next_moment, read_days, read_time
from devkit.cloud.store.schema import TIMERS, DeviceRow, TimerRow
from devkit.language import _

JSON = Any


def create_timer(call: Call) -> Answer:
    """Schedule a control.

    Source: docs/reference/app-api.yaml actions.AppCreateTimer.
    """
    device = call.usable_device()
    timer_id = new_id()
    columns = _columns(call, device)
    row: Any = {
        **columns,
        "timer_id": timer_id,
        "device_id": device["device_id"],
        "user_id": call.user_id,
        "status": 1,
        "next_ms": next_moment(columns["days"], columns["time_point"], call.now),
        "created": call.stamp,
    }
    call.tx.put(TIMERS, row)
    call.after(call.emulator.rules.wake)
    return {"Data": {"TimerId": timer_id, "TimerName": columns["name"]}}


def _columns(call: Call, device: DeviceRow) -> dict[str, JSON]:
    """Return what the client chose: name, days, time, repetition and property values."""
    try:
        days = read_days(call.text("Days"))
    except ValueError as error:
        call.refuse("value", _(f"Days {error}."))
    try:
        time_point = read_time(call.text("TimePoint"))
    except ValueError as error:
        call.refuse("value", _(f"TimePoint {error}."))
    return {
        "name": call.text("TimerName"),
        "days": days,
        "time_point": time_point,
        "repeat": call.number("Repeat"),
        "data": to_json(checked(call, device, call.params["Data"])),
        "updated": call.now,
    }


def _timer(call: Call) -> TimerRow:
    device = call.usable_device()
    row = call.tx.get(TIMERS, call.text("TimerId"))
    if row is None or row["device_id"] != device["device_id"]:
        call.refuse("value", _(f"The device {device['device_id']} has no timer {call.text('TimerId')}."))
    return row


def modify_timer(call: Call) -> Answer:
    """Change a timer.

    Source: docs/reference/app-api.yaml actions.AppModifyTimer.
    """
    timer = _timer(call)
    columns = _columns(call, call.device())
    moment = next_moment(columns["days"], columns["time_point"], call.now)
    call.tx.change(TIMERS, timer["timer_id"], **columns, next_ms=moment)
    call.after(call.emulator.rules.wake)
    return {}


def delete_timer(call: Call) -> Answer:
    """Delete a timer.

    Source: docs/reference/app-api.yaml actions.AppDeleteTimer.
    """
    call.tx.remove(TIMERS, _timer(call)["timer_id"])
    return {}


def switch_timer(call: Call) -> Answer:
    """Switch a timer on or off; without Status it goes off, the value that the platform's types default to.

    Source: docs/reference/app-api.yaml actions.AppModifyTimerStatus.
    """
    timer = _timer(call)
    moment = next_moment(timer["days"], timer["time_point"], call.now)
    call.tx.change(TIMERS, timer["timer_id"], status=call.number("Status"), next_ms=moment, updated=call.now)
    call.after(call.emulator.rules.wake)
    return {}


def list_timers(call: Call) -> Answer:
    """Return the timers of a device, the oldest first.

    Source: docs/reference/app-api.yaml actions.AppGetTimerList.
    """
    device = call.usable_device()
    total, rows = call.page(TIMERS, {"device_id": device["device_id"]}, order="created")
    return {"Total": total, "TimerList": [_timer_view(row) for row in rows]}


def _timer_view(row: TimerRow) -> dict[str, JSON]:
    product_id, _, device_name = row["device_id"].partition("/")
    return {
        "TimerId": row["timer_id"],
        "TimerName": row["name"],
        "ProductId": product_id,
        "DeviceName": device_name,
        "Days": row["days"],
        "TimePoint": row["time_point"],
        "Repeat": row["repeat"],
        "Data": row["data"],
        "Status": row["status"],
        "CreateTime": row["created"] // 1000,
        "UpdateTime": row["updated"] // 1000,
    }


ACTIONS = {
    "AppCreateTimer": create_timer,
    "AppModifyTimer": modify_timer,
    "AppDeleteTimer": delete_timer,
    "AppModifyTimerStatus": switch_timer,
    "AppGetTimerList": list_timers,
}
