"""Virtual devices: the firmware side of the emulator, written in Python.

Subclass VirtualDevice to script one:

    class Lamp(VirtualDevice):
        tick_ms = 1000

        async def on_control(self, values):
            await self.report(values)

        async def on_tick(self):
            await self.report({"brightness": self.properties["brightness"] - 1})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from devkit.cloud.api.handlers.homes import places
from devkit.cloud.devices import ota, shadow
from devkit.cloud.store.schema import DEVICES, FIRMWARES, DeviceRow
from devkit.errors import DeviceNotFoundError, DevkitError, FirmwareError
from devkit.json_types import JSON
from devkit.language import _
from devkit.model import ThingModel
from devkit.model.firmware import check_md5
from devkit.timeline.kinds import DeviceEvent, DeviceOffline, DeviceOnline, DeviceReport, UpgradeProgress

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator
    from devkit.cloud.store.work import Work

OTA_STEP_MS = 300
REBOOT_MS = 1000
LONGEST_LOOK_MS = 5000


class ActionFailedError(DevkitError):
    """Raised by on_action: the device refuses or fails; code and message reach the caller."""

    def __init__(self, message: str, code: int = -1) -> None:
        super().__init__(message)
        self.code = code


class VirtualDevice:
    """A device that does what it is told and reports it; override the on_ methods for one that does more.

    tick_ms is the time between two on_tick calls; 0 means none.
    """

    tick_ms = 0

    def __init__(self, emulator: Emulator, device_id: str) -> None:
        self._emulator = emulator
        self.id = device_id
        self.product_id, _, self.name = device_id.partition("/")

    @property
    def model(self) -> ThingModel:
        """Return the thing model of the product."""
        with self._emulator.work() as work:
            return self._emulator.model(work.tx, self.product_id)

    @property
    def properties(self) -> dict[str, JSON]:
        """Return the current values, {property id: value}."""
        with self._emulator.work() as work:
            return shadow.current(work, self.id)

    @property
    def online(self) -> bool:
        """Tell whether the device is connected."""
        with self._emulator.work() as work:
            return bool(self._row(work)["online"])

    async def on_start(self) -> None:
        """Run once, when the device is switched on for the first time."""

    async def on_control(self, values: dict[str, JSON]) -> None:
        """Take new property values, checked against the thing model; report what became of them."""
        await self.report(values)

    async def on_action(self, action_id: str, params: dict[str, JSON]) -> dict[str, JSON]:
        """Perform an action and return its outputs; raise ActionFailedError when it fails."""
        return {field.id: field.define.default() for field in self.model.action(action_id).output}

    async def on_tick(self) -> None:
        """Run every tick_ms while the device is online."""

    async def on_ota(self, version: str, url: str) -> None:
        """Install a firmware: download, burn, restart. A FirmwareError that is raised fails the upgrade."""
        await self.sleep(OTA_STEP_MS / 1000)
        await self.install_firmware(version, await self.download_firmware(version, url))

    async def on_message(self, topic: str, payload: JSON) -> None:
        """Take a message that is neither control nor action, such as a song list."""

    async def on_online(self) -> None:
        """Run after the device has come online."""

    async def on_offline(self) -> None:
        """Run after the device has gone offline."""

    async def report(self, values: Mapping[str, JSON]) -> None:
        """Report property values; they are pushed by the time it returns.

        Errors: PropertyValueError.
        """
        emulator = self._emulator

        def store(work: Work) -> None:
            device = self._row(work)
            checked = emulator.model(work.tx, self.product_id).validate(values, write=False)
            shadow.report(work, device, checked)

        emulator.perform(store)
        emulator.observe(DeviceReport(self.id, dict(values)))
        emulator.effects.run()

    async def post_event(self, event_id: str, params: Mapping[str, JSON] | None = None) -> None:
        """Post an event of the thing model.

        Errors: PropertyValueError.
        """

        def store(work: Work) -> dict[str, JSON]:
            device = self._row(work)
            model = self._emulator.model(work.tx, self.product_id)
            checked = model.validate_event(event_id, params or {})
            event = model.event(event_id)
            shadow.post_event(work, device, event_id, event.type, checked, title=event.name)
            return checked

        checked = self._emulator.perform(store)
        self._emulator.observe(DeviceEvent(self.id, event_id, checked))
        self._emulator.effects.run()

    async def move(self, longitude: float, latitude: float) -> None:
        """Tell where the device is now, in degrees."""
        self._emulator.perform(
            lambda work: places.move(work, self._row(work)["device_id"], longitude, latitude)
        )

    async def set_online(self, *, online: bool) -> None:
        """Connect or disconnect; unchanged state makes no push."""
        changed = self._emulator.perform(lambda work: shadow.set_online(work, self._row(work), online=online))
        if changed:
            self._emulator.observe((DeviceOnline if online else DeviceOffline)(self.id))
            self._emulator.effects.run()
            await (self.on_online() if online else self.on_offline())

    async def download_firmware(self, version: str, url: str) -> bytes:
        """Fetch a firmware, report how far it is, and check its MD5; while offline it waits.

        An address elsewhere is not fetched: its content is b"".
        Errors: FirmwareError.
        """
        images = self._emulator.firmware
        data = b""
        for percent in (0, 25, 50, 75, 100):
            await self._until_online()
            await self.report_ota("downloading", percent=percent)
            if images.knows(url):
                data = images.fetch(url).data
            await self.sleep(OTA_STEP_MS / 1000)
        if images.knows(url):
            with self._emulator.work() as work:
                firmware = work.tx.get(FIRMWARES, self.product_id, version)
            check_md5(data, firmware["md5"] if firmware else "")
            if not data:
                raise FirmwareError(-5, _(f"the firmware {version} is empty"))
        return data

    async def _until_online(self) -> None:
        wait = OTA_STEP_MS
        while not self.online:
            await self.sleep(wait / 1000)
            wait = min(2 * wait, LONGEST_LOOK_MS)

    async def install_firmware(self, version: str, data: bytes) -> None:
        """Burn a firmware and restart with it: offline, then online with the new version.

        Errors: FirmwareError -5, by a fault.
        """
        await self.report_ota("burning", percent=100)
        await self.sleep(OTA_STEP_MS / 1000)
        if self._emulator.faults.firmware == -5:
            raise FirmwareError(-5, _(f"by a fault, after {len(data)} bytes were burnt"))
        await self.set_online(online=False)
        await self.sleep(REBOOT_MS / 1000)
        # Whoever hears that it is back finds the new version.
        await self.report_ota("done", percent=100)
        await self.set_online(online=True)

    async def report_ota(self, state: str, *, percent: int = 0, message: str = "") -> None:
        """Report the progress of a firmware upgrade: downloading, burning, updating, done or fail."""
        self._emulator.perform(
            lambda work: ota.progress(work, self._row(work), state, percent=percent, message=message)
        )
        self._emulator.observe(UpgradeProgress(self.id, state, percent, message or None))

    async def sleep(self, seconds: float) -> None:
        """Wait on the emulator's clock."""
        clock = self._emulator.clock
        await clock.sleep_until(clock.now_ms() + round(seconds * 1000))

    def _row(self, work: Work) -> DeviceRow:
        row = work.tx.get(DEVICES, self.id)
        if row is None:
            raise DeviceNotFoundError(
                _(f"There is no device {self.id}."), _("Was it deleted from its family?")
            )
        return row
