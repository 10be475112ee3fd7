"""The broker: who is connected, what the platform answers them, and what the cloud tells them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from devkit.cloud.api.wire import to_json
from devkit.cloud.devices.mqtt.body import ConnectedDevice
from devkit.cloud.devices.mqtt.codec import NAMES, Connect, Publish
from devkit.cloud.devices.mqtt.connection import NO_DISCONNECT, MqttConnection
from devkit.cloud.devices.mqtt.exchange import Exchange, decode_json, read_message
from devkit.cloud.devices.mqtt.files import DeviceFiles
from devkit.cloud.devices.mqtt.login import UNAVAILABLE, LoginRefusedError, log_in
from devkit.cloud.devices.mqtt.services import gateways, provisioning, resources, system, thing, upgrades
from devkit.cloud.devices.mqtt.topics import RRPC_ANSWERED, split, why_not_publish
from devkit.cloud.devices.mqtt.words import down_words, up_words
from devkit.errors import DevkitError
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import MqttLink, MqttPacket

if TYPE_CHECKING:
    from devkit.cloud.devices.real import LinkFaults
    from devkit.cloud.emulator import Emulator

logger = logging.getLogger(__name__)
C_BUFFER = 2048
"""A whole packet that the C SDK takes. Source: docs/reference/device-side.md section 1, buffers."""
FIGHT_COUNT, FIGHT_MS = 3, 30_000
SHOWN_BYTES = 64

HANDLERS: Mapping[str, Callable[[Exchange], None]] = {
    "$thing/up/property": thing.take_property,
    "$thing/up/event": thing.take_event,
    "$thing/up/action": thing.take_action,
    "$thing/up/service": provisioning.take_service,
    "$ota/report": upgrades.take_upgrade,
    "$gateway/operation": gateways.take_gateway,
    "$sys/operation": system.take_system,
    "$log/operation": system.take_log,
    "$resource/up/service": resources.take_resource,
}


class Broker:
    """All connections to one emulator.

    wanted holds {device id: {property: value}} that a device was told and has not confirmed. files_url is the
    base of the addresses by which devices reach firmware files, "" for that of the emulator; log_levels holds
    how much devices are to log, {device id: 0 to 4}.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.wanted: dict[str, dict[str, JSON]] = {}
        self._open: set[MqttConnection] = set()
        self._bodies: dict[str, ConnectedDevice] = {}
        self._takeovers: dict[str, deque[int]] = {}
        self.files_url = ""
        self.files = DeviceFiles()
        self.log_levels: dict[str, int] = {}

    def opened(self, connection: MqttConnection) -> None:
        """Hold a connection, so that the end of the broker ends it."""
        self._open.add(connection)

    def faults(self, device_id: str) -> LinkFaults | None:
        """Return what goes wrong with a device's messages, None when nothing does."""
        return self.emulator.devices.links.get(device_id) or None

    def log_in(self, connection: MqttConnection, packet: Connect) -> str:
        """Return the id of the device that connects.

        Errors: LoginRefusedError, which is in the timeline then.
        """
        try:
            device_id = self.emulator.perform(lambda work: log_in(work, packet, connection.proof))
            if (faults := self.faults(device_id)) and faults.refuse:
                raise LoginRefusedError(UNAVAILABLE, _("A fault refuses its connections."), device_id)
            return device_id
        except LoginRefusedError as refusal:
            who = refusal.device_id or packet.client_id[:80]
            self.note(who, "refused", _(f"{refusal.reason} (CONNACK {refusal.code})"))
            raise

    def came(self, connection: MqttConnection, packet: Connect) -> None:
        """Let a device that has logged in be the device; another connection of the same one is cut."""
        device_id = connection.device_id
        old = self._bodies.get(device_id)
        self._embody(device_id, connection)
        if old is not None:
            self._took_over(device_id, old.connection)
        version = NAMES[packet.level][1]
        unused = [
            word
            for word, on in ((_("its will"), packet.has_will), (_("a kept session"), not packet.clean))
            if on
        ]
        more = _(f"; the platform does not keep {' and '.join(unused)}") if unused else ""
        self.note(
            device_id,
            "connected",
            _(f"MQTT {version} from {connection.peer}, keepalive {packet.keepalive} s{more}"),
        )

    def _embody(self, device_id: str, connection: MqttConnection) -> None:
        body = self._bodies[device_id] = ConnectedDevice(self, device_id, connection)
        self.emulator.devices.embody(device_id, body)
        body.appear()

    def _took_over(self, device_id: str, old: MqttConnection) -> None:
        now = self.emulator.clock.now_ms()
        times = self._takeovers.setdefault(device_id, deque(maxlen=FIGHT_COUNT))
        times.append(now)
        old.end(_("Another connection with its client id took over."))
        if len(times) == FIGHT_COUNT and now - times[0] < FIGHT_MS:
            times.clear()
            self.note(
                device_id,
                "warning",
                _(
                    f"{FIGHT_COUNT} connections with one identity cut each other: "
                    "do two units share its secret?"
                ),
            )

    def join(self, connection: MqttConnection, device_id: str) -> None:
        """Let a gateway speak for a sub-device."""
        if device_id not in connection.own:
            connection.own.add(device_id)
            self._embody(device_id, connection)

    def leave(self, device_id: str, reason: str) -> None:
        """End the part of a device: its connection, or its place behind a gateway."""
        body = self._bodies.get(device_id)
        if body is None:
            return
        if body.connection.device_id == device_id:
            body.connection.end(reason)
        else:
            body.connection.own.discard(device_id)
            self._disembody(device_id, body.connection)
            self.note(device_id, "closed", reason)

    def closed(self, connection: MqttConnection) -> None:
        """Note that a connection has ended; its devices are offline unless they came anew meanwhile."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        if connection.device_id:
            self.note(connection.device_id, "closed", connection.ended)
        elif connection.peer and connection.ended != _(NO_DISCONNECT):
            self.note(connection.peer, "closed", connection.ended)
        for device_id in connection.own:
            self._disembody(device_id, connection)

    def _disembody(self, device_id: str, connection: MqttConnection) -> None:
        body = self._bodies.get(device_id)
        if body is None or body.connection is not connection:
            return
        del self._bodies[device_id]
        self.emulator.devices.disembody(device_id)
        body.vanish()

    def body(self, device_id: str) -> ConnectedDevice:
        """Return the body of a connected device."""
        return self._bodies[device_id]

    def connected(self) -> list[str]:
        """Return the ids of the devices that are connected."""
        return list(self._bodies)

    def subscribed(self, connection: MqttConnection, topic: str, granted: int, reason: str) -> None:
        """Note a subscription."""
        if reason:
            words = _(f"{topic[:80]} cannot be subscribed to: {reason} (SUBACK 0x80)")
            self.note(connection.device_id, "refused", words)
        else:
            self.note(connection.device_id, "subscribed", _(f"{topic} (QoS {granted})"))

    def received(self, connection: MqttConnection, packet: Publish) -> None:
        """Take what a device published; what is not allowed is noted and has no effect."""
        reason = why_not_publish(packet.topic, connection.own)
        if reason:
            topic = packet.topic[:80]
            self.note(connection.device_id, "refused", _(f"Its message to {topic} was dropped: {reason}."))
            return
        service, device_id, rest = split(packet.topic)
        if service in HANDLERS:
            self._handle(connection, packet, service, device_id)
        else:
            self._pass_on(connection, packet, service, device_id, rest)

    def _handle(self, connection: MqttConnection, packet: Publish, service: str, device_id: str) -> None:
        message = read_message(packet.payload)
        if isinstance(message, str):
            self._record(device_id, "up", packet.topic, packet.qos, shown(packet.payload), message)
            self.note(device_id, "refused", _(f"Its message to {packet.topic} was dropped: {message}."))
            return
        ms = self._bodies[device_id].round_trip(message.get("clientToken"))
        self._record(device_id, "up", packet.topic, packet.qos, dict(message), up_words(service, message), ms)
        exchange = Exchange(self, connection, device_id, service, message)
        faults = self.faults(device_id)
        try:
            code = faults.error(str(exchange.method or message.get("type"))) if faults else 0
            if not code or not exchange.fail(code):
                HANDLERS[service](exchange)
        except DevkitError as error:
            self.note(device_id, "refused", error.message)
        except Exception as error:
            logger.exception("A message of %s could not be handled", device_id)
            self.note(
                device_id, "refused", _(f"The emulator failed: {type(error).__name__}; its log says more.")
            )

    def _pass_on(
        self, connection: MqttConnection, packet: Publish, service: str, device_id: str, rest: str
    ) -> None:
        """Hand a message of the application's own to apps, and to the device's own subscriptions."""
        payload = shown(packet.payload)
        if service == RRPC_ANSWERED:
            ms = self._bodies[device_id].round_trip(f"rrpc-{rest}")
            self._record(
                device_id, "up", packet.topic, packet.qos, payload, _(f"answers the call {rest}"), ms
            )
            if ms is None:
                self.note(device_id, "warning", _(f"Nobody waits for an answer to the call {rest!r:.40}."))
            return
        self._record(device_id, "up", packet.topic, packet.qos, payload, _("sends data of its own"))
        with self.emulator.work() as work:
            work.push(device_id, "UserDefined", "Report", payload, packet.topic)
        self.emulator.effects.run()
        if not service:
            connection.publish(packet.topic, packet.payload, packet.qos)

    def say(self, device_id: str, service: str, message: Mapping[str, JSON], qos: int = 1) -> bool:
        """Publish a message to a device; False when it is not there or did not subscribe, which is noted."""
        payload = to_json(message).encode()
        words = down_words(service, message)
        return self.send(device_id, f"{service}/{device_id}", payload, dict(message), words, qos)

    def send(self, device_id: str, topic: str, payload: bytes, told: JSON, words: str, qos: int = 1) -> bool:
        """Publish bytes to a device, with what the timeline shows of them."""
        body = self._bodies.get(device_id)
        if body is None:
            return False
        granted = body.connection.publish(topic, payload, qos)
        if granted is None:
            self.note(
                device_id, "warning", _(f"It is not subscribed to {topic}, so it does not hear: {words}.")
            )
            return False
        if len(payload) + len(topic) + 7 > C_BUFFER:
            self.note(
                device_id,
                "warning",
                _(
                    f"A message of {len(payload)} bytes to {topic}: "
                    f"the C SDK takes packets of {C_BUFFER} bytes."
                ),
            )
        self._record(device_id, "down", topic, granted, told, words)
        return True

    def _record(
        self,
        device_id: str,
        what: str,
        topic: str,
        qos: int,
        payload: JSON,
        words: str,
        ms: float | None = None,
    ) -> None:
        self.emulator.observe(MqttPacket(device_id, what, topic, qos, payload, words, ms))

    def note(self, device_id: str, state: str, words: str) -> None:
        """Tell the timeline of a connection."""
        self.emulator.observe(MqttLink(device_id, state, words))

    def firmware_url(self, url: str) -> str:
        """Return the address by which devices reach a firmware of this emulator."""
        base = self.emulator.firmware.base_url
        return self.files_url + url.removeprefix(base) if self.files_url and url.startswith(base) else url

    def close(self) -> None:
        """End every connection."""
        for connection in list(self._open):
            connection.end(_("The emulator ended."))


def shown(payload: bytes) -> JSON:
    """Return what the timeline and apps see of a payload: its JSON, or the beginning of its bytes in hex."""
    try:
        told = decode_json(payload)
    except ValueError:
        cut = _(f"… ({len(payload)} bytes)") if len(payload) > SHOWN_BYTES else ""
        return payload[:SHOWN_BYTES].hex(" ") + cut
    return told
