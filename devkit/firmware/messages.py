"""Messages besides methods: answers about sub-devices, broadcasts, raw bytes, and calls that want an answer.

Source: docs/reference/device-side.md sections 3 and 4.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from devkit.cloud.devices.mqtt.topics import RRPC_ANSWERED, RRPC_ASKED
from devkit.json_types import JSON

if TYPE_CHECKING:
    from devkit.firmware.remote import RemoteDevice

GATEWAY = "$gateway/operation"
PLAIN = ("$thing/down/raw", "$broadcast/rxd", RRPC_ASKED)
"""Topics of the application's own payloads; each reaches on_message."""

Publish = Callable[[str, bytes], None]


async def hand_over(device: RemoteDevice, topic: str, payload: bytes, publish: Publish) -> None:
    """Give a device a payload, as JSON where it is such; what on_message returns answers a call (RRPC)."""
    taking = cast("Callable[[str, Any], Awaitable[JSON]]", device.on_message)
    answer = await taking(topic, _content(payload))
    if topic.startswith(RRPC_ASKED):
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        publish(topic.replace(RRPC_ASKED, RRPC_ANSWERED, 1), text.encode())


def _content(payload: bytes) -> JSON | bytes:
    """Return JSON, else text, else the bytes."""
    try:
        return cast(JSON, json.loads(payload))
    except ValueError:
        pass
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload


def token_of(service: str, message: Mapping[str, JSON]) -> str:
    """Return by what a request is found again; answers about sub-devices have no token."""
    if service != f"{GATEWAY}/result":
        return str(message.get("clientToken"))
    device = _first(message)
    return f"{message.get('type')} {device.get('product_id')}/{device.get('device_name')}"


def result_of(message: Mapping[str, JSON]) -> JSON:
    """Return the result of an answer about a sub-device, 0 for good."""
    return _first(message).get("result")


def _first(message: Mapping[str, JSON]) -> Mapping[str, JSON]:
    payload = message.get("payload")
    devices = payload.get("devices") if isinstance(payload, Mapping) else None
    first = devices[0] if isinstance(devices, list) and devices else {}
    return first if isinstance(first, Mapping) else {}
