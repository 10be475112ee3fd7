"""Connections: order, permissions, limits, silence, two devices with one identity."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.cloud.devices.mqtt import codec, connection
from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.codec import Plain, Puback, Publish, Suback, Subscribe, Unsubscribe
from devkit.cloud.devices.mqtt.topics import why_not_publish, why_not_subscribe
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home
from tests.unit.cloud.mqtt.conftest import said

P = "K7M2QX9D4A"
PROPERTY = "$thing/down/property"


async def test_qos_1_is_granted_and_acknowledged_both_ways(home: Home, lamp: Firmware) -> None:
    assert lamp.subscribe(PROPERTY, qos=2) == (1,)
    lamp.publish("$thing/up/property", {"method": "get_status"}, qos=1, packet_id=99)
    answers = lamp.packets()
    assert Puback(99) in answers
    reply = next(packet for packet in answers if isinstance(packet, Publish))
    assert reply.qos == 1
    lamp.send(Puback(reply.packet_id))


@pytest.mark.parametrize(
    "first", [Plain(codec.PINGREQ), Publish("a", b""), Subscribe(1, (("a", 0),)), Plain(codec.DISCONNECT)]
)
async def test_the_first_packet_is_connect(home: Home, broker: Broker, first: codec.Packet) -> None:
    firmware = Firmware(broker, home.device_id)
    firmware.send(first)
    assert firmware.wire.closed
    assert "not CONNECT" in said(home, "closed")


async def test_connect_twice_qos_2_and_a_brokers_packet_end_the_connection(
    home: Home, broker: Broker
) -> None:
    for packet, words in (
        (codec.Connect(4, P + "lamp01", 60), "CONNECT twice"),
        (Publish(f"$thing/up/property/{home.device_id}", b"{}", 2, 5), "QoS 2"),
        (Suback(1, (0,)), "SUBACK"),
    ):
        firmware = Firmware(broker, home.device_id).start()
        firmware.send(packet)
        assert firmware.wire.closed
        assert words in said(home, "closed")


async def test_pings_are_answered_and_an_end_of_subscription_ends_it(home: Home, lamp: Firmware) -> None:
    lamp.send(Plain(codec.PINGREQ))
    assert lamp.packets() == [Plain(codec.PINGRESP)]
    lamp.send(Unsubscribe(3, (f"{PROPERTY}/{home.device_id}",)))
    assert lamp.packets() == [codec.Unsuback(3)]
    lamp.publish("$thing/up/property", {"method": "get_status"})
    assert lamp.packets() == []


@given(st.binary(max_size=200))
async def test_garbage_ends_one_connection_and_no_other(data: bytes) -> None:
    from tests.helpers.home import make_home

    home = make_home()
    broker = Broker(home.emulator)
    lamp = Firmware(broker, home.device_id).start()
    Firmware(broker, home.device_id).connection.data_received(data)
    assert lamp.ask("$thing/up/property", {"method": "get_status"})["code"] == 0
    broker.close()
    await home.emulator.aclose()


async def test_another_connection_with_the_same_identity_wins(home: Home, lamp: Firmware) -> None:
    pushes = home.subscribe()
    again = Firmware(lamp.broker, lamp.id).start()
    assert lamp.wire.closed
    assert not again.wire.closed
    lamp.connection.connection_lost(None)
    assert again.ask("$thing/up/property", {"method": "get_status"})["code"] == 0
    assert pushes.backlog == 0  # it was online all the time
    assert "took over" in said(home, "closed")
    for _ in range(3):
        Firmware(lamp.broker, lamp.id).start()
    assert "share its secret" in said(home, "warning")


@pytest.mark.parametrize(
    "topic",
    ["#", "+/+", "$thing/down/property/+/lamp01", f"$thing/down/property/{P}/other", "$thing/#",
     f"$thing/up/property/{P}/lamp01", f"{P}/lamp01/a#", "", "x" * 300],
)  # fmt: skip
async def test_topics_that_are_not_ones_own_cannot_be_subscribed_to(topic: str) -> None:
    assert why_not_subscribe(topic, {f"{P}/lamp01"})


@pytest.mark.parametrize(
    "topic",
    [f"$thing/down/+/{P}/lamp01", f"$rrpc/rxd/{P}/lamp01/+", f"{P}/lamp01/#", f"$broadcast/rxd/{P}/lamp01"],
)
async def test_topics_of_ones_own_can_be(topic: str) -> None:
    assert why_not_subscribe(topic, {f"{P}/lamp01"}) == ""


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        (f"$thing/down/property/{P}/lamp01", "only subscribe"),
        (f"$thing/up/property/{P}/other", "that of"),
        (f"$thing/up/invented/{P}/lamp01", "no such topic"),
        ("a/b", "names no device"),
    ],
)
async def test_what_may_not_be_published_is_dropped_and_told(
    home: Home, lamp: Firmware, topic: str, words: str
) -> None:
    assert why_not_publish(topic, {f"{P}/lamp01"})
    lamp.send(Publish(topic, b"{}", 1, 5))
    assert Puback(5) in lamp.packets()
    assert words in said(home, "refused")
    assert not lamp.wire.closed


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b"[" * 5000,
        b'{"method":NaN',
        b"null",
        b'{"method":"get_status","clientToken":"\\ud800"}',
        b'{"method":"report","params":{"heat":NaN}}',
    ],
)
async def test_payloads_that_are_no_messages_are_told(home: Home, lamp: Firmware, payload: bytes) -> None:
    lamp.publish("$thing/up/property", payload)
    assert "was dropped" in said(home, "refused")
    assert lamp.ask("$thing/up/property", {"method": "get_status"})["code"] == 0


async def test_2000_subscriptions_are_too_many(home: Home, lamp: Firmware) -> None:
    wishes = tuple((f"{lamp.id}/topic/{number}", 0) for number in range(2000))
    lamp.send(Subscribe(9, wishes))
    (suback,) = lamp.packets()
    assert isinstance(suback, Suback)
    assert suback.codes.count(0) == connection.MOST_SUBSCRIPTIONS - 4
    assert lamp.ask("$thing/up/property", {"method": "get_status"})["code"] == 0


async def test_a_device_that_never_acknowledges_is_cut_in_the_end(home: Home, lamp: Firmware) -> None:
    lamp.subscribe(PROPERTY, qos=1)
    count = connection.MOST_WAITING + connection.MOST_UNACKNOWLEDGED + 1
    for _ in range(count):
        lamp.broker.say(lamp.id, PROPERTY, {"method": "control"})
    assert len(lamp.packets()) == connection.MOST_UNACKNOWLEDGED
    assert lamp.wire.closed
    assert "not acknowledged 32 messages" in said(home, "closed")


async def test_acknowledgements_let_the_next_messages_go(lamp: Firmware) -> None:
    lamp.subscribe(PROPERTY, qos=1)
    for number in range(100):
        lamp.broker.say(lamp.id, PROPERTY, {"number": number})
    got: list[Publish] = []
    while found := [packet for packet in lamp.packets() if isinstance(packet, Publish)]:
        got += found
        for packet in found:
            lamp.send(Puback(packet.packet_id))
    assert [packet.payload for packet in got] == [b'{"number":%d}' % number for number in range(100)]


async def test_a_device_that_takes_no_data_is_cut(home: Home, lamp: Firmware) -> None:
    lamp.wire.full = connection.MOST_UNSENT + 1
    lamp.broker.say(lamp.id, PROPERTY, {"method": "control"})
    assert lamp.wire.closed
    assert "takes no data" in said(home, "closed")


async def test_silence_beyond_the_keepalive_ends_the_connection(
    home: Home, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "GRACE", 0.01)
    firmware = Firmware(broker, home.device_id)
    pushes = home.subscribe()
    assert firmware.connect(keepalive=1) == 0
    assert (await anext(pushes)).sub_type == "Offline"
    assert "was silent for" in said(home, "closed")


async def test_a_connection_without_connect_ends(
    home: Home, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.01)
    firmware = Firmware(broker, home.device_id)
    async with asyncio.timeout(5):
        while not firmware.wire.closed:
            await asyncio.sleep(0.001)
    assert "no CONNECT within" in said(home, "closed")


async def test_what_the_platform_does_not_keep_is_said(home: Home, broker: Broker) -> None:
    firmware = Firmware(broker, home.device_id)
    assert firmware.connect(clean=False) == 0
    assert "does not keep a kept session" in said(home, "connected")


async def test_a_message_longer_than_the_c_sdks_buffer_is_warned_of(home: Home, lamp: Firmware) -> None:
    lamp.broker.say(lamp.id, PROPERTY, {"text": "x" * 2048})
    assert "C SDK takes packets of 2048 bytes" in said(home, "warning")
