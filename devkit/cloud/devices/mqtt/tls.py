"""TLS for devices: proved with a device's key and no certificate, or with certificates of the authority.

Source: docs/reference/device-side.md section 1, TLS PSK and TLS certificate.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import weakref
from typing import TYPE_CHECKING

from devkit.cloud.devices.mqtt.connection import CONNECT_SECONDS
from devkit.cloud.devices.mqtt.login import Proof, decode_secret, find_device
from devkit.errors import ServeError
from devkit.language import _, marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cloud.devices.authority import DeviceAuthority
    from devkit.cloud.devices.mqtt.broker import Broker

# The suites of the C SDK are of TLS 1.2, and SHA-1 in a MAC is below OpenSSL's usual level.
BY_KEY = "PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA:PSK-AES128-CBC-SHA256:PSK-AES128-GCM-SHA256"
BY_CERTIFICATE = "ECDHE+AESGCM:ECDHE+AES:AESGCM:AES128-SHA:AES256-SHA:AES128-SHA256:AES256-SHA256"
KEYS_POSSIBLE = sys.version_info >= (3, 13)
WHY_NO_KEYS = marked(
    "TLS with a device's key needs Python 3.13 or later; certificates work. Build C firmware with "
    "FEATURE_AUTH_WITH_NOTLS ON for the plain port."
)


class Gate(asyncio.Protocol):
    """What a connection is from its first encrypted byte until it is known who it is: it keeps what comes."""

    def __init__(self) -> None:
        self.early = b""
        self.lost = False

    def data_received(self, data: bytes) -> None:
        """Keep what comes before the end of the handshake is known."""
        self.early += data

    def connection_lost(self, error: Exception | None) -> None:
        """Note that nobody is there any more."""
        self.lost = True

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        """Let a protocol go on."""
        if self.lost:
            return
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self.early:
            protocol.data_received(self.early)


class TlsDoor:
    """The way in over TLS. Its certificate is made at the first handshake: most runs have none."""

    def __init__(self, broker: Broker, authority: DeviceAuthority, host: str) -> None:
        self.broker = broker
        self._authority = authority
        self._host = host
        self._ready = asyncio.Lock()
        self._inside: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    async def context(self, proved: Callable[[str], None] | None) -> ssl.SSLContext:
        """Return a context for one connection; proved is told the identity of a key.

        A context of its own for each, since the standard library does not say whose handshake asks for a key.
        None: a context for HTTP, which proves nobody.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        keys = f"{BY_KEY}:" if proved and KEYS_POSSIBLE else ""
        context.set_ciphers(f"{keys}{BY_CERTIFICATE}:@SECLEVEL=0")
        async with self._ready:
            await asyncio.to_thread(self._authority.load_into, context, self._host)
        if proved is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            if sys.version_info >= (3, 13):
                context.set_psk_server_callback(lambda identity: self._key_of(identity or "", proved))
        return context

    def _key_of(self, identity: str, proved: Callable[[str], None]) -> bytes:
        with self.broker.emulator.work() as work:
            found = find_device(work, identity)
        if found is None:
            words = _("It names itself so for TLS, which is no ProductId + DeviceName here.")
            self.broker.note(identity[:80], "refused", words)
            return b""
        proved(identity)
        return decode_secret(found[1])

    async def open(
        self, plain: asyncio.Transport, make: Callable[[Proof], asyncio.Protocol], *, prove: bool
    ) -> None:
        """Do the handshake, and let the protocol that make returns go on inside."""
        names: list[str] = []
        gate = Gate()
        try:
            context = await self.context(names.append if prove else None)
            secure = await asyncio.get_running_loop().start_tls(
                plain, gate, context, server_side=True, ssl_handshake_timeout=CONNECT_SECONDS
            )
        except (OSError, ssl.SSLError, TimeoutError, ServeError) as error:
            peer = plain.get_extra_info("peername")
            who = names[-1] if names else str(peer[0]) if peer else ""
            words = _(f"TLS was not opened: {_why(error, named=bool(names))} ({error}).")
            self.broker.note(who, "refused", words)
            plain.close()
            return
        if secure is not None:
            self._inside.add(secure)
            gate.hand_over(secure, make(Proof(names[-1] if names else "", common_name(secure))))

    def close(self) -> None:
        """End what is inside."""
        for transport in list(self._inside):
            transport.abort()


class TlsOpening(asyncio.Protocol):
    """A connection until TLS is there."""

    def __init__(
        self, door: TlsDoor, make: Callable[[Proof], asyncio.Protocol], *, prove: bool = True
    ) -> None:
        self._door, self._make, self._prove = door, make, prove

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        opening = self._door.open(transport, self._make, prove=self._prove)  # type: ignore[arg-type]
        transport.pause_reading()  # type: ignore[attr-defined]
        self._door.broker.emulator.devices.spawn(opening)


def common_name(transport: asyncio.BaseTransport) -> str:
    """Return the common name of the certificate that the other side has shown, "" without one."""
    shown = transport.get_extra_info("peercert") or {}
    return next(
        (value for part in shown.get("subject", ()) for name, value in part if name == "commonName"), ""
    )


def _why(error: Exception, *, named: bool) -> str:
    reason = getattr(error, "reason", None) or ""
    if named:
        return _("its key is not the base64-decoded DeviceSecret")
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE" in reason:
        return _(
            "its certificate is not of the authority here; `devkit device guide --certificates` writes one"
        )
    if "UNKNOWN_CA" in reason:
        return _("it does not know the authority here; `devkit device guide --certificates` writes that")
    if isinstance(error, ConnectionError):
        return _("it broke off; does it know the authority here, which `devkit device guide` writes?")
    if "NO_SHARED_CIPHER" in reason and not KEYS_POSSIBLE:
        return WHY_NO_KEYS
    return _("it came without a known key or certificate")
