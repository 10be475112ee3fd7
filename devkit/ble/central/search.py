"""What a search reports: which packets, how often, and what is known of a device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from devkit.ble.central.events import CentralEvent, DevicesFound, FoundDevice
from devkit.clock import Clock, SystemClock


class Search:
    """Takes packets and reports devices; `found` holds every device heard since the adapter opened.

    whole: each packet says everything; else what a scan response left out is kept from the packet before.
    """

    def __init__(
        self, emit: Callable[[CentralEvent], None], clock: Clock | None = None, *, whole: bool = False
    ) -> None:
        self.found: dict[str, FoundDevice] = {}
        self.running = False
        self._emit = emit
        self._clock = clock or SystemClock()
        self._whole = whole
        self._services: frozenset[str] = frozenset()
        self._duplicates = False
        self._interval_ms = 0
        self._reported: set[str] = set()
        self._pending: dict[str, FoundDevice] = {}
        self._pause: asyncio.Future[None] | None = None

    def start(self, services: frozenset[str], duplicates: bool, interval_ms: int) -> None:
        """Begin, or go on with new terms."""
        self.stop()
        self.running = True
        self._services, self._duplicates, self._interval_ms = services, duplicates, interval_ms

    def stop(self) -> None:
        """Report nothing more."""
        self.running = False
        self._reported.clear()
        self._pending.clear()
        if self._pause:
            self._pause.cancel()
            self._pause = None

    def heard(self, packet: FoundDevice) -> None:
        """Take a packet."""
        device = packet if self._whole else self._completed(packet)
        self.found[device.device_id] = device
        wanted = not self._services or self._services.intersection(device.service_uuids)
        new = self._duplicates or device.device_id not in self._reported
        if not self.running or not wanted or not new:
            return
        self._pending[device.device_id] = device
        if self._pause is None:
            self._report()

    def _completed(self, packet: FoundDevice) -> FoundDevice:
        known = self.found.get(packet.device_id)
        if known is None:
            return packet
        return replace(
            packet,
            name=packet.name or known.name,
            service_uuids=packet.service_uuids or known.service_uuids,
            manufacturer_data=packet.manufacturer_data or known.manufacturer_data,
        )

    def _report(self) -> None:
        """Report what is pending, and then at most once in an interval."""
        if not self._pending:
            return
        devices = tuple(self._pending.values())
        self._pending.clear()
        self._reported.update(device.device_id for device in devices)
        if self._interval_ms:
            self._pause = asyncio.ensure_future(self._report_later())
        self._emit(DevicesFound(devices))

    async def _report_later(self) -> None:
        await self._clock.sleep_until(self._clock.now_ms() + self._interval_ms)
        self._pause = None
        self._report()
