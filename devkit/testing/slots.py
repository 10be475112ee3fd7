"""Warm browser pages: made before they are needed, wiped after use, and thrown away when in doubt.

A new context with a page costs Chromium far more than loading a panel does. A slot is one context with one
page, wired for panels. After a test that only looked and clicked, the slot is wiped (storage, cookies,
history, the document itself) while the next test starts; after anything else, such as granting a permission,
it is closed and a new one is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from devkit.testing.driver import Driver, within
from devkit.testing.spec import PanelSpec

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Request, Route

logger = logging.getLogger(__name__)

ORIGIN = "https://iot.cloud.tencent.com"
BLANK = f"{ORIGIN}/__devkit/blank"
_FORGET = "() => { window.name = ''; sessionStorage.clear() }"
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


class Guest:
    """What a slot tells whoever uses its page."""

    async def on_request(self, route: Route, request: Request) -> None:
        """Answer a request of the page."""
        await route.abort()

    def on_event(self, name: str, value: Any) -> None:
        """Take one of EVENTS."""


class Slot:
    """One context with one page. `page` is of the async API, whatever the test uses.

    scripts: {V8's id: URL} of what the page has loaded.
    """

    def __init__(self, context: BrowserContext, page: Page, cdp: CDPSession) -> None:
        self.context = context
        self.page = page
        self.cdp = cdp
        self.guest = Guest()
        self.clean = True
        self.scripts: dict[str, str] = {}
        self._address = ""
        self._opening: asyncio.Task[Any] | None = None
        self._occupied = asyncio.Event()
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
        cdp = await context.new_cdp_session(page)
        slot = cls(context, page, cdp)
        cdp.on("Debugger.scriptParsed", slot._on_script)
        await asyncio.gather(
            context.route("**/*", slot._take_route),
            cdp.send("Debugger.enable"),
            *((slot._cover(),) if coverage else ()),
        )
        slot._listen()
        return slot

    async def _cover(self) -> None:
        await self.cdp.send("Profiler.enable")
        await self.cdp.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})

    async def expose_binding(self, name: str, callback: Binding) -> None:
        """Give the page a function; the newest callback answers it."""
        self._bindings[name] = callback
        if name not in self._exposed:
            self._exposed.add(name)
            await self.page.expose_binding(name, lambda source, *args: self._bindings[name](source, *args))

    def anticipate(self, address: str) -> None:
        """Begin to open an address that will probably be wanted; its answer waits until a guest is there."""
        self._address = address
        work = self.page.goto(address, wait_until="commit", timeout=0)
        self._opening = asyncio.get_running_loop().create_task(work)
        self._opening.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def calm(self) -> None:
        """Take back what was anticipated; a page that waits for its next document runs no scripts."""
        opening, self._opening = self._opening, None
        if opening is not None and not opening.done():
            await self.page.goto(BLANK, wait_until="commit")

    async def visit(self, address: str, guest: Guest) -> None:
        """Open an address for a guest, who answers for it.

        Errors: playwright's Error.
        """
        self.guest = guest
        opening, self._opening = self._opening, None
        anticipated = opening is not None and not opening.done() and self._address == address
        self._address = address
        self._occupied.set()
        if anticipated and opening is not None:
            await opening
        else:
            await self.page.goto(address, wait_until="commit")

    def leave(self) -> None:
        """Stop answering for the guest; what its page still calls gets nothing."""
        self.guest = Guest()
        self._occupied.clear()
        self._bindings = dict.fromkeys(self._bindings, _nothing)

    async def evaluate(self, expression: str, arg: Any = None) -> Any:
        """Evaluate in the page."""
        return await self.page.evaluate(expression, arg)

    @property
    def main_frame(self) -> Any:
        """Return the page's main frame, as bindings name it."""
        return self.page.main_frame

    def on(self, event: str, handler: Callable[[Any], Any]) -> None:
        """Take a listener for the end of the page; slots end their guests themselves."""

    def _on_script(self, event: dict[str, Any]) -> None:
        if event.get("url"):
            self.scripts[event["scriptId"]] = event["url"]

    def _take_route(self, route: Route) -> None:
        """Answer a request in a task of its own: older versions of the sync API await no handler."""
        task = asyncio.get_running_loop().create_task(self._on_route(route))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _on_route(self, route: Route) -> None:
        from playwright import async_api

        route = async_api.Route(route._impl_obj)
        request = async_api.Request(route._impl_obj.request)
        with contextlib.suppress(async_api.Error):  # the page was left before its request was answered
            if request.url == BLANK:
                await route.fulfill(body="<title>blank</title>", content_type="text/html")
            elif self._occupied.is_set() or await self._is_wanted(request):
                await self.guest.on_request(route, request)

    async def _is_wanted(self, request: Request) -> bool:
        """Wait for a guest; tell whether it wants what was asked for in advance."""
        await self._occupied.wait()
        return request.url == self._address

    def _listen(self) -> None:
        from playwright import async_api

        inner: Any = self.page._impl_obj
        for event, kind in EVENTS.items():
            wrap = getattr(async_api, kind) if kind else (lambda value: value)
            inner.on(
                event, lambda value=None, event=event, wrap=wrap: self.guest.on_event(event, wrap(value))
            )

    def has_other_listeners(self, event: str) -> bool:
        """Tell whether a test listens to an event too."""
        return len(self.page._impl_obj.listeners(event)) > 1

    async def wipe(self) -> None:
        """Leave no trace of the last panel.

        Errors: whatever says that the page cannot be used again.
        """
        self.leave()
        storage = {"origin": ORIGIN, "storageTypes": "all"}
        await self.page.goto(BLANK, wait_until="commit")
        self.scripts.clear()
        if len(self.context.pages) != 1:
            raise RuntimeError("the panel opened further pages")
        await asyncio.gather(
            self.cdp.send("Storage.clearDataForOrigin", storage),
            self.page.evaluate(_FORGET),
            self.cdp.send("Page.resetNavigationHistory"),
            self.context.clear_cookies(),
        )
        if self._address:
            self.anticipate(self._address)

    async def close(self) -> None:
        """Close the context; a browser that is gone already is no trouble."""
        from playwright.async_api import Error

        self.leave()
        self._occupied.set()
        with contextlib.suppress(Error, TimeoutError):
            await within(CLOSE_SECONDS, self.context.close())


async def _nothing(*args: Any) -> None:
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

    def _open(self, spec: PanelSpec) -> Coroutine[Any, Any, Slot]:
        return Slot.open(self.browser, self._driver, spec, **self._wiring)

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
