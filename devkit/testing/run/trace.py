"""Playwright traces of panels, kept when a test fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.testing.page.playwright_inner import own
from devkit.testing.run.artifacts import slug

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from devkit.testing.run.session import Options

ALWAYS, FAILURES = "on", "retain-on-failure"


class Trace:
    """The trace of one panel; does nothing unless the options ask for it."""

    def __init__(self, context: BrowserContext, options: Options | None, name: str) -> None:
        self._context = context
        self._options = options
        self._name = name
        self._running = False

    async def start(self) -> None:
        """Begin to record."""
        if self._options is not None and self._options.trace != "off":
            await own(self._context, "tracing").start(screenshots=True, snapshots=True)
            self._running = True

    async def stop(self, *, failed: bool) -> None:
        """End recording; write the file when it is wanted."""
        from playwright.async_api import Error

        if not self._running or self._options is None:
            return
        self._running = False
        kept = failed or self._options.trace == ALWAYS
        path = self._options.output / f"{slug(self._name)}-trace.zip" if kept else None
        try:
            tracing = own(self._context, "tracing")
            await (tracing.stop(path=path) if path else tracing.stop())
        except Error:
            return  # the page or the browser is gone, and the trace with it
