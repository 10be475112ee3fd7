"""A small host for the SDK in tests: a page, the runtime and the link, over either link."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from devkit.sdk import BindingHost, Simulator, Timeline, WebSocketLink
from devkit.settings import Settings, load_settings
from devkit.transport import Transport, open_transport

PRODUCT, DEVICE = "K7M2QX9D4A", "lamp01"
MODEL = Path(__file__).parents[2] / "tests" / "helpers" / "lamp.json"

PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>panel</title></head>
<body><div id="app"></div><script>window.__DEVKIT__ = %s</script>
<script src="/runtime.js"></script><script>%s</script></body></html>"""


class SdkHost:
    """Serve the host page for one simulator on a free port."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.sockets: list[WebSocket] = []
        self.panel = ""
        self.variant: dict[str, Any] = {}
        self.headers: dict[str, str] = {}
        self.binding = ""
        self.product = PRODUCT
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/h5panel/developing"

    async def start(self) -> None:
        routes = [
            Route("/runtime.js", self._runtime),
            Route("/h5panel/{rest:path}", self._page),
            WebSocketRoute("/link", self._link),
            WebSocketRoute("/echo", self._echo),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            log_level="error",
            lifespan="off",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
            ws_max_size=64 * 2**20,
            ws_per_message_deflate=False,
        )
        self._server = uvicorn.Server(config)
        listening = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only then
        listening.bind(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve([listening]))
        while not self._server.started:
            await asyncio.sleep(0.005)

    async def aclose(self) -> None:
        for link in self.sockets:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await link.close()
        if self._server and self._task:
            self._server.should_exit = True
            await self._task

    async def cut(self) -> None:
        """Drop every link, as a broken network would."""
        sockets, self.sockets = self.sockets, []
        for link in sockets:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await link.close(1012, "cut")

    async def _runtime(self, _: Request) -> Response:
        return Response(self.simulator.client_script(), media_type="text/javascript")

    async def _page(self, request: Request) -> Response:
        boot = await self.simulator.boot(
            self.product, request.query_params.get("device", DEVICE), **self.variant
        )
        boot |= {"binding": self.binding} if self.binding else {"url": "/link"}
        page = PAGE % (json.dumps(boot).replace("<", "\\u003c"), self.panel)
        return HTMLResponse(page, headers=self.headers)

    async def _link(self, link: WebSocket) -> None:
        await link.accept()
        self.sockets.append(link)
        await self.simulator.serve_link(WebSocketLink(link))

    async def _echo(self, link: WebSocket) -> None:
        await link.accept()
        with contextlib.suppress(Exception):
            while True:
                await link.send_text(await link.receive_text())


def lamp_settings(**flags: Any) -> Settings:
    """Return the settings of a project with the test lamp."""
    return load_settings(
        MODEL.parent,
        {"product_id": PRODUCT, "device_name": DEVICE, "model": MODEL, "lang": "zh", **flags},
        environ={},
    )


@contextlib.asynccontextmanager
async def simulator_on(settings: Settings | None = None) -> AsyncIterator[Simulator]:
    """Open a local transport and a simulator on it."""
    settings = settings or lamp_settings()
    timeline = Timeline()
    transport: Transport = await open_transport(settings, observer=timeline.record)
    simulator = Simulator(transport, settings, timeline=timeline)
    try:
        await simulator.start()
        yield simulator
    finally:
        await simulator.aclose()
        await transport.aclose()


@contextlib.asynccontextmanager
async def host_on(simulator: Simulator) -> AsyncIterator[SdkHost]:
    """Serve a simulator's pages."""
    host = SdkHost(simulator)
    await host.start()
    try:
        yield host
    finally:
        await host.aclose()


@contextlib.asynccontextmanager
async def open_panel(host: SdkHost, page: Any, link: str, query: str = "") -> AsyncIterator[Any]:
    """Open the host page over "websocket" or "binding", and wait until it is connected."""
    binding = BindingHost(host.simulator, page) if link == "binding" else None
    if binding:
        await binding.install()
        host.binding = "__devkit_binding"
    try:
        await page.goto(host.url + query)
        await page.wait_for_function("window.__devkit_runtime && window.__devkit_runtime.link.connected")
        yield page
    finally:
        if binding:
            await binding.aclose()
