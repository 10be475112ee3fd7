"""What the cloud sends beside controls and actions: calls, broadcasts, raw data, the log level, files.

Source: docs/reference/device-side.md section 3, and section 4, Log; RRPC and broadcast as in PyPI
tencent-iot-device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import SettingsError
from devkit.json_types import JSON
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.body import ConnectedDevice
    from devkit.cloud.devices.mqtt.broker import Broker

LOG_LEVELS = range(5)
RESOURCE, SERVICE = "$resource/down/service", "$thing/down/service"


def send(broker: Broker, body: ConnectedDevice, what: Mapping[str, Any]) -> None:
    """Send one of what SENDERS names.

    Errors: SettingsError.
    """
    given = [name for name in SENDERS if name in what]
    if len(given) != 1:
        raise SettingsError(_(f"Send one of {', '.join(SENDERS)}, not {', '.join(given) or _('nothing')}."))
    SENDERS[given[0]](broker, body, what)


def _call(broker: Broker, body: ConnectedDevice, what: Mapping[str, Any]) -> None:
    text = str(what["rrpc"])
    topic = f"$rrpc/rxd/{body.id}/{body.call()}"
    _send(broker, body.id, topic, text.encode(), _(f"is called: {text:.80}"))


def _broadcast(broker: Broker, body: ConnectedDevice, what: Mapping[str, Any]) -> None:
    """Send a text to every connected device of the product, and to this one in any case."""
    text = str(what["broadcast"])
    others = [
        item for item in broker.connected() if item.startswith(f"{body.product_id}/") and item != body.id
    ]
    _send(broker, body.id, f"$broadcast/rxd/{body.id}", text.encode(), _(f"hears a broadcast: {text:.80}"))
    for device_id in others:
        topic = f"$broadcast/rxd/{device_id}"
        broker.send(device_id, topic, text.encode(), text, _(f"hears a broadcast: {text:.80}"), qos=0)


def _raw(broker: Broker, body: ConnectedDevice, what: Mapping[str, Any]) -> None:
    try:
        data = bytes.fromhex(str(what["raw"]))
    except ValueError:
        raise SettingsError(_(f"raw is bytes in hex, such as 01 ff, not {what['raw']!r:.60}.")) from None
    _send(broker, body.id, f"$thing/down/raw/{body.id}", data, _(f"is sent {len(data)} bytes"))


def _log_level(broker: Broker, body: ConnectedDevice, what: Mapping[str, Any]) -> None:
    """Set how much the device logs: 0 nothing, 1 errors, 2 warnings, 3 what it does, 4 all."""
    level = what["log_level"]
    if level not in LOG_LEVELS:
        raise SettingsError(_(f"log_level is 0 to 4, not {level!r:.40}."))
    broker.log_levels[body.id] = level
    if body.connection.granted(f"$log/operation/result/{body.id}") is not None:
        broker.say(body.id, "$log/operation/result", {"type": "get_log_level", "log_level": level})


def _file(broker: Broker, body: ConnectedDevice, what: Mapping[str, Any]) -> None:
    """Offer a file where the firmware listens: on `$resource`, or on its service with the resource methods.

    The latter only after it has spoken of resources itself: firmware without them ends at a method that it
    does not know.
    """
    name, data = str(what["file"]), what.get("data", str(what.get("text", "")).encode())
    path, md5 = broker.files.offer(name, data)
    url = f"{broker.files_url}{path}"
    if body.connection.granted(f"{RESOURCE}/{body.id}") is not None:
        offer: dict[str, JSON] = {
            "type": "download",
            "size": len(data),
            "name": name,
            "md5sum": md5,
            "url": url,
        }
        broker.say(body.id, RESOURCE, offer)
    elif body.has_resources and body.connection.granted(f"{SERVICE}/{body.id}") is not None:
        offer = {
            "method": "update_resource", "resource_name": name, "resource_type": "FILE", "version": md5[:8],
            "url": url, "md5sum": md5, "file_size": len(data),
        }  # fmt: skip
        broker.say(body.id, SERVICE, offer)
    else:
        raise SettingsError(_(f"{body.id} is not subscribed to {RESOURCE}, so it takes no file."))


def _send(broker: Broker, device_id: str, topic: str, data: bytes, words: str) -> None:
    told = (
        data.decode("utf-8", "backslashreplace") if not topic.startswith("$thing/down/raw") else data.hex(" ")
    )
    if not broker.send(device_id, topic, data, told[:4000], words, qos=0):
        raise SettingsError(_(f"{device_id} is not subscribed to {topic}."))


SENDERS: Mapping[str, Callable[[Broker, ConnectedDevice, Mapping[str, Any]], None]] = {
    "rrpc": _call,
    "broadcast": _broadcast,
    "raw": _raw,
    "log_level": _log_level,
    "file": _file,
}
