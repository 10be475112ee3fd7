"""Tunnels: bytes that pass through the proxy unread."""

from __future__ import annotations

import asyncio
import os
import ssl

from devkit.errors import ProxyError
from devkit.language import _
from devkit.proxy.options import Upstream, bypasses
from devkit.proxy.reach import is_closed, open_addresses
from devkit.web.hosts import leads_here

CONNECT_S = 30.0
NEXT_ADDRESS_S = 2.0
MAX_HEAD = 65536


class Relay(asyncio.Protocol):
    """One end of a tunnel; what comes in here goes out at the peer, ends of stream and back pressure too."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.peer: Relay | None = None
        self._early: list[bytes] = []
        self._ended = False

    def join(self, peer: Relay) -> None:
        """Tie two ends together; hands on what came before."""
        for end, other in ((self, peer), (peer, self)):
            end.peer = other
        for end in (self, peer):
            early, end._early = end._early, []
            for data in early:
                end.data_received(data)
            if early and end.transport and not end.transport.is_closing():
                end.transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Hand on."""
        if self.peer is None:
            self._early.append(data)
            if self.transport:
                self.transport.pause_reading()
        elif self.peer.transport and not self.peer.transport.is_closing():
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        """Pass on the end of one direction; the other stays open."""
        self._ended = True
        peer = self.peer
        if peer is None or peer._ended or peer.transport is None or peer.transport.is_closing():
            return False
        if not peer.transport.can_write_eof():
            return False
        peer.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the peer after what is still to be written."""
        self.transport = None
        if self.peer and self.peer.transport:
            self.peer.transport.close()

    def pause_writing(self) -> None:
        """Slow the peer down."""
        if self.peer and self.peer.transport and not self.peer.transport.is_closing():
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the peer go on."""
        if self.peer and self.peer.transport and not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()


class UpstreamRelay(Relay):
    """The end towards an upstream proxy: asks it for the tunnel first."""

    def __init__(self, target: str, credentials: str) -> None:
        super().__init__()
        self.answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._target = target
        self._credentials = credentials
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the CONNECT."""
        super().connection_made(transport)
        lines = [f"CONNECT {self._target} HTTP/1.1", f"Host: {self._target}"]
        if self._credentials:
            lines.append(f"Proxy-Authorization: {self._credentials}")
        if self.transport:
            self.transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        """Read the answer's head, then hand on."""
        if self.answered.done():
            super().data_received(data)
            return
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if end:
            self.answered.set_result(head.partition(b"\r\n")[0])
            if rest:
                super().data_received(rest)
        elif len(self._head) > MAX_HEAD:
            self.answered.set_result(b"an answer without end")

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail a CONNECT that was not answered."""
        if not self.answered.done():
            self.answered.set_result(b"no answer")
        super().connection_lost(exc)


async def open_tunnel(host: str, port: int, upstream: Upstream | None, *, from_lan: bool) -> Relay:
    """Connect to host, through the upstream proxy when there is one, and return that end.

    Errors: ProxyError when it cannot be reached, or is this machine and the client is not.
    """
    if upstream and not bypasses(host, os.environ):
        if from_lan:
            host = await _checked_for(upstream, host, port)
        return await _through(upstream, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    relay = Relay()
    if not from_lan:
        await _connect(relay, host, port, None)
        return relay
    addresses = await open_addresses(host, port)
    for address in addresses[:-1]:
        try:
            await _connect(relay, address, port, None, NEXT_ADDRESS_S)
        except ProxyError:
            continue
        return relay
    await _connect(relay, addresses[-1], port, None)
    return relay


async def _checked_for(upstream: Upstream, host: str, port: int) -> str:
    """Return what to ask the upstream proxy for: on this machine the address that was checked, else the name.

    A name that only a proxy elsewhere knows is left to it; it connects from there.
    """
    if leads_here(upstream.host):
        return (await open_addresses(host, port))[0]
    if is_closed(host):
        raise ProxyError(_(f"{host} is not open to other machines."))
    return host


async def _through(upstream: Upstream, target: str) -> Relay:
    relay = UpstreamRelay(target, upstream.credentials)
    context = ssl.create_default_context() if upstream.tls else None
    await _connect(relay, upstream.host, upstream.port, context)
    try:
        status = await asyncio.wait_for(relay.answered, CONNECT_S)
    except TimeoutError:
        status = b"no answer"
    parts = status.split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or parts[1] != b"200":
        if relay.transport:
            relay.transport.abort()
        words = status.decode("ascii", "replace")[:80]
        raise ProxyError(_(f"The upstream proxy {upstream.host}:{upstream.port} answered: {words}."))
    return relay


async def _connect(
    relay: Relay, host: str, port: int, context: ssl.SSLContext | None, limit_s: float | None = None
) -> None:
    loop = asyncio.get_running_loop()
    limit_s = limit_s or CONNECT_S
    try:
        async with asyncio.timeout(limit_s):
            await loop.create_connection(lambda: relay, host, port, ssl=context, happy_eyeballs_delay=0.25)
    except TimeoutError as error:
        raise ProxyError(_(f"{host}:{port} did not answer within {limit_s:g} s.")) from error
    except (OSError, UnicodeError) as error:
        raise ProxyError(_(f"{host}:{port} cannot be reached: {error}.")) from error
