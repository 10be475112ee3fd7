"""A page's Bluetooth messages: their hex forms, failures, pushes and order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.ble import Peripheral
from devkit.ble.central.apis import APIS
from devkit.ble.central.bridge import BleBridge
from devkit.ble.profiles.heart_rate import HeartRateMonitor
from devkit.ble.profiles.thermometer import Thermometer
from tests.helpers.ble import Lab, open_lab

MAC = "A1:B2:C3:D4:E5:F6"
SERVICE, COMMAND, READING = (f"0000{word}-0000-1000-8000-00805F9B34FB" for word in ("FFF0", "FFF1", "FFF2"))
PLACE = {"deviceId": MAC, "serviceId": SERVICE, "characteristicId": COMMAND}


class Page:
    """What a page sees: pushes and answers, in one order."""

    def __init__(self, lab: Lab) -> None:
        self.seen: list[tuple[str, object]] = []
        self.bridge = BleBridge(lab.central, lambda action, payload: self.seen.append((action, payload)))

    async def call(self, api: str, **params) -> dict:
        result = await self.bridge.handle("callApi", {"api": api, "params": params})
        self.seen.append((api, result))
        json.dumps(result)
        return result

    def pushes(self, action: str) -> list:
        return [payload for name, payload in self.seen if name == action]


async def test_the_calls_of_a_search_and_a_connection() -> None:
    thermometer = Thermometer(interval_ms=0)
    thermometer.signal = type(thermometer.signal)(noise=0)
    async with open_lab(thermometer) as lab:
        page = Page(lab)
        assert await page.bridge.handle("init") == {"errMsg": "openBluetoothAdapter:ok"}
        assert (await page.call("getBluetoothAdapterState"))["available"] is True
        await page.call("startBluetoothDevicesDiscovery", allowDuplicatesKey=True, powerLevel="high")
        await lab.wait(10)
        entry = {
            "deviceId": MAC,
            "name": "Thermometer",
            "localName": "Thermometer",
            "RSSI": -59,
            "connectable": True,
            "advertisServiceUUIDs": [SERVICE],
            "advertisData": ["FF", "FF", "A1", "B2", "C3", "D4", "E5", "F6"],
        }
        assert page.pushes("onBluetoothDeviceFound") == [{"devices": [entry]}]
        assert (await page.call("getBluetoothDevices"))["devices"] == [entry]
        await page.call("stopBluetoothDevicesDiscovery")
        await page.call("createBLEConnection", deviceId=MAC)
        assert [name for name, _ in page.seen[-2:]] == ["onBLEConnectionStateChange", "createBLEConnection"]
        assert (await page.call("getBLEDeviceServices", deviceId=MAC))["services"] == [
            {"uuid": SERVICE, "isPrimary": True}
        ]
        found = await page.call("getBLEDeviceCharacteristics", deviceId=MAC, serviceId=SERVICE)
        assert [item["uuid"] for item in found["characteristics"]] == [COMMAND, READING]
        await page.call(
            "notifyBLECharacteristicValueChange",
            deviceId=MAC, serviceId=SERVICE, characteristicId=READING, state=True,
        )  # fmt: skip
        assert await page.call("writeBLECharacteristicValue", **PLACE, value="D1D9") == {
            "errMsg": "writeBLECharacteristicValue:ok"
        }
        assert thermometer.value(thermometer.command) == b"\xd1\xd9"
        thermometer.measure(36.5)
        await lab.wait()
        (value,) = page.pushes("onBLECharacteristicValueChange")
        assert value["characteristicId"] == READING
        assert value["value"] == ["D1", "D9", "00", "04", "00", "00", "01", "6D", "0D"]
        assert (await page.call("setBLEMTU", deviceId=MAC, mtu=100))["mtu"] == 100
        assert (await page.call("getBLEMTU", deviceId=MAC))["mtu"] == 100
        assert (await page.call("getBLEDeviceRSSI", deviceId=MAC))["RSSI"] == -59
        assert (await page.call("getConnectedBluetoothDevices", services=["FFF0"]))["devices"] == [
            {"deviceId": MAC, "name": "Thermometer"}
        ]
        await page.call("closeBLEConnection", deviceId=MAC)
        assert page.pushes("onBLEConnectionStateChange")[-1] == {"deviceId": MAC, "connected": False}


async def test_a_failure_has_wechats_code_and_a_sentence() -> None:
    async with open_lab(Thermometer(interval_ms=0)) as lab:
        page = Page(lab)
        assert await page.call("writeBLECharacteristicValue", **PLACE, value="01") == {
            "code": 10006,
            "msg": "writeBLECharacteristicValue:fail no connection",
            "errCode": 10006,
            "errMsg": "writeBLECharacteristicValue:fail no connection",
            "detail": f"{MAC} is not connected.\nConnect to it first.",
        }
        await page.call("createBLEConnection", deviceId=MAC)
        again = await page.call("createBLEConnection", deviceId=MAC)
        assert "already connect" in again["errMsg"]
        assert "fail not supported" in (await page.call("openNfc"))["errMsg"]
        lab.central.set_power(False)
        assert (await page.bridge.handle("init"))["errCode"] == 10001
        assert page.pushes("onBluetoothAdapterStateChange")[-1]["available"] is False


async def test_a_device_without_a_name_is_called_unknown() -> None:
    async with open_lab(Peripheral()) as lab:
        page = Page(lab)
        await page.call("startBluetoothDevicesDiscovery")
        await lab.wait(10)
        assert page.pushes("onBluetoothDeviceFound")[0]["devices"][0]["name"] == "未知设备"


async def test_values_may_be_lists_of_digits_and_a_read_arrives_as_a_push() -> None:
    monitor = HeartRateMonitor(MAC)
    async with open_lab(monitor) as lab:
        page = Page(lab)
        await page.call("createBLEConnection", deviceId=MAC)
        monitor.energy_kj = 5
        place = {"deviceId": MAC, "serviceId": "180D", "characteristicId": "2A39"}
        await page.call("writeBLECharacteristicValue", **place, value=["01"], writeType="write")
        assert monitor.energy_kj == 0
        refused = await page.call("writeBLECharacteristicValue", **place, value="02")
        assert refused["errMsg"] == "writeBLECharacteristicValue:fail system error, status:128"
        await page.call("readBLECharacteristicValue", **{**place, "characteristicId": "2A38"})
        assert page.pushes("onBLECharacteristicValueChange")[-1]["value"] == ["01"]


async def test_a_page_that_comes_back_learns_what_is_still_connected() -> None:
    async with open_lab(Thermometer(interval_ms=0)) as lab:
        page = Page(lab)
        listed = [{"deviceId": MAC, "connected": True}, {"deviceId": "x", "connected": False}, "?", {}]
        await page.bridge.handle("syncDeviceConnectStatus", {"devices": listed})
        assert page.pushes("onBLEConnectionStateChange") == [{"deviceId": MAC, "connected": False}]
        page.bridge.close()
        await lab.central.connect(MAC)
        assert len(page.pushes("onBLEConnectionStateChange")) == 1


@pytest.mark.parametrize(
    ("api", "params"),
    [
        ("createBLEConnection", {"deviceId": 5}),
        ("createBLEConnection", {"deviceId": MAC, "timeout": "1"}),
        ("createBLEConnection", {"deviceId": MAC, "timeout": -1}),
        ("startBluetoothDevicesDiscovery", {"services": "FFF0"}),
        ("startBluetoothDevicesDiscovery", {"services": ["nonsense"]}),
        ("writeBLECharacteristicValue", {**PLACE, "value": "D"}),
        ("writeBLECharacteristicValue", {**PLACE, "value": ""}),
        ("writeBLECharacteristicValue", {**PLACE, "value": {}}),
        ("setBLEMTU", {"deviceId": MAC}),
        ("setBLEMTU", {"deviceId": MAC, "mtu": True}),
    ],
)
async def test_parameters_of_a_wrong_kind_are_invalid_data(api: str, params: dict) -> None:
    async with open_lab(Thermometer(interval_ms=0)) as lab:
        page = Page(lab)
        if api.startswith(("write", "set")):
            await page.call("createBLEConnection", deviceId=MAC)
        assert (await page.call(api, **params))["errCode"] == 10013


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 600)
    | st.text(max_size=8)
    | st.sampled_from([MAC, SERVICE, "01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = ["deviceId", "serviceId", "characteristicId", "value", "mtu", "services", "state", "timeout"]


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(APIS)), st.dictionaries(st.sampled_from(NAMES), JSON)), max_size=8
    )
)
def test_wild_messages_get_an_answer(calls: list[tuple[str, dict]]) -> None:
    import asyncio

    async def talk() -> None:
        async with open_lab(Thermometer(interval_ms=0)) as lab:
            page = Page(lab)
            for api, params in calls:
                if isinstance(params.get("timeout"), int):
                    params["timeout"] = 0
                answer = await asyncio.wait_for(page.call(api, **params), 5)
                assert answer["errMsg"].startswith(api)
            for payload in (None, 5, {"devices": 5}, {"api": 7}):
                json.dumps(await page.bridge.handle("callApi", payload))
                await page.bridge.handle("syncDeviceConnectStatus", payload)

    asyncio.run(talk())
