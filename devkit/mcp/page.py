"""The panel as an agent sees and touches it: one page in a headless Chromium."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Literal

from devkit.errors import BrowserError, PanelError
from devkit.extras import install_command

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

SIZE = {"width": 375, "height": 667}
TOUCH_MS = 3000
LOAD_MS = 15_000
LONGEST_TREE = 20_000

Act = Literal["tap", "fill", "select"]


class PanelPage:
    """Opens the panel on first use; url is that of its page."""

    def __init__(self, url: str, browser_path: str = "") -> None:
        self._url = url
        self._browser_path = browser_path
        self._stack = AsyncExitStack()
        self._page: Page | None = None

    async def aclose(self) -> None:
        """Close the browser."""
        self._page = None
        await self._stack.aclose()

    async def reload(self) -> None:
        """Load the page again, or for the first time.

        Errors: BrowserError.
        """
        page = await self._opened()
        await page.goto(self._url, wait_until="load", timeout=LOAD_MS)

    async def picture(self, *, dark: bool = False, width: int = 375, height: int = 667) -> bytes:
        """Return the panel as PNG, after its animations.

        Errors: BrowserError.
        """
        page = await self._opened()
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="dark" if dark else "light")
        return await page.screenshot(animations="disabled", timeout=LOAD_MS)

    async def tree(self) -> str:
        """Return the accessibility tree as Playwright's ARIA snapshot.

        Errors: BrowserError.
        """
        page = await self._opened()
        text = await page.locator("body").aria_snapshot(timeout=LOAD_MS)
        if len(text) > LONGEST_TREE:
            return f"{text[:LONGEST_TREE]}\n… {len(text) - LONGEST_TREE} characters more"
        return text or "(nothing to see)"

    async def touch(self, act: Act, target: str, *, role: str = "", value: str = "", nth: int = 0) -> None:
        """Do what a person does to what is called target: the name of a role, else its text.

        Errors: PanelError when there is no such thing, or it cannot be used; BrowserError.
        """
        from playwright.async_api import Error

        page = await self._opened()
        found = _locator(page, role, target).nth(nth)
        try:
            await _ACTS[act](found, value)
        except Error as error:
            count = await _locator(page, role, target).count()
            wanted = f"{role or 'text'} {target!r}"
            if count <= nth:
                seen = "there is none" if count == 0 else f"there are only {count}"
                raise PanelError(
                    f"{wanted} was not found: {seen}.", "Ask for the tree to see names."
                ) from None
            raise PanelError(f"{wanted} cannot be used: {error.message.splitlines()[0]}") from None

    async def _opened(self) -> Page:
        if self._page is not None and not self._page.is_closed():
            return self._page
        try:
            from playwright.async_api import Error, async_playwright
        except ImportError as error:
            needed = f"Install it with: {install_command('test')}"
            raise BrowserError("Playwright is not installed.", needed) from error
        from devkit.testing.run.browsers import explain, start_browser
        from devkit.testing.world.spec import PanelSpec

        await self._stack.aclose()
        playwright = await self._stack.enter_async_context(async_playwright())
        try:
            browser = await start_browser(playwright, given=self._browser_path)
        except Error as error:
            raise explain(error) from None
        self._stack.push_async_callback(browser.close)
        self._page = await browser.new_page(
            viewport=SIZE, has_touch=True, locale=PanelSpec.locale, timezone_id=PanelSpec.timezone
        )  # words as in the project's tests, which the agent writes next
        await self._page.goto(self._url, wait_until="load", timeout=LOAD_MS)
        return self._page


def _locator(page: Page, role: str, target: str) -> Locator:
    if not role:
        return page.get_by_text(target)
    known: Any = role  # Playwright names them one by one
    return page.get_by_role(known, name=target) if target else page.get_by_role(known)


_ACTS: dict[Act, Any] = {
    "tap": lambda found, value: found.click(timeout=TOUCH_MS),
    "fill": lambda found, value: found.fill(value, timeout=TOUCH_MS),
    "select": lambda found, value: found.select_option(value, timeout=TOUCH_MS),
}
