"""The upgrade page of a standard device: firmware through the official adapter, over the air."""

from typing import Any

import pytest

from devkit.ble.llsync.codes import OtaRefusal
from devkit.ble.profiles.light import LLSyncLight
from devkit.phone.peripherals import make_peripheral
from tests.contract.sdk.test_ble_members import HELPERS
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on

pytestmark = pytest.mark.browser

ID = f"{PRODUCT}/{DEVICE}"
DATA = bytes(range(256)) * 16
OPEN = "() => { h5PanelSdk.goFirmwareUpgradePage() }"


async def test_a_standard_device_refuses_then_takes_firmware_over_bluetooth(page: Any) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host:
        light = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport)
        assert isinstance(light, LLSyncLight)
        simulator.add_peripheral(light)
        light.restart_ms = 100
        host.variant = {"fields": {"isStandardBleDevice": True}}
        bench: Any = simulator.transport.bench
        async with open_panel(host, page, "websocket"):
            await page.add_script_tag(path=HELPERS)
            await bench.offer_firmware(ID, "2.0.0", DATA)
            await page.evaluate(OPEN)
            view = page.locator(".upgrade")
            await view.locator("[data-fact=latest]").get_by_text("2.0.0").wait_for()
            go = view.locator(".go")
            await go.click()
            await view.get_by_text("设备没有通过蓝牙连接到面板。").wait_for()
            await view.get_by_role("button", name="返回面板").click()
            await page.evaluate("async () => { window.device = await connectStandard() }")

            light.faults.refuse_ota = OtaRefusal.LOW_BATTERY
            await page.evaluate(OPEN)
            await view.locator("[data-fact=latest]").get_by_text("2.0.0").wait_for()
            await go.click()
            await page.locator(".upgrade[data-view=failed]").get_by_text(": 设备电量不足").wait_for()
            told = simulator.timeline.of_kind("action")[-1]
            assert (told["action"], told["params"]["ResultCode"]) == ("AppReportOTAStatus", -5)
            assert (light.version, light.authorized) == ("1.0.0", True)

            light.faults.refuse_ota = None
            bench.set_fault({"firmware": -4})
            await go.click()
            await page.locator(".upgrade[data-view=failed]").get_by_text("MD5 mismatch").wait_for()
            told = simulator.timeline.of_kind("action")[-1]
            assert (told["action"], told["params"]["ResultCode"]) == ("AppReportOTAStatus", -4)

            bench.set_fault({})
            await go.click()
            await page.locator(".upgrade[data-view=done]").wait_for(timeout=20_000)
        assert (light.version, light.ota.image) == ("2.0.0", DATA)
        firmware = bench.snapshot()["devices"][ID]["firmware"]
        assert (firmware["current"], firmware["status"]) == ("2.0.0", 6)
        states = [
            entry["params"]["State"]
            for entry in simulator.timeline.of_kind("action")
            if entry["action"] == "AppReportOTAStatus"
        ]
        assert states[-1] == "done"
        assert "burning" in states


ANSWERED = """async () => {
  const found = []
  addEventListener('unhandledrejection', (event) => found.push(event.reason.errCode))
  const off = { write: (...args) => { written.push(args[0]); return Promise.reject({ errCode: 10001 }) } }
  const written = []
  h5PanelSdk.StandardDeviceAdapter.prototype.writeMtuResult.call(off, 'success')
  Promise.reject({ errCode: 1 })
  while (!found.length) await new Promise((done) => setTimeout(done))
  return [written, found]
}"""


async def test_bluetooth_that_ends_before_the_mtu_is_answered_is_nobodys_error(page: Any) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host, open_panel(host, page, "websocket"):
        assert await page.evaluate(ANSWERED) == [["090000"], [1]]
