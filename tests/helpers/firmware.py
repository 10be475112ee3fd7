"""Firmware for tests: the device's end of an MQTT connection, in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.codec import (
    Connack,
    Connect,
    Packet,
    Publish,
    Reader,
    Suback,
    Subscribe,
    encode,
)
from devkit.cloud.devices.mqtt.connection import MqttConnection
from devkit.cloud.devices.mqtt.login import Proof, password
from devkit.cloud.store.schema import DEVICES

ALWAYS = "2147483647"


class Wire(asyncio.Transport):
    """A transport whose bytes end up in a list; full makes it look as if nobody read them."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.7", 40000)})
        self.sent = bytearray()
        self.closed = False
        self.full = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return self.full

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


class Firmware:
    """A device that speaks MQTT with a broker, step by step."""

    def __init__(self, broker: Broker, device_id: str, proof: Proof | None = None) -> None:
        self.broker, self.id = broker, device_id
        self.client_id = device_id.replace("/", "", 1)
        self.wire = Wire()
        self.connection = MqttConnection(broker, proof)
        self.connection.connection_made(self.wire)
        self._reader = Reader(1 << 20)
        self._seen: list[Packet] = []

    @property
    def secret(self) -> str:
        """Return the device's secret."""
        with self.broker.emulator.work() as work:
            row = work.tx.get(DEVICES, self.id)
        return row["psk"] if row else ""

    def send(self, packet: Packet) -> None:
        """Send a packet."""
        self.connection.data_received(encode(packet))

    def packets(self) -> list[Packet]:
        """Return what has come since the last look."""
        data = bytes(self.wire.sent)
        self.wire.sent.clear()
        return list(self._reader.feed(data))

    def messages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (topic without the device, message) of what was published to it since the last look."""
        for packet in self.packets():
            if isinstance(packet, Publish):
                yield packet.topic.removesuffix(f"/{self.id}"), json.loads(packet.payload)

    def connect(
        self, method: str = "hmacsha1", *, level: int = 4, expiry: str = ALWAYS, **change: Any
    ) -> int:
        """Log in as the SDKs do; return the code of CONNACK."""
        username = f"{self.client_id};21010406;abcde;{expiry}"
        word = f"{password(self.secret, username, method)};{method}".encode()
        fields: dict[str, Any] = {"username": username, "password": word, "keepalive": 60, **change}
        self.send(Connect(level, fields.pop("client_id", self.client_id), **fields))
        answers = [packet.code for packet in self.packets() if isinstance(packet, Connack)]
        return answers[0] if answers else -1

    def subscribe(self, *services: str, qos: int = 0) -> tuple[int, ...]:
        """Subscribe to topics of the device; return the granted QoS."""
        wishes = tuple((f"{service}/{self.id}", qos) for service in services)
        self.send(Subscribe(1, wishes))
        return next(packet.codes for packet in self.packets() if isinstance(packet, Suback))

    def send_subscription(self, topic: str, qos: int = 0) -> None:
        """Subscribe to a whole topic."""
        self.send(Subscribe(2, ((topic, qos),)))
        assert self.packets() == [Suback(2, (qos,))]

    def publish(self, service: str, message: object, qos: int = 0, packet_id: int = 7) -> None:
        """Publish a message, as JSON unless it is bytes, on a topic of the device."""
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.send(Publish(f"{service}/{self.id}", payload, qos, packet_id if qos else 0))

    def ask(self, service: str, message: dict[str, Any]) -> dict[str, Any]:
        """Publish a message and return the only answer to it."""
        self.publish(service, message)
        found = list(self.messages())
        assert len(found) == 1, found
        return found[0][1]

    def start(self) -> Firmware:
        """Log in and subscribe to what the SDKs subscribe to."""
        assert self.connect() == 0
        kinds = ("property", "event", "action", "service")
        self.subscribe(*(f"$thing/down/{kind}" for kind in kinds))
        return self
