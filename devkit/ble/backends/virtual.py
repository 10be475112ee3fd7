"""A phone among virtual peripherals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from devkit.ble.backends.checks import (
    check_device_id,
    check_mtu,
    check_value,
    need_property,
    wanted_uuid,
    write_kind,
)
from devkit.ble.backends.listeners import Listeners
from devkit.ble.backends.scan import LOOK_MS, Scan
from devkit.ble.base import (
    AdapterState,
    CentralEvent,
    CharacteristicInfo,
    ConnectionChanged,
    FoundDevice,
    Listener,
    ServiceInfo,
    ValueChanged,
)
from devkit.ble.gatt import DEFAULT_MTU, LARGEST_MTU, Characteristic, find_service
from devkit.ble.link import Link
from devkit.ble.peripheral import Peripheral
from devkit.ble.radio import Radio
from devkit.ble.refusals import Code, refusal


class VirtualCentral:
    """A BleCentral whose devices are the peripherals of a Radio.

    powered: Bluetooth is on. supported: the phone has Bluetooth Low Energy at all.
    """

    def __init__(self, radio: Radio, *, powered: bool = True, supported: bool = True) -> None:
        self.radio = radio
        self._powered = powered and supported
        self._supported = supported
        self._opened = False
        self._watched = False
        self._listeners = Listeners()
        self._links: dict[str, Link] = {}
        self._connecting: dict[str, asyncio.Lock] = {}
        self._scan: Scan | None = None
        self._found: dict[str, FoundDevice] = {}

    def set_power(self, on: bool) -> None:
        """Switch the phone's Bluetooth; off ends the search and every connection."""
        if on == self._powered or not self._supported:
            return
        self._powered = on
        if not on:
            self._stop_scan()
            self._close_links()
        if self._watched:
            self._opened = self._opened or on
            self._emit(self._state())

    async def open(self) -> None:
        """Switch the adapter to use; the state is watched from now on, even if Bluetooth is off."""
        self._watched = True
        if not self._supported:
            raise refusal(Code.SYSTEM_NOT_SUPPORTED, "The phone has no Bluetooth Low Energy.")
        if not self._powered:
            raise refusal(
                Code.NOT_AVAILABLE, "The phone's Bluetooth is off.", "Switch it on with set_power(True)."
            )
        self._opened = True

    async def close(self) -> None:
        """End searches and connections, and forget found devices."""
        self._stop_scan()
        self._close_links()
        self._found.clear()
        self._opened = self._watched = False

    async def state(self) -> AdapterState:
        """Return the adapter's state."""
        if not self._watched:
            raise refusal(Code.NOT_INIT, "The Bluetooth adapter is not open.", "Open it first.")
        return self._state()

    async def start_discovery(
        self, services: Sequence[str] = (), *, allow_duplicates: bool = False, interval_ms: int = 0
    ) -> None:
        """Search; a running search goes on with the new terms."""
        self._check_ready()
        wanted = frozenset(wanted_uuid(service) for service in services)
        running = self._scan is not None
        self._stop_scan(quiet=True)
        self._scan = Scan(self.radio, self._found, self._emit)
        self._scan.start(wanted, allow_duplicates, interval_ms)
        if not running:
            self._emit(self._state())

    async def stop_discovery(self) -> None:
        """End the search."""
        self._check_ready()
        self._stop_scan()

    async def devices(self) -> list[FoundDevice]:
        """Return every device found since open()."""
        self._check_ready()
        return list(self._found.values())

    async def connected_devices(self, services: Sequence[str] = ()) -> list[FoundDevice]:
        """Return the connected devices that have one of the services."""
        self._check_ready()
        wanted = {wanted_uuid(service) for service in services}
        found = []
        for address, link in self._links.items():
            own = {service.uuid for service in link.peripheral.services}
            if not wanted or own & wanted:
                seen = self._found.get(address)
                found.append(seen or FoundDevice(address, link.peripheral.name, self._strength(link)))
        return found

    async def connect(self, device_id: str, *, timeout_ms: int | None = None) -> None:
        """Connect, unless the device is away, taken, or lets nobody in."""
        self._check_ready()
        peripheral = self._peripheral(device_id)
        async with self._connecting.setdefault(device_id, asyncio.Lock()):
            if device_id in self._links:
                raise refusal(Code.ALREADY_CONNECTED, f"{device_id} is connected already.")
            await self._reach(peripheral, timeout_ms)
            self._check_ready()
            if peripheral.connected or peripheral.faults.refuse_connections:
                raise refusal(
                    Code.CONNECTION_FAIL,
                    f"{device_id} takes no connection"
                    + ("; another phone is connected to it." if peripheral.connected else "."),
                )
            link = Link(
                peripheral,
                lambda characteristic, value: self._on_value(device_id, characteristic, value),
                lambda: self._on_closed(device_id),
            )
            self._links[device_id] = link
            peripheral.attach(link)
            self._emit(ConnectionChanged(device_id, connected=True))

    async def disconnect(self, device_id: str) -> None:
        """End a connection."""
        self._check_ready()
        self._link(device_id).close()

    async def services(self, device_id: str) -> list[ServiceInfo]:
        """Return the services of a connected device."""
        link = self._ready_link(device_id)
        work: Callable[[], Any] = lambda: [ServiceInfo(item.uuid) for item in link.peripheral.services]  # noqa: E731
        found: list[ServiceInfo] = await link.request(self.radio.timings.services_ms, work)
        return found

    async def characteristics(self, device_id: str, service_id: str) -> list[CharacteristicInfo]:
        """Return the characteristics of a service."""
        link = self._ready_link(device_id)
        service = find_service(link.peripheral.services, wanted_uuid(service_id))
        if service is None:
            raise refusal(Code.NO_SERVICE, f"{device_id} has no service {service_id}.")
        made = [CharacteristicInfo(item.uuid, item.supports()) for item in service.characteristics]
        found: list[CharacteristicInfo] = await link.request(self.radio.timings.services_ms, lambda: made)
        return found

    async def read(self, device_id: str, service_id: str, characteristic_id: str) -> bytes:
        """Read a value, and send it as ValueChanged too."""
        link, characteristic = self._find(device_id, service_id, characteristic_id)
        need_property(characteristic, "read")
        value = await link.read(characteristic, self.radio.timings.request_ms)
        self._on_value(device_id, characteristic, value)
        return value

    async def write(
        self,
        device_id: str,
        service_id: str,
        characteristic_id: str,
        value: bytes,
        *,
        with_response: bool | None = None,
    ) -> None:
        """Write a value and wait for the handler."""
        link, characteristic = self._find(device_id, service_id, characteristic_id)
        kind = write_kind(characteristic, with_response)
        check_value(characteristic_id, value, kind, link.mtu)
        await link.write(characteristic, value, self.radio.timings.request_ms)

    async def subscribe(
        self, device_id: str, service_id: str, characteristic_id: str, *, enabled: bool = True
    ) -> None:
        """Switch notifications or indications."""
        link, characteristic = self._find(device_id, service_id, characteristic_id)
        need_property(characteristic, "notify", "indicate")
        await link.request(self.radio.timings.request_ms, lambda: link.subscribe(characteristic, enabled))

    async def set_mtu(self, device_id: str, mtu: int) -> int:
        """Exchange the MTU: the smaller wish wins."""
        link = self._ready_link(device_id)
        check_mtu(mtu)

        def work() -> int:
            largest = max(DEFAULT_MTU, min(link.peripheral.max_mtu, LARGEST_MTU))
            link.mtu = min(mtu, largest)
            return link.mtu

        agreed: int = await link.request(self.radio.timings.request_ms, work)
        return agreed

    async def mtu(self, device_id: str) -> int:
        """Return the MTU in force."""
        return self._ready_link(device_id).mtu

    async def rssi(self, device_id: str) -> int:
        """Return the strength of one packet of a connected device."""
        link = self._ready_link(device_id)
        strength: int = await link.request(self.radio.timings.request_ms, lambda: self._strength(link))
        return strength

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call listener with every event."""
        return self._listeners.add(listener)

    async def aclose(self) -> None:
        """End everything; the radio stays."""
        await self.close()
        self._listeners.clear()

    def _state(self) -> AdapterState:
        return AdapterState(available=self._powered, discovering=self._scan is not None)

    def _emit(self, event: CentralEvent) -> None:
        self._listeners.emit(event)

    def _check_ready(self) -> None:
        if not self._opened:
            raise refusal(Code.NOT_INIT, "The Bluetooth adapter is not open.", "Open it first.")
        if not self._powered:
            raise refusal(Code.NOT_AVAILABLE, "The phone's Bluetooth is off.")

    def _peripheral(self, device_id: str) -> Peripheral:
        check_device_id(device_id)
        peripheral = self.radio.peripherals.get(device_id)
        if peripheral is None:
            raise refusal(Code.NO_DEVICE, f"No device {device_id} is known.", "Search for it first.")
        return peripheral

    def _link(self, device_id: str) -> Link:
        self._peripheral(device_id)
        link = self._links.get(device_id)
        if link is None:
            raise refusal(Code.NO_CONNECTION, f"{device_id} is not connected.", "Connect to it first.")
        return link

    def _ready_link(self, device_id: str) -> Link:
        self._check_ready()
        return self._link(device_id)

    def _find(self, device_id: str, service_id: str, characteristic_id: str) -> tuple[Link, Characteristic]:
        link = self._ready_link(device_id)
        service = find_service(link.peripheral.services, wanted_uuid(service_id))
        if service is None:
            raise refusal(Code.NO_SERVICE, f"{device_id} has no service {service_id}.")
        uuid = wanted_uuid(characteristic_id)
        for characteristic in service.characteristics:
            if characteristic.uuid == uuid:
                return link, characteristic
        raise refusal(
            Code.NO_CHARACTERISTIC, f"Service {service_id} has no characteristic {characteristic_id}."
        )

    async def _reach(self, peripheral: Peripheral, timeout_ms: int | None) -> None:
        """Wait until the device answers, as long as connecting takes at least; give up after the limit."""
        clock = self.radio.clock
        start = clock.now_ms()
        limit = timeout_ms if timeout_ms is not None else self.radio.timings.connect_timeout_ms
        ready = start + self.radio.timings.connect_ms
        while True:
            now = clock.now_ms()
            if now >= ready and peripheral.in_range and peripheral.advertising.connectable:
                return
            if now >= start + limit:
                break
            await clock.sleep_until(min(start + limit, max(now + LOOK_MS, ready)))
        code = Code.TIMED_OUT if timeout_ms is not None else Code.CONNECTION_FAIL
        raise refusal(
            code, f"{peripheral.address} did not answer.", "Bring it nearer, and see that it is on."
        )

    def _on_value(self, device_id: str, characteristic: Characteristic, value: bytes) -> None:
        self._emit(ValueChanged(device_id, *characteristic.key, value))

    def _on_closed(self, device_id: str) -> None:
        self._links.pop(device_id, None)
        self._emit(ConnectionChanged(device_id, connected=False))

    def _close_links(self) -> None:
        for link in list(self._links.values()):
            link.close()

    def _stop_scan(self, *, quiet: bool = False) -> None:
        if self._scan:
            self._scan.stop()
            self._scan = None
            if not quiet:
                self._emit(self._state())

    def _strength(self, link: Link) -> int:
        return link.peripheral.signal.strength(link.peripheral.distance, self.radio.dice)
