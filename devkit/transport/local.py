"""The local transport: an emulator in the same process, seeded with one home."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from devkit.clock import Clock
from devkit.cloud import Emulator, VirtualDevice
from devkit.cloud.api.wire import new_token
from devkit.cloud.devices import ota
from devkit.cloud.devices.carried import CarriedDevice
from devkit.cloud.devices.device_keys import device_keys
from devkit.cloud.devices.provisioning import bring_token
from devkit.cloud.devices.shadow import current
from devkit.cloud.push.changes import DeviceChange
from devkit.cloud.sandbox import MEMORY, move_in, open_store
from devkit.cloud.seed import Seed, add_device, set_model
from devkit.cloud.store.schema import DEVICES, OTA_TASKS, PRODUCTS
from devkit.cloud.store.work import Work
from devkit.errors import CloudApiError, DeviceNotFoundError
from devkit.language import _, marked
from devkit.model import ThingModel
from devkit.settings import Settings
from devkit.subscriptions import Subscription
from devkit.timeline.happening import Observer
from devkit.timeline.kinds import FaultChange, FirmwareOffer, MqttFault
from devkit.transport.base import JSON, VIRTUAL_DEVICE, DeviceKeys, Push

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from devkit.cloud.push.bridge import Bridge


ENDS = {
    "cut": marked("A fault cut it."),
    "takeover": marked("Another connection with its client id took over, by a fault."),
}


async def open_local(
    settings: Settings, *, observer: Observer | None = None, emulator: Emulator | None = None
) -> LocalTransport:
    """Start an emulator with the product and device of the settings, in memory unless they name a database.

    A project without a thing model gets a product without properties, unless --model names a file.
    Errors: ModelError, SettingsError.
    """
    if emulator is None:  # opening a file waits for the disk
        emulator = Emulator(await asyncio.to_thread(open_store, settings, MEMORY), observer=observer)
    emulator.firmware.base_url = f"http://127.0.0.1:{settings.port}"
    try:
        seed = move_in(emulator, settings)
        await emulator.start()
    except BaseException:
        await emulator.aclose()
        raise
    return LocalTransport(emulator, seed)


class LocalTransport:
    """Call the emulator directly, as the seeded user."""

    def __init__(self, emulator: Emulator, seed: Seed) -> None:
        self.emulator = emulator
        self.seed = seed
        self._bench = LocalBench(emulator, seed)

    @property
    def bench(self) -> LocalBench:
        """Return the device side."""
        return self._bench

    async def call(self, action: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Perform an action as the seeded user; params may name another AccessToken."""
        request_id = str(params.get("RequestId") or new_token())
        sent = {"AccessToken": self.seed.token, **params}
        try:
            answer = await self.emulator.call(action, sent)
        except CloudApiError as error:
            error.request_id = request_id
            raise
        return {**answer, "RequestId": request_id}

    def subscribe(
        self, device_ids: Collection[str], subscriber: Callable[[Push], None]
    ) -> Subscription[DeviceChange]:
        """Call subscriber with the pushes of some devices as they are published."""

        def pass_on(change: DeviceChange) -> None:
            subscriber(Push(change.device_id, change.type, change.sub_type, change.time, change.payload))

        return self.emulator.pushes.subscribe(device_ids, pass_on)

    @property
    def access_token(self) -> str:
        """Return the token of the seeded user, for pages that speak to the emulator by themselves."""
        return self.seed.token

    def routes(self, bridge: Bridge | None = None) -> list[BaseRoute]:
        """Return the emulator at the platform's own paths, for a server to mount.

        bridge answers what pages ask of the mini program around them.
        """
        from devkit.cloud.http.routes import routes

        return routes(self.emulator, bridge)

    async def aclose(self) -> None:
        """Stop the emulator and end every subscription."""
        await self.emulator.aclose()


