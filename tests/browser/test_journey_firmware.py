"""From a scaffold to real firmware: devkit dev --mqtt, the platform's Python SDK as the device, a panel."""

import asyncio
import sys
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import running
from tests.helpers.device_sdk import FIRMWARE, install_device_sdk
from tests.helpers.scaffolded import scaffold

pytestmark = [pytest.mark.browser, pytest.mark.node]
FLAGS = ("--no-proxy", "--mqtt", "--mqtt-port", "0", "--mqtt-tls-port", "0", "--db", "memory")


class Sdk:
    """The firmware's process and what it printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def line(self, words: str) -> str:
        """Wait for a line that begins so."""
        async with asyncio.timeout(60):
            while self.process.stdout and (text := (await self.process.stdout.readline()).decode()):
                self.lines.append(text)
                if text.startswith(words):
                    return text
        raise AssertionError("".join(self.lines))


async def test_the_platforms_sdk_is_the_device_of_a_new_panel(
    tmp_path: Path, page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sdk = str(install_device_sdk(tmp_path_factory))
    async with running(scaffold(tmp_path, "react"), "dev", *FLAGS) as run:
        devices = next((item for item in run.events if item["event"] == "devices"), None)
        devices = devices or await run.next("devices")
        told = {"PRODUCT_ID": devices["product_id"], "NAME": devices["device_name"],
                "SECRET": devices["device_secret"], "PORT": devices["url"].rpartition(":")[2]}  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(FIRMWARE),
            env={**{f"DEVICE_{name}": value for name, value in told.items()}, "PYTHONPATH": sdk},
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        firmware = Sdk(process)
        try:
            await page.goto(run.ready["panel_url"])
            await firmware.line("ready")
            power = page.get_by_role("switch").first
            await power.click()
            assert '"power_switch": 1' in await firmware.line("control")
            await firmware.line("reported 0")
            await expect(power).to_have_attribute("aria-checked", "true")

            await page.evaluate(OFFER, {"version": "2.0.0", "token": run.ready["control_token"]})
            await page.evaluate("void h5PanelSdk.checkFirmwareUpgrade()")
            await page.get_by_role("dialog").get_by_role("button").last.click()
            await page.locator(".upgrade .go").click()
            assert "2.0.0" in await firmware.line("installed")
            await expect(page.locator(".upgrade[data-view=done]")).to_be_visible(timeout=20_000)
        finally:
            process.kill()
            await process.wait()
        await expect(page.get_by_role("status").first).not_to_have_text("")


OFFER = """({version, token}) => fetch(
  `/__devkit/api/devices/${h5PanelSdk.productId}/${h5PanelSdk.deviceName}/firmware`,
  {method: 'POST', headers: {'Content-Type': 'application/json', Authorization: `Bearer ${token}`},
   body: JSON.stringify({version})}).then((answer) => answer.status)"""
