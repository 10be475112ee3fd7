"""The stack air: the virtual peripherals of a radio, by its clock and with its timings and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from devkit.ble.central.events import FoundDevice
from devkit.ble.peripheral.gatt import DEFAULT_MTU, LARGEST_MTU, Characteristic
from devkit.ble.peripheral.link import PeripheralLink
from devkit.ble.peripheral.peripheral import Peripheral
from devkit.ble.peripheral.radio import Radio
from devkit.ble.refusals import Code, refusal
from devkit.ble.stacks.stack import RemoteCharacteristic, RemoteEvents, RemoteService, StackEvents
from devkit.language import _

LOOK_MS = 100
PHASE_MS = 7


class AirStack:
    """One phone's way to the peripherals of a Radio.

    powered: Bluetooth is on. supported: the phone has Bluetooth Low Energy at all.
    """

    simulated = True

    def __init__(self, radio: Radio, *, powered: bool = True, supported: bool = True) -> None:
        self._radio = radio
        self._powered = powered and supported
        self._supported = supported
        self._events: StackEvents | None = None
        self._searching: asyncio.Future[None] | None = None
        self._links: list[PeripheralLink] = []

    def set_power(self, on: bool) -> None:
        """Switch the phone's Bluetooth; off ends the search and every connection."""
        if on == self._powered or not self._supported:
            return
        self._powered = on
        if self._events and on:
            self._events.back()
        elif self._events:
            self._events.lost(_("The phone's Bluetooth is off."))
            self._end()

    async def open(self, events: StackEvents) -> None:
        """See that Bluetooth is there and on."""
        self._events = events
        if not self._supported:
            raise refusal(Code.SYSTEM_NOT_SUPPORTED, _("The phone has no Bluetooth Low Energy."))
        if not self._powered:
            raise refusal(
                Code.NOT_AVAILABLE,
                _("The phone's Bluetooth is off."),
                _("Switch it on with set_power(True)."),
            )

    async def close(self) -> None:
        """End the search; the radio stays."""
        self._events = None
        self._end()

    async def scan(self, on: bool) -> None:
        """Start or end a search; each start hears the first device at once."""
        if self._searching:
            self._searching.cancel()
        self._searching = None
        if on and self._events:
            self._searching = self._radio.spawn(self._search(self._events.heard))

    def device(self, device_id: str) -> FoundDevice | None:
        """Return a peripheral on the air as its packets show it on average."""
        peripheral = self._radio.peripherals.get(device_id)
        return _packet(peripheral, peripheral.signal.mean(peripheral.distance)) if peripheral else None

    async def connect(self, device_id: str, events: RemoteEvents, timeout_ms: int) -> AirRemote:
        """Connect, unless the device is away, taken, or lets nobody in."""
        peripheral = self._radio.peripherals[device_id]
        await self._reach(peripheral, timeout_ms)
        if self._events is None or not self._powered:
            raise refusal(Code.NOT_AVAILABLE, _("The phone's Bluetooth is off."))
        if peripheral.connected or peripheral.faults.refuse_connections:
            raise refusal(
                Code.CONNECTION_FAIL,
                _(f"{device_id} takes no connection")
                + (_("; another phone is connected to it.") if peripheral.connected else "."),
            )
        remote = AirRemote(self._radio, peripheral, events)
        self._links = [link for link in self._links if link.alive] + [remote.link]
        peripheral.attach(remote.link)
        return remote

    async def _reach(self, peripheral: Peripheral, limit: int) -> None:
        """Wait until the device answers, as long as connecting takes at least; give up after the limit."""
        clock = self._radio.clock
        start = clock.now_ms()
        ready = start + self._radio.timings.connect_ms
        while True:
            now = clock.now_ms()
            if now >= ready and peripheral.in_range and peripheral.advertising.connectable:
                return
            if now >= start + limit:
                break
            await clock.sleep_until(min(start + limit, max(now + LOOK_MS, ready)))
        raise refusal(
            Code.TIMED_OUT,
            _(f"{peripheral.address} did not answer."),
            _("Bring it nearer, and see that it is on."),
        )

    async def _search(self, heard: Callable[[FoundDevice], None]) -> None:
        """Hear packets: the first peripheral at once and each further one 7 ms later.

        So the packets of many do not fall together; then each follows its own interval.
        """
        clock = self._radio.clock
        start, due = clock.now_ms(), dict[str, int]()
        while True:
            now = clock.now_ms()
            for peripheral in self._on_air(due, start, now):
                strength = peripheral.signal.strength(peripheral.distance, self._radio.dice)
                heard(_packet(peripheral, strength))
            await clock.sleep_until(min([now + LOOK_MS, *due.values()]))

    def _on_air(self, next_due: dict[str, int], start: int, now: int) -> Iterator[Peripheral]:
        """Yield who sends a packet now, and note when each peripheral sends again."""
        peripherals = self._radio.peripherals
        for gone in next_due.keys() - peripherals.keys():
            del next_due[gone]
        for place, (address, peripheral) in enumerate(list(peripherals.items())):
            due = next_due.get(address)
            if due is not None and due > now:
                continue
            interval = peripheral.advertising.interval_ms
            if due is None:
                due = max(now, start + peripheral.faults.discovery_delay_ms) + (place * PHASE_MS) % interval
            next_due[address] = due + interval * ((now - due) // interval + 1 if due <= now else 0)
            if due <= now and not peripheral.connected and peripheral.in_range:
                yield peripheral

    def _end(self) -> None:
        if self._searching:
            self._searching.cancel()
            self._searching = None
        for link in self._links:
            link.close()


class AirRemote:
    """One connection to a virtual peripheral."""

    def __init__(self, radio: Radio, peripheral: Peripheral, events: RemoteEvents) -> None:
        self._radio = radio
        self._peripheral = peripheral
        self.known = [
            RemoteService(
                service.uuid,
                tuple(
                    RemoteCharacteristic(item.uuid, service.uuid, item.properties, item)
                    for item in service.characteristics
                ),
            )
            for service in peripheral.services
        ]
        remote = {item.native: item for service in self.known for item in service.characteristics}

        def deliver(characteristic: Characteristic, value: bytes) -> None:
            events.value(remote[characteristic], value)

        self.link = PeripheralLink(peripheral, deliver, events.closed)

    @property
    def mtu(self) -> int:
        """The ATT MTU in force."""
        return self.link.mtu

    async def services(self) -> list[RemoteService]:
        """Return what the peripheral declares, after the time that a look-up takes."""
        return await self.link.request(self._radio.timings.services_ms, lambda: self.known)

    async def read(self, characteristic: RemoteCharacteristic) -> bytes:
        """Read a value."""
        return await self.link.read(characteristic.native, self._radio.timings.request_ms)

    async def write(self, characteristic: RemoteCharacteristic, value: bytes, *, with_response: bool) -> None:
        """Write a value and wait for the handler."""
        del with_response
        await self.link.write(characteristic.native, value, self._radio.timings.request_ms)

    async def set_notify(self, characteristic: RemoteCharacteristic, *, enabled: bool) -> None:
        """Switch notifications or indications."""
        await self.link.request(
            self._radio.timings.request_ms, lambda: self.link.set_notify(characteristic.native, enabled)
        )

    async def set_mtu(self, mtu: int) -> int:
        """Ask for an MTU; the peripheral has its own limit."""

        def work() -> int:
            self.link.mtu = min(mtu, max(DEFAULT_MTU, min(self._peripheral.max_mtu, LARGEST_MTU)))
            return self.link.mtu

        return await self.link.request(self._radio.timings.request_ms, work)

    async def rssi(self) -> int:
        """Return the strength of one packet."""
        signal, dice = self._peripheral.signal, self._radio.dice
        return await self.link.request(
            self._radio.timings.request_ms, lambda: signal.strength(self._peripheral.distance, dice)
        )

    async def close(self) -> None:
        """End the connection."""
        self.link.close()


def _packet(peripheral: Peripheral, strength: int) -> FoundDevice:
    packet = peripheral.advertising
    return FoundDevice(
        peripheral.address,
        peripheral.name,
        strength,
        tuple(packet.service_uuids),
        packet.manufacturer_data,
        packet.connectable,
    )
