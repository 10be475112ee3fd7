"""The Bluetooth templates as users meet them: found, bound, connected, clicked, heard, lost and upgraded."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from devkit.build import build_release
from devkit.settings import load_settings
from devkit.testing import (
    expect_authorized,
    expect_ble_write,
    expect_disconnected,
    expect_navigation,
    expect_tip,
    open_lab,
)
from devkit.testing.run.bundle import Bundle
from tests.browser.devserver.harness import spawn
from tests.browser.test_templates import check_accessibility, until
from tests.helpers.browser import chromium_path
from tests.helpers.scaffolded import BLUETOOTH_TEMPLATES, ServedPanel, scaffold, served

pytestmark = [pytest.mark.browser, pytest.mark.node]
PRODUCT = "AB12CD34EF"
THERMOMETER, LIGHT = "A1:B2:C3:D4:E5:F6", "C0:DE:00:00:00:01"
SECONDS = 20_000


def status(page: Any) -> Locator:
    found: Locator = page.locator("header").get_by_role("status")
    return found


async def until_connected(page: Any) -> None:
    await expect(status(page)).to_have_text("蓝牙已连接", timeout=SECONDS)


async def on_the_air(panel: ServedPanel, address: str, act: str, **fields: Any) -> None:
    """Do something to a peripheral of the dev server, as its console does."""
    answer = await panel.client.post(f"/__devkit/api/radio/{address}/{act}", json=fields)
    answer.raise_for_status()


async def find_and_add(page: Page, panel: ServedPanel) -> None:
    """Search, add what is found, and open its panel."""
    base = panel.url.split("/h5panel")[0]
    await page.goto(f"{base}/h5panel/developing/live/bluetooth-search?productId={PRODUCT}")
    await page.get_by_role("button", name="添加", exact=True).click(timeout=SECONDS)
    await expect(page.get_by_text("添加成功")).to_be_visible(timeout=SECONDS)
    await page.get_by_role("button", name="打开设备").click()
    await page.wait_for_url(f"**/h5panel/developing/live?**productId={PRODUCT}**")
    await until_connected(page)


async def lose_and_find_again(page: Page, panel: ServedPanel, address: str) -> None:
    """Let the device go out of reach, and come back."""
    await on_the_air(panel, address, "air", on=False)
    await expect(status(page)).to_have_text("连接已断开")
    await expect(page.get_by_role("switch").first).to_be_disabled()
    await on_the_air(panel, address, "air", on=True)
    await until_connected(page)
    await expect(page.get_by_role("switch").first).to_be_enabled()


async def test_a_device_of_an_own_protocol(tmp_path: Path, page: Page) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    async with served(scaffold(tmp_path, "ble-custom")) as panel:
        await find_and_add(page, panel)
        reading = page.get_by_role("group", name="体温")
        await expect(reading).to_contain_text("36.5℃")
        await expect(page.get_by_role("group", name="电量")).to_contain_text("88%")
        buzzer = page.get_by_role("switch", name="提示音")
        await expect(buzzer).to_have_attribute("aria-checked", "true")
        await buzzer.click()
        await expect(buzzer).to_have_attribute("aria-checked", "false")
        await page.get_by_role("radio", name="华氏度").click()
        await expect(page.get_by_role("radio", name="华氏度")).to_be_checked()
        await lose_and_find_again(page, panel, THERMOMETER)
        await on_the_air(panel, THERMOMETER, "fault", refuse_connections=True)
        await on_the_air(panel, THERMOMETER, "disconnect")
        await expect(status(page)).to_have_text("连接失败", timeout=SECONDS)
        await on_the_air(panel, THERMOMETER, "fault", refuse_connections=False)
        await page.get_by_role("button", name="重试").click()
        await until_connected(page)
        values = (await panel.client.get("/__devkit/api/state")).raise_for_status().json()["devices"]
        assert values[f"{PRODUCT}/{THERMOMETER}"]["properties"]["buzzer"] == 0
    assert not failures


async def test_a_standard_device(tmp_path: Path, page: Page) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    async with served(scaffold(tmp_path, "ble-llsync")) as panel:
        await page.goto(panel.url)
        await until_connected(page)
        await page.evaluate("() => { window.done = h5PanelSdk.deleteDevice() }")
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await page.evaluate("done")
        await find_and_add(page, panel)
        power = page.get_by_role("switch", name="电源开关")
        await power.click()
        await expect(power).to_have_attribute("aria-checked", "true")
        await until(panel, "power_switch", 1)
        await page.get_by_role("radio", name="睡眠").click()
        await expect(page.get_by_role("radio", name="睡眠")).to_be_checked()
        await expect(page.get_by_role("group", name="灯体温度")).to_contain_text("26.5℃")
        await lose_and_find_again(page, panel, LIGHT)
        await upgrade(page, panel)
    assert not failures


async def upgrade(page: Page, panel: ServedPanel) -> None:
    """Offer a firmware, and install it from the panel over Bluetooth."""
    firmware = page.get_by_role("region", name="固件")
    await expect(firmware).to_contain_text("1.0.0")
    await firmware.get_by_role("button", name="检查更新").click()
    await expect(firmware.get_by_role("status")).to_have_text("已是最新版本")
    url = f"/__devkit/api/firmware/{PRODUCT}/dev01?version=2.0.0"
    (await panel.client.post(url, content=bytes(range(256)) * 16)).raise_for_status()
    await firmware.get_by_role("button", name="检查更新").click()
    await firmware.get_by_role("button", name="升级到 2.0.0").click()
    await expect(firmware.get_by_role("progressbar")).to_be_visible()
    await expect(firmware.get_by_role("status")).to_have_text("升级成功", timeout=2 * SECONDS)
    await expect(firmware).to_contain_text("当前版本 2.0.0")
    await until_connected(page)


async def test_an_own_protocol_on_the_platforms_own_sdk(tmp_path: Path, page: Page) -> None:
    async with served(scaffold(tmp_path, "ble-custom"), "--sdk", "official") as panel:
        await page.goto(panel.url)
        await until_connected(page)
        buzzer = page.get_by_role("switch", name="提示音")
        await expect(buzzer).to_have_attribute("aria-checked", "true")
        await buzzer.click()
        await expect(buzzer).to_have_attribute("aria-checked", "false")
        await expect(page.get_by_role("group", name="体温")).to_contain_text("36.5℃")
        await lose_and_find_again(page, panel, THERMOMETER)


async def test_a_standard_device_on_the_platforms_own_sdk(tmp_path: Path, page: Page) -> None:
    async with served(scaffold(tmp_path, "ble-llsync"), "--sdk", "official") as panel:
        await page.goto(panel.url)
        await until_connected(page)
        await page.get_by_role("switch", name="电源开关").click()
        await until(panel, "power_switch", 1)
        await expect(page.get_by_role("group", name="灯体温度")).to_contain_text("26.5℃")
        await upgrade(page, panel)


async def test_a_smoke_test_finds_nothing_wrong(tmp_path: Path) -> None:
    browser = f"--browser-path={chromium_path() or ''}"
    run = await spawn(scaffold(tmp_path, "ble-custom"), "test", "--smoke", "--seed", "7", browser)
    output, _ = await asyncio.wait_for(run.process.communicate(), 100)
    assert run.process.returncode == 0, output.decode()
    assert "error:" not in output.decode()
    assert "calls failed once each" in output.decode()


async def released(folder: Path, name: str, *features: str) -> Bundle:
    """Return the release of a template."""
    project = scaffold(folder, name, features)
    release = await asyncio.to_thread(build_release, load_settings(project, environ={}))
    assert not release.warnings
    script, style = (file.path for file in release.files)
    return Bundle.read(script, style, project=project)


@pytest.mark.parametrize("name", BLUETOOTH_TEMPLATES)
async def test_a_release_waits_for_bluetooth_and_speaks_english(
    tmp_path: Path, browser: Browser, name: str
) -> None:
    bundle = await released(tmp_path, name)
    room = open_lab(tmp_path / "panel", browser=browser, bundle=bundle, ultrafast=True, locale="en-GB")
    async with room as lab, lab.world(bluetooth=False) as world:
        panel = await world.open_panel()
        await expect(status(panel)).to_have_text("Bluetooth is off")
        await check_accessibility(panel.slot.page)
        await world.air.phones.set_power(True)
        await expect(status(panel)).to_have_text("Bluetooth connected", timeout=SECONDS)
        await expect(panel.get_by_role("status", name="Bluetooth")).to_have_count(0)
        await world.air.phones.set_power(False)
        await expect(status(panel)).to_have_text("Bluetooth is off")
        await world.air.phones.set_power(True)
        await expect(status(panel)).to_have_text("Bluetooth connected", timeout=SECONDS)
        await check_accessibility(panel.slot.page)


@pytest.mark.parametrize(("name", "style"), [("ble-custom", "less"), ("ble-llsync", "sass")])
async def test_the_search_page_of_a_release(tmp_path: Path, browser: Browser, name: str, style: str) -> None:
    bundle = await released(tmp_path, name, style)
    room = open_lab(tmp_path / "panel", browser=browser, bundle=bundle, path="bluetooth-search")
    async with room as lab, lab.world(bluetooth=False, ultrafast=True) as world:
        device = world.air.first()
        if name == "ble-llsync":
            device.binding = None
        panel = await world.open_panel()
        await expect(panel.get_by_text("蓝牙未打开")).to_be_visible()
        await world.air.phones.set_power(True)
        add = panel.get_by_role("button", name="添加", exact=True)
        await expect(add).to_be_visible(timeout=SECONDS)
        sign = panel.locator(".found .beacon")
        size = await sign.evaluate("node => getComputedStyle(node, '::before').webkitMaskSize")
        assert size.startswith("50%")
        await check_accessibility(panel.slot.page)
        device.faults.refuse_connections = True
        await add.click()
        await expect(panel.get_by_text("添加失败")).to_be_visible()
        device.faults.refuse_connections = False
        await panel.get_by_role("button", name="重新搜索").click()
        await add.click(timeout=SECONDS)
        await expect(panel.get_by_text("添加成功")).to_be_visible(timeout=SECONDS)
        await expect_disconnected(device)
        await panel.get_by_role("button", name="打开设备").click()
        await expect_navigation(panel.mini_program, "goDevicePanelPage")


async def test_a_light_without_its_key_is_refused_and_events_are_shown(
    tmp_path: Path, browser: Browser
) -> None:
    bundle = await released(tmp_path, "ble-llsync")
    room = open_lab(tmp_path / "panel", browser=browser, bundle=bundle)
    async with room as lab, lab.world() as world:
        light = world.air.first()
        light.faults.wrong_signature = True
        panel = await world.open_panel()
        await expect(status(panel)).to_have_text("连接失败", timeout=SECONDS)
        await expect_disconnected(light)
        light.faults.wrong_signature = False
        await panel.get_by_role("button", name="重试").click()
        await expect_authorized(light)
        await until_connected(panel)
        await panel.get_by_role("switch", name="夜灯").click()
        await expect_ble_write(light, "FFE2", "0000020101")
        await light.warm_up(90)
        await expect(panel.get_by_role("group", name="灯体温度")).to_contain_text("90℃")
        await expect_tip("灯体过热")
