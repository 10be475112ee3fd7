"""The private attributes of Playwright that devkit uses are still there and mean the same."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from devkit.testing.page import playwright_inner

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser


async def test_a_browser_of_the_async_api_is_returned_as_it_is(browser: "Browser") -> None:
    assert playwright_inner.as_async_browser(browser) is browser


async def test_routes_and_listeners_are_counted(page: "Page") -> None:
    assert playwright_inner.route_count(page) == 0
    await page.route("**/*", lambda route: route.abort())
    assert playwright_inner.route_count(page) == 1
    before = playwright_inner.listener_count(page, "console")
    page.on("console", lambda message: None)
    assert playwright_inner.listener_count(page, "console") == before + 1


async def test_events_come_in_the_async_api(page: "Page") -> None:
    from playwright.async_api import ConsoleMessage

    heard: asyncio.Queue[Any] = asyncio.Queue()
    playwright_inner.subscribe(page, "console", "ConsoleMessage", heard.put_nowait)
    playwright_inner.subscribe(page, "pageerror", "", heard.put_nowait)
    await page.evaluate("console.log('here')")
    message = await heard.get()
    assert isinstance(message, ConsoleMessage)
    assert message.text == "here"
    await page.evaluate("setTimeout(() => { throw new Error('there') })")
    assert "there" in str(await heard.get())


async def test_routes_come_in_the_async_api(page: "Page") -> None:
    from playwright.async_api import Request, Route

    async def answer(route: Any) -> None:
        async_route, request = playwright_inner.as_async_route(route)
        assert isinstance(async_route, Route)
        assert isinstance(request, Request)
        await async_route.fulfill(body=request.url)

    await page.route("**/*", answer)
    await page.goto("http://panel.test/a")
    assert await page.inner_text("body") == "http://panel.test/a"


async def test_parts_of_a_page_are_views_of_the_async_api(page: "Page") -> None:
    from playwright.async_api import Mouse

    mouse = playwright_inner.own(page, "mouse")
    assert isinstance(mouse, Mouse)
    await mouse.move(1, 1)


def test_both_apis_share_one_page(pytester: pytest.Pytester) -> None:
    """The sync API wants a thread without a running loop, so it has a process of its own."""
    script = pytester.makepyfile(
        """
        from playwright.sync_api import Page, sync_playwright
        from devkit.testing.page import playwright_inner as inner
        from tests.helpers.browser import LAUNCH_ARGS, chromium_path

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
            async_browser = inner.as_async_browser(browser)
            page = inner.run_sync(browser, async_browser.new_page())
            inner.give_sync_wrapper(page)
            sync_page = inner.sync_wrapper(page)
            assert isinstance(sync_page, Page)
            sync_page.set_content("<p>one page</p>")
            assert inner.run_sync(browser, page.inner_text("p")) == "one page"
            inner.run_sync(browser, async_browser.close())
        """
    )
    result = pytester.runpython(script)
    assert result.ret == 0
