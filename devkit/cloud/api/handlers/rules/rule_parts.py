"""Parts of scenes and automations as clients send them: checked on the way in, completed on the way out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from devkit.cloud.api.call import Call
from devkit.cloud.api.handlers.devices.control import checked
from devkit.cloud.rules.engine import OPERATORS, PROPERTY_CONDITION, TIMER_CONDITION
from devkit.cloud.rules.runs import DELAY, DEVICE, NOTICE, SCENE
from devkit.cloud.rules.schedule import read_days, read_time
from devkit.cloud.store.schema import DEVICES, SCENES, DeviceRow, FamilyRow
from devkit.errors import PropertyValueError
from devkit.language import _

JSON = Any
LONGEST_DELAY_S = 86_400
MOST_PARTS = 100


def read_actions(call: Call, family: FamilyRow) -> list[dict[str, JSON]]:
    """Return the Actions of a call in the stored form: without empty fields.

    Source: docs/reference/app-api.yaml structures.Action.
    """
    actions = call.params["Actions"]
    if not 0 < len(actions) <= MOST_PARTS:
        call.refuse("value", _(f"Actions must hold 1 to {MOST_PARTS} actions, not {len(actions)}."))
    return [_action(call, family, action, f"Actions[{index}]") for index, action in enumerate(actions)]


def _action(call: Call, family: FamilyRow, action: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    kind = action.get("ActionType")
    data = action.get("Data")
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in _ACTIONS:
        call.refuse("value", _(f"{place}.ActionType must be one of 0, 1, 2, 3, not {kind!r}."))
    if not isinstance(data, str) or not data:
        call.refuse("value", _(f"{place}.Data must be a text, not {data!r}."))
    return {"ActionType": kind, **_ACTIONS[kind](call, family, action, place), "Data": data}


def _device_action(call: Call, family: FamilyRow, action: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    device = _family_device(call, family, action, place)
    try:
        data = json.loads(action["Data"])
    except (ValueError, RecursionError):
        call.refuse("value", _(f"{place}.Data must be the JSON text of property values."))
    checked(call, device, data)
    return {"ProductId": device["product_id"], "DeviceName": device["device_name"], **_shown_as(action)}


def _shown_as(part: Mapping[str, JSON]) -> dict[str, str]:
    """Return the name and icon of a device that a client sent along."""
    sent = {name: part.get(name) for name in ("AliasName", "IconUrl")}
    return {name: text for name, text in sent.items() if isinstance(text, str) and text}


def _family_device(call: Call, family: FamilyRow, part: Mapping[str, JSON], place: str) -> DeviceRow:
    device_id = str(part.get("DeviceId") or f"{part.get('ProductId')}/{part.get('DeviceName')}")
    device = call.tx.get(DEVICES, device_id)
    if device is None:
        call.refuse("value", _(f"{place}: there is no device {device_id}."))
    if device["family_id"] != family["family_id"]:
        call.refuse("permission", _(f"{place}: the family {family['name']} has no device {device_id}."))
    return device


def _delay(call: Call, family: FamilyRow, action: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    data = action["Data"]
    if not (data.isascii() and data.isdigit() and len(data) < 9 and int(data) <= LONGEST_DELAY_S):
        call.refuse("value", _(f"{place}.Data must be 0 to {LONGEST_DELAY_S} seconds, not {data!r}."))
    return {}


def _scene(call: Call, family: FamilyRow, action: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    scene = call.tx.get(SCENES, action["Data"])
    if scene is None or scene["family_id"] != family["family_id"]:
        call.refuse("value", _(f"{place}: the family {family['name']} has no scene {action['Data']}."))
    return {}


def _notice(call: Call, family: FamilyRow, action: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    return {}


_ACTIONS: Mapping[int, Callable[[Call, FamilyRow, Mapping[str, JSON], str], dict[str, JSON]]] = {
    DEVICE: _device_action,
    DELAY: _delay,
    SCENE: _scene,
    NOTICE: _notice,
}


def read_conditions(call: Call, family: FamilyRow) -> list[dict[str, JSON]]:
    """Return the Conditions of a call in the stored form.

    Source: docs/reference/app-api.yaml structures.Condition.
    """
    conditions = call.params["Conditions"]
    if not 0 < len(conditions) <= MOST_PARTS:
        call.refuse("value", _(f"Conditions must hold 1 to {MOST_PARTS} conditions, not {len(conditions)}."))
    names = [condition.get("CondId") for condition in conditions]
    if len({str(name) for name in names}) != len(names) or not all(names):
        call.refuse("value", _("Each condition needs a CondId of its own."))
    read = []
    for index, condition in enumerate(conditions):
        place = f"Conditions[{index}]"
        kind = condition.get("CondType")
        if isinstance(kind, bool) or kind not in (PROPERTY_CONDITION, TIMER_CONDITION):
            call.refuse("value", _(f"{place}.CondType must be 0 or 1, not {kind!r}."))
        part = "Property" if kind == PROPERTY_CONDITION else "Timer"
        value = condition.get(part)
        if not isinstance(value, Mapping):
            call.refuse("value", _(f"{place}.{part} must be an object."))
        reader = _property if kind == PROPERTY_CONDITION else _timer
        read.append(
            {
                "CondId": str(condition["CondId"]),
                "CondType": kind,
                part: reader(call, family, value, f"{place}.{part}"),
            }
        )
    return read


def _property(call: Call, family: FamilyRow, part: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    device = _family_device(call, family, part, place)
    operator = part.get("Op")
    if operator not in OPERATORS:
        call.refuse("value", _(f"{place}.Op must be one of eq, ne, gt, lt, ge, le, not {operator!r}."))
    try:
        call.model(device).property(str(part.get("PropertyId")))
    except PropertyValueError as error:
        call.refuse("value", f"{place}: {_(str(error))}")
    if not isinstance(part.get("Value"), int | float | str):
        call.refuse("value", _(f"{place}.Value must be a number or a text."))
    return {
        "ProductId": device["product_id"],
        "DeviceName": device["device_name"],
        **_shown_as(part),
        "PropertyId": part["PropertyId"],
        "Op": "eq" if operator == "equal" else operator,
        "Value": part["Value"],
    }


def _timer(call: Call, family: FamilyRow, part: Mapping[str, JSON], place: str) -> dict[str, JSON]:
    try:
        return {"Days": read_days(str(part.get("Days"))), "TimePoint": read_time(str(part.get("TimePoint")))}
    except ValueError as error:
        call.refuse("value", _(f"{place}: days or time {error}."))


def show_parts(
    call: Call, family_id: str, parts: list[dict[str, JSON]], *, as_sent: bool
) -> list[dict[str, JSON]]:
    """Return actions or device conditions with name and icon of each device that is still in the family.

    as_sent: what the client sent along stays; else the device's own of now go first.
    """
    shown = []
    for part in parts:
        device = "DeviceName" in part and call.tx.get(DEVICES, f"{part['ProductId']}/{part['DeviceName']}")
        if not device or device["family_id"] != family_id:
            shown.append(dict(part))
            continue
        now = _shown_as({"AliasName": device["alias"], "IconUrl": device["icon_url"]})
        shown.append({**now, **part} if as_sent else {**part, **now})
    return shown


def all_in_family(call: Call, family_id: str, parts: list[dict[str, JSON]]) -> bool:
    """Tell whether every device of some actions is still in the family."""
    for part in parts:
        if "DeviceName" in part:
            device = call.tx.get(DEVICES, f"{part['ProductId']}/{part['DeviceName']}")
            if device is None or device["family_id"] != family_id:
                return False
    return True
