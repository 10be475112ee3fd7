"""The proxy's port: reads the first request of a connection and hands the connection on.

A CONNECT to a panel host gets TLS here and is handed to the dev server's application. One to a host that
mitmproxy decrypts, and plain HTTP through the proxy, go to mitmproxy. Every other CONNECT becomes a tunnel. A
request for the proxy itself gets its page for phones.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakSet

from devkit.errors import DevkitError
from devkit.language import _
from devkit.proxy.options import Upstream
from devkit.proxy.tunnel import Relay, open_tunnel
from devkit.web.hosts import is_loopback

logger = logging.getLogger(__name__)

HEAD_S = 15.0
HANDSHAKE_S = 10.0
MAX_HEAD = 65536
TLS_HANDSHAKE = 0x16
DISTRUST = frozenset(
    f"{version}_ALERT_{alert}"
    for version in ("TLSV1", "SSLV3", "TLSV13")
    for alert in ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED")
)
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.[01]")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:\[\]/@]+):(?P<port>\d{1,5})")


class DecryptingProxy(Protocol):
    """Take over a connection, as mitmproxy does."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve it to its end."""


@dataclass(frozen=True)
class Routes:
    """Who serves what.

    panel makes the HTTP protocol of a connection to a panel host, page that of one to the proxy itself;
    engine serves the other decrypted hosts. distrusted is told of a panel host whose certificate was refused.
    """

    panel_hosts: Collection[str]
    decrypted_hosts: Collection[str]
    context: Callable[[], Awaitable[ssl.SSLContext]]
    panel: Callable[[], asyncio.Protocol]
    page: Callable[[], asyncio.Protocol]
    engine: Callable[[], Awaitable[DecryptingProxy]]
    distrusted: Callable[[str], None]
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
        self._more = asyncio.Event()
        self._from_lan = False
        self._own_url = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Refuse clients from the internet; give the others a limited time."""
        self._transport = transport  # type: ignore[assignment]
        self._open.add(transport)
        peer = (transport.get_extra_info("peername") or ("127.0.0.1",))[0]
        self._from_lan = not is_loopback(peer)
        own = transport.get_extra_info("sockname") or ("127.0.0.1", 0)
        self._own_url = f"http://{own[0]}:{own[1]}/"  # a phone asks for the page through the proxy, too
        if ipaddress.ip_address(peer.partition("%")[0]).is_global:
            logger.warning("Refused a client from %s: not on the local network.", peer)
            transport.close()
            return
        self._deadline = asyncio.get_running_loop().call_later(
            HEAD_S, self._refuse, 408, _("No request came.")
        )

    def data_received(self, data: bytes) -> None:
        """Collect the head of the first request."""
        start = max(0, len(self._head) - 3)
        self._head += data
        if self._task is not None:
            self._more.set()
            if len(self._head) > MAX_HEAD and self._transport is not None:
                self._transport.pause_reading()  # until somebody takes it
            return
        if not self._head[:1].isalpha():
            self._refuse(400, _("This is an HTTP proxy: use http:// for its own address."))
            return
        end = self._head.find(b"\r\n\r\n", start)
        if end >= 0:
            self._dispatch(end + 4)
        elif len(self._head) > MAX_HEAD:
            self._refuse(431, _("The request's head is too long."))

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
            self._refuse(400, _("Not an HTTP request."))
            return
        method, target = match[1], match[2].decode("latin-1")
        if method != b"CONNECT":
            if target.startswith(("/", self._own_url)):
                self._hand_to(self._routes.page(), bytes(self._head))
            else:
                self._start(self._to_engine())
            return
        authority = _AUTHORITY.fullmatch(target)
        if authority is None or not 0 < int(authority["port"]) < 65536:
            self._refuse(400, _(f"CONNECT needs host:port, not {target[:80]!r}."))
            return
        host, port = authority["host"].strip("[]").lower().rstrip("."), int(authority["port"])
        if host in self._routes.panel_hosts:
            self._start(self._to_panel(host, end))
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
        if not transport.is_closing():
            transport.resume_reading()

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
            self._refuse(500, _("The proxy failed; see the terminal that runs devkit."))

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

    async def _to_panel(self, host: str, end: int) -> None:
        """Speak TLS, or plain HTTP with a client that does, and hand on what comes out."""
        context = await self._routes.context()
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(ESTABLISHED)
        del self._head[:end]
        if not self._head:
            self._more.clear()
            self._deadline = asyncio.get_running_loop().call_later(HANDSHAKE_S, self._transport.close)
            await self._more.wait()
            self._cancel_deadline()
        if self._head[0] == TLS_HANDSHAKE:
            if not await self._secured(context, host):
                return
        elif not self._head[:1].isalpha():
            logger.debug("A client spoke neither TLS nor HTTP to %s", host)
            self._transport.close()
            return
        self._hand_to(self._routes.panel(), bytes(self._head))

    async def _secured(self, context: ssl.SSLContext, host: str) -> bool:
        """Shake hands; from then on the transport is the decrypted one."""
        if self._transport is None:
            return False
        loop = asyncio.get_running_loop()
        early, self._head = bytes(self._head), bytearray()
        # start_tls calls connection_made soon; what has been read already must follow that, and come before
        # what is read next.
        loop.call_soon(loop.call_soon, _feed, self._transport, early)
        try:
            self._transport = await loop.start_tls(
                self._transport, self, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_S
            )
        except OSError as error:
            logger.debug("TLS with a client of %s failed: %s", host, error)
            if isinstance(error, ssl.SSLError) and error.reason in DISTRUST:
                self._routes.distrusted(host)
        else:
            return self._transport is not None
        return False

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

    def _refuse(self, status: int, text: str) -> None:
        self._cancel_deadline()
        body = f"devkit proxy: {text}\n".encode()
        head = (
            f"HTTP/1.1 {status} Error\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        if self._transport:
            self._transport.write(head.encode() + body)
            self._transport.close()

    def _cancel_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


def _feed(transport: asyncio.Transport, data: bytes) -> None:
    """Give a transport's buffered protocol bytes that were read before it was there."""
    protocol = transport.get_protocol()
    view = memoryview(data)
    while view and isinstance(protocol, asyncio.BufferedProtocol):
        buffer = memoryview(protocol.get_buffer(len(view)))
        size = min(len(buffer), len(view))
        buffer[:size] = view[:size]
        protocol.buffer_updated(size)
        view = view[size:]
