"""What `devkit dev` and `devkit preview` share: listen, serve, talk, and end cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import webbrowser
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import click

from devkit.errors import DevkitError, PortTakenError

if TYPE_CHECKING:
    import socket

    from devkit.devserver.report import Ready, Reporter
    from devkit.sdk import Simulator
    from devkit.settings import Settings

INTERRUPTED = 130
TERMINATED = 143


class Stop:
    """The wish to end the run, and the exit code to end it with."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.code = 0

    def __call__(self, code: int = 0) -> None:
        """Ask for the end; the first wish gives the exit code."""
        if not self._event.is_set():
            self.code = code
            self._event.set()

    async def wait(self) -> None:
        """Wait until someone asks."""
        await self._event.wait()


def run_until_stopped(start: Callable[[Stop], Coroutine[Any, Any, None]]) -> int:
    """Run start(stop) in a new event loop until it returns, or a signal or a key ends it.

    Return the exit code. Errors of start pass through.
    """
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(start))
    return INTERRUPTED


async def _run(start: Callable[[Stop], Coroutine[Any, Any, None]]) -> int:
    stop = Stop()
    with _signals(stop):
        working = asyncio.create_task(start(stop))
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
        finally:
            for task in (working, waiting):
                task.cancel()
            results = await asyncio.gather(working, waiting, return_exceptions=True)
        failure = results[0]
        if isinstance(failure, Exception) and stop.code == 0:
            raise failure
    return stop.code


@contextlib.contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into stop(code), where loops cannot do it too (Windows)."""
    loop = asyncio.get_running_loop()
    codes = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
    old = {}
    for number, code in codes.items():
        try:
            loop.add_signal_handler(number, stop, code)
        except NotImplementedError:
            old[number] = signal.signal(
                number, lambda *_, code=code: loop.call_soon_threadsafe(stop, code)
            )  # fmt: skip
    try:
        yield
    finally:
        for number in codes:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
        for number, handler in old.items():
            signal.signal(number, handler)


def bind_port(settings: Settings) -> tuple[socket.socket, Settings]:
    """Bind the port of settings; on a terminal offer the next one when it is taken.

    Errors: PortTakenError, ServeError.
    """
    from devkit.devserver.listen import bind

    try:
        return bind(settings.host, settings.port), settings
    except PortTakenError as error:
        if not error.free or not is_interactive():
            raise
        click.echo(error.message, err=True)
        if not click.confirm(f"Use port {error.free}?", default=True, err=True):
            raise
        return bind(settings.host, error.free), settings.replace(port=error.free)


def is_interactive() -> bool:
    """Tell whether a person can answer: a terminal on both sides, and not in CI."""
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def simulator_opener(settings: Settings) -> Callable[[], Awaitable[Simulator]]:
    """Return a function that opens the transport and starts a simulator on it."""

    async def open_simulator() -> Simulator:
        await asyncio.to_thread(_import_simulator)
        from devkit.sdk import Simulator
        from devkit.transport import open_transport

        holder: list[Simulator] = []

        def observe(kind: str, data: dict[str, Any]) -> None:
            if holder:
                holder[0].timeline.record(kind, data)

        transport = await open_transport(settings, observer=observe)
        simulator = Simulator(transport, settings)
        holder.append(simulator)
        try:
            await simulator.start()
        except BaseException:
            await transport.aclose()
            raise
        return simulator

    return open_simulator


def _import_simulator() -> None:
    """Import what takes long (the database, mostly) beside the event loop."""
    import devkit.sdk
    import devkit.transport  # noqa: F401


def server_url(settings: Settings) -> str:
    """Return the base URL for a browser on this machine."""
    from devkit.devserver.listen import url_host

    return f"http://{url_host(settings.host)}:{settings.port}"


def warn_if_exposed(settings: Settings, reporter: Reporter) -> None:
    """Say what an address beyond loopback exposes."""
    from devkit.devserver.listen import is_loopback_address

    if not is_loopback_address(settings.host):
        reporter.notice(
            f"Warning: everyone who can reach {settings.host}:{settings.port} can load this panel with its "
            "source map and use the simulated device. The console and the control API stay on this machine."
        )


def open_browser(ready: Ready) -> None:
    """Open the console in the person's browser."""
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(ready.console_url)


async def supervise(reporter: Reporter, what: str, work: Awaitable[Any]) -> Any:
    """Await optional work (the proxy); its expected failure is told and does not end the run."""
    try:
        return await work
    except DevkitError as error:
        reporter.failed(error)
        reporter.notice(f"Running without {what}.")
        return None
