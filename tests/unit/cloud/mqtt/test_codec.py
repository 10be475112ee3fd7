"""MQTT as bytes: what goes in comes out, however it is cut, and nothing wild goes further than an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

LARGEST = 256 * 1024
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
topics = texts.filter(lambda text: text and not set("+#") & set(text))
ids = st.integers(1, 65535)
packets = st.one_of(
    st.builds(
        Connect, st.sampled_from([3, 4]), texts, st.integers(0, 65535), st.booleans(),
        st.none() | texts, st.none() | st.binary(max_size=80),
    ),
    st.builds(Connack, st.integers(0, 5)),
    st.builds(Publish, topics, st.binary(max_size=300), st.just(0), st.just(0), st.booleans(), st.booleans()),
    st.builds(Publish, topics, st.binary(max_size=300), st.just(1), ids, st.booleans(), st.booleans()),
    st.builds(Puback, ids),
    st.builds(Subscribe, ids, st.lists(st.tuples(topics, st.integers(0, 2)), min_size=1).map(tuple)),
    st.builds(Suback, ids, st.lists(st.sampled_from([0, 1, 0x80]), min_size=1).map(tuple)),
    st.builds(Unsubscribe, ids, st.lists(topics, min_size=1).map(tuple)),
    st.builds(Unsuback, ids),
    st.sampled_from([Plain(codec.PINGREQ), Plain(codec.PINGRESP), Plain(codec.DISCONNECT)]),
)  # fmt: skip


@given(st.lists(packets, max_size=5), st.integers(1, 50))
def test_packets_come_out_as_they_went_in_whatever_the_pieces(sent: list[Packet], size: int) -> None:
    data = b"".join(map(encode, sent))
    reader = Reader(LARGEST)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [packet for piece in pieces for packet in reader.feed(piece)] == sent


@given(st.binary(max_size=400))
def test_wild_bytes_are_packets_or_malformed(data: bytes) -> None:
    told = "packets"
    try:
        list(Reader(LARGEST).feed(data))
    except MalformedPacketError as error:
        told = str(error)
    assert told


@given(packets, st.data())
def test_a_changed_packet_is_a_packet_or_malformed(packet: Packet, data: st.DataObject) -> None:
    raw = bytearray(encode(packet))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    told = "packets"
    try:
        list(Reader(LARGEST).feed(bytes(raw)))
    except MalformedPacketError as error:
        told = str(error)
    assert told


def test_a_length_of_256_MB_is_refused_before_its_body_comes() -> None:
    with pytest.raises(MalformedPacketError, match="2097151 bytes or more"):
        list(Reader(LARGEST).feed(b"\x30\xff\xff\xff\x7f"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x30\xff\xff\xff\xff\x01", "bytes or more"),
        (b"\x36\x05\x00\x01aXX", "QoS 3"),
        (b"\x30\x03\x00\x01+", "topic"),
        (b"\x30\x05\x00\x03\xff\xfea", "UTF-8"),
        (b"\x30\x04\x00\x02a\x00", "zero"),
        (b"\x82\x02\x00\x01", "to nothing"),
        (b"\x82\x06\x00\x00\x00\x01a\x00", "packet id 0"),
        (b"\x00\x00", "type 0"),
        (b"\xf0\x00", "type 15"),
        (b"\xc1\x00", "flags"),
        (b"\xc0\x01a", "longer"),
        (b"\x10\x02\x00\x09", "shorter"),
    ],
)
def test_broken_packets_say_what_is_wrong(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedPacketError, match=reason):
        list(Reader(LARGEST).feed(data))


def test_the_head_of_MQTT_5_is_read_as_far_as_its_version() -> None:
    connect = b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc"
    (packet,) = Reader(LARGEST).feed(connect)
    assert isinstance(packet, Connect)
    assert packet.level == 5


@pytest.mark.parametrize(
    ("wanted", "topic", "does"),
    [
        ("$thing/down/property/P/D", "$thing/down/property/P/D", True),
        ("$thing/down/+/P/D", "$thing/down/action/P/D", True),
        ("$rrpc/rxd/P/D/+", "$rrpc/rxd/P/D/17", True),
        ("P/D/#", "P/D/a/b", True),
        ("P/D/#", "P/D", True),
        ("#", "$thing/down/property/P/D", False),
        ("+/down/property/P/D", "$thing/down/property/P/D", False),
        ("P/D", "P/D/a", False),
        ("P/D/a", "P/D", False),
    ],
)
def test_filters_match_as_the_standard_says(wanted: str, topic: str, does: bool) -> None:
    assert matches(wanted, topic) is does
