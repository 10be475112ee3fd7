"""The functions of wx that a page calls over the bridge: their parameters, and what they give back.

Hex forms: a page writes an upper-case hex string; found devices and values carry lists of two-digit hex.
Source: docs/reference/ble.md section 0.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from devkit.ble.central.central import BleCentral
from devkit.ble.central.events import FoundDevice
from devkit.ble.refusals import Code, refusal
from devkit.language import _
from devkit.model.defines import JSON

Fields = dict[str, JSON]
Api = Callable[[BleCentral, "Params"], Awaitable[object]]
UNNAMED = "未知设备"  # the name that WeChat gives a device without one; the adapters leave such devices out
WRITE_TYPES: Mapping[str, bool] = {"write": True, "writeNoResponse": False}
SYSTEM_INFO: Mapping[str, JSON] = {
    "platform": "devtools",
    "system": "devkit",
    "brand": "devkit",
    "model": "simulator",
    "bluetoothEnabled": True,
    "locationEnabled": True,
    "locationAuthorized": True,
}


class Params:
    """Parameters of a wx function; what is of a wrong kind is refused with 10013."""

    def __init__(self, values: JSON) -> None:
        self._values: dict[str, JSON] = values if isinstance(values, dict) else {}

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that must be there unless it has a default."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise refusal(Code.INVALID_DATA, _(f"{name} must be a text, not {value!r}."))
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty when it is missing."""
        value = self._values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise refusal(Code.INVALID_DATA, _(f"{name} must be a list of texts, not {value!r}."))
        return value

    def flag(self, name: str) -> bool:
        """Return whether something is wanted."""
        return bool(self._values.get(name))

    def number(self, name: str) -> int | None:
        """Return a whole number of at least 0, None when it is missing."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
            raise refusal(Code.INVALID_DATA, _(f"{name} must be a whole number, not {value!r}."))
        return int(value)

    def place(self) -> tuple[str, str, str]:
        """Return device, service and characteristic."""
        return self.text("deviceId"), self.text("serviceId"), self.text("characteristicId")

    def data(self, name: str) -> bytes:
        """Return bytes, sent as one hex string or as a list of two-digit ones."""
        value = self._values.get(name)
        text = "".join(value) if isinstance(value, list) and all(isinstance(i, str) for i in value) else value
        try:
            return bytes.fromhex(text)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise refusal(
                Code.INVALID_DATA, _(f"{name} must be hex digits such as D1D9, not {value!r}.")
            ) from None


def hex_list(data: bytes) -> list[str]:
    """Return bytes as two-digit upper-case hex."""
    return [f"{byte:02X}" for byte in data]


def device_entry(device: FoundDevice) -> dict[str, JSON]:
    """Return a found device as wx describes it."""
    return {
        "deviceId": device.device_id,
        "name": device.name or UNNAMED,
        "localName": device.name,
        "RSSI": device.rssi,
        "connectable": device.connectable,
        "advertisServiceUUIDs": list(device.service_uuids),
        "advertisData": hex_list(device.manufacturer_data),
    }


async def _state(central: BleCentral, params: Params) -> Fields:
    del params
    state = await central.state()
    return {"available": state.available, "discovering": state.discovering}


async def _start(central: BleCentral, params: Params) -> Fields:
    await central.start_discovery(
        params.texts("services"),
        allow_duplicates=params.flag("allowDuplicatesKey"),
        interval_ms=params.number("interval") or 0,
    )
    return {"isDiscovering": True}


async def _devices(central: BleCentral, params: Params) -> Fields:
    del params
    return {"devices": [device_entry(device) for device in await central.devices()]}


async def _connected(central: BleCentral, params: Params) -> Fields:
    found = await central.connected_devices(params.texts("services"))
    return {"devices": [{"deviceId": item.device_id, "name": item.name or UNNAMED} for item in found]}


async def _services(central: BleCentral, params: Params) -> Fields:
    found = await central.services(params.text("deviceId"))
    return {"services": [{"uuid": item.uuid, "isPrimary": item.primary} for item in found]}


async def _characteristics(central: BleCentral, params: Params) -> Fields:
    found = await central.characteristics(params.text("deviceId"), params.text("serviceId"))
    return {"characteristics": [{"uuid": item.uuid, "properties": item.properties} for item in found]}


async def _set_mtu(central: BleCentral, params: Params) -> Fields:
    mtu = params.number("mtu")
    if mtu is None:
        raise refusal(Code.INVALID_DATA, _("setBLEMTU needs an mtu."))
    return {"mtu": await central.set_mtu(params.text("deviceId"), mtu)}


async def _mtu(central: BleCentral, params: Params) -> Fields:
    return {"mtu": await central.mtu(params.text("deviceId"))}


async def _rssi(central: BleCentral, params: Params) -> Fields:
    return {"RSSI": await central.rssi(params.text("deviceId"))}


async def _info(central: BleCentral, params: Params) -> Fields:
    del central, params
    return dict(SYSTEM_INFO)


APIS: Mapping[str, Api] = {  # what is no object adds nothing to {"errMsg": "…:ok"}
    "openBluetoothAdapter": lambda central, _: central.open(),
    "closeBluetoothAdapter": lambda central, _: central.close(),
    "getBluetoothAdapterState": _state,
    "startBluetoothDevicesDiscovery": _start,
    "stopBluetoothDevicesDiscovery": lambda central, _: central.stop_discovery(),
    "getBluetoothDevices": _devices,
    "getConnectedBluetoothDevices": _connected,
    "createBLEConnection": lambda central, its: central.connect(
        its.text("deviceId"), timeout_ms=its.number("timeout")
    ),
    "closeBLEConnection": lambda central, its: central.disconnect(its.text("deviceId")),
    "getBLEDeviceServices": _services,
    "getBLEDeviceCharacteristics": _characteristics,
    "readBLECharacteristicValue": lambda central, its: central.read(*its.place()),
    "writeBLECharacteristicValue": lambda central, its: central.write(
        *its.place(), its.data("value"), with_response=WRITE_TYPES.get(its.text("writeType", ""))
    ),
    "notifyBLECharacteristicValueChange": lambda central, its: central.set_notify(
        *its.place(), enabled=its.flag("state")
    ),
    "setBLEMTU": _set_mtu,
    "getBLEMTU": _mtu,
    "getBLEDeviceRSSI": _rssi,
    "getSystemInfo": _info,
}
