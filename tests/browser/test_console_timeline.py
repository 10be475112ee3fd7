"""The console's timeline: filter, payloads, keyboard, export, many rows, and what axe says of the page."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from devkit.timeline.kinds import ActionCall, Note, SdkCall
from tests.helpers.browser import WAIT_MS
from tests.helpers.client_code import CLIENT
from tests.helpers.console_server import DEVICE_ID, ConsoleServer, console_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser
ROW = 30


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.fixture
async def console(browser: "Browser", server: ConsoleServer) -> AsyncIterator["Page"]:
    """The console, connected, with the panel's own entries cleared away."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="null")
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    await page.goto(server.url)
    await page.locator("[data-connected=true]").wait_for()
    await page.frame_locator("iframe").get_by_text("panel ready").wait_for()
    await server.until(lambda: server.simulator.timeline.of_kind("link"))
    await page.locator("[role=option]").filter(has_text="link open").wait_for()
    await page.get_by_role("button", name="Clear", exact=True).click()
    yield page
    await context.close()


def titles(page: "Page") -> Any:
    return page.locator("[role=option] b")


async def lane_count(page: "Page", lane: str, count: int) -> None:
    await page.locator(f".lane[data-lane={lane}] b").get_by_text(str(count), exact=True).wait_for()


async def test_everything_that_happens_is_a_row(console: "Page", server: ConsoleServer) -> None:
    await server.bench.report(DEVICE_ID, {"brightness": 51})
    await console.frames[1].evaluate(
        "h5PanelSdk.triggerVibrateShort('heavy'); h5PanelSdk.requestTokenApi('NoSuchAction').catch(() => 0)"
    )
    for title in ("report", "Property / Report", "vibrate", "triggerVibrateShort", "NoSuchAction"):
        await titles(console).get_by_text(title, exact=True).first.wait_for()
    failed = console.locator(".row.failed").filter(has_text="NoSuchAction")
    await expect(failed.first).to_be_visible()


async def test_a_row_opens_its_payload_as_text(console: "Page", server: ConsoleServer) -> None:
    server.simulator.timeline.record(Note('<img src=x onerror="window.hit=1">', {"n": [1]}))
    row = console.locator("[role=option]").filter(has_text="onerror")
    await row.click()
    details = console.get_by_role("region", name="Entry")
    payload = json.loads(await details.locator("pre").inner_text())
    assert payload == {"message": '<img src=x onerror="window.hit=1">', "data": {"n": [1]}}
    assert await console.locator(".timeline img").count() == 0
    assert await console.evaluate("window.hit") is None
    await details.get_by_role("button", name="Close").click()
    await details.wait_for(state="detached")


async def test_lanes_search_and_failures_filter(console: "Page", server: ConsoleServer) -> None:
    timeline = server.simulator.timeline
    timeline.record(SdkCall("getUserInfo", [], {"NickName": "小美"}))
    timeline.record(SdkCall("getDeviceData", [], error={"code": "Bad"}))
    timeline.record(ActionCall("AppGetUser", {"hidden": "needle-42"}))
    await titles(console).nth(2).wait_for()
    await console.get_by_role("button", name="SDK").click()
    await expect(titles(console)).to_have_text(["AppGetUser"])
    await console.get_by_role("button", name="SDK").click()
    await console.get_by_label("Search in everything").fill("NEEDLE-42")
    await expect(titles(console)).to_have_text(["AppGetUser"])
    timeline.record(SdkCall("later", ["needle-42"]))
    await titles(console).get_by_text("later").wait_for()
    await console.get_by_label("Search in everything").fill("")
    await titles(console).nth(3).wait_for()
    await console.get_by_role("button", name="Failed only").click()
    await expect(titles(console)).to_have_text(["getDeviceData"])


async def test_the_keyboard_walks_the_rows(console: "Page", server: ConsoleServer) -> None:
    for number in range(200):
        server.simulator.timeline.record(Note(f"row {number}"))
    await console.locator("[role=option]").filter(has_text="row 199").wait_for()
    await console.get_by_role("listbox").focus()
    await console.keyboard.press("End")
    active = console.locator("[role=option][aria-selected=true] .text")
    await expect(active).to_have_text("row 199")
    await console.keyboard.press("ArrowUp")
    await expect(active).to_have_text("row 198")
    await console.keyboard.press("Home")
    await console.locator("[role=option]").filter(has_text="row 0").first.wait_for()
    await expect(active).to_have_text("row 0")
    await console.keyboard.press("PageDown")
    await console.keyboard.press("ArrowDown")
    listbox = console.get_by_role("listbox")
    chosen = await listbox.get_attribute("aria-activedescendant")
    assert chosen == await console.locator("[role=option][aria-selected=true]").get_attribute("id")
    box = await console.locator("[role=option][aria-selected=true]").bounding_box()
    frame = await listbox.bounding_box()
    assert box
    assert frame
    pixel = 1  # scrolling stops at whole pixels, a list may be half a pixel higher
    assert frame["y"] <= box["y"] <= frame["y"] + frame["height"] - ROW + pixel
    await console.keyboard.press("Escape")
    await expect(console.locator("[aria-selected=true]")).to_have_count(0)


