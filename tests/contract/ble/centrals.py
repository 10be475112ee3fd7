"""One phone for each kind of central, beside peripherals that all of them reach."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from bumble.link import LocalLink

from devkit.ble import BleCentral, Peripheral, Radio, Timings, VirtualCentral
from devkit.ble.central.events import CentralEvent
from devkit.ble.stacks.bumble import BumbleStack
from devkit.ble.stacks.bumble_host import PeripheralHost
from tests.helpers.air import Slot
from tests.helpers.bleak_on_bumble import Platform, bleak_stack

KINDS = ["virtual", "bumble", "bleak"]
PATIENT_MS = 20_000


@dataclass
class Phone:
    """A central and what it told; `switch` puts its Bluetooth off or on."""

    central: BleCentral
    switch: Callable[[bool], None]
    events: list[CentralEvent] = field(default_factory=list)

    def seen(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that must happen."""
        await until(condition)


@dataclass
class World:
    """The air of one kind: peripherals on it, and phones."""

    kind: str
    radio: Radio
    link: LocalLink
    stack: AsyncExitStack
    limit_ms: int
    slots: dict[Peripheral, Slot] = field(default_factory=dict)

    async def add(self, peripheral: Peripheral) -> None:
        self.radio.add(peripheral)
        if self.kind != "virtual":
            slot = self.slots[peripheral] = Slot(self.link)
            await self.stack.enter_async_context(PeripheralHost(peripheral, "air", slot.open))

    def advertises(self, peripheral: Peripheral) -> bool:
        """Tell whether a peripheral sends packets."""
        if self.kind == "virtual":
            return peripheral.in_range
        controller = self.slots[peripheral].controller
        return bool(controller and controller.is_advertising)

    async def phone(self, *, on: bool = True) -> Phone:
        """Return a phone whose adapter is not open yet."""
        if self.kind == "virtual":
            virtual = VirtualCentral(self.radio, powered=on)
            return self._watched(Phone(virtual, virtual.set_power))
        slot = Slot(self.link)
        slot.empty = not on

        def switch(on: bool) -> None:
            slot.empty = not on
            if not on:
                slot.unplug()

        if self.kind == "bumble":
            stack = BumbleStack("air", slot.open)
        else:
            platform = Platform(slot.open)
            self.stack.push_async_callback(platform.aclose)
            stack = bleak_stack(platform)
        central = BleCentral(stack, self.radio, connect_ms=self.limit_ms, find_ms=self.limit_ms)
        return self._watched(Phone(central, switch))

    def _watched(self, phone: Phone) -> Phone:
        phone.central.subscribe(phone.events.append)
        self.stack.push_async_callback(phone.central.aclose)
        return phone


@asynccontextmanager
async def open_world(kind: str, *peripherals: Peripheral, limit_ms: int = PATIENT_MS) -> AsyncIterator[World]:
    """limit_ms: after which a phone gives a device up."""
    async with AsyncExitStack() as stack:
        radio = Radio(timings=Timings(connect_timeout_ms=limit_ms))
        stack.push_async_callback(radio.aclose)
        world = World(kind, radio, LocalLink(), stack, limit_ms)
        for peripheral in peripherals:
            await world.add(peripheral)
        yield world


@asynccontextmanager
async def open_phone(
    kind: str, *peripherals: Peripheral, limit_ms: int = PATIENT_MS
) -> AsyncIterator[tuple[World, Phone]]:
    """Open one phone beside peripherals."""
    async with open_world(kind, *peripherals, limit_ms=limit_ms) as world:
        phone = await world.phone()
        await phone.central.open()
        yield world, phone


async def until(condition: Callable[[], object], limit_s: float = 20) -> None:
    """Wait for something that must happen."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the condition never came true")
        await asyncio.sleep(0.005)