class LocalBench:
    """The device side: what the hardware would do."""

    def __init__(self, emulator: Emulator, seed: Seed) -> None:
        self._emulator = emulator
        self._seed = seed

    @property
    def clock(self) -> Clock:
        """Return the emulator's clock."""
        return self._emulator.clock

    def keys(self, product_id: str, device_name: str) -> DeviceKeys:
        """Return the keys of a device, which is made when it is not known."""
        return DeviceKeys(*self._emulator.perform(lambda work: device_keys(work, product_id, device_name)))

    def carry(self, device_id: str, *, wifi: bool = False) -> None:
        """Leave a device's controls and actions to phones, those of one with Wi-Fi while it is offline."""
        self._device(device_id)
        self._emulator.devices.by_phone.add(device_id)
        if not wifi:
            self.script(device_id, CarriedDevice)

    def add_virtual(self, product_id: str) -> None:
        """Add the product's virtual device to the seeded home, online."""

        def add(work: Work) -> None:
            known = work.tx.get(DEVICES, f"{product_id}/{VIRTUAL_DEVICE}")
            if known is None and work.tx.get(PRODUCTS, product_id) is not None:
                home = {"family_id": self._seed.family_id, "user_id": self._seed.user_id}
                add_device(work, product_id, VIRTUAL_DEVICE, **home, online=True)

        self._emulator.perform(add)

    def _device(self, device_id: str) -> VirtualDevice:
        with self._emulator.work() as work:
            if work.tx.get(DEVICES, device_id) is None:
                known = ", ".join(row["device_id"] for row in work.tx.find(DEVICES, {}, limit=8))
                raise DeviceNotFoundError(
                    _(f"There is no device {device_id}."), _(f"Known devices: {known}.")
                )
        return self._emulator.devices.device(device_id)

    async def report(self, device_id: str, values: Mapping[str, JSON]) -> None:
        """Report properties as the device."""
        await self._device(device_id).report(values)

    async def post_event(self, device_id: str, event_id: str, params: Mapping[str, JSON]) -> None:
        """Post an event as the device."""
        await self._device(device_id).post_event(event_id, params)

    async def set_online(self, device_id: str, *, online: bool) -> None:
        """Connect or disconnect the device."""
        await self._device(device_id).set_online(online=online)

    async def provision(self, device_id: str, token: str = "") -> None:
        """Join Wi-Fi as the device, made when it is not known, and bring a provisioning token."""
        product_id, _, device_name = device_id.partition("/")
        self.keys(product_id, device_name)
        await self.set_online(device_id, online=True)
        self._emulator.perform(lambda work: bring_token(work, product_id, device_name, token))

    async def offer_firmware(
        self,
        device_id: str,
        version: str,
        data: bytes | None = None,
        *,
        description: str = "",
        md5: str = "",
    ) -> None:
        """Publish a firmware for the product of a device."""
        self._device(device_id)
        product_id = device_id.partition("/")[0]
        self._emulator.firmware.add(product_id, version, data, description=description, md5=md5)

        def offer(work: Work) -> None:
            if device := work.tx.get(DEVICES, device_id):
                ota.task(work, device)

        self._emulator.perform(offer)
        self._emulator.observe(FirmwareOffer(device_id, version))

    def send(self, device_id: str, what: Mapping[str, JSON]) -> None:
        """Send connected firmware what is neither control nor action."""
        self._device(device_id)
        self._emulator.devices.real_one(device_id).send(what)

    def set_link(self, device_id: str, faults: Mapping[str, JSON]) -> None:
        """Change what goes wrong with a device's messages over MQTT; cut and takeover end its connection."""
        self._device(device_id)
        devices = self._emulator.devices
        lasting = {name: value for name, value in faults.items() if name not in ENDS}
        ending = next((name for name in ENDS if faults.get(name)), "")
        body = devices.real_one(device_id) if ending else None
        if lasting or not faults:
            self._emulator.observe(MqttFault(device_id, devices.set_link(device_id, lasting)))
        if body:
            body.break_off(ENDS[ending])

    def read_firmware(self, url: str) -> bytes | None:
        """Return what a firmware address of this cloud leads to."""
        images = self._emulator.firmware
        return images.fetch(url).data if images.knows(url) else None

    async def message(self, device_id: str, topic: str, payload: JSON) -> None:
        """Hand the device a message that is neither control nor action."""
        await self._device(device_id).on_message(topic, payload)

    def set_fault(self, fault: Mapping[str, JSON]) -> None:
        """Change the faults of the cloud side."""
        self._emulator.faults.set(fault)
        self._emulator.observe(FaultChange(self._emulator.faults.snapshot()))

    def set_model(self, product_id: str, model: ThingModel) -> None:
        """Give a product another thing model; values that no longer fit fall back to their defaults."""
        self._emulator.perform(lambda work: set_model(work, product_id, model))

    def script(self, device_id: str, kind: type[VirtualDevice]) -> VirtualDevice:
        """Let a class play a device, as --scenario does."""
        self._device(device_id)
        return self._emulator.devices.script(device_id, kind)

    def _own_first(self, device: Mapping[str, Any]) -> bool:
        return bool(device["device_id"] != self._seed.device_id)

    def snapshot(self) -> dict[str, JSON]:
        """Return devices with their values and thing models, and the faults."""
        real = set(self._emulator.devices.real())
        with self._emulator.work() as work:
            devices = {
                row["device_id"]: {
                    "online": bool(row["online"]),
                    "real": row["device_id"] in real,
                    "played_by": self._emulator.devices.played_by(row["device_id"]),
                    "link": self._emulator.devices.link(row["device_id"]),
                    "properties": current(work, row["device_id"]),
                    "model": dict(self._emulator.model(work.tx, row["product_id"]).raw),
                    "firmware": _firmware(work, row),
                }
                for row in sorted(work.tx.find(DEVICES, {}), key=self._own_first)
            }
        return {"devices": devices, "fault": self._emulator.faults.snapshot()}


def _firmware(work: Any, device: Mapping[str, Any]) -> dict[str, JSON]:
    task = work.tx.get(OTA_TASKS, device["device_id"])
    offered = (
        {
            "offered": task["version"],
            "status": task["status"],
            "percent": task["percent"],
            "message": task["message"],
        }
        if task
        else {}
    )
    idle = {"offered": "", "status": ota.DONE, "percent": 0, "message": ""}
    return {"current": device["version"], **idle, **offered}
