"""What devkit knows of Playwright's private attributes; no other module touches them.

Playwright's async and sync API wrap the same inner objects, which live on one event loop. devkit drives pages
through the async API and hands tests of the sync API wrappers of the very same pages.
tests/browser/testing/test_playwright_inner.py fails when a new Playwright changes what is used here.

Source: PyPI playwright@1.65, playwright/_impl/_sync_base.py and playwright/_impl/_impl_to_api_mapping.py.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from playwright.async_api import Browser, Request, Route

T = TypeVar("T")

WRAPPER = "_pw_api_instance_"


def run_sync(browser: Any, work: Coroutine[Any, Any, T]) -> T:
    """Turn the loop of a browser of the sync API until work is done, and return its result."""
    __tracebackhide__ = True
    result: T = browser._sync(work)
    return result


def as_async_browser(browser: Any) -> Browser:
    """Return a browser of either API in the async API."""
    from playwright import async_api

    return browser if isinstance(browser, async_api.Browser) else async_api.Browser(browser._impl_obj)


def give_sync_wrapper(wrapped: Any) -> None:
    """Let an object that was made through the async API show itself in the sync API from now on."""
    from playwright import sync_api

    setattr(wrapped._impl_obj, WRAPPER, getattr(sync_api, type(wrapped).__name__)(wrapped._impl_obj))


def sync_wrapper(async_object: Any) -> Any:
    """Return the wrapper that give_sync_wrapper made."""
    return getattr(async_object._impl_obj, WRAPPER)


def own(owner: Any, name: str) -> Any:
    """Return the async API's view of a part of an object, such as a page's mouse.

    Playwright remembers which of its APIs asked for a part first; this way the test may still be the first.
    """
    from playwright.async_api import _generated

    part = getattr(owner._impl_obj, name)
    return getattr(_generated, type(part).__name__)(part)


def as_async_route(route: Any) -> tuple[Route, Request]:
    """Return a route, which comes in the API that listens first, and its request in the async API."""
    from playwright import async_api

    return async_api.Route(route._impl_obj), async_api.Request(route._impl_obj.request)


def subscribe(page: Any, event: str, kind: str, handler: Callable[[Any], None]) -> None:
    """Tell handler of a page's event.

    kind names the class of the async API that the event's value is wrapped in, "" for none.
    """
    from playwright import async_api

    wrap = getattr(async_api, kind) if kind else (lambda value: value)
    page._impl_obj.on(event, lambda value=None: handler(wrap(value)))


def listener_count(owner: Any, event: str) -> int:
    """Return how many listeners of an event a page or a context has."""
    return len(owner._impl_obj.listeners(event))


def route_count(owner: Any) -> int:
    """Return how many routes a page or a context has."""
    return len(owner._impl_obj._routes)
