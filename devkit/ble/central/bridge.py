"""The bridge between a page and a central: messages to the mini program in, wx results and pushes out.

Source: docs/reference/protocol.md sections 4.2 to 4.5, docs/reference/ble.md section 0.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from devkit.ble.central.apis import APIS, Params, device_entry, hex_list
from devkit.ble.central.central import BleCentral
from devkit.ble.central.events import (
    AdapterState,
    CentralEvent,
    ConnectionChanged,
    DevicesFound,
    ValueChanged,
)
from devkit.ble.refusals import wx_failure
from devkit.errors import BleError
from devkit.model.defines import JSON

Push = Callable[[str, dict[str, JSON]], None]


class BleBridge:
    """Answers one page's Bluetooth messages.

    push(action, payload) sends a message to the page; it must keep the order of calls, and a push that is
    made while a message is answered must reach the page before the answer, or adapters miss connections.
    """

    def __init__(self, central: BleCentral, push: Push) -> None:
        self.central = central
        self._push = push
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
            result = await handler(self.central, Params(params))
        except BleError as error:
            failure = wx_failure(api, error)
            return {**failure, "code": failure["errCode"], "msg": failure["errMsg"]}
        return {"errMsg": f"{api}:ok", **(result if isinstance(result, dict) else {})}

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


MESSAGES: Mapping[str, Callable[[BleBridge, dict[str, JSON]], Awaitable[dict[str, JSON]]]] = {
    "init": BleBridge._init,
    "callApi": BleBridge._call_message,
    "syncDeviceConnectStatus": BleBridge._sync,
}
