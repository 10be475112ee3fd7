"""Playwright traces of panels, kept without secrets when a test fails."""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.private_files import write_private
from devkit.redaction import redact, redacted
from devkit.testing.page.playwright_inner import own
from devkit.testing.run.artifacts import slug

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from devkit.testing.run.session import Options

ALWAYS, FAILURES = "on", "retain-on-failure"
RECORDS = (".trace", ".network", ".stacks")
CODE = (".js", ".css", ".map")
"""Resources that are the panel's own sources, which hold what the project holds."""


class Trace:
    """The trace of one panel; does nothing unless the options ask for it."""

    def __init__(self, context: BrowserContext, options: Options | None, name: str) -> None:
        self._context = context
        self._options = options
        self._name = name
        self._running = False

    @property
    def file(self) -> Path | None:
        """Return where the trace of a failed test goes; None when none is recorded."""
        if self._options is None or not self._running:
            return None
        return self._options.output / f"{slug(self._name)}-trace.zip"

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
        path = self.file if failed or self._options.trace == ALWAYS else None
        self._running = False
        try:
            tracing = own(self._context, "tracing")
            if path is None:
                await tracing.stop()
                return
            with tempfile.TemporaryDirectory() as folder:  # of this user alone
                raw = Path(folder) / path.name
                await tracing.stop(path=raw)
                await asyncio.to_thread(keep, raw, path)
        except Error:
            return  # the page or the browser is gone, and the trace with it


def keep(raw: Path, path: Path) -> None:
    """Write a trace to path, with the secrets taken out of its records and of the texts that it holds."""
    made = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, _clean(name, old.read(name)))
    write_private(path, made.getvalue(), parents=True)


def _clean(name: str, data: bytes) -> bytes:
    if name.endswith(CODE):
        return data
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data  # a picture or a font
    if not name.endswith(RECORDS):
        return redact(text).encode()
    lines = (json.dumps(redacted(json.loads(line)), ensure_ascii=False) for line in text.split("\n") if line)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
