"""One search of a virtual phone: which packets it hears, when, and what it reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from devkit.ble.base import CentralEvent, DevicesFound, FoundDevice
from devkit.ble.peripheral import Peripheral
from devkit.ble.radio import Radio

LOOK_MS = 100
PHASE_MS = 7


class Scan:
    """A running search; `found` is the phone's table of devices, which outlives it.

    The first peripheral is heard at once and each further one 7 ms later, so that packets of many do not
    fall together; then each follows its own interval.
    """

    def __init__(
        self, radio: Radio, found: dict[str, FoundDevice], emit: Callable[[CentralEvent], None]
    ) -> None:
        self._radio = radio
        self._found = found
        self._emit = emit
        self._next: dict[str, int] = {}
        self._reported: set[str] = set()
        self._pending: dict[str, FoundDevice] = {}
        self._task: asyncio.Future[None] | None = None

    def start(self, services: frozenset[str], duplicates: bool, interval_ms: int) -> None:
        """Begin to listen."""
        self._task = self._radio.spawn(self._run(services, duplicates, interval_ms))

    def stop(self) -> None:
        """Listen no more."""
        if self._task:
            self._task.cancel()

    async def _run(self, services: frozenset[str], duplicates: bool, interval_ms: int) -> None:
        clock = self._radio.clock
        start = report_at = clock.now_ms()
        while True:
            now = clock.now_ms()
            for device in self._hear(start, now):
                wanted = not services or services.intersection(device.service_uuids)
                if wanted and (duplicates or device.device_id not in self._reported):
                    self._pending[device.device_id] = device
            if self._pending and now >= report_at:
                report_at = now + interval_ms
                self._report()
            wake = min([now + LOOK_MS, *self._next.values()])
            await clock.sleep_until(min(wake, report_at) if self._pending else wake)

    def _hear(self, start: int, now: int) -> list[FoundDevice]:
        """Return the packets that are due, and note when each peripheral sends again."""
        heard = []
        for place, (address, peripheral) in enumerate(self._radio.peripherals.items()):
            due = self._next.get(address)
            if due is not None and due > now:
                continue
            interval = peripheral.advertising.interval_ms
            if due is None:
                due = max(now, start + peripheral.faults.discovery_delay_ms) + (place * PHASE_MS) % interval
            missed = max(0, now - due) // interval + 1 if due <= now else 0
            self._next[address] = due + interval * missed
            if due <= now and not peripheral.connected and peripheral.in_range:
                heard.append(self._packet(peripheral))
        if len(self._next) > len(self._radio.peripherals):
            self._next = {a: due for a, due in self._next.items() if a in self._radio.peripherals}
        return heard

    def _packet(self, peripheral: Peripheral) -> FoundDevice:
        packet = peripheral.advertising
        device = FoundDevice(
            peripheral.address,
            peripheral.name,
            peripheral.signal.strength(peripheral.distance, self._radio.dice),
            tuple(packet.service_uuids),
            packet.manufacturer_data,
            packet.connectable,
        )
        self._found[peripheral.address] = device
        return device

    def _report(self) -> None:
        devices = tuple(self._pending.values())
        self._pending.clear()
        self._reported.update(device.device_id for device in devices)
        self._emit(DevicesFound(devices))
