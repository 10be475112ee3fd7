"""What a Bluetooth stack has to do for a central: find, connect, and carry values. No rules of WeChat here.

Stacks: air (virtual peripherals), bleak (the computer's own Bluetooth) and bumble (a controller reached over
HCI). A stack raises BleError with the code that fits: 10001 without an adapter, 10003 and 10012 for
connections, GattError for an answer of the device, 10008 for anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from devkit.ble.central.events import FoundDevice


@dataclass(frozen=True)
class RemoteCharacteristic:
    """A characteristic of a device; properties are WeChat's words, native is the stack's own object."""

    uuid: str
    service_uuid: str
    properties: tuple[str, ...]
    native: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class RemoteService:
    """A service of a device."""

    uuid: str
    characteristics: tuple[RemoteCharacteristic, ...]


@dataclass(frozen=True)
class StackEvents:
    """Whom a stack tells: heard(device) for each packet, lost(reason) once when the adapter goes away.

    back() tells that it can be used again; only the air knows without being asked.
    """

    heard: Callable[[FoundDevice], None]
    lost: Callable[[str], None]
    back: Callable[[], None] = lambda: None


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

    @property
    def known(self) -> Sequence[RemoteService] | None:
        """The services as far as they are known without asking the device; None before they are looked up."""

    async def services(self) -> Sequence[RemoteService]:
        """Look services and characteristics up; the same objects each time."""

    async def read(self, characteristic: RemoteCharacteristic) -> bytes:
        """Read a value."""

    async def write(self, characteristic: RemoteCharacteristic, value: bytes, *, with_response: bool) -> None:
        """Write a value; without response it returns when the value is on its way."""

    async def set_notify(self, characteristic: RemoteCharacteristic, *, enabled: bool) -> None:
        """Switch notifications or indications."""

    async def set_mtu(self, mtu: int) -> int:
        """Ask for an MTU where the stack can; return the one in force."""

    async def rssi(self) -> int | None:
        """Return the signal strength in dBm, None where the stack cannot tell."""

    async def close(self) -> None:
        """End the connection; closed() is called as well."""


class Stack(Protocol):
    """A way to one Bluetooth adapter.

    simulated: devices need not be heard before they are connected, packets are whole, requests end with their
    connection, and frames reach the radio's log by themselves.
    """

    simulated: bool

    async def open(self, events: StackEvents) -> None:
        """Take the adapter to use."""

    async def close(self) -> None:
        """Give the adapter back; connections have been closed before."""

    async def scan(self, on: bool) -> None:
        """Start or end a search for everything; one that runs goes on."""

    def device(self, device_id: str) -> FoundDevice | None:
        """Return what is known of a device, None for one that the stack cannot name yet."""

    async def connect(self, device_id: str, events: RemoteEvents, timeout_ms: int) -> Remote:
        """Connect to a device that device() knows. Errors: 10003, 10012 after timeout_ms."""
