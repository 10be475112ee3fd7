"""Bluetooth in tests: one air for all panels, peripherals in a test's hands, and a phone's Bluetooth."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from devkit.ble import BleCentral, Characteristic, Frame, Peripheral, Radio, VirtualCentral
from devkit.ble.llsync import LLSyncPeripheral
from devkit.ble.uuids import full_uuid
from devkit.errors import SettingsError
from devkit.language import _
from devkit.phone.bluetooth import Bluetooth
from devkit.phone.peripherals import load_class, make_peripheral
from devkit.testing.page.handle import Handle

if TYPE_CHECKING:
    from devkit.clock import Clock
    from devkit.sdk import Simulator, Timeline
    from devkit.testing.world.world import World

VIRTUAL = "virtual"
CALM_SECONDS = 0.5
LONGEST_UNREST_SECONDS = 5.0


class PhoneAir(Bluetooth):
    """The Bluetooth of one panel's phone, on the air of all."""

    def __init__(self, air: Air, timeline: Timeline) -> None:
        super().__init__(timeline, VIRTUAL, radio=air.radio)
        self._air = air

    def phone(self, user_id: str) -> BleCentral:
        """Return the phone, whose Bluetooth is as the test has it."""
        phone = super().phone(user_id)
        if isinstance(phone, VirtualCentral):
            phone.set_power(self._air.powered)
        return phone


