"""Bluetooth that goes wrong, over both links: documented errors, and the device's state intact."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devkit.ble import VirtualCentral
from devkit.ble.profiles.light import LLSyncLight
from devkit.errors import BleError
from devkit.phone.peripherals import make_peripheral
from devkit.sdk import Simulator
from tests.helpers.sdk_host import SdkHost, open_panel

pytestmark = pytest.mark.browser
HELPERS = Path(__file__).parents[2] / "helpers" / "ble_panel.js"
OFF = "当前蓝牙适配器不可用"


@pytest.fixture
async def ble(panel: Any) -> Any:
    await panel.add_script_tag(path=HELPERS)
    await panel.evaluate("h5PanelSdk.ready()")
    return panel


@pytest.fixture
async def light(simulator: Simulator) -> LLSyncLight:
    made = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport)
    assert isinstance(made, LLSyncLight)
    return simulator.add_peripheral(made)


def phone(simulator: Simulator) -> VirtualCentral:
    """Return the phone of the pages."""
    session = next(iter(simulator.sessions.values()))
    central = simulator.central_for(session)
    assert isinstance(central, VirtualCentral)
    return central


async def until(simulator: Simulator, check: Callable[[], bool]) -> None:
    """Wait until something holds, looking again after each entry of the timeline."""
    async with asyncio.timeout(10):
        follower = simulator.timeline.follow(0)
        while not check():
            await anext(follower)
        await follower.aclose()  # type: ignore[attr-defined]


async def test_bluetooth_that_is_off_from_the_start(
    ble: Any, simulator: Simulator, light: LLSyncLight
) -> None:
    phone(simulator).set_power(False)
    refused = await ble.evaluate("refusal(h5PanelSdk.blueToothAdapter.init())")
    assert (refused["code"], refused["errCode"], refused["msg"]) == (10001, 10001, OFF)
    again = await ble.evaluate("refusal(h5PanelSdk.blueToothAdapter.startSearch({}))")
    assert again["code"] == 10001
    phone(simulator).set_power(True)
    await ble.evaluate("connectStandard()")
    assert light.authorized


async def test_bluetooth_that_goes_off_midway_and_comes_back(
    ble: Any, simulator: Simulator, light: LLSyncLight
) -> None:
    await ble.evaluate(
        """async () => {
          window.device = await connectStandard()
          watch(device, ['disconnect'])
          watch(h5PanelSdk.blueToothAdapter, ['adapterStateChange'])
        }"""
    )
    phone(simulator).set_power(False)
    await ble.wait_for_function("log.some(([name]) => name === 'disconnect')")
    await ble.wait_for_function(
        "log.some(([name, state]) => name === 'adapterStateChange' && !state.available)"
    )
    assert not light.connected
    assert light.binding is not None
    assert (await ble.evaluate("refusal(device.write('00'))"))["code"] == 10001
    phone(simulator).set_power(True)
    await ble.evaluate("connectStandard()")
    assert light.authorized


async def test_a_write_before_the_connection_and_a_stranger(
    ble: Any, simulator: Simulator, light: LLSyncLight
) -> None:
    refused = await ble.evaluate(
        """async deviceId => {
          const { h5Websocket, blueToothAdapter } = h5PanelSdk
          const call = (api, params) =>
            refusal(h5Websocket.send('Control', { action: 'callApi', payload: { api, params } }))
          const before = await call('getBluetoothDevices', {})
          await blueToothAdapter.init()
          const place = { deviceId, serviceId: 'FFE0', characteristicId: 'FFE1', value: '00' }
          return {
            before,
            write: await call('writeBLECharacteristicValue', place),
            stranger: await call('createBLEConnection', { deviceId: 'C0:00:00:00:00:00' }),
            nonsense: await call('createBLEConnection', { deviceId: 7 }),
            unknown: await call('makeCoffee', {}),
          }
        }""",
        light.address,
    )
    codes = {name: error["errCode"] for name, error in refused.items() if "errCode" in error}
    assert codes == {"before": 10000, "write": 10006, "stranger": 10002, "nonsense": 10013}
    assert refused["unknown"]["code"] == -1
    assert "makeCoffee" in refused["unknown"]["msg"]
    assert not light.authorized


async def test_the_second_panel_of_a_phone_and_another_phone(
    ble: Any, simulator: Simulator, host: SdkHost, light: LLSyncLight
) -> None:
    await ble.evaluate("connectStandard()")
    second = await ble.context.new_page()
    host.binding = ""
    async with open_panel(host, second, "websocket") as other:
        await other.add_script_tag(path=HELPERS)
        refused = await other.evaluate("refusal(connectStandard({ disableCache: true }))")
        assert refused["errCode"] == 10010
    await second.close()
    stranger = VirtualCentral(simulator.radio)
    await stranger.open()
    with pytest.raises(Exception, match="another phone"):
        await stranger.connect(light.address)
    await stranger.aclose()
    assert light.authorized
    await ble.evaluate("h5PanelSdk.getBleDeviceAdapter().controlDevice({ deviceData: { brightness: 12 } })")
    assert light.values["brightness"] == 12


async def test_a_page_that_goes_away_lets_its_device_go(
    ble: Any, simulator: Simulator, host: SdkHost, light: LLSyncLight
) -> None:
    await ble.evaluate("connectStandard().then(() => h5PanelSdk.blueToothAdapter.startSearch({}))")
    assert light.connected
    assert (await phone(simulator).state()).discovering
    await ble.reload()
    await ble.wait_for_function("window.__devkit_runtime && __devkit_runtime.link.connected")
    await until(simulator, lambda: not light.connected)
    await simulator.bluetooth.settled()
    with pytest.raises(BleError, match="not open"):
        await phone(simulator).state()
    await ble.add_script_tag(path=HELPERS)
    await ble.evaluate("connectStandard({ disableCache: true })")
    assert light.authorized


async def test_a_page_that_outlives_a_restart_of_devkit(
    page: Any, simulator: Simulator, host: SdkHost, light: LLSyncLight
) -> None:
    async with open_panel(host, page, "websocket"):
        await page.add_script_tag(path=HELPERS)
        await page.evaluate("h5PanelSdk.ready()")
        await page.evaluate("connectStandard().then(device => watch(device, ['disconnect']))")
        for session in list(simulator.sessions.values()):
            simulator.drop(session)
        await host.cut()
        await page.wait_for_function("log.length === 1")
        await page.evaluate("connectStandard({ disableCache: true })")
    assert light.authorized


async def test_a_panel_restarted_in_place_starts_without_devices(
    ble: Any, simulator: Simulator, light: LLSyncLight
) -> None:
    await ble.evaluate("connectStandard().then(device => { window.first = device })")
    await ble.evaluate("__devkit_runtime.resetForReload()")
    await until(simulator, lambda: not light.connected)
    await ble.evaluate("connectStandard({ disableCache: true }).then(device => { window.second = device })")
    assert await ble.evaluate("first !== second && second instanceof h5PanelSdk.StandardDeviceAdapter")
    assert light.authorized


async def test_frames_and_calls_are_on_the_timeline(
    ble: Any, simulator: Simulator, light: LLSyncLight
) -> None:
    await ble.evaluate("connectStandard()")
    await ble.evaluate("h5PanelSdk.getBleDeviceAdapter().controlDevice({ deviceData: { power_switch: 1 } })")
    words = [frame["words"] for frame in simulator.timeline.of_kind("ble.frame")]
    assert 'control {"power_switch": 1}' in words
    assert {call["api"] for call in simulator.timeline.of_kind("ble.call")} >= {
        "init",
        "createBLEConnection",
        "writeBLECharacteristicValue",
    }
    assert [found["devices"][0]["deviceId"] for found in simulator.timeline.of_kind("ble.found")] == [
        light.address
    ]
    assert any(event.get("connected") for event in simulator.timeline.of_kind("ble.event"))
