"""The stack bumble: a Bluetooth controller of its own, reached over HCI.

A transport is what bumble calls one: usb:0, hci-socket:0, serial:/dev/ttyACM0, tcp-client:127.0.0.1:6402, …
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from devkit.ble.central.events import FoundDevice
from devkit.ble.peripheral.gatt import att_error
from devkit.ble.refusals import Code, failure_text, refusal
from devkit.ble.stacks.stack import (
    RemoteCharacteristic,
    RemoteEvents,
    RemoteService,
    StackEvents,
)
from devkit.ble.uuids import full_uuid
from devkit.errors import BleError
from devkit.language import _

if TYPE_CHECKING:
    from bumble.device import Advertisement, Connection, Device
    from bumble.gatt import Characteristic
    from bumble.hci import Address
    from bumble.transport.common import Transport

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
HciOpener = Callable[[], Awaitable["Transport"]]
POWER_ON_S, HANG_UP_S, CANCEL_S = 10, 5, 5
USER_ENDED = 0x13  # Bluetooth Core 5.4, volume 1, part F, 1.3: remote user terminated connection
GENERIC = frozenset({full_uuid("1800"), full_uuid("1801")})  # iOS hides them from an app too
NOBODY = RemoteEvents(value=lambda characteristic, value: None, closed=lambda: None)
WORDS = {
    "READ": "read",
    "WRITE": "write",
    "WRITE_WITHOUT_RESPONSE": "writeNoResponse",
    "NOTIFY": "notify",
    "INDICATE": "indicate",
}


def transport_opener(transport: str) -> HciOpener:
    """Return what opens a transport of bumble's own names."""

    async def opener() -> Transport:
        from bumble.transport import open_transport

        return await open_transport(transport)

    return opener


async def open_device(
    opener: HciOpener, where: str, name: str, address: str = ""
) -> tuple[Device, Transport]:
    """Return a running bumble device and its transport; without an address it takes a random one.

    Errors: 10001 when the controller is not there or does not answer.
    """
    from bumble.device import Device
    from bumble.hci import Address

    own = Address(address) if address else Address.generate_static_address()
    hci = None
    try:
        hci = await opener()
        device = Device.with_hci(name, own, hci.source, hci.sink)
        async with asyncio.timeout(POWER_ON_S):
            await device.power_on()
    except Exception as error:  # each transport has errors of its own
        if hci is not None:
            await hci.close()
        logger.info("bumble:%s: %r", where, error)
        reason = (
            _("it does not answer")
            if isinstance(error, TimeoutError)
            else f"{_(str(error)) or type(error).__name__}"
        )
        raise refusal(
            Code.NOT_AVAILABLE,
            _(f"The Bluetooth controller bumble:{where} cannot be used: {reason}."),
            _(
                "See that it is plugged in, that nothing else uses it, and that the transport is written as "
                "bumble writes it, for example usb:0."
            ),
        ) from error
    return device, hci


