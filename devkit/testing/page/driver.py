"""How code that is written once, as coroutines, serves tests of both Playwright APIs.

A test that uses the sync API gets sync wrappers of the very same pages, and the coroutines of this package
run on the loop that Playwright's sync API turns while it waits. So one thread and one loop hold the test,
the page's link, the simulator and the emulator, whichever API a test is written in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from devkit.testing.page.playwright_inner import as_async_browser, give_sync_wrapper, run_sync, sync_wrapper

if TYPE_CHECKING:
    from playwright.async_api import Browser

T = TypeVar("T")


class Driver(Protocol):
    """Run coroutines for a test, and give it its own API's view of pages."""

    def run(self, work: Coroutine[Any, Any, T]) -> Any:
        """Return the result of work, or what the caller must await for it."""

    def adopt(self, *objects: object) -> None:
        """Let these objects, made through the async API, show themselves in the test's API from now on."""

    def view(self, async_object: object) -> Any:
        """Return the test's view of an object of the async API."""


class AsyncDriver:
    """For tests that are coroutines."""

    def run(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Return work: the caller awaits it."""
        return work

    def adopt(self, *objects: object) -> None:
        """Change nothing."""

    def view(self, async_object: object) -> Any:
        """Return the object."""
        return async_object


class SyncDriver:
    """For tests that are plain functions."""

    def __init__(self, browser: object) -> None:
        self._browser = browser

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until work is done."""
        __tracebackhide__ = True
        return run_sync(self._browser, work)

    def adopt(self, *objects: object) -> None:
        """Give the inner objects sync wrappers, which Playwright then finds on them."""
        for wrapped in objects:
            give_sync_wrapper(wrapped)

    def view(self, async_object: object) -> Any:
        """Return the sync wrapper of an adopted object."""
        return sync_wrapper(async_object)


def driver_of(browser: object) -> tuple[Driver, Browser]:
    """Return the driver for a browser of either API, and the browser in the async API."""
    async_browser = as_async_browser(browser)
    return AsyncDriver() if async_browser is browser else SyncDriver(browser), async_browser


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of work.

    Errors: TimeoutError after so many seconds; work is cancelled then.
    """
    async with asyncio.timeout(seconds):
        return await work
