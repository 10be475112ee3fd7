"""A panel that wants to be the tester: the console, its token and its page, from the panel's own origin."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import expect

from tests.helpers.console_server import ConsoleServer, console_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, Frame, Page

pytestmark = pytest.mark.browser

REACH = """async (console) => {
  const seen = []
  const attempt = async (name, act) => {
    try { const found = await act(); if (found) seen.push(`${name}: ${String(found).slice(0, 80)}`) } catch {}
  }
  const text = async (url, options) => (await fetch(url, options)).text()
  await attempt('fetch of /', () => text('/'))
  await attempt('fetch of / by hand', () => text('/', { redirect: 'manual' }))
  await attempt('fetch of the console', () => text(console))
  await attempt('fetch without CORS', () => text(console, { mode: 'no-cors' }))
  await attempt('parent document', () => parent.document.documentElement.innerHTML)
  await attempt('top document', () => top.document.title)
  document.domain = document.domain
  await attempt('document.domain', () => parent.document.title)
  await attempt('frame element', () => frameElement)
  await attempt('state without a token', async () => {
    const answer = await fetch('/__devkit/api/state'); return answer.ok && answer.text() })
  return seen
}"""
FRAMED = """(url) => new Promise((resolve) => {
  const frame = document.createElement('iframe')
  frame.onload = resolve
  frame.src = url
  document.body.append(frame)
})"""
BLOCKED = "net::ERR_BLOCKED_BY_RESPONSE"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.fixture
async def console(browser: "Browser", server: ConsoleServer) -> AsyncIterator["Page"]:
    page = await browser.new_page()
    await page.goto(f"{server.panel_url}/")
    await page.frame_locator("iframe").get_by_text("panel ready").wait_for()
    yield page
    await page.close()


def panel_of(console: "Page") -> "Frame":
    return console.frames[1]


async def test_the_way_to_the_console_leads_to_an_origin_of_its_own(
    console: "Page", server: ConsoleServer
) -> None:
    assert console.url == server.url
    assert panel_of(console).url.startswith(f"{server.panel_url}/h5panel/")
    assert server.server.control_token in await console.content()


async def test_the_panel_in_the_phone_reads_nothing_of_the_console(
    console: "Page", server: ConsoleServer
) -> None:
    assert await panel_of(console).evaluate(REACH, server.url) == []


async def test_the_panel_cannot_live_at_the_consoles_origin(console: "Page", server: ConsoleServer) -> None:
    for path in (server.server.panel_path("CONSOLE001"), "/index.js", "/__devkit/worker.js", "/scf/h5panel"):
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert (await client.get(path)).status_code == 404
    await panel_of(console).evaluate("(url) => { location = url + 'h5panel/developing' }", server.url)
    await expect(console.locator("iframe")).to_be_visible()
    found = await console.evaluate("() => [...document.querySelectorAll('iframe')].length")
    assert found == 1


async def test_no_page_frames_the_console(console: "Page", server: ConsoleServer) -> None:
    frame = panel_of(console)
    for url in (server.url, f"{server.panel_url}/"):
        async with console.expect_event("requestfailed") as failed:
            await frame.evaluate(FRAMED, url)
        assert (await failed.value).failure == BLOCKED
    async with httpx.AsyncClient() as client:
        headers = (await client.get(server.url)).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


async def test_a_page_elsewhere_cannot_frame_the_panel(browser: "Browser", server: ConsoleServer) -> None:
    page = await browser.new_page()
    await page.goto(f"{server.panel_url.replace('127.0.0.1', 'localhost')}/__devkit/alive")
    url = server.panel_url + server.server.panel_path("CONSOLE001")
    async with page.expect_response(url) as answered:
        await page.evaluate(FRAMED, url)
    assert (await answered.value).status == 403
    await page.close()


async def test_only_the_panels_frame_tells_the_title(console: "Page") -> None:
    await panel_of(console).evaluate("document.title = 'from the panel'")
    await expect(console.locator(".nav-bar b")).to_have_text("from the panel")
    await console.evaluate("postMessage({ devkitTitle: 'forged' }, '*')")
    await panel_of(console).evaluate("parent.postMessage({ devkitTitle: { odd: 1 } }, '*')")
    await panel_of(console).evaluate("document.title = 'again'")
    await expect(console.locator(".nav-bar b")).to_have_text("again")
