"""Every template as a user meets it: scaffolded, served, released, clicked and reported to."""

import asyncio
import functools
import json
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from devkit.build import build_release
from devkit.settings import load_settings
from tests.helpers.client_code import CLIENT
from tests.helpers.scaffolded import CLOUD_TEMPLATES, MODELS, ServedPanel, scaffold, served

pytestmark = [pytest.mark.browser, pytest.mark.node]
FAMILIES = ["minimal", "react", "vue3"]


async def until(panel: ServedPanel, name: str, value: object) -> None:
    """Wait until the device has a value."""
    async with asyncio.timeout(5):
        while (await panel.values()).get(name) != value:
            await asyncio.sleep(0.02)


async def control_everything(page: Page, panel: ServedPanel) -> None:
    """Use every kind of control and look at the device."""
    power = page.get_by_role("switch", name="电源开关")
    await expect(power).to_have_attribute("aria-checked", "false")
    await power.click()
    await expect(power).to_have_attribute("aria-checked", "true")
    await until(panel, "power_switch", 1)
    await page.get_by_role("switch", name="童锁").click()
    await until(panel, "child_lock", 1)

    await page.get_by_role("slider", name="亮度").fill("80")
    await until(panel, "brightness", 80)
    await page.get_by_role("button", name="增大 渐变时间").click()
    await until(panel, "fade_time", 0.6)
    await page.get_by_role("radiogroup", name="场景").get_by_text("阅读").click()
    await until(panel, "scene", "read")
    await page.get_by_role("radio", name="恢复上次").check()
    await until(panel, "start_mode", 2)
    label = page.get_by_role("textbox", name="备注")
    await label.fill("书房的灯 <b>")
    await label.press("Enter")
    await until(panel, "label", "书房的灯 <b>")


async def follow_everything(page: Page, panel: ServedPanel) -> None:
    """Let the device report each kind of value and look at the page."""
    await panel.act("report", power_switch=0, brightness=33, scene="sleep", temperature=41.5, label="新")
    await expect(page.get_by_role("switch", name="电源开关")).to_have_attribute("aria-checked", "false")
    await expect(page.get_by_role("slider", name="亮度")).to_have_value("33")
    await expect(page.get_by_role("group", name="亮度").get_by_role("status")).to_have_text("33%")
    await expect(page.get_by_role("radio", name="睡眠")).to_be_checked()
    await expect(page.get_by_role("group", name="灯体温度")).to_contain_text("41.5℃")
    await expect(page.get_by_role("textbox", name="备注")).to_have_value("新")
    await panel.act("report", network={"ssid": "家", "rssi": -48}, schedule=["07:00", "22:30"])
    await expect(page.get_by_role("group", name="网络")).to_contain_text("-48 dBm")
    await expect(page.get_by_role("group", name="定时")).to_contain_text("22:30")
    await panel.act("report", last_fault=1_700_000_000)
    await expect(page.get_by_role("group", name="上次故障")).to_contain_text("2023")


async def go_offline_and_back(page: Page, panel: ServedPanel) -> None:
    """Follow the device's state, with the tip of the SDK over the panel."""
    status = page.locator("header").get_by_role("status")
    await expect(status).to_have_text("在线")
    await panel.act("status", online=False)
    await expect(status).to_have_text("离线")
    await expect(page.locator("#J_offline_modal")).to_be_visible()
    await expect(page.get_by_role("slider", name="亮度")).to_be_disabled()
    await panel.act("status", online=True)
    await expect(status).to_have_text("在线")
    await expect(page.locator("#J_offline_modal")).to_be_hidden()
    await expect(page.get_by_role("slider", name="亮度")).to_be_enabled()


async def take_back_what_fails(page: Page, panel: ServedPanel) -> None:
    """Show the old value again, and why, when the cloud refuses a control."""
    await page.evaluate(
        "void (h5PanelSdk.controlDeviceData = () => Promise.reject({ code: 1, msg: '设备忙' }))"
    )
    night = page.get_by_role("switch", name="夜灯")
    before = await night.get_attribute("aria-checked")
    await night.click()
    await expect(page.get_by_role("alert")).to_contain_text("设备忙")
    await expect(night).to_have_attribute("aria-checked", str(before))


