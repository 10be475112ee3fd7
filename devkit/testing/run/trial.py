"""Try a release: open the built files in the simulator, without a screen, as a phone would."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.devserver.traces import finding_at
from devkit.errors import BrowserError, Diagnostic, PanelError
from devkit.language import _
from devkit.private_files import write_private
from devkit.source_map import SourceMap

if TYPE_CHECKING:
    from devkit.settings import Settings
    from devkit.testing.page.panel import Panel
    from devkit.testing.run.bundle import Bundle
    from devkit.testing.run.lab import Lab
    from devkit.testing.world.world import World

PICTURE = "try.png"
GRACE_SECONDS = 0.05
LATE_SECONDS = 1.6
SLOWER = 2.5
"""How long a panel is watched: in jumps of its clock, and where that finds something, in earnest."""
JUMPS = 4
AGAIN_SECONDS = 3.0
PICTURE_SECONDS = 3.0
STAGE = "try"


@dataclass(frozen=True)
class Trial:
    """What came of a try: findings is empty when the panel runs; ms is the time of all of it."""

    findings: tuple[Diagnostic, ...]
    ms: float
    picture: Path | None = None


def obstacle(settings: Settings) -> str:
    """Return why a release is not tried unless asked for, "" when it is."""
    if importlib.util.find_spec("playwright") is None:
        return _("Playwright is not installed")
    if not settings.path("model").is_file():
        return _(f"there is no {settings.model}")
    return ""


def try_release(settings: Settings, bundle: Bundle, source_map: Callable[[], bytes]) -> Trial:
    """Open a panel and see whether it draws something and throws nothing.

    source_map is asked for only when something is wrong. The picture of a failure is kept in .devkit/.
    Errors: BrowserError when there is no browser; ModelError, SettingsError.
    """
    began = time.perf_counter()
    errors, png = asyncio.run(_tried(settings, bundle))
    if not errors:
        return Trial((), (time.perf_counter() - began) * 1000)
    decoded = SourceMap(source_map())
    findings = tuple(_finding(settings, decoded, text, hint) for text, hint in dict(errors).items())
    picture = None
    if png:
        picture = settings.project / ".devkit" / PICTURE
        write_private(picture, png, parents=True)
    return Trial(findings, (time.perf_counter() - began) * 1000, picture)


async def _tried(settings: Settings, bundle: Bundle) -> tuple[list[tuple[str, str]], bytes]:
    """Return what went wrong as (text, hint), and a picture of the page then."""
    from devkit.testing.run.lab import Lab

    importing = asyncio.create_task(asyncio.to_thread(_import_world))  # while the browser starts
    async with _browser(settings) as browser:
        await importing
        lab = Lab(browser, settings, bundle)
        found = await _looked(lab, hurries=True)
        # a clock that jumps may be what a panel stumbles over
        return await _looked(lab, hurries=False) if found[0] else found


async def _looked(lab: Lab, *, hurries: bool) -> tuple[list[tuple[str, str]], bytes]:
    """Open the panel and watch it for a while, which with hurries is over at once."""
    from devkit.testing.world.spec import PanelSpec

    timeout = PanelSpec.timeout if hurries else AGAIN_SECONDS
    world = await lab.world(PanelSpec(errors="allow", timeout=timeout), travels=hurries)
    errors: list[tuple[str, str]] = []
    try:
        try:
            panel = await world.open_panel()
            await panel.settle()
            errors += await (_hurried(panel) if hurries else _waited(world, panel))
        except PanelError as error:
            errors.append((error.message, error.hint))
        opened: list[Panel] = world.panels
        told = [(panel.told(problem), "") for panel in opened for problem in panel.problems]
        errors = told or errors
        return errors, await _picture(opened) if errors and not hurries else b""
    finally:
        await world.aclose()


async def _hurried(panel: Panel) -> list[tuple[str, str]]:
    """Move the page's clock on, and return what a timer threw: it ends the move."""
    from playwright.async_api import Error

    try:
        for _turn in range(JUMPS):
            await panel.skip_time(round(LATE_SECONDS * 1000 / JUMPS))
            await asyncio.sleep(GRACE_SECONDS / JUMPS)
    except (Error, TimeoutError) as error:
        return [(str(error), "")]
    return []


async def _waited(world: World, panel: Panel) -> list[tuple[str, str]]:
    """Wait for what the look in a hurry has found, longer than it should take: a busy machine is slow."""
    await world.until(lambda: bool(panel.problems), LATE_SECONDS * SLOWER)
    await panel.settle()
    return []


def _import_world() -> None:
    """Import what takes long beside the event loop."""
    import devkit.testing.page.panel
    import devkit.testing.world.world  # noqa: F401


@contextlib.asynccontextmanager
async def _browser(settings: Settings) -> AsyncIterator[Any]:
    from playwright.async_api import Error, async_playwright

    from devkit.testing.run.browsers import CLOSED, compiled_driver, explain, start_browser

    async with contextlib.AsyncExitStack() as stack:
        with compiled_driver():
            playwright = await stack.enter_async_context(async_playwright())
        try:
            browser = await start_browser(playwright, given=settings.browser_path, extra={"args": [CLOSED]})
        except Error as error:
            raise explain(error) from None
        yield browser


async def _picture(panels: list[Panel]) -> bytes:
    from playwright.async_api import Error

    if not panels:
        return b""
    try:
        return await asyncio.wait_for(panels[0].picture(), PICTURE_SECONDS)
    except (Error, TimeoutError):
        return b""


def _finding(settings: Settings, decoded: SourceMap, text: str, hint: str) -> Diagnostic:
    message, _, stack = text.partition("\n")
    found = finding_at(decoded, settings.project, message, stack or message, stage=STAGE, hint=hint)
    if found.file or "#app is still empty" not in text:
        return found
    return Diagnostic(found.message, str(_entry(settings)), 1, 1, hint=found.hint, stage=STAGE)


def _entry(settings: Settings) -> Path:
    """Return the entry module: where a panel that draws nothing should have drawn."""
    from devkit.build import BuildOptions

    return BuildOptions.from_settings(settings).entry


def cannot_try(error: BrowserError) -> str:
    """Return in one line why a release was not tried."""
    return _(f"The release was not tried: {error.message} {error.hint}")
