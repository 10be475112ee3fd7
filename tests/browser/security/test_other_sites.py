"""A page of another site that wants the panel's source, and a panel that wants to outlive its project."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from devkit.transport.base import VIRTUAL_DEVICE
from tests.helpers.console_server import ConsoleServer, console_server

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser

LOAD = """([kind, url]) => new Promise((resolve) => {
  const element = document.createElement(kind)
  element.onload = () => resolve('loaded')
  element.onerror = () => resolve('refused')
  if (kind === 'link') { element.rel = 'stylesheet'; element.href = url } else { element.src = url }
  document.head.append(element)
})"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize("policy", ["", "no-referrer"])
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("script", "/index.js"),
        ("link", "/index.css"),
        ("script", "/__devkit/runtime.js"),
        ("script", "/__devkit/console.js"),
        ("img", "/h5panel/developing?productId=CONSOLE001"),
    ],
)
async def test_another_site_gets_no_file(
    foreign_page: "Page", server: ConsoleServer, kind: str, path: str, policy: str
) -> None:
    if policy:
        await foreign_page.evaluate(
            """(policy) => { const meta = document.createElement('meta')
            meta.name = 'referrer'; meta.content = policy; document.head.append(meta) }""",
            policy,
        )
    assert await foreign_page.evaluate(LOAD, [kind, server.panel_url + path]) == "refused"
    assert await foreign_page.evaluate("() => [typeof seen, typeof React]") == ["undefined", "undefined"]


async def test_an_image_of_another_site_adds_no_virtual_device(
    foreign_page: "Page", server: ConsoleServer
) -> None:
    path = f"/h5panel/developing?productId=CONSOLE001&deviceName={VIRTUAL_DEVICE}"
    for kind in ("img", "script"):
        assert await foreign_page.evaluate(LOAD, [kind, server.panel_url + path]) == "refused"
    await foreign_page.evaluate(
        """(url) => new Promise((resolve) => {
        const frame = document.createElement('iframe'); frame.onload = resolve; frame.src = url
        document.body.append(frame) })""",
        server.panel_url + path,
    )
    assert list(server.bench.snapshot()["devices"]) == ["CONSOLE001/dev01"]


async def test_an_image_of_the_panel_adds_no_virtual_device_but_its_page_does(
    browser: "Browser", server: ConsoleServer
) -> None:
    page = await browser.new_page()
    await page.goto(f"{server.panel_url}/__devkit/alive")
    path = f"/h5panel/developing?productId=CONSOLE001&deviceName={VIRTUAL_DEVICE}"
    assert await page.evaluate(LOAD, ["img", path]) == "refused"
    assert list(server.bench.snapshot()["devices"]) == ["CONSOLE001/dev01"]
    await page.goto(server.panel_url + path)
    await page.get_by_text("panel ready").wait_for()
    assert f"CONSOLE001/{VIRTUAL_DEVICE}" in server.bench.snapshot()["devices"]
    await page.close()


async def test_no_file_but_ours_becomes_a_service_worker(browser: "Browser", server: ConsoleServer) -> None:
    page = await browser.new_page()
    await page.goto(server.panel_url + server.server.panel_path("CONSOLE001"))
    register = """(url) => navigator.serviceWorker.register(url)
        .then((found) => found.scope, (error) => error.name)"""
    for url in ("/index.js", "/__devkit/runtime.js", "/__devkit/live.js?v=1"):
        assert await page.evaluate(register, url) in {"TypeError", "SecurityError"}
    assert await page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert (await page.evaluate(register, "/__devkit/worker.js")).endswith("/__devkit/")
    await page.close()


async def test_older_browsers_are_told_by_the_policy_and_judged_by_their_referer(
    server: ConsoleServer,
) -> None:
    async with httpx.AsyncClient(base_url=server.panel_url) as client:
        plain = await client.get("/index.js")
        assert (plain.status_code, plain.headers["cross-origin-resource-policy"]) == (200, "same-site")
        foreign = await client.get("/index.js", headers={"referer": "http://evil.example/page"})
        assert foreign.status_code == 403
        site = await client.get("/index.js", headers={"referer": "https://iot.cloud.tencent.com/"})
        assert (site.status_code, site.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
