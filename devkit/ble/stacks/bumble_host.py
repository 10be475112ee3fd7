"""A virtual peripheral on a real controller: advertised and served over the air by bumble."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from devkit.ble.peripheral.advertising import Advertising
from devkit.ble.peripheral.gatt import Att, Characteristic
from devkit.ble.peripheral.link import PeripheralLink
from devkit.ble.peripheral.peripheral import Peripheral
from devkit.ble.stacks.bumble import HANG_UP_S, USER_ENDED, WORDS, HciOpener, open_device, transport_opener
from devkit.ble.uuids import short_uuid
from devkit.errors import BleError, GattError
from devkit.language import _

if TYPE_CHECKING:
    from bumble.device import Connection, Device
    from bumble.gatt import Characteristic as NativeCharacteristic
    from bumble.gatt import Service as NativeService
    from bumble.transport.common import Transport

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
WATCH_MS = 50
PACKET_BYTES = 31
FLAGS = bytes([0x02, 0x01, 0x06])  # general discoverable, no classic Bluetooth
Shown = tuple[tuple[bytes, bytes], Advertising]
SHORT_UUIDS, LONG_UUIDS, SHORT_NAME, NAME, MANUFACTURER = 0x03, 0x07, 0x08, 0x09, 0xFF


class PeripheralHost:
    """Serves one peripheral, which must be on the air of a Radio, through one controller.

    The peripheral cannot tell: its handlers, faults and hooks work as among virtual phones. The address is
    used as a random one; a real controller wants its first hex digit to be C, D, E or F.
    """

    def __init__(self, peripheral: Peripheral, transport: str, opener: HciOpener | None = None) -> None:
        self.peripheral = peripheral
        self._transport = transport
        self._opener = opener or transport_opener(transport)
        self._opened: tuple[Device, Transport] | None = None
        self._natives: dict[tuple[str, str], NativeCharacteristic[bytes]] = {}
        self._connection: Connection | None = None
        self._link: PeripheralLink | None = None
        self._ended = asyncio.Event()
        self._shown: Shown | None = None
        self._watch: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Begin to advertise.

        Errors: 10001 without a controller; BleError when the advertising packet is too long.
        """
        advertising_packets(self.peripheral)
        name, address = self.peripheral.name or "devkit", self.peripheral.address
        device, _ = self._opened = await open_device(self._opener, self._transport, name, address)
        device.gatt_server.max_mtu = self.peripheral.max_mtu
        device.add_services(self._services())
        device.on("connection", self._connected)
        self._watch = self.peripheral.radio.spawn(self._stay_on_air(device), self.peripheral.address)

    async def aclose(self) -> None:
        """Leave the air."""
        opened, self._opened = self._opened, None
        if self._watch:
            self._watch.cancel()
            await asyncio.wait({self._watch})
            self._watch = None
        if self._link:
            self._link.close()
        if opened is None:
            return
        device, hci = opened
        with contextlib.suppress(Exception):  # the controller may be gone by now
            async with asyncio.timeout(HANG_UP_S):
                await device.stop_advertising()
                await device.power_off()
        await hci.close()

    async def __aenter__(self) -> PeripheralHost:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def _services(self) -> list[NativeService]:
        from bumble.core import UUID
        from bumble.gatt import Service

        return [
            Service(UUID(service.uuid), [self._native(item) for item in service.characteristics])
            for service in self.peripheral.services
        ]

    def _native(self, characteristic: Characteristic) -> NativeCharacteristic[bytes]:
        from bumble.core import UUID
        from bumble.gatt import Characteristic as Native
        from bumble.gatt import CharacteristicValue

        can = characteristic.properties
        properties = Native.Properties(0)
        for name, word in WORDS.items():
            if word in can:
                properties |= Native.Properties[name]
        permissions = Native.READABLE if "read" in can else Native.Permissions(0)
        if "write" in can or "writeNoResponse" in can:
            permissions |= Native.WRITEABLE

        async def read(connection: Connection) -> bytes:
            return bytes(await self._answer(connection, lambda link: link.read(characteristic)))

        async def write(connection: Connection, value: bytes) -> None:
            await self._answer(connection, lambda link: link.write(characteristic, bytes(value)))

        value = CharacteristicValue(read=read, write=write)
        native: Native[bytes] = Native(UUID(characteristic.uuid), properties, permissions, value)
        native.on("subscription", lambda bearer, notify, indicate: self._subscribed(
            characteristic, notify or indicate))  # fmt: skip
        self._natives[characteristic.key] = native
        return native

    async def _answer(
        self, connection: Connection, work: Callable[[PeripheralLink], Awaitable[Result]]
    ) -> Result:
        """Do what the central asks for, and turn a refusal into an ATT error."""
        from bumble.att import ATT_Error

        link, ended = self._link, self._ended
        if link is None or connection is not self._connection:
            raise ATT_Error(int(Att.UNLIKELY_ERROR))
        try:
            return await work(link)
        except GattError as error:
            raise ATT_Error(error.att_code) from error
        except BleError as error:
            await ended.wait()  # a request that ends the connection gets no answer
            raise ATT_Error(int(Att.UNLIKELY_ERROR)) from error

    def _connected(self, connection: Connection) -> None:
        peripheral = self.peripheral
        if peripheral.connected or peripheral.faults.refuse_connections:
            self._hang_up(connection)
            return
        self._connection, self._ended = connection, asyncio.Event()
        self._shown = None  # a connection ends advertising
        ended = self._ended
        link = PeripheralLink(
            peripheral, partial(self._deliver, connection), lambda: self._hang_up(connection)
        )
        self._link = link

        def mtu_changed() -> None:
            link.mtu = connection.att_mtu

        connection.on("connection_att_mtu_update", mtu_changed)
        connection.on("disconnection", lambda reason: self._disconnected(link, ended))
        peripheral.attach(link)

    def _disconnected(self, link: PeripheralLink, ended: asyncio.Event) -> None:
        if self._link is link:
            self._link = self._connection = None
        link.close()
        ended.set()

    def _hang_up(self, connection: Connection) -> None:
        """End a connection that the peripheral's code ended."""

        async def end() -> None:
            with contextlib.suppress(Exception):  # the central may have ended it first
                async with asyncio.timeout(HANG_UP_S):
                    await connection.disconnect(USER_ENDED)

        if connection.handle in connection.device.connections:
            self.peripheral.radio.spawn(end())

    def _subscribed(self, characteristic: Characteristic, enabled: bool) -> None:
        if self._link:
            self._link.set_notify(characteristic, enabled)

    def _deliver(
        self, connection: Connection, characteristic: Characteristic, value: bytes
    ) -> Awaitable[None]:
        native, server = self._natives[characteristic.key], connection.device.gatt_server
        wish = server.read_cccd(connection, native)
        send = server.notify_subscriber if wish[0] & 1 else server.indicate_subscriber
        return send(connection, native, value)

    async def _stay_on_air(self, device: Device) -> None:
        """Advertise whenever the peripheral would be heard, with the packet that it has at that time."""
        while self._opened:  # a cancellation that meets the answer of a command is lost in Python 3.11
            peripheral = self.peripheral
            on_air = peripheral.in_range and not peripheral.connected and self._link is None
            wanted = (advertising_packets(peripheral), peripheral.advertising) if on_air else None
            if wanted != self._shown:
                self._shown = wanted
                await self._advertise(device, wanted)
            await peripheral.sleep(WATCH_MS)

    async def _advertise(self, device: Device, wanted: Shown | None) -> None:
        from bumble.device import AdvertisingType

        if wanted is None:
            if not self.peripheral.connected:
                await device.stop_advertising()
            return
        (packet, response), advertising = wanted
        kinds = AdvertisingType
        kind = (
            kinds.UNDIRECTED_CONNECTABLE_SCANNABLE if advertising.connectable else kinds.UNDIRECTED_SCANNABLE
        )
        await device.start_advertising(
            advertising_type=kind,
            advertising_data=packet,
            scan_response_data=response,
            advertising_interval_min=float(advertising.interval_ms),
            advertising_interval_max=float(advertising.interval_ms),
        )


