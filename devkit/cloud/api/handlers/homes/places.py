"""Where devices are, and fences that tell when they come and go.

Source: docs/reference/usage.md "Token API actions" (1 panel); no document describes these actions, so
parameters and answers are unverified.
"""

from __future__ import annotations

import math

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import new_id
from devkit.cloud.store.schema import FENCE_EVENTS, FENCES, LOCATIONS, FenceRow
from devkit.cloud.store.work import Work
from devkit.language import _

HOME = {"Longitude": 113.9345, "Latitude": 22.5405}
EARTH_M = 6_371_000
ENTER, LEAVE = "In", "Out"
BOTH = 3


def get_location(call: Call) -> Answer:
    """Return where a device is; one that never told is at the home's default place."""
    device = call.usable_device()
    rows = call.tx.find(LOCATIONS, {"device_id": device["device_id"]}, order="time", descending=True, limit=1)
    place, time = (rows[0]["place"], rows[0]["time"]) if rows else (HOME, device["created"])
    return {"Data": {**place, "CreateTime": time}}


def list_locations(call: Call) -> Answer:
    """Return where a device was between StartTime and EndTime (ms), the oldest first."""
    device = call.usable_device()
    span = (call.number("StartTime") or None, call.number("EndTime") or None)
    rows = call.tx.find(LOCATIONS, {"device_id": device["device_id"]}, between={"time": span}, order="time")
    return {"Data": [{**row["place"], "CreateTime": row["time"]} for row in rows]}


def move(work: Work, device_id: str, longitude: float, latitude: float) -> None:
    """Note where a device is now, and which fences it has crossed."""
    rows = work.tx.find(LOCATIONS, {"device_id": device_id}, order="time", descending=True, limit=1)
    before = rows[0]["place"] if rows else HOME
    place = {"Longitude": longitude, "Latitude": latitude}
    work.tx.add(LOCATIONS, {"device_id": device_id, "time": work.now, "place": place})
    for fence in work.tx.find(FENCES, {"device_id": device_id, "status": 1}):
        was, now = _inside(fence, before), _inside(fence, place)
        if was != now and fence["alert_type"] in (BOTH, 1 if now else 2):
            kind = ENTER if now else LEAVE
            event = {"fence_id": fence["fence_id"], "device_id": device_id, "type": kind}
            work.tx.add(FENCE_EVENTS, {**event, "time": work.now, "place": place})


def _inside(fence: FenceRow, place: dict[str, float]) -> bool:
    """Tell whether a place is within the radius of a fence, in metres on a sphere."""
    area = fence["area"]
    low, high = math.radians(area["Latitude"]), math.radians(place["Latitude"])
    across = math.radians(place["Longitude"] - area["Longitude"])
    arc = math.sin((high - low) / 2) ** 2 + math.cos(low) * math.cos(high) * math.sin(across / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(arc, 1))) <= float(area["Radius"])


def _area(call: Call) -> dict[str, float]:
    area = call.params["FenceArea"]
    numbers = {name: area.get(name) for name in ("Longitude", "Latitude", "Radius")}
    bounds = {"Longitude": (-180, 180), "Latitude": (-90, 90), "Radius": (1, 1_000_000)}
    for name, value in numbers.items():
        low, high = bounds[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            call.refuse("value", _(f"FenceArea.{name} must be a number from {low} to {high}, not {value!r}."))
    return {name: float(value or 0) for name, value in numbers.items()}


def create_fence(call: Call) -> Answer:
    """Make a round fence; AlertType 1 tells of coming, 2 of going, 3 of both."""
    device = call.own_device()
    fence_id = new_id("fence_")
    call.tx.put(
        FENCES,
        FenceRow(
            fence_id=fence_id,
            device_id=device["device_id"],
            name=call.text("FenceName"),
            area=_area(call),
            alert_type=call.number("AlertType", BOTH),
            status=1,
            created=call.stamp,
            updated=call.now,
        ),
    )
    return {"Data": {"FenceId": fence_id}}


def _fence(call: Call) -> FenceRow:
    device = call.own_device()
    row = call.tx.get(FENCES, call.text("FenceId"))
    if row is None or row["device_id"] != device["device_id"]:
        call.refuse("value", _(f"The device {device['device_id']} has no fence {call.text('FenceId')}."))
    return row


def modify_fence(call: Call) -> Answer:
    """Change name, area and what a fence tells."""
    fence = _fence(call)
    call.tx.change(
        FENCES,
        fence["fence_id"],
        name=call.text("FenceName", fence["name"]),
        area=_area(call) if "FenceArea" in call.params else fence["area"],
        alert_type=call.number("AlertType", fence["alert_type"]),
        updated=call.now,
    )
    return {}


def switch_fence(call: Call) -> Answer:
    """Switch a fence on or off."""
    call.tx.change(FENCES, _fence(call)["fence_id"], status=call.number("Status"), updated=call.now)
    return {}


def delete_fence(call: Call) -> Answer:
    """Delete a fence; what it told stays."""
    call.tx.remove(FENCES, _fence(call)["fence_id"])
    return {}


def list_fences(call: Call) -> Answer:
    """Return the fences of a device."""
    device = call.usable_device()
    total, rows = call.page(FENCES, {"device_id": device["device_id"]}, order="created")
    return {
        "Total": total,
        "List": [
            {
                "FenceId": row["fence_id"],
                "FenceName": row["name"],
                "FenceArea": row["area"],
                "AlertType": row["alert_type"],
                "Status": row["status"],
                "CreateTime": row["created"],
            }
            for row in rows
        ],
    }


def list_fence_events(call: Call) -> Answer:
    """Return what the fences of a device told, the newest first."""
    device = call.usable_device()
    total, rows = call.page(FENCE_EVENTS, {"device_id": device["device_id"]}, order="time", descending=True)
    return {
        "Total": total,
        "List": [
            {
                "FenceId": row["fence_id"],
                "AlertType": row["type"],
                "CreateTime": row["time"],
                **row["place"],
            }
            for row in rows
        ],
    }


ACTIONS = {
    "AppGetDeviceLocation": get_location,
    "AppGetDeviceLocationHistory": list_locations,
    "AppCreateFence": create_fence,
    "AppModifyFence": modify_fence,
    "AppModifyFenceStatus": switch_fence,
    "AppDeleteFence": delete_fence,
    "AppGetFenceList": list_fences,
    "AppGetFenceEventList": list_fence_events,
}
