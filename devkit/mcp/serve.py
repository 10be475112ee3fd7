"""Serve the tools to one agent over stdio, or to several over HTTP behind a token."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from devkit.mcp.session import AgentSession
from devkit.mcp.tools import make_server
from devkit.web.binding import bind
from devkit.web.guard import Guard, refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from devkit.settings import Settings

MCP_PATH = "/mcp"


class BearerGuard:
    """Let nobody in without the token, and no page of a browser at all."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what carries the token."""
        headers = dict(scope["headers"])
        if b"origin" in headers:
            await refuse(scope, receive, send, 403, "Pages of a browser may not use the tools.")
        elif not secrets.compare_digest(headers.get(b"authorization", b""), self._expected):
            await refuse(scope, receive, send, 401, "Send Authorization: Bearer <token>.")
        else:
            await self._app(scope, receive, send)


async def serve_stdio(settings: Settings, *, allow_cloud: bool) -> None:
    """Serve until the agent closes its end."""
    async with AgentSession(settings, allow_cloud=allow_cloud) as session:
        await make_server(session).run_stdio_async()


async def serve_http(
    settings: Settings, *, port: int, allow_cloud: bool, ready: Callable[[str, str], None]
) -> None:
    """Serve on loopback until cancelled; ready is told the URL and the token.

    Errors: PortTakenError.
    """
    from devkit.web.serving import serving

    token = secrets.token_urlsafe(24)
    listener = bind("127.0.0.1", port)
    async with AgentSession(settings, allow_cloud=allow_cloud) as session:
        server = make_server(session)
        app = Guard(BearerGuard(server.streamable_http_app(), token))
        async with server.session_manager.run(), serving(app, listener):
            ready(f"http://127.0.0.1:{listener.getsockname()[1]}{MCP_PATH}", token)
            await asyncio.get_running_loop().create_future()