@pytest.mark.parametrize("name", CLOUD_TEMPLATES)
async def test_a_template_controls_and_follows_its_device(tmp_path: Path, page: Page, name: str) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    async with served(scaffold(tmp_path, name)) as panel:
        await page.goto(panel.url)
        await control_everything(page, panel)
        await follow_everything(page, panel)
        await go_offline_and_back(page, panel)
        await take_back_what_fails(page, panel)
    assert not failures


async def answer_with(file: Path, route: Route) -> None:
    await route.fulfill(path=file)


@pytest.mark.parametrize("name", CLOUD_TEMPLATES)
async def test_a_released_template_works(tmp_path: Path, page: Page, name: str) -> None:
    project = scaffold(tmp_path, name)
    release = await asyncio.to_thread(build_release, load_settings(project, environ={}))
    assert not release.warnings
    async with served(project) as panel:
        for file in release.files:
            await page.route(f"**/{file.path.name}*", functools.partial(answer_with, file.path))
        await page.goto(panel.url)
        power = page.get_by_role("switch", name="电源开关")
        await power.click()
        await until(panel, "power_switch", 1)
        await panel.act("report", power_switch=0, brightness=33)
        await expect(power).to_have_attribute("aria-checked", "false")
        await expect(page.get_by_role("slider", name="亮度")).to_have_value("33")
        assert (
            await page.locator(".card").first.evaluate("node => getComputedStyle(node).borderRadius")
            == "20px"
        )


@pytest.mark.parametrize("name", FAMILIES)
async def test_many_properties_with_long_names(tmp_path: Path, page: Page, name: str) -> None:
    model = json.loads((MODELS / "air-conditioner.json").read_text("utf-8"))
    properties = model["properties"]
    assert len(properties) > 30
    for item in properties:
        item["name"] = f"{item['name']}：一个相当长的属性名称，用来看看卡片是否放得下"
    properties[1]["name"] = "w" * 60
    async with served(scaffold(tmp_path, name, model=json.dumps(model))) as panel:
        await page.goto(panel.url)
        await expect(page.locator(".card")).to_have_count(len(properties))
        assert await page.evaluate("document.documentElement.scrollWidth") == 375
        targets = page.locator("#app button, #app .choice")
        sizes = await targets.evaluate_all("all => all.map((node) => node.getBoundingClientRect().height)")
        assert min(sizes) >= 44 - 0.5
        await check_accessibility(page)


async def check_accessibility(page: Page) -> None:
    """Let axe look at the panel in both colour schemes."""
    await page.add_script_tag(path=CLIENT / "node_modules" / "axe-core" / "axe.min.js")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = await page.evaluate("axe.run('#app').then((result) => result.violations)")
        assert not [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found]


@pytest.mark.parametrize("name", FAMILIES)
async def test_a_product_without_properties(tmp_path: Path, page: Page, name: str) -> None:
    async with served(scaffold(tmp_path, name, model='{"version": "1.0", "properties": []}')) as panel:
        await page.goto(panel.url)
        await expect(page.get_by_text("这个产品还没有定义属性")).to_be_visible()


async def test_the_minimal_template_needs_no_node(tmp_path: Path, page: Page) -> None:
    async with served(scaffold(tmp_path, "minimal"), "--engine", "esbuild-py") as panel:
        await page.goto(panel.url)
        await page.get_by_role("switch", name="电源开关").click()
        await until(panel, "power_switch", 1)
        assert (
            await page.locator(".card").first.evaluate("node => getComputedStyle(node).borderRadius")
            == "20px"
        )


@pytest.mark.parametrize("name", ["react"])
async def test_english_phones_get_english(tmp_path: Path, page: Page, name: str) -> None:
    await page.add_init_script("Object.defineProperty(navigator, 'language', { get: () => 'en-GB' })")
    async with served(scaffold(tmp_path, name)) as panel:
        await page.goto(panel.url)
        await expect(page.locator("header").get_by_role("status")).to_have_text("Online")
