"""Pushes: what the platform tells its subscribers about devices."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from devkit.cloud.api.wire import china_time, encode_payload, to_json
from devkit.json_types import JSON


@dataclass(frozen=True)
class DeviceChange:
    """One push; the payload is not encoded yet.

    time is unix ms. raw: base64 of a payload that is no JSON, whose text payload then is.
    Source: docs/reference/app-api.yaml websocket.push.
    """

    device_id: str
    type: str
    sub_type: str
    time: int
    payload: JSON = None
    topic: str = ""
    raw: str = ""

    @property
    def body(self) -> str:
        """Return what another worker makes the same push of."""
        return json.dumps({name: getattr(self, name) for name in FIELDS}, ensure_ascii=False)

    @functools.cached_property
    def frame(self) -> str:
        """Return the wire frame; encoded once, however many clients get it."""
        params = {
            "Time": china_time(self.time),
            "Type": self.type,
            "SubType": self.sub_type,
            "Topic": self.topic,
            "Payload": self.raw or encode_payload(self.payload),
            "Seq": self.time,
            "DeviceId": self.device_id,
        }
        return to_json({"action": "DeviceChange", "params": params, "push": True})


FIELDS = tuple(field.name for field in fields(DeviceChange))
RIGHTS = DeviceChange("", "Rights", "", 0)
"""Somebody may have lost a device, or his session."""


def report_payload(values: Mapping[str, JSON], time: int, token: str) -> dict[str, JSON]:
    """Return the message of a device that reports properties."""
    return {"method": "report", "clientToken": token, "timestamp": time, "params": dict(values)}


def control_payload(values: Mapping[str, JSON], token: str) -> dict[str, JSON]:
    """Return the message that tells a device to change properties."""
    return {"method": "control", "clientToken": token, "params": dict(values)}
