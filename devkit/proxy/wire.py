"""The connection of a client to a panel host: TLS over a plain transport, then HTTP/1.1 or HTTP/2.

TLS runs on memory buffers, so that bytes which came together with the CONNECT are not lost. A client that
speaks plain HTTP after its CONNECT is answered in plain HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Protocol

from devkit.proxy.answers import Handler

logger = logging.getLogger(__name__)

HANDSHAKE_S = 10.0
READ_SIZE = 65536
WRITE_SIZE = 262_144  # the client decrypts one piece while the next is encrypted
DISTRUST = frozenset(
    f"{version}_ALERT_{alert}"
    for version in ("TLSV1", "SSLV3", "TLSV13")
    for alert in ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED")
)
_TLS_HANDSHAKE = 0x16


class Speaker(Protocol):
    """One HTTP version on one connection."""

    def receive(self, data: bytes) -> None:
        """Take decrypted bytes."""

    def resume(self) -> None:
        """Go on sending: the client has read what was waiting."""

    def lost(self) -> None:
        """Drop every request: the client is gone."""


class Wire(asyncio.Protocol):
    """Carry one client's connection to a panel host called host."""

    def __init__(
        self,
        context: ssl.SSLContext,
        host: str,
        handler: Handler,
        distrusted: Callable[[str], None] | None = None,
    ) -> None:
        self.host = host
        self.handler = handler
        self.writable = True
        self._context = context
        self._distrusted = distrusted
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._speaker: Speaker | None = None
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the client a limited time to shake hands."""
        self._transport = transport  # type: ignore[assignment]
        self._deadline = asyncio.get_running_loop().call_later(HANDSHAKE_S, self.close)

    def data_received(self, data: bytes) -> None:
        """Decrypt, and hand on."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._tls is None and self._speaker is None:
            self._begin(data)
        elif self._tls is None and self._speaker is not None:
            self._speaker.receive(data)
        else:
            self._incoming.write(data)
            self._pump()

    def eof_received(self) -> bool:
        """Close when the client does."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop what is under way."""
        if self._deadline:
            self._deadline.cancel()
        self._transport = None
        if self._speaker:
            self._speaker.lost()

    def pause_writing(self) -> None:
        """Note that the client reads slowly."""
        self.writable = False

    def resume_writing(self) -> None:
        """Go on sending."""
        self.writable = True
        if self._speaker:
            self._speaker.resume()

    def send(self, data: bytes) -> None:
        """Encrypt and write."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._tls is None:
            self._transport.write(data)
            return
        view = memoryview(data)
        try:
            for start in range(0, len(view), WRITE_SIZE):
                self._tls.write(view[start : start + WRITE_SIZE])
                self._flush()
        except ssl.SSLError as error:
            logger.debug("TLS with %s failed: %s", self.host, error)
            self._transport.abort()

    def close(self) -> None:
        """Send what is waiting, then close."""
        if self._transport and not self._transport.is_closing():
            if self._tls and self._speaker:
                try:
                    self._tls.unwrap()
                except (ssl.SSLError, OSError):
                    logger.debug("%s closed without a TLS goodbye", self.host)
                self._flush()
            self._transport.close()

    def _begin(self, data: bytes) -> None:
        if data[0] == _TLS_HANDSHAKE:
            self._tls = self._context.wrap_bio(self._incoming, self._outgoing, server_side=True)
            self._incoming.write(data)
            self._pump()
        elif data[:1].isalpha():
            self._speak("http/1.1")
            if self._speaker:
                self._speaker.receive(data)
        else:
            logger.debug("A client spoke neither TLS nor HTTP to %s", self.host)
            self.close()

    def _pump(self) -> None:
        if self._tls is None:
            return
        try:
            if self._speaker is None:
                self._tls.do_handshake()
                self._speak(self._tls.selected_alpn_protocol())
            while self._speaker:
                data = self._tls.read(READ_SIZE)
                if not data:
                    self.close()
                    return
                self._speaker.receive(data)
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLZeroReturnError:
            self.close()
        except ssl.SSLError as error:
            logger.debug("TLS with a client of %s failed: %s", self.host, error)
            if self._distrusted and error.reason in DISTRUST:
                self._distrusted(self.host)
            self._flush()
            if self._transport:
                self._transport.close()

    def _speak(self, protocol: str | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        if protocol == "h2":
            from devkit.proxy.http2 import Http2

            self._speaker = Http2(self)
        else:
            from devkit.proxy.http1 import Http1

            self._speaker = Http1(self)

    def _flush(self) -> None:
        if self._transport and self._outgoing.pending:
            self._transport.write(self._outgoing.read())
