"""The stack bleak: this computer's own Bluetooth, on Linux, macOS and Windows.

The operating system decides the MTU, and on macOS it gives devices ids of its own in place of addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from devkit.ble.central.events import FoundDevice
from devkit.ble.peripheral.gatt import DEFAULT_MTU, att_error
from devkit.ble.refusals import Code, failure_text, refusal
from devkit.ble.stacks.stack import RemoteCharacteristic, RemoteEvents, RemoteService, StackEvents
from devkit.ble.uuids import full_uuid
from devkit.errors import BleError
from devkit.language import _, marked

if TYPE_CHECKING:
    from bleak import BleakClient, BleakScanner
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

Result = TypeVar("Result")
HANG_UP_S = 5
HEADER_BYTES = 3
GENERIC = frozenset({full_uuid("1800"), full_uuid("1801")})  # as bumble does, and iOS
WORDS = {
    "read": "read",
    "write": "write",
    "write-without-response": "writeNoResponse",
    "notify": "notify",
    "indicate": "indicate",
}
ATT_ERROR = re.compile(r"ATT error: 0x([0-9a-fA-F]{2})")
OFF = marked("See that this computer has Bluetooth, that it is on, and that this terminal may use it.")


class BleakStack:
    """The computer's adapter; options go to BleakScanner and BleakClient as they are."""

    simulated = False

    def __init__(
        self,
        adapter: str = "",
        *,
        scanner_options: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
    ) -> None:
        bluez = {"bluez": {"adapter": adapter}} if adapter else {}
        self._scanner_options = {**bluez, **(scanner_options or {})}
        self._client_options = {**bluez, **(client_options or {})}
        self._events: StackEvents | None = None
        self._scanner: BleakScanner | None = None
        self._devices: dict[str, tuple[BLEDevice, FoundDevice]] = {}
        self._scanning = asyncio.Lock()

    async def open(self, events: StackEvents) -> None:
        """See that the adapter is there and on: a search can begin."""
        self._events = events
        try:
            await self.scan(True)
            await self.scan(False)
        except BleError as error:
            lacks = error.err_code == Code.SYSTEM_NOT_SUPPORTED
            raise error if lacks else refusal(Code.NOT_AVAILABLE, error.message, OFF) from error

    async def close(self) -> None:
        """End a search; the adapter belongs to the system."""
        with contextlib.suppress(BleError):
            await self.scan(False)

    async def scan(self, on: bool) -> None:
        """Start or end a search."""
        from bleak import BleakScanner

        async with self._scanning:
            if on and self._scanner:
                return
            scanner, self._scanner = self._scanner, None
            if scanner:
                await _guarded(scanner.stop(), _("The search cannot be ended"))
            if on:
                scanner = BleakScanner(self._heard, **self._scanner_options)
                await _guarded(scanner.start(), _("The search cannot be started"))
                self._scanner = scanner

    def device(self, device_id: str) -> FoundDevice | None:
        """Return the last packet of a device."""
        return self._devices[device_id][1] if device_id in self._devices else None

    async def connect(self, device_id: str, events: RemoteEvents, timeout_ms: int) -> BleakRemote:
        """Connect; the system looks the services up at once."""
        from bleak import BleakClient

        client = BleakClient(
            self._devices[device_id][0],
            lambda client: events.closed(),
            timeout=timeout_ms / 1000,
            **self._client_options,
        )
        failure = _(f"{device_id} cannot be connected")
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                await _guarded(client.connect(), failure)
        except TimeoutError as error:
            raise refusal(
                Code.TIMED_OUT,
                _(f"{device_id} did not answer within {timeout_ms} ms."),
                _("Bring it nearer."),
            ) from error
        except BleError as error:
            if error.err_code == Code.SYSTEM_ERROR:
                raise refusal(Code.CONNECTION_FAIL, error.message, error.hint) from error
            raise
        return BleakRemote(client, events)

    def _heard(self, device: BLEDevice, packet: AdvertisementData) -> None:
        if self._events is None:
            return
        device_id = device.address.upper()
        data = b"".join(
            company.to_bytes(2, "little") + bytes(rest) for company, rest in packet.manufacturer_data.items()
        )
        found = FoundDevice(
            device_id,
            packet.local_name or device.name or "",
            packet.rssi,
            tuple(full_uuid(uuid) for uuid in packet.service_uuids),
            data,
        )
        self._devices[device_id] = (device, found)
        self._events.heard(found)


