"""MQTT 3.1 and 3.1.1 as bytes, without any I/O: packets in both directions.

Own, since the kept libraries of PyPI speak MQTT 5 alone, or come with a broker that refuses `$` topics.
MQTT 3.1 differs in name and level.
Source: https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from devkit.language import _

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK = 8, 9, 10, 11
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14
NAMES = {3: ("MQIsdp", "3.1"), 4: ("MQTT", "3.1.1")}
LONGEST_LENGTH = 4
REFUSED = 0x80


class MalformedPacketError(ValueError):
    """Bytes that are no MQTT of these versions; the connection cannot go on."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A client's first packet. has_will and clean tell of features; username and password may be None."""

    level: int
    client_id: str
    keepalive: int
    clean: bool = True
    username: str | None = None
    password: bytes | None = None
    has_will: bool = False


@dataclass(frozen=True, slots=True)
class Connack:
    """The answer to Connect; code 0 accepts."""

    code: int


@dataclass(slots=True)
class Publish:
    """A message; packet_id is 0 with QoS 0. Not frozen, which costs: most packets are of this kind."""

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int = 0
    duplicate: bool = False
    retain: bool = False


@dataclass(slots=True)
class Puback:
    """The receipt of a message of QoS 1."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Wishes for topics: (filter, highest QoS)."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Suback:
    """The granted QoS of each filter, or 0x80."""

    packet_id: int
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Topics that are wished for no more."""

    packet_id: int
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsuback:
    """The answer to Unsubscribe."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Plain:
    """A packet without a body: PINGREQ, PINGRESP or DISCONNECT."""

    type: int


Packet = Connect | Connack | Publish | Puback | Subscribe | Suback | Unsubscribe | Unsuback | Plain


class Reader:
    """Cut a stream into packets. largest bounds the body of one, in bytes."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Yield the packets that are complete now.

        Errors: MalformedPacketError, also for a body that is announced as too large, before it has come.
        """
        self._buffer += data
        start = 0
        try:
            while (found := self._head(start)) is not None:
                body, end = found
                if end > len(self._buffer):
                    return
                first, content = self._buffer[start], bytes(self._buffer[body:end])
                start = end
                yield decode(first, content)
        finally:
            del self._buffer[:start]

    def _head(self, start: int) -> tuple[int, int] | None:
        """Return where the body of the next packet begins and ends; None when that is not known yet."""
        length = 0
        for index in range(LONGEST_LENGTH):
            place = start + 1 + index
            if place >= len(self._buffer):
                return None
            byte = self._buffer[place]
            length |= (byte & 0x7F) << (7 * index)
            if length > self._largest:
                raise MalformedPacketError(
                    _(f"a packet of {length} bytes or more; {self._largest} are taken")
                )
            if not byte & 0x80:
                return place + 1, place + 1 + length
        raise MalformedPacketError(_("a length of more than four bytes"))


class _Body:
    """Take a packet's body apart from left to right."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def rest(self) -> bytes:
        rest, self._at = self._data[self._at :], len(self._data)
        return rest

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise MalformedPacketError(_("a packet that is shorter than what it announces"))
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int = 2) -> int:
        return int.from_bytes(self.take(size), "big")

    def packet_id(self) -> int:
        number = self.number()
        if not number:
            raise MalformedPacketError(_("the packet id 0"))
        return number

    def text(self) -> str:
        raw = self.take(self.number())
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedPacketError(_("a text that is not UTF-8")) from None
        if "\0" in text:
            raise MalformedPacketError(_("a text with a zero character"))
        return text

    def more(self) -> bool:
        return self._at < len(self._data)

    def end(self) -> None:
        if self.more():
            raise MalformedPacketError(_("a packet that is longer than what is in it"))


def decode(first: int, content: bytes) -> Packet:
    """Return the packet of a first byte and a body.

    Errors: MalformedPacketError.
    """
    kind, flags = first >> 4, first & 0x0F
    body = _Body(content)
    if kind == PUBLISH:
        return _publish(flags, body)
    reader = _READERS.get(kind)
    if reader is None:
        raise MalformedPacketError(_(f"a packet of type {kind}, which no client of these versions sends"))
    # MQTT 3.1 lets SUBSCRIBE and UNSUBSCRIBE be repeated with the DUP flag.
    if kind in (SUBSCRIBE, UNSUBSCRIBE):
        flags &= ~8
    if flags != (2 if kind in (SUBSCRIBE, UNSUBSCRIBE) else 0):
        raise MalformedPacketError(_(f"flags {flags} on a packet of type {kind}"))
    packet = reader(body)
    body.end()
    return packet


def _publish(flags: int, body: _Body) -> Publish:
    qos = flags >> 1 & 3
    if qos == 3:
        raise MalformedPacketError(_("QoS 3, which there is not"))
    topic = body.text()
    if not topic or "+" in topic or "#" in topic:
        raise MalformedPacketError(_(f"a message to the topic {topic!r}"))
    packet_id = body.packet_id() if qos else 0
    return Publish(topic, body.rest(), qos, packet_id, bool(flags & 8), bool(flags & 1))


