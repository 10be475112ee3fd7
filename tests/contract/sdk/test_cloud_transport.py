"""The same panel on the cloud transport, against a served emulator; the SDK knows no difference."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from devkit.ble.profiles.light import LLSyncLight
from devkit.cloud.http.server import served
from devkit.phone.peripherals import SECRET_VARIABLE, make_peripheral
from devkit.sdk import Simulator
from devkit.transport.cloud import CloudTransport
from devkit.transport.credentials import Credentials
from devkit.transport.endpoint import Endpoint
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, lamp_settings, open_panel, simulator_on

pytestmark = pytest.mark.browser
ID = f"{PRODUCT}/{DEVICE}"


@pytest.fixture
async def remote() -> AsyncIterator[tuple[Simulator, Any]]:
    async with simulator_on() as behind:
        transport: Any = behind.transport
        async with served(transport.emulator) as url:
            cloud = CloudTransport(
                Endpoint.of("mainland", url),
                Credentials(token=transport.seed.token),
                timeout_s=5,
                reconnect_s=0.01,
            )
            await cloud.connect()
            simulator = Simulator(cloud, lamp_settings())
            await simulator.start()
            yield simulator, transport.bench
            await simulator.aclose()
            await cloud.aclose()


async def test_data_control_report_and_errors(remote: tuple[Simulator, Any], page: Any) -> None:
    simulator, bench = remote
    async with host_on(simulator) as host, open_panel(host, page, "websocket"):
        found = await page.evaluate(
            """async () => {
              const sdk = h5PanelSdk
              await sdk.sdkReady()
              const report = new Promise(done => sdk.on('wsReport', done))
              const answer = await sdk.controlDeviceData({ brightness: 12 })
              const event = await report
              const error = await sdk.requestTokenApi('AppDoNothing').catch(error => error)
              return { properties: sdk.dataTemplate.properties.length, family: typeof sdk.familyId, answer,
                value: event.deviceData.brightness.Value, now: sdk.deviceData.brightness, code: error.code,
                action: (await sdk.callDeviceAction({ times: 1 }, 'blink')).Status }
            }"""
        )
        await page.evaluate(
            "() => { window.seen = []; h5PanelSdk.on('wsStatusChange', event => seen.push(event)) }"
        )
        await bench.set_online(ID, online=False)
        await page.wait_for_function("seen.length === 1")
        assert await page.evaluate("[seen[0], h5PanelSdk.deviceStatus]") == [
            {"deviceId": ID, "deviceStatus": 0},
            0,
        ]
    assert found["properties"] == 6
    assert found["family"] == "string"
    assert found["answer"]["RequestId"]
    assert (found["value"], found["now"]) == (12, 12)
    assert found["code"]
    assert found["action"]


async def test_bluetooth_over_the_cloud_transport(
    remote: tuple[Simulator, Any], page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator, bench = remote
    keys = bench.keys(PRODUCT, "fresh01")
    monkeypatch.setenv(SECRET_VARIABLE, keys.secret)
    light = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport, device_name="fresh01")
    assert isinstance(light, LLSyncLight)
    assert light.binding is None
    simulator.add_peripheral(light)
    async with host_on(simulator) as host, open_panel(host, page, "websocket"):
        await page.evaluate(
            """async () => {
              const { blueToothAdapter, familyId, roomId } = h5PanelSdk
              const found = await new Promise((onSearch, onError) => blueToothAdapter.startSearch({
                onSearch: devices => devices.length && onSearch(devices[0]), onError }))
              blueToothAdapter.stopSearch()
              const device = await blueToothAdapter.connectDevice(found)
              await device.bindDevice({ familyId, roomId })
              await device.authenticateConnection({ deviceName: 'fresh01' })
              await h5PanelSdk.appDevSdk.subscribeDevices([device.explorerDeviceId])
              window.seen = []
              h5PanelSdk.on('wsReport', event => seen.push(event.deviceData.brightness.Value))
            }"""
        )
        assert light.authorized
        light.report({"brightness": 44})
        await page.wait_for_function("seen.length === 1")
    device = bench.snapshot()["devices"][f"{PRODUCT}/fresh01"]
    assert device["properties"]["brightness"] == 44
    again = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport, device_name="fresh01")
    assert again.binding == light.binding  # type: ignore[attr-defined]


async def test_a_custom_device_needs_its_key_there(
    remote: tuple[Simulator, Any], page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator, bench = remote
    secret = bench.keys(PRODUCT, "box01").secret
    bind = """h5PanelSdk.h5Websocket.send('Control', { action: 'bindDevice',
      payload: { deviceName: 'box01', productId: '' } }).then(() => 'bound', error => error)"""
    async with host_on(simulator) as host, open_panel(host, page, "websocket"):
        refused = await page.evaluate(bind)
        assert refused["code"] == "devkit.NoDeviceKey"
        assert SECRET_VARIABLE in refused["msg"]
        monkeypatch.setenv(SECRET_VARIABLE, "AAAAAAAAAAAAAAAAAAAAAA==")
        assert "InvalidParameterValue" in (await page.evaluate(bind))["code"]
        monkeypatch.setenv(SECRET_VARIABLE, secret)
        assert await page.evaluate(bind) == "bound"


async def test_firmware_over_the_cloud_transport(remote: tuple[Simulator, Any], page: Any) -> None:
    simulator, bench = remote
    data = bytes(range(256)) * 5000
    await bench.offer_firmware(ID, "2.0.0", data, description="brighter")
    async with host_on(simulator) as host, open_panel(host, page, "websocket"):
        size = await page.evaluate("h5PanelSdk.downLoadDeviceOTA().then(({ otaData }) => otaData.byteLength)")
        assert size == len(data)
        bench.set_fault({"firmware": -3})
        error = await page.evaluate("h5PanelSdk.downLoadDeviceOTA().catch((error) => error)")
        assert (error["code"], "answers 403" in error["msg"]) == (-3, True)
        await page.evaluate("() => { h5PanelSdk.goFirmwareUpgradePage() }")
        await page.locator(".upgrade[data-view=found]").get_by_text("brighter").wait_for()
        await page.locator(".upgrade .go").click()
        await page.locator(".upgrade[data-view=failed]").get_by_text("Signature expired").wait_for()
