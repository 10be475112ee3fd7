"""A server that ends without dropping anybody: what is open is counted, finished and closed in words."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GOING_AWAY = 1001
GOODBYE_S = 1.0


class Draining:
    """Count the calls and sockets of an application, and end them when it is asked to.

    limit_s: how long calls in flight may take then.
    """

    def __init__(self, app: ASGIApp, limit_s: float = 0.0) -> None:
        self._app = app
        self._limit_s = limit_s
        self._changed = asyncio.Event()
        self._sockets: set[Send] = set()
        self.calls = 0
        self.ending = False

    @property
    def sockets(self) -> int:
        """Return how many websockets are open."""
        return len(self._sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; while the server ends, answers also close their connection."""
        if scope["type"] == "websocket":
            self._sockets.add(send)
            try:
                await self._app(scope, receive, send)
            finally:
                self._sockets.discard(send)
                self._changed.set()
            return

        async def answer(message: Message) -> None:
            if self.ending and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        self.calls += 1
        try:
            await self._app(scope, receive, answer)
        finally:
            self.calls -= 1
            self._changed.set()

    async def drain(self) -> None:
        """Let calls finish, then close the sockets with 1001, at which clients connect elsewhere."""
        self.ending = True
        await self._until(lambda: not self.calls, self._limit_s)
        for send in tuple(self._sockets):
            with contextlib.suppress(RuntimeError, OSError):
                await send({"type": "websocket.close", "code": GOING_AWAY, "reason": "the server ends"})
        await self._until(lambda: not self._sockets, GOODBYE_S)

    async def _until(self, done: Callable[[], bool], limit_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while not done():
                    self._changed.clear()
                    await self._changed.wait()
