"""The device console in Chromium and in WebKit, the engine of Safari and of WeChat on iPhones."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from devkit.timeline.kinds import SdkCall, Vibration
from tests.helpers.console_server import DEVICE_ID, PANEL, ConsoleServer, built, console_server
from tests.helpers.page_driver import PageDriver

pytestmark = pytest.mark.browser


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.fixture
async def console(page: PageDriver, server: ConsoleServer) -> PageDriver:
    """The console, connected, with its panel running."""
    await page.open(server.url)
    await page.wait(one("[data-connected=true]"))
    await page.wait_in_panel("document.body?.innerText.includes('panel ready')")
    return page


def one(css: str) -> str:
    return f"document.querySelector(`{css}`)"


def text(css: str) -> str:
    return f"{one(css)}?.innerText"


def prop(name: str, control: str) -> str:
    return f"[data-property={name}] {control}"


async def test_it_connects_and_shows_the_device(console: PageDriver) -> None:
    await console.wait(f"{text('.device-id')} === '{DEVICE_ID}'")
    await console.wait(one("[data-build=ok]"))
    await console.wait(one(".online [role=switch][aria-checked=true]"))
    await console.wait("document.querySelectorAll('.property').length === 11")
    assert await console.value(f"{one(prop('brightness', 'input[type=number]'))}.value") == "30"
    assert (
        await console.value(text("[data-card=events] [data-event=low_voltage] .event-name")) == "low voltage"
    )
    assert await console.value(text("[data-card=actions] [data-action=blink] .event-name")) == "blink"
    assert "no properties" not in await console.value("document.body.innerText")


async def test_controls_change_the_device(console: PageDriver, server: ConsoleServer) -> None:
    await console.click(prop("power_switch", "[role=switch]"))
    await server.value("power_switch", 1)
    await console.wait(one(prop("power_switch", "[aria-checked=true]")))
    await console.type(prop("brightness", "input[type=number]"), "80")
    await server.value("brightness", 80)
    await console.choose(prop("work_mode", "select"), "Mode 3 (mode3)")
    await server.value("work_mode", "mode3")
    await console.type(prop("label", "input"), "走廊")
    await server.value("label", "走廊")
    await console.click(".online [role=switch]")
    await server.until(lambda: server.device["online"] is False)
    await console.wait(one(".online [aria-checked=false]"))


async def test_a_report_from_elsewhere_shows(console: PageDriver, server: ConsoleServer) -> None:
    async with httpx.AsyncClient(
        headers={"authorization": f"Bearer {server.server.control_token}"}
    ) as client:
        answer = await client.post(
            f"{server.url}__devkit/api/devices/{DEVICE_ID}/report", json={"brightness": 64}
        )
    assert answer.status_code == 200, answer.text
    await console.wait(f"{one(prop('brightness', 'input[type=number]'))}.value === '64'")
    await console.in_panel("void h5PanelSdk.controlDeviceData({ brightness: 12 })")
    await console.wait(f"{one(prop('brightness', 'input[type=number]'))}.value === '12'")
    await console.wait("[...document.querySelectorAll('.row b')].some((row) => row.innerText === 'report')")


async def test_the_timeline_filters_and_opens_a_row(console: PageDriver, server: ConsoleServer) -> None:
    timeline = server.simulator.timeline
    timeline.record(SdkCall("getUserInfo", ["needle"], {"NickName": "小美 2"}))
    timeline.record(SdkCall("getTimers", ["needle"], error={"code": 1, "msg": "no"}))
    timeline.record(Vibration("needle"))
    rows = "[...document.querySelectorAll('.row b')].map((row) => row.innerText).join()"
    await console.type(".timeline .search", "needle")
    await console.wait(f"{rows} === 'getUserInfo,getTimers,vibrate'")
    await console.click(".lane.failures")
    await console.wait(f"{rows} === 'getTimers'")
    await console.click(".lane.failures")
    await console.click(".lane[data-lane=mini]")
    await console.wait(f"{rows} === 'getUserInfo,getTimers'")
    await console.type(".timeline .search", "小美 2")
    await console.wait(f"{rows} === 'getUserInfo'")
    await console.click(".row")
    await console.wait(f"{text('.entry-details pre')}?.includes('小美 2')")
    await console.click(".timeline header .small:nth-of-type(2)")
    await console.wait(f"{rows} === '' && !{one('.entry-details')}")


async def test_a_new_style_comes_without_loading_the_page(console: PageDriver, server: ConsoleServer) -> None:
    await console.in_panel("void (window.before = true)")
    styled = replace(built(PANEL), css=b"body{background:rgb(1, 2, 3)}")
    server.server.live.built(server.panel.built(styled), js=False, css=True)
    colour = "getComputedStyle(document.body).backgroundColor"
    await console.wait_in_panel(f"{colour} === 'rgb(1, 2, 3)'")
    assert await console.in_panel("window.before") is True


async def test_the_phones_bar_shows_the_title_that_the_panel_tells(console: PageDriver) -> None:
    await console.in_panel("void (document.title = '<b>走廊</b>')")
    await console.wait(f"{text('.nav-bar b')} === '<b>走廊</b>'")


async def test_the_language_changes_and_lasts(console: PageDriver, server: ConsoleServer) -> None:
    await console.choose("[aria-label=Language]", "中文")
    await console.wait(f"{text('[data-card=properties] h2')} === '属性'")
    await console.open(server.url)
    await console.wait("document.documentElement.lang === 'zh-CN'")
    await console.wait(f"{text('[data-card=properties] h2')} === '属性'")
    await console.wait(one("[data-connected=true]"))


async def test_the_gallery_and_the_tests_show(console: PageDriver, server: ConsoleServer) -> None:
    sheet = server.server.settings.project / "shots.yaml"
    sheet.write_text("devices: [320x400]\nstates: [{name: low, data: {brightness: 5}}]\n", "utf-8")
    await console.click("a[href='#gallery']")
    await console.wait(one("[data-frame=low] iframe"))
    await console.click("[data-frame=low] button")
    await console.wait(f"{one('.frame-values [data-property=brightness] input[type=number]')}?.value === '5'")
    await console.click("a[href='#tests']")
    await console.wait(one(".tests-bar button"))
