"""The proxy of a run, and what comes with it: a browser, a phone, an inspector."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.app.events import BrowserOpened, InspectorReady, Notice, PhoneReady, RunEvent, RunFailed
from devkit.app.server import cancelled
from devkit.errors import ProxyError
from devkit.language import _
from devkit.web.hosts import PANEL_SITE

if TYPE_CHECKING:
    from devkit.app.run import ProxyUse
    from devkit.app.server import PanelServer
    from devkit.proxy import Proxy, ProxyOptions

OPENING_S = 1.0  # a browser that cannot show a window ends before that


class PanelProxy:
    """The proxy of one run and what it brought along; emit takes what is to be told."""

    def __init__(self, panels: PanelServer, use: ProxyUse, emit: Callable[[RunEvent], None]) -> None:
        self._panels = panels
        self._use = use
        self._emit = emit
        self._stack = AsyncExitStack()
        self._proxy: Proxy | None = None
        self._starting: asyncio.Task[None]

    async def __aenter__(self) -> PanelProxy:
        """Begin to start, while the first build runs."""
        self._starting = asyncio.create_task(self._start())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End the browser and the proxy."""
        self._starting.cancel()
        await asyncio.gather(self._starting, return_exceptions=True)
        await self._stack.aclose()

    async def ready(self) -> str:
        """Wait until the proxy accepts connections, and return its address; "" when it does not run.

        Errors: ProxyError.
        """
        await self._starting
        if self._proxy is None:
            return ""
        try:
            await self._proxy.prepare()
        except ProxyError as error:
            if self._use.asked:
                raise
            self._give_up(error)
            return ""
        return self._proxy.url

    async def _start(self) -> None:
        """Take the port; where nothing needs the proxy, the panel runs on when that fails."""
        from devkit.proxy import Proxy
        from devkit.proxy.server import check_engine

        if not self._panels.settings.proxy:
            return
        local = self._panels.settings.transport == "local"
        if self._use.lan_host or (self._use.launch and local):
            check_engine(_("--phone, and --launch with the simulated device,"))
        proxy = Proxy(self._panels.app, self._options())
        self._stack.push_async_callback(proxy.aclose)
        try:
            await proxy.listen()
        except ProxyError as error:
            if self._use.asked:
                raise
            self._give_up(error)
            return
        self._proxy = proxy

    def _give_up(self, error: ProxyError) -> None:
        self._emit(RunFailed(error))
        self._emit(Notice(_("The panel runs without the proxy.")))

    async def open(self) -> None:
        """Do what the proxy is used for, once pages can be opened.

        Errors: ProxyError.
        """
        if self._proxy is None:
            return
        url = await self._panel_url()
        if self._proxy.inspector_url:
            self._emit(InspectorReady(self._proxy.inspector_url))
        if self._proxy.lan_url:
            self._proxy.pages.panel_url = url
            self._emit(PhoneReady(self._proxy.lan_url))
        if self._use.launch:
            from devkit.proxy.launch import launched

            authorities = list(self._proxy.authorities.values())
            browser = self._panels.settings.browser_path
            port = self._use.debug_port
            extra = [f"--remote-debugging-port={port}"] if port else []
            running = launched(url, self._proxy.url, authorities, browser, extra)
            process = await self._stack.enter_async_context(running)
            watching = asyncio.create_task(self._watch(process, url))
            self._stack.push_async_callback(cancelled, watching)

    async def _watch(self, process: asyncio.subprocess.Process, url: str) -> None:
        """Tell that the browser is open once it has not failed at once, and whenever it fails later."""
        try:
            await asyncio.wait_for(asyncio.shield(process.wait()), OPENING_S)
        except TimeoutError:
            self._emit(BrowserOpened(url))
        if code := await process.wait():
            shown = {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys() or not sys.platform.startswith("linux")
            why = (
                _("Name another with --browser-path.")
                if shown
                else _("There is no screen: DISPLAY is not set.")
            )
            self._emit(RunFailed(ProxyError(_(f"The browser of --launch ended with code {code}."), why)))

    def _options(self) -> ProxyOptions:
        from devkit.proxy import ProxyOptions

        settings = self._panels.settings
        options = ProxyOptions(
            port=settings.proxy_port,
            lan_host=self._use.lan_host,
            dev_url=self._panels.url,
            mirror=settings.mirror,
            upstream=settings.upstream,
            inspect=self._use.inspect,
            har=self._use.har,
        )
        return replace(options, local_cloud=settings.transport == "local")

    async def _panel_url(self) -> str:
        from devkit.devserver.app import default_product

        product = default_product(await self._panels.simulation.get(), self._panels.settings)
        return PANEL_SITE + self._panels.server.panel_path(product)
