"""A device under test and the cloud around it: what it said, and what it says next."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.errors import SettingsError
from devkit.firmware.identity import DeviceIdentity
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import MqttLink, MqttPacket

if TYPE_CHECKING:
    from devkit.cloud import Emulator
    from devkit.cloud.devices.mqtt.broker import Broker
    from devkit.cloud.devices.mqtt.connection import MqttConnection
    from devkit.cloud.devices.mqtt.listening import DeviceSide
    from devkit.model import ThingModel
    from devkit.settings import Settings
    from devkit.timeline.happening import Happening

MOST_KEPT = 100_000
QUIET_SECONDS = 1.5
LOAD_SECONDS = 20.0
INVENTED_VERSION = "9.9.9-check"
INVENTED_BYTES = 256 * 1024


@dataclass
class FirmwareBench:
    """The cloud of one device under test. seen holds all of its packets and connections, in order.

    subs holds the sub-devices of a gateway. image is what it is offered, b"" for nothing. patience_s is how
    long an answer may take, quiet_s how long something is waited for that should not come. ends holds the
    exit codes with which a program ended, provoked the places in seen where checks asked for trouble.
    """

    emulator: Emulator
    side: DeviceSide
    identity: DeviceIdentity
    model: ThingModel
    token: str
    patience_s: float
    subs: Mapping[str, ThingModel] = field(default_factory=dict)
    image: bytes = b""
    image_version: str = INVENTED_VERSION
    chance: random.Random = field(default_factory=random.Random)
    seen: list[Happening] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    provoked: list[range] = field(default_factory=list)
    _settled: MqttConnection | None = None
    _deaf: dict[str, MqttConnection] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def device_id(self) -> str:
        """Return the id of the device."""
        return self.identity.device_id

    @property
    def product_secret(self) -> str:
        """Return the secret of the product, with which devices register."""
        from devkit.cloud.store.schema import PRODUCTS

        with self.emulator.work() as work:
            row = work.tx.get(PRODUCTS, self.identity.product_id)
        return row["secret"] if row else ""

    @property
    def broker(self) -> Broker:
        """Return the broker that the device connects to."""
        return self.side.broker

    @property
    def connected(self) -> bool:
        """Tell whether the device is there."""
        return self.device_id in self.broker.connected()

    @property
    def quiet_s(self) -> float:
        """Return how long silence is waited for."""
        return min(QUIET_SECONDS, self.patience_s)

    @property
    def load_s(self) -> float:
        """Return how long a step of an upgrade may take."""
        return max(LOAD_SECONDS, self.patience_s) if self.patience_s >= 1 else 4 * self.patience_s

    def now(self) -> float:
        """Return the time in seconds."""
        return asyncio.get_running_loop().time()

    def subscribed(self, service: str) -> bool:
        """Tell whether the device listens to a topic."""
        topic = f"{service}/{self.device_id}"
        return self.connected and self.broker.body(self.device_id).connection.granted(topic) is not None

    def take(self, what: Happening) -> None:
        """Note what happened."""
        if isinstance(what, MqttPacket | MqttLink) and len(self.seen) < MOST_KEPT:
            self.seen.append(what)
        self.note()

    def note(self) -> None:
        """Have conditions looked at again."""
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

    async def listens(self, service: str) -> bool:
        """Wait until the device listens to a topic; the patience for it is spent once for each connection."""
        connection = self.broker.body(self.device_id).connection if self.connected else None
        if self._deaf.get(service) is connection is not None:
            return False
        heard = await self.until(lambda: self.subscribed(service))
        if not heard and connection is not None:
            self._deaf[service] = connection
        return heard

    async def settle(self) -> None:
        """Wait once for each connection until the device has subscribed and asked what it missed."""
        connection = self.broker.body(self.device_id).connection
        if self._settled is connection:
            return
        self._settled = connection
        link = self.links("connected")[-1]
        last = next(index for index in reversed(range(len(self.seen))) if self.seen[index] is link)

        def asked() -> bool:
            told = [item.payload for item in self.packets(last) if isinstance(item.payload, dict)]
            return any(message.get("method") == "get_status" for message in told)

        await self.until(asked)

    async def pause(self) -> None:
        """Give the device time for what it should not do."""
        await asyncio.sleep(self.quiet_s)

    def packets(self, since: int, what: str = "up", device_id: str = "") -> list[MqttPacket]:
        """Return the messages in a direction since a mark, those of the device unless another is named."""
        whose = device_id or self.device_id
        found = [item for item in self.seen[since:] if isinstance(item, MqttPacket) and item.what == what]
        return [item for item in found if item.device_id == whose]

    def links(self, state: str, since: int = 0, until: int | None = None) -> list[MqttLink]:
        """Return what was told of connections in a state, between two marks."""
        told = [item for item in self.seen[since:until] if isinstance(item, MqttLink)]
        return [item for item in told if item.state == state]

    def replies(self, since: int) -> list[MqttPacket]:
        """Return the answers to the controls since a mark; those of the Python SDK have no method."""
        tokens = [
            item.payload.get("clientToken") for item in self.packets(since, "down")
            if isinstance(item.payload, dict) and item.payload.get("method") == "control"
        ]  # fmt: skip
        answers = [item for item in self.packets(since) if isinstance(item.payload, dict)]
        return [
            item for item in answers if "code" in item.payload and item.payload.get("clientToken") in tokens
        ]

    def reported(self, name: str) -> JSON:
        """Return what the cloud has of a property."""
        return self.emulator.devices.device(self.device_id).properties.get(name)

    def say(self, service: str, message: Mapping[str, JSON]) -> None:
        """Publish a message to the device, past the rules of the cloud."""
        self.broker.say(self.device_id, service, message)

    def say_bytes(self, service: str, payload: bytes) -> None:
        """Publish bytes to the device."""
        self.broker.send(
            self.device_id, f"{service}/{self.device_id}", payload, None, _("hears what is no message")
        )

    def cut(self) -> None:
        """End the device's connection."""
        self.broker.leave(self.device_id, _("The check cut the connection."))

    def mute(self, connection: MqttConnection) -> None:
        """Let a connection stay open and hear nothing, as behind a router that has forgotten it."""
        connection.mute()

    @contextlib.contextmanager
    def refusing(self, refuse: Callable[..., str]) -> Iterator[None]:
        """Let refuse decide on log-ins meanwhile."""
        self.broker.log_in = refuse  # type: ignore[method-assign]
        try:
            yield
        finally:
            del self.broker.log_in

    def image_url(self) -> str:
        """Return an address of the image as the device reaches it."""
        product_id = self.identity.product_id
        with self.emulator.work() as work:
            url = self.emulator.firmware.url(work, product_id, self.image_version)
        return self.broker.firmware_url(url)

    async def call(self, action: str, params: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Perform an action of the app on the device."""
        given = {"AccessToken": self.token, "DeviceId": self.device_id, **params}
        return await self.emulator.call(action, given)


@contextlib.asynccontextmanager
async def open_bench(
    settings: Settings,
    patience_s: float = 5.0,
    *,
    image: bytes = b"",
    version: str = INVENTED_VERSION,
    seed: int = 0,
) -> AsyncIterator[FirmwareBench]:
    """Open a cloud in memory for one device under test, on the ports of the settings.

    Errors: SettingsError without a thing model; ServeError, PortTakenError.
    """
    from devkit.app.devices import device_ports
    from devkit.cloud import Emulator
    from devkit.cloud.devices.mqtt.listening import open_device_side
    from devkit.cloud.sandbox import move_in
    from devkit.model.product import product_kind
    from devkit.model.project import project_model

    model = project_model(settings)
    if not model.properties:
        raise SettingsError(
            _("Firmware is checked against a thing model, and there is none."), _("Name it with --model.")
        )
    benches: list[FirmwareBench] = []
    emulator = Emulator(observer=lambda what: benches[0].take(what) if benches else None)
    try:
        home = move_in(emulator, settings)
        await emulator.start()
        product_id, _rest, name = home.device_id.partition("/")
        if image:
            emulator.firmware.add(product_id, version, image)
        subs = {
            f"{sub.product_id}/{sub.device_name}": sub.model
            for sub in product_kind(settings, model).sub_devices
        }
        async with open_device_side(emulator, device_ports(settings)) as side:
            identity = DeviceIdentity(product_id, name, home.secrets.device_secret)
            bench = FirmwareBench(
                emulator, side, identity, model, home.token, patience_s, subs, image, version
            )
            bench.chance.seed(seed)
            benches.append(bench)
            yield bench
    finally:
        await emulator.aclose()