class BumbleStack:
    """One controller."""

    simulated = False

    def __init__(self, transport: str, opener: HciOpener | None = None) -> None:
        self._transport = transport
        self._opener = opener or transport_opener(transport)
        self._events: StackEvents | None = None
        self._opened: tuple[Device, Transport] | None = None
        self._devices: dict[str, tuple[Address, FoundDevice]] = {}
        self._connecting = asyncio.Lock()
        self._wanted = False
        self._ending: asyncio.Future[None] | None = None

    async def open(self, events: StackEvents) -> None:
        """Power the controller on."""
        await self.close()
        self._events = events
        device, hci = self._opened = await open_device(self._opener, self._transport, "devkit")
        device.on("advertisement", self._heard)
        device.on("connection", self._connected)
        hci.source.terminated.add_done_callback(self._terminated)

    async def close(self) -> None:
        """Power the controller off."""
        opened, self._opened = self._opened, None
        if opened is None:
            return
        device, hci = opened
        hci.source.terminated.remove_done_callback(self._terminated)
        with contextlib.suppress(Exception):  # it may be gone by now
            async with asyncio.timeout(HANG_UP_S):
                await device.power_off()
        await hci.close()

    async def scan(self, on: bool) -> None:
        """Start or end a search."""
        device, _rest = self._running()
        if on and device.is_scanning:
            return
        work = device.start_scanning(filter_duplicates=False) if on else device.stop_scanning()
        await _guarded(work, _("The search cannot be started") if on else _("The search cannot be ended"))

    def device(self, device_id: str) -> FoundDevice | None:
        """Return the last packet of a device."""
        return self._devices[device_id][1] if device_id in self._devices else None

    async def connect(self, device_id: str, events: RemoteEvents, timeout_ms: int) -> BumbleRemote:
        """Connect; a controller makes one connection at a time."""
        device, hci = self._running()
        async with self._connecting:
            self._wanted = True
            limit_s = timeout_ms / 1000
            connecting = asyncio.ensure_future(
                device.connect_le(self._devices[device_id][0], timeout=limit_s)
            )
            ended = hci.source.terminated
            waiting: set[asyncio.Future[Connection] | asyncio.Future[None]] = {connecting, ended}
            try:
                await asyncio.wait(waiting, timeout=limit_s + CANCEL_S, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._wanted = False
                if not connecting.done():
                    await self._abandon(connecting)
        return BumbleRemote(_connection_of(connecting, device_id, timeout_ms), events)

    async def _abandon(self, connecting: asyncio.Future[Connection]) -> None:
        """Give a connection up that nobody waits for any more, so that the next one can be made."""
        from bumble.hci import HCI_LE_Create_Connection_Cancel_Command

        connecting.cancel()
        await asyncio.wait({connecting})
        if self._opened is not None and not self._opened[1].source.terminated.done():
            with contextlib.suppress(Exception):  # it may stand by now; then _connected ends it
                async with asyncio.timeout(HANG_UP_S):
                    await self._opened[0].send_sync_command(HCI_LE_Create_Connection_Cancel_Command())

    def _connected(self, connection: Connection) -> None:
        """End a connection that was given up while it was made."""
        if not self._wanted:
            self._ending = asyncio.ensure_future(BumbleRemote(connection, NOBODY).close())

    def _running(self) -> tuple[Device, Transport]:
        if self._opened is None:
            raise refusal(Code.NOT_AVAILABLE, _("The Bluetooth controller is not open."))
        return self._opened

    def _heard(self, packet: Advertisement) -> None:
        from bumble.core import AdvertisingData

        if self._events is None:
            return
        device_id = packet.address.to_string(with_type_qualifier=False)
        uuids: list[str] = []
        for kind in (
            AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
        ):
            size = 2 if "16_BIT" in AdvertisingData.Type(kind).name else 16
            for listed in packet.data.get_all(kind, raw=True):
                ends = range(size, len(listed) + 1, size)
                uuids += [_uuid_of(listed[end - size : end]) for end in ends]
        name = packet.data.get(AdvertisingData.COMPLETE_LOCAL_NAME, raw=True) or packet.data.get(
            AdvertisingData.SHORTENED_LOCAL_NAME, raw=True
        )
        data = packet.data.get(AdvertisingData.MANUFACTURER_SPECIFIC_DATA, raw=True)
        found = FoundDevice(
            device_id,
            bytes(name or b"").decode("utf-8", "replace"),
            packet.rssi,
            tuple(dict.fromkeys(uuids)),
            bytes(data or b""),
            packet.is_connectable,
        )
        self._devices[device_id] = (packet.address, found)
        self._events.heard(found)

    def _terminated(self, ended: asyncio.Future[None]) -> None:
        del ended
        if self._events:
            self._events.lost(_(f"The Bluetooth controller bumble:{self._transport} went away."))


class BumbleRemote:
    """One connection of a controller."""

    def __init__(self, connection: Connection, events: RemoteEvents) -> None:
        from bumble.device import Peer

        self._connection = connection
        self._peer = Peer(connection)
        self._events = events
        self.known: list[RemoteService] | None = None
        self._subscribers: dict[str, Callable[[bytes], None]] = {}
        connection.on("disconnection", lambda reason: events.closed())

    @property
    def mtu(self) -> int:
        """The ATT MTU in force."""
        return self._connection.att_mtu

    async def services(self) -> list[RemoteService]:
        """Look services and characteristics up."""
        if self.known is None:
            self.known = await _guarded(self._discover(), _("The services cannot be read"))
        return self.known

    async def read(self, characteristic: RemoteCharacteristic) -> bytes:
        """Read a value, in parts when it is long."""
        return bytes(await _guarded(characteristic.native.read_value(), _("The value cannot be read")))

    async def write(self, characteristic: RemoteCharacteristic, value: bytes, *, with_response: bool) -> None:
        """Write a value, in parts when it is long."""
        work = characteristic.native.write_value(value, with_response=with_response)
        await _guarded(work, _("The value cannot be written"))
        if not with_response:
            await self._connection.drain()

    async def set_notify(self, characteristic: RemoteCharacteristic, *, enabled: bool) -> None:
        """Switch notifications or indications."""
        native = characteristic.native
        subscriber = self._subscribers.setdefault(
            f"{characteristic.service_uuid} {characteristic.uuid}",
            lambda value: self._events.value(characteristic, bytes(value)),
        )
        work = native.subscribe(subscriber) if enabled else native.unsubscribe(subscriber, force=True)
        await _guarded(work, _("Notifications cannot be switched"))

    async def set_mtu(self, mtu: int) -> int:
        """Exchange the MTU; Bluetooth allows it once in a connection."""
        return await _guarded(self._peer.request_mtu(mtu), _("The MTU cannot be exchanged"))

    async def rssi(self) -> int | None:
        """Ask the controller."""
        from bumble.hci import HCI_Error

        try:
            strength: int = await self._connection.get_rssi()  # type: ignore[no-untyped-call]
        except HCI_Error:
            return None
        return strength

    async def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(Exception):  # it may have ended by itself
            async with asyncio.timeout(HANG_UP_S):
                await self._connection.disconnect(USER_ENDED)

    async def _discover(self) -> list[RemoteService]:
        found = []
        for service in await self._peer.discover_services():
            uuid = _uuid_of(service.uuid.to_bytes())
            if uuid in GENERIC:
                continue
            natives = await service.discover_characteristics()
            characteristics = tuple(
                RemoteCharacteristic(_uuid_of(item.uuid.to_bytes()), uuid, _words(item.properties), item)
                for item in natives
            )
            found.append(RemoteService(uuid, characteristics))
        return found


def _words(properties: Characteristic.Properties) -> tuple[str, ...]:
    return tuple(word for name, word in WORDS.items() if properties & type(properties)[name])


def _uuid_of(data: bytes) -> str:
    """Return the UUID of little-endian bytes: 2, 4 or 16 of them."""
    digits = bytes(reversed(data)).hex()
    if len(data) == 16:
        digits = "-".join(digits[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    return full_uuid(digits)


def _connection_of(connecting: asyncio.Future[Connection], device_id: str, timeout_ms: int) -> Connection:
    """Return the connection, or say in WeChat's words why there is none."""
    from bumble.core import TimeoutError as BumbleTimeout

    error = None if connecting.cancelled() else connecting.exception()
    if not connecting.cancelled() and error is None:
        return connecting.result()
    if connecting.cancelled() or isinstance(error, TimeoutError | BumbleTimeout):
        raise refusal(
            Code.TIMED_OUT,
            _(f"{device_id} did not answer within {timeout_ms} ms."),
            _("Bring it nearer, and see that it is on and not connected to something else."),
        ) from error
    raise refusal(Code.CONNECTION_FAIL, _(f"{device_id} cannot be connected: {error}.")) from error


async def _guarded(work: Awaitable[Result], failure: str) -> Result:
    """Await bumble, and turn its errors into WeChat's.

    Errors: GattError for an answer of the device, 10012, 10008.
    """
    from bumble.att import ATT_Error
    from bumble.core import TimeoutError as BumbleTimeout

    try:
        return await work
    except ATT_Error as error:
        raise att_error(error.error_code, _(f"{failure}: the device answers {error.error_name}.")) from error
    except (TimeoutError, BumbleTimeout) as error:
        raise refusal(Code.TIMED_OUT, _(f"{failure}: the device does not answer.")) from error
    except BleError:
        raise
    except Exception as error:  # whatever the stack says is WeChat's "system error"
        raise refusal(Code.SYSTEM_ERROR, failure_text(failure, error)) from error
