"""The proxy's port: reads the first request of a connection and hands the connection on.

A CONNECT to a panel host is answered here, from memory. One to a host that mitmproxy decrypts, and plain HTTP
through the proxy, go to mitmproxy. Every other CONNECT becomes a tunnel. A request for the proxy itself gets
its page for phones.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakSet

from devkit.errors import DevkitError, ProxyError
from devkit.proxy.answers import Answer, Handler, Request
from devkit.proxy.options import Upstream, is_loopback
from devkit.proxy.tunnel import Relay, open_tunnel

logger = logging.getLogger(__name__)

HEAD_S = 15.0
MAX_HEAD = 65536
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.[01]")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:\[\]/@]+):(?P<port>\d{1,5})")


class Engine(Protocol):
    """Take over a connection, as mitmproxy does."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve it to its end."""


@dataclass(frozen=True)
class Routes:
    """Who serves what: wire makes the protocol of a panel host, engine serves the decrypted hosts."""

    panel_hosts: Collection[str]
    decrypted_hosts: Collection[str]
    wire: Callable[[str], Awaitable[asyncio.Protocol]]
    engine: Callable[[], Awaitable[Engine]]
    page: Handler
    upstream: Upstream | None = None


class Front(asyncio.Protocol):
    """One connection to the proxy's port, until its first request is read."""

    def __init__(self, routes: Routes, open_connections: WeakSet[asyncio.BaseTransport]) -> None:
        self._routes = routes
        self._open = open_connections
        self._head = bytearray()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._from_lan = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuse clients from the internet; give the others a limited time."""
        self._transport = transport  # type: ignore[assignment]
        self._open.add(transport)
        peer = (transport.get_extra_info("peername") or ("127.0.0.1",))[0]
        self._from_lan = not is_loopback(peer)
        if ipaddress.ip_address(peer.partition("%")[0]).is_global:
            logger.warning("Refused a client from %s: not on the local network.", peer)
            transport.close()
            return
        self._deadline = asyncio.get_running_loop().call_later(HEAD_S, self._refuse, 408, "No request came.")

    def data_received(self, data: bytes) -> None:
        """Collect the head of the first request."""
        start = max(0, len(self._head) - 3)
        self._head += data
        if self._task is not None:
            return
        if not self._head[:1].isalpha():
            self._refuse(400, "This is an HTTP proxy: use http:// for its own address.")
            return
        end = self._head.find(b"\r\n\r\n", start)
        if end >= 0:
            self._dispatch(end + 4)
        elif len(self._head) > MAX_HEAD:
            self._refuse(431, "The request's head is too long.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop connecting."""
        self._cancel_deadline()
        self._transport = None
        if self._task:
            self._task.cancel()

    def _dispatch(self, end: int) -> None:
        self._cancel_deadline()
        match = _LINE.fullmatch(bytes(self._head[: self._head.index(b"\r\n")]))
        if match is None:
            self._refuse(400, "Not an HTTP request.")
            return
        method, target = match[1].decode(), match[2].decode("latin-1")
        if method != "CONNECT":
            if target.startswith("/"):
                self._start(self._own_page(method, target))
            else:
                self._start(self._to_engine())
            return
        authority = _AUTHORITY.fullmatch(target)
        if authority is None or not 0 < int(authority["port"]) < 65536:
            self._refuse(400, f"CONNECT needs host:port, not {target[:80]!r}.")
            return
        host, port = authority["host"].strip("[]").lower().rstrip("."), int(authority["port"])
        if host in self._routes.panel_hosts:
            self._start(self._to_wire(host, end))
        elif host in self._routes.decrypted_hosts:
            self._start(self._to_engine())
        else:
            self._start(self._tunnel(host, port, end))

    def _hand_to(self, protocol: asyncio.Protocol, rest: bytes) -> None:
        transport, self._transport = self._transport, None
        if transport is None:
            return
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if rest:
            protocol.data_received(rest)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work; what the client sends meanwhile waits in the head."""
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            return
        error = task.exception()
        if isinstance(error, DevkitError):
            logger.debug("%s", error)
            self._refuse(502, error.message)
        else:
            logger.error("The proxy failed", exc_info=error)
            self._refuse(500, "The proxy failed; see the terminal that runs devkit.")

    async def _tunnel(self, host: str, port: int, end: int) -> None:
        far = await open_tunnel(host, port, self._routes.upstream, from_lan=self._from_lan)
        if self._transport is None or self._transport.is_closing():
            if far.transport:
                far.transport.abort()
            return
        if far.transport:
            self._open.add(far.transport)
        near = Relay()
        self._transport.write(ESTABLISHED)
        self._hand_to(near, bytes(self._head[end:]))
        near.join(far)

    async def _to_wire(self, host: str, end: int) -> None:
        wire = await self._routes.wire(host)
        if self._transport and not self._transport.is_closing():
            self._transport.write(ESTABLISHED)
            self._hand_to(wire, bytes(self._head[end:]))

    async def _to_engine(self) -> None:
        engine = await self._routes.engine()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport = self._transport
        if transport is None:
            return
        self._hand_to(protocol, bytes(self._head))
        await engine.serve(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async def _own_page(self, method: str, target: str) -> None:
        host = _header(bytes(self._head), b"host")
        name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
        try:
            known = is_loopback(name) or bool(ipaddress.ip_address(name.strip("[]")))
        except ValueError:
            known = False
        if not known:
            raise ProxyError(f"This is the proxy of devkit; it does not serve {host[:80]!r}.")
        answer = await self._routes.page(Request(method, name, target))
        self._answer(answer, with_body=method != "HEAD")

    def _answer(self, answer: Answer, *, with_body: bool = True) -> None:
        lines = [f"HTTP/1.1 {answer.status} {'OK' if answer.status < 400 else 'Error'}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += [f"content-length: {len(answer.body)}", "connection: close", "", ""]
        if self._transport:
            self._transport.write("\r\n".join(lines).encode("latin-1") + (answer.body if with_body else b""))
            self._transport.close()

    def _refuse(self, status: int, text: str) -> None:
        self._cancel_deadline()
        headers = (("content-type", "text/plain; charset=utf-8"),)
        self._answer(Answer(status, headers, f"devkit proxy: {text}\n".encode()))

    def _cancel_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


def _header(head: bytes, name: bytes) -> str:
    found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r\n]*)", head, re.IGNORECASE)
    return found[1].decode("latin-1").strip() if found else ""
