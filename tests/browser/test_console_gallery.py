"""The console's gallery: states of shots.yaml as live panels, in the real dev server."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_console_timeline import CLIENT
from tests.helpers.console_server import ConsoleServer, built, console_server, opened_tab

if TYPE_CHECKING:
    from playwright.async_api import Browser, FrameLocator, Locator, Page

pytestmark = pytest.mark.browser
SHEET = """\
# mine
devices: [320x400]
states:
  - name: low
    data: {brightness: 5}
  - name: throws
    data: {colour: 1}
  - name: away   # for good
    online: false
  - name: pressed
    steps:
      - report: {brightness: 66}
      - click: press
  - name: stuck
    steps: [{click: {selector: "##"}}]
  - name: wrong
    data: {brightness: 999}
"""
PANEL = """
const app = document.getElementById('app'), sdk = h5PanelSdk
const draw = () => {
  const { brightness } = sdk.deviceData
  app.innerHTML = `<b>${brightness}|${sdk.deviceStatus}|${navigator.language}|${window.pressed || ''}</b>
    <button onclick="pressed = 'yes'; draw()">Press</button>`
}
window.draw = draw
sdk.on('wsReport', () => setTimeout(draw))
sdk.on('wsStatusChange', () => setTimeout(draw))
sdk.sdkReady().then(() => { draw(); if (sdk.deviceData.colour === 1) throw new Error('no green') })
"""


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path_factory.mktemp("gallery")) as server:
        server.server.live.built(server.panel.built(built(PANEL)), js=True, css=False)
        yield server


@pytest.fixture
def sheet(server: ConsoleServer) -> Path:
    file = server.server.settings.project / "shots.yaml"
    file.write_text(SHEET, "utf-8")
    return file


@pytest.fixture
async def console(browser: "Browser", server: ConsoleServer, sheet: Path) -> AsyncIterator["Page"]:
    async with opened_tab(browser, server, "gallery") as page:
        yield page


def tile(page: "Page", state: str) -> "Locator":
    return page.locator(f"[data-frame='{state}']")


def panel(page: "Page", state: str) -> "FrameLocator":
    return tile(page, state).frame_locator("iframe")


def mark(page: "Page", state: str) -> "Locator":
    return tile(page, state).locator(".frame-problem")


async def test_each_state_is_a_live_panel(console: "Page", server: ConsoleServer) -> None:
    await panel(console, "low").get_by_text("5|1|zh-CN|").wait_for()
    await panel(console, "away").get_by_text("30|0|zh-CN|").wait_for()
    await panel(console, "pressed").get_by_text("66|1|zh-CN|yes").wait_for()
    await expect(mark(console, "stuck")).to_have_attribute("title", re.compile("A step failed: .*##"))
    await panel(console, "wrong").get_by_text("999").first.wait_for()
    await panel(console, "throws").get_by_text("no green").first.wait_for()
    await expect(mark(console, "throws")).to_have_attribute("title", re.compile("no green"))
    await expect(mark(console, "wrong")).to_have_attribute("title", re.compile("shots.yaml:16: .*not 999"))
    assert await mark(console, "low").count() == 0
    assert await panel(console, "low").get_by_text("no green").count() == 0
    assert server.device["properties"]["brightness"] == 30


async def test_values_and_the_device_itself_become_states(
    console: "Page", server: ConsoleServer, sheet: Path
) -> None:
    await tile(console, "low").get_by_role("button").click()
    values = console.locator(".frame-values")
    await values.locator("[data-property=brightness]").get_by_role("slider").fill("81")
    await panel(console, "low").get_by_text("81|1|zh-CN|").wait_for()
    await values.get_by_label("Name (optional)").fill("bright")
    await values.get_by_role("button", name="Save to gallery").click()
    await panel(console, "bright").get_by_text("81|1|zh-CN|").wait_for()
    assert sheet.read_text("utf-8") == SHEET + "  - name: bright\n    data: {brightness: 81}\n"
    await values.get_by_role("button", name="As in the file").click()
    await panel(console, "low").get_by_text("5|1|zh-CN|").wait_for()
    await console.get_by_role("link", name="Device").click()
    await server.bench.report("CONSOLE001/dev01", {"heat": 4.5})
    await console.locator("[data-card=properties]").get_by_role("button", name="Save to gallery").click()
    await console.get_by_text("Saved as state 8.").wait_for()
    assert sheet.read_text("utf-8").endswith("  - name: state 8\n    data: {heat: 4.5}\n")
    await server.bench.report("CONSOLE001/dev01", {"heat": 1.5})


async def test_a_save_updates_and_a_broken_file_is_told(console: "Page", sheet: Path) -> None:
    await panel(console, "low").get_by_text("5|1|").wait_for()
    await panel(console, "low").locator("body").evaluate("() => { window.mark = 1 }")
    sheet.write_text(SHEET.replace("name: away", "name: gone").replace("{brightness: 999}", "{brig"), "utf-8")
    alert = console.get_by_role("alert")
    await alert.get_by_text("this is not YAML").wait_for()
    await alert.get_by_text(re.compile(r"shots\.yaml:\d+")).wait_for()
    assert await tile(console, "away").count() == 1
    sheet.write_text(SHEET.replace("name: away", "name: gone"), "utf-8")
    await tile(console, "gone").wait_for()
    await expect(alert).to_have_count(0)
    assert await tile(console, "away").count() == 0
    assert await panel(console, "low").locator("body").evaluate("() => window.mark") == 1
    sheet.unlink()
    await console.get_by_role("button", name="Write a first one from the thing model").click()
    await tile(console, "colour 2 Blue").wait_for()


async def test_many_frames_load_as_they_come_into_view(console: "Page", sheet: Path) -> None:
    many = "".join(f"- {{name: s{at}, data: {{brightness: {at % 100}}}}}\n" for at in range(40))
    sheet.write_text(f"devices: [320x400]\nstates:\n{many}", "utf-8")
    await console.get_by_label("Size of the frames").select_option("1")
    await console.get_by_text("40 frames").wait_for()
    await panel(console, "s0").get_by_text("0|1|").wait_for()
    assert await console.locator(".frame-box iframe").count() < 39
    await tile(console, "s39").scroll_into_view_if_needed()
    await panel(console, "s39").get_by_text("39|1|").wait_for()
    await console.get_by_label("Find a state").fill("s3")
    await expect(console.locator(".frame-tile")).to_have_count(11)


@pytest.mark.node
async def test_axe_finds_nothing(console: "Page", sheet: Path) -> None:
    await panel(console, "low").get_by_text("5|1|").wait_for()
    await tile(console, "low").get_by_role("button").click()
    await console.locator(".frame-values [data-property=brightness]").wait_for()
    sheet.write_text("states: []", "utf-8")
    await console.get_by_role("alert").wait_for()
    await console.evaluate((CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    for theme, lang in (("light", "en"), ("dark", "zh")):
        await console.locator(".head select").nth(-2).select_option(theme)
        await console.locator(".head select").last.select_option(lang)
        found = await console.evaluate("""() => axe.run({exclude: [['iframe']]}).then((result) =>
            result.violations.map((one) => one.id + ' ' + one.nodes.map((node) => node.html).join(' ')))""")
        assert found == []
