"""Firmware in a panel, over both links: the prompt, the page of the mini program, and large downloads."""

import asyncio
import hashlib
from typing import Any

import pytest

from devkit.cloud import VirtualDevice
from devkit.cloud.devices import device
from devkit.sdk import Simulator
from tests.helpers.sdk_host import DEVICE, PRODUCT

pytestmark = pytest.mark.browser

ID = f"{PRODUCT}/{DEVICE}"
DATA = bytes(range(256)) * 5000
OPEN = "() => { h5PanelSdk.goFirmwareUpgradePage() }"


class Gated(VirtualDevice):
    """Waits at 40 % until the test lets it go on."""

    gate: asyncio.Event

    async def on_ota(self, version: str, url: str) -> None:
        await self.report_ota("downloading", percent=40)
        await self.gate.wait()
        await self.install_firmware(version, b"")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "OTA_STEP_MS", 20)
    monkeypatch.setattr(device, "REBOOT_MS", 20)


def bench_of(simulator: Simulator) -> Any:
    return simulator.transport.bench


def shown(panel: Any, view: str) -> Any:
    return panel.locator(f".upgrade[data-view={view}]")


async def test_the_prompt_leads_to_the_page_and_the_page_through_the_upgrade(
    panel: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gated, "gate", asyncio.Event(), raising=False)
    bench = bench_of(simulator)
    bench.script(ID, Gated)
    await bench.offer_firmware(ID, "2.0.0", DATA, description="更亮\n<b>更快</b>")
    versions = await panel.evaluate("h5PanelSdk.checkFirmwareUpgrade()")
    assert versions == {"CurrentVersion": "1.0.0", "DstVersion": "2.0.0"}
    await panel.get_by_role("dialog").get_by_role("button", name="立即升级").click()
    page = shown(panel, "found")
    await page.wait_for()
    assert await page.locator("[data-fact=current]").inner_text() == "1.0.0"
    assert await page.locator("[data-fact=latest]").inner_text() == "2.0.0"
    assert await page.locator(".news").inner_text() == "更亮\n<b>更快</b>"
    await page.get_by_role("button", name="立即升级").click()
    running = shown(panel, "running")
    await running.get_by_text("40 %").wait_for()
    assert await running.get_by_role("progressbar").get_attribute("aria-valuenow") == "40"
    await running.get_by_text("正在下载…").wait_for()
    assert await running.get_by_role("button", name="立即升级").is_disabled()
    Gated.gate.set()
    await shown(panel, "done").get_by_text("升级成功").wait_for()
    await panel.get_by_role("button", name="返回面板").click()
    await panel.locator(".upgrade").wait_for(state="hidden")
    versions = await panel.evaluate("h5PanelSdk.checkFirmwareUpgrade({ silent: true })")
    assert versions["CurrentVersion"] == versions["DstVersion"] == "2.0.0"


async def test_a_failure_has_its_reason_and_a_second_try(panel: Any, simulator: Simulator) -> None:
    bench = bench_of(simulator)
    await bench.offer_firmware(ID, "2.0.0", DATA)
    bench.set_fault({"firmware": -3})
    await panel.evaluate(OPEN)
    await shown(panel, "found").get_by_role("button", name="立即升级").click()
    await shown(panel, "failed").get_by_text("Signature expired: by a fault (-3)").wait_for()
    bench.set_fault({})
    await shown(panel, "failed").get_by_role("button", name="重新升级").click()
    await shown(panel, "done").wait_for()


