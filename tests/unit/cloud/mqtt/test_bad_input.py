"""Wild messages, wrong tokens, halves, and what is never said to a device."""

import asyncio
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.cloud.devices.mqtt.broker import HANDLERS, Broker
from devkit.cloud.devices.mqtt.codec import Connect, encode
from devkit.cloud.devices.mqtt.exchange import LONGEST_TOKEN
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home, make_home
from tests.unit.cloud.mqtt.conftest import said

UP = "$thing/up/property"
NAMES = re.findall(
    r"\w+",
    "method type clientToken params report progress payload devices events eventId code version state token "
    "name size md5sum resource_name timestamp product_id device_name brightness",
)
WORDS = re.findall(
    r"\w+",
    "report control_reply get_status clear_control report_info event_post events_post action_reply "
    "app_bind_token report_version report_progress request_url online offline bind unbind get get_log_level "
    "describe_sub_devices create_upload_task fail done low_voltage K7M2QX9D4A lamp01",
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(WORDS)
KEYS = st.sampled_from(NAMES)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
KIND = st.fixed_dictionaries({}, optional={name: st.sampled_from(WORDS) for name in ("method", "type")})
MESSAGES = st.builds(
    lambda rest, kind: {**rest, **kind}, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6), KIND
)


@given(st.lists(st.tuples(st.sampled_from(sorted(HANDLERS)), MESSAGES), max_size=6))
async def test_wild_messages_break_nothing(sent: list[tuple[str, dict[str, Any]]]) -> None:
    home = make_home()
    broker = Broker(home.emulator)
    lamp = Firmware(broker, home.device_id).start()
    lamp.subscribe(
        "$ota/update", "$gateway/operation/result", "$sys/operation/result", "$resource/down/service"
    )
    for service, message in sent:
        lamp.publish(service, message, qos=1)
        lamp.packets()
    assert "The emulator failed" not in said(home, "refused")
    assert lamp.ask(UP, {"method": "get_status", "clientToken": "still"})["clientToken"] == "still"
    broker.close()
    await home.emulator.aclose()


@pytest.mark.parametrize(
    "token", [None, 7, 1.5, True, "", "\u4f60\u597d", ["a"], {"a": 1}, "x" * LONGEST_TOKEN]
)
async def test_any_token_comes_back_as_it_was(lamp: Firmware, token: object) -> None:
    assert lamp.ask(UP, {"method": "get_status", "clientToken": token})["clientToken"] == token


async def test_a_token_without_end_is_not_taken(home: Home, lamp: Firmware) -> None:
    lamp.publish(UP, {"method": "get_status", "clientToken": "x" * (LONGEST_TOKEN + 1)})
    assert lamp.packets() == []
    assert f"{LONGEST_TOKEN} are taken" in said(home, "refused")


async def test_an_answer_with_a_wrong_token_is_told(home: Home, lamp: Firmware) -> None:
    for token in ("no-such-action", None, 5):
        lamp.publish("$thing/up/action", {"method": "action_reply", "clientToken": token, "code": 0})
    assert said(home, "refused").count("for which nobody waits") == 3


@pytest.mark.parametrize("service", sorted(HANDLERS))
async def test_unknown_methods_get_no_answer_and_are_told(home: Home, lamp: Firmware, service: str) -> None:
    answers = ("$ota/update", "$gateway/operation/result", "$sys/operation/result", "$log/operation/result")
    lamp.subscribe(*answers, "$resource/down/service")
    lamp.publish(service, {"method": "invented", "type": "invented", "clientToken": "u"})
    assert lamp.packets() == []
    assert said(home, "refused")


async def test_half_a_packet_is_waited_for_and_costs_nobody_else(home: Home, lamp: Firmware) -> None:
    half = Firmware(lamp.broker, home.device_id)
    hello = encode(Connect(4, half.client_id, 60))
    for byte in hello[:-1]:
        half.connection.data_received(bytes((byte,)))
    assert half.packets() == []
    assert lamp.ask(UP, {"method": "get_status"})["code"] == 0
    half.connection.connection_lost(None)
    assert not lamp.wire.closed


async def test_256_megabytes_are_refused_at_their_announcement(home: Home, lamp: Firmware) -> None:
    lamp.connection.data_received(b"\x30\xff\xff\xff\x7f")
    assert lamp.wire.closed
    assert "a packet of" in said(home, "closed")


async def test_binding_says_nothing_to_the_device(home: Home, lamp: Firmware) -> None:
    """C firmware with the resource service ends at methods that it does not know."""
    await home.lamp("AppDeleteDeviceInFamily", FamilyId=home.family_id)
    await asyncio.sleep(0)
    assert list(lamp.messages()) == []


async def test_answers_come_at_once(lamp: Firmware) -> None:
    """The Python SDK waits for 1.5 s: the answer is there before the call that brings the question ends."""
    for number in range(50):
        message = {"method": "report", "clientToken": str(number), "params": {"brightness": number}}
        lamp.publish(UP, json.dumps(message).encode(), qos=1)
        assert len(lamp.packets()) == 2
