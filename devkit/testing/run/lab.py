"""What the tests of one run share: a browser, the built panel, thing models and warm pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.errors import BrowserError
from devkit.language import _
from devkit.testing.page.driver import Driver, driver_of
from devkit.testing.page.handle import show
from devkit.testing.page.preload import Preload
from devkit.testing.page.slots import Slot, SlotPool
from devkit.testing.run.browsers import ENGINES
from devkit.testing.run.bundle import Bundle
from devkit.testing.world.ground import Ground
from devkit.testing.world.spec import PanelSpec

if TYPE_CHECKING:
    from devkit.settings import Settings
    from devkit.testing.world.world import World


class Lab(Ground):
    """Make worlds. browser is one of Playwright's, of the sync or the async API: worlds follow it."""

    def __init__(
        self, browser: object, settings: Settings, bundle: Bundle, *, coverage: bool = False
    ) -> None:
        self.driver: Driver
        self.driver, self.browser = driver_of(browser)
        self.engine = self.browser.browser_type.name
        super().__init__(settings)
        self.bundle = bundle
        self.preload = Preload(bundle)
        init_script = self.preload.init_script()
        self.pool = SlotPool(self.browser, self.driver, init_script=init_script, coverage=coverage)
        self.covered: list[list[dict[str, Any]]] = []
        self._coverage = coverage

    async def world(self, spec: PanelSpec | None = None, *, travels: bool = False) -> World:
        """Return a new world; close it with aclose().

        travels: clock.advance() will be used.
        Errors: ModelError, PropertyValueError.
        """
        from devkit.testing.world.world import World

        world = World(self, spec or PanelSpec(), travels=travels)
        await world.start()
        return world

    async def slot(self, spec: PanelSpec) -> Slot:
        """Return a page for a panel.

        Errors: BrowserError when the browser is gone.
        """
        from playwright.async_api import Error

        try:
            return await self.pool.take(spec)
        except Error:
            self.check_browser()
            raise

    def check_browser(self) -> None:
        """Errors: BrowserError when the browser is gone."""
        if not self.browser.is_connected():
            raise BrowserError(
                _(f"{ENGINES[self.engine]} went away, so no page can be opened."),
                _("Did it run out of memory, or was it killed?"),
            )

    def bundle_for(self, spec: PanelSpec) -> Bundle:
        """Return the panel that a test wants: the project's, or the built files that it names.

        Errors: BuildError for a file that cannot be read.
        """
        if not spec.js:
            return self.bundle
        css = self.settings.project / spec.css if spec.css else None
        return Bundle.read(self.settings.project / spec.js, css, project=self.settings.project)

    async def coverage_of(self, slot: Slot) -> None:
        """Collect which parts of the panel a page has run."""
        from playwright.async_api import Error

        if not self._coverage or slot.cdp is None:
            return
        try:
            taken = await slot.cdp.send("Profiler.takePreciseCoverage")
        except Error:
            return
        for item in taken["result"]:
            if item["url"].endswith("/developing.js"):
                self.covered.append(item["functions"])

    def view(self, handle: object) -> Any:
        """Return a handle as tests of the browser's API use it."""
        return show(handle, self.driver)

    def run(self, work: Any) -> Any:
        """Run a coroutine of this package: the result for the sync API, an awaitable for the async one."""
        __tracebackhide__ = True
        return self.driver.run(work)

    async def aclose(self) -> None:
        """Close every page; the browser belongs to whoever opened it."""
        await self.pool.aclose()
