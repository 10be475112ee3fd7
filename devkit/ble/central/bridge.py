"""The bridge between a page and a central: messages to the mini program in, wx results and pushes out.

Hex forms: a page writes an upper-case hex string; found devices and values carry lists of two-digit hex.
Source: docs/reference/protocol.md sections 4.2 to 4.5, docs/reference/ble.md section 0.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from devkit.ble.central.central import BleCentral
from devkit.ble.central.events import (
    AdapterState,
    CentralEvent,
    ConnectionChanged,
    DevicesFound,
    FoundDevice,
    ValueChanged,
)
from devkit.ble.refusals import Code, refusal, wx_failure
from devkit.errors import BleError

JSON = Any
Push = Callable[[str, dict[str, JSON]], None]
UNNAMED = "未知设备"  # the name that WeChat gives a device without one; the adapters leave such devices out
SYSTEM_INFO: Mapping[str, JSON] = {
    "platform": "devtools",
    "system": "devkit",
    "brand": "devkit",
    "model": "simulator",
    "bluetoothEnabled": True,
    "locationEnabled": True,
    "locationAuthorized": True,
}


class BleBridge:
    """Answers one page's Bluetooth messages.

    push(action, payload) sends a message to the page; it must keep the order of calls, and a push that is
    made while a message is answered must reach the page before the answer, or adapters miss connections.
    """

    def __init__(
        self, central: BleCentral, push: Push, *, system_info: Mapping[str, JSON] = SYSTEM_INFO
    ) -> None:
        self.central = central
        self._push = push
        self._system_info = dict(system_info)
        self._end = central.subscribe(self._on_event)

    def close(self) -> None:
        """Send no more pushes; the central stays open."""
        self._end()

    @staticmethod
    def handles(action: str) -> bool:
        """Tell whether a message to the mini program is for the bridge."""
        return action in MESSAGES

    async def handle(self, action: str, payload: JSON = None) -> dict[str, JSON]:
        """Answer a message; a wx failure is an answer too: {code, msg, errCode, errMsg, detail}.

        Errors: KeyError for an action that handles() denies.
        """
        return await MESSAGES[action](self, payload if isinstance(payload, dict) else {})

    async def call_api(self, api: str, params: JSON = None) -> dict[str, JSON]:
        """Call a function of wx and return what its success or fail callback gets."""
        handler = APIS.get(api)
        if handler is None:
            return {"errMsg": f"{api}:fail not supported by devkit", "code": -1, "msg": f"no function {api}"}
        try:
            result = await handler(self, Params(params))
        except BleError as error:
            failure = wx_failure(api, error)
            return {**failure, "code": failure["errCode"], "msg": failure["errMsg"]}
        return {"errMsg": f"{api}:ok", **result}

    async def _call_message(self, payload: dict[str, JSON]) -> dict[str, JSON]:
        return await self.call_api(str(payload.get("api", "")), payload.get("params"))

    async def _init(self, payload: dict[str, JSON]) -> dict[str, JSON]:
        del payload
        return await self.call_api("openBluetoothAdapter")

    async def _sync(self, payload: dict[str, JSON]) -> dict[str, JSON]:
        """Tell the page about connections that it sees otherwise than they are."""
        try:
            connected = {device.device_id for device in await self.central.connected_devices()}
        except BleError:
            connected = set()
        listed = payload.get("devices")
        for item in listed if isinstance(listed, list) else []:
            device_id = str(item.get("deviceId", "")) if isinstance(item, dict) else ""
            if device_id and bool(item.get("connected")) != (device_id in connected):
                self._on_event(ConnectionChanged(device_id, device_id in connected))
        return {}

    async def _open(self, params: Params) -> dict[str, JSON]:
        del params
        await self.central.open()
        return {}

    async def _close(self, params: Params) -> dict[str, JSON]:
        del params
        await self.central.close()
        return {}

    async def _state(self, params: Params) -> dict[str, JSON]:
        del params
        state = await self.central.state()
        return {"available": state.available, "discovering": state.discovering}

    async def _start(self, params: Params) -> dict[str, JSON]:
        await self.central.start_discovery(
            params.texts("services"),
            allow_duplicates=params.flag("allowDuplicatesKey"),
            interval_ms=params.number("interval") or 0,
        )
        return {"isDiscovering": True}

    async def _stop(self, params: Params) -> dict[str, JSON]:
        del params
        await self.central.stop_discovery()
        return {}

    async def _devices(self, params: Params) -> dict[str, JSON]:
        del params
        return {"devices": [device_entry(device) for device in await self.central.devices()]}

    async def _connected(self, params: Params) -> dict[str, JSON]:
        found = await self.central.connected_devices(params.texts("services"))
        return {"devices": [{"deviceId": item.device_id, "name": item.name or UNNAMED} for item in found]}

    async def _connect(self, params: Params) -> dict[str, JSON]:
        await self.central.connect(params.text("deviceId"), timeout_ms=params.number("timeout"))
        return {}

    async def _disconnect(self, params: Params) -> dict[str, JSON]:
        await self.central.disconnect(params.text("deviceId"))
        return {}

    async def _services(self, params: Params) -> dict[str, JSON]:
        found = await self.central.services(params.text("deviceId"))
        return {"services": [{"uuid": item.uuid, "isPrimary": item.primary} for item in found]}

    async def _characteristics(self, params: Params) -> dict[str, JSON]:
        found = await self.central.characteristics(params.text("deviceId"), params.text("serviceId"))
        return {"characteristics": [{"uuid": item.uuid, "properties": item.properties} for item in found]}

    async def _read(self, params: Params) -> dict[str, JSON]:
        await self.central.read(*params.place())
        return {}

    async def _write(self, params: Params) -> dict[str, JSON]:
        kinds = {"write": True, "writeNoResponse": False}
        kind = params.text("writeType", "")
        await self.central.write(*params.place(), params.data("value"), with_response=kinds.get(kind))
        return {}

    async def _notify(self, params: Params) -> dict[str, JSON]:
        await self.central.set_notify(*params.place(), enabled=params.flag("state"))
        return {}

    async def _set_mtu(self, params: Params) -> dict[str, JSON]:
        mtu = params.number("mtu")
        if mtu is None:
            raise refusal(Code.INVALID_DATA, "setBLEMTU needs an mtu.")
        return {"mtu": await self.central.set_mtu(params.text("deviceId"), mtu)}

    async def _mtu(self, params: Params) -> dict[str, JSON]:
        return {"mtu": await self.central.mtu(params.text("deviceId"))}

    async def _rssi(self, params: Params) -> dict[str, JSON]:
        return {"RSSI": await self.central.rssi(params.text("deviceId"))}

    async def _info(self, params: Params) -> dict[str, JSON]:
        del params
        return dict(self._system_info)

    def _on_event(self, event: CentralEvent) -> None:
        payload: dict[str, JSON]
        match event:
            case AdapterState():
                payload = {"available": event.available, "discovering": event.discovering}
                self._push("onBluetoothAdapterStateChange", payload)
            case DevicesFound():
                entries = [device_entry(device) for device in event.devices]
                self._push("onBluetoothDeviceFound", {"devices": entries})
            case ConnectionChanged():
                payload = {"deviceId": event.device_id, "connected": event.connected}
                self._push("onBLEConnectionStateChange", payload)
            case ValueChanged():
                payload = {
                    "deviceId": event.device_id,
                    "serviceId": event.service_id,
                    "characteristicId": event.characteristic_id,
                    "value": hex_list(event.value),
                }
                self._push("onBLECharacteristicValueChange", payload)


class Params:
    """Parameters of a wx function; what is of a wrong kind is refused with 10013."""

    def __init__(self, values: JSON) -> None:
        self._values: dict[str, JSON] = values if isinstance(values, dict) else {}

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that must be there unless it has a default."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise refusal(Code.INVALID_DATA, f"{name} must be a text, not {value!r}.")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty when it is missing."""
        value = self._values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise refusal(Code.INVALID_DATA, f"{name} must be a list of texts, not {value!r}.")
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
            raise refusal(Code.INVALID_DATA, f"{name} must be a whole number, not {value!r}.")
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
                Code.INVALID_DATA, f"{name} must be hex digits such as D1D9, not {value!r}."
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


