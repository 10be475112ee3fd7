"""The labs of one pytest run: one browser and one lab per project, started when first needed."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.errors import BrowserError, DevkitError
from devkit.settings import load_settings
from devkit.testing.farm.servers import BrowserServers
from devkit.testing.page.playwright_inner import run_sync
from devkit.testing.run.browsers import CHROMIUM, ENGINES, explain, start_browser
from devkit.testing.run.bundle import Bundle, panel_bundle
from devkit.testing.run.lab import Lab

if TYPE_CHECKING:
    import pytest
    from playwright.sync_api import Browser

logger = logging.getLogger(__name__)


@dataclass
class Options:
    """What the command line says about panels.

    engines: the browsers to test in. browser_path: of the only one, or of Chromium. servers: those whose
    browsers are used, if any.
    """

    engines: tuple[str, ...] = (CHROMIUM,)
    browser_path: str = ""
    servers: BrowserServers = field(default_factory=lambda: BrowserServers(()))
    js: Path | None = None
    css: Path | None = None
    model: Path | None = None
    coverage: bool = False
    trace: str = "off"
    output: Path = field(default_factory=lambda: Path("test-results"))
    update_snapshots: bool = False

    @classmethod
    def read(cls, config: pytest.Config, engines: tuple[str, ...]) -> Options:
        """Return what pytest was told."""

        def given(name: str) -> str:
            return str(config.getoption(f"--panel-{name}"))

        def path(name: str) -> Path | None:
            return Path(config.invocation_params.dir, given(name)) if given(name) else None

        retries = config.pluginmanager.get_plugin("devkit-servers")
        return cls(
            engines=engines,
            browser_path=given("browser-path"),
            **({"servers": retries.servers} if retries else {}),
            js=path("js"),
            css=path("css"),
            model=path("model"),
            coverage=bool(given("coverage")),
            trace=given("trace"),
            output=Path(config.getoption("--output", default="test-results")).absolute(),
            update_snapshots=bool(config.getoption("--panel-update-snapshots")),
        )


class Labs:
    """Open browsers and labs, and open them again when a browser has gone away."""

    def __init__(
        self, options: Options, playwright: Callable[[], Any], launch_args: Callable[[], Any]
    ) -> None:
        self.options = options
        self._playwright = playwright
        self._launch_args = launch_args
        self._browsers: dict[str, Browser] = {}
        self._failures: dict[str, BrowserError] = {}
        self._labs: dict[tuple[str, Path], Lab] = {}
        self._bundles: dict[Path, Bundle | DevkitError] = {}
        self.covered: list[tuple[Path, Bundle, list[Any]]] = []

    def lab(self, project: Path, engine: str) -> Lab:
        """Return the lab of a project in a browser.

        Errors: BrowserError, BuildError, ToolchainError, SettingsError.
        """
        browser = self._live_browser(engine)
        if (engine, project) not in self._labs:
            flags: dict[str, Any] = {"model": self.options.model and self.options.model.resolve()}
            settings = load_settings(project, flags)
            bundle = self._bundle(project, browser)
            lab = Lab(browser, settings, bundle, coverage=self.options.coverage)
            lab.options = self.options
            self._labs[engine, project] = lab
        return self._labs[engine, project]

    def _live_browser(self, engine: str) -> Browser:
        browser = self._browsers.get(engine)
        if browser is not None and not browser.is_connected():
            logger.warning("%s went away; it is started again", ENGINES[engine])
            self._forget_browser(engine)
        if engine not in self._browsers:
            self._browsers[engine] = self._start(engine)
        return self._browsers[engine]

    def _start(self, engine: str) -> Browser:
        if engine in self._failures:
            raise self._failures[engine]
        try:
            if self.options.servers:
                return self.options.servers.start(functools.partial(self._connect, engine))
            return self._connect(engine)
        except BrowserError as error:
            self._failures[engine] = error
            raise

    def _connect(self, engine: str, url: str = "") -> Browser:
        from playwright.sync_api import Error

        options = self.options
        given = options.browser_path if engine == CHROMIUM or len(options.engines) == 1 else ""
        try:
            browser: Browser = start_browser(
                self._playwright(), engine, given=given, url=url, extra=self._launch_args()
            )
        except Error as error:
            raise explain(error, url, engine) from None
        return browser

    def look(self) -> None:
        """Find out whether the server's browser is gone; the next test then gets another one."""
        for engine, browser in list(self._browsers.items()):
            if self.options.servers.look(browser):
                self._forget_browser(engine)

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

    def _forget_browser(self, engine: str) -> None:
        self.options.servers.stop()
        for key in [key for key in self._labs if key[0] == engine]:
            lab = self._labs.pop(key)
            if lab.covered:
                self.covered.append((key[1], lab.bundle, lab.covered))
        del self._browsers[engine]

    def close(self) -> None:
        """Close pages and browsers."""
        for engine, browser in list(self._browsers.items()):
            labs = [lab for key, lab in self._labs.items() if key[0] == engine]
            self._forget_browser(engine)
            if browser.is_connected():
                for lab in labs:
                    lab.run(lab.aclose())
                browser.close()
