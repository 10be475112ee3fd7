"""Bluetooth over both links: every member, event and default of the guide, with devices that answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devkit.ble import Advertising, Peripheral, Service
from devkit.ble.llsync.codes import ReportKind
from devkit.ble.profiles.light import LLSyncLight
from devkit.ble.profiles.thermometer import Thermometer
from devkit.phone.peripherals import make_peripheral
from devkit.sdk import Simulator
from devkit.sdk.surface import MEMBERS
from tests.helpers.sdk_host import DEVICE, PRODUCT

pytestmark = pytest.mark.browser
ID = f"{PRODUCT}/{DEVICE}"
HELPERS = Path(__file__).parents[2] / "helpers" / "ble_panel.js"


class Box(Peripheral):
    """Something to read, write and listen to."""

    name = "Box"
    advertising = Advertising(service_uuids=["FFB0"], manufacturer_data=b"\xff\xff\x01")
    box = Service("FFB0")
    command = box.characteristic("FFB1", "write")
    state = box.characteristic("FFB2", "read", value=b"\xd1\xd9\x00\x04\x00\x00\x01\x6d\x0d")
    news = box.characteristic("FFB3", "indicate")
    written: bytes = b""

    @command.on_write
    def take(self, value: bytes) -> None:
        self.written = value
        self.notify(self.news, value)


@pytest.fixture
async def ble(panel: Any) -> Any:
    await panel.add_script_tag(path=HELPERS)
    return panel


@pytest.fixture
async def light(simulator: Simulator) -> LLSyncLight:
    made = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport)
    assert isinstance(made, LLSyncLight)
    return simulator.add_peripheral(made)


async def test_every_member_of_a_device_is_there(ble: Any, light: LLSyncLight) -> None:
    light.binding = None  # only the advertising of a new device tells its MAC
    prefix = "deviceAdapter."
    wanted = {item.name.removeprefix(prefix): item.kind for item in MEMBERS if item.name.startswith(prefix)}
    found = await ble.evaluate(
        """async names => {
          const { blueToothAdapter } = h5PanelSdk
          const info = await new Promise((onSearch, onError) => blueToothAdapter.startSearch({
            onSearch: devices => devices.length && onSearch(devices[0]), onError }))
          blueToothAdapter.stopSearch()
          window.device = await blueToothAdapter.connectDevice({ ...info, deviceName: h5PanelSdk.deviceName })
          await device.bindDevice({ familyId: h5PanelSdk.familyId, roomId: h5PanelSdk.roomId })
          await device.authenticateConnection({ deviceName: h5PanelSdk.deviceName })
          return names.map(name => {
            const [first, second] = name.split('.')
            return [name, second ? second in device[first] : first in device, typeof device[first]]
          })
        }""",
        list(wanted),
    )
    assert [name for name, there, _ in found if not there] == []
    assert [name for name, _, kind in found if wanted[name] == "method" and kind != "function"] == []
    state = await ble.evaluate(
        """() => ({ id: device.explorerDeviceId, connected: device.isConnected, mtu: device.mtu,
          mac: device.extendInfo.macStr, version: device.bleVersion, firmware: device.otaVersion,
          authorized: device.authorized, name: device.originName, service: device.serviceId,
          found: h5PanelSdk.getBleDeviceAdapter() === device,
          kind: device instanceof h5PanelSdk.StandardDeviceAdapter })"""
    )
    assert state == {
        "id": ID, "connected": True, "mtu": 128, "mac": light.address, "version": 4,
        "firmware": "1.0.0", "authorized": True, "name": f"{DEVICE}_C0DE", "found": True, "kind": True,
        "service": "0000FFE0-65D0-4E20-B56A-E493541BA4E2",
    }  # fmt: skip
    assert light.authorized


async def test_standard_device_obeys_reports_and_reaches_the_cloud(
    ble: Any, light: LLSyncLight, simulator: Simulator
) -> None:
    await ble.evaluate(
        """async () => {
          window.device = await connectStandard()
          watch(h5PanelSdk, ['wsReport', 'wsEventReport', 'wsActionReport'])
        }"""
    )
    await ble.evaluate("h5PanelSdk.controlDeviceData({ power_switch: 1, brightness: 30 })")
    await ble.wait_for_function("log.some(([name]) => name === 'wsReport')")
    assert light.controls == [{"power_switch": 1, "brightness": 30}]
    assert await ble.evaluate("h5PanelSdk.deviceData.brightness") == 30
    replies: list[tuple[ReportKind, int]] = []
    light.on_reply = lambda kind, code: replies.append((kind, code))  # type: ignore[method-assign]
    light.report({"brightness": 31})
    await ble.wait_for_function("h5PanelSdk.deviceData.brightness === 31")
    light.fire("overheated", {"degrees": 91})
    await ble.wait_for_function("log.some(([name]) => name === 'wsEventReport')")
    assert (ReportKind.PROPERTIES, 0) in replies
    told = [call.api for call in simulator.mini_program.calls]
    assert told == [entry["api"] for entry in simulator.timeline.of_kind("miniProgram")]
    assert {"h5_mirror_connect", "llsync_device_authorized"} <= set(told)
    bench: Any = simulator.transport.bench
    assert bench.snapshot()["devices"][ID]["properties"]["brightness"] == 31


async def test_a_custom_adapter_reads_the_thermometer(ble: Any, simulator: Simulator) -> None:
    thermometer = simulator.add_peripheral(Thermometer(interval_ms=0))
    states = await ble.evaluate(
        """async () => {
          const { blueToothAdapter } = h5PanelSdk
          watch(blueToothAdapter, ['adapterStateChange'])
          blueToothAdapter.addAdapter(thermometerAdapter())
          await blueToothAdapter.init()
          const found = await new Promise((onSearch, onError) => blueToothAdapter.startSearch({
            onSearch: devices => devices.length && onSearch(devices), onError }))
          await blueToothAdapter.stopSearch()
          window.device = await blueToothAdapter.connectDevice(found[0])
          watch(device, ['connect', 'disconnect', 'message', 'bLEConnectionStateChange'])
          await device.bindDevice()
          return { ids: device.characteristicsMap, name: found[0].deviceName, connected: device.isConnected }
        }"""
    )
    service = "0000FFF0-0000-1000-8000-00805F9B34FB"
    assert states["connected"]
    assert states["name"] == "A1:B2:C3:D4:E5:F6"
    assert states["ids"][service]["notifyIds"] == ["0000FFF2-0000-1000-8000-00805F9B34FB"]
    assert states["ids"][service]["writeIds"] == ["0000FFF1-0000-1000-8000-00805F9B34FB"]
    thermometer.measure(36.5)
    await ble.wait_for_function("log.some(([name]) => name === 'message')")
    message = await ble.evaluate("log.find(([name]) => name === 'message')[1]")
    assert message.pop("timestamp") > 0
    assert message == {"type": "temperature", "celsius": 36.5, "dataReported": True}
    reported = [entry for entry in simulator.timeline.of_kind("action") if "AsDevice" in entry["action"]]
    assert [entry["params"]["DeviceId"] for entry in reported] == [f"{PRODUCT}/{thermometer.device_name}"]
    assert [state["discovering"] for name, state in await ble.evaluate("log") if name[0] == "a"] == [
        False, True, False,
    ]  # fmt: skip
    thermometer.drop()
    await ble.wait_for_function("log.some(([name]) => name === 'bLEConnectionStateChange')")
    assert await ble.evaluate("log.filter(([name]) => name.length > 7).pop()") == [
        "bLEConnectionStateChange",
        {"connected": False},
    ]
    assert not await ble.evaluate("device.isConnected")


async def test_reads_writes_indications_mtu_and_rssi(ble: Any, simulator: Simulator) -> None:
    box = simulator.add_peripheral(Box())
    outcome = await ble.evaluate(
        """async () => {
          const { blueToothAdapter, DeviceAdapter, productId } = h5PanelSdk
          class BoxAdapter extends DeviceAdapter {
            static serviceId = '0000FFB0-0000-1000-8000-00805F9B34FB'
            static deviceFilter(device) {
              return { ...device, deviceName: 'box', productId, serviceId: BoxAdapter.serviceId }
            }
            handleBLEMessage(hex, { characteristicId }) { return { hex, characteristicId } }
          }
          blueToothAdapter.addAdapter([BoxAdapter])
          const device = await blueToothAdapter.searchAndConnectDevice({ deviceName: 'box', productId })
          watch(device, ['message'])
          const outcome = { rssi: (await device.getBLEDeviceRSSI()).RSSI }
          outcome.services = await device.getBLEDeviceServices()
          outcome.characteristics = (await device.getBLEDeviceCharacteristics()).length
          await device.readBLECharacteristicValue()
          await device.write('0A0B')
          await device.write(new Uint8Array([12, 13]).buffer)
          await device.notifyBLECharacteristicValueChange({ state: false })
          outcome.mtu = (await device.setBLEMTU({ mtu: 100 })).mtu
          outcome.badMtu = await refusal(device.setBLEMTU({ mtu: 600 }))
          const writeId = '0000FFB9-0000-1000-8000-00805F9B34FB'
          outcome.badWrite = await refusal(device.write('0A', { writeId }))
          device.disconnectDevice()
          outcome.early = await refusal(device.write('0A'))
          return outcome
        }"""
    )
    assert outcome["rssi"] < 0
    assert outcome["services"] == [{"uuid": "0000FFB0-0000-1000-8000-00805F9B34FB", "isPrimary": True}]
    assert outcome["characteristics"] == 3
    assert outcome["mtu"] == 100
    assert outcome["badMtu"]["code"] == 10013
    assert outcome["badWrite"]["code"] == 10005
    assert outcome["early"]["code"] == 10006
    assert outcome["early"]["msg"] == "当前连接已断开"
    assert box.written == b"\x0c\x0d"
    await ble.wait_for_function("log.length === 3")
    log = await ble.evaluate("log")
    assert [data["dataReported"] for _, data in log] == [False] * 3
    values = [[data["hex"], data["characteristicId"][4:8]] for _, data in log]
    assert values == [
        [["D1", "D9", "00", "04", "00", "00", "01", "6D", "0D"], "FFB2"],
        [["0A", "0B"], "FFB3"],
        [["0C", "0D"], "FFB3"],
    ]


async def test_actions_and_events_pass_through_the_phone(
    ble: Any, light: LLSyncLight, simulator: Simulator
) -> None:
    await ble.evaluate("connectStandard().then(() => watch(h5PanelSdk, ['wsEventReport']))")
    answer = await ble.evaluate("h5PanelSdk.callDeviceAction({ times: 2 }, 'blink')")
    assert json.loads(answer["OutputParams"]).keys() == {"done"}
    light.fire("overheated", {"degrees": 91})
    await ble.wait_for_function("log.length === 1")
    payload = (await ble.evaluate("log[0][1]"))["Payload"]
    assert (payload["eventId"], payload["params"]) == ("overheated", {"degrees": 91})
    actions = [item["action"] for item in simulator.timeline.of_kind("action")]
    assert {"AppPublishMsgAsDevice", "AppReportDeviceEvent", "AppReportFirmwareVersion"} <= set(actions)


async def test_a_burst_of_reports_and_controls_loses_nothing(
    ble: Any, light: LLSyncLight, simulator: Simulator
) -> None:
    await ble.evaluate(
        """async () => {
          window.device = await connectStandard()
          h5PanelSdk.on('wsReport', event => log.push(event.deviceData.brightness.Value))
        }"""
    )
    for value in range(40):
        light.report({"brightness": value})
    controls = [{"brightness": value} for value in range(50, 70)]
    await ble.evaluate(
        "async controls => { for (const deviceData of controls) await device.controlDevice({ deviceData }) }",
        controls,
    )
    await ble.wait_for_function("log.length === 60")
    assert sorted(await ble.evaluate("log")) == [*range(40), *range(50, 70)]
    assert light.controls == controls


async def test_device_info_goes_to_the_cloud(ble: Any, simulator: Simulator) -> None:
    await ble.evaluate(
        """h5PanelSdk.blueToothAdapter.reportDeviceInfo({ productId: h5PanelSdk.productId,
          deviceName: h5PanelSdk.deviceName, deviceInfo: { mac: '112233445566', fw_ver: '1.0.2' } })"""
    )
    calls = [
        item for item in simulator.timeline.of_kind("action") if item["action"] == "AppPublishMsgAsDevice"
    ]
    assert calls[-1]["params"]["Topic"] == f"$thing/up/property/{ID}"
    assert '"report_info"' in calls[-1]["params"]["Payload"]


async def test_nobody_there(ble: Any, simulator: Simulator) -> None:
    outcome = await ble.evaluate(
        """async () => {
          const { blueToothAdapter } = h5PanelSdk
          const none = await blueToothAdapter.searchDevice({ deviceName: 'none', timeout: 30 })
          const error = await new Promise(onError => blueToothAdapter.startSearch({ timeout: 30, onError }))
          const refused = await refusal(
            blueToothAdapter.searchAndConnectDevice({ deviceName: 'none', timeout: 30 }))
          const device = blueToothAdapter.getDeviceAdapter({ explorerDeviceId: 'a/b' }) || null
          return { none, error, refused, device }
        }"""
    )
    assert outcome == {
        "none": None,
        "error": "未发现设备，请确认设备已开启",
        "refused": {"code": "DeviceNotFound"},
        "device": None,
    }