MESSAGES: Mapping[str, Callable[[BleBridge, dict[str, JSON]], Awaitable[dict[str, JSON]]]] = {
    "init": BleBridge._init,
    "callApi": BleBridge._call_message,
    "syncDeviceConnectStatus": BleBridge._sync,
}
APIS: Mapping[str, Callable[[BleBridge, Params], Awaitable[dict[str, JSON]]]] = {
    "openBluetoothAdapter": BleBridge._open,
    "closeBluetoothAdapter": BleBridge._close,
    "getBluetoothAdapterState": BleBridge._state,
    "startBluetoothDevicesDiscovery": BleBridge._start,
    "stopBluetoothDevicesDiscovery": BleBridge._stop,
    "getBluetoothDevices": BleBridge._devices,
    "getConnectedBluetoothDevices": BleBridge._connected,
    "createBLEConnection": BleBridge._connect,
    "closeBLEConnection": BleBridge._disconnect,
    "getBLEDeviceServices": BleBridge._services,
    "getBLEDeviceCharacteristics": BleBridge._characteristics,
    "readBLECharacteristicValue": BleBridge._read,
    "writeBLECharacteristicValue": BleBridge._write,
    "notifyBLECharacteristicValueChange": BleBridge._notify,
    "setBLEMTU": BleBridge._set_mtu,
    "getBLEMTU": BleBridge._mtu,
    "getBLEDeviceRSSI": BleBridge._rssi,
    "getSystemInfo": BleBridge._info,
}