class Air:
    """The air around the phones of one test: each panel has a phone of its own on it."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self.powered = world.spec.bluetooth
        self._log = Bluetooth(world.timeline, VIRTUAL, clock)
        self.radio: Radio = self._log.radio
        self.radio.on_frame = self._on_frame
        self.peripherals: list[VirtualPeripheral] = []
        self.phones = PhoneBluetooth(world)

    async def load(self) -> None:
        """Put the peripherals that the marker names on the air, else those of devkit.toml.

        Errors: SettingsError for a file or class that cannot be used.
        """
        for kind in self._world.spec.peripherals or self._world.lab.settings.peripherals:
            await self.add(kind)

    def first(self) -> VirtualPeripheral:
        """Return the first peripheral.

        Errors: SettingsError when there is none.
        """
        if self.peripherals:
            return self.peripherals[0]
        raise SettingsError(
            _("No Bluetooth device is on the air."),
            _(
                'Name one in devkit.toml, peripherals = ["file.py:Class"], or with '
                "@pytest.mark.panel(peripherals=[...])."
            ),
        )

    async def add(self, given: str | type[Peripheral] | Peripheral, **about: object) -> VirtualPeripheral:
        """Put a peripheral on the air; device_name is that of an LLSync device.

        Errors: SettingsError, BleError.
        """
        made = given if isinstance(given, Peripheral) else await self._make(given, **about)
        self.radio.add(made)
        handle = VirtualPeripheral(self._world, made)
        self.peripherals.append(handle)
        return handle

    async def _make(self, given: str | type[Peripheral], **about: Any) -> Peripheral:
        world, device = self._world, self._world.device
        settings = world.lab.settings
        kind = load_class(given, settings.project) if isinstance(given, str) else given
        own = settings.replace(product_id=device.product_id, device_name=device.name)
        twins = sum(isinstance(item.peripheral, LLSyncPeripheral) for item in self.peripherals)
        return await make_peripheral(
            kind, own, world.transport, number=twins + 1, model=device.model, **about
        )

    def join(self, simulator: Simulator) -> None:
        """Give a panel's simulator a phone on this air."""
        simulator.bluetooth = PhoneAir(self, simulator.timeline)

    async def keep_away(self, away: bool) -> None:
        """Take every peripheral out of reach, or bring them back."""
        for handle in self.peripherals:
            handle.peripheral.faults.out_of_range = away
            handle.peripheral.check_range()
        await self._world.settle()

    async def calm(self) -> None:
        """Wait until nothing more happens: panels search and connect as soon as they are open."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_UNREST_SECONDS):
                while await self._something_more():
                    pass

    async def _something_more(self) -> bool:
        """Tell, after a while, whether anything has happened in it."""
        timeline = self._world.timeline
        seen = timeline.seq
        return await self._world.until(lambda: timeline.seq > seen, CALM_SECONDS)

    async def aclose(self) -> None:
        """End every connection, and the lives of the peripherals."""
        await self._log.aclose()

    def _on_frame(self, frame: Frame) -> None:
        for handle in self.peripherals:
            if handle.peripheral.address == frame.address:
                handle.frames.append(frame)
        self._log.record_frame(frame)


class VirtualPeripheral(Handle):
    """A peripheral in a test's hands: whatever it lacks itself is the peripheral's own.

    Its methods run where the radio lives, and return when pages have taken what they set off.
    """

    peripheral: Peripheral
    frames: list[Frame]
    read: dict[str, int]

    def __init__(self, world: World, peripheral: Peripheral) -> None:
        own: dict[str, Any] = {"_world": world, "peripheral": peripheral, "frames": [], "read": {}}
        vars(self).update(own, _faults=LiveFaults(peripheral))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.peripheral, name)
        return self._act(value) if inspect.ismethod(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        if not hasattr(self.peripheral, name):
            raise AttributeError(_(f"{type(self.peripheral).__name__} has no attribute {name}."))
        setattr(self.peripheral, name, value)

    @property
    def faults(self) -> Any:
        """Return its faults; a change acts at once."""
        return vars(self)["_faults"]

    @property
    def written(self) -> list[tuple[str, bytes]]:
        """Return (characteristic, bytes) of every write that reached it, oldest first."""
        return [
            (short_uuid(item.characteristic_id), item.value) for item in self.frames if item.kind == "write"
        ]

    def characteristic(self, given: str | Characteristic) -> Characteristic:
        """Return one of its characteristics, by four hex digits or a whole UUID.

        Errors: SettingsError listing those that it has.
        """
        if isinstance(given, Characteristic):
            return given
        known = [item for service in self.peripheral.services for item in service.characteristics]
        try:
            wanted = full_uuid(given)
        except ValueError:
            wanted = ""
        for item in known:
            if wanted == item.uuid or given.upper() == short_uuid(item.uuid):
                return item
        raise SettingsError(
            _(f"{type(self.peripheral).__name__} has no characteristic {given}."),
            _(f"It has {', '.join(short_uuid(item.uuid) for item in known)}."),
        )

    async def notify(self, characteristic: str | Characteristic, value: bytes | str) -> bool:
        """Send a notification, as bytes or hex; False when nobody listens.

        Errors: SettingsError, BleError.
        """
        sent = self.peripheral.notify(self.characteristic(characteristic), to_bytes(value))
        await self._world.settle()
        return sent

    def _act(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def act(*args: object, **kwargs: object) -> Any:
            result = method(*args, **kwargs)
            if inspect.isawaitable(result):
                result = await result
            await self._world.settle()
            return result

        return act


class LiveFaults:
    """The faults of a peripheral; out of range, it loses its connection."""

    def __init__(self, peripheral: Peripheral) -> None:
        vars(self).update(_peripheral=peripheral, _loop=asyncio.get_running_loop())

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_peripheral"].faults, name)

    def __setattr__(self, name: str, value: object) -> None:
        peripheral = vars(self)["_peripheral"]
        if not hasattr(peripheral.faults, name):
            known = ", ".join(vars(peripheral.faults))
            raise SettingsError(_(f"{type(peripheral).__name__} has no fault {name}."), _(f"It has {known}."))
        setattr(peripheral.faults, name, value)
        # A test of the sync API sets faults while the loop stands still: it acts when the loop turns again.
        vars(self)["_loop"].call_soon(peripheral.check_range)


class PhoneBluetooth(Handle):
    """The Bluetooth of the phones that show the panels of a test."""

    @property
    def on(self) -> bool:
        """Tell whether it is on."""
        return self._world.air.powered

    async def set_power(self, on: bool) -> None:
        """Switch it on or off, as the user does; off ends searches and connections."""
        self._world.air.powered = on
        for panel in self._world.panels:
            for phone in panel.simulator.bluetooth.phones.values():
                if isinstance(phone, VirtualCentral):
                    phone.set_power(on)
        await self._world.settle()


def short_uuid(uuid: str) -> str:
    """Return the four hex digits of a Bluetooth UUID of the common base, or of LLSync's."""
    return uuid[4:8]


def to_bytes(value: bytes | str) -> bytes:
    """Return bytes given as such or in hex.

    Errors: SettingsError.
    """
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise SettingsError(_(f"{value!r} is not hex."), _("Write bytes, or hex such as 'D1D9'.")) from error
