"""The dev server of one run with its simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from devkit.app.devices import RealDevices
from devkit.app.emulator import emulator_routes
from devkit.app.events import (
    ModelChanged,
    ModelFlawed,
    Notice,
    PageUpdated,
    PanelChosen,
    PanelFailed,
    Ready,
    RunEvent,
    RunFailed,
)
from devkit.app.exposure import keys_text, panel_warning
from devkit.app.front_end import chromium_front_end
from devkit.app.recorder import begin_recording
from devkit.app.simulation import Simulation
from devkit.devserver.app import DevServer, default_product
from devkit.devserver.live import LiveHub
from devkit.errors import DevkitError, ProxyError
from devkit.language import _
from devkit.model.editor import refresh
from devkit.model.typescript import PLACE
from devkit.timeline.kinds import BuildFailure
from devkit.web.binding import url_host
from devkit.web.hosts import is_loopback, leads_here

if TYPE_CHECKING:
    import socket

    from devkit.devserver.panel import PanelSource
    from devkit.sdk import Simulator
    from devkit.settings import Settings
    from devkit.timeline.happening import Happening


class PanelServer:
    """Serve a panel and its simulator on a bound socket while entered, and the console on another.

    emit takes what is to be told. for_editors: what the editor of the project reads is kept up to date.
    remote: pages come through the proxy, and DevTools reach them.
    """

    def __init__(
        self,
        settings: Settings,
        source: PanelSource,
        listener: socket.socket,
        console: socket.socket,
        emit: Callable[[RunEvent], None] = lambda event: None,
        panels: Sequence[str] = (),
        *,
        remote: bool = False,
    ) -> None:
        self.settings = settings
        self.simulation = Simulation(settings)
        routes = emulator_routes(self.simulation)
        live = LiveHub(settings.hot)
        self.server = DevServer(settings, source, self.simulation, routes, live=live, remote=remote)
        if self.server.devtools:
            self.server.devtools.open_chromium = partial(chromium_front_end, settings.browser_path)
            self.server.devtools.notice = lambda text: emit(Notice(text))
        self.server.on_panel_error = lambda finding, stack: emit(PanelFailed(finding, stack))
        self.server.on_updated = lambda what: emit(PageUpdated(what))
        self.server.panels = panels
        self.server.begin_recording = begin_recording
        self.server.on_panel_chosen = lambda name: emit(PanelChosen(name))
        self.simulation.read_console = self.server.traces.console
        self.app = self.server.app()
        self._devices = RealDevices(settings)
        self._mqtt = ""
        self.for_editors = False
        self._emit = emit
        self._listener = listener
        self._console = console
        self.server.console_port = console.getsockname()[1]
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """Return the base URL for a browser on this machine."""
        return f"http://{url_host(self.settings.host)}:{self.settings.port}"

    async def __aenter__(self) -> PanelServer:
        """Open the simulator and serve.

        Errors: ModelError, SettingsError, TransportError.
        """
        from devkit.web.serving import serving  # takes a while: after the proxy has its port

        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.simulation.aclose)
            await stack.enter_async_context(serving(self.app, self._listener))
            await stack.enter_async_context(serving(self.server.console_app(), self._console))
            stack.push_async_callback(self.server.gallery.aclose)
            stack.push_async_callback(self.server.audits.aclose)
            stack.push_async_callback(self.server.suite.aclose)
            stack.push_async_callback(self._devices.aclose)
            if self.server.devtools:
                stack.push_async_callback(self.server.devtools.aclose)
            simulator = await self.simulation.get()
            self._warn_if_exposed(simulator)
            await self._follow_devices(simulator)
            self._tell_flaws()
            if self.for_editors:
                await asyncio.to_thread(refresh, self.settings)
            following = asyncio.create_task(self._follow_model())
            stack.push_async_callback(cancelled, following)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every connection and the simulator."""
        await self._stack.aclose()

    async def ready(self, proxy: str = "") -> Ready:
        """Return where pages can be opened."""
        product = default_product(await self.simulation.get(), self.settings)
        path = self.server.panel_path(product)
        phone_url = self._phone_url()
        return Ready(
            self.url + path,
            f"{self.url}/",
            self.server.control_token,
            proxy,
            self._mqtt,
            phone_url and phone_url + path,
        )

    def _phone_url(self) -> str:
        """Return the base URL for phones in the network, "" where they have no way here."""
        from devkit.proxy.phone import lan_address

        host = self.settings.host
        if is_loopback(host):
            return ""
        if not leads_here(host):
            return self.url
        try:
            return f"http://{lan_address()}:{self.settings.port}"
        except ProxyError:
            return ""

    async def _follow_devices(self, simulator: Simulator) -> None:
        """Let real devices connect to the emulator of a simulator, and tell how."""
        if ready := await self._devices.follow(simulator):
            self._mqtt = ready.url
            self._emit(ready)

    def record(self, what: Happening) -> None:
        """Put something on the timeline, if there is one yet."""
        if simulator := self.simulation.current:
            simulator.timeline.record(what)

    def _warn_if_exposed(self, simulator: Simulator) -> None:
        if text := panel_warning(self.settings):
            self._emit(Notice(text))
            if seed := getattr(simulator.transport, "seed", None):
                self._emit(Notice(keys_text(seed.keys, seed.secrets)))

    async def _follow_model(self) -> None:
        """Load the pages again when the thing model's file changes; tell what is wrong with it."""
        async for change in self.simulation.changes():
            if isinstance(change, DevkitError):
                self._emit(RunFailed(change))
                self.server.live.tell("model", change)
                self.record(BuildFailure(str(change)))
            else:
                self._emit(ModelChanged(self.settings.model))
                self._tell_flaws()
                self.server.live.reload()
                if self.for_editors and await asyncio.to_thread(refresh, self.settings):
                    self._emit(Notice(_(f"{PLACE} follows the thing model.")))
                try:
                    await self._follow_devices(change)
                except DevkitError as error:
                    self._emit(RunFailed(error))

    def _tell_flaws(self) -> None:
        """Tell what is wrong with the thing model but lets it run."""
        flaws = self.simulation.flaws
        self.server.live.tell("model", None, flaws)
        if flaws:
            self._emit(ModelFlawed(flaws))


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
