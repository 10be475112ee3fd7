"""What a Bluetooth stack has to do for a central: find, connect, and carry values. No rules of WeChat here.

Stacks: bleak (the computer's own Bluetooth) and bumble (a controller reached over HCI). A stack raises
BleError with the code that fits: 10001 without an adapter, 10003 and 10012 for connections, GattError for an
answer of the device, 10008 for anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from devkit.ble.base import FoundDevice


@dataclass(frozen=True)
class RemoteCharacteristic:
    """A characteristic of a real device; properties are WeChat's words, native is the stack's own object."""

    uuid: str
    service_uuid: str
    properties: tuple[str, ...]
    native: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class RemoteService:
    """A service of a real device."""

    uuid: str
    characteristics: tuple[RemoteCharacteristic, ...]


@dataclass(frozen=True)
class StackEvents:
    """Whom a stack tells: heard(device) for each packet, lost(reason) once when the adapter goes away."""

    heard: Callable[[FoundDevice], None]
    lost: Callable[[str], None]


@dataclass(frozen=True)
class RemoteEvents:
    """Whom a connection tells: value(characteristic, bytes) in order, closed() once when it has ended."""

    value: Callable[[RemoteCharacteristic, bytes], None]
    closed: Callable[[], None]


class Remote(Protocol):
    """One connection."""

    @property
    def mtu(self) -> int:
        """The ATT MTU in force."""

    async def services(self) -> Sequence[RemoteService]:
        """Look services and characteristics up; the same objects each time."""

    async def read(self, characteristic: RemoteCharacteristic) -> bytes:
        """Read a value."""

    async def write(self, characteristic: RemoteCharacteristic, value: bytes, *, with_response: bool) -> None:
        """Write a value; without response it returns when the value is on its way."""

    async def subscribe(self, characteristic: RemoteCharacteristic, *, enabled: bool) -> None:
        """Switch notifications or indications."""

    async def set_mtu(self, mtu: int) -> int:
        """Ask for an MTU where the stack can; return the one in force."""

    async def rssi(self) -> int | None:
        """Return the signal strength in dBm, None where the stack cannot tell."""

    async def close(self) -> None:
        """End the connection; closed() is called as well."""


class Stack(Protocol):
    """A way to one Bluetooth adapter."""

    async def open(self, events: StackEvents) -> None:
        """Take the adapter to use."""

    async def close(self) -> None:
        """Give the adapter back; connections have been closed before."""

    async def scan(self, on: bool) -> None:
        """Start or end a search for everything."""

    async def connect(self, device_id: str, events: RemoteEvents, timeout_ms: int) -> Remote:
        """Connect to a device that was heard. Errors: 10003, 10012 after timeout_ms."""
