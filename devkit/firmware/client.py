"""A device's end of an MQTT connection, over the codec of the broker.

The codec is here in any case; with it a thousand devices are one process without threads, and no extra
has to be installed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from devkit.cloud.devices.mqtt.codec import (
    DISCONNECT,
    PINGREQ,
    Connack,
    MalformedPacketError,
    Packet,
    Plain,
    Puback,
    Publish,
    Reader,
    Suback,
    Subscribe,
    encode,
)
from devkit.errors import SettingsError, TransportError
from devkit.firmware.identity import KEEPALIVE_S, DeviceIdentity, DeviceServer
from devkit.language import _, marked

LARGEST_PACKET = 1 << 20
OPEN_SECONDS = 10.0
ANSWER_SECONDS = 5.0
UNAVAILABLE = 3
REFUSALS = {
    1: marked("it does not speak MQTT 3.1.1"),
    2: marked("it knows no such ProductId + DeviceName"),
    UNAVAILABLE: marked("it is not available now"),
    4: marked("user name or password does not match"),
    5: marked("there is no such device, or it may not connect"),
}
"""The codes of CONNACK.

Source: https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html 3.2.2.3
"""

Heard = Callable[[str, bytes], None]


class MqttClient(asyncio.Protocol):
    """One connection. heard is told (topic, payload) of each message; ended tells why it is over."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = loop.create_future()
        self._connack: asyncio.Future[int] = loop.create_future()
        self._receipts: dict[int, asyncio.Future[tuple[int, ...]]] = {}
        self._reader = Reader(LARGEST_PACKET)
        self._transport: asyncio.WriteTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_id = 0
        self._last_heard = 0.0

    async def open(self, server: DeviceServer, identity: DeviceIdentity) -> None:
        """Connect and log in.

        Errors: TransportError when nobody answers; SettingsError when the log-in is refused.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await loop.create_connection(lambda: self, server.host, server.port)
                self._write(identity.connect())
                both: set[asyncio.Future[Any]] = {self._connack, self.ended}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, TimeoutError) as error:
            reason = str(error) or _(f"no answer within {OPEN_SECONDS:g} s")
            raise TransportError(
                _(f"Nothing takes MQTT at {server}: {reason}."),
                _("Start it with devkit dev --mqtt, or see --server."),
            ) from error
        if not self._connack.done():
            raise TransportError(_(f"{server} closed the connection before it answered CONNECT."))
        code = self._connack.result()
        if code:
            await self.aclose()
            _refuse(code, server, identity)
        self._timer = loop.call_later(KEEPALIVE_S / 2, self._ping)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, error: Exception | None) -> None:
        """Tell why, once."""
        if self._timer is not None:
            self._timer.cancel()
        self._end(_(f"The connection broke: {error}.") if error else _("The cloud closed the connection."))

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._last_heard = asyncio.get_running_loop().time()
        try:
            for packet in self._reader.feed(data):
                self._take(packet)
        except MalformedPacketError as error:
            self._end(_(f"The cloud sent {error}."))

    def _take(self, packet: Packet) -> None:
        match packet:
            case Publish():
                if packet.qos:
                    self._write(Puback(packet.packet_id))
                self._heard(packet.topic, packet.payload)
            case Connack() if not self._connack.done():
                self._connack.set_result(packet.code)
            case Suback() | Puback():
                codes = packet.codes if isinstance(packet, Suback) else ()
                receipt = self._receipts.pop(packet.packet_id, None)
                if receipt is not None and not receipt.done():
                    receipt.set_result(codes)

    async def subscribe(self, topics: Sequence[str], qos: int = 1) -> list[str]:
        """Subscribe; return the topics that were refused.

        Errors: TransportError without an answer.
        """
        packet_id, receipt = self._expect()
        self._write(Subscribe(packet_id, tuple((topic, qos) for topic in topics)))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                codes = await receipt
        except TimeoutError:
            raise TransportError(_(f"No SUBACK for {topics[0]} within {ANSWER_SECONDS:g} s.")) from None
        return [topic for topic, code in zip(topics, codes, strict=False) if code > 1]

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> None:
        """Send a message; its receipt is not waited for."""
        self._write(Publish(topic, payload, qos, self._expect()[0] if qos else 0))

    async def aclose(self) -> None:
        """Disconnect."""
        self._write(Plain(DISCONNECT))
        self._end(_("It disconnected."))
        for receipt in self._receipts.values():
            receipt.cancel()
        self._receipts.clear()

    def _expect(self) -> tuple[int, asyncio.Future[tuple[int, ...]]]:
        self._last_id = self._last_id % 0xFFFF + 1
        receipt: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        self._receipts[self._last_id] = receipt
        return self._last_id, receipt

    def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._last_heard > 2 * KEEPALIVE_S:
            self._end(_(f"The cloud was silent for {2 * KEEPALIVE_S} s."))
            return
        self._write(Plain(PINGREQ))
        self._timer = loop.call_later(KEEPALIVE_S / 2, self._ping)

    def _write(self, packet: Packet) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(packet))

    def _end(self, reason: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self.ended.done():
            self.ended.set_result(reason)
        if self._transport is not None:
            with contextlib.suppress(RuntimeError):
                self._transport.close()


def _refuse(code: int, server: DeviceServer, identity: DeviceIdentity) -> None:
    reason = REFUSALS.get(code, _("it does not say why"))
    message = _(f"{server} refuses {identity.device_id}: {reason} (CONNACK {code}).")
    if code == UNAVAILABLE:
        raise TransportError(message)
    raise SettingsError(
        message,
        _("Check ProductId, DeviceName and DEVICE_SECRET; the emulator's timeline says which is wrong."),
    )
