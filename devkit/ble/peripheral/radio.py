"""The air: every virtual peripheral within reach of the virtual phones, under one clock."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from devkit.ble.peripheral.gatt import Characteristic
from devkit.ble.peripheral.peripheral import Peripheral
from devkit.ble.peripheral.timings import INSTANT, Timings
from devkit.clock import Clock, SystemClock
from devkit.errors import BleError
from devkit.language import _

logger = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Peripheral)
Result = TypeVar("Result")
ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
FIRST_ADDRESS = 0xC0DE_0000_0001


@dataclass(frozen=True)
class Frame:
    """One value on the air, for logs; kind is "write", "read", "notify" or "lost"."""

    moment_ms: int
    address: str
    kind: str
    service_id: str
    characteristic_id: str
    value: bytes
    words: str = ""


class Radio:
    """Peripherals, their tasks and their frame log.

    seed decides the noise of signal strengths: the same seed and the same acts give the same packets.
    """

    def __init__(self, clock: Clock | None = None, *, timings: Timings = INSTANT, seed: int = 0) -> None:
        self.clock: Clock = clock or SystemClock()
        self.timings = timings
        self.dice = random.Random(seed)  # noqa: S311  noise, not a secret
        self.on_frame: Callable[[Frame], None] | None = None
        self.peripherals: dict[str, Peripheral] = {}
        self._tasks: dict[asyncio.Future[Any], str] = {}
        self._addresses = itertools.count(FIRST_ADDRESS)

    def add(self, peripheral: Kind) -> Kind:
        """Put a peripheral on the air, with the next free address unless it has one; return it.

        Errors: BleError for an address that is malformed or taken.
        """
        address = peripheral.address or self._next_address()
        if not ADDRESS.fullmatch(address):
            raise BleError(
                _(f'"{address}" is not a Bluetooth address.'), _("Write six bytes such as A1:B2:C3:D4:E5:F6.")
            )
        if address in self.peripherals:
            raise BleError(_(f"Two peripherals have the address {address}."), _("Give each its own."))
        peripheral.enter(self, address)
        self.peripherals[address] = peripheral
        if type(peripheral).run is not Peripheral.run:
            self.spawn(peripheral.run(), address)
        return peripheral

    async def remove(self, address: str) -> None:
        """Take a peripheral off the air: its connection ends and its tasks stop."""
        peripheral = self.peripherals.pop(address, None)
        if peripheral:
            peripheral.drop()
            await self._cancel([task for task, owner in self._tasks.items() if owner == address])

    async def sleep(self, milliseconds: float) -> None:
        """Wait by the clock."""
        await self.clock.sleep_until(self.clock.now_ms() + round(milliseconds))

    def spawn(self, work: Awaitable[Result], owner: str = "") -> asyncio.Future[Result]:
        """Do work in the background for the peripheral of an address; failures are logged."""
        task = asyncio.ensure_future(work)
        self._tasks[task] = owner
        task.add_done_callback(self._done)
        return task

    def log(self, peripheral: Peripheral, kind: str, characteristic: Characteristic, value: bytes) -> None:
        """Hand a frame to the log, with its meaning in words where the peripheral knows it."""
        if self.on_frame is None:
            return
        words = peripheral.describe(characteristic, value, written=kind == "write")
        self.record(peripheral.address, kind, *characteristic.key, value, words)

    def record(
        self,
        address: str,
        kind: str,
        service_id: str,
        characteristic_id: str,
        value: bytes,
        words: str = "",
    ) -> None:
        """Hand a frame to the log that another radio saw."""
        if self.on_frame:
            moment = self.clock.now_ms()
            self.on_frame(Frame(moment, address, kind, service_id, characteristic_id, bytes(value), words))

    async def aclose(self) -> None:
        """End every connection and task."""
        for peripheral in list(self.peripherals.values()):
            peripheral.drop()
        self.peripherals.clear()
        await self._cancel(list(self._tasks))

    def _next_address(self) -> str:
        for number in self._addresses:
            address = number.to_bytes(6, "big").hex(":").upper()
            if address not in self.peripherals:
                return address
        raise BleError(_("No address is left."))

    async def _cancel(self, tasks: list[asyncio.Future[Any]]) -> None:
        mine = asyncio.current_task()
        others = [task for task in tasks if task is not mine]
        for task in others:
            task.cancel()
        for task in others:
            with contextlib.suppress(asyncio.CancelledError, BleError):
                await task

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._tasks.pop(task, None)
        if task.cancelled():
            return
        error = task.exception()
        if error and not isinstance(error, BleError):
            logger.error("Work of a virtual peripheral failed: %s", error, exc_info=error)
