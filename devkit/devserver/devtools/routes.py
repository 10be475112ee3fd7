"""The relay over HTTP: pages come to the dev server or the panel host, the front end lives at the console."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from devkit.devserver.assets import asset
from devkit.devserver.build_files import PAGE_PATH
from devkit.devserver.control import PREFIX, admit, same_secret
from devkit.devserver.devtools import packages
from devkit.devserver.devtools.relay import PageRelay
from devkit.web.hosts import SCRIPT_HOST

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

    from devkit.devserver.control import ControlApi

FRONT_PATH = "/__devkit/devtools/front"
FILES_PATH = "/__devkit/devtools/front_end"


class DevToolsRoutes:
    """What `devkit dev --debug` adds. page_token is in the pages, control_token in the console alone."""

    scripts = ("chobitsu.js", "debug.js")

    def __init__(self, page_token: str, control_token: str) -> None:
        self._page_token = page_token
        self._control_token = control_token
        self.relay = PageRelay()

    def for_pages(self) -> list[BaseRoute]:
        """Return the routes of the dev server's own origin."""
        return [WebSocketRoute(PAGE_PATH, self._page)]

    def for_console(self, control: ControlApi) -> list[BaseRoute]:
        """Return the routes of the console's origin."""
        files = StaticFiles(directory=packages.front_end(), check_dir=False)
        return [
            Route(f"{PREFIX}/remote-pages", control.guarded(self._list), methods=["GET"]),
            WebSocketRoute(FRONT_PATH, self._front),
            Mount(FILES_PATH, files),
        ]

    def developing_script(self) -> bytes:
        """Return what stands before developing.js on the platform's own page."""
        url = f"wss://{SCRIPT_HOST}{PAGE_PATH}?{urlencode({'token': self._page_token})}"
        boot = f"window.__DEVKIT_DEBUG__={{url:{json.dumps(url)},WebSocket:window.WebSocket}};"
        return b"\n".join([boot.encode(), asset("chobitsu.js").body, asset("debug.js").body, b""])

    async def _list(self, request: Request) -> Response:
        return JSONResponse(self.relay.describe())

    async def _page(self, socket: WebSocket) -> None:
        if await _admit(socket, self._page_token):
            await self.relay.serve_page(socket)

    async def _front(self, socket: WebSocket) -> None:
        if await _admit(socket, self._control_token):
            await self.relay.serve_front(socket)


async def _admit(socket: WebSocket, token: str) -> bool:
    """Accept a socket of an allowed origin that brings the token."""
    return await admit(socket, known=same_secret(socket.query_params.get("token", ""), token))
