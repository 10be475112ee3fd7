"""Chromium trusts the authorities, through NSS, for their hosts and for nothing else."""

import asyncio
from pathlib import Path

import pytest

from devkit.proxy import Proxy
from tests.browser.proxy.conftest import Trusting
from tests.helpers.forged import forge, server_context
from tests.helpers.proxy import FILES, Builds, PanelApp, running

pytestmark = pytest.mark.browser


async def test_the_script_and_the_style_reach_a_page(tmp_path: Path, trusting_browser: Trusting) -> None:
    async with running(tmp_path / "config") as proxy:
        context = await trusting_browser(proxy)
        page = await context.new_page()
        response = await page.goto("https://developing.script/developing.js")
        assert response
        assert await response.body() == FILES["index.js"]
        protocol = await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
        assert protocol == "http/1.1"
        await page.set_content(
            '<div id="app">x</div><link rel="stylesheet" href="https://developing.style/developing.css">'
            '<script src="https://developing.script/developing.js"></script>'
        )
        await page.wait_for_function("window.panel === 1")
        assert await page.locator("#app").evaluate("e => getComputedStyle(e).color") == "rgb(255, 0, 0)"
        await context.close()


async def test_a_certificate_for_any_other_name_is_rejected(
    tmp_path: Path, trusting_browser: Trusting
) -> None:
    from playwright.async_api import Error

    async with running(tmp_path / "config") as proxy:
        ports = await _serve_forgeries(proxy, tmp_path)
        rules = ",".join(f"MAP {host} 127.0.0.1:{port}" for host, (port, _) in ports.items())
        context = await trusting_browser(proxy, f"--host-resolver-rules={rules}", use_proxy=False)
        page = await context.new_page()
        response = await page.goto("https://developing.style/")
        assert response
        assert response.status == 200
        for host in ("bank.example", "iot.cloud.tencent.com"):
            with pytest.raises(Error, match="ERR_CERT"):
                await page.goto(f"https://{host}/")
        await context.close()
        for _, server in ports.values():
            server.close()


async def _serve_forgeries(proxy: Proxy, folder: Path) -> dict[str, tuple[int, asyncio.Server]]:
    """Serve one name that the authority covers and two that it does not, all signed with its key."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()

    found = {}
    for host in ("developing.style", "bank.example", "iot.cloud.tencent.com"):
        leaf = forge(proxy.authorities["panel"], folder / f"{host}.pem", [host])
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_context(leaf))
        found[host] = (server.sockets[0].getsockname()[1], server)
    return found


async def test_an_untrusting_browser_refuses_the_panel_hosts(tmp_path: Path, browser: "object") -> None:
    from playwright.async_api import Browser, Error

    assert isinstance(browser, Browser)
    async with running(tmp_path / "config") as proxy:
        context = await browser.new_context(proxy={"server": proxy.url})
        page = await context.new_page()
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            await page.goto("https://developing.script/developing.js")
        await context.close()


async def test_a_broken_build_shows_its_error_on_the_page(tmp_path: Path, trusting_browser: Trusting) -> None:
    from devkit.errors import BuildError, Diagnostic

    error = BuildError([Diagnostic("Unexpected <img src=x onerror=alert(1)>", "src/app.jsx", 12, 7)])
    async with running(tmp_path / "config", PanelApp(Builds({}, error))) as proxy:
        context = await trusting_browser(proxy)
        page = await context.new_page()
        await page.goto("https://developing.script/developing.js.map")
        await page.set_content('<script src="https://developing.script/developing.js"></script>')
        box = page.get_by_role("alert")
        await box.wait_for()
        text = await box.inner_text()
        assert "src/app.jsx:12:7" in text
        assert "Unexpected <img src=x onerror=alert(1)>" in text
        assert await box.locator("img").count() == 0
        await context.close()
