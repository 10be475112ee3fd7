"""A served device side with a home behind it, for real clients of MQTT."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from devkit.cloud.devices.mqtt.listening import DevicePorts, DeviceSide, open_device_side
from devkit.cloud.devices.mqtt.login import password
from devkit.cloud.store.schema import DEVICES
from tests.helpers.home import Home, make_home


@dataclass
class ServedHome:
    """A home, and where its lamp connects to."""

    home: Home
    side: DeviceSide

    @property
    def port(self) -> int:
        return int(self.side.url.rpartition(":")[2])

    @property
    def client_id(self) -> str:
        return self.home.device_id.replace("/", "")

    @property
    def secret(self) -> str:
        with self.home.emulator.work() as work:
            row = work.tx.get(DEVICES, self.home.device_id)
        assert row
        return row["psk"]

    @property
    def username(self) -> str:
        return f"{self.client_id};21010406;abcde;2147483647"

    @property
    def password(self) -> str:
        return f"{password(self.secret, self.username)};hmacsha1"

    def topic(self, service: str) -> str:
        return f"{service}/{self.home.device_id}"


@contextlib.asynccontextmanager
async def served_home() -> AsyncIterator[ServedHome]:
    """Serve a home's device side on free ports."""
    home = make_home()
    await home.emulator.start()
    async with open_device_side(home.emulator, DevicePorts(plain=0, tls=0)) as side:
        yield ServedHome(home, side)
    await home.emulator.aclose()
