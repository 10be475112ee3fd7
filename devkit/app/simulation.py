"""The simulator behind the pages: opened on first use, and brought up to date with its thing model's file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import ModelError

if TYPE_CHECKING:
    from devkit.sdk import Simulator

POLL_SECONDS = 0.5
_MISSING = (0, 0)

OpenSimulator = Callable[[], Awaitable["Simulator"]]
TakeModel = Callable[["Simulator"], bool]


class Simulation:
    """Hold one started simulator; callers ask for it at each page load.

    take_model(simulator) gives a running simulator the thing model as it is on disk, with all else kept;
    False when only another simulator can have it. Errors: ModelError.
    """

    def __init__(self, open_simulator: OpenSimulator, take_model: TakeModel, model: Path) -> None:
        self._open = open_simulator
        self._take_model = take_model
        self._model = model
        self._stamp: tuple[int, int] | None = None
        self._simulator: Simulator | None = None
        self._lock = asyncio.Lock()

    @property
    def current(self) -> Simulator | None:
        """Return the running simulator, if there is one."""
        return self._simulator

    async def get(self) -> Simulator:
        """Return the simulator for the thing model as it is on disk now.

        Errors: ModelError when the file is missing or broken; the earlier simulator then stays.
        """
        async with self._lock:
            stamp = self._read_stamp()
            if self._simulator is None:
                self._simulator = await self._open()
            elif stamp != self._stamp and not self._take_model(self._simulator):
                old, self._simulator = self._simulator, await self._open()
                await _close(old)
            self._stamp = stamp
            return self._simulator

    async def changes(self) -> AsyncIterator[Simulator | ModelError]:
        """Yield the simulator, or what is wrong, after each change since the file was last opened."""
        seen = self._stamp or self._read_stamp()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            stamp = self._read_stamp()
            if stamp in (seen, _MISSING):
                continue
            seen = stamp
            try:
                simulator = await self.get()
            except ModelError as error:
                yield error
            else:
                yield simulator

    def _read_stamp(self) -> tuple[int, int]:
        try:
            status = self._model.stat()
        except OSError:
            return _MISSING
        return (status.st_mtime_ns, status.st_size)

    async def aclose(self) -> None:
        """Close the simulator."""
        simulator, self._simulator = self._simulator, None
        if simulator is not None:
            await _close(simulator)


async def _close(simulator: Simulator) -> None:
    await simulator.aclose()
    await simulator.transport.aclose()
