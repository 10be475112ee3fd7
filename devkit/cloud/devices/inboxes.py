"""The virtual devices of an emulator: one inbox each, so that every device works in the order it is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from devkit.cloud.devices import ota
from devkit.cloud.devices.device import ActionFailedError, VirtualDevice
from devkit.cloud.devices.real import FirmwareBody, LinkFaults
from devkit.errors import DeviceNotFoundError, DevkitError, FirmwareError
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import DeviceFailure

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

logger = logging.getLogger(__name__)
Job = Callable[[VirtualDevice], Awaitable[None]]


class DeviceFarm:
    """Create devices when something happens to them, and run what they do.

    by_phone holds the ids of devices that phones reach over Bluetooth: offline ones can be controlled, too;
    links holds what goes wrong between real devices and the cloud.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.by_phone: set[str] = set()
        self._kinds: dict[str, type[VirtualDevice]] = {}
        self._devices: dict[str, VirtualDevice] = {}
        self._bodies: dict[str, FirmwareBody] = {}
        self.links: dict[str, LinkFaults] = {}
        self._inboxes: dict[str, asyncio.Queue[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._upgrading: set[str] = set()

    def script(self, device_id: str, kind: type[VirtualDevice]) -> VirtualDevice:
        """Let a class of one's own play a device; it starts at once. Needs a running loop."""
        self._kinds[device_id] = kind
        self._devices.pop(device_id, None)
        device = self.device(device_id)
        self.tell(device_id, lambda device: device.on_start())
        if kind.tick_ms > 0:
            self.spawn(self._tick(device))
        return device

    def device(self, device_id: str) -> VirtualDevice:
        """Return the object that plays a device: the real one while it is connected."""
        if device_id in self._bodies:
            return self._bodies[device_id]
        if device_id not in self._devices:
            kind = self._kinds.get(device_id, VirtualDevice)
            self._devices[device_id] = kind(self._emulator, device_id)
        return self._devices[device_id]

    def embody(self, device_id: str, body: FirmwareBody) -> None:
        """Let a real device play itself; the class that played it rests."""
        self._bodies[device_id] = body

    def disembody(self, device_id: str) -> None:
        """Let the class play the device again, once somebody takes it online."""
        self._bodies.pop(device_id, None)

    def real(self) -> list[str]:
        """Return the ids of the devices that are real ones now."""
        return list(self._bodies)

    def played_by(self, device_id: str) -> str:
        """Return the name of the Python class that plays a device while no firmware does."""
        return self._kinds.get(device_id, VirtualDevice).__name__

    def real_one(self, device_id: str) -> FirmwareBody:
        """Return a device that is firmware of its own now.

        Errors: DeviceNotFoundError.
        """
        if device_id not in self._bodies:
            raise DeviceNotFoundError(
                _(f"No firmware is connected as {device_id}."), _("Run with --mqtt, and let it connect.")
            )
        return self._bodies[device_id]

    def set_link(self, device_id: str, faults: Mapping[str, JSON]) -> dict[str, JSON]:
        """Change what goes wrong with a device's messages over MQTT; {} clears all. Return what is on.

        Errors: SettingsError.
        """
        link = self.links.setdefault(device_id, LinkFaults())
        link.set(faults)
        return link.snapshot()

    def link(self, device_id: str) -> dict[str, JSON]:
        """Return what goes wrong with a device's messages over MQTT."""
        return self.links[device_id].snapshot() if device_id in self.links else {}

    def control(self, device_id: str, values: Mapping[str, JSON]) -> None:
        """Deliver new property values."""
        self.tell(device_id, lambda device: device.on_control(dict(values)))

    def upgrade(self, device_id: str, version: str, url: str) -> None:
        """Deliver an upgrade message; it runs beside the inbox, since it takes long."""
        self._upgrading.add(device_id)
        self.spawn(self._upgrade(device_id, version, url))

    def upgrading(self, device_id: str) -> bool:
        """Tell whether a device is installing a firmware now."""
        return device_id in self._upgrading

    async def _upgrade(self, device_id: str, version: str, url: str) -> None:
        async def job(device: VirtualDevice) -> None:
            self._emulator.perform(lambda work: ota.delivered(work, device_id))
            try:
                await device.on_ota(version, url)
            except FirmwareError as error:
                await device.report_ota("fail", message=f"{error.message} ({error.code})")

        try:
            await self._guard(self.device(device_id), job)
        finally:
            self._upgrading.discard(device_id)

    def act(
        self, device_id: str, action_id: str, params: Mapping[str, JSON]
    ) -> asyncio.Future[dict[str, JSON]]:
        """Deliver an action; the future holds {"code", "status", "response"} once the device has answered."""
        answered: asyncio.Future[dict[str, JSON]] = asyncio.get_running_loop().create_future()

        async def job(device: VirtualDevice) -> None:
            reply: dict[str, JSON] = {"code": 0, "status": "succ", "response": {}}
            try:
                outputs = await device.on_action(action_id, dict(params)) or {}
                reply["response"] = device.model.validate_output(action_id, outputs)
            except ActionFailedError as error:
                reply.update(code=error.code, status=error.message)
            except DevkitError as error:
                self._complain(device, error)
                reply.update(code=-1, status=error.message)
            finally:
                if not answered.done():
                    answered.set_result(reply)

        self.tell(device_id, job)
        return answered

    def tell(self, device_id: str, job: Job) -> None:
        """Put a job into the inbox of a device."""
        if device_id not in self._inboxes:
            self._inboxes[device_id] = asyncio.Queue()
            self.spawn(self._work(device_id, self._inboxes[device_id]))
        self._inboxes[device_id].put_nowait(job)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something until it ends or the farm closes."""
        task = asyncio.get_running_loop().create_task(self._emulator.store.drive(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until every device has done what it was told so far."""
        await asyncio.sleep(0)
        await self._emulator.effects.idle()
        await asyncio.gather(*(inbox.join() for inbox in self._inboxes.values()))

    async def aclose(self) -> None:
        """Stop everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._inboxes.clear()

    async def _work(self, device_id: str, inbox: asyncio.Queue[Job]) -> None:
        while True:
            job = await inbox.get()
            await self._guard(self.device(device_id), job)
            inbox.task_done()

    async def _tick(self, device: VirtualDevice) -> None:
        while self._devices.get(device.id) is device:
            await device.sleep(device.tick_ms / 1000)
            if device.id not in self._bodies and device.online:
                await self._guard(device, lambda device: device.on_tick())

    async def _guard(self, device: VirtualDevice, job: Job) -> None:
        """Run a job; what a script does wrong is told and does not stop the device."""
        try:
            await job(device)
        except DevkitError as error:
            self._complain(device, error)
        except Exception as error:
            logger.exception("The script of %s failed", device.id)
            self._complain(device, error)

    def _complain(self, device: VirtualDevice, error: Exception) -> None:
        self._emulator.observe(DeviceFailure(device.id, f"{type(error).__name__}: {error}"))
