"""A TCP proxy before a server that delays what goes through it, and cuts it off."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path


class SlowProxy:
    """What connects to port reaches the server at path; half of delay_ms passes each way.

    path: a Unix socket, or a port of loopback.
    """

    def __init__(self, path: str | Path | int, delay_ms: float) -> None:
        self._path = path
        self.delay_ms = delay_ms
        self.port = 0
        self.refusing = False
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.close()
            return
        if isinstance(self._path, int):
            there, onward = await asyncio.open_connection("127.0.0.1", self._path)
        else:
            there, onward = await asyncio.open_unix_connection(str(self._path))
        self._open |= {writer, onward}
        for source, target in ((reader, onward), (there, writer)):
            task = asyncio.get_running_loop().create_task(self._carry(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, RuntimeError):
            while data := await source.read(2**18):
                loop.call_later(self.delay_ms / 2000, self._write, target, data)
        loop.call_later(self.delay_ms / 2000, target.close)

    @staticmethod
    def _write(target: asyncio.StreamWriter, data: bytes) -> None:
        if not target.is_closing():
            target.write(data)

    def cut(self) -> None:
        """Break every connection at once, whatever is under way in it."""
        for writer in self._open:
            if writer.transport:
                writer.transport.abort()
        self._open.clear()


@contextlib.asynccontextmanager
async def slow_proxy(path: str | Path | int, delay_ms: float = 0) -> AsyncIterator[SlowProxy]:
    """Run a proxy on a free port of loopback while the context lasts."""
    proxy = SlowProxy(path, delay_ms)
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0, limit=2**18)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        for task in list(proxy._tasks):
            task.cancel()
        await asyncio.gather(*proxy._tasks, return_exceptions=True)