def _connect(body: _Body) -> Connect:
    name, level = body.text(), body.number(1)
    if name not in ("MQTT", "MQIsdp"):
        raise MalformedPacketError(_(f"the protocol {name!r}"))
    flags, keepalive = body.number(1), body.number()
    if level not in NAMES or NAMES[level][0] != name:
        # The rest of another version reads in another way; CONNACK 1 answers it.
        body.rest()
        return Connect(level, "", keepalive)
    if flags & 1:
        raise MalformedPacketError(_("the reserved flag of CONNECT"))
    client_id = body.text()
    if flags & 4:
        body.text()
        body.take(body.number())
    # MQTT 3.1 lets the name and password be missing in spite of their flags.
    lenient = level == 3
    username = body.text() if flags & 0x80 and (body.more() or not lenient) else None
    password = body.take(body.number()) if flags & 0x40 and (body.more() or not lenient) else None
    return Connect(level, client_id, keepalive, bool(flags & 2), username, password, bool(flags & 4))


def _connack(body: _Body) -> Connack:
    body.number(1)
    return Connack(body.number(1))


def _subscribe(body: _Body) -> Subscribe:
    packet_id, filters = body.packet_id(), []
    while body.more():
        topic, qos = body.text(), body.number(1)
        if not topic or qos > 2:
            raise MalformedPacketError(_(f"a subscription to {topic!r} with QoS {qos}"))
        filters.append((topic, qos))
    if not filters:
        raise MalformedPacketError(_("a subscription to nothing"))
    return Subscribe(packet_id, tuple(filters))


def _unsubscribe(body: _Body) -> Unsubscribe:
    packet_id, filters = body.packet_id(), []
    while body.more():
        filters.append(body.text())
    if not filters:
        raise MalformedPacketError(_("an end of no subscription"))
    return Unsubscribe(packet_id, tuple(filters))


_READERS: dict[int, Callable[[_Body], Packet]] = {
    CONNECT: _connect,
    CONNACK: _connack,
    PUBACK: lambda body: Puback(body.packet_id()),
    SUBSCRIBE: _subscribe,
    SUBACK: lambda body: Suback(body.packet_id(), tuple(body.rest())),
    UNSUBSCRIBE: _unsubscribe,
    UNSUBACK: lambda body: Unsuback(body.packet_id()),
    PINGREQ: lambda body: Plain(PINGREQ),
    PINGRESP: lambda body: Plain(PINGRESP),
    DISCONNECT: lambda body: Plain(DISCONNECT),
}


def encode(packet: Packet) -> bytes:
    """Return the bytes of a packet."""
    match packet:
        case Publish():
            flags = packet.duplicate << 3 | packet.qos << 1 | packet.retain
            packet_id = packet.packet_id.to_bytes(2, "big") if packet.qos else b""
            return _framed(PUBLISH << 4 | flags, _text(packet.topic) + packet_id + packet.payload)
        case Puback():
            return _numbered(PUBACK << 4, packet.packet_id)
        case Connack():
            return _framed(CONNACK << 4, bytes((0, packet.code)))
        case Suback():
            return _numbered(SUBACK << 4, packet.packet_id, bytes(packet.codes))
        case Unsuback():
            return _numbered(UNSUBACK << 4, packet.packet_id)
        case Subscribe():
            wishes = b"".join(_text(topic) + bytes((qos,)) for topic, qos in packet.filters)
            return _numbered(SUBSCRIBE << 4 | 2, packet.packet_id, wishes)
        case Unsubscribe():
            return _numbered(UNSUBSCRIBE << 4 | 2, packet.packet_id, b"".join(map(_text, packet.filters)))
        case Connect():
            return _encode_connect(packet)
        case Plain():
            return bytes((packet.type << 4, 0))


def _encode_connect(packet: Connect) -> bytes:
    """Return the bytes of a CONNECT, without a will."""
    flags = (packet.username is not None) << 7 | (packet.password is not None) << 6 | packet.clean << 1
    head = _text(NAMES[packet.level][0]) + bytes((packet.level, flags)) + packet.keepalive.to_bytes(2, "big")
    fields = [_text(packet.client_id)]
    if packet.username is not None:
        fields.append(_text(packet.username))
    if packet.password is not None:
        fields.append(len(packet.password).to_bytes(2, "big") + packet.password)
    return _framed(CONNECT << 4, head + b"".join(fields))


def _text(text: str) -> bytes:
    raw = text.encode("utf-8")
    return len(raw).to_bytes(2, "big") + raw


def _numbered(first: int, packet_id: int, rest: bytes = b"") -> bytes:
    return _framed(first, packet_id.to_bytes(2, "big") + rest)


def _framed(first: int, body: bytes) -> bytes:
    size, length = len(body), bytearray((first,))
    while True:
        size, low = size >> 7, size & 0x7F
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes(length) + body


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether a filter wants a topic. `#` and a leading `+` do not want topics that begin with `$`."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("#", "+"):
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)


def well_formed(levels: Sequence[str]) -> bool:
    """Tell whether the levels of a filter use `+` and `#` as whole levels, `#` as the last."""
    last = len(levels) - 1
    return all(level in ("+", "#") or not set("+#") & set(level) for level in levels) and not any(
        level == "#" and index != last for index, level in enumerate(levels)
    )
