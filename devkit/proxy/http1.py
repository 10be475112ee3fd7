"""HTTP/1.1 for the panel hosts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import h11

from devkit.proxy.answers import Answer, Request

if TYPE_CHECKING:
    from devkit.proxy.wire import Wire

logger = logging.getLogger(__name__)

BODYLESS = (204, 304)


class Http1:
    """One HTTP/1.1 connection: a request at a time, in order."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=65536)
        self._task: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._room.set()

    def receive(self, data: bytes) -> None:
        """Parse, and start on the next request when the last one is answered."""
        try:
            self._connection.receive_data(data)
            self._advance()
        except h11.RemoteProtocolError as error:
            self._refuse(error)

    def resume(self) -> None:
        """Go on with a stream."""
        self._room.set()

    def lost(self) -> None:
        """Stop the answer under way."""
        if self._task:
            self._task.cancel()

    def _advance(self) -> None:
        while self._task is None:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                self._task = asyncio.get_running_loop().create_task(self._answer(event))
                self._task.add_done_callback(self._done)
            elif isinstance(event, h11.ConnectionClosed):
                self._wire.close()
                return
            elif event in (h11.NEED_DATA, h11.PAUSED):
                return

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            return
        if task.exception():
            logger.error("A request to %s failed", self._wire.host, exc_info=task.exception())
            self._wire.close()
            return
        try:
            while self._connection.their_state is h11.SEND_BODY:
                if self._connection.next_event() is h11.NEED_DATA:
                    self._wire.close()
                    return
            if h11.MUST_CLOSE in (self._connection.our_state, self._connection.their_state):
                self._wire.close()
                return
            self._connection.start_next_cycle()
            self._advance()
        except (h11.RemoteProtocolError, h11.LocalProtocolError) as error:
            self._refuse(error)

    async def _answer(self, event: h11.Request) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
        target = event.target.decode("latin-1")
        if not target.startswith("/"):
            target = "/" + target.partition("://")[2].partition("/")[2]
        answer = await self._wire.handler(
            Request(event.method.decode("ascii"), self._wire.host, target, headers)
        )
        await self._send(answer, head_only=event.method == b"HEAD")

    async def _send(self, answer: Answer, *, head_only: bool) -> None:
        headers = list(answer.headers)
        bodyless = answer.status in BODYLESS
        if answer.stream is None and not bodyless:
            headers.append(("content-length", str(len(answer.body))))
        head = self._connection.send(h11.Response(status_code=answer.status, headers=headers)) or b""
        if answer.stream is None:
            body = b"" if bodyless or head_only else answer.body
            parts = [
                head,
                self._connection.send(h11.Data(data=body)),
                self._connection.send(h11.EndOfMessage()),
            ]
            self._wire.send(b"".join(part for part in parts if part))
            return
        self._wire.send(head)
        async with contextlib.aclosing(answer.stream) as chunks:
            async for chunk in chunks:
                await self._writable()
                self._wire.send(self._connection.send(h11.Data(data=chunk)) or b"")
        self._wire.send(self._connection.send(h11.EndOfMessage()) or b"")

    async def _writable(self) -> None:
        if not self._wire.writable:
            self._room.clear()
            await self._room.wait()

    def _refuse(self, error: h11.ProtocolError) -> None:
        logger.debug("A client of %s broke HTTP/1.1: %s", self._wire.host, error)
        if self._connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            status = getattr(error, "error_status_hint", 400)
            head = f"HTTP/1.1 {status} Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            self._wire.send(head.encode())
        self._wire.close()
