"""Several processes that answer at one listening socket; one that dies is started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import ServeError, SettingsError
from devkit.language import _
from devkit.redaction import redact

if TYPE_CHECKING:
    import socket

    from devkit.settings import Settings

START = (sys.executable, "-P", "-c", "from devkit.cli.entry import main; main()")
METRICS = "PROMETHEUS_MULTIPROC_DIR"  # by which prometheus-client knows where workers count together
SOON_S = 5.0
PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
KILL_S = 5.0
LINE = 2**20


def check_workers(settings: Settings, count: int) -> None:
    """Refuse several workers where they would not share one state.

    Errors: SettingsError.
    """
    if os.name != "posix":
        raise SettingsError(
            _("--workers needs a system on which processes inherit sockets."), _("Leave it out.")
        )
    if not settings.db.startswith("postgresql"):
        found = redact(settings.db) or _("the project's file")
        raise SettingsError(
            _(f"--workers {count} needs PostgreSQL; the database is {found}."),
            _("Name one with --db postgresql://USER:PASSWORD@HOST/DATABASE."),
        )
    if settings.mqtt:
        raise SettingsError(
            _("--mqtt takes one worker."), _("Leave out --workers, or serve MQTT beside them.")
        )


@contextlib.asynccontextmanager
async def open_workers(
    listener: socket.socket,
    arguments: Sequence[str],
    count: int,
    *,
    drain_s: float,
    tell: Callable[[str], None],
) -> AsyncIterator[str]:
    """Run workers while the context lasts; yields what the first one printed when it was ready.

    arguments: of the devkit command that one worker is. tell hears of workers that died.
    Errors: ServeError when one does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="devkit-workers-"))
    workers = [_Worker(listener, arguments, number, folder, tell) for number in range(1, count + 1)]
    keeping: list[asyncio.Task[None]] = []
    try:
        ready = await workers[0].start()  # alone, so that one makes the tables and the first inhabitants
        await asyncio.gather(*(worker.start() for worker in workers[1:]))
        keeping = [asyncio.create_task(worker.keep()) for worker in workers]
        yield ready
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        listener.close()
        await asyncio.gather(*(worker.stop(drain_s + KILL_S) for worker in workers))
        shutil.rmtree(folder, ignore_errors=True)


class _Worker:
    """One of the processes. It ends by itself when its standard input does: the supervisor has gone."""

    def __init__(
        self,
        listener: socket.socket,
        arguments: Sequence[str],
        number: int,
        folder: Path,
        tell: Callable[[str], None],
    ) -> None:
        self._listener = listener
        self._folder = folder
        self._arguments = arguments
        self._number = number
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start the process; return its first line.

        Errors: ServeError when it ends before that; it has said why on standard error.
        """
        self._process = process = await asyncio.create_subprocess_exec(
            *START,
            *self._arguments,
            f"--listener={self._listener.fileno()}",
            f"--shared={self._folder}",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(self._listener.fileno(),),
            limit=LINE,
            env={**os.environ, METRICS: str(self._folder)},
        )
        line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise ServeError(_(f"Worker {self._number} did not start ({_end(await process.wait())})."))
        return line.decode()

    async def keep(self) -> None:
        """Start the process again whenever it ends, after longer and longer pauses while it ends soon."""
        pause = PAUSE_S
        while self._process:
            started = time.monotonic()
            code = await self._process.wait()
            pause = PAUSE_S if time.monotonic() - started > SOON_S else min(pause * 2, LONGEST_PAUSE_S)
            forget_worker(self._process.pid, self._folder)
            self._tell(
                _(f"Worker {self._number} (pid {self._process.pid}) died: {_end(code)}. Starting it again.")
            )
            await asyncio.sleep(pause)
            with contextlib.suppress(ServeError):  # the next turn tells of it
                await self.start()

    async def stop(self, limit_s: float) -> None:
        """Ask the process to end, and end it when it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), limit_s)
            except TimeoutError:
                process.kill()
                await process.wait()


def _end(code: int) -> str:
    return _(f"signal {signal.Signals(-code).name}") if code < 0 else _(f"exit code {code}")


def forget_worker(pid: int, folder: Path) -> None:
    """Take what a worker that died had open out of the figures."""
    for file in folder.glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)
