"""What a peripheral declares: services, characteristics and their handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from devkit.ble.refusals import Code
from devkit.ble.uuids import full_uuid
from devkit.errors import GattError
from devkit.language import _

PROPERTIES = ("read", "write", "writeNoResponse", "notify", "indicate")
DEFAULT_MTU = 23
LARGEST_MTU = 517
LONGEST_VALUE = 512

Method = TypeVar("Method", bound=Callable[..., Any])


class Att(IntEnum):
    """The ATT error codes of peripherals. Source: Bluetooth Core 5.4, volume 3, part F, 3.4.1.1."""

    INVALID_HANDLE = 0x01
    READ_NOT_PERMITTED = 0x02
    WRITE_NOT_PERMITTED = 0x03
    INSUFFICIENT_AUTHENTICATION = 0x05
    REQUEST_NOT_SUPPORTED = 0x06
    INSUFFICIENT_AUTHORIZATION = 0x08
    INVALID_LENGTH = 0x0D
    UNLIKELY_ERROR = 0x0E
    INSUFFICIENT_ENCRYPTION = 0x0F


PAIRING_CODES = frozenset({Att.INSUFFICIENT_AUTHENTICATION, Att.INSUFFICIENT_ENCRYPTION})


def att_error(code: int, message: str, hint: str = "") -> GattError:
    """Return an error for a write or read handler to raise; the central gets the ATT code.

    WeChat calls a want of pairing 10011; any other code is 10008.
    """
    error = GattError(message, hint, att_code=int(code))
    if code in PAIRING_CODES:
        error.err_code = int(Code.NEED_PIN)
    return error


def wx_properties(properties: Iterable[str]) -> dict[str, bool]:
    """Return the `properties` object of getBLEDeviceCharacteristics."""
    names = set(properties)
    return {
        "read": "read" in names,
        "write": bool(names & {"write", "writeNoResponse"}),
        "notify": "notify" in names,
        "indicate": "indicate" in names,
        "writeNoResponse": "writeNoResponse" in names,
        "writeDefault": "write" in names,
    }


@dataclass(eq=False)
class Characteristic:
    """One characteristic of a declared service.

    properties are WeChat's words: read, write, writeNoResponse, notify, indicate. value is what a read
    returns until a handler or `Peripheral.set_value` says otherwise. Handlers are kept by the name of the
    method, so that a subclass can override them.
    """

    uuid: str
    service: Service
    properties: tuple[str, ...]
    value: bytes = b""
    write_method: str = ""
    read_method: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return service and characteristic UUID."""
        return (self.service.uuid, self.uuid)

    @property
    def notifies(self) -> bool:
        """Tell whether a central can subscribe to it."""
        return "notify" in self.properties or "indicate" in self.properties

    def on_write(self, method: Method) -> Method:
        """Mark the method that takes written values: `def handler(self, value: bytes)`, async or not."""
        self.write_method = method.__name__
        return method

    def on_read(self, method: Method) -> Method:
        """Mark the method that returns the value to be read: `def handler(self) -> bytes`, async or not."""
        self.read_method = method.__name__
        return method


@dataclass(eq=False)
class Service:
    """A primary service, declared as a class attribute of a peripheral."""

    uuid: str
    characteristics: list[Characteristic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.uuid = full_uuid(self.uuid)

    def characteristic(self, uuid: str, *properties: str, value: bytes = b"") -> Characteristic:
        """Declare a characteristic, for example `service.characteristic("FFF2", "notify")`.

        Errors: ValueError for an unknown property or a UUID that the service has already.
        """
        unknown = [name for name in properties if name not in PROPERTIES]
        if unknown or not properties:
            raise ValueError(
                _(
                    f"Characteristic {uuid} has the properties {list(properties)}; "
                    f"give at least one of {', '.join(PROPERTIES)}."
                )
            )
        made = Characteristic(full_uuid(uuid), self, properties, value)
        if any(other.uuid == made.uuid for other in self.characteristics):
            raise ValueError(_(f"Service {self.uuid} has the characteristic {made.uuid} already."))
        self.characteristics.append(made)
        return made
