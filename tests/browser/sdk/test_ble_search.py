"""The page that searches for a device, in the dev server: find, bind, go to the panel, and be rid of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from devkit.ble.profiles.light import LLSyncLight
from devkit.ble.profiles.thermometer import Thermometer
from devkit.phone.peripherals import make_peripheral
from tests.helpers.console_server import ConsoleServer, built, console_server

pytestmark = pytest.mark.browser
PRODUCT, FRESH = "CONSOLE001", "fresh01"
HELPERS = Path(__file__).parents[2] / "helpers" / "ble_panel.js"
READY = "window.h5PanelSdk && window.connectStandard && __devkit_runtime.link.connected"
FIND = """window.find = () => new Promise((onSearch, onError) => h5PanelSdk.blueToothAdapter.startSearch({
  onSearch: devices => devices.length && onSearch(devices[0]), onError }))"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        server.panel.built(built(f"{HELPERS.read_text('utf-8')}\n{FIND}"))
        yield server


async def fresh_light(server: ConsoleServer) -> LLSyncLight:
    """Put a device on the air that belongs to nobody."""
    simulator = server.simulator
    made = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport, device_name=FRESH)
    assert isinstance(made, LLSyncLight)
    assert made.binding is None
    return simulator.add_peripheral(made)


def family_of(server: ConsoleServer, device_id: str) -> str:
    transport: Any = server.simulator.transport
    with transport.emulator.work() as work:
        return str((work.tx.get("devices", device_id) or {}).get("family_id", ""))


async def open_search(server: ConsoleServer, page: Any, path: str) -> None:
    await page.goto(f"{server.panel_url}/{path}?productId={PRODUCT}&h5PanelDevId=me-1")
    await page.wait_for_function(READY)


async def test_a_standard_device_from_the_search_to_its_end(server: ConsoleServer, page: Any) -> None:
    light = await fresh_light(server)
    await open_search(server, page, "h5panel/developing/live/bluetooth-search")
    start = await page.evaluate("[h5PanelSdk.deviceId, h5PanelSdk.productId, Boolean(h5PanelSdk.familyId)]")
    assert start == ["", PRODUCT, True]
    await page.evaluate(
        """async () => {
          const { blueToothAdapter, familyId, roomId } = h5PanelSdk
          const device = await blueToothAdapter.connectDevice(await find())
          await blueToothAdapter.stopSearch()
          await device.bindDevice({ familyId, roomId })
          setTimeout(() => h5PanelSdk.goDevicePanelPage(device.explorerDeviceId))
        }"""
    )
    await page.wait_for_url("**/h5panel/developing/live?**")
    assert parse_qs(urlsplit(page.url).query) == {
        "productId": [PRODUCT], "deviceName": [FRESH], "h5PanelDevId": ["me-1"],
    }  # fmt: skip
    assert light.binding is not None
    assert family_of(server, f"{PRODUCT}/{FRESH}")
    await page.wait_for_function(READY)
    assert await page.evaluate("h5PanelSdk.isStandardBleDevice")
    await page.evaluate(
        "connectStandard({ disableCache: true }).then(device => { h5PanelSdk.bleDeviceId = device.deviceId })"
    )
    assert light.authorized
    await page.evaluate("() => { window.done = h5PanelSdk.deleteDevice() }")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.evaluate("done")
    assert light.binding is None
    assert not family_of(server, f"{PRODUCT}/{FRESH}")


async def test_a_custom_device_is_registered_bound_and_read(server: ConsoleServer, page: Any) -> None:
    thermometer = server.simulator.add_peripheral(Thermometer(interval_ms=0))
    await open_search(server, page, "h5panel/bluetooth-search")
    await page.evaluate(
        """async () => {
          const { blueToothAdapter } = h5PanelSdk
          blueToothAdapter.addAdapter(thermometerAdapter())
          const device = await blueToothAdapter.connectDevice(await find())
          await device.bindDevice()
          setTimeout(() => h5PanelSdk.goDevicePanelPage(device.explorerDeviceId))
        }"""
    )
    await page.wait_for_url("**/h5panel?**")
    await page.wait_for_function(READY)
    assert await page.evaluate("[h5PanelSdk.deviceName, h5PanelSdk.isStandardBleDevice]") == [
        thermometer.device_name,
        False,
    ]
    await page.evaluate(
        """async () => {
          const { blueToothAdapter, deviceName, productId } = h5PanelSdk
          blueToothAdapter.addAdapter(thermometerAdapter())
          await blueToothAdapter.searchAndConnectDevice({ deviceName, productId })
        }"""
    )
    thermometer.measure(41)
    await page.wait_for_function("h5PanelSdk.deviceData.brightness === 41")


async def test_a_device_with_another_key_is_not_bound(server: ConsoleServer, page: Any) -> None:
    light = await fresh_light(server)
    light.secret = "AAAAAAAAAAAAAAAAAAAAAA=="
    await open_search(server, page, "h5panel/developing/bluetooth-search")
    error = await page.evaluate(
        """async () => {
          const device = await h5PanelSdk.blueToothAdapter.connectDevice(await find())
          return refusal(device.bindDevice({ familyId: h5PanelSdk.familyId, roomId: '' }))
        }"""
    )
    assert "InvalidParameterValue" in str(error["code"])
    assert light.binding is None
    assert not family_of(server, f"{PRODUCT}/{FRESH}")
