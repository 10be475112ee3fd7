"""Run an application on a bound socket inside the current event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.exceptions import InvalidState

from devkit.language import _

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MAX_FRAME = 64 * 1024 * 1024
MAX_HEAD = 1024 * 1024  # more than one read of a socket, so that a body in the same read is never counted
KEEP_ALIVE_S = 60
QUEUE = 1024
HEAD_S = 15.0
BODY_S = 30.0
BODY_BYTES_S = 10_000


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP with limits for the head of a request, in size and time, which httptools does not have.

    A connection that sends nothing is closed as one that is kept alive. A body has BODY_S seconds, and as
    it comes one more for each BODY_BYTES_S bytes; time in which nobody reads it does not count.
    """

    _in_head = False
    _in_body = False
    _size = 0
    _body_ends = 0.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, not for ever."""
        super().connection_made(transport)
        self._expect_within(KEEP_ALIVE_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._expect_within(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; refuse a head that goes on and on."""
        before = self._in_head
        super().data_received(data)
        if before and self._in_head:
            self._size += len(data)
            if self._size > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response(_("The head of the request is too long."))

    def on_message_begin(self) -> None:
        """Count from here."""
        self._in_head, self._size = True, 0
        self._expect_within(HEAD_S)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        self._in_head, self._in_body, self._size = False, True, 0
        self._body_ends = self.loop.time() + BODY_S
        self._expect_within(BODY_S)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count it."""
        self._size += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait no more."""
        self._in_body = False
        self._expect_within(None)
        super().on_message_complete()

    def _expect_within(self, limit_s: float | None) -> None:
        """Set the deadline for what comes next, or take it away."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if limit_s is None else self.loop.call_later(limit_s, self._too_late)

    def _too_late(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_body and (left_s := self._body_left_s()) > 0:
            self._expect_within(left_s)
            return
        if self._in_head:
            self.send_400_response(_("The head of the request took too long."))
        elif self._in_body and not self.cycle.response_started:
            self.send_400_response(_("The body of the request took too long."))
        self.transport.close()

    def _body_left_s(self) -> float:
        """Return how long the rest of the body may still take."""
        now = self.loop.time()
        if self.flow.read_paused:
            self._body_ends = now + BODY_S
        return self._body_ends + self._size / BODY_BYTES_S - now


def _config(app: ASGIApp, max_frame: int) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=BoundedHttp,
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        ws_max_size=max_frame,
        ws_per_message_deflate=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=0,
        backlog=1,
    )
    config.load()
    return config


def speaking(app: ASGIApp, *, max_frame: int = MAX_FRAME) -> Callable[[], asyncio.Protocol]:
    """Return what makes the HTTP protocol of one connection, for transports that somebody else has opened."""
    config = _config(app, max_frame)
    state = ServerState()
    protocol: Callable[..., asyncio.Protocol] = config.http_protocol_class
    return lambda: protocol(config=config, server_state=state, app_state={})


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp,
    listener: socket.socket,
    *,
    max_frame: int = MAX_FRAME,
    drain: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[None]:
    """Serve app on listener while the block runs; then close every connection at once.

    max_frame: largest WebSocket message in bytes. drain is awaited once no more connections are taken, before
    those that there are get closed.

    Signals stay with the caller, so that one place decides how the process ends.
    """
    config = _config(app, max_frame)
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    listener.listen(QUEUE)
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield
    finally:
        if drain:
            for taking in server.servers:
                taking.close()
            await drain()
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
