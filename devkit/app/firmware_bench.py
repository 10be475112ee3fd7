"""A device under test and the cloud around it: what it said, and what it says next."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.app.devices import device_ports
from devkit.errors import SettingsError
from devkit.json_types import JSON
from devkit.timeline.kinds import MqttLink, MqttPacket

if TYPE_CHECKING:
    from devkit.cloud import Emulator
    from devkit.cloud.devices.mqtt.broker import Broker
    from devkit.cloud.devices.mqtt.listening import DeviceSide
    from devkit.model import ThingModel
    from devkit.settings import Settings
    from devkit.timeline.happening import Happening

MOST_KEPT = 100_000


@dataclass
class FirmwareBench:
    """The cloud of one device under test. seen holds all of its packets and connections, in order."""

    emulator: Emulator
    side: DeviceSide
    device_id: str
    secret: str
    model: ThingModel
    token: str
    seen: list[Happening]
    patience_s: float
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def broker(self) -> Broker:
        """Return the broker that the device connects to."""
        return self.side.broker

    @property
    def connected(self) -> bool:
        """Tell whether the device is there."""
        return self.device_id in self.broker.connected()

    def subscribed(self, service: str) -> bool:
        """Tell whether the device listens to a topic."""
        topic = f"{service}/{self.device_id}"
        return self.connected and self.broker.body(self.device_id).connection.granted(topic) is not None

    def take(self, what: Happening) -> None:
        """Note what happened."""
        if isinstance(what, MqttPacket | MqttLink) and len(self.seen) < MOST_KEPT:
            self.seen.append(what)
        self._news.set()

    def mark(self) -> int:
        """Return the present place in what was seen."""
        return len(self.seen)

    async def until(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until something is so; False when the patience ends first."""
        try:
            async with asyncio.timeout(self.patience_s if seconds is None else seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return condition()
        return True

    def packets(self, since: int, what: str = "up") -> list[MqttPacket]:
        """Return the messages in a direction since a mark."""
        return [item for item in self.seen[since:] if isinstance(item, MqttPacket) and item.what == what]

    def links(self, state: str, since: int = 0, until: int | None = None) -> list[MqttLink]:
        """Return what was told of connections in a state, between two marks."""
        told = [item for item in self.seen[since:until] if isinstance(item, MqttLink)]
        return [item for item in told if item.state == state]

    async def call(self, action: str, params: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Perform an action of the app on the device."""
        given = {"AccessToken": self.token, "DeviceId": self.device_id, **params}
        return await self.emulator.call(action, given)


@contextlib.asynccontextmanager
async def open_bench(settings: Settings, patience_s: float = 5.0) -> AsyncIterator[FirmwareBench]:
    """Open a cloud in memory for one device under test, on the ports of the settings.

    Errors: SettingsError without a thing model; ServeError, PortTakenError.
    """
    from devkit.cloud import Emulator
    from devkit.cloud.devices.mqtt.listening import open_device_side
    from devkit.cloud.sandbox import move_in
    from devkit.model.project import project_model

    model = project_model(settings)
    if not model.properties:
        raise SettingsError(
            "Firmware is checked against a thing model, and there is none.", "Name it with --model."
        )
    benches: list[FirmwareBench] = []

    def observe(what: Happening) -> None:
        if benches:
            benches[0].take(what)

    emulator = Emulator(observer=observe)
    try:
        home = move_in(emulator, settings)
        await emulator.start()
        async with open_device_side(emulator, device_ports(settings)) as side:
            secret = home.secrets.device_secret
            bench = FirmwareBench(emulator, side, home.device_id, secret, model, home.token, [], patience_s)
            benches.append(bench)
            yield bench
    finally:
        await emulator.aclose()
