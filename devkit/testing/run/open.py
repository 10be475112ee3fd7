"""Labs without pytest: for unittest, scripts and notebooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from devkit.settings import Settings, load_settings
from devkit.testing.page.playwright_inner import run_sync
from devkit.testing.run.browsers import CHROMIUM, explain, start_browser
from devkit.testing.run.bundle import Bundle, build
from devkit.testing.run.lab import Lab
from devkit.testing.run.project import find_project
from devkit.testing.world.spec import PanelSpec


@asynccontextmanager
async def open_lab(
    project: str | Path = ".",
    *,
    browser: object = None,
    bundle: Bundle | None = None,
    browser_path: str = "",
    engine: str = CHROMIUM,
    **spec: object,
) -> AsyncIterator[Room]:
    """Open a lab on a project, for coroutines: its panels are those of Playwright's async API.

    browser: one of playwright.async_api, else one is started, from browser_path when given.
    engine: of the browser that is started, "chromium" or "webkit".
    spec: what PanelSpec takes.
    Errors: BrowserError, BuildError, ToolchainError, SettingsError.
    """
    from playwright.async_api import Error, async_playwright

    settings = _settings(project)
    panel_bundle = bundle or await build(settings)
    if browser is not None:
        async with _lab(browser, settings, panel_bundle) as lab:
            yield Room(lab, PanelSpec().replace(**spec))
        return
    async with async_playwright() as playwright:
        try:
            started = await start_browser(
                playwright, engine, given=browser_path or browser_of(settings, engine)
            )
        except Error as error:
            raise explain(error, engine=engine) from None
        async with _lab(started, settings, panel_bundle) as lab:
            yield Room(lab, PanelSpec().replace(**spec))
        await started.close()


@asynccontextmanager
async def _lab(browser: object, settings: Settings, bundle: Bundle) -> AsyncIterator[Lab]:
    lab = Lab(browser, settings, bundle)
    try:
        yield lab
    finally:
        await lab.aclose()


@contextmanager
def open_lab_sync(
    project: str | Path = ".",
    *,
    browser: object = None,
    bundle: Bundle | None = None,
    browser_path: str = "",
    engine: str = CHROMIUM,
    **spec: object,
) -> Iterator[Room]:
    """Open a lab on a project, for plain functions: its panels are those of Playwright's sync API.

    The arguments are those of open_lab; browser is one of playwright.sync_api.
    Errors: BrowserError, BuildError, ToolchainError, SettingsError.
    """
    from playwright.sync_api import Error, sync_playwright

    settings = _settings(project)
    if browser is not None:
        with _sync_lab(browser, settings, bundle) as lab:
            yield Room(lab, PanelSpec().replace(**spec))
        return
    with sync_playwright() as playwright:
        try:
            started = start_browser(playwright, engine, given=browser_path or browser_of(settings, engine))
        except Error as error:
            raise explain(error, engine=engine) from None
        with _sync_lab(started, settings, bundle) as lab:
            yield Room(lab, PanelSpec().replace(**spec))
        started.close()


@contextmanager
def _sync_lab(browser: object, settings: Settings, bundle: Bundle | None) -> Iterator[Lab]:
    lab = Lab(browser, settings, bundle or run_sync(browser, build(settings)))
    try:
        yield lab
    finally:
        lab.run(lab.aclose())


def browser_of(settings: Settings, engine: str) -> str:
    """Return the browser of the settings, which is Chromium where a file names it; "" for Playwright's."""
    return settings.browser_path if engine == CHROMIUM or "browser_path" not in settings.in_files else ""


def _settings(project: str | Path) -> Settings:
    return load_settings(find_project(Path(project).resolve()))


class Room:
    """A lab with the way in which its panels are opened, until told otherwise.

    Use `world()` as a context manager: with the async API `async with`, with the sync API `with`.
    """

    def __init__(self, lab: Lab, spec: PanelSpec) -> None:
        self.lab = lab
        self.spec = spec

    def world(self, *, travels: bool = False, **spec: object) -> OpenWorld:
        """Return a world to enter; spec changes what open_lab was given.

        travels: clock.advance() will be used.
        Errors: SettingsError for an argument that PanelSpec does not have.
        """
        return OpenWorld(self.lab, self.spec.replace(**spec), travels=travels)


class OpenWorld:
    """A world as a context manager, of either kind. Inside, it is the one that expect_tip() means."""

    def __init__(self, lab: Lab, spec: PanelSpec, *, travels: bool) -> None:
        self._lab = lab
        self._spec = spec
        self._travels = travels
        self._world: Any = None

    async def __aenter__(self) -> Any:
        """Open the world; what is entered has open_panel(), device, cloud, clock and add_device()."""
        return await self._enter()

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        """Close it; a panel that failed meanwhile is an error, unless there is one already."""
        await self._leave(checked=error is None)

    def __enter__(self) -> Any:
        """Open the world."""
        return self._lab.view(self._lab.run(self._enter()))

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """Close it."""
        self._lab.run(self._leave(checked=error is None))

    async def _enter(self) -> Any:
        from devkit.testing.expect.expectations import enter

        self._world = await self._lab.world(self._spec, travels=self._travels)
        enter(self._world)
        return self._world

    async def _leave(self, *, checked: bool) -> None:
        from devkit.testing.expect.expectations import hold_problems, leave

        leave(self._world)
        try:
            if checked:
                await hold_problems(self._world)
        finally:
            await self._world.aclose(failed=not checked)
