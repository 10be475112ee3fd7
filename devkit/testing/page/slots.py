"""Warm browser pages: made before they are needed, wiped after use, and thrown away when in doubt.

A new context with a page costs Chromium far more than loading a panel does. A slot is one context with one
page, wired for panels. After a test that only looked and clicked, the slot is wiped (storage, cookies,
history, the document itself) while the next test starts. It is left as a stage: an empty document at the
panel's address, which the next panel fills without another navigation. After anything else, such as granting
a permission, the slot is closed and a new one is made. So is each slot of WebKit, where Playwright can wipe
neither storage nor history.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from devkit.devserver.host_page import page_headers
from devkit.errors import BrowserError
from devkit.language import _
from devkit.testing.page import playwright_inner
from devkit.testing.page.driver import Driver, within
from devkit.testing.page.playwright_inner import own
from devkit.testing.run.browsers import CHROMIUM
from devkit.testing.world.spec import PanelSpec
from devkit.web.hosts import PANEL_SITE

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Request, Route

logger = logging.getLogger(__name__)


_STAGE = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
window.name = ''; localStorage.clear(); sessionStorage.clear()</script>"""

_OPEN = """async ([url, html]) => { await new Promise((resolve) => {
  const turn = new MessageChannel()
  turn.port1.onmessage = () => {
    turn.port1.close()
    if (location.href !== url) history.replaceState(null, '', url)
    document.open()
    document.write(html)
    document.close()
    resolve()
  }
  turn.port2.postMessage(null)
}); return await (%s)() }"""
"""Make a stage a page: its scripts run in a task of their own, with no other script above them."""

_REPLACE = "(url) => { setTimeout(() => location.replace(url)) }"

WIPE_SECONDS = 3.0
CLOSE_SECONDS = 5.0

Binding = Callable[..., Awaitable[Any]]
Answer = Callable[["Route", "Request"], Awaitable[None]]
EVENTS = {
    "dialog": "Dialog",
    "console": "ConsoleMessage",
    "pageerror": "",
    "crash": "",
    "framenavigated": "Frame",
}


LISTENABLE = (*EVENTS, "request", "response", "requestfinished", "requestfailed", "download", "popup", "page")


class Guest:
    """What a slot tells whoever uses its page."""

    async def on_request(self, route: Route, request: Request) -> None:
        """Answer a request of the page."""
        await route.abort()

    def on_event(self, name: str, value: object) -> None:
        """Take one of EVENTS."""


class Slot:
    """One context with one page. `page` is of the async API, whatever the test uses.

    cdp: Chromium's DevTools, None in WebKit, which has no such thing.
    """

    def __init__(self, context: BrowserContext, page: Page, cdp: CDPSession | None) -> None:
        self.context = context
        self.page = page
        self.cdp = cdp
        self.guest = Guest()
        self.clean = cdp is not None
        self.address = ""
        self.occupied = False
        self._made: list[int] = []
        self._answering: set[asyncio.Task[None]] = set()
        self._bindings: dict[str, Binding] = {}
        self._exposed: set[str] = set()

    @classmethod
    async def open(
        cls,
        browser: Browser,
        driver: Driver,
        spec: PanelSpec,
        *,
        init_script: str = "",
        coverage: bool = False,
    ) -> Slot:
        """Make a context and a page, and wire them."""
        context = await browser.new_context(**spec.context_options)
        if init_script:
            await context.add_init_script(init_script)
        page = await context.new_page()
        driver.adopt(context, page, page.main_frame)
        cdp = await context.new_cdp_session(page) if browser.browser_type.name == CHROMIUM else None
        slot = cls(context, page, cdp)
        await asyncio.gather(
            context.route("**/*", slot._take_route),
            *((_cover(cdp),) if coverage and cdp else ()),
        )
        slot._listen()
        slot._made = slot._additions()
        return slot

    @property
    def devtools(self) -> CDPSession:
        """Return Chromium's DevTools.

        Errors: BrowserError in WebKit.
        """
        if self.cdp is None:
            raise BrowserError(
                _("This needs DevTools, which WebKit does not have."),
                _("Run it in Chromium: --browser chromium"),
            )
        return self.cdp

    async def expose_binding(self, name: str, callback: Binding) -> None:
        """Give the page a function; the newest callback answers it."""
        self._bindings[name] = callback
        if name not in self._exposed:
            self._exposed.add(name)
            await self.page.expose_binding(name, lambda source, *args: self._bindings[name](source, *args))

    async def stage(self, address: str) -> None:
        """Go to an address whose document is empty; it becomes the only one in the history."""
        self.address = ""
        if self.cdp is None:
            async with self.page.expect_navigation(url=address, wait_until="commit"):
                await self.page.evaluate(_REPLACE, address)
        else:
            await self.page.goto(address, wait_until="commit")
            # The page's answer comes to the browser after the word that the document is there: without that
            # word it would keep another entry.
            await self.page.evaluate("0")
            await self.cdp.send("Page.resetNavigationHistory")
        self.address = address

    async def receive(self, address: str, guest: Guest) -> None:
        """Give the page to a guest: at an address, or where show() can make it one.

        Errors: playwright's Error.
        """
        if not self.address:
            await self.stage(address)
        self.address = address
        self.guest = guest
        self.occupied = True

    async def show(self, html: str, then: str) -> None:
        """Make the stage the guest's page; returns when its scripts have run, and a function after them.

        Errors: playwright's Error, also when the page goes elsewhere meanwhile.
        """
        await self.page.evaluate(_OPEN % then, [self.address, html])

    def leave(self) -> None:
        """Stop answering for the guest; what its page still calls gets nothing."""
        self.guest = Guest()
        self.occupied = False
        self._bindings = dict.fromkeys(self._bindings, _nothing)

    async def evaluate(self, expression: str, arg: object = None) -> Any:
        """Evaluate in the page."""
        return await self.page.evaluate(expression, arg)

    @property
    def main_frame(self) -> Any:
        """Return the page's main frame, as bindings name it."""
        return self.page.main_frame

    def on(self, event: str, handler: Callable[[Any], Any]) -> None:
        """Take a listener for the end of the page; slots end their guests themselves."""

    def _take_route(self, route: Route) -> None:
        """Answer a request in a task of its own: older versions of the sync API await no handler."""
        task = asyncio.get_running_loop().create_task(self._on_route(route))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _on_route(self, route: Route) -> None:
        from playwright.async_api import Error

        route, request = playwright_inner.as_async_route(route)
        with contextlib.suppress(Error):  # the page was left before its request was answered
            if self.occupied:
                await self.guest.on_request(route, request)
            elif request.is_navigation_request() and request.url.startswith(PANEL_SITE):
                await route.fulfill(body=_STAGE, headers=page_headers(), content_type="text/html")
            else:
                await route.abort()

    def _listen(self) -> None:
        for event, kind in EVENTS.items():
            playwright_inner.subscribe(self.page, event, kind, functools.partial(self._pass_on, event))

    def _pass_on(self, event: str, value: object) -> None:
        self.guest.on_event(event, value)

    def has_other_listeners(self, event: str) -> bool:
        """Tell whether a test listens to an event too."""
        return playwright_inner.listener_count(self.page, event) > 1

    async def wipe(self) -> None:
        """Leave no trace of the last panel.

        Errors: whatever says that the page cannot be used again.
        """
        self.leave()
        if self.cdp is None:
            raise RuntimeError("only Chromium's storage can be wiped")
        if len(self.context.pages) != 1:
            raise RuntimeError("the panel opened further pages")
        if self._additions() != self._made:
            raise RuntimeError("the test reached the page by another way, and changed it")
        await self.stage(self.address)
        storage = {"origin": PANEL_SITE, "storageTypes": "all"}
        await asyncio.gather(
            self.cdp.send("Storage.clearDataForOrigin", storage),
            self.context.clear_cookies(),
            own(self.page, "mouse").move(-1, -1),  # nothing of the next panel lies under it
        )

    def _additions(self) -> list[int]:
        """Count the routes and listeners of page and context."""
        owners = (self.page, self.context)
        listeners = [playwright_inner.listener_count(item, event) for item in owners for event in LISTENABLE]
        return [playwright_inner.route_count(item) for item in owners] + listeners

    async def close(self) -> None:
        """Close the context; a browser that is gone already is no trouble."""
        from playwright.async_api import Error

        self.leave()
        with contextlib.suppress(Error, TimeoutError):
            await within(CLOSE_SECONDS, self.context.close())


