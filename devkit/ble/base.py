"""The seam of the mini program's Bluetooth: what the SDK calls, and what a backend answers.

A `BleCentral` is one phone. Backends: `virtual` here; a real radio can stand in for it.
Device ids, service ids and characteristic ids are strings; UUIDs are 128-bit and upper case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class AdapterState:
    """available: Bluetooth is on and open; discovering: a search runs. Also the event of a change."""

    available: bool
    discovering: bool


@dataclass(frozen=True)
class FoundDevice:
    """A peripheral as its last advertising packet showed it; rssi in dBm."""

    device_id: str
    name: str
    rssi: int
    service_uuids: tuple[str, ...] = ()
    manufacturer_data: bytes = b""
    connectable: bool = True


@dataclass(frozen=True)
class DevicesFound:
    """The event of a search: new devices, or every packet when duplicates are wanted."""

    devices: tuple[FoundDevice, ...]


@dataclass(frozen=True)
class ConnectionChanged:
    """A connection was made or ended."""

    device_id: str
    connected: bool


@dataclass(frozen=True)
class ValueChanged:
    """A notification or indication arrived, or a value was read."""

    device_id: str
    service_id: str
    characteristic_id: str
    value: bytes = b""


CentralEvent = AdapterState | DevicesFound | ConnectionChanged | ValueChanged
Listener = Callable[[CentralEvent], None]


@dataclass(frozen=True)
class ServiceInfo:
    """A service of a connected peripheral."""

    uuid: str
    primary: bool = True


@dataclass(frozen=True)
class CharacteristicInfo:
    """A characteristic; properties as WeChat names them: {"read": bool, "write": bool, "notify": bool, …}."""

    uuid: str
    properties: dict[str, bool] = field(default_factory=dict)


class BleCentral(Protocol):
    """One phone's Bluetooth. Every method may raise BleError with WeChat's code.

    Errors that any may raise: 10000 before open(), 10001 while Bluetooth is off, 10013 for ids of a wrong
    form; those that talk to a device: 10002 unknown device, 10006 not connected.
    """

    async def open(self) -> None:
        """Switch the adapter to use: openBluetoothAdapter."""

    async def close(self) -> None:
        """End searches and connections: closeBluetoothAdapter."""

    async def state(self) -> AdapterState:
        """Return the adapter's state."""

    async def start_discovery(
        self, services: Sequence[str] = (), *, allow_duplicates: bool = False, interval_ms: int = 0
    ) -> None:
        """Search for devices that advertise one of the services, or any device.

        interval_ms: how often found devices are reported; 0 reports each packet at once.
        """

    async def stop_discovery(self) -> None:
        """End the search."""

    async def devices(self) -> list[FoundDevice]:
        """Return every device found since open(), with its newest packet."""

    async def connected_devices(self, services: Sequence[str] = ()) -> list[FoundDevice]:
        """Return the connected devices that have one of the services."""

    async def connect(self, device_id: str, *, timeout_ms: int | None = None) -> None:
        """Connect; ConnectionChanged is sent before this returns.

        Errors: 10002, 10003, 10010 when it is connected already, 10012 after timeout_ms.
        """

    async def disconnect(self, device_id: str) -> None:
        """End a connection."""

    async def services(self, device_id: str) -> list[ServiceInfo]:
        """Return the services of a connected device."""

    async def characteristics(self, device_id: str, service_id: str) -> list[CharacteristicInfo]:
        """Return the characteristics of a service.

        Errors: 10004.
        """

    async def read(self, device_id: str, service_id: str, characteristic_id: str) -> bytes:
        """Read a value; it is also sent as ValueChanged, where WeChat delivers it.

        Errors: 10004, 10005, 10007, GattError.
        """

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

    async def subscribe(
        self, device_id: str, service_id: str, characteristic_id: str, *, enabled: bool = True
    ) -> None:
        """Switch notifications or indications.

        Errors: 10004, 10005, 10007.
        """

    async def set_mtu(self, device_id: str, mtu: int) -> int:
        """Ask for an MTU of 23 to 512 bytes and return the one that is in force.

        Errors: 10013.
        """

    async def mtu(self, device_id: str) -> int:
        """Return the MTU in force."""

    async def rssi(self, device_id: str) -> int:
        """Return the signal strength of a connected device in dBm."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call listener with every event, in order; return a function that ends it."""

    async def aclose(self) -> None:
        """Give everything back."""
