"""A real connection as the body of a device: what the cloud tells the device goes to the firmware."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devkit.cloud.devices import shadow
from devkit.cloud.devices.device import ActionFailedError
from devkit.cloud.devices.mqtt.sending import send
from devkit.cloud.devices.real import FirmwareBody
from devkit.cloud.store.schema import DEVICES, FIRMWARES
from devkit.cloud.store.work import Work
from devkit.errors import FirmwareError
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import DeviceOffline, DeviceOnline

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.broker import Broker
    from devkit.cloud.devices.mqtt.connection import MqttConnection

MOST_ASKED = 200
"""Requests whose answers are still looked for; firmware that never answers does not fill the memory."""
UPGRADE_SECONDS = 1800.0
SILENCE = "FailedOperation.ActionUnreachable"


class ConnectedDevice(FirmwareBody):
    """Firmware that is connected. While it is, the Python class of the device rests.

    has_resources: it has spoken of resource files on its service.
    """

    def __init__(self, broker: Broker, device_id: str, connection: MqttConnection) -> None:
        super().__init__(broker.emulator, device_id)
        self._broker = broker
        self.connection = connection
        self._asked: dict[str, float] = {}
        self._actions: dict[str, asyncio.Future[Mapping[str, JSON]]] = {}
        self._upgrade: asyncio.Future[None] | None = None
        self._calls = 0
        self.has_resources = False

    def break_off(self, reason: str) -> None:
        """End its connection, or its place behind a gateway."""
        self._broker.leave(self.id, reason)

    def send(self, what: Mapping[str, Any]) -> None:
        """Send what is neither control nor action.

        Errors: SettingsError.
        """
        send(self._broker, self, what)

    def call(self) -> str:
        """Return the number of a new call, whose answer round_trip looks for."""
        self._calls += 1
        self._asked[f"rrpc-{self._calls}"] = asyncio.get_running_loop().time()
        return str(self._calls)

    def appear(self) -> None:
        """Be online from now on."""
        self._set(online=True)

    def vanish(self) -> None:
        """Be offline; what waits for an answer gets none."""
        for waiting in self._actions.values():
            if not waiting.done():
                waiting.set_exception(ActionFailedError(SILENCE))
        if self._upgrade is not None and not self._upgrade.done():
            self._upgrade.set_result(None)  # the restart is part of an upgrade; the next report tells
        self._set(online=False)

    def _set(self, *, online: bool) -> None:
        def store(work: Work) -> bool:
            row = work.tx.get(DEVICES, self.id)
            changed = row is not None and shadow.set_online(work, row, online=online)
            if row is not None and online and self.connection.peer:
                work.tx.change(DEVICES, self.id, ip=self.connection.peer)
            return changed

        if self._emulator.perform(store):
            self._emulator.observe((DeviceOnline if online else DeviceOffline)(self.id))
            self._emulator.effects.run()

    async def set_online(self, *, online: bool) -> None:
        """Cut the connection; only the firmware itself can come online."""
        if not online:
            self._broker.leave(self.id, _("It was taken offline by hand."))

    async def on_control(self, values: dict[str, JSON]) -> None:
        """Send the values; they are kept for get_status until the device confirms them."""
        self._broker.wanted.setdefault(self.id, {}).update(values)
        token = self._ask("control")
        self._broker.say(
            self.id, "$thing/down/property", {"method": "control", "clientToken": token, "params": values}
        )

    async def on_action(self, action_id: str, params: dict[str, JSON]) -> dict[str, JSON]:
        """Ask the firmware, and wait for its answer.

        Every declared input is in the message, since the C SDK gives no answer otherwise.
        Source: docs/reference/device-side.md section 4, action.
        """
        inputs = {field.id: field.define.default() for field in self.model.action(action_id).input}
        token = self._ask("action")
        message: dict[str, JSON] = {
            "method": "action",
            "clientToken": token,
            "actionId": action_id,
            "timestamp": self._emulator.clock.now_ms() // 1000,
            "params": {**inputs, **params},
        }
        waiting: asyncio.Future[Mapping[str, JSON]] = asyncio.get_running_loop().create_future()
        self._actions[token] = waiting
        try:
            if not self._broker.say(self.id, "$thing/down/action", message):
                raise ActionFailedError(SILENCE)
            async with asyncio.timeout(self._emulator.limits.action_s):
                reply = await waiting
        except TimeoutError:
            self._broker.note(self.id, "warning", _(f"It gave no answer to the action {action_id}."))
            raise ActionFailedError(SILENCE) from None
        finally:
            del self._actions[token]
        code = reply.get("code")
        if code:
            raise ActionFailedError(str(reply.get("status", "")), code if isinstance(code, int) else -1)
        response = reply.get("response")
        return dict(response) if isinstance(response, Mapping) else {}

    async def on_ota(self, version: str, url: str) -> None:
        """Offer the firmware, and wait until the device has told how it went, or has restarted."""
        self._upgrade = asyncio.get_running_loop().create_future()
        if not self.offer(version, url):
            raise FirmwareError(-1, _("the firmware is not subscribed to $ota/update"))
        try:
            async with asyncio.timeout(UPGRADE_SECONDS):
                await self._upgrade
        except TimeoutError:
            raise FirmwareError(-1, _(f"no progress ended within {UPGRADE_SECONDS:g} s")) from None

    def offer(self, version: str, url: str) -> bool:
        """Send update_firmware; tell whether the device is subscribed to it.

        Source: docs/reference/device-side.md section 4, OTA: file_size is an integer for the Python SDK.
        """
        with self._emulator.work() as work:
            firmware = work.tx.get(FIRMWARES, self.product_id, version)
        images = self._emulator.firmware
        size = len(images.fetch(url).data) if images.knows(url) else 0
        message: dict[str, JSON] = {
            "type": "update_firmware",
            "version": version,
            "url": self._broker.firmware_url(url),
            "md5sum": firmware["md5"] if firmware else "",
            "file_size": size,
        }
        place = urlsplit(str(message["url"]))
        if place.port:
            words = _(f"The C SDK leaves out the port {place.port} of its firmware: use --mqtt-http-port 80.")
            self._broker.note(self.id, "note", words)
        return self._broker.say(self.id, "$ota/update", message)

    def upgrade_ended(self) -> None:
        """Let the upgrade end: the device has said done or fail."""
        if self._upgrade is not None and not self._upgrade.done():
            self._upgrade.set_result(None)

    def answered(self, message: Mapping[str, JSON]) -> bool:
        """Take the answer to an action; False when nobody waits for its token."""
        waiting = self._actions.get(str(message.get("clientToken")))
        if waiting is None or waiting.done():
            return False
        waiting.set_result(message)
        return True

    def round_trip(self, token: JSON) -> float | None:
        """Return how long ago the request of a token was sent, in ms; None for an unknown token."""
        asked = self._asked.pop(token, None) if isinstance(token, str) else None
        return None if asked is None else (asyncio.get_running_loop().time() - asked) * 1000

    def _ask(self, what: str) -> str:
        token = f"{what}-{secrets.token_hex(8)}"
        if len(self._asked) >= MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        self._asked[token] = asyncio.get_running_loop().time()
        return token