async def _cover(cdp: CDPSession) -> None:
    await cdp.send("Profiler.enable")
    await cdp.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})


async def _nothing(*args: object) -> None:
    """Answer a page whose panel is gone."""


class SlotPool:
    """Hand out slots that are as good as new."""

    def __init__(
        self, browser: Browser, driver: Driver, *, init_script: str = "", coverage: bool = False
    ) -> None:
        self.browser = browser
        self._driver = driver
        self._wiring: dict[str, Any] = {"init_script": init_script, "coverage": coverage}
        self._ready: dict[str, list[asyncio.Task[Slot]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._address = ""

    def prepare(self, spec: PanelSpec) -> None:
        """Start making a slot that such a panel can use, unless one is there."""
        if not self._ready.get(spec.browser_key):
            self._keep(spec, self._open(spec))

    async def take(self, spec: PanelSpec) -> Slot:
        """Return a slot for a panel.

        Errors: playwright's Error when the browser is gone.
        """
        waiting = self._ready.setdefault(spec.browser_key, [])
        if not waiting:
            return await self._open(spec)
        ready = next((task for task in waiting if task.done()), waiting[0])
        waiting.remove(ready)
        if not waiting:
            self._keep(spec, self._open(spec))  # from now on one is wiped while the other is used
        return await ready

    def give_back(self, slot: Slot, spec: PanelSpec) -> None:
        """Wipe or close a slot in the background."""
        self._address = slot.address
        if slot.clean and self.browser.is_connected():
            self._keep(spec, self._wiped(slot, spec))
        else:
            self._spawn(slot.close())
            if self.browser.is_connected():
                self.prepare(spec)

    async def aclose(self) -> None:
        """Close every slot."""
        tasks = [task for waiting in self._ready.values() for task in waiting]
        self._ready.clear()
        slots = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(slot.close() for slot in slots if isinstance(slot, Slot)))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wiped(self, slot: Slot, spec: PanelSpec) -> Slot:
        try:
            await within(WIPE_SECONDS, slot.wipe())
        except Exception as error:
            logger.debug("a page cannot be used again: %s", error)
            self._spawn(slot.close())
            return await self._open(spec)
        return slot

    async def _open(self, spec: PanelSpec) -> Slot:
        """Make a slot, at the address that is probably wanted."""
        slot = await Slot.open(self.browser, self._driver, spec, **self._wiring)
        try:
            if self._address:
                await slot.stage(self._address)
        except BaseException:
            await slot.close()
            raise
        return slot

    def _keep(self, spec: PanelSpec, work: Coroutine[Any, Any, Slot]) -> None:
        self._ready.setdefault(spec.browser_key, []).append(self._spawn(work))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settle)
        return task

    def _settle(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.debug("a page could not be made: %s", task.exception())
