"""What an application does in the name of a (Bluetooth) device."""

from __future__ import annotations

import base64
import binascii
import json

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.devices import shadow
from devkit.cloud.devices.carried import CarriedDevice
from devkit.cloud.store.schema import DEVICES, DeviceRow
from devkit.errors import PropertyValueError
from devkit.json_types import JSON


def report_data(call: Call) -> Answer:
    """Report properties; the time may be called TimeStamp or DataTimeStamp (ms).

    Source: docs/reference/app-api.yaml actions.AppReportDataAsDevice.
    """
    device = call.usable_device()
    _report(call, device, call.params["Data"], call.number("TimeStamp") or call.number("DataTimeStamp"))
    return {"Data": ""}


def _report(call: Call, device: DeviceRow, values: JSON, time: int = 0) -> None:
    try:
        checked = call.model(device).validate(values, write=False)
    except PropertyValueError as error:
        call.refuse("value", str(error))
    shadow.report(call, device, checked, time=time)


def report_event(call: Call) -> Answer:
    """Post an event.

    Source: docs/reference/app-api.yaml actions.AppReportDeviceEvent.
    """
    device = call.usable_device()
    _post(call, device, call.text("EventId"), call.params["Params"], call.number("EventTimeStamp"))
    return {"Data": ""}


def _post(call: Call, device: DeviceRow, event_id: str, params: JSON, time: int = 0) -> None:
    model = call.model(device)
    try:
        checked = model.validate_event(event_id, params)
        event = model.event(event_id)
    except PropertyValueError as error:
        call.refuse("value", str(error))
    shadow.post_event(call, device, event_id, event.type, checked, title=event.name, time=time)


def publish_message(call: Call) -> Answer:
    """Publish a message on a topic of the device; the payload is JSON text, plain or base64.

    Property reports, events and action replies take effect; other topics are passed on as UserDefined pushes.
    Source: docs/reference/app-api.yaml actions.AppPublishMsgAsDevice; docs/reference/protocol.md section 5.8
    reportDeviceInfo.
    """
    device = call.usable_device()
    topic = call.text("Topic")
    message = _message(call, call.text("Payload"))
    method = str(message.get("method", ""))
    params = message.get("params")
    device_id = device["device_id"]
    if topic == f"$thing/up/property/{device_id}" and method == "report":
        _report(call, device, params)
    elif topic == f"$thing/up/property/{device_id}" and method == "report_info":
        call.tx.change(DEVICES, device_id, info=params, version=_version(device, params))
    elif topic == f"$thing/up/event/{device_id}":
        _post(call, device, str(message.get("eventId", "")), params or {})
    elif topic == f"$thing/up/action/{device_id}":
        played = call.emulator.devices.device(device_id)
        if not (isinstance(played, CarriedDevice) and played.answered(message)):
            call.push(device_id, "Action", "Report", message)
    elif topic.endswith(device_id) or f"/{device_id}/" in topic or topic.startswith(f"{device_id}/"):
        call.push(device_id, "UserDefined", "Report", message, topic)
    else:
        call.refuse("value", f"The topic {topic} is not one of the device {device_id}.")
    return {}


def _message(call: Call, payload: str) -> dict[str, JSON]:
    text = payload
    try:
        if not payload.lstrip().startswith("{"):
            text = base64.b64decode(payload, validate=True).decode()
        message = json.loads(text)
    except (ValueError, RecursionError, binascii.Error):
        message = None
    if not isinstance(message, dict):
        call.refuse("value", "Payload must be the JSON text of an object, plain or in base64.")
    return message


def _version(device: DeviceRow, info: JSON) -> str:
    """Return the firmware version of a report_info message, or the one that is known."""
    return str((info if isinstance(info, dict) else {}).get("fw_ver") or device["version"])


def notify_status(call: Call) -> Answer:
    """Tell that a device reached through the application came (1) or went (0).

    Source: docs/reference/protocol.md section 5.2 AppNotifyVirtualDeviceStatus; parameters unverified.
    """
    shadow.set_online(call, call.usable_device(), online=bool(call.number("Status")))
    return {}


ACTIONS = {
    "AppReportDataAsDevice": report_data,
    "AppReportDeviceEvent": report_event,
    "AppPublishMsgAsDevice": publish_message,
    "AppNotifyVirtualDeviceStatus": notify_status,
}
