"""The console's tab of tests: the tree, a run, what failed, and a locator by a click."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from devkit.devserver.tabs import suite_process
from tests.browser.test_console_timeline import CLIENT
from tests.helpers.console_server import ConsoleServer, built, console_server, opened_tab
from tests.helpers.suite import STUB

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PANEL = """
document.getElementById('app').innerHTML = `<button onclick="window.pressed = 1">On</button>
  <button>Same</button><button>Same</button><p>only text</p>`
"""


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ConsoleServer]:
    monkeypatch.setattr(suite_process, "CODE", STUB)
    (tmp_path / "picture.png").write_bytes(base64.b64decode(PIXEL))
    (tmp_path / "trace.zip").write_bytes(b"zip")
    async with console_server(tmp_path) as server:
        server.panel.built(built(PANEL))
        yield server
        await server.server.suite.aclose()


@pytest.fixture
async def console(browser: "Browser", server: ConsoleServer) -> AsyncIterator["Page"]:
    async with opened_tab(browser, server, "tests") as page:
        yield page


async def test_tests_run_and_a_failed_one_shows_what_it_did(console: "Page", server: ConsoleServer) -> None:
    await console.get_by_text("No test is known yet.").wait_for()
    await console.get_by_role("button", name="List").click()
    await expect(console.locator(".test-row")).to_have_count(2)
    await console.get_by_text("SyntaxError: invalid syntax").wait_for()
    await console.get_by_role("button", name="Run test_2").click()
    await console.locator("[data-outcome=failed]").wait_for()
    details = console.locator(".test-details")
    for text in ("assert lamp.on", "the lamp is off", "0.1 s report", '"online"', "playwright show-trace"):
        await details.get_by_text(text).first.wait_for()
    assert await details.locator("img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 1
    async with console.expect_download() as download:
        await details.get_by_role("link", name="Download").click()
    assert Path(await (await download.value).path()).read_bytes() == b"zip"
    await console.evaluate((CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    for theme, lang in (("light", "en"), ("dark", "zh")):
        await console.locator(".head select").nth(-2).select_option(theme)
        await console.locator(".head select").last.select_option(lang)
        found = await console.evaluate("""() => axe.run({exclude: [['iframe']]}).then((result) =>
            result.violations.map((one) => one.id + ' ' + one.nodes.map((node) => node.html).join(' ')))""")
        assert found == []


async def test_a_run_is_stopped(console: "Page", server: ConsoleServer) -> None:
    (server.server.settings.project / "stuck").touch()
    await console.get_by_role("button", name="Run all").click()
    await console.locator("[data-outcome=running]").wait_for()
    await console.get_by_role("button", name="Stop").click()
    await expect(console.get_by_role("button", name="Run all")).to_be_enabled()
    assert await console.locator("[data-outcome=running]").count() == 0


async def test_a_click_in_the_panel_gives_a_locator_and_nothing_else(console: "Page") -> None:
    panel = console.frame_locator(".screen iframe")
    for pick, locator in {
        "button >> nth=0": 'panel.get_by_role("button", name="On", exact=True)',
        "button >> nth=2": 'panel.get_by_role("button", name="Same", exact=True).nth(1)',
        "#app p": 'panel.get_by_text("only text", exact=True).first',
    }.items():
        await console.get_by_role("button", name="Pick a locator").click()
        await panel.locator("div[data-devkit=pick]").wait_for(state="attached")
        await panel.locator(pick).click()
        await console.locator(".locator").get_by_text(locator, exact=True).wait_for()
    assert await panel.locator("body").evaluate("() => window.pressed") is None
    await panel.locator("button").first.click()
    assert await panel.locator("body").evaluate("() => window.pressed") == 1
