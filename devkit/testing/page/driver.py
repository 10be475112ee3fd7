"""The one place that knows how Playwright's two Python APIs share their objects.

Both APIs wrap the same inner objects, which live on one event loop. The code of this package is written
for the async API alone; a test that uses the sync API gets sync wrappers of the very same pages, and the
coroutines of this package run on the loop that Playwright's sync API turns while it waits. So one thread and
one loop hold the test, the page's link, the simulator and the emulator, whichever API a test is written in.

Source: PyPI playwright 1.65, playwright/_impl/_sync_base.py and _impl_to_api_mapping.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from playwright.async_api import Browser

T = TypeVar("T")

WRAPPER = "_pw_api_instance_"


class Driver(Protocol):
    """Run coroutines for a test, and give it its own API's view of pages."""

    def run(self, work: Coroutine[Any, Any, T]) -> Any:
        """Return the result of work, or what the caller must await for it."""

    def adopt(self, *objects: Any) -> None:
        """Let these objects, made through the async API, show themselves in the test's API from now on."""

    def view(self, async_object: Any) -> Any:
        """Return the test's view of an object of the async API."""


class AsyncDriver:
    """For tests that are coroutines."""

    def run(self, work: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Return work: the caller awaits it."""
        return work

    def adopt(self, *objects: Any) -> None:
        """Change nothing."""

    def view(self, async_object: Any) -> Any:
        """Return the object."""
        return async_object


class SyncDriver:
    """For tests that are plain functions."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until work is done."""
        __tracebackhide__ = True
        result: T = self._browser._sync(work)
        return result

    def adopt(self, *objects: Any) -> None:
        """Give the inner objects sync wrappers, which Playwright then finds on them."""
        for wrapped in objects:
            setattr(wrapped._impl_obj, WRAPPER, self._wrap(wrapped))

    def view(self, async_object: Any) -> Any:
        """Return the sync wrapper of an adopted object."""
        return getattr(async_object._impl_obj, WRAPPER)

    def _wrap(self, wrapped: Any) -> Any:
        from playwright import sync_api

        return getattr(sync_api, type(wrapped).__name__)(wrapped._impl_obj)


def driver_of(browser: Any) -> tuple[Driver, Browser]:
    """Return the driver for a browser of either API, and the browser in the async API."""
    from playwright import async_api

    if isinstance(browser, async_api.Browser):
        return AsyncDriver(), browser
    return SyncDriver(browser), async_api.Browser(browser._impl_obj)


def own(owner: Any, name: str) -> Any:
    """Return the async API's view of a part of an object, such as a page's mouse.

    Playwright remembers which of its APIs asked for a part first; this way the test may still be the first.
    """
    from playwright.async_api import _generated

    part = getattr(owner._impl_obj, name)
    return getattr(_generated, type(part).__name__)(part)


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of work.

    Errors: TimeoutError after so many seconds; work is cancelled then.
    """
    async with asyncio.timeout(seconds):
        return await work
