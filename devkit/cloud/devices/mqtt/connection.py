"""One connection to the broker: log-in, subscriptions, messages both ways, keepalive, and its limits."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from devkit.cloud.devices.mqtt import codec
from devkit.cloud.devices.mqtt.codec import (
    Connack,
    Connect,
    MalformedPacketError,
    Packet,
    Plain,
    Puback,
    Publish,
    Reader,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    encode,
    matches,
)
from devkit.cloud.devices.mqtt.login import LoginRefusedError, Proof
from devkit.cloud.devices.mqtt.topics import why_not_subscribe
from devkit.language import _, marked

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.broker import Broker

LARGEST_PACKET = 256 * 1024
MOST_SUBSCRIPTIONS = 1000
MOST_UNACKNOWLEDGED = 32
MOST_WAITING = 1000
MOST_UNSENT = 1024 * 1024
MOST_HELD = 64
CONNECT_SECONDS = 10.0
GRACE = 1.5
"""How many keepalives a client may be silent.

Source: https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html 3.1.2.10
"""
MOST_IDS = 0xFFFF
NO_DISCONNECT = marked("It closed without DISCONNECT.")


class MqttConnection(asyncio.Protocol):
    """The cloud's end of a connection. device_id is "" until the device has logged in.

    own holds the devices that it speaks for: its own, and the sub-devices that a gateway brought online.
    """

    def __init__(self, broker: Broker, proof: Proof | None = None) -> None:
        self._broker = broker
        self.proof = proof or Proof()
        self.device_id = ""
        self.peer = ""
        self.own: set[str] = set()
        self.subscriptions: dict[str, int] = {}
        self._wild: dict[str, int] = {}
        self._held: list[bytes] = []
        self._held_back: deque[tuple[Callable[[Publish], None], Publish]] = deque()
        self._taking = False
        self._transport: asyncio.WriteTransport | None = None
        self._reader = Reader(LARGEST_PACKET)
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0.0
        self._silence_s = CONNECT_SECONDS
        self._last_id = 0
        self._unacknowledged: set[int] = set()
        self._waiting: deque[Publish] = deque()
        self.keepalive = 0
        self._muted = False
        self.ended = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for CONNECT, for a while."""
        self._transport = transport  # type: ignore[assignment]
        name = transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        self._broker.opened(self)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._heard = asyncio.get_running_loop().time()
        if self._muted:
            return
        self._taking = True
        try:
            for packet in self._reader.feed(data):
                self._take(packet)
                if self.ended:
                    return
        except MalformedPacketError as error:
            self.end(_(f"It sent {error}."))
        finally:
            self._taking = False
            self._release()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the broker, once."""
        if self._timer is not None:
            self._timer.cancel()
        if not self.ended:
            self.ended = _(f"The connection broke: {error}.") if error else _(NO_DISCONNECT)
        self._broker.closed(self)

    @property
    def unacknowledged(self) -> int:
        """Return how many messages of QoS 1 the client has not acknowledged."""
        return len(self._unacknowledged) + len(self._waiting)

    def mute(self) -> None:
        """Hear and say nothing more, with the connection open."""
        self._muted = True

    def end(self, reason: str) -> None:
        """Close the connection and note why, in a sentence about the device."""
        self._release()
        if self.ended:
            return
        self.ended = reason
        if self._transport is not None:
            if self._transport.get_write_buffer_size() > MOST_UNSENT // 2:
                self._transport.abort()
            else:
                self._transport.close()
        self._broker.closed(self)

    def granted(self, topic: str) -> int | None:
        """Return the highest QoS with which a topic is subscribed to; None when it is not."""
        exact = self.subscriptions.get(topic)
        if not self._wild:
            return exact
        found = [qos for wanted, qos in self._wild.items() if matches(wanted, topic)]
        if exact is not None:
            found.append(exact)
        return max(found, default=None)

    def publish(self, topic: str, payload: bytes, qos: int = 1) -> int | None:
        """Send a message with at most the QoS that was granted; return that, None without a subscription."""
        granted = self.granted(topic)
        if granted is None or self.ended or self._transport is None:
            return None
        packet = Publish(topic, payload, min(qos, granted))
        if packet.qos == 0:
            self._through_faults(packet, self._write)
        elif len(self._waiting) >= MOST_WAITING:
            self.end(
                _(f"It has not acknowledged {len(self._unacknowledged)} messages; {MOST_WAITING} more wait.")
            )
        else:
            self._waiting.append(packet)
            self._send_waiting()
        return packet.qos

    def _send_waiting(self) -> None:
        while self._waiting and len(self._unacknowledged) < MOST_UNACKNOWLEDGED:
            packet = self._waiting.popleft()
            self._last_id = self._last_id % MOST_IDS + 1
            while self._last_id in self._unacknowledged:
                self._last_id = self._last_id % MOST_IDS + 1
            self._unacknowledged.add(self._last_id)
            self._through_faults(Publish(packet.topic, packet.payload, 1, self._last_id), self._write)

    def _write(self, packet: Packet) -> None:
        if self._transport is None or self._transport.is_closing() or self._muted:
            return
        self._held.append(encode(packet))
        if not self._taking or len(self._held) >= MOST_HELD:
            self._release()

    def _release(self) -> None:
        """Send what is held: all that the data received last have brought about goes in one write."""
        if not self._held or self._transport is None:
            return
        held, self._held = b"".join(self._held), []
        self._transport.write(held)
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            self.end(_(f"It takes no data: {MOST_UNSENT // 1024} KiB wait to be sent."))

    def _take(self, packet: Packet) -> None:
        if isinstance(packet, Connect):
            self._connect(packet)
        elif not self.device_id:
            self.end(_("Its first packet is not CONNECT."))
        else:
            self._obey(packet)

    def _obey(self, packet: Packet) -> None:
        match packet:
            case Publish(qos=2):
                self.end(_("It publishes with QoS 2, which the platform does not have."))
            case Publish():
                self._through_faults(packet, self._received)
            case Puback():
                self._unacknowledged.discard(packet.packet_id)
                self._send_waiting()
            case Subscribe():
                self._write(
                    Suback(packet.packet_id, tuple(self._subscribe(*wish) for wish in packet.filters))
                )
            case Unsubscribe():
                for topic in packet.filters:
                    self.subscriptions.pop(topic, None)
                    self._wild.pop(topic, None)
                self._write(Unsuback(packet.packet_id))
            case Plain(type=codec.PINGREQ):
                self._write(Plain(codec.PINGRESP))
            case Plain(type=codec.DISCONNECT):
                self.end(_("It disconnected."))
            case _:
                self.end(_(f"It sent a {type(packet).__name__.upper()}, which is for a broker to send."))

    def _received(self, packet: Publish) -> None:
        self._broker.received(self, packet)
        if packet.qos and not self.ended:
            self._write(Puback(packet.packet_id))

    def _through_faults(self, packet: Publish, go_on: Callable[[Publish], None]) -> None:
        """Let a message go on, unless a fault of the device loses it, holds it or doubles it."""
        faults = self._broker.faults(self.device_id)
        if faults is None and not self._held_back:
            go_on(packet)
            return
        if faults and faults.happens(faults.loss):
            self._unacknowledged.discard(packet.packet_id)
            self._broker.note(self.device_id, "warning", _(f"A fault lost its message of {packet.topic}."))
            return
        packets = [packet]
        if faults and faults.happens(faults.duplicate):
            packets.append(dataclasses.replace(packet, duplicate=packet.qos > 0))
        delay_s = faults.delay_ms / 1000 if faults else 0.0
        for one in packets:
            if delay_s or self._held_back:
                self._held_back.append((go_on, one))
                asyncio.get_running_loop().call_later(delay_s, self._let_go)
            else:
                go_on(one)

    def _let_go(self) -> None:
        """Let the message that has been held back longest go on, so that they keep their order."""
        go_on, packet = self._held_back.popleft()
        if not self.ended:
            go_on(packet)

    def _connect(self, packet: Connect) -> None:
        if self.device_id:
            self.end(_("It sent CONNECT twice."))
            return
        try:
            self.device_id = self._broker.log_in(self, packet)
        except LoginRefusedError as refusal:
            self._write(Connack(refusal.code))
            self.end(refusal.reason)
            return
        self.own.add(self.device_id)
        self.keepalive = packet.keepalive
        self._silence_s = packet.keepalive * GRACE
        self._watch()
        self._write(Connack(0))
        self._broker.came(self, packet)

    def _subscribe(self, topic: str, qos: int) -> int:
        reason = why_not_subscribe(topic, self.own)
        if not reason and len(self.subscriptions) >= MOST_SUBSCRIPTIONS and topic not in self.subscriptions:
            reason = _(f"it has {MOST_SUBSCRIPTIONS} subscriptions, the most that are taken")
        granted = codec.REFUSED if reason else min(qos, 1)
        if not reason:
            self.subscriptions[topic] = granted
            if "+" in topic or "#" in topic:
                self._wild[topic] = granted
        self._broker.subscribed(self, topic, granted, reason)
        return granted

    def _watch(self) -> None:
        """Look again when the client may have been silent for too long; keepalive 0 switches that off."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self._heard = loop.time()
        if self._silence_s:
            self._timer = loop.call_later(self._silence_s, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._heard + self._silence_s - loop.time() if self.device_id else 0.0
        if left > 0:
            self._timer = loop.call_later(left, self._look)
        elif self.device_id:
            self.end(_(f"It was silent for {self._silence_s:g} s, 1.5 times its keepalive."))
        else:
            self.end(_(f"It sent no CONNECT within {CONNECT_SECONDS:g} s."))
