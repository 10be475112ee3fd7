"""The air as the console shows it, and what a person does to it by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from devkit.ble import Peripheral, VirtualCentral
from devkit.ble.central.checks import check_value, need_property, write_kind
from devkit.ble.llsync.codes import OtaRefusal
from devkit.ble.llsync.device import LLSyncPeripheral
from devkit.ble.peripheral.gatt import Characteristic
from devkit.errors import BleError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.ble import Radio
    from devkit.ble.peripheral.link import PeripheralLink

Fields = Mapping[str, Any]
NEAREST_M, FARTHEST_M = 0.1, 1000.0
LARGEST_FAULT = 60_000
OWN_SWITCH = "out_of_range"
ENUM_FAULTS: Mapping[str, type[IntEnum]] = {"refuse_ota": OtaRefusal}


class RadioMap:
    """Describes the peripherals of a radio, and acts on them; it has a phone of its own to connect with."""

    def __init__(self, radio: Radio) -> None:
        self.radio = radio
        self._phone = VirtualCentral(radio)

    def describe(self) -> dict[str, dict[str, Any]]:
        """Return {address: what a console shows}; rssi is the mean in dBm, values are hex."""
        return {address: _describe(item) for address, item in self.radio.peripherals.items()}

    async def act(self, address: str, act: str, fields: Fields) -> dict[str, Any]:
        """Do something to a peripheral; ACTS lists what.

        Errors: BleError for an unknown peripheral or act, and for what cannot be done.
        """
        peripheral = self.radio.peripherals.get(address.upper())
        if peripheral is None:
            raise BleError(
                _(f"There is no peripheral {address}."),
                _(f"On the air: {', '.join(self.radio.peripherals)}."),
            )
        if act not in ACTS:
            raise BleError(_(f"There is no act {act}."), _(f"Acts are {', '.join(ACTS)}."))
        return await ACTS[act](self, peripheral, fields) or {}

    async def _move(self, peripheral: Peripheral, fields: Fields) -> None:
        distance = fields.get("distance")
        number = isinstance(distance, int | float) and not isinstance(distance, bool)
        if not number or not NEAREST_M <= distance <= FARTHEST_M:  # type: ignore[operator]
            raise BleError(_(f"distance must be {NEAREST_M} to {FARTHEST_M:g} metres, not {distance!r}."))
        peripheral.move(float(distance))  # type: ignore[arg-type]

    async def _air(self, peripheral: Peripheral, fields: Fields) -> None:
        if not isinstance(fields.get("on"), bool):
            raise BleError(_(f"on must be true or false, not {fields.get('on')!r}."))
        peripheral.faults.out_of_range = not fields["on"]
        peripheral.check_range()

    async def _fault(self, peripheral: Peripheral, fields: Fields) -> None:
        for name, value in fields.items():
            setattr(peripheral.faults, name, _fault_value(peripheral, name, value))
        peripheral.check_range()

    async def _connect(self, peripheral: Peripheral, fields: Fields) -> None:
        await self._phone.open()
        await self._phone.connect(peripheral.address, timeout_ms=1000)

    async def _disconnect(self, peripheral: Peripheral, fields: Fields) -> None:
        peripheral.drop()

    async def _read(self, peripheral: Peripheral, fields: Fields) -> dict[str, Any]:
        characteristic = _characteristic(peripheral, fields)
        need_property(characteristic, "read")
        return {"value": _hex(await _link(peripheral).read(characteristic))}

    async def _write(self, peripheral: Peripheral, fields: Fields) -> None:
        characteristic, value, link = (
            _characteristic(peripheral, fields),
            _bytes(fields),
            _link(peripheral),
        )
        check_value(characteristic.uuid, value, write_kind(characteristic, None), link.mtu)
        await link.write(characteristic, value)

    async def _notify(self, peripheral: Peripheral, fields: Fields) -> dict[str, Any]:
        heard = peripheral.notify(_characteristic(peripheral, fields), _bytes(fields))
        return {"heard": heard}

    async def _listen(self, peripheral: Peripheral, fields: Fields) -> None:
        characteristic, link = _characteristic(peripheral, fields), _link(peripheral)
        need_property(characteristic, "notify", "indicate")
        link.set_notify(characteristic, bool(fields.get("on")))


ACTS: Mapping[str, Callable[[RadioMap, Peripheral, Fields], Awaitable[dict[str, Any] | None]]] = {
    "move": RadioMap._move,
    "air": RadioMap._air,
    "fault": RadioMap._fault,
    "connect": RadioMap._connect,
    "disconnect": RadioMap._disconnect,
    "read": RadioMap._read,
    "write": RadioMap._write,
    "notify": RadioMap._notify,
    "listen": RadioMap._listen,
}


def _describe(peripheral: Peripheral) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": peripheral.name,
        "kind": type(peripheral).__name__,
        "distance": peripheral.distance,
        "rssi": peripheral.signal.mean(peripheral.distance),
        "inRange": peripheral.in_range,
        "connected": peripheral.connected,
        "mtu": peripheral.mtu,
        "faults": {
            name: int(value) if isinstance(value, IntEnum) else value
            for name, value in dataclasses.asdict(peripheral.faults).items()
        },
        "services": [
            {
                "uuid": service.uuid,
                "characteristics": [_shown(peripheral, item) for item in service.characteristics],
            }
            for service in peripheral.services
        ],
    }
    if isinstance(peripheral, LLSyncPeripheral):
        shown["llsync"] = {
            "bound": peripheral.binding is not None,
            "authorized": peripheral.authorized,
            "version": peripheral.version,
            "progress": round(100 * peripheral.ota.progress),
        }
    return shown


def _shown(peripheral: Peripheral, characteristic: Characteristic) -> dict[str, Any]:
    return {
        "uuid": characteristic.uuid,
        "properties": list(characteristic.properties),
        "value": _hex(peripheral.value(characteristic)),
        "subscribed": peripheral.subscribed(characteristic),
    }


def _link(peripheral: Peripheral) -> PeripheralLink:
    if peripheral.link is None:
        raise BleError(
            _(f"{peripheral.address} is not connected."), _("Connect to it first."), err_code=10006
        )
    return peripheral.link


def _characteristic(peripheral: Peripheral, fields: Fields) -> Characteristic:
    wanted = (fields.get("service"), fields.get("characteristic"))
    for service in peripheral.services:
        for characteristic in service.characteristics:
            if characteristic.key == wanted:
                return characteristic
    raise BleError(_(f"{peripheral.address} has no characteristic {wanted[1]} in service {wanted[0]}."))


def _bytes(fields: Fields) -> bytes:
    value = fields.get("value")
    try:
        return bytes.fromhex(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BleError(_(f"value must be hex digits such as 01 0A, not {value!r}.")) from None


def _fault_value(peripheral: Peripheral, name: str, value: object) -> Any:
    known = {
        field.name: getattr(peripheral.faults, field.name) for field in dataclasses.fields(peripheral.faults)
    }
    if name not in known:
        raise BleError(
            _(f"{peripheral.name} has no fault {name!r}."), _(f"Its faults are {', '.join(known)}.")
        )
    if name in ENUM_FAULTS:
        kinds = ENUM_FAULTS[name]
        if value is None or (type(value) is int and value in [int(kind) for kind in kinds]):
            return None if value is None else kinds(value)
        raise BleError(_(f"{name} must be null or one of {[int(kind) for kind in kinds]}, not {value!r}."))
    if isinstance(known[name], bool):
        if isinstance(value, bool):
            return value
        raise BleError(_(f"{name} must be true or false, not {value!r}."))
    if type(value) is int and 0 <= value <= LARGEST_FAULT:
        return value
    raise BleError(_(f"{name} must be a whole number from 0 to {LARGEST_FAULT}, not {value!r}."))


def _hex(value: bytes) -> str:
    return value.hex().upper()
