"""Devices without a network of their own: a phone carries the cloud's messages to them over Bluetooth."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devkit.cloud.devices.device import ActionFailedError, VirtualDevice
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

JSON = Any


class CarriedDevice(VirtualDevice):
    """A device that does nothing by itself here: its answers come from the app, in its name.

    Source: docs/reference/ble.md section 2.5; the app's adapter writes controls and actions to the device and
    reports the outcome.
    """

    def __init__(self, emulator: Emulator, device_id: str) -> None:
        super().__init__(emulator, device_id)
        self._asked: deque[asyncio.Future[dict[str, JSON]]] = deque()

    @property
    def waiting(self) -> int:
        """Return how many actions wait for their answers."""
        return len(self._asked)

    async def on_control(self, values: dict[str, JSON]) -> None:
        """Leave the control to the phone, which reports what became of it."""

    async def on_action(self, action_id: str, params: dict[str, JSON]) -> dict[str, JSON]:
        """Wait for the answer that the phone publishes."""
        asked: asyncio.Future[dict[str, JSON]] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        try:
            async with asyncio.timeout(self._emulator.limits.action_s):
                message = await asked
        except TimeoutError:
            raise ActionFailedError(_(f"No phone has carried the action {action_id} to {self.id}.")) from None
        finally:
            self._asked.remove(asked)
        if message.get("code"):
            raise ActionFailedError(str(message.get("status", "")), int(message["code"]))
        response = message.get("response")
        return dict(response) if isinstance(response, Mapping) else {}

    async def on_ota(self, version: str, url: str) -> None:
        """Leave the firmware to the phone."""

    def answered(self, message: Mapping[str, JSON]) -> bool:
        """Take the answer to the oldest action; False when none is waiting."""
        asked = next((item for item in self._asked if not item.done()), None)
        if asked is None:
            return False
        asked.set_result(dict(message))
        return True
