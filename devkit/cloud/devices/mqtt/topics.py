"""Which topics a device may use: its own, in the direction that they have.

Source: docs/reference/device-side.md section 3; what the platform does with others is unverified.
"""

from __future__ import annotations

from collections.abc import Container

from devkit.cloud.devices.mqtt.codec import well_formed
from devkit.language import _

LONGEST = 255
WRITTEN = (
    "$thing/up/property", "$thing/up/event", "$thing/up/action", "$thing/up/service", "$thing/up/raw",
    "$ota/report", "$gateway/operation", "$sys/operation", "$log/operation", "$resource/up/service",
)  # fmt: skip
READ = (
    "$thing/down/property", "$thing/down/event", "$thing/down/action", "$thing/down/service",
    "$thing/down/raw", "$ota/update", "$gateway/operation/result", "$sys/operation/result",
    "$log/operation/result", "$resource/down/service", "$broadcast/rxd",
)  # fmt: skip
RRPC_ASKED, RRPC_ANSWERED = "$rrpc/rxd", "$rrpc/txd"


def split(topic: str) -> tuple[str, str, str]:
    """Return (service, device id, rest) of a topic: ("$thing/up/property", "P/D", "") or ("", "P/D", "data").

    All are "" for a topic that names no device.
    """
    levels = topic.split("/")
    if not topic.startswith("$"):
        return ("", "/".join(levels[:2]), "/".join(levels[2:])) if len(levels) > 2 else ("", "", "")
    if levels[0] == "$rrpc":
        whole = len(levels) == 5
        return ("/".join(levels[:2]), "/".join(levels[2:4]), levels[4]) if whole else ("", "", "")
    if len(levels) < 4:
        return "", "", ""
    return "/".join(levels[:-2]), "/".join(levels[-2:]), ""


def why_not_publish(topic: str, own: Container[str]) -> str:
    """Say why a device may not publish to a topic; "" when it may. own: the devices that it speaks for."""
    if len(topic.encode()) > LONGEST:
        return _(f"the topic has more than {LONGEST} bytes")
    service, device_id, _rest = split(topic)
    if not device_id:
        return _("the topic names no device as ProductId/DeviceName")
    if device_id not in own:
        return _(f"the topic is that of {device_id}")
    if service in READ or service == RRPC_ASKED:
        return _("a device may only subscribe to this topic")
    if service and service not in WRITTEN and service != RRPC_ANSWERED:
        return _("the platform has no such topic")
    return ""


def why_not_subscribe(topic_filter: str, own: Container[str]) -> str:
    """Say why a device may not subscribe to a filter, which has to spell out ProductId/DeviceName."""
    if len(topic_filter.encode()) > LONGEST:
        return _(f"the filter has more than {LONGEST} bytes")
    if not well_formed(topic_filter.split("/")):
        return _("+ and # stand for whole levels, # for the last ones")
    service, device_id, _rest = split(topic_filter)
    if not device_id or device_id not in own:
        return _("it is not one of the device's own, with ProductId/DeviceName spelt out")
    if service in WRITTEN or service == RRPC_ANSWERED:
        return _("a device may only publish to this topic")
    return ""