def advertising_packets(peripheral: Peripheral) -> tuple[bytes, bytes]:
    """Return the advertising packet and the scan response of a peripheral, 31 bytes each at most.

    Errors: BleError when it advertises more than they hold.
    """
    advertising = peripheral.advertising
    short, long = b"", b""
    for uuid in advertising.service_uuids:
        brief = short_uuid(uuid)
        if len(brief) == 4:
            short += bytes.fromhex(brief)[::-1]
        else:
            long += bytes.fromhex(uuid.replace("-", ""))[::-1]
    packet, response = FLAGS, b""
    fields = ((SHORT_UUIDS, short), (MANUFACTURER, advertising.manufacturer_data), (LONG_UUIDS, long))
    for kind, data in fields:
        field = bytes([len(data) + 1, kind]) + data if data else b""
        if len(packet) + len(field) <= PACKET_BYTES:
            packet += field
        elif len(response) + len(field) <= PACKET_BYTES:
            response += field
        else:
            raise BleError(
                _(f"{type(peripheral).__name__} advertises more than a packet and a scan response hold."),
                _(f"Each holds {PACKET_BYTES} bytes; advertise fewer services or shorter manufacturer data."),
            )
    name, room = peripheral.name.encode(), PACKET_BYTES - len(response) - 2
    if 0 < len(name) <= PACKET_BYTES - len(packet) - 2:
        packet += bytes([len(name) + 1, NAME]) + name
    elif name and room > 0:
        cut = name[:room].decode("utf-8", "ignore").encode()
        response += bytes([len(cut) + 1, NAME if cut == name else SHORT_NAME]) + cut
    return packet, response