async def test_the_list_follows_until_someone_scrolls(console: "Page", server: ConsoleServer) -> None:
    timeline = server.simulator.timeline
    for number in range(300):
        timeline.record(Note(f"row {number}"))
    await console.locator("[role=option]").filter(has_text="row 299").wait_for()
    follow = console.get_by_role("button", name="Follow")
    await expect(follow).to_have_attribute("aria-pressed", "true")
    listbox = console.get_by_role("listbox")
    await listbox.evaluate("node => { node.scrollTop = 600 }")
    await console.locator("[aria-pressed=false]").get_by_text("Follow").wait_for()
    timeline.record(Note("row 300"))
    await lane_count(console, "page", 301)
    assert await listbox.evaluate("node => node.scrollTop") == 600
    await expect(console.locator("[data-news]")).to_have_text(" · 1 new")
    await follow.click()
    await expect(console.locator("[data-news]")).to_have_count(0)
    await console.locator("[role=option]").filter(has_text="row 300").wait_for()


async def test_export_holds_every_entry(console: "Page", server: ConsoleServer) -> None:
    for number in range(3):
        server.simulator.timeline.record(Note(f"row {number}"))
    await lane_count(console, "page", 3)
    async with console.expect_download() as waiting:
        await console.get_by_role("button", name="Export JSON").click()
    download = await waiting.value
    assert download.suggested_filename.startswith("timeline-")
    exported = json.loads(Path(await download.path()).read_text("utf-8"))
    assert [entry["data"]["message"] for entry in exported["entries"]] == ["row 0", "row 1", "row 2"]


async def test_ten_thousand_rows_cost_only_the_visible_ones(console: "Page", server: ConsoleServer) -> None:
    for batch in range(10):
        for number in range(1000):
            server.simulator.timeline.record(Note(f"row {batch * 1000 + number}"))
        await lane_count(console, "page", (batch + 1) * 1000)
    assert await console.locator("[role=option]").count() < 60
    listbox = console.get_by_role("listbox")
    for index in (0, 5000, 9990):
        await listbox.evaluate("(node, top) => { node.scrollTop = top }", index * ROW)
        await console.locator("[role=option]").filter(has_text=f"row {index}").first.wait_for()
    usual = await listbox.evaluate("""async node => {
        const gaps = []
        let last = performance.now()
        for (let step = 0; step < 61; step++) {
            node.scrollTop = step * 4500
            await new Promise(requestAnimationFrame)
            const now = performance.now()
            gaps.push(now - last)
            last = now
        }
        return gaps.sort((a, b) => a - b)[30] }""")
    assert usual < 100


async def test_a_flood_of_reports_leaves_the_page_alive(console: "Page", server: ConsoleServer) -> None:
    await console.evaluate("""() => { window.frameCount = 0
        const tick = () => { window.frameCount++; requestAnimationFrame(tick) }; tick() }""")
    for number in range(3000):
        await server.bench.report(DEVICE_ID, {"brightness": number % 100})
        if number % 50 == 0:
            await asyncio.sleep(0)
    await server.bench.report(DEVICE_ID, {"brightness": 77})
    await console.wait_for_function(
        "document.querySelector('[data-property=brightness] input[type=number]').value === '77'"
    )
    assert await console.evaluate("frameCount") > 10
    assert "not kept" in await console.locator(".count").inner_text() or await console.evaluate(
        "Number(document.querySelector('.lane[data-lane=device] b').textContent) === 3001"
    )


async def test_a_cut_socket_comes_back_without_double_rows(console: "Page", server: ConsoleServer) -> None:
    sockets: list[Any] = []

    def keep(route: Any) -> None:
        route.connect_to_server()
        sockets.append(route)

    await console.route_web_socket("**/__devkit/api/live**", keep)
    await console.reload()
    await console.locator("[data-connected=true]").wait_for()
    server.simulator.timeline.record(Note("row before"))
    await console.locator("[role=option]").filter(has_text="row before").wait_for()
    await sockets[0].close()
    await console.locator("[data-connected=false]").wait_for()
    server.simulator.timeline.record(Note("row meanwhile"))
    await console.locator("[role=option]").filter(has_text="row meanwhile").wait_for()
    for text in ("row before", "row meanwhile"):
        assert await console.locator("[role=option]").filter(has_text=text).count() == 1


@pytest.mark.node
@pytest.mark.parametrize(("theme", "lang"), [("light", "en"), ("dark", "zh")])
async def test_axe_finds_nothing(console: "Page", server: ConsoleServer, theme: str, lang: str) -> None:
    await console.get_by_label("Theme").select_option(theme)
    await console.get_by_label("Language", exact=True).select_option(lang)
    await console.frames[1].evaluate("() => { h5PanelSdk.goFeedBackPage() }")
    await server.bench.report(DEVICE_ID, {"brightness": 51})
    server.bench.set_fault({"errors": {"AppGetUser": {"code": "Oops"}}})
    await server.bench.offer_firmware(DEVICE_ID, "9.9.9")
    server.simulator.timeline.record(SdkCall("x", [], error={"code": "Bad", "n": 1.5}))
    await console.locator("[data-card=mini-program] .page").wait_for()
    await console.locator(".row.failed").first.click()
    await console.evaluate((CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = await console.evaluate("""() => axe.run({exclude: [['iframe']]}).then((result) =>
        result.violations.map((item) => [item.id, item.nodes.map((node) => node.target.join(' '))]))""")
    assert found == []
