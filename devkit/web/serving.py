"""Run an application on a bound socket inside the current event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import uvicorn
from websockets.exceptions import InvalidState

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MAX_FRAME = 64 * 1024 * 1024


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, *, max_frame: int = MAX_FRAME
) -> AsyncIterator[None]:
    """Serve app on listener while the block runs; then close every connection at once.

    max_frame: largest WebSocket message in bytes.

    Signals stay with the caller, so that one place decides how the process ends.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        ws_max_size=max_frame,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=0,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield
    finally:
        server.should_exit = True
        await ticking
        _close_connections(server)
        await server.shutdown(sockets=[listener])


def _close_connections(server: uvicorn.Server) -> None:
    """Close what is open: uvicorn's own loop ends at the first websocket that its page is closing already."""
    for connection in list(server.server_state.connections):
        with contextlib.suppress(InvalidState):
            connection.shutdown()
    server.server_state.connections = set()  # the connections keep the old one, to leave it when they end
