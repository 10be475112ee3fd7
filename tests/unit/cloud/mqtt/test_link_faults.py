"""Faults between real devices and the cloud: loss, delay, duplicates, errors, refusals."""

import asyncio
from typing import Any

import pytest

from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.codec import Puback, Publish
from devkit.errors import SettingsError
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home
from tests.unit.cloud.mqtt.conftest import said

UP, DOWN = "$thing/up/property", "$thing/down/property"
REPORT = {"method": "report", "clientToken": "f-1", "params": {"brightness": 41}}


def fault(lamp: Firmware, **faults: Any) -> None:
    lamp.broker.emulator.devices.set_link(lamp.id, faults)


async def test_what_is_lost_has_no_effect_and_no_acknowledgement(home: Home, lamp: Firmware) -> None:
    fault(lamp, loss=1)
    lamp.publish(UP, REPORT, qos=1)
    lamp.broker.say(lamp.id, DOWN, {"method": "control", "params": {}})
    assert lamp.packets() == []
    assert home.values().get("brightness") != 41
    assert said(home, "warning").count("A fault lost its message") == 2
    fault(lamp)
    assert lamp.ask(UP, REPORT)["code"] == 0


async def test_messages_are_late_and_in_order(lamp: Firmware) -> None:
    fault(lamp, delay_ms=5)
    for number in range(20):
        lamp.broker.say(lamp.id, DOWN, {"number": number})
    assert lamp.packets() == []
    fault(lamp)
    lamp.broker.say(lamp.id, DOWN, {"number": 20})  # not before those that are on their way
    got: list[int] = []
    async with asyncio.timeout(5):
        while len(got) < 21:
            got += [message["number"] for _, message in lamp.messages()]
            await asyncio.sleep(0)
    assert got == list(range(21))


async def test_messages_come_twice(home: Home, lamp: Firmware) -> None:
    lamp.subscribe(DOWN, qos=1)
    fault(lamp, duplicate=1)
    lamp.broker.say(lamp.id, DOWN, {"method": "control"})
    first, second = (item for item in lamp.packets() if isinstance(item, Publish))
    assert (first.packet_id, first.duplicate, second.packet_id, second.duplicate) == (
        second.packet_id, False, first.packet_id, True,
    )  # fmt: skip
    lamp.send(Puback(first.packet_id))
    lamp.send(Puback(first.packet_id))  # the second receipt is of nothing, and does no harm
    lamp.publish(UP, REPORT, qos=1)
    assert [item for item in lamp.packets() if isinstance(item, Puback)] == [Puback(7)] * 2


async def test_the_cloud_answers_with_errors_and_does_nothing(home: Home, lamp: Firmware) -> None:
    fault(lamp, errors={"report": 503})
    answer = lamp.ask(UP, REPORT)
    assert (answer["method"], answer["code"], answer["clientToken"]) == ("report_reply", 503, "f-1")
    assert home.values().get("brightness") != 41
    assert lamp.ask(UP, {"method": "get_status", "clientToken": "g"})["code"] == 0
    fault(lamp, errors={"report": None, "*": 500})
    event = {"method": "event_post", "eventId": "low_voltage", "clientToken": "e"}
    assert lamp.ask("$thing/up/event", event)["method"] == "event_reply"
    lamp.publish(UP, {"code": 0, "clientToken": "x"})  # an answer, which is never answered
    lamp.publish(UP, {"method": "control_reply", "code": 0, "clientToken": "x"})
    assert lamp.packets() == []


async def test_connections_are_refused(home: Home, broker: Broker) -> None:
    home.emulator.devices.set_link(home.device_id, {"refuse": True})
    assert Firmware(broker, home.device_id).connect() == 3
    assert "A fault refuses its connections" in said(home, "refused")
    home.emulator.devices.set_link(home.device_id, {})
    assert Firmware(broker, home.device_id).connect() == 0


@pytest.mark.parametrize(
    "faults",
    [{"loss": 2}, {"loss": True}, {"delay_ms": -1}, {"delay_ms": 0.5}, {"duplicate": "all"}, {"refuse": 1},
     {"errors": []}, {"errors": {"report": 0}}, {"errors": {"report": "500"}}],
)  # fmt: skip
async def test_faults_that_cannot_be_change_nothing(home: Home, faults: dict[str, Any]) -> None:
    devices = home.emulator.devices
    devices.set_link(home.device_id, {"loss": 0.5})
    with pytest.raises(SettingsError):
        devices.set_link(home.device_id, {"duplicate": 0.1, **faults})
    assert devices.link(home.device_id) == {"loss": 0.5}


async def test_a_cut_by_hand_makes_it_offline(home: Home, lamp: Firmware) -> None:
    from devkit.cloud.seed import Seed
    from devkit.transport.acts import ACTS
    from devkit.transport.local import LocalBench

    bench = LocalBench(home.emulator, Seed.__new__(Seed))
    for name, words in (("cut", "A fault cut it"), ("takeover", "took over, by a fault")):
        await ACTS["mqtt_fault"].perform(bench, lamp.id, {name: True, "delay_ms": 0})
        assert lamp.wire.closed
        assert words in said(home, "closed")
        lamp = Firmware(lamp.broker, lamp.id).start()
