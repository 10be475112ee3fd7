"""Cards that features add to a panel, and the gateway's: used, given bad luck, and looked at by axe."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from devkit.build import build_release
from devkit.settings import load_settings
from tests.browser.test_templates import check_accessibility, until
from tests.helpers.scaffolded import ServedPanel, scaffold, served

pytestmark = [pytest.mark.browser, pytest.mark.node]
CARDS = ("history", "timer", "share", "i18n")
LIMIT = 6 * 1024
PICTURES = os.environ.get("DEVKIT_TEST_PICTURES", "")


@contextlib.asynccontextmanager
async def opened(project: Path, page: Page) -> AsyncIterator[ServedPanel]:
    """Serve a project and open its panel; any error of the page fails the test."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    async with served(project) as panel:
        await page.goto(panel.url)
        yield panel
    assert not failures


async def look(page: Page, name: str) -> None:
    """Let axe look in both colour schemes; keep pictures where they are wanted."""
    await check_accessibility(page)
    for scheme in ("light", "dark") if PICTURES else ():
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await page.screenshot(path=Path(PICTURES, f"{name}-{scheme}.png"), full_page=True)
    await page.emulate_media(color_scheme="light")


async def fail(panel: ServedPanel, *actions: str) -> None:
    """Have the cloud refuse some actions; none ends it."""
    errors = {action: {"code": "InternalError", "msg": "no luck"} for action in actions}
    await panel.act("fault", **({"errors": errors} if errors else {}))


@pytest.mark.parametrize("name", ["react", "vue3"])
async def test_cards_of_features(tmp_path: Path, page: Page, name: str) -> None:
    project = scaffold(tmp_path, name, CARDS)
    async with opened(project, page) as panel:
        await read_the_history(page, panel)
        await set_a_timer(page, panel)
        await share_the_device(page)
        await look(page, name)
        await speak_english(page)


async def read_the_history(page: Page, panel: ServedPanel) -> None:
    card = page.get_by_role("region", name="历史")
    for value in (20, 80, 45):
        await panel.act("report", brightness=value)
    await expect(card.get_by_role("img", name="亮度: 20% – 80%")).to_be_visible()
    await card.get_by_role("combobox", name="属性").select_option(label="灯体温度")
    await expect(card.get_by_role("status")).to_have_text("还没有数据")
    await fail(panel, "AppGetDeviceDataHistory")
    await card.get_by_role("radio", name="7 天").click()
    again = card.get_by_role("button", name="重新加载")
    await expect(again).to_be_visible()
    await fail(panel)
    await again.click()
    await card.get_by_role("combobox", name="属性").select_option(label="亮度")
    await expect(card.get_by_role("img", name="亮度: 20% – 80%")).to_be_visible()


async def set_a_timer(page: Page, panel: ServedPanel) -> None:
    card = page.get_by_role("region", name="定时")
    await card.get_by_role("button", name="添加定时").click()
    await card.get_by_label("时间").fill("22:30")
    for day in ("周一", "周五"):
        await card.get_by_role("checkbox", name=day).click()
    await card.get_by_role("combobox", name="属性").select_option(label="场景")
    await card.get_by_role("combobox", name="执行").select_option(label="睡眠")
    await fail(panel, "AppCreateTimer")
    await card.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("alert")).to_contain_text("no luck")
    await expect(card.get_by_label("时间")).to_have_value("22:30")
    await fail(panel)
    await card.get_by_role("button", name="保存").click()
    await expect(card.get_by_role("listitem")).to_contain_text("周一 周五 · 场景: 睡眠")
    switch = card.get_by_role("switch", name="场景 睡眠")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await page.reload()
    await expect(switch).to_have_attribute("aria-checked", "false")
    await card.get_by_role("button", name="删除 场景 睡眠").click()
    await expect(card.get_by_text("还没有定时")).to_be_visible()
    await card.get_by_role("button", name="添加定时").click()