class BleakRemote:
    """One connection of the computer."""

    def __init__(self, client: BleakClient, events: RemoteEvents) -> None:
        self._client = client
        self._events = events
        self.known = [
            RemoteService(
                full_uuid(service.uuid),
                tuple(
                    RemoteCharacteristic(
                        full_uuid(item.uuid),
                        full_uuid(service.uuid),
                        tuple(word for name, word in WORDS.items() if name in item.properties),
                        item,
                    )
                    for item in service.characteristics
                ),
            )
            for service in client.services
            if full_uuid(service.uuid) not in GENERIC
        ]

    @property
    def mtu(self) -> int:
        """The ATT MTU in force; BlueZ tells it only through the size of a write."""
        sizes: list[int] = [
            item.native.max_write_without_response_size + HEADER_BYTES
            for service in self.known
            for item in service.characteristics
        ]
        try:
            sizes.append(self._client.mtu_size)
        except Exception:  # each system has an error of its own for "not known"
            sizes.append(DEFAULT_MTU)
        return max(sizes)

    async def services(self) -> list[RemoteService]:
        """Return what the system found."""
        return self.known

    async def read(self, characteristic: RemoteCharacteristic) -> bytes:
        """Read a value."""
        return bytes(
            await _guarded(self._client.read_gatt_char(characteristic.native), _("The value cannot be read"))
        )

    async def write(self, characteristic: RemoteCharacteristic, value: bytes, *, with_response: bool) -> None:
        """Write a value."""
        work = self._client.write_gatt_char(characteristic.native, value, response=with_response)
        await _guarded(work, _("The value cannot be written"))

    async def set_notify(self, characteristic: RemoteCharacteristic, *, enabled: bool) -> None:
        """Switch notifications or indications."""
        native, client = characteristic.native, self._client

        def arrived(sender: BleakGATTCharacteristic, value: bytearray) -> None:
            del sender
            self._events.value(characteristic, bytes(value))

        work = client.start_notify(native, arrived) if enabled else client.stop_notify(native)
        await _guarded(work, _("Notifications cannot be switched"))

    async def set_mtu(self, mtu: int) -> int:
        """Return the MTU that the system agreed on: an app cannot ask for one."""
        del mtu
        return self.mtu

    async def rssi(self) -> int | None:
        """No system but macOS tells it for a connection."""
        return None

    async def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(Exception):  # it may have ended by itself
            async with asyncio.timeout(HANG_UP_S):
                await self._client.disconnect()


async def _guarded(work: Awaitable[Result], failure: str) -> Result:
    """Await bleak, and turn its errors into WeChat's.

    Errors: 10001 without an adapter, GattError for an answer of the device, 10002, 10012, 10008.
    """
    from bleak.exc import BleakError

    try:
        return await work
    except BleakError as error:
        raise _translated(error, failure) from error
    except TimeoutError as error:
        raise refusal(Code.TIMED_OUT, _(f"{failure}: the device does not answer.")) from error
    except Exception as error:  # whatever the system says is WeChat's "system error"
        raise refusal(Code.SYSTEM_ERROR, failure_text(failure, error)) from error


def _translated(error: Exception, failure: str) -> BleError:
    from bleak import exc

    text = failure_text(failure, error)
    lacking = exc.BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE
    if isinstance(error, exc.BleakBluetoothNotAvailableError) and error.reason is lacking:
        return refusal(Code.SYSTEM_NOT_SUPPORTED, _(f"{failure}: this adapter knows no Low Energy."))
    kinds: list[tuple[type[Exception], Callable[[], BleError]]] = [
        (exc.BleakBluetoothNotAvailableError, lambda: refusal(Code.NOT_AVAILABLE, text, OFF)),
        (exc.BleakDeviceNotFoundError, lambda: refusal(Code.NO_DEVICE, text, _("Search for it first."))),
        (exc.BleakGATTProtocolError, lambda: att_error(int(error.args[0]), text)),
    ]
    for kind, made in kinds:
        if isinstance(error, kind):
            return made()
    answer = ATT_ERROR.search(str(error))
    return att_error(int(answer[1], 16), text) if answer else refusal(Code.SYSTEM_ERROR, text)
