"""A Chromium that finds every *.example on this machine, and pages of other sites for it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from starlette.responses import HTMLResponse

from devkit.web.binding import bind
from devkit.web.serving import serving
from tests.helpers.browser import LAUNCH_ARGS, chromium_path

if TYPE_CHECKING:
    from playwright.async_api import Page


@pytest.fixture
async def foreign_page() -> AsyncIterator["Page"]:
    """A page of http://evil.example; it is loopback to the browser, which so leaves the refusing to us."""
    from playwright.async_api import async_playwright

    listener = bind("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        await stack.enter_async_context(serving(HTMLResponse("<title>evil</title>"), listener))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[*LAUNCH_ARGS, "--host-resolver-rules=MAP *.example 127.0.0.1"],
        )
        stack.push_async_callback(browser.close)
        page = await (await browser.new_context()).new_page()
        await page.goto(f"http://evil.example:{listener.getsockname()[1]}/")
        yield page
