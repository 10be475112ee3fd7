"""One way to drive a page in Chromium (Playwright) and in WebKit (WebDriver), for tests that run in both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from playwright.async_api import Page
    from selenium.webdriver.remote.webdriver import WebDriver

WAIT_S = 10


class PageDriver(Protocol):
    """A page; css names one element, which may be yet to come, and expressions are JavaScript."""

    async def open(self, url: str) -> None: ...
    async def resize(self, width: int, height: int) -> None: ...
    async def value(self, expression: str) -> Any: ...
    async def result(self, function: str) -> Any: ...
    async def wait(self, expression: str) -> None: ...
    async def in_panel(self, expression: str) -> Any: ...
    async def wait_in_panel(self, expression: str) -> None: ...
    async def click(self, css: str) -> None: ...
    async def type(self, css: str, text: str) -> None: ...
    async def choose(self, css: str, shown: str) -> None: ...
    async def screenshot(self, path: Path) -> None: ...


class ChromiumPage:
    """A page of Playwright."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(WAIT_S * 1000)

    async def open(self, url: str) -> None:
        await self.page.goto(url)

    async def resize(self, width: int, height: int) -> None:
        await self.page.set_viewport_size({"width": width, "height": height})

    async def value(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def result(self, function: str) -> Any:
        return await self.page.evaluate(function)

    async def wait(self, expression: str) -> None:
        await self.page.wait_for_function(f"() => ({expression})")

    async def in_panel(self, expression: str) -> Any:
        return await self.page.frames[1].evaluate(expression)

    async def wait_in_panel(self, expression: str) -> None:
        await self.page.locator("iframe").wait_for()
        await self.page.frames[1].wait_for_function(f"() => ({expression})")

    async def click(self, css: str) -> None:
        await self.page.click(css)

    async def type(self, css: str, text: str) -> None:
        """Put text in the place of what a field holds, and press Enter."""
        await self.page.fill(css, text)
        await self.page.press(css, "Enter")

    async def choose(self, css: str, shown: str) -> None:
        await self.page.select_option(css, label=shown)

    async def screenshot(self, path: Path) -> None:
        await self.page.screenshot(path=path)


class WebKitPage:
    """The page of a WebDriver; selenium blocks, so its steps run in threads and the server goes on."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver

    async def open(self, url: str) -> None:
        await asyncio.to_thread(self.driver.get, url)

    async def resize(self, width: int, height: int) -> None:
        """Make the page's inside this large; the window has a bar of its own."""
        bar = int(await self.value("outerHeight - innerHeight"))
        await asyncio.to_thread(self.driver.set_window_rect, 0, 0, width, height + bar)
        await self.wait(f"innerWidth === {width} && innerHeight === {height}")

    async def value(self, expression: str) -> Any:
        return await asyncio.to_thread(self.driver.execute_script, f"return ({expression})")

    async def result(self, function: str) -> Any:
        """Return what an async function comes to."""
        script = (
            "const done = arguments[0]; const fail = (error) => done({ error: String(error) })\n"
            f"Promise.resolve(({function})()).then((value) => done({{ value }}), fail)"
        )
        answer = await asyncio.to_thread(self.driver.execute_async_script, script)
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    async def wait(self, expression: str) -> None:
        from selenium.common.exceptions import TimeoutException

        look = f"({expression}) ? done() : requestAnimationFrame(look)"
        script = f"const done = arguments[0]; const look = () => {{ {look} }}; look()"
        try:
            await asyncio.to_thread(self.driver.execute_async_script, script)
        except TimeoutException:
            shown = await self.value("document.body.innerText")
            raise AssertionError(
                f"{expression} does not hold after {WAIT_S} s; the page shows:\n{shown}"
            ) from None

    async def in_panel(self, expression: str) -> Any:
        """Evaluate in the phone's frame, which has an origin of its own."""
        return await self._in_frame(self.value, expression)

    async def wait_in_panel(self, expression: str) -> None:
        await self._in_frame(self.wait, expression)

    async def _in_frame(self, act: Callable[[str], Awaitable[Any]], expression: str) -> Any:
        await self.wait("document.querySelector('iframe')")
        await asyncio.to_thread(self.driver.switch_to.frame, 0)
        try:
            return await act(expression)
        finally:
            await asyncio.to_thread(self.driver.switch_to.default_content)

    async def _element(self, css: str) -> Any:
        await self.wait(f"document.querySelector({json.dumps(css)})")
        return await asyncio.to_thread(self.driver.find_element, "css selector", css)

    async def click(self, css: str) -> None:
        await asyncio.to_thread((await self._element(css)).click)

    async def type(self, css: str, text: str) -> None:
        """Put text in the place of what a field holds, and press Enter."""
        from selenium.webdriver.common.keys import Keys

        element = await self._element(css)
        await asyncio.to_thread(
            self.driver.execute_script, "arguments[0].focus(); arguments[0].select()", element
        )
        await asyncio.to_thread(element.send_keys, text, Keys.ENTER)

    async def choose(self, css: str, shown: str) -> None:
        from selenium.webdriver.support.select import Select

        element = await self._element(css)
        await asyncio.to_thread(lambda: Select(element).select_by_visible_text(shown))

    async def screenshot(self, path: Path) -> None:
        await asyncio.to_thread(self.driver.save_screenshot, str(path))
