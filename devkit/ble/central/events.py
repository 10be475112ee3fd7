"""What a central tells and returns: events, found devices, services and characteristics.

Device ids, service ids and characteristic ids are strings; UUIDs are 128-bit and upper case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


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
Subscriber = Callable[[CentralEvent], None]


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
