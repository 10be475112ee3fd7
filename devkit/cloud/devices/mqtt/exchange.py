"""A message of a device, and the way to answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cloud.store.schema import DEVICES, DeviceRow
from devkit.cloud.store.work import Work
from devkit.errors import DeviceNotFoundError
from devkit.json_types import JSON
from devkit.language import _, marked

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.body import ConnectedDevice
    from devkit.cloud.devices.mqtt.broker import Broker
    from devkit.cloud.devices.mqtt.connection import MqttConnection
    from devkit.cloud.emulator import Emulator

SUCCESS = "success"
BY_FAULT = marked("by a fault")
BAD_VALUE = 400
"""The code of an answer to what the thing model does not allow; the platform's own is unverified."""
ANSWERS = {
    "$ota/report": "$ota/update",
    "$gateway/operation": "$gateway/operation/result",
    "$sys/operation": "$sys/operation/result",
    "$log/operation": "$log/operation/result",
}
REPLIES = {"event_post": "event_reply", "events_post": "events_reply"}
REQUESTS = (
    "report", "get_status", "clear_control", "report_info", "event_post", "events_post", "app_bind_token",
    "report_version",
)  # fmt: skip
LONGEST_TOKEN = 256


@dataclass(slots=True)
class Exchange:
    """A message that a device published to a topic of the platform, decoded."""

    broker: Broker
    connection: MqttConnection
    device_id: str
    service: str
    message: Mapping[str, JSON]

    @property
    def emulator(self) -> Emulator:
        """Return the cloud behind the broker."""
        return self.broker.emulator

    @property
    def body(self) -> ConnectedDevice:
        """Return the object by which the cloud sees the device."""
        return self.broker.body(self.device_id)

    @property
    def method(self) -> str:
        """Return the method, "" without one."""
        method = self.message.get("method")
        return method if isinstance(method, str) else ""

    @property
    def token(self) -> JSON:
        """Return the client token, as it is."""
        return self.message.get("clientToken")

    def row(self, work: Work) -> DeviceRow:
        """Return the device's row.

        Errors: DeviceNotFoundError when it was deleted meanwhile.
        """
        row = work.tx.get(DEVICES, self.device_id)
        if row is None:
            raise DeviceNotFoundError(_(f"There is no device {self.device_id}."), _("Was it deleted?"))
        return row

    def answer(self, method: str, code: int = 0, status: str = SUCCESS, **more: JSON) -> None:
        """Answer with the token of the message, unchanged: firmware finds its request by it."""
        token = {"clientToken": self.token} if "clientToken" in self.message else {}
        self.say({"method": method, **token, "code": code, "status": status, **more})

    def say(self, message: Mapping[str, JSON]) -> None:
        """Publish a message where answers to this topic go."""
        service = ANSWERS.get(self.service) or self.service.replace("/up/", "/down/")
        self.broker.say(self.device_id, service, message)

    def fail(self, code: int) -> bool:
        """Answer a request with a code by a fault; False when the message is none that gets an answer."""
        kind = str(self.method or self.message.get("type"))
        if kind not in REQUESTS:
            return False
        if self.method:
            self.answer(REPLIES.get(kind, f"{kind}_reply"), code, BY_FAULT)
        else:
            self.say({"type": f"{kind}_rsp", "result_code": code, "result_msg": BY_FAULT})
        return True

    def complain(self, words: str) -> None:
        """Note in the timeline what is wrong with the message."""
        self.broker.note(self.device_id, "refused", words)


def decode_json(payload: bytes) -> JSON:
    """Return the value of a JSON text.

    Errors: ValueError, also for NaN, Infinity and half characters, which no JSON text for others can hold.
    """
    try:
        value: JSON = _DECODER.decode(payload.decode())
    except RecursionError:
        raise ValueError(_("it is nested too deeply")) from None
    if b"\\u" in payload:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse(name: str) -> JSON:
    raise ValueError(_(f"{name} is no JSON"))


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def read_message(payload: bytes) -> Mapping[str, JSON] | str:
    """Return the object of a payload, or what is wrong with it."""
    try:
        message = decode_json(payload)
    except ValueError as error:
        return _(f"the payload is not JSON ({str(error)[:80]})")
    if not isinstance(message, dict):
        return _("the payload is not a JSON object")
    token = message.get("clientToken")
    if isinstance(token, str) and len(token) > LONGEST_TOKEN:
        return _(f"the clientToken has {len(token)} characters; {LONGEST_TOKEN} are taken")
    return message
