"""A served device side with a home behind it, for real clients of MQTT."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from devkit.cloud.api.signing import sign_registration
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


def registration(product_id: str, name: str, secret: str) -> dict[str, object]:
    """Return the body by which a device registers in the old form."""
    signature = sign_registration(
        product_id=product_id, device_name=name, nonce="17", stamp_s=1700000000, secret=secret
    )
    fields = {"deviceName": name, "nonce": 17, "productId": product_id, "timestamp": 1700000000}
    return {**fields, "signature": signature}


@contextlib.asynccontextmanager
async def served_home() -> AsyncIterator[ServedHome]:
    """Serve a home's device side on free ports."""
    home = make_home()
    await home.emulator.start()
    async with open_device_side(home.emulator, DevicePorts(plain=0, tls=0)) as side:
        yield ServedHome(home, side)
    await home.emulator.aclose()
