"""A phone's Bluetooth: WeChat's rules over a stack, whatever the devices are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from devkit.ble.central.checks import (
    check_device_id,
    check_mtu,
    check_value,
    need_property,
    service_of,
    wanted_uuid,
    write_kind,
)
from devkit.ble.central.connection import Connection
from devkit.ble.central.events import (
    AdapterState,
    CharacteristicInfo,
    ConnectionChanged,
    FoundDevice,
    ServiceInfo,
    Subscriber,
)
from devkit.ble.central.search import Search
from devkit.ble.central.subscribers import Subscribers
from devkit.ble.peripheral.gatt import wx_properties
from devkit.ble.peripheral.radio import Radio
from devkit.ble.refusals import Code, refusal
from devkit.ble.stacks.stack import RemoteCharacteristic, Stack, StackEvents
from devkit.errors import BleError
from devkit.language import _

Result = TypeVar("Result")
FIND_MS = 5000


class BleCentral:
    """One phone's Bluetooth. Every method may raise BleError with WeChat's code.

    Errors that any may raise: 10000 before open(), 10001 while Bluetooth is off, 10013 for ids of a wrong
    form; those that talk to a device: 10002 unknown device, 10006 not connected.
    radio: its clock and the limit of its timings count, and its frame log gets what a real stack reads,
    writes and hears. connect_ms: another limit for connections. find_ms: how long a device that no search has
    found is looked for before it counts as unknown.
    """

    def __init__(
        self, stack: Stack, radio: Radio, *, connect_ms: int | None = None, find_ms: int = FIND_MS
    ) -> None:
        self._stack = stack
        self._radio = radio
        self._connect_ms, self._find_ms = connect_ms, find_ms
        self._subscribers = Subscribers()
        self._emit = self._subscribers.emit
        self._search = Search(self._emit, radio.clock, whole=stack.simulated)
        self._connections: dict[str, Connection] = {}
        self._connecting: dict[str, asyncio.Lock] = {}
        self._awaited: dict[str, asyncio.Event] = {}
        self._opening = asyncio.Lock()
        self._watched = self._open = False
        self._trouble = ""

    async def open(self) -> None:
        """Switch the adapter to use: openBluetoothAdapter. Its state is told from now on, even if it is off.

        Errors: 10001, 10009.
        """
        async with self._opening:
            if self._open and not self._trouble:
                return
            again = self._watched
            self._watched = True
            try:
                await self._stack.open(StackEvents(self._heard, self._lost, self._back))
            except BleError as error:
                self._trouble = error.message
                raise
            self._open, self._trouble = True, ""
            if again:
                self._emit(self._state())

    async def close(self) -> None:
        """End searches and connections, and forget found devices: closeBluetoothAdapter."""
        async with self._opening:
            was_open = self._open and not self._trouble
            if was_open:
                await self._end_search()
                for connection in list(self._connections.values()):
                    await self._hang_up(connection)
            self._search.found.clear()
            self._open = self._watched = False
            self._trouble = ""
            if was_open:
                await self._stack.close()

    async def state(self) -> AdapterState:
        """Return the adapter's state."""
        self._check_watched()
        return self._state()

    async def start_discovery(
        self, services: Sequence[str] = (), *, allow_duplicates: bool = False, interval_ms: int = 0
    ) -> None:
        """Search for devices that advertise one of the services, or any; a search goes on with new terms.

        interval_ms: how often found devices are reported; 0 reports each packet at once.
        """
        self._check_ready()
        wanted = frozenset(wanted_uuid(service) for service in services)
        running = self._search.running
        self._search.start(wanted, allow_duplicates, interval_ms)
        try:
            await self._noticed(self._stack.scan(True))
        except BleError:
            self._search.stop()
            raise
        if not running:
            self._emit(self._state())

    async def stop_discovery(self) -> None:
        """End the search."""
        self._check_ready()
        await self._end_search()

    async def devices(self) -> list[FoundDevice]:
        """Return every device found since open(), with its newest packet."""
        self._check_ready()
        return list(self._search.found.values())

    async def connected_devices(self, services: Sequence[str] = ()) -> list[FoundDevice]:
        """Return the connected devices that have one of the services."""
        self._check_ready()
        wanted = {wanted_uuid(service) for service in services}
        found = []
        for device_id, connection in list(self._connections.items()):
            own = {item.uuid for item in await connection.services()} if wanted else set()
            device = self._search.found.get(device_id) or self._stack.device(device_id)
            if device and (not wanted or own & wanted):
                found.append(device)
        return found

    async def connect(self, device_id: str, *, timeout_ms: int | None = None) -> None:
        """Connect; ConnectionChanged is sent before this returns. A real device is looked for if need be.

        Errors: 10002, 10003, 10010 when it is connected already, 10012 after timeout_ms.
        """
        self._check_ready()
        check_device_id(device_id)
        async with self._connecting.setdefault(device_id, asyncio.Lock()):
            if device_id in self._connections:
                raise refusal(Code.ALREADY_CONNECTED, _(f"{device_id} is connected already."))
            await self._find(device_id)
            connection = Connection(
                device_id,
                self._emit,
                lambda characteristic, value: self._log(device_id, "notify", characteristic, value),
                lambda: self._closed(device_id, connection),
                ends_requests=self._stack.simulated,
            )
            limit = self._connect_ms or self._radio.timings.connect_timeout_ms
            limit = limit if timeout_ms is None else timeout_ms
            try:
                connection.remote = await self._noticed(
                    self._stack.connect(device_id, connection.events, limit)
                )
            except BleError as error:
                self._check_ready()
                if timeout_ms is None and error.err_code == Code.TIMED_OUT:
                    raise refusal(Code.CONNECTION_FAIL, error.message, error.hint) from error
                raise
            if not connection.alive:
                raise refusal(Code.CONNECTION_FAIL, _(f"{device_id} ended the connection at once."))
            self._connections[device_id] = connection
            self._emit(ConnectionChanged(device_id, connected=True))

    async def disconnect(self, device_id: str) -> None:
        """End a connection."""
        await self._hang_up(self._connection(device_id))

    async def services(self, device_id: str) -> list[ServiceInfo]:
        """Return the services of a connected device."""
        found = await self._connection(device_id).request(lambda remote: remote.services())
        return [ServiceInfo(item.uuid) for item in found]

    async def characteristics(self, device_id: str, service_id: str) -> list[CharacteristicInfo]:
        """Return the characteristics of a service.

        Errors: 10004.
        """
        connection = self._connection(device_id)
        service = service_of(await connection.services(), device_id, service_id)
        await connection.request(lambda remote: remote.services())
        return [
            CharacteristicInfo(item.uuid, wx_properties(item.properties)) for item in service.characteristics
        ]

    async def read(self, device_id: str, service_id: str, characteristic_id: str) -> bytes:
        """Read a value; it is also sent as ValueChanged, where WeChat delivers it.

        Errors: 10004, 10005, 10007, GattError.
        """
        connection, characteristic = await self._place(device_id, service_id, characteristic_id)
        need_property(characteristic, "read")
        value = await connection.request(lambda remote: remote.read(characteristic))
        self._log(device_id, "read", characteristic, value)
        connection.tell(characteristic, value)
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
        """Write a value; None takes the kind that the characteristic supports, with response first.

        Errors: 10004, 10005, 10007, 10008 when it does not fit, GattError.
        """
        connection, characteristic = await self._place(device_id, service_id, characteristic_id)
        kind = write_kind(characteristic, with_response)
        check_value(characteristic_id, value, kind, connection.mtu)
        self._log(device_id, "write", characteristic, value)
        await connection.request(
            lambda remote: remote.write(characteristic, value, with_response=kind == "write")
        )

    async def set_notify(
        self, device_id: str, service_id: str, characteristic_id: str, *, enabled: bool = True
    ) -> None:
        """Switch notifications or indications.

        Errors: 10004, 10005, 10007.
        """
        connection, characteristic = await self._place(device_id, service_id, characteristic_id)
        need_property(characteristic, "notify", "indicate")
        await connection.request(lambda remote: remote.set_notify(characteristic, enabled=enabled))

    async def set_mtu(self, device_id: str, mtu: int) -> int:
        """Ask for an MTU of 23 to 512 bytes and return the one that is in force.

        Errors: 10013.
        """
        connection = self._connection(device_id)
        check_mtu(mtu)
        return await connection.request(lambda remote: remote.set_mtu(mtu))

    async def mtu(self, device_id: str) -> int:
        """Return the MTU in force."""
        return self._connection(device_id).mtu

    async def rssi(self, device_id: str) -> int:
        """Return the strength of a connection in dBm, or of the last packet where the stack cannot tell."""
        strength = await self._connection(device_id).request(lambda remote: remote.rssi())
        device = self._stack.device(device_id)
        return device.rssi if strength is None and device else strength or 0

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call subscriber with every event, in order; return a function that ends it."""
        return self._subscribers.add(subscriber)

    async def aclose(self) -> None:
        """Give everything back."""
        await self.close()
        self._subscribers.clear()

    def _state(self) -> AdapterState:
        return AdapterState(available=self._open and not self._trouble, discovering=self._search.running)

    def _check_watched(self) -> None:
        if not self._watched:
            raise refusal(Code.NOT_INIT, _("The Bluetooth adapter is not open."), _("Open it first."))

    def _check_ready(self) -> None:
        self._check_watched()
        if self._trouble:
            raise refusal(Code.NOT_AVAILABLE, self._trouble)
        if not self._open:
            raise refusal(Code.NOT_INIT, _("The Bluetooth adapter is still opening."), _("Wait for it."))

    def _connection(self, device_id: str) -> Connection:
        self._check_ready()
        check_device_id(device_id)
        connection = self._connections.get(device_id)
        if connection is None:
            known = self._stack.device(device_id)
            raise refusal(
                Code.NO_CONNECTION if known else Code.NO_DEVICE,
                _(f"{device_id} is not connected."),
                _("Connect to it first."),
            )
        return connection

    async def _place(
        self, device_id: str, service_id: str, characteristic_id: str
    ) -> tuple[Connection, RemoteCharacteristic]:
        connection = self._connection(device_id)
        service = service_of(await connection.services(), device_id, service_id)
        uuid = wanted_uuid(characteristic_id)
        for characteristic in service.characteristics:
            if characteristic.uuid == uuid:
                return connection, characteristic
        raise refusal(
            Code.NO_CHARACTERISTIC, _(f"Service {service_id} has no characteristic {characteristic_id}.")
        )

    async def _noticed(self, work: Awaitable[Result]) -> Result:
        """Await the stack, and notice when it finds the adapter gone: some systems tell no sooner."""
        try:
            return await work
        except BleError as error:
            if error.err_code == Code.NOT_AVAILABLE:
                self._lost(error.message)
            raise

    async def _find(self, device_id: str) -> None:
        """See that the stack knows a device, by searching for it for a while if need be."""
        if self._stack.device(device_id):
            return
        if self._stack.simulated:
            raise refusal(Code.NO_DEVICE, _(f"No device {device_id} is known."), _("Search for it first."))
        event = self._awaited.setdefault(device_id, asyncio.Event())
        await self._noticed(self._stack.scan(True))
        try:
            async with asyncio.timeout(self._find_ms / 1000):
                await event.wait()
        except TimeoutError:
            self._check_ready()
            raise refusal(
                Code.NO_DEVICE,
                _(f"No device {device_id} was found."),
                _("Bring it nearer, and see that it is on."),
            ) from None
        finally:
            self._awaited.pop(device_id, None)
            if not self._search.running and not self._awaited and not self._trouble:
                await self._stack.scan(False)

    async def _hang_up(self, connection: Connection) -> None:
        if connection.remote:
            await connection.remote.close()
        connection.close()

    async def _end_search(self) -> None:
        if self._search.running:
            self._search.stop()
            await self._stack.scan(False)
            self._emit(self._state())

    def _heard(self, device: FoundDevice) -> None:
        if self._search.running:
            self._search.heard(device)
        event = self._awaited.get(device.device_id)
        if event:
            event.set()

    def _lost(self, reason: str) -> None:
        """The adapter went away: end everything, and say so."""
        if not self._open or self._trouble:
            return
        self._trouble = reason
        self._search.stop()
        for connection in list(self._connections.values()):
            connection.close()
        self._emit(self._state())

    def _back(self) -> None:
        """The adapter can be used again, whether open() found it or not."""
        if self._watched:
            self._open, self._trouble = True, ""
            self._emit(self._state())

    def _closed(self, device_id: str, connection: Connection) -> None:
        if self._connections.get(device_id) is connection:
            del self._connections[device_id]

    def _log(self, device_id: str, kind: str, characteristic: RemoteCharacteristic, value: bytes) -> None:
        if not self._stack.simulated:
            self._radio.record(device_id, kind, characteristic.service_uuid, characteristic.uuid, value)
