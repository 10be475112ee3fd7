"""A radio, a phone and a clock for tests of Bluetooth."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from devkit.ble import Radio, Timings, VirtualCentral
from devkit.ble.central.events import CentralEvent
from devkit.ble.peripheral.timings import INSTANT
from devkit.clock import ManualClock
from devkit.errors import BleError


@dataclass
class Lab:
    """One phone, whose clock stands still until `wait` moves it."""

    clock: ManualClock
    radio: Radio
    central: VirtualCentral
    events: list[CentralEvent] = field(default_factory=list)

    async def wait(self, milliseconds: int = 0) -> None:
        """Move time on, and let everything that is due happen."""
        await self.clock.advance(milliseconds)

    def seen(self, kind: type) -> list:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def open_lab(*peripherals, timings: Timings = INSTANT, seed: int = 0) -> AsyncIterator[Lab]:
    """Put peripherals on the air beside an open phone."""
    clock = ManualClock()
    radio = Radio(clock, timings=timings, seed=seed)
    central = VirtualCentral(radio)
    lab = Lab(clock, radio, central)
    central.subscribe(lab.events.append)
    for peripheral in peripherals:
        radio.add(peripheral)
    await central.open()
    try:
        yield lab
    finally:
        await central.aclose()
        await radio.aclose()


async def refused(work) -> BleError:
    """Return the error that an operation is refused with."""
    with pytest.raises(BleError) as caught:
        await work
    return caught.value
