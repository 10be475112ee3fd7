"""The sandboxes of a server besides its own, each at /sandbox/NAME and the platform's paths below that.

One is opened when somebody asks for it, and closed when nobody has for IDLE_S: each has connections to the
database. Those that have expired are removed, and those that were removed elsewhere are closed, with their
sockets, within SWEEP_S.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cloud.http.draining import Draining
from devkit.cloud.sandboxes import is_name, is_over, remove_sandbox
from devkit.cloud.store.schema import SANDBOXES, SandboxRow
from devkit.errors import DevkitError
from devkit.language import _
from devkit.web.guard import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from devkit.cloud.emulator import Emulator
    from devkit.settings import Settings

logger = logging.getLogger(__name__)
PREFIX = "/sandbox/"
SWEEP_S = 5.0
KNOWN_S = 1.0
IDLE_S = 1800.0
Opened = tuple["Emulator", "ASGIApp"]


@dataclass
class _Guest:
    """A sandbox that is open; created tells it from another one of its name."""

    created: int
    emulator: Emulator
    app: Draining
    used: float = 0.0

    @property
    def idle(self) -> bool:
        """Tell whether nobody has asked for a while."""
        return not self.app.calls and not self.app.sockets and time.monotonic() - self.used > IDLE_S


class Hosting:
    """Answer for main's application and for every other sandbox.

    opening makes the emulator and the application of one, by its settings.
    """

    def __init__(
        self, main: Emulator, settings: Settings, opening: Callable[[Settings], Awaitable[Opened]]
    ) -> None:
        self._main = main
        self._settings = settings
        self._opening = opening
        self._guests: dict[str, _Guest] = {}
        self._known: dict[str, SandboxRow] = {}
        self._known_until = 0.0
        self._busy = asyncio.Lock()

    def before(self, app: ASGIApp) -> ASGIApp:
        """Return an application that answers for the sandboxes, and hands all else to main's."""

        async def choose(scope: Scope, receive: Receive, send: Send) -> None:
            if not scope["path"].startswith(PREFIX):
                await app(scope, receive, send)
                return
            name, _rest, rest = scope["path"].removeprefix(PREFIX).partition("/")
            try:
                guest = await self._guest(name) if is_name(name) else None
            except DevkitError as error:
                logger.warning("The sandbox %s cannot be opened: %s", name, error)
                await refuse(scope, receive, send, 503, _("This sandbox cannot be opened; the log says why."))
                return
            place = f"{PREFIX}{name}".encode()
            raw = scope["raw_path"].removeprefix(place)
            if guest is None or not scope["raw_path"].startswith(place + b"/"):
                await refuse(scope, receive, send, 404, _("There is no such sandbox."))
                return
            guest.used = time.monotonic()
            await guest.app({**scope, "path": f"/{rest}", "raw_path": raw}, receive, send)

        return choose

    async def _guest(self, name: str) -> _Guest | None:
        """Return an open sandbox; None when there is none of that name."""
        row = await self._row(name)
        guest = self._guests.get(name)
        if row is None or (guest and guest.created == row["created"]):
            return guest if row else None
        async with self._busy:
            await self._close(name, row["created"])
            if name not in self._guests:
                emulator, app = await self._opening(self._settings.replace(sandbox=name))
                emulator.firmware.base_url = f"{self._main.firmware.base_url}{PREFIX}{name}"
                self._guests[name] = _Guest(row["created"], emulator, Draining(app))
            return self._guests[name]

    async def _row(self, name: str) -> SandboxRow | None:
        """Return what main knows of a sandbox, as it was at most KNOWN_S ago; None once it has expired."""
        now = time.monotonic()
        if now >= self._known_until:
            await self._main.store.drive(self._read())
            self._known_until = now + KNOWN_S
        row = self._known.get(name)
        return None if row is None or is_over(row) else row

    async def _read(self) -> None:
        with self._main.store.transaction() as tx, tx.loosely():
            self._known = {row["name"]: row for row in tx.find(SANDBOXES, {})}

    async def sweep(self) -> None:
        """Remove what has expired, and close what is gone."""
        await self._row("")
        for row in [row for row in self._known.values() if is_over(row)]:
            try:
                chosen = self._settings.replace(sandbox=row["name"])
                await asyncio.to_thread(remove_sandbox, chosen, over=True)
                logger.warning("The sandbox %s has expired and was removed.", row["name"])
            except DevkitError as error:
                logger.info("The sandbox %s was not removed here: %s", row["name"], error)
        async with self._busy:
            for name in tuple(self._guests):
                row_now = await self._row(name)
                idle = self._guests[name].idle
                await self._close(name, row_now["created"] if row_now and not idle else 0)

    async def _close(self, name: str, created: int) -> None:
        """Close a sandbox unless it is the one that was made at that moment."""
        guest = self._guests.get(name)
        if guest and guest.created != created:
            del self._guests[name]
            await guest.app.drain()
            await guest.emulator.aclose()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Sweep while the context lasts, then close every sandbox."""
        sweeping = asyncio.create_task(self._sweep_again_and_again())
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            for name in tuple(self._guests):
                await self._close(name, 0)

    async def _sweep_again_and_again(self) -> None:
        while True:
            try:
                await self.sweep()
            except DevkitError as error:
                logger.warning("Expired sandboxes were not looked for: %s", error)
            await asyncio.sleep(SWEEP_S)
