"""What a message says, in words for the timeline."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from devkit.json_types import JSON
from devkit.language import _, marked

LONGEST = 160
_UP = {
    "report": marked("reports {params}"),
    "control_reply": marked("answers a control{outcome}"),
    "get_status": marked("asks for what the cloud knows of it"),
    "clear_control": marked("has applied the control that waited"),
    "report_info": marked("tells about itself: {params}"),
    "event_post": marked("posts the event {eventId} {params}"),
    "events_post": marked("posts events"),
    "action_reply": marked("answers an action{outcome} {response}"),
    "app_bind_token": marked("brings a provisioning token"),
    "report_version": marked("tells its version"),
    "create_upload_task": marked("wants to upload the file {name} of {size} bytes"),
    "report_upload_progress": marked("uploads {name}: {progress}"),
    "report_download_progress": marked("downloads {name}: {progress}"),
    "request_url": marked("wants to upload a file"),
    "get": marked("asks for the time"),
    "get_log_level": marked("asks for its log level"),
}
_DOWN = {
    "control": marked("is to set {params}"),
    "action": marked("is to perform {actionId} {params}"),
    "get_status_reply": marked("hears what the cloud knows of it"),
    "update_firmware": marked("is offered firmware {version} of {file_size} bytes"),
    "create_upload_task_rsp": marked("hears where to upload {name}"),
    "download": marked("is offered the file {name} of {size} bytes"),
    "update_resource": marked("is offered the file {resource_name} of {file_size} bytes"),
    "get": marked("hears the time"),
    "get_log_level": marked("hears its log level"),
}


def up_words(service: str, message: Mapping[str, JSON]) -> str:
    """Say what a device sends."""
    return _words(_UP, service, message, _("answers without a method") if "code" in message else _("sends"))


def down_words(service: str, message: Mapping[str, JSON]) -> str:
    """Say what a device is sent."""
    return _words(_DOWN, service, message, _("hears"))


def _words(known: Mapping[str, str], service: str, message: Mapping[str, JSON], otherwise: str) -> str:
    method = str(message.get("method") or message.get("type") or "")
    outcome = _outcome(message)
    text = known.get(method)
    if text is None:
        return f"{otherwise} {method or service.rpartition('/')[2]}{outcome}"[:LONGEST]
    text = _(text)
    if "{" not in text:
        return text
    listed = message.get("events")
    event = listed[0] if method == "event_post" and isinstance(listed, list) and listed else message
    told = {**message, **event} if isinstance(event, Mapping) else message
    # Without the braces between them, the words stand at even places and the names at odd ones.
    parts = text.replace("}", "{").split("{")
    parts[1::2] = [outcome if name == "outcome" else _brief(told.get(name)) for name in parts[1::2]]
    return "".join(parts).strip()[:LONGEST]


def _outcome(message: Mapping[str, JSON]) -> str:
    code = message.get("code")
    if code is None:
        return ""
    status = str(message.get("status") or "")
    return _(": done") if code == 0 else _(f": refused with {code} {status}").rstrip()


def _brief(value: JSON) -> str:
    if isinstance(value, Mapping):
        return ", ".join([f"{name} = {item!r}"[:60] for name, item in itertools.islice(value.items(), 8)])
    return "" if value is None else str(value)[:80]
