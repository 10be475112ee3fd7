"""The Playwright servers of a run: which one this process uses, and which is next when it is down."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from devkit.errors import BrowserError, SettingsError
from devkit.language import _
from devkit.testing.page.driver import within
from devkit.testing.page.playwright_inner import as_async_browser, run_sync
from devkit.testing.run.browsers import CHROMIUM, shown

if TYPE_CHECKING:
    from playwright.async_api import Browser

B = TypeVar("B")
logger = logging.getLogger(__name__)
SCHEMES = ("ws", "wss", "http", "https")
BEAT_SECONDS = 5.0
PATIENCE_SECONDS = 10.0


def server_urls(text: str) -> list[str]:
    """Return the addresses of --browser-ws, of which there may be none.

    Errors: SettingsError for what is no address of a server.
    """
    urls = [url.strip() for url in text.split(",") if url.strip()]
    for url in urls:
        parts = urlsplit(url)
        try:
            good = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise SettingsError(
                _(f"--browser-ws: {shown(url)!r} is no address of a Playwright server."),
                _("Write for example ws://127.0.0.1:3000; several stand behind one another with commas."),
            )
    return urls


class BrowserServers:
    """Connect to the first server that answers, and remember what was said on the way.

    first: which of the addresses this process begins with, so that processes share the servers out.
    """

    def __init__(self, urls: Sequence[str], first: int = 0) -> None:
        self._urls = deque(urls)
        self._urls.rotate(-(first % len(urls)) if urls else 0)
        self._beat: asyncio.Task[None] | None = None
        self.notes: list[str] = []
        self.lost = ""

    def __bool__(self) -> bool:
        """Tell whether there is any server."""
        return bool(self._urls)

    def start(self, connect: Callable[[str], B]) -> B:
        """Return a browser of the sync API from the first server that gives one; it is watched.

        Errors: BrowserError when no server does.
        """
        failures: list[BrowserError] = []
        for _rest in range(len(self._urls)):
            url = self._urls[0]
            try:
                browser = connect(url)
            except BrowserError as error:
                failures.append(error)
                self._urls.rotate(-1)
                continue
            for failure in failures:
                self._say(_(f"{failure.message} {shown(url)} is used instead."))
            self._beat = run_sync(browser, self._watched(browser))
            return browser
        if len(failures) == 1:
            raise failures[0]
        reasons = "\n".join(error.message for error in failures)
        raise BrowserError(
            _(f"None of {len(failures)} Playwright servers answers:\n{reasons}"), failures[-1].hint
        )

    def look(self, browser: object) -> bool:
        """Tell whether a server's browser is gone; the next start then begins with another server."""
        gone = bool(self) and not run_sync(browser, _held(as_async_browser(browser)))
        if gone:
            self.lost = shown(self._urls[0])
            self._urls.rotate(-1)
        return gone

    def told_again(self, test: str) -> None:
        """Note that a test is run again, as its browser was lost."""
        where = shown(self._urls[0])
        self._say(_(f"{self.lost} lost its browser while {test} ran; the test was run again on {where}."))
        self.lost = ""

    def stop(self) -> None:
        """Watch no longer."""
        if self._beat is not None:
            self._beat.cancel()
        self._beat = None

    def _say(self, text: str) -> None:
        logger.warning(text)
        self.notes.append(text)

    async def _watched(self, browser: object) -> asyncio.Task[None]:
        return asyncio.create_task(watch(as_async_browser(browser)))


async def watch(browser: Browser, every: float = BEAT_SECONDS, patience: float = PATIENCE_SECONDS) -> None:
    """Let go of a browser that answers no more, so that whoever waits for it is told.

    A connection to a machine that was cut off or stopped stays open, and Playwright would wait for ever.
    """
    while browser.is_connected():
        await asyncio.sleep(every)
        if not browser.is_connected() or await _alive(browser, patience):
            continue
        # the test's own code may have held the loop for as long
        if browser.is_connected() and not await _alive(browser, patience / 4):
            await browser.close()


async def _held(browser: Browser) -> bool:
    """Tell whether a browser answers, and let go of one that does not."""
    if await _alive(browser, PATIENCE_SECONDS):
        return True
    await browser.close()
    return False


async def _alive(browser: Browser, patience: float) -> bool:
    from playwright.async_api import Error

    try:
        if browser.browser_type.name == CHROMIUM:
            session = await within(patience, browser.new_browser_cdp_session())
            await within(patience, session.detach())
        else:
            context = await within(patience, browser.new_context())
            await within(patience, context.close())
    except (Error, TimeoutError):
        return False
    return browser.is_connected()
