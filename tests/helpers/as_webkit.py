"""Let a Chromium stand for Playwright's WebKit, where that cannot be installed; a plugin of pytest, too.

It takes only what WebKit takes: no switches of Chromium's, no channel, and no DevTools. What pages do in
WebKit itself is shown by tests/browser/webkit.
"""

import copy
from collections.abc import Callable
from typing import Any

from playwright import async_api, sync_api

from tests.helpers.browser import LAUNCH_ARGS, chromium_path

NAME = "webkit"
NEEDS_CHROMIUM = (
    (async_api.BrowserContext, "new_cdp_session"),
    (async_api.Browser, "new_browser_cdp_session"),
)
CHROMIUMS_OWN = {"args", "channel", "chromium_sandbox"}


class WebKitType:
    """What `playwright.webkit` is, of either API."""

    name = NAME

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium
        self.executable_path = chromium_path() or chromium.executable_path

    def launch(self, **options: Any) -> Any:
        """Start a browser, as the API does: at once, or for the caller to await."""
        if wrong := CHROMIUMS_OWN & options.keys():
            raise TypeError(f"WebKit does not take {', '.join(sorted(wrong))}")
        if "executable_path" not in options:
            options["executable_path"] = self.executable_path
        return _named(self._chromium.launch(**options, args=LAUNCH_ARGS))


def _named(browser: Any) -> Any:
    """Let a browser say that it is WebKit."""
    if hasattr(browser, "__await__"):
        return _named_later(browser)
    inner = browser._impl_obj
    kind = copy.copy(inner._browser_type)
    for name in [name for name in vars(kind) if name.startswith("_pw_api_instance")]:
        delattr(kind, name)
    kind._initializer = {**kind._initializer, "name": NAME}
    inner._browser_type = kind
    return browser


async def _named_later(browser: Any) -> Any:
    return _named(await browser)


def _without(owner: type, method: str) -> None:
    """Let a method of Playwright's fail in WebKit as it does there."""
    real: Callable[..., Any] = getattr(owner, method)

    async def refused(self: Any, *args: Any) -> Any:
        browser = self.browser if hasattr(self, "browser") else self
        if browser.browser_type.name == NAME:
            raise async_api.Error("CDP session is only available in Chromium")
        return await real(self, *args)

    setattr(owner, method, refused)


def pytest_configure() -> None:
    """Put the stand-in in place, for the rest of the process."""
    for api in (async_api, sync_api):
        api.Playwright.webkit = property(lambda self: WebKitType(self.chromium))  # type: ignore[assignment]
    for owner, method in NEEDS_CHROMIUM:
        _without(owner, method)
