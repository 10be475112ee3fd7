"""The two engines that a journey runs in: Chromium, and WebKit as in Safari."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers import webkit
from tests.helpers.page_driver import ChromiumPage, PageDriver, WebKitPage

if TYPE_CHECKING:
    from playwright.async_api import Browser
    from selenium.webdriver.remote.webdriver import WebDriver

SIZE = (1280, 800)


@pytest.fixture(scope="session")
def webkit_browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[WebDriver]":
    """One WebKit per worker."""
    if reason := webkit.missing():
        pytest.fail(f"WebKit cannot start: {reason}.")
    with webkit.webkit(tmp_path_factory.mktemp("webkit")) as browser:
        yield browser


@pytest.fixture
async def webkit_page(webkit_browser: "WebDriver") -> AsyncIterator[PageDriver]:
    page = WebKitPage(webkit_browser)
    await page.resize(*SIZE)
    yield page
    await page.open("about:blank")


@pytest.fixture
async def chromium_page(browser: "Browser") -> AsyncIterator[PageDriver]:
    context = await browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]})
    yield ChromiumPage(await context.new_page())
    await context.close()


@pytest.fixture(params=["chromium", pytest.param("webkit", marks=pytest.mark.webkit)])
def page(request: pytest.FixtureRequest) -> PageDriver:
    """A page of the same size in each of the engines."""
    found: PageDriver = request.getfixturevalue(f"{request.param}_page")
    return found
