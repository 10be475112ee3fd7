"""A platform for bleak: its scanner and client on a controller of bumble, as BlueZ is one on the kernel's."""

from collections.abc import Callable
from functools import partial
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
    BleakGATTProtocolError,
)

from devkit.ble import Code, FoundDevice
from devkit.ble.stacks.bleak import WORDS, BleakStack
from devkit.ble.stacks.bumble import BumbleStack, HciOpener
from devkit.ble.stacks.stack import RemoteEvents, StackEvents
from devkit.errors import BleError, GattError

NAMES = {word: name for name, word in WORDS.items()}
LARGEST_MTU = 517


class Platform:
    """One adapter, opened when bleak first wants it."""

    def __init__(self, opener: HciOpener) -> None:
        self.stack = BumbleStack("platform", opener)
        self.heard: Callable[[FoundDevice], None] = lambda device: None
        self._open = False

    async def ready(self) -> BumbleStack:
        if not self._open:
            events = StackEvents(heard=lambda device: self.heard(device), lost=self._lost)
            await translated(self.stack.open(events))
            self._open = True
        return self.stack

    async def aclose(self) -> None:
        await self.stack.close()

    def _lost(self, reason: str) -> None:
        self._open = False


async def translated(work: Any) -> Any:
    """Await a stack, and raise what a platform of bleak raises."""
    try:
        return await work
    except GattError as error:
        raise BleakGATTProtocolError(error.att_code) from error
    except BleError as error:
        if error.err_code == Code.NOT_AVAILABLE:
            reason = BleakBluetoothNotAvailableReason.POWERED_OFF
            raise BleakBluetoothNotAvailableError(error.message, reason) from error
        if error.err_code == Code.TIMED_OUT:
            raise TimeoutError from error
        raise BleakError(error.message) from error


class Scanner(BaseBleakScanner):
    def __init__(
        self, callback: Any, service_uuids: Any, scanning_mode: str, *, platform: Platform, **options: Any
    ) -> None:
        super().__init__(callback, service_uuids)
        self._platform = platform

    async def start(self) -> None:
        self._platform.heard = self._heard
        await translated((await self._platform.ready()).scan(True))

    async def stop(self) -> None:
        await translated((await self._platform.ready()).scan(False))

    def _heard(self, found: FoundDevice) -> None:
        data = found.manufacturer_data
        packet = AdvertisementData(
            found.name or None,
            {int.from_bytes(data[:2], "little"): data[2:]} if data else {},
            {},
            [uuid.lower() for uuid in found.service_uuids],
            None,
            found.rssi,
            (),
        )
        address = found.device_id
        device = self.create_or_update_device(address, address, found.name or None, None, packet)
        self.call_detection_callbacks(device, packet)


class Client(BaseBleakClient):
    def __init__(self, device: BLEDevice, *, platform: Platform, **options: Any) -> None:
        super().__init__(device, **options)
        self._platform = platform
        self._remote: Any = None
        self._notified: dict[int, Any] = {}

    @property
    def mtu_size(self) -> int:
        return self._remote.mtu

    @property
    def is_connected(self) -> bool:
        return self._remote is not None

    async def connect(self, pair: bool, **options: Any) -> None:
        events = RemoteEvents(value=self._value, closed=self._closed)
        stack = await self._platform.ready()
        self._remote = await translated(stack.connect(self.address, events, round(self._timeout * 1000)))
        await translated(self._remote.set_mtu(LARGEST_MTU))
        self.services = BleakGATTServiceCollection()
        for service in await translated(self._remote.services()):
            made = BleakGATTService(
                service, service.characteristics[0].native.handle - 2, service.uuid.lower()
            )
            self.services.add_service(made)
            for item in service.characteristics:
                names: Any = [NAMES[word] for word in item.properties]
                size = lambda: self._remote.mtu - 3  # noqa: E731
                self.services.add_characteristic(
                    BleakGATTCharacteristic(item, item.native.handle, item.uuid.lower(), names, size, made)
                )

    async def disconnect(self) -> None:
        if self._remote:
            await self._remote.close()

    async def read_gatt_char(
        self, characteristic: Any, *, use_cached: bool = False, **options: Any
    ) -> bytearray:
        return bytearray(await self._do(lambda remote: remote.read(characteristic.obj)))

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        await self._do(lambda remote: remote.write(characteristic.obj, bytes(data), with_response=response))

    async def start_notify(self, characteristic: Any, callback: Any, **options: Any) -> None:
        self._notified[id(characteristic.obj)] = callback
        await self._do(lambda remote: remote.set_notify(characteristic.obj, enabled=True))

    async def stop_notify(self, characteristic: Any) -> None:
        await self._do(lambda remote: remote.set_notify(characteristic.obj, enabled=False))

    async def _do(self, work: Any) -> Any:
        if self._remote is None:
            raise BleakError("Not connected")
        return await translated(work(self._remote))

    async def pair(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError

    async def unpair(self) -> None:
        raise NotImplementedError

    async def read_gatt_descriptor(self, descriptor: Any, **options: Any) -> bytearray:
        raise NotImplementedError

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        raise NotImplementedError

    def _value(self, characteristic: Any, value: bytes) -> None:
        self._notified[id(characteristic)](bytearray(value))

    def _closed(self) -> None:
        self._remote = None
        if self._disconnected_callback:
            self._disconnected_callback()


def bleak_stack(platform: Platform) -> BleakStack:
    """Return devkit's stack on bleak on the platform."""
    return BleakStack(
        scanner_options={"backend": partial_type(Scanner, platform)},
        client_options={"backend": partial_type(Client, platform)},
    )


def partial_type(kind: type, platform: Platform) -> Any:
    """Return what bleak calls like a type and names like one."""
    made = partial(kind, platform=platform)
    made.__name__ = kind.__name__  # type: ignore[attr-defined]
    return made
