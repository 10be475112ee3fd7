"""What `devkit dev` and `devkit preview` share: listen, serve, talk, and end cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import webbrowser
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.interrupts import interrupted
from devkit.errors import DevkitError, PortTakenError

if TYPE_CHECKING:
    import socket

    from devkit.app.events import Reporter
    from devkit.devserver.panel import PanelSource
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


def run_until_stopped(
    start: Callable[[Stop], Coroutine[Any, Any, None]], reporter: Reporter | None = None
) -> int:
    """Run start(stop) in a new event loop until it returns, or a signal or a key ends it.

    Return the exit code. Errors of start pass through; reporter, when given, is told of them first.
    """
    try:
        return asyncio.run(_run(start))
    except KeyboardInterrupt:
        return INTERRUPTED
    except DevkitError as error:
        if reporter is not None:
            reporter.failed(error)
        raise


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
    if interrupted():
        stop(INTERRUPTED)
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
    from devkit.web.binding import bind

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


class PanelServer:
    """The dev server of one run with its simulator: serves while entered."""

    def __init__(
        self, settings: Settings, source: PanelSource, listener: socket.socket, reporter: Reporter
    ) -> None:
        from devkit.app.emulator import emulator_routes
        from devkit.app.simulation import Simulation
        from devkit.devserver.app import DevServer
        from devkit.devserver.live import LiveHub

        self.settings = settings
        self.reporter = reporter
        self.simulation = Simulation(
            simulator_opener(settings), model_taker(settings), settings.path("model")
        )
        emulator = emulator_routes(self.simulation)
        self.server = DevServer(settings, source, self.simulation, emulator, live=LiveHub(settings.hot))
        self.server.on_panel_error = reporter.panel_error
        self._listener = listener
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """Return the base URL for a browser on this machine."""
        from devkit.web.binding import url_host

        return f"http://{url_host(self.settings.host)}:{self.settings.port}"

    async def __aenter__(self) -> PanelServer:
        """Open the simulator and serve.

        Errors: ModelError, SettingsError, TransportError.
        """
        from devkit.web.serving import serving

        self._warn_if_exposed()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.simulation.aclose)
            await stack.enter_async_context(serving(self.server.app(), self._listener))
            await self.simulation.get()
            following = asyncio.create_task(self._follow_model())
            stack.push_async_callback(_cancel, following)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every connection and the simulator."""
        await self._stack.aclose()

    async def announce(self, proxy: str = "") -> None:
        """Tell that pages can be opened, and open one when asked to."""
        from devkit.app.events import Ready
        from devkit.devserver.app import default_product

        product = default_product(await self.simulation.get(), self.settings)
        console = f"{self.url}/"
        self.reporter.ready(
            Ready(self.url + self.server.panel_path(product), console, self.server.control_token, proxy)
        )
        if self.settings.open:
            self._open_console()

    def listen_to_keys(self, stop: Stop, rebuild: Callable[[], None] | None = None) -> None:
        """Read single keys from the terminal while the server runs."""
        from devkit.cli.keys import Key, reading_keys

        keys = [Key("r", "rebuild", rebuild)] if rebuild else []
        keys += [Key("o", "open the console", self._open_console), Key("q", "quit", stop)]
        self._stack.enter_context(reading_keys(keys))

    def _open_console(self) -> None:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(f"{self.url}/")

    def record(self, kind: str, data: dict[str, Any]) -> None:
        """Put an entry on the timeline, if there is one yet."""
        if simulator := self.simulation.current:
            simulator.timeline.record(kind, data)

    def _warn_if_exposed(self) -> None:
        from devkit.web.binding import is_loopback_address

        if not is_loopback_address(self.settings.host):
            self.reporter.notice(
                f"Warning: everyone who can reach {self.settings.host}:{self.settings.port} can load this "
                "panel with its source map and use the simulated device and cloud. The console and the "
                "control API stay on this machine."
            )

    async def _follow_model(self) -> None:
        """Load the pages again when the thing model's file changes; tell what is wrong with it."""
        async for change in self.simulation.changes():
            if isinstance(change, DevkitError):
                self.reporter.failed(change)
            else:
                self.reporter.notice(f"{self.settings.model} changed: pages load again.")
                self.server.live.reload()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


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


def model_taker(settings: Settings) -> Callable[[Simulator], bool]:
    """Return a function that gives a running simulator the thing model of the project as it is now."""

    def take(simulator: Simulator) -> bool:
        from devkit.model.project import project_model, project_product

        model = project_model(settings)
        return simulator.take_model(project_product(settings, model), model)

    return take


def _import_simulator() -> None:
    """Import what takes long (the database, mostly) beside the event loop."""
    import devkit.sdk
    import devkit.transport  # noqa: F401
