"""The first messages of the dev server may reach the console before the browser has run any effect of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.helpers.browser import WAIT_MS
from tests.helpers.console_server import DEVICE_ID, ConsoleServer, console_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

LATE_EFFECTS = (Path(__file__).parent / "late_effects.js").read_text("utf-8")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.fixture
async def page(browser: "Browser") -> AsyncIterator["Page"]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    await page.add_init_script(LATE_EFFECTS)
    yield page
    await context.close()


async def test_what_came_before_any_effect_is_shown(page: "Page", server: ConsoleServer) -> None:
    await server.bench.report(DEVICE_ID, {"brightness": 64})
    await page.goto(server.url)
    await page.wait_for_function("document.documentElement.dataset.theme")  # an effect has run
    taken = await page.evaluate("window.firstMessages")
    assert {path for path, _ in taken} == {"/__devkit/api/live", "/__devkit/live"}
    assert {theme for _, theme in taken} == {""}, "an effect ran before the messages were taken"
    await expect(page.locator("[data-connected=true]")).to_be_visible()
    await expect(page.locator("[data-build=ok]")).to_be_visible()
    await expect(page.locator(".online [role=switch][aria-checked=true]")).to_be_visible()
    await expect(page.locator("[data-property=brightness] input[type=number]")).to_have_value("64")
    await expect(page.locator("[data-card=actions] [data-action=blink]")).to_be_visible()
    await expect(page.locator("[role=option]").filter(has_text="report").first).to_be_visible()
