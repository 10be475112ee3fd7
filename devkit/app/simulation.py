"""The simulator behind the pages: opened on first use, and brought up to date with its thing model's file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from devkit.errors import Diagnostic, ModelError

if TYPE_CHECKING:
    from devkit.sdk import Simulator
    from devkit.settings import Settings
    from devkit.timeline.happening import Happening
    from devkit.timeline.kinds import ConsoleLine

POLL_SECONDS = 0.5
_MISSING = (0, 0)


class Simulation:
    """Hold one started simulator; callers ask for it at each page load.

    read_console: brings lines of the pages' consoles into the terms of the sources.
    flaws: what is wrong with the thing model but lets it run.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model = settings.path("model")
        self._stamp: tuple[int, int] | None = None
        self._simulator: Simulator | None = None
        self.read_console: Callable[[ConsoleLine], ConsoleLine] | None = None
        self.flaws: tuple[Diagnostic, ...] = ()
        self._lock = asyncio.Lock()

    @property
    def current(self) -> Simulator | None:
        """Return the running simulator, if there is one."""
        return self._simulator

    async def get(self) -> Simulator:
        """Return the simulator for the thing model as it is on disk now.

        A changed thing model goes to the running simulator, with all else kept, where it can have it.
        Errors: ModelError when the file is missing or broken; the earlier simulator then stays.
        """
        async with self._lock:
            stamp = self._read_stamp()
            if self._simulator is None:
                self._simulator = await _started(self._settings)
                self.flaws = self._read_flaws()
            elif stamp != self._stamp and not self._take_model(self._simulator):
                old, self._simulator = self._simulator, await _started(self._settings)
                self.flaws = self._read_flaws()
                await _close(old)
            self._stamp = stamp
            self._simulator.read_console = self.read_console
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

    async def aclose(self) -> None:
        """Close the simulator."""
        simulator, self._simulator = self._simulator, None
        if simulator is not None:
            await _close(simulator)

    def _take_model(self, simulator: Simulator) -> bool:
        from devkit.model.project import project_model, project_product

        model = project_model(self._settings)
        self.flaws = model.warnings
        return simulator.take_model(project_product(self._settings, model), model)

    def _read_flaws(self) -> tuple[Diagnostic, ...]:
        """Return what is wrong with the thing model but lets it run."""
        from devkit.model import load_model

        return load_model(self._model).warnings if self._model.exists() else ()

    def _read_stamp(self) -> tuple[int, int]:
        try:
            status = self._model.stat()
        except OSError:
            return _MISSING
        return (status.st_mtime_ns, status.st_size)


@contextlib.asynccontextmanager
async def open_simulator(settings: Settings) -> AsyncIterator[Simulator]:
    """Open the transport of the settings and run a simulator on it.

    Errors: SettingsError, ModelError, TransportError.
    """
    simulator = await _started(settings)
    try:
        yield simulator
    finally:
        await _close(simulator)


async def _started(settings: Settings) -> Simulator:
    await asyncio.to_thread(_import_simulator)
    from devkit.sdk import Simulator
    from devkit.transport import open_transport

    holder: list[Simulator] = []

    def observe(what: Happening) -> None:
        if holder:
            holder[0].timeline.record(what)

    transport = await open_transport(settings, observer=observe)
    simulator = Simulator(transport, settings)
    holder.append(simulator)
    try:
        await simulator.start()
    except BaseException:
        await transport.aclose()
        raise
    return simulator


def _import_simulator() -> None:
    """Import what takes long beside the event loop."""
    import devkit.sdk
    import devkit.transport  # noqa: F401


async def _close(simulator: Simulator) -> None:
    await simulator.aclose()
    await simulator.transport.aclose()