async def share_the_device(page: Page) -> None:
    card = page.get_by_role("region", name="设备分享")
    await expect(card.get_by_text("还没有分享给任何人")).to_be_visible()
    await expect(card.get_by_role("button", name="分享给家人朋友")).to_be_visible()


async def speak_english(page: Page) -> None:
    await page.get_by_role("radio", name="English").click()
    await expect(page.get_by_role("switch", name="Night light")).to_be_visible()
    await expect(page.get_by_role("radio", name="Read")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("region", name="History")).to_be_visible()
    await page.get_by_role("radio", name="As the phone").click()
    await expect(page.get_by_role("switch", name="夜灯")).to_be_visible()


async def test_a_gateway_lists_its_sub_devices(tmp_path: Path, page: Page) -> None:
    project = scaffold(tmp_path, "gateway", ("i18n",))
    async with opened(project, page) as panel:
        card = page.get_by_role("region", name="子设备")
        await expect(card.get_by_role("listitem")).to_have_count(2)
        door = card.get_by_role("listitem").filter(has_text="door")
        await expect(door).to_contain_text("在线")
        status = "/__devkit/api/devices/DEMODOOR01/door/status"
        (await panel.client.post(status, json={"online": False})).raise_for_status()
        await expect(door).to_contain_text("离线")
        await page.get_by_role("switch", name="指示灯").click()
        await until(panel, "power_switch", 1)
        await look(page, "gateway")
        await fail(panel, "AppGetGatewayBindDeviceList")
        await page.reload()
        await expect(card.get_by_role("button", name="重新加载")).to_be_visible()
        await fail(panel)
        await card.get_by_role("button", name="重新加载").click()
        await door.get_by_role("button").click()
        async with asyncio.timeout(5):
            while "deviceId=DEMODOOR01%2Fdoor" not in (await panel.client.get("/__devkit/api/timeline")).text:
                await asyncio.sleep(0.02)


async def test_a_group_is_controlled_as_one(tmp_path: Path, page: Page) -> None:
    project = scaffold(tmp_path, "group")
    async with opened(project, page) as panel:
        card = page.get_by_role("region", name="组内设备")
        await expect(card.get_by_role("listitem")).to_have_count(3)
        await page.get_by_role("switch", name="电源开关").click()
        await everywhere(panel, "power_switch", 1)
        third = "/__devkit/api/devices/AB12CD34EF/dev01-3"
        (await panel.client.post(f"{third}/status", json={"online": False})).raise_for_status()
        await expect(card.get_by_role("listitem").filter(has_text="dev01-3")).to_contain_text("离线")
        await expect(card.get_by_text("2/3")).to_be_visible()
        await panel.act("report", brightness=33)
        await expect(page.get_by_role("slider", name="亮度")).to_have_value("33")
        await look(page, "group")
        await fail(panel, "AppControlGroupDeviceData")
        await page.get_by_role("switch", name="电源开关").click()
        await expect(page.get_by_role("alert")).to_contain_text("no luck")
        await expect(page.get_by_role("switch", name="电源开关")).to_have_attribute("aria-checked", "true")


async def everywhere(panel: ServedPanel, name: str, value: object) -> None:
    """Wait until every device has a value."""
    async with asyncio.timeout(5):
        while True:
            devices = (await panel.client.get("/__devkit/api/state")).json()["devices"].values()
            if [device["properties"][name] for device in devices] == [value] * 3:
                return
            await asyncio.sleep(0.02)


async def test_a_card_costs_little(tmp_path: Path) -> None:
    def weigh(*features: str) -> int:
        project = scaffold(tmp_path / "-".join(("panel", *features)), "react", features)
        release = build_release(load_settings(project, environ={}))
        return sum(file.gzip for file in release.files)

    plain = await asyncio.to_thread(weigh)
    for feature in CARDS:
        assert 0 < await asyncio.to_thread(weigh, feature) - plain < LIMIT
