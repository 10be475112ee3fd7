"""A phone with a real radio: WeChat's rules over a Bluetooth stack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from devkit.ble.backends.checks import (
    check_device_id,
    check_mtu,
    check_value,
    need_property,
    wanted_uuid,
    write_kind,
)
from devkit.ble.backends.connection import Connection
from devkit.ble.backends.listeners import Listeners
from devkit.ble.backends.search import Search
from devkit.ble.backends.stack import RemoteCharacteristic, Stack, StackEvents
from devkit.ble.base import (
    AdapterState,
    CharacteristicInfo,
    ConnectionChanged,
    FoundDevice,
    Listener,
    ServiceInfo,
)
from devkit.ble.gatt import wx_properties
from devkit.ble.radio import Radio
from devkit.ble.refusals import Code, refusal
from devkit.errors import BleError

Result = TypeVar("Result")
CONNECT_MS, FIND_MS = 10_000, 5000


class HardwareCentral:
    """A BleCentral whose devices are real.

    radio: whose frame log gets what this central reads, writes and hears. connect_ms: when a connection is
    given up if the caller sets no limit. find_ms: how long a device that no search has found is looked for
    before it counts as unknown.
    """

    def __init__(
        self,
        stack: Stack,
        radio: Radio | None = None,
        *,
        connect_ms: int = CONNECT_MS,
        find_ms: int = FIND_MS,
    ) -> None:
        self._stack = stack
        self._radio = radio
        self._connect_ms, self._find_ms = connect_ms, find_ms
        self._listeners = Listeners()
        self._search = Search(self._listeners.emit)
        self._connections: dict[str, Connection] = {}
        self._connecting: dict[str, asyncio.Lock] = {}
        self._awaited: dict[str, asyncio.Event] = {}
        self._known: dict[str, FoundDevice] = {}
        self._opening = asyncio.Lock()
        self._watched = self._open = False
        self._trouble = ""

    async def open(self) -> None:
        """Take the adapter to use."""
        async with self._opening:
            if self._open and not self._trouble:
                return
            again = self._watched
            self._watched = True
            try:
                await self._stack.open(StackEvents(self._heard, self._lost))
            except BleError as error:
                self._trouble = error.message
                raise
            self._open, self._trouble = True, ""
            if again:
                self._listeners.emit(self._state())

    async def close(self) -> None:
        """End searches and connections, forget found devices, and give the adapter back."""
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
        if not self._watched:
            raise refusal(Code.NOT_INIT, "The Bluetooth adapter is not open.", "Open it first.")
        return self._state()

    async def start_discovery(
        self, services: Sequence[str] = (), *, allow_duplicates: bool = False, interval_ms: int = 0
    ) -> None:
        """Search; a running search goes on with the new terms."""
        self._check_ready()
        wanted = frozenset(wanted_uuid(service) for service in services)
        running = self._search.running
        self._search.start(wanted, allow_duplicates, interval_ms)
        if not running:
            try:
                await self._noticed(self._stack.scan(True))
            except BleError:
                self._search.stop()
                raise
            self._listeners.emit(self._state())

    async def stop_discovery(self) -> None:
        """End the search."""
        self._check_ready()
        await self._end_search()

    async def devices(self) -> list[FoundDevice]:
        """Return every device found since open()."""
        self._check_ready()
        return list(self._search.found.values())

    async def connected_devices(self, services: Sequence[str] = ()) -> list[FoundDevice]:
        """Return the connected devices that have one of the services."""
        self._check_ready()
        wanted = {wanted_uuid(service) for service in services}
        found = []
        for device_id, connection in list(self._connections.items()):
            own = {item.uuid for item in await connection.services()} if wanted else set()
            if not wanted or own & wanted:
                found.append(self._known[device_id])
        return found

    async def connect(self, device_id: str, *, timeout_ms: int | None = None) -> None:
        """Connect to a device; one that no search has found is looked for first."""
        self._check_ready()
        check_device_id(device_id)
        async with self._connecting.setdefault(device_id, asyncio.Lock()):
            if device_id in self._connections:
                raise refusal(Code.ALREADY_CONNECTED, f"{device_id} is connected already.")
            await self._find(device_id)
            connection = Connection(
                device_id,
                self._listeners.emit,
                lambda characteristic, value: self._log(device_id, "notify", characteristic, value),
                lambda: self._closed(device_id, connection),
            )
            limit = self._connect_ms if timeout_ms is None else timeout_ms
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
                raise refusal(Code.CONNECTION_FAIL, f"{device_id} ended the connection at once.")
            self._connections[device_id] = connection
            self._listeners.emit(ConnectionChanged(device_id, connected=True))

    async def disconnect(self, device_id: str) -> None:
        """End a connection."""
        await self._hang_up(self._connection(device_id))

    async def services(self, device_id: str) -> list[ServiceInfo]:
        """Return the services of a connected device."""
        return [ServiceInfo(item.uuid) for item in await self._connection(device_id).services()]

    async def characteristics(self, device_id: str, service_id: str) -> list[CharacteristicInfo]:
        """Return the characteristics of a service."""
        found = await self._characteristics(self._connection(device_id), service_id)
        return [CharacteristicInfo(item.uuid, wx_properties(item.properties)) for item in found]

    async def read(self, device_id: str, service_id: str, characteristic_id: str) -> bytes:
        """Read a value, and send it as ValueChanged too."""
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
        """Write a value."""
        connection, characteristic = await self._place(device_id, service_id, characteristic_id)
        kind = write_kind(characteristic, with_response)
        check_value(characteristic_id, value, kind, connection.remote.mtu if connection.remote else 0)
        self._log(device_id, "write", characteristic, value)
        await connection.request(
            lambda remote: remote.write(characteristic, value, with_response=kind == "write")
        )

    async def subscribe(
        self, device_id: str, service_id: str, characteristic_id: str, *, enabled: bool = True
    ) -> None:
        """Switch notifications or indications."""
        connection, characteristic = await self._place(device_id, service_id, characteristic_id)
        need_property(characteristic, "notify", "indicate")
        await connection.request(lambda remote: remote.subscribe(characteristic, enabled=enabled))

    async def set_mtu(self, device_id: str, mtu: int) -> int:
        """Ask for an MTU; where the operating system decides it, return what it chose."""
        connection = self._connection(device_id)
        check_mtu(mtu)
        return await connection.request(lambda remote: remote.set_mtu(mtu))

    async def mtu(self, device_id: str) -> int:
        """Return the MTU in force."""
        remote = self._connection(device_id).remote
        return remote.mtu if remote else 0

    async def rssi(self, device_id: str) -> int:
        """Return the strength of the connection, or of the last packet where the stack cannot tell."""
        strength = await self._connection(device_id).request(lambda remote: remote.rssi())
        return self._known[device_id].rssi if strength is None else strength

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call listener with every event."""
        return self._listeners.add(listener)

    async def aclose(self) -> None:
        """Give everything back."""
        await self.close()
        self._listeners.clear()

    def _state(self) -> AdapterState:
        return AdapterState(available=self._open and not self._trouble, discovering=self._search.running)

    def _check_ready(self) -> None:
        if not self._watched:
            raise refusal(Code.NOT_INIT, "The Bluetooth adapter is not open.", "Open it first.")
        if self._trouble:
            raise refusal(Code.NOT_AVAILABLE, self._trouble)
        if not self._open:
            raise refusal(Code.NOT_INIT, "The Bluetooth adapter is still opening.", "Wait for it.")

    def _connection(self, device_id: str) -> Connection:
        self._check_ready()
        check_device_id(device_id)
        connection = self._connections.get(device_id)
        if connection is None:
            raise refusal(
                Code.NO_CONNECTION if device_id in self._known else Code.NO_DEVICE,
                f"{device_id} is not connected.",
                "Connect to it first.",
            )
        return connection

    async def _characteristics(
        self, connection: Connection, service_id: str
    ) -> tuple[RemoteCharacteristic, ...]:
        uuid = wanted_uuid(service_id)
        for service in await connection.services():
            if service.uuid == uuid:
                return service.characteristics
        raise refusal(Code.NO_SERVICE, f"{connection.device_id} has no service {service_id}.")

    async def _place(
        self, device_id: str, service_id: str, characteristic_id: str
    ) -> tuple[Connection, RemoteCharacteristic]:
        connection = self._connection(device_id)
        uuid = wanted_uuid(characteristic_id)
        for characteristic in await self._characteristics(connection, service_id):
            if characteristic.uuid == uuid:
                return connection, characteristic
        raise refusal(
            Code.NO_CHARACTERISTIC, f"Service {service_id} has no characteristic {characteristic_id}."
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
        """See that a device has been heard once, by searching for it for a while if need be."""
        if device_id in self._known:
            return
        event = self._awaited.setdefault(device_id, asyncio.Event())
        if not self._search.running:
            await self._noticed(self._stack.scan(True))
        try:
            async with asyncio.timeout(self._find_ms / 1000):
                await event.wait()
        except TimeoutError:
            self._check_ready()
            raise refusal(
                Code.NO_DEVICE, f"No device {device_id} was found.", "Bring it nearer, and see that it is on."
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
            self._listeners.emit(self._state())

    def _heard(self, device: FoundDevice) -> None:
        self._known[device.device_id] = device
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
        self._listeners.emit(self._state())

    def _closed(self, device_id: str, connection: Connection) -> None:
        if self._connections.get(device_id) is connection:
            del self._connections[device_id]

    def _log(self, device_id: str, kind: str, characteristic: RemoteCharacteristic, value: bytes) -> None:
        if self._radio:
            self._radio.record(device_id, kind, characteristic.service_uuid, characteristic.uuid, value)
