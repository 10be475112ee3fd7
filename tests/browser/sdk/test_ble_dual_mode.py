"""BLE + Wi-Fi: the platform's own adapter, as a panel bundles it, when the device's Wi-Fi goes and comes."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from devkit.ble.profiles.dual_mode import DualModeLight
from devkit.phone.peripherals import make_peripheral
from devkit.sdk import Simulator
from tests.helpers.real_sdk import MODULES
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on

pytestmark = [pytest.mark.browser, pytest.mark.node]
ID = f"{PRODUCT}/{DEVICE}"
PACKAGE = "qcloud-iotexplorer-appdev-plugin-wificonf-blecombo/lib/protocols/BleComboDualMode"

PANEL = f"""
import {{ BleComboDualModeDeviceAdapter4H5 as Combo }} from '{PACKAGE}'

const sdk = window.h5PanelSdk
const {{ blueToothAdapter, deviceName, productId }} = sdk
window.way = 'Wi-Fi'
window.values = []
Combo.injectOptions({{ appDevSdk: sdk.appDevSdk }})
blueToothAdapter.addAdapter(Combo, true)

async function fallOver() {{
  await blueToothAdapter.init()
  const found = await blueToothAdapter.searchDevice({{
    deviceName, productId, serviceId: Combo.serviceId, disableCache: true }})
  const device = await blueToothAdapter.connectDevice({{ ...found, productId }})
  if (!device.authorized) await device.authenticateConnection({{ deviceName }})
  window.device = device
  window.way = 'Bluetooth'
}}

sdk.on('wsStatusChange', ({{ deviceStatus }}) => {{
  if (deviceStatus === 0) fallOver().catch(error => {{ window.way = JSON.stringify(error) }})
  else {{
    if (window.device) window.device.disconnectDevice()
    window.way = 'Wi-Fi'
  }}
}})
sdk.on('wsReport', ({{ deviceData }}) => window.values.push(deviceData.power_switch.Value))
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Bundle the panel as any bundler does."""
    folder = tmp_path_factory.mktemp("dual-mode")
    source, out = folder / "panel.js", folder / "index.js"
    source.write_text(PANEL, "utf-8")
    esbuild = Path(MODULES) / ".bin" / "esbuild"
    command = [
        str(esbuild),
        str(source),
        "--bundle",
        f"--outfile={out}",
        "--define:global=window",
        "--minify",
    ]
    subprocess.run(
        [*command, "--log-level=error"], check=True, timeout=60, env={**os.environ, "NODE_PATH": str(MODULES)}
    )
    return out.read_text("utf-8")


@pytest.mark.parametrize("link", ["websocket", "binding"])
async def test_falls_over_to_bluetooth_and_back(bundle: str, page: Any, link: str) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host:
        light = await _light(simulator)
        bench: Any = simulator.transport.bench
        async with open_panel(host, page, link):
            await page.evaluate("h5PanelSdk.ready()")
            await page.add_script_tag(content=bundle)
            await page.evaluate("h5PanelSdk.controlDeviceData({ power_switch: 1 })")
            await page.wait_for_function("values.join() === '1'")
            assert light.controls == []
            await bench.set_online(ID, online=False)
            await page.wait_for_function("way !== 'Wi-Fi'")
            assert await page.evaluate("way") == "Bluetooth"
            assert light.authorized
            await page.evaluate("h5PanelSdk.controlDeviceData({ power_switch: 0 })")
            await asyncio.wait_for(light.arrived.wait(), 10)
            assert light.controls == [{"power_switch": 0}]
            assert await page.evaluate("values.join()") == "1"
            await bench.set_online(ID, online=True)
            await page.wait_for_function("way === 'Wi-Fi'")
            await page.evaluate("h5PanelSdk.controlDeviceData({ power_switch: 1 })")
            await page.wait_for_function("values.join() === '1,1'")
            assert len(light.controls) == 1
            assert not light.connected


class Light(DualModeLight):
    """Tells when a control has come over Bluetooth."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.arrived = asyncio.Event()

    def on_control(self, values: dict[str, Any]) -> int:
        code = super().on_control(values)
        self.arrived.set()
        return code


async def _light(simulator: Simulator) -> Light:
    made = await make_peripheral(Light, simulator.settings, simulator.transport)
    assert isinstance(made, Light)
    return simulator.add_peripheral(made)
