"""A panel in a page: loaded from memory at the platform's own address, linked to its simulator."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from devkit.devserver.host_page import HostPage, page_headers
from devkit.errors import FirmwareError, PanelError
from devkit.language import _
from devkit.testing.page.driver import within
from devkit.testing.page.handle import Handle
from devkit.testing.page.playwright_inner import own
from devkit.testing.page.reading import READING
from devkit.testing.page.slots import Guest, Slot
from devkit.testing.page.stuck import running_stack
from devkit.testing.run.trace import Trace
from devkit.testing.world.record import given_arguments
from devkit.timeline.kinds import BlockedRequest, ConsoleLine, DialogShown, PanelProblem, SdkCall
from devkit.web.hosts import PANEL_SITE, SCRIPT_URL, STYLE_URL

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page, Request, Route

    from devkit.sdk import Simulator
    from devkit.testing.world.device import DeviceHandle
    from devkit.testing.world.mini_program import MiniProgramHandle
    from devkit.testing.world.world import World

T = TypeVar("T")

BASE_PATH = "/h5panel/developing"
SEARCH_PAGE = "bluetooth-search"
BINDING = "__devkit_binding"
SCRIPT_TYPE = "text/javascript; charset=utf-8"
GRACE_SECONDS = 0.3
EVALUATE_SECONDS = 10.0
RESPOND_SECONDS = 1.0

_MOUNTED = """() => new Promise((resolve) => {
  const look = () => {
    const app = document.getElementById('app')
    if (app && app.childNodes.length > 0) { observer.disconnect(); resolve(true) }
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { childList: true, subtree: true })
  look()
})"""


@dataclass(frozen=True)
class Problem:
    """Something that a panel must not do. kind: exception, crash or navigation."""

    kind: str
    text: str


class Panel(Handle, Guest):
    """A panel as a test drives it; whatever it does not have itself is Playwright's Page."""

    def __init__(
        self, world: World, slot: Slot, simulator: Simulator, device: DeviceHandle, name: str
    ) -> None:
        super().__init__(world)
        self._slot = slot
        self.simulator = simulator
        self.device = device
        self.name = name
        self.bundle = world.lab.bundle_for(world.spec)
        self.problems: list[Problem] = []
        self.dialogs: list[str] = []
        self._trouble = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._binding: Any = None
        self.closed = False
        self._drew = False
        self._trace = Trace(slot.context, world.lab.options, f"{world.test}-{name}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in READING:
            self._slot.clean = False
        return getattr(self._world.lab.driver.view(self._slot.page), name)

    @property
    def page(self) -> Any:
        """Return Playwright's page. A context whose page was handed out is not used for another test."""
        self._slot.clean = False
        return self._world.lab.driver.view(self._slot.page)

    @property
    def slot(self) -> Slot:
        """Return the context and page that the panel is in; `slot.page` is of the async API."""
        return self._slot

    @property
    def mini_program(self) -> MiniProgramHandle:
        """Return the mini program around this panel."""
        from devkit.testing.world.mini_program import MiniProgramHandle

        return MiniProgramHandle(self._world, self.simulator)

    @property
    def sdk_calls(self) -> list[tuple[str, list[Any]]]:
        """Return (member, arguments) of every SDK call that this panel made, oldest first."""
        return [(call.member, given_arguments(call)) for call in self.simulator.timeline.of(SdkCall)]

    @property
    def trace_file(self) -> Path | None:
        """Return where the trace of this panel goes when the test fails; None without one."""
        return self._trace.file

    @property
    def searches(self) -> bool:
        """Tell whether this is the page that searches for new devices, which has none itself."""
        return self._world.spec.path.strip("/").endswith(SEARCH_PAGE)

    @property
    def address(self) -> str:
        """Return the URL that the panel is loaded from."""
        spec = self._world.spec
        device = {} if self.searches else {"deviceName": self.device.name}
        query = {"productId": self.device.product_id, **device, **spec.query}
        path = f"/{spec.path.lstrip('/')}" if spec.path else ""
        return f"{PANEL_SITE}{BASE_PATH}{path}?{urlencode(query)}"

    async def load(self) -> None:
        """Open the panel and wait until it has drawn something.

        Errors: PanelError when it throws, loops, navigates away or draws nothing.
        """
        from playwright.async_api import Error

        from devkit.sdk import BindingHost

        spec, page = self._world.spec, self._slot.page
        self._binding = BindingHost(self.simulator, cast("Page", self._slot))
        await self._binding.install()
        page.set_default_timeout(spec.timeout * 1000)
        page.set_default_navigation_timeout(spec.timeout * 1000)
        if self._world.travels:
            self._slot.clean = False
            await own(page, "clock").install(time=self._world.clock.now_ms / 1000)
        await self._trace.start()
        try:
            await self._slot.receive(self.address, self)
        except Error as error:
            raise PanelError(_(f"The panel's page did not load: {error.message.splitlines()[0]}")) from error
        await self.mounted(await self._host_page())

    async def reload(self) -> None:
        """Load the panel anew; the device keeps its state.

        Errors: PanelError as for the first load.
        """
        await self._slot.page.goto(self.address, wait_until="commit")
        await self.mounted()

    async def mounted(self, html: str = "") -> None:
        """Wait until the panel has put something into #app.

        html: of its page, when it is to be shown first.
        Errors: PanelError that says what it did instead.
        """
        drawn = self._spawn(self._drawn(html))
        trouble = self._spawn(self._trouble.wait())
        timeout = self._world.spec.timeout
        await asyncio.wait({drawn, trouble}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if not drawn.done() and trouble.done():
            await asyncio.wait({drawn}, timeout=GRACE_SECONDS)
        trouble.cancel()
        if drawn.done() and not drawn.exception():
            self._drew = True
            return
        drawn.cancel()
        await self._explain(timeout)

    async def _drawn(self, html: str) -> None:
        from playwright.async_api import Error

        while True:
            try:
                if html:
                    page, html = html, ""
                    await self._slot.show(page, _MOUNTED)
                else:
                    await self._slot.page.evaluate(_MOUNTED)
            except Error as error:
                if self._slot.page.is_closed() or "crash" in error.message.lower():
                    raise
                await asyncio.sleep(0.01)  # the document is being replaced by the next one
            else:
                return

    async def _explain(self, seconds: float) -> None:
        stack = await self.running_stack()
        if stack:
            raise PanelError(
                _(f"The panel has been running the same script for {seconds:g} s:\n{stack}"),
                _("A loop that never ends blocks the page; nothing can be drawn or clicked."),
            )
        if self.problems:
            raise PanelError(_(f"The panel failed while it loaded.\n{self.problem_text()}"))
        raise PanelError(
            _(f"The panel did not mount: #app is still empty after {seconds:g} s."),
            _(
                "Does its entry module render into document.getElementById('app')? Does it wait for "
                "something that never comes? The timeline shows its last SDK calls."
            ),
        )

    async def evaluate(self, expression: str, arg: object = None) -> Any:
        """Evaluate JavaScript in the page.

        Errors: PanelError when the page does not answer; playwright's Error when the script throws.
        """
        try:
            return await within(EVALUATE_SECONDS, self._slot.page.evaluate(expression, arg))
        except TimeoutError as error:
            stack = await self.running_stack()
            where = _(f" It is running:\n{stack}") if stack else ""
            raise PanelError(
                _(f"The panel's page has not answered for {EVALUATE_SECONDS:g} s.{where}")
            ) from error

    async def running_stack(self) -> str:
        """Return where the page's script is busy, in terms of the sources; "" when the page answers.

        The script is ended: the page is of no more use.
        """
        if self.closed or self._slot.page.is_closed():
            return ""
        with contextlib.suppress(Exception):
            await within(RESPOND_SECONDS, self._slot.page.evaluate("() => 0"))
            return ""
        self._slot.clean = False
        loading = "" if self._drew else self.address
        return await running_stack(self._slot, self.bundle, loading=loading)

    async def run_timers(self, milliseconds: int) -> None:
        """Let the page's clock run on, firing its timers."""
        await within(EVALUATE_SECONDS, own(self._slot.page, "clock").run_for(milliseconds))

    async def skip_time(self, milliseconds: int) -> None:
        """Let the page find that so much time went by: what is due fires once."""
        await within(EVALUATE_SECONDS, own(self._slot.page, "clock").fast_forward(milliseconds))

    async def settle(self) -> None:
        """Wait until the page has taken what was sent to it."""
        from playwright.async_api import Error

        with contextlib.suppress(Error, TimeoutError):
            await within(RESPOND_SECONDS, self._slot.page.evaluate("() => 0"))

    async def picture(self, *, full_page: bool = False) -> bytes:
        """Return a PNG of the page with animations ended and the caret hidden.

        Errors: PanelError.
        """
        from playwright.async_api import Error

        take = functools.partial(
            self._slot.page.screenshot, animations="disabled", caret="hide", full_page=full_page, scale="css"
        )
        try:
            return await take()
        except Error:  # a page that leaves just now has nothing to show for a moment
            await self.settle()
        try:
            return await take()
        except Error as error:
            raise PanelError(_(f"The panel cannot be pictured: {error.message.splitlines()[0]}")) from error

    def problem_text(self) -> str:
        """Return the panel's problems, with places in the sources."""
        return "\n".join(f"{_(problem.kind)}: {self.told(problem)}" for problem in self.problems)

    def told(self, problem: Problem) -> str:
        """Return a problem's text; of a rejection with a plain object, with that object."""
        if not problem.text.endswith("Object"):
            return problem.text
        lines = self.simulator.timeline.of(ConsoleLine)
        rejected = [line.text for line in lines if line.level == "rejection"]
        return f"{problem.text} {rejected[-1]}" if rejected else problem.text

    async def close(self, *, failed: bool = False) -> None:
        """Leave the page, as a user does."""
        if self.closed:
            return
        self.closed = True
        await self._trace.stop(failed=failed)
        self._slot.leave()
        for task in self._tasks:
            task.cancel()
        if self._binding is not None:
            await self._binding.aclose()
        await self.simulator.aclose()
        if self.bundle is self._world.lab.bundle:
            await self._world.lab.coverage_of(self._slot)
        self._slot.clean = self._slot.clean and not self._world.spec.network
        self._world.lab.pool.give_back(self._slot, self._world.spec)

    async def on_request(self, route: Route, request: Request) -> None:
        """Answer the host page, its scripts and the panel from memory; note what else is asked for."""
        url = urlsplit(request.url)
        bundle = self.bundle
        if request.url == SCRIPT_URL:
            await route.fulfill(body=bundle.js, content_type=SCRIPT_TYPE)
        elif request.url == STYLE_URL:
            await route.fulfill(body=bundle.css, content_type="text/css; charset=utf-8")
        elif request.url.startswith(PANEL_SITE) and url.path.startswith("/h5panel"):
            await route.fulfill(
                body=await self._host_page(), headers={**page_headers(), "content-type": "text/html"}
            )
        elif request.is_navigation_request() and request.frame.parent_frame is None:
            self._note("navigation", _(f"the panel left its page for {request.url}"))
            await route.fulfill(body=f"<title>{url.hostname}</title>", content_type="text/html")
        elif self._world.emulator.firmware.knows(request.url):
            await route.fulfill(**self._firmware(request.url))
        elif self._world.spec.network:
            await route.continue_()
        else:
            self._world.timeline.record(BlockedRequest(request.url))
            await route.abort("blockedbyclient")

    def _firmware(self, url: str) -> dict[str, Any]:
        """Return the answer to a page that fetches firmware by itself."""
        headers = {"access-control-allow-origin": PANEL_SITE}
        try:
            image = self._world.emulator.firmware.fetch(url)
        except FirmwareError as error:
            return {"status": {-3: 403}.get(error.code, 404), "headers": headers}
        return {"body": image.data, "headers": headers, "content_type": "application/octet-stream"}

    async def _host_page(self) -> str:
        spec = self._world.spec
        with self._world.unseen():
            boot = await self.simulator.boot(
                self.device.product_id,
                "" if self.searches else self.device.name,
                share=spec.share,
                group_id=self._world.group_id,
                mock=spec.mock,
                ultrafast=spec.ultrafast,
                fields=dict(spec.props),
            )
        own = self.bundle is self._world.lab.bundle
        scripts = () if own else (SCRIPT_URL,)
        css = STYLE_URL if self.bundle.css and not own else ""
        title = str(boot["panelData"].get("deviceDisplayName", ""))
        page = HostPage({**boot, "binding": BINDING, "accessToken": "test"}, scripts, css, title, spec.locale)
        return self._world.lab.preload.insert(page.render(), panel=own)

    def on_event(self, name: str, value: Any) -> None:
        """Note errors, dialogs and navigation."""
        if name == "pageerror":
            stack = self.bundle.source_map.rewrite(value.stack or str(value), self.bundle.name)
            self._note("exception", stack)
        elif name == "crash":
            self._note("crash", _("the page crashed; the browser may have run out of memory"))
        elif name == "dialog":
            self.dialogs.append(value.message)
            self._world.timeline.record(DialogShown(value.type, value.message))
            if not self._slot.has_other_listeners("dialog"):
                self._spawn(value.dismiss())

    def _note(self, kind: str, text: str) -> None:
        self.problems.append(Problem(kind, text))
        self._world.timeline.record(PanelProblem(kind, text))
        self._trouble.set()

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task
