"""What every central refuses in the same way: ids, values, properties and sizes that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from devkit.ble.peripheral.gatt import LONGEST_VALUE
from devkit.ble.refusals import Code, refusal
from devkit.ble.stacks.stack import RemoteService
from devkit.ble.uuids import full_uuid
from devkit.language import _

SMALLEST_MTU, LARGEST_MTU = 23, 512
HEADER_BYTES = 3


class Described(Protocol):
    """A characteristic of any kind, virtual or real; properties are WeChat's words."""

    @property
    def uuid(self) -> str:
        """Its UUID."""

    @property
    def properties(self) -> Sequence[str]:
        """What it can."""


def wanted_uuid(text: object) -> str:
    """Return a UUID in full.

    Errors: 10013.
    """
    try:
        return full_uuid(str(text))
    except ValueError as error:
        raise refusal(Code.INVALID_DATA, str(error)) from None


def check_device_id(device_id: object) -> None:
    """Refuse what is no device id.

    Errors: 10013.
    """
    if not isinstance(device_id, str) or not device_id:
        raise refusal(
            Code.INVALID_DATA, _(f"{device_id!r} is not a device id."), _("Take one from a found device.")
        )


def service_of(services: Sequence[RemoteService], device_id: str, service_id: str) -> RemoteService:
    """Return the service of that id.

    Errors: 10004, 10013.
    """
    uuid = wanted_uuid(service_id)
    for service in services:
        if service.uuid == uuid:
            return service
    raise refusal(Code.NO_SERVICE, _(f"{device_id} has no service {service_id}."))


def need_property(characteristic: Described, *kinds: str) -> str:
    """Return the first of the properties that the characteristic has.

    Errors: 10007.
    """
    for kind in kinds:
        if kind in characteristic.properties:
            return kind
    raise refusal(
        Code.NOT_SUPPORTED,
        _(
            f"Characteristic {characteristic.uuid} cannot {' or '.join(kinds)}; "
            f"it can {', '.join(characteristic.properties) or _('nothing')}."
        ),
    )


def write_kind(characteristic: Described, with_response: bool | None) -> str:
    """Return "write" or "writeNoResponse": what is wanted, or what the characteristic can.

    Errors: 10007.
    """
    if with_response is None:
        return need_property(characteristic, "write", "writeNoResponse")
    return need_property(characteristic, "write" if with_response else "writeNoResponse")


def check_value(characteristic_id: str, value: bytes, kind: str, mtu: int) -> None:
    """Refuse a value that cannot be written.

    Errors: 10013 for no bytes, 10008 for too many.
    """
    limit = LONGEST_VALUE if kind == "write" else mtu - HEADER_BYTES
    if not value or len(value) > limit:
        raise refusal(
            Code.SYSTEM_ERROR if value else Code.INVALID_DATA,
            _(f"{len(value)} bytes cannot be written to {characteristic_id}: 1 to {limit} are possible."),
            "" if kind == "write" else _(f"The MTU is {mtu}; a write without response carries 3 less."),
        )


def check_mtu(mtu: object) -> None:
    """Refuse an MTU that WeChat does not ask for.

    Errors: 10013.
    """
    if isinstance(mtu, bool) or not isinstance(mtu, int) or not SMALLEST_MTU <= mtu <= LARGEST_MTU:
        raise refusal(
            Code.INVALID_DATA,
            _(f"An MTU of {mtu} is not possible: {SMALLEST_MTU} to {LARGEST_MTU} bytes are."),
        )
