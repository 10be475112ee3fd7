"""Control: properties and actions."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Mapping

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import to_json
from devkit.cloud.push.changes import control_payload
from devkit.cloud.store.schema import DeviceRow
from devkit.errors import PropertyValueError
from devkit.json_types import JSON
from devkit.language import _

UNREACHABLE = "FailedOperation.ActionUnreachable"


def control_device_data(call: Call) -> Answer:
    """Set properties of a device.

    The answer goes out first, then the Property/Push, then what the device reports.
    Errors: FailedOperation.DeviceOffline; that the platform answers so here is unverified.
    Source: docs/reference/app-api.yaml actions.AppControlDeviceData; docs/reference/protocol.md section 3.
    """
    send_control(call, call.usable_device(), call.params["Data"])
    return {"Data": ""}


def send_control(call: Call, device: DeviceRow, data: JSON) -> None:
    """Check property values and deliver them; the push lets a phone carry them to a Bluetooth device."""
    values = checked(call, device, data)
    device_id = device["device_id"]
    if not device["online"] and device_id not in call.emulator.devices.by_phone:
        call.refuse("offline", _(f"The device {device_id} is offline."))
    product_id, _rest, device_name = device_id.partition("/")
    topic = f"$thing/down/property/{product_id}/{device_name}"
    call.push(device_id, "Property", "Push", control_payload(values, f"c-{secrets.token_hex(8)}"), topic)
    if device["online"]:
        call.after(lambda: call.emulator.devices.control(device_id, values))


def checked(call: Call, device: DeviceRow, data: JSON) -> dict[str, JSON]:
    """Return property values in their usual form, or refuse."""
    try:
        return call.model(device).validate(data)
    except PropertyValueError as error:
        call.refuse("value", str(error))


def call_action_sync(call: Call) -> Answer:
    """Call an action and wait for its outcome.

    An unreachable device is no error: Status says FailedOperation.ActionUnreachable.
    Source: docs/reference/app-api.yaml actions.AppCallDeviceActionSync.
    """
    device, action_id, params = _action(call)
    token = str(uuid.uuid4())
    if not device["online"]:
        return {"ClientToken": token, "Status": UNREACHABLE, "OutputParams": ""}
    _push_action(call, device, action_id, params, token)

    async def wait() -> Answer:
        reply = await _perform(call, device["device_id"], action_id, params, token)
        return {
            "ClientToken": token,
            "Status": reply["status"],
            "OutputParams": to_json(reply["response"]),
        }

    call.then = wait
    return {}


def call_action_async(call: Call) -> Answer:
    """Call an action; the outcome comes as an Action/Report push.

    Source: docs/reference/app-api.yaml actions.AppCallDeviceActionAsync.
    """
    device, action_id, params = _action(call)
    token = str(uuid.uuid4())
    if not device["online"]:
        return {"ClientToken": token, "Status": UNREACHABLE}
    _push_action(call, device, action_id, params, token)

    async def background() -> None:
        await _perform(call, device["device_id"], action_id, params, token)

    call.after(lambda: call.emulator.devices.spawn(background()))
    return {"ClientToken": token, "Status": "Sent"}


def _action(call: Call) -> tuple[DeviceRow, str, dict[str, JSON]]:
    device = call.usable_device()
    action_id = call.text("ActionId")
    try:
        params = call.model(device).validate_input(action_id, call.params.get("InputParams", {}))
    except PropertyValueError as error:
        call.refuse("value", str(error))
    return device, action_id, params


def _push_action(
    call: Call, device: DeviceRow, action_id: str, params: Mapping[str, JSON], token: str
) -> None:
    payload = {
        "method": "action",
        "clientToken": token,
        "actionId": action_id,
        "timestamp": call.now_s,
        "params": dict(params),
    }
    call.push(device["device_id"], "Action", "Push", payload)


async def _perform(
    call: Call, device_id: str, action_id: str, params: Mapping[str, JSON], token: str
) -> dict[str, JSON]:
    """Let the device act, push its answer and return it."""
    emulator = call.emulator
    try:
        async with asyncio.timeout(emulator.limits.action_s):
            reply = await emulator.devices.act(device_id, action_id, params)
    except TimeoutError:
        return {"code": -1, "status": UNREACHABLE, "response": {}}
    with emulator.work() as work:
        work.push(device_id, "Action", "Report", {"method": "action_reply", "clientToken": token, **reply})
    return reply


ACTIONS = {
    "AppControlDeviceData": control_device_data,
    "AppCallDeviceActionSync": call_action_sync,
    "AppCallDeviceActionAsync": call_action_async,
}
