"""Virtual peripherals: classes that declare what they advertise and serve, and handle writes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.ble.peripheral.advertising import SENSITIVITY_DBM, Advertising, SignalModel
from devkit.ble.peripheral.gatt import DEFAULT_MTU, LONGEST_VALUE, Characteristic, Service
from devkit.errors import BleError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.ble.peripheral.link import PeripheralLink
    from devkit.ble.peripheral.radio import Radio


logger = logging.getLogger(__name__)


@dataclass
class PeripheralFaults:
    """What goes wrong with one peripheral; change it at any time.

    out_of_range: no packets, no connection, and a standing connection is lost. discovery_delay_ms: how long
    after the start of a search its first packet is heard. lose_notifications: that many of the next ones are
    lost. drop_on_write: that write from now on ends the connection instead of arriving (1 is the next; 0
    none). refuse_connections: it advertises but lets nobody in.
    """

    out_of_range: bool = False
    discovery_delay_ms: int = 0
    lose_notifications: int = 0
    drop_on_write: int = 0
    refuse_connections: bool = False


def declared_services(kind: type[Peripheral]) -> tuple[Service, ...]:
    """Return the services of a class, base classes first, each attribute as its last override says."""
    found: dict[str, Service] = {}
    for base in reversed(kind.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Service):
                found[name] = value
    return tuple(found.values())


class Peripheral:
    """A Bluetooth device written in Python.

    Subclasses set `name`, `advertising`, `signal` and `max_mtu`, declare services and characteristics as
    class attributes, and mark handlers with `@characteristic.on_write` and `@characteristic.on_read`. A
    handler may be async; it answers the central when it returns, and raises GattError to refuse. What it
    notifies arrives after its answer, so put long work into `spawn`.
    """

    name: str = ""
    advertising: Advertising = Advertising()
    signal: SignalModel = SignalModel()
    max_mtu: int = 247

    def __init__(self, address: str = "", *, distance: float = 1.0) -> None:
        self.address = address.upper()
        self.distance = distance
        self.faults = PeripheralFaults()
        self._services = declared_services(type(self))
        self._values: dict[tuple[str, str], bytes] = {}
        self._link: PeripheralLink | None = None
        self._radio: Radio | None = None

    @property
    def services(self) -> tuple[Service, ...]:
        """Return the declared services."""
        return self._services

    @property
    def radio(self) -> Radio:
        """Return the air that it lives in.

        Errors: BleError before Radio.add.
        """
        if self._radio is None:
            raise BleError(
                _(f"{type(self).__name__} is not on the air."),
                _("Call radio.add(peripheral) before using it."),
            )
        return self._radio

    @property
    def connected(self) -> bool:
        """Tell whether a central is connected."""
        return self._link is not None

    @property
    def link(self) -> PeripheralLink | None:
        """Return the connection, whoever made it."""
        return self._link

    @property
    def mtu(self) -> int:
        """Return the ATT MTU of the connection, 23 without one; a notification carries 3 bytes less."""
        return self._link.mtu if self._link else DEFAULT_MTU

    @property
    def in_range(self) -> bool:
        """Tell whether a phone hears it: no fault, and a mean strength of at least -100 dBm."""
        return not self.faults.out_of_range and self.signal.mean(self.distance) >= SENSITIVITY_DBM

    def subscribed(self, characteristic: Characteristic) -> bool:
        """Tell whether the central listens to a characteristic."""
        return self._link is not None and characteristic.key in self._link.subscribed

    def value(self, characteristic: Characteristic) -> bytes:
        """Return what a read of the characteristic gives."""
        return self._values.get(characteristic.key, characteristic.value)

    def set_value(self, characteristic: Characteristic, value: bytes) -> None:
        """Set what a read gives."""
        self._values[characteristic.key] = _checked(value)

    def notify(self, characteristic: Characteristic, value: bytes) -> bool:
        """Send a notification or indication; return False when nobody is subscribed.

        Errors: BleError when the value is longer than MTU - 3, or the characteristic cannot notify.
        """
        if not characteristic.notifies:
            raise BleError(
                _(f"Characteristic {characteristic.uuid} of {type(self).__name__} cannot notify."),
                _('Declare it with "notify" or "indicate".'),
            )
        self.set_value(characteristic, value)
        if self._link is None or not self.subscribed(characteristic):
            return False
        if len(value) > self.mtu - 3:
            raise BleError(
                _(
                    f"{type(self).__name__} notifies {len(value)} bytes, but an MTU of {self.mtu} carries "
                    f"{self.mtu - 3}."
                ),
                _("Send it in pieces, or wait for the central to ask for a larger MTU."),
            )
        self._link.notify(characteristic, bytes(value))
        return True

    def disconnect(self) -> None:
        """End the connection after everything notified so far has been sent."""
        if self._link:
            self._link.close_later()

    def drop(self) -> None:
        """Lose the connection at once, with everything that is still on its way."""
        if self._link:
            self._link.close()

    def move(self, distance: float) -> None:
        """Go to a distance in metres; beyond reach the connection is lost."""
        self.distance = distance
        self.check_range()

    def check_range(self) -> None:
        """Lose the connection if the peripheral is out of range now; call it after setting that fault."""
        if self._link and not self.in_range:
            self._link.lose()

    def on_connect(self) -> None:
        """Do something when a central has connected."""

    def on_disconnect(self) -> None:
        """Do something when the connection has ended."""

    def on_subscribe(self, characteristic: Characteristic, enabled: bool) -> None:
        """Do something when the central starts or stops listening."""

    async def run(self) -> None:
        """Live: start when the peripheral is put on the air, and be cancelled when it leaves."""

    def describe(self, characteristic: Characteristic, value: bytes, *, written: bool) -> str:
        """Say in words what a value means, for logs; "" when nothing is known."""
        del characteristic, value, written
        return ""

    def now_ms(self) -> int:
        """Return the present, in ms since 1970, by the radio's clock."""
        return self.radio.clock.now_ms()

    async def sleep(self, milliseconds: float) -> None:
        """Wait by the radio's clock."""
        await self.radio.sleep(milliseconds)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do work in the background; it is cancelled when the peripheral leaves the air."""
        self.radio.spawn(work, self.address)

    def attach(self, link: PeripheralLink) -> None:
        """Take a connection; called by the radio."""
        self._link = link
        self._hook(self.on_connect)

    def detach(self, link: PeripheralLink) -> None:
        """Forget a connection; called by the link."""
        if self._link is link:
            self._link = None
            self._hook(self.on_disconnect)

    def enter(self, radio: Radio, address: str) -> None:
        """Go on the air; called by the radio."""
        self._radio = radio
        self.address = address

    def _hook(self, hook: Callable[[], None]) -> None:
        """Call a hook; its failure is the device's own trouble and stops nobody else."""
        try:
            hook()
        except Exception:
            logger.exception("%s of %s failed", hook.__name__, type(self).__name__)


def _checked(value: bytes) -> bytes:
    if not isinstance(value, bytes | bytearray) or len(value) > LONGEST_VALUE:
        size = f"{len(value)} bytes" if isinstance(value, bytes | bytearray) else repr(value)
        raise BleError(_(f"A characteristic holds bytes, at most {LONGEST_VALUE}, not {size}."))
    return bytes(value)
