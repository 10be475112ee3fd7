"""What an application does in the name of a (Bluetooth) device."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable, Mapping

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.devices import shadow
from devkit.cloud.devices.carried import CarriedDevice
from devkit.cloud.devices.shadow import Told
from devkit.cloud.store.schema import DeviceRow
from devkit.errors import PropertyValueError
from devkit.json_types import JSON
from devkit.language import _


def report_data(call: Call) -> Answer:
    """Report properties; the time may be called TimeStamp or DataTimeStamp (ms).

    Data is "" in the document's example. The adapter of LLSync replies to a device with the code that is in
    it, and leaves the device without a reply when it is empty; that the platform answers this is unverified.
    Source: docs/reference/app-api.yaml actions.AppReportDataAsDevice; npm
    qcloud-iotexplorer-bluetooth-adapter-llsync@1.9.5 onPropertyReport.
    """
    device = call.usable_device()
    _report(call, device, call.params["Data"], call.number("TimeStamp") or call.number("DataTimeStamp"))
    return {"Data": '{"code":0}'}


def _report(call: Call, device: DeviceRow, values: JSON, time: int = 0) -> None:
    shadow.report(call, device, _checked(call, device, values), time=time)


def _checked(call: Call, device: DeviceRow, values: JSON) -> dict[str, JSON]:
    try:
        return call.model(device).validate(values, write=False)
    except PropertyValueError as error:
        call.refuse("value", str(error))


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
    """Publish a message on a topic of the device; the payload is text as it is, or base64.

    Property reports, old shadows, events and action replies take effect and must be JSON objects; other
    topics carry any bytes and are passed on as UserDefined pushes.
    Source: docs/reference/app-api.yaml actions.AppPublishMsgAsDevice; docs/reference/protocol.md section 5.8
    reportDeviceInfo.
    """
    device = call.usable_device()
    device_id, topic = device["device_id"], call.text("Topic")
    content = _content(call.text("Payload"))
    for start, publish in _TOPICS.items():
        if topic == f"{start}/{device_id}":
            publish(call, device, _message(call, content))
            return {}
    if not (topic.endswith(f"/{device_id}") or f"/{device_id}/" in f"/{topic}"):
        call.refuse("value", _(f"The topic {topic} is not one of the device {device_id}."))
    text = content.decode(errors="replace")
    try:
        payload, raw = json.loads(text), ""
    except (ValueError, RecursionError):
        payload, raw = text, base64.b64encode(content).decode()
    call.push(device_id, "UserDefined", "Report", payload, topic, raw)
    return {}


def _content(payload: str) -> bytes:
    """Return what is published: the bytes of base64, else the text itself."""
    if not payload.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):
            return base64.b64decode(payload, validate=True)
    return payload.encode(errors="replace")


def _message(call: Call, content: bytes) -> dict[str, JSON]:
    try:
        message = json.loads(content.decode())
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        call.refuse("value", _("Payload must be the JSON text of an object, plain or in base64."))
    return message


def _property(call: Call, device: DeviceRow, message: dict[str, JSON]) -> None:
    if message.get("method") == "report_info":
        shadow.note_info(call, device, message.get("params"))
    elif message.get("method") == "report":
        _report(call, device, message.get("params"))
    else:
        topic = f"$thing/up/property/{device['device_id']}"
        call.push(device["device_id"], "UserDefined", "Report", message, topic)


def _event(call: Call, device: DeviceRow, message: dict[str, JSON]) -> None:
    _post(call, device, str(message.get("eventId", "")), message.get("params") or {})


def _action(call: Call, device: DeviceRow, message: dict[str, JSON]) -> None:
    played = call.emulator.devices.device(device["device_id"])
    if not (isinstance(played, CarriedDevice) and played.answered(message)):
        call.push(device["device_id"], "Action", "Report", message)


def _shadow(kind: str) -> Callable[[Call, DeviceRow, dict[str, JSON]], None]:
    """Return how an older device's state is taken; its push has a type of its own and the message as it is.

    Source: docs/reference/app-api.yaml websocket.push.beyond_the_document; docs/reference/device-side.md
    section 3.
    """

    def publish(call: Call, device: DeviceRow, message: dict[str, JSON]) -> None:
        state = message.get("state")
        told = state.get("reported") if isinstance(state, dict) else None
        topic = f"${kind.lower()}/operation/{device['device_id']}"
        change = Told(kind, message, topic)
        if message.get("type") == "update" and told is not None:
            shadow.report(call, device, _checked(call, device, told), told=change)
        else:
            call.push(device["device_id"], kind, "Report", message, topic)

    return publish


_TOPICS: Mapping[str, Callable[[Call, DeviceRow, dict[str, JSON]], None]] = {
    "$thing/up/property": _property,
    "$thing/up/event": _event,
    "$thing/up/action": _action,
    "$shadow/operation": _shadow("Shadow"),
    "$template/operation": _shadow("Template"),
}


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