async def test_the_page_when_there_is_nothing_to_do_offline_or_unreadable(
    panel: Any, simulator: Simulator
) -> None:
    bench = bench_of(simulator)
    await panel.evaluate(OPEN)
    await shown(panel, "newest").get_by_text("已是最新版本").wait_for()
    await panel.keyboard.press("Escape")
    await panel.locator(".upgrade").wait_for(state="hidden")
    await bench.offer_firmware(ID, "2.0.0", DATA)
    await bench.set_online(ID, online=False)
    await panel.evaluate(OPEN)
    await shown(panel, "found").get_by_text("设备已离线，上线后才能升级。").wait_for()
    assert await shown(panel, "found").get_by_role("button", name="立即升级").is_disabled()
    bench.set_fault({"errors": {"AppCheckFirmwareUpdate": {"code": "InternalError", "msg": "down"}}})
    await panel.evaluate(OPEN)
    await shown(panel, "unread").get_by_text("down").wait_for()
    bench.set_fault({})
    await shown(panel, "unread").get_by_role("button", name="重试").click()
    await shown(panel, "found").wait_for()


async def test_16_mib_arrive_whole_and_others_get_through_meanwhile(panel: Any, simulator: Simulator) -> None:
    data = bytes(range(256)) * 65_536
    await bench_of(simulator).offer_firmware(ID, "2.0.0", data)
    found = await panel.evaluate(
        """async () => {
          let last = 0
          const before = h5PanelSdk.downLoadDeviceOTA().then((found) => ({ ...found, after: last }))
          for (; last < 5; last += 1) await h5PanelSdk.getDeviceStatus()
          const { otaData, deviceId, after } = await before
          window.otaData = otaData
          return [otaData.byteLength, deviceId, after]
        }"""
    )
    assert found == [len(data), ID, 5]
    digest = await panel.evaluate(
        """async () => [...new Uint8Array(await crypto.subtle.digest('SHA-256', otaData))]
             .map((byte) => byte.toString(16).padStart(2, '0')).join('')"""
    )
    assert digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("code", [-1, -2, -3, -4])
async def test_a_failed_download_rejects_with_its_result_code(
    panel: Any, simulator: Simulator, code: int
) -> None:
    bench = bench_of(simulator)
    await bench.offer_firmware(ID, "2.0.0", DATA)
    bench.set_fault({"firmware": code})
    error = await panel.evaluate("h5PanelSdk.downLoadDeviceOTA().catch((error) => error)")
    assert error["code"] == code
    report = {"state": "fail", "version": "2.0.0", "resultCode": error["code"], "resultMsg": error["msg"]}
    await panel.evaluate("(report) => h5PanelSdk.reportOTAStatus(report)", report)
    assert bench.snapshot()["devices"][ID]["firmware"]["message"] == error["msg"]


async def test_an_empty_file_and_a_wrong_md5(panel: Any, simulator: Simulator) -> None:
    bench = bench_of(simulator)
    await bench.offer_firmware(ID, "2.0.0", b"")
    assert (
        await panel.evaluate("h5PanelSdk.downLoadDeviceOTA().then(({ otaData }) => otaData.byteLength)") == 0
    )
    await bench.offer_firmware(ID, "2.0.1", DATA, md5="0" * 32)
    error = await panel.evaluate("h5PanelSdk.downLoadDeviceOTA().catch((error) => error)")
    assert (error["code"], error["msg"][:12]) == (-4, "MD5 mismatch")


async def test_wx_downloads_firmware_for_the_adapters(panel: Any, simulator: Simulator) -> None:
    await bench_of(simulator).offer_firmware(ID, "2.0.0", DATA)
    found = await panel.evaluate(
        """async () => {
          const { FirmwareURL: url } = await h5PanelSdk.getDeviceLatestOTAInfo()
          const steps = []
          const file = await new Promise((success, fail) =>
            wx.downloadFile({ url, success, fail }).onProgressUpdate(({ progress }) => steps.push(progress)))
          const read = await new Promise((success, fail) =>
            wx.getFileSystemManager().readFile({ filePath: file.tempFilePath, success, fail }))
          const manager = wx.getFileSystemManager()
          const lost = await new Promise((fail) => manager.readFile({ filePath: 'x', fail }))
          const none = await new Promise((fail) => wx.downloadFile({ url: url + '0', fail }))
          return [file.statusCode, steps, read.data.byteLength, lost.errMsg.slice(0, 13), none.code]
        }"""
    )
    assert found == [200, [40, 81, 100], len(DATA), "readFile:fail", -3]
