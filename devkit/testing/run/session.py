"""The labs of one pytest run: one browser and one lab per project, started when first needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import BrowserError, DevkitError
from devkit.settings import load_settings
from devkit.testing.farm.servers import BrowserServers
from devkit.testing.page.playwright_inner import run_sync
from devkit.testing.run.browsers import explain, start_browser
from devkit.testing.run.bundle import Bundle, panel_bundle
from devkit.testing.run.lab import Lab

if TYPE_CHECKING:
    from playwright.sync_api import Browser

logger = logging.getLogger(__name__)


@dataclass
class Options:
    """What the command line says about panels. servers: those whose browsers are used, if any."""

    browser_path: str = ""
    servers: BrowserServers = field(default_factory=lambda: BrowserServers(()))
    js: Path | None = None
    css: Path | None = None
    model: Path | None = None
    coverage: bool = False
    trace: str = "off"
    output: Path = field(default_factory=lambda: Path("test-results"))
    update_snapshots: bool = False


class Labs:
    """Open browsers and labs, and open them again when a browser has gone away."""

    def __init__(
        self, options: Options, playwright: Callable[[], Any], launch_args: Callable[[], Any]
    ) -> None:
        self.options = options
        self._playwright = playwright
        self._launch_args = launch_args
        self._browser: Browser | None = None
        self._failure: BrowserError | None = None
        self._labs: dict[Path, Lab] = {}
        self._bundles: dict[Path, Bundle | DevkitError] = {}
        self.covered: list[tuple[Path, Bundle, list[Any]]] = []

    def lab(self, project: Path) -> Lab:
        """Return the lab of a project.

        Errors: BrowserError, BuildError, ToolchainError, SettingsError.
        """
        browser = self._live_browser()
        if project not in self._labs:
            flags: dict[str, Any] = {"model": self.options.model and self.options.model.resolve()}
            settings = load_settings(project, flags)
            bundle = self._bundle(project, browser)
            lab = Lab(browser, settings, bundle, coverage=self.options.coverage)
            lab.options = self.options
            self._labs[project] = lab
        return self._labs[project]

    def _live_browser(self) -> Browser:
        if self._browser is not None and not self._browser.is_connected():
            logger.warning("Chromium went away; it is started again")
            self._forget_browser()
        if self._browser is None:
            self._browser = self._start()
        return self._browser

    def _start(self) -> Browser:
        if self._failure is not None:
            raise self._failure
        try:
            if self.options.servers:
                return self.options.servers.start(self._connect)
            return self._connect()
        except BrowserError as error:
            self._failure = error
            raise

    def _connect(self, url: str = "") -> Browser:
        from playwright.sync_api import Error

        try:
            browser: Browser = start_browser(
                self._playwright(), given=self.options.browser_path, url=url, extra=self._launch_args()
            )
        except Error as error:
            raise explain(error, url) from None
        return browser

    def look(self) -> None:
        """Find out whether the server's browser is gone; the next test then gets another one."""
        if self._browser is not None and self.options.servers.look(self._browser):
            self._forget_browser()

    def _bundle(self, project: Path, browser: object) -> Bundle:
        if project not in self._bundles:
            try:
                self._bundles[project] = self._make_bundle(project, browser)
            except DevkitError as error:
                self._bundles[project] = error
        bundle = self._bundles[project]
        if isinstance(bundle, DevkitError):
            raise bundle
        return bundle

    def _make_bundle(self, project: Path, browser: object) -> Bundle:
        if self.options.js is not None:
            return Bundle.read(self.options.js, self.options.css, project=project)
        built: Bundle = run_sync(browser, panel_bundle(load_settings(project)))
        return built

    def _forget_browser(self) -> None:
        self.options.servers.stop()
        self._forget_labs()
        self._browser = None

    def _forget_labs(self) -> None:
        for project, lab in self._labs.items():
            if lab.covered:
                self.covered.append((project, lab.bundle, lab.covered))
        self._labs.clear()

    def close(self) -> None:
        """Close pages and the browser."""
        labs, browser = list(self._labs.values()), self._browser
        self._forget_browser()
        if browser is not None and browser.is_connected():
            for lab in labs:
                lab.run(lab.aclose())
            browser.close()
