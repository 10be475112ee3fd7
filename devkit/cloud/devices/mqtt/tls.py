"""MQTT over TLS, proved with the device's key and without a certificate, as the C SDK does it.

Source: docs/reference/device-side.md section 1, TLS PSK.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from typing import TYPE_CHECKING

from devkit.cloud.devices.mqtt.connection import CONNECT_SECONDS, MqttConnection
from devkit.cloud.devices.mqtt.login import Proof, decode_secret, find_device

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.cloud.devices.mqtt.broker import Broker

# The suites of the C SDK are of TLS 1.2, and SHA-1 in a MAC is below OpenSSL's usual level.
CIPHERS = "PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA:PSK-AES128-CBC-SHA256:PSK-AES128-GCM-SHA256:@SECLEVEL=0"
POSSIBLE = sys.version_info >= (3, 13)
WHY_NOT = (
    "MQTT over TLS with a device's key needs Python 3.13 or later, so it is off. Build C firmware with "
    "FEATURE_AUTH_WITH_NOTLS ON for the plain port."
)


def key_context(broker: Broker, proved: Callable[[str], None]) -> ssl.SSLContext:
    """Return a context for one connection; proved is told the identity that the handshake names.

    A context of its own for each, since the standard library does not say whose handshake asks for a key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)

    def key_of(identity: str | None) -> bytes:
        with broker.emulator.work() as work:
            found = find_device(work, identity or "")
        if found is None:
            broker.note(
                (identity or "")[:80],
                "refused",
                "It names itself so for TLS, which is no ProductId + DeviceName here.",
            )
            return b""
        proved(identity or "")
        return decode_secret(found[1])

    if sys.version_info >= (3, 13):
        context.set_psk_server_callback(key_of)
    return context


class TlsOpening(asyncio.Protocol):
    """A connection until TLS is there; then it is an MqttConnection's."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._broker.emulator.devices.spawn(self._open(transport))

    async def _open(self, plain: asyncio.BaseTransport) -> None:
        names: list[str] = []
        connection = MqttConnection(self._broker)
        context = key_context(self._broker, names.append)
        peer = plain.get_extra_info("peername")
        who = str(peer[0]) if peer else ""
        try:
            secure = await asyncio.get_running_loop().start_tls(
                plain,  # type: ignore[arg-type]
                connection,
                context,
                server_side=True,
                ssl_handshake_timeout=CONNECT_SECONDS,
            )
        except (OSError, ssl.SSLError, TimeoutError) as error:
            reason = (
                "its key is not the base64-decoded DeviceSecret" if names else "it came without a known key"
            )
            self._broker.note(
                names[-1] if names else who, "refused", f"TLS was not opened: {reason} ({error})."
            )
            plain.close()
            return
        if secure is None:
            return
        connection.proof = Proof(psk_identity=names[-1] if names else "")
        connection.connection_made(secure)
