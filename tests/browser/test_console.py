"""The device console: inspector, faults, firmware, mini program and phone, against the real dev server."""

import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from devkit.errors import BuildError, Diagnostic
from tests.browser.devserver.harness import make_project, running
from tests.helpers.browser import WAIT_MS
from tests.helpers.console_server import DEVICE_ID, PANEL, ConsoleServer, built, console_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, FrameLocator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.fixture
async def console(browser: "Browser", server: ConsoleServer) -> AsyncIterator["Page"]:
    """The console, connected, with its panel running; a script error fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="null")
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    await page.goto(server.url)
    await page.locator("[data-connected=true]").wait_for()
    await panel(page).get_by_text("panel ready").wait_for()
    yield page
    await context.close()
    assert errors == []


def panel(page: "Page") -> "FrameLocator":
    return page.frame_locator("iframe")


def prop(page: "Page", name: str) -> Any:
    return page.locator(f'[data-property="{name}"]')


async def in_panel(page: "Page", script: str) -> Any:
    return await panel(page).locator("body").evaluate(script)


async def test_every_type_has_its_control_and_reports(console: "Page", server: ConsoleServer) -> None:
    await prop(console, "power_switch").get_by_role("switch").click()
    await server.value("power_switch", 1)
    await prop(console, "brightness").get_by_role("slider").fill("80")
    await server.value("brightness", 80)
    await prop(console, "heat").get_by_role("spinbutton").fill("4.5")
    await console.keyboard.press("Enter")
    await server.value("heat", 4.5)
    await prop(console, "colour").get_by_text("Blue").click()
    await server.value("colour", 2)
    await prop(console, "work_mode").get_by_role("combobox").select_option(label="Mode 3 (mode3)")
    await server.value("work_mode", "mode3")
    await prop(console, "label").get_by_role("textbox").fill("<b>hall</b>")
    await console.keyboard.press("Enter")
    await server.value("label", "<b>hall</b>")
    await prop(console, "place").get_by_role("switch").click()
    await server.until(lambda: server.device["properties"]["place"].get("used") == 1)
    await prop(console, "steps").get_by_role("textbox").fill("[1, 2]")
    await prop(console, "steps").get_by_role("button", name="Report").click()
    await server.value("steps", [1, 2])
    moment = prop(console, "since").locator(".moment")
    told = "node => getComputedStyle(node, '::before').content"
    assert await moment.evaluate(told) == '"–"'
    await moment.locator("input").fill("2026-01-02T03:04:05")
    await server.until(lambda: server.device["properties"]["since"] > 1_700_000_000)
    await console.keyboard.press("Tab")
    await expect(moment).not_to_have_class(re.compile("unset"))
    assert await moment.evaluate(told) == "none"


async def test_reports_of_the_device_show_at_once(console: "Page", server: ConsoleServer) -> None:
    await server.bench.report(DEVICE_ID, {"brightness": 64, "power_switch": 1, "colour": 1, "label": "x"})
    await prop(console, "power_switch").locator("[aria-checked=true]").wait_for()
    await expect(prop(console, "brightness").get_by_role("slider")).to_have_value("64")
    await expect(prop(console, "brightness").get_by_role("spinbutton")).to_have_value("64")
    await expect(prop(console, "colour").locator(".chosen")).to_have_text("Green")
    await expect(prop(console, "label").get_by_role("textbox")).to_have_value("x")


async def test_the_panel_and_the_console_see_each_other(console: "Page", server: ConsoleServer) -> None:
    await in_panel(console, "() => h5PanelSdk.controlDeviceData({brightness: 12})")
    await console.wait_for_function(
        "document.querySelector('[data-property=brightness] input[type=number]').value === '12'"
    )
    await console.locator("[data-event=low_voltage] input[type=number]").fill("3.5")
    await console.keyboard.press("Enter")
    await server.until(lambda: server.simulator.timeline.of_kind("push")[-1]["Type"] == "Event")
    assert server.simulator.timeline.of_kind("push")[-1]["Payload"]["params"] == {"voltage": 3.5}
    await in_panel(console, "() => h5PanelSdk.callDeviceAction({times: 2}, 'blink')")
    action = console.locator("[data-action=blink]")
    await action.get_by_text("1 calls").wait_for()
    assert (await action.locator("dd").first.inner_text()) == "{times: 2}"


async def test_the_online_switch(console: "Page", server: ConsoleServer) -> None:
    await console.get_by_role("switch", name="Online").click()
    await server.until(lambda: server.device["online"] is False)
    await console.locator(".online [aria-checked=false]").wait_for()
    await in_panel(console, "() => { window.status = h5PanelSdk.deviceStatus }")
    await server.bench.set_online(DEVICE_ID, online=True)
    await console.locator(".online [aria-checked=true]").wait_for()


async def test_the_device_joins_wifi_with_a_token(console: "Page", server: ConsoleServer) -> None:
    token = await in_panel(console, "h5PanelSdk.createWifiBindToken()")
    await console.get_by_label("Provisioning token").fill(token)
    await console.get_by_role("button", name="Join Wi-Fi").click()
    await console.get_by_text("provision", exact=True).first.wait_for()
    found = await in_panel(console, f"h5PanelSdk.getDevicesByBindToken('{token}')")
    assert [device["State"] for device in found] == [2]


async def test_only_the_device_sets_what_is_read_only(console: "Page", server: ConsoleServer) -> None:
    assert await prop(console, "room_heat").get_by_label("Only the device can change it").count() == 1
    assert await prop(console, "brightness").locator("em").count() == 0
    await prop(console, "room_heat").get_by_role("slider").fill("33")
    await server.value("room_heat", 33)


async def test_a_refused_value_is_said_in_words(console: "Page", server: ConsoleServer) -> None:
    box = prop(console, "steps").get_by_role("textbox")
    await box.fill("[1,")
    await prop(console, "steps").get_by_role("button", name="Report").click()
    await console.get_by_text("This is not valid JSON.").wait_for()
    await expect(box).to_have_attribute("aria-invalid", "true")
    await box.fill("[99]")
    await prop(console, "steps").get_by_role("button", name="Report").click()
    await console.locator(".toast.shown").wait_for()
    assert (
        "steps[0] must be a whole number from 0 to 9, not 99" in await console.locator(".toast").inner_text()
    )
    assert server.device["properties"]["steps"] == []


async def test_states_are_kept_by_name(console: "Page", server: ConsoleServer) -> None:
    card = console.locator("[data-card=properties]")
    await server.bench.report(DEVICE_ID, {"brightness": 77})
    await expect(prop(console, "brightness").get_by_role("spinbutton")).to_have_value("77")
    await card.get_by_label("Name of a state").fill("bright")
    await card.get_by_role("button", name="Save state").click()
    await server.bench.report(DEVICE_ID, {"brightness": 5})
    await server.bench.set_online(DEVICE_ID, online=False)
    await console.reload()
    await console.locator(".online [aria-checked=false]").wait_for()
    await card.get_by_label("Name of a state").fill("bright")
    await card.get_by_role("button", name="Apply").click()
    await server.value("brightness", 77)
    await console.locator(".online [aria-checked=true]").wait_for()
    await card.get_by_role("button", name="Remove bright").click()
    await expect(card.get_by_role("button", name="Apply")).to_have_count(0)


async def test_texts_of_the_model_are_not_markup(console: "Page", server: ConsoleServer) -> None:
    row = console.locator('[data-property="<i>odd</i>"]')
    assert "<i>odd</i>" in await row.inner_text()
    assert "<b>off</b>" in await row.inner_text()
    assert await row.locator("i, b").count() == 0


async def test_faults_by_slider_and_by_action(console: "Page", server: ConsoleServer) -> None:
    card = console.locator("[data-card=faults]")
    await card.get_by_role("slider", name="Latency").fill("250")
    await card.get_by_role("slider", name="Loss").fill("40")
    await card.get_by_label("Action").first.fill("AppGetDevice")
    await card.get_by_label("Error code").fill("Oops")
    await card.get_by_label("Action").first.fill("AppGetDevise")
    await card.get_by_role("button", name="Add").click()
    toast = console.locator(".toast.shown")
    await expect(toast).to_contain_text("Did you mean AppGetDevice?")
    assert len((await toast.inner_text()).splitlines()) == 2
    await card.get_by_label("Action").first.fill("AppGetDevice")
    await card.get_by_role("button", name="Add").click()
    await card.get_by_role("button", name="Remove AppGetDevice").wait_for()
    await server.until(lambda: server.bench.snapshot()["fault"]["drop"] == 0.4)
    assert server.bench.snapshot()["fault"] == {
        "latency_ms": 250, "drop": 0.4, "errors": {"AppGetDevice": {"code": "Oops", "msg": ""}},
    }  # fmt: skip
    await card.get_by_role("button", name="Remove AppGetDevice").click()
    await card.get_by_role("button", name="Remove AppGetDevice").wait_for(state="detached")
    await card.get_by_role("button", name="Clear all faults").click()
    await card.get_by_role("button", name="Clear all faults").wait_for(state="detached")
    assert server.bench.snapshot()["fault"] == {"latency_ms": 0, "drop": 0, "errors": {}}
    await server.bench.report(DEVICE_ID, {})  # faults from elsewhere show too
    server.bench.set_fault({"latency_ms": 700})
    await card.get_by_text("700 ms").wait_for()


async def test_a_version_can_be_offered(console: "Page", server: ConsoleServer) -> None:
    card = console.locator("[data-card=firmware]")
    await card.get_by_label("Version to offer").fill("1.2.3")
    await card.get_by_role("button", name="Offer version").click()
    await card.get_by_text("Waits for the user").wait_for()
    await expect(card.locator("dd")).to_have_text(["1.0.0", "1.2.3"])
    versions = await in_panel(console, "() => h5PanelSdk.checkFirmwareUpgrade({silent: true})")
    assert (versions["CurrentVersion"], versions["DstVersion"]) == ("1.0.0", "1.2.3")


async def test_the_mini_program_card_follows_and_leads_back(console: "Page", server: ConsoleServer) -> None:
    card = console.locator("[data-card=mini-program]")
    assert "The panel is in front." in await card.inner_text()
    await in_panel(console, "() => { h5PanelSdk.goEditDeviceNamePage({name: '<b>a b</b>'}) }")
    page = card.locator(".page")
    await page.get_by_text("/pages/CommonForm/CommonForm").wait_for()
    assert "<b>a b</b>" in await page.inner_text()
    await panel(console).get_by_role("dialog", name="Edit name").wait_for()
    await card.get_by_role("button", name="Back to the panel").click()
    await card.get_by_text("The panel is in front.").wait_for()
    await panel(console).get_by_role("dialog").wait_for(state="hidden")
    for name in ("pageHide", "appHide", "appShow"):
        await card.get_by_role("button", name=name, exact=True).click()
    frame = console.frames[1]
    await frame.wait_for_function("seen.slice(-3).join() === 'pageHide,appHide,appShow'")


async def test_the_way_back_inside_the_panel_is_seen_too(console: "Page") -> None:
    card = console.locator("[data-card=mini-program]")
    await in_panel(console, "() => { h5PanelSdk.goFeedBackPage() }")
    await card.get_by_text("/pages/User/Feedback/Feedback").wait_for()
    await panel(console).get_by_role("button", name="Back to the panel").click()
    await card.get_by_text("The panel is in front.").wait_for()


async def test_the_phone_has_sizes_and_turns(console: "Page") -> None:
    size = "() => [innerWidth, innerHeight]"
    await console.get_by_label("Phone model").select_option("iPhone SE")
    await console.get_by_label("Zoom").select_option("1")
    frame = console.frames[1]
    await frame.wait_for_function("innerWidth === 375")
    assert await frame.evaluate(size) == [375, 667 - 20 - 44]
    await console.get_by_role("button", name="Rotate").click()
    await frame.wait_for_function("innerWidth === 667")
    assert await frame.evaluate(size) == [667, 375]
    await console.get_by_label("Zoom").select_option("0.5")
    width = "() => document.querySelector('.device').getBoundingClientRect().width"
    assert round(await console.evaluate(width)) == round((667 + 22) / 2)


async def test_dark_and_language_of_the_panel(console: "Page") -> None:
    dark = "() => matchMedia('(prefers-color-scheme: dark)').matches"
    assert await console.frames[1].evaluate(dark) is False
    await console.get_by_role("button", name="Dark panel").click()
    await console.frames[1].wait_for_function(dark)
    await console.get_by_role("button", name="Panel language: EN (English)").click()
    await panel(console).locator("html[lang=zh-CN]").wait_for()
    assert "lang=zh" in console.frames[1].url


AUDITED = {
    "audits": [
        {
            "score": 81, "profile": "mid", "notes": [],
            "findings": [
                {"rule": "throws", "title": "An error is not caught", "points": 15, "what": "<b>boom</b>",
                 "where": "src/a.js:3:1", "fix": "Handle it."},
                {"rule": "narrow", "title": "Text is cut", "points": 5, "what": "x", "where": "", "fix": ""},
            ],
        }
    ],
    "compared": ["new: throws: src/a.js:3:1"], "over_budget": ["score is 81; the budget is 90"],
}  # fmt: skip


async def test_the_audit_is_run_from_its_card(
    console: "Page", server: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import pathlib, sys; pathlib.Path(sys.argv[sys.argv.index('--json-file') + 1]).write_text('{}'); "
        f"print({json.dumps(AUDITED)!r})"
    )
    monkeypatch.setattr("devkit.devserver.tabs.audit.COMMAND", (sys.executable, "-c", script))
    card = console.locator("[data-card=audit]")
    await card.get_by_role("button", name="Run", exact=True).click()
    await expect(card.locator("[data-score='81']")).to_be_visible()
    await expect(card.locator("[data-rule]")).to_contain_text(["not caught high, −15", "is cut middle, −5"])
    await expect(card.locator("[data-rule=throws]")).to_contain_text("<b>boom</b> src/a.js:3:1")
    await expect(card).to_contain_text("the budget is 90")
    await card.get_by_text("Since the audit before (1)").click()
    await expect(card).to_contain_text("new: throws: src/a.js:3:1")
    await console.get_by_label("Language", exact=True).select_option("zh")
    await expect(card.get_by_role("button", name="运行")).to_be_enabled()


async def test_build_failures_show_and_go(console: "Page", server: ConsoleServer) -> None:
    await console.locator("[data-build=ok]").wait_for()
    finding = Diagnostic('Unexpected "<"', file="src/index.jsx", line=3, column=7, stage="esbuild")
    server.server.live.failed(server.panel.failed(BuildError([finding])))
    alert = console.get_by_role("alert")
    await alert.wait_for()
    assert re.search(r'src/index\.jsx:3:7\s*Unexpected "<"', await alert.inner_text())
    await console.locator("[data-build=failed]").wait_for()
    server.server.live.built(server.panel.built(built(PANEL + ";")), js=True, css=False)
    await console.locator("[data-build=ok]").wait_for()
    await expect(console.get_by_role("alert")).to_have_count(0)


async def test_language_and_theme_last(console: "Page") -> None:
    await console.get_by_label("Theme").select_option("dark")
    await console.get_by_label("Language", exact=True).select_option("zh")
    await console.get_by_role("heading", name="属性").wait_for()
    await expect(console.locator(".event-type").first).to_have_text(re.compile("告警|故障|信息"))
    await console.get_by_role("heading", name="故障模拟").click()
    await console.reload()
    await console.get_by_role("heading", name="时间线").wait_for()
    await expect(console.get_by_role("slider", name="延迟")).to_be_hidden()
    await expect(console.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(console.locator("html")).to_have_attribute("lang", "zh-CN")


async def test_a_reader_without_the_token_sees_only(console: "Page", server: ConsoleServer) -> None:
    server.server.control_token = ""
    await console.goto(server.url)
    await console.get_by_text("This page may look, not control").wait_for()
    await panel(console).get_by_text("panel ready").wait_for()
    await expect(console.get_by_role("button", name="pageShow")).to_be_disabled()


async def test_the_socket_needs_the_control_token(console: "Page", server: ConsoleServer) -> None:
    script = """token => new Promise((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/__devkit/api/live?token=${token}`)
        socket.onopen = () => resolve('open'); socket.onclose = () => resolve('closed') })"""
    assert await console.evaluate(script, server.server.page_token) == "closed"
    assert await console.evaluate(script, "") == "closed"
    assert await console.evaluate(script, server.server.control_token) == "open"


async def test_a_restarted_server_gets_its_own_page(console: "Page", server: ConsoleServer) -> None:
    await console.route_web_socket("**/live**", lambda route: route.close())
    await console.reload()
    await console.evaluate("window.before = true")
    server.server.instance = "another"
    await console.wait_for_function("!window.before")


@pytest.mark.node
async def test_ctrl_c_with_an_open_console_ends_quietly(browser: "Browser", tmp_path: Path) -> None:
    folder = make_project(tmp_path / "panel")
    async with running(folder, "dev", "--no-proxy") as run:
        page = await browser.new_page()
        await page.goto(run.ready["console_url"])
        await page.locator("[data-connected=true]").wait_for()
        assert await run.stop() == 130
        assert "Traceback" not in await run.errors()
        await page.close()
