"""sw=true: the page maps the two URLs by itself, on our host page and on one of the platform's origin."""

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.devserver.harness import edit, make_project, running
from tests.browser.proxy.conftest import Trusting
from tests.browser.proxy.test_dev import SITE, Dev, dev

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]
QUERY = "productId=LAMPPROD01&deviceName=dev01&sw=true"
PERMISSIONS = ["local-network-access"]

__all__ = ["dev"]


async def scripts(page: "Page") -> list[str]:
    return await page.evaluate("Array.from(document.scripts, script => script.src)")


async def test_our_page_maps_the_urls_without_a_proxy(tmp_path: Path, page: "Page") -> None:
    project = make_project(tmp_path / "panel")
    async with running(project, "dev", "--no-proxy") as run:
        base = run.ready["console_url"].rstrip("/")
        await page.goto(f"{base}/h5panel/developing?{QUERY}")
        await page.get_by_role("button", name="control").click()
        await page.locator("#brightness", has_text="77").wait_for()
        assert "https://developing.script/developing.js" in await scripts(page)
        assert not [url for url in await scripts(page) if url.endswith("/index.js")]
        color = await page.locator(".box").evaluate("e => getComputedStyle(e).color")
        assert color == "rgb(1, 2, 3)"
        edit(project / "src/index.jsx", "VERSION", "after a save")
        await page.get_by_role("heading", name="after a save").wait_for()
        await page.reload()
        await page.get_by_role("heading", name="after a save").wait_for()


async def test_a_page_of_the_platforms_origin_reads_the_dev_server(
    dev: Dev, trusting_browser: Trusting
) -> None:
    context = await trusting_browser(dev, "--host-resolver-rules=MAP developing.* 127.0.0.1:1")
    await context.grant_permissions(PERMISSIONS, origin=SITE)
    page = await context.new_page()
    await page.goto(f"{SITE}/h5panel/developing?{QUERY}")
    await page.get_by_role("button", name="control").wait_for()
    served = await page.evaluate(
        "performance.getEntriesByName('https://developing.script/developing.js')[0].workerStart > 0"
    )
    assert served


async def test_a_page_without_the_permission_says_what_to_do(dev: Dev, trusting_browser: Trusting) -> None:
    """Chromium takes the platform for a public site here, and so keeps it from loopback."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = int(dev.url.rpartition(":")[2])
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        far_writer.write(b"CONNECT iot.cloud.tencent.com:443 HTTP/1.1\r\n\r\n")
        await far_reader.readuntil(b"\r\n\r\n")
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    context = await trusting_browser(
        dev,
        f"--host-resolver-rules=MAP iot.cloud.tencent.com:443 127.0.0.1:{port}",
        f"--ip-address-space-overrides=127.0.0.1:{port}=public",
        "--deny-permission-prompts",
        use_proxy=False,
    )
    page = await context.new_page()
    await page.goto(f"{SITE}/h5panel/developing?{QUERY}&lang=en")
    box = page.locator("#devkit-agentless")
    await box.wait_for()
    text = await box.inner_text()
    assert "Allow" in text
    assert "devkit dev --launch" in text
    await context.close()
    server.close()
