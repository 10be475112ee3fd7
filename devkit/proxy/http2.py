"""HTTP/2 for the panel hosts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from devkit.proxy.answers import Request
from devkit.proxy.http1 import BODYLESS

if TYPE_CHECKING:
    from devkit.proxy.wire import Wire

logger = logging.getLogger(__name__)


class Http2:
    """One HTTP/2 connection: requests side by side, each in a task."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._connection = h2.connection.H2Connection(config=config)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._room = asyncio.Event()
        self._connection.initiate_connection()
        self._flush()

    def receive(self, data: bytes) -> None:
        """Parse, start an answer for each request, and drop those that the client cancels."""
        try:
            events = self._connection.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            logger.debug("A client of %s broke HTTP/2: %s", self._wire.host, error)
            self._flush()
            self._wire.close()
            return
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                self._start(event)
            elif isinstance(event, h2.events.DataReceived):
                if event.flow_controlled_length:
                    self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self._cancel(event.stream_id)
            elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
                self._room.set()
            elif isinstance(event, h2.events.ConnectionTerminated):
                self._flush()
                self._wire.close()
                return
        self._flush()

    def resume(self) -> None:
        """Go on sending."""
        self._room.set()

    def lost(self) -> None:
        """Stop every answer under way."""
        for stream in list(self._tasks):
            self._cancel(stream)

    def _cancel(self, stream: int) -> None:
        task = self._tasks.pop(stream, None)
        if task:
            task.cancel()

    def _start(self, event: h2.events.RequestReceived) -> None:
        stream: int = event.stream_id
        headers = dict(event.headers)
        method, path = headers.pop(":method"), headers.pop(":path", "/")
        task = asyncio.get_running_loop().create_task(
            self._answer(stream, Request(method, self._wire.host, path, headers))
        )
        self._tasks[stream] = task
        task.add_done_callback(lambda done: self._done(stream, done))

    def _done(self, stream: int, task: asyncio.Task[None]) -> None:
        self._tasks.pop(stream, None)
        if task.cancelled() or not task.exception():
            return
        if isinstance(task.exception(), h2.exceptions.ProtocolError):
            logger.debug("A client of %s left: %s", self._wire.host, task.exception())
            return
        logger.error("A request to %s failed", self._wire.host, exc_info=task.exception())
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self._connection.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
            self._flush()

    async def _answer(self, stream: int, request: Request) -> None:
        answer = await self._wire.handler(request)
        headers = [(":status", str(answer.status)), *answer.headers]
        if answer.stream is not None:
            self._connection.send_headers(stream, headers)
            async with contextlib.aclosing(answer.stream) as chunks:
                async for chunk in chunks:
                    await self._send(stream, chunk)
            self._connection.end_stream(stream)
            self._flush()
            return
        if answer.status not in BODYLESS:
            headers.append(("content-length", str(len(answer.body))))
        bare = answer.status in BODYLESS or request.method == "HEAD" or not answer.body
        self._connection.send_headers(stream, headers, end_stream=bare)
        if bare:
            self._flush()
        else:
            await self._send(stream, answer.body, end_stream=True)

    async def _send(self, stream: int, data: bytes, *, end_stream: bool = False) -> None:
        """Send data as fast as the client's windows and its reading allow."""
        connection = self._connection
        view = memoryview(data)
        while view:
            size = min(connection.local_flow_control_window(stream), connection.max_outbound_frame_size)
            if size <= 0 or not self._wire.writable:
                self._flush()
                self._room.clear()
                await self._room.wait()
                continue
            chunk, view = view[:size], view[size:]
            connection.send_data(stream, bytes(chunk), end_stream=end_stream and not view)
        self._flush()

    def _flush(self) -> None:
        data = self._connection.data_to_send()
        if data:
            self._wire.send(data)
