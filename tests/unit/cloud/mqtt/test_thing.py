"""Properties, events and actions of connected firmware, and the traps of the SDKs."""

import asyncio
import json
from typing import Any

import pytest

from devkit.cloud.devices.device import VirtualDevice
from devkit.cloud.devices.mqtt.broker import Broker
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home, take
from tests.unit.cloud.mqtt.conftest import said

UP, DOWN = "$thing/up/property", "$thing/down/property"


async def control(home: Home, lamp: Firmware, **values: Any) -> dict[str, Any]:
    """Control the lamp as a panel does; return what the firmware gets."""
    await home.lamp("AppControlDeviceData", Data=values)
    await home.emulator.devices.idle()
    ((topic, message),) = list(lamp.messages())
    assert topic == DOWN
    return message


async def test_a_control_goes_to_the_firmware_and_its_report_is_the_truth(home: Home, lamp: Firmware) -> None:
    before, pushes = home.values(), home.subscribe()
    message = await control(home, lamp, brightness=70)
    assert message["method"] == "control"
    assert message["params"] == {"brightness": 70}
    assert home.values() == before
    lamp.publish(UP, {"method": "control_reply", "clientToken": message["clientToken"], "code": 0})
    assert list(lamp.messages()) == []
    reply = lamp.ask(UP, {"method": "report", "clientToken": "P-1", "params": {"brightness": 69}})
    assert reply == {"method": "report_reply", "clientToken": "P-1", "code": 0, "status": "success"}
    assert home.values()["brightness"] == 69
    assert (await take(pushes, 2))[1] == ("Property", "Report", {"brightness": 69})
    answered = [data for kind, data in home.heard if kind == "mqtt" and data.get("ms") is not None]
    assert answered[0]["words"] == "answers a control: done"


async def test_a_message_without_a_method_is_never_answered(home: Home, lamp: Firmware) -> None:
    message = await control(home, lamp, power=1)
    lamp.publish(UP, {"code": 0, "clientToken": message["clientToken"]})
    lamp.publish(UP, {"code": 0, "clientToken": "of nobody"})
    lamp.publish(UP, {"clientToken": "x"})
    lamp.publish(UP, {"method": "invented", "clientToken": "x"})
    assert list(lamp.messages()) == []
    assert "'invented'" in said(home, "refused")


@pytest.mark.parametrize(
    "params", [{"brightness": 101}, {"brightness": "1"}, {"nope": 1}, {"power": 2}, [], None, "x"]
)
async def test_values_outside_the_model_are_refused_and_the_device_goes_on(
    home: Home, lamp: Firmware, params: Any
) -> None:
    before = home.values()
    reply = lamp.ask(UP, {"method": "report", "clientToken": "P-1", "params": params})
    assert (reply["method"], reply["clientToken"]) == ("report_reply", "P-1")
    assert reply["code"] != 0
    assert reply["status"]
    assert home.values() == before
    assert "does not fit the thing model" in said(home, "refused")
    assert lamp.ask(UP, {"method": "report", "clientToken": "P-2", "params": {"power": 1}})["code"] == 0


async def test_get_status_has_reported_and_the_control_that_was_not_confirmed(
    home: Home, lamp: Firmware
) -> None:
    await control(home, lamp, brightness=70, power=1)
    lamp.publish(UP, {"method": "report", "clientToken": "P-1", "params": {"power": 1}})
    lamp.packets()
    again = Firmware(lamp.broker, lamp.id).start()
    reply = again.ask(UP, {"method": "get_status", "clientToken": "P-2"})
    assert reply["data"]["reported"]["power"] == 1
    assert reply["data"]["control"] == {"brightness": 70}
    cleared = again.ask(UP, {"method": "clear_control", "clientToken": "P-2"})
    assert cleared["method"] == "clear_control_reply"
    reply = again.ask(UP, {"method": "get_status", "clientToken": "P-3", "type": "report", "showmeta": 0})
    assert reply["type"] == "report"
    assert "control" not in reply["data"]


async def test_the_token_comes_back_as_it_was(lamp: Firmware) -> None:
    for token in ("", "床头灯-1", 17, None, {"a": [1]}):
        assert lamp.ask(UP, {"method": "get_status", "clientToken": token})["clientToken"] == token
    assert "clientToken" not in lamp.ask(UP, {"method": "get_status"})


async def test_report_info_is_kept(home: Home, lamp: Firmware) -> None:
    info = {"fw_ver": "2.3.4", "device_label": {"append_info": "x"}}
    assert lamp.ask(UP, {"method": "report_info", "clientToken": "1", "params": info})["code"] == 0
    assert (await home.lamp("AppCheckFirmwareUpdate", ProductId="K7M2QX9D4A", DeviceName="lamp01"))[
        "CurrentVersion"
    ] == "2.3.4"
    assert lamp.ask(UP, {"method": "report_info", "clientToken": "1", "params": 3})["code"] != 0


LOW = {"eventId": "low_voltage", "type": "alert", "timestamp": 0, "params": {"voltage": 3.1}}


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"method": "event_post", **LOW}, "event_reply"),
        ({"method": "event_post", "events": [LOW]}, "event_reply"),
        ({"method": "events_post", "events": [LOW]}, "events_reply"),
    ],
)
async def test_events_come_flat_and_in_lists(
    home: Home, lamp: Firmware, message: dict[str, Any], answer: str
) -> None:
    pushes = home.subscribe()
    reply = lamp.ask("$thing/up/event", {"clientToken": "P-9", **message})
    assert reply == {
        "method": answer, "clientToken": "P-9", "code": 0, "status": "", "version": "1.0", "data": {},
    }  # fmt: skip
    assert await take(pushes, 1) == [("Event", "Report", {"voltage": 3.1})]


@pytest.mark.parametrize("event", [{"eventId": "none"}, {"eventId": 3}, {**LOW, "params": {"voltage": 99}}])
async def test_events_outside_the_model_are_refused(lamp: Firmware, event: dict[str, Any]) -> None:
    message = {"method": "event_post", "clientToken": "1", **event}
    assert lamp.ask("$thing/up/event", message)["code"] != 0


async def start_action(home: Home, lamp: Firmware) -> tuple[asyncio.Future[dict[str, Any]], dict[str, Any]]:
    asked = asyncio.ensure_future(
        home.lamp("AppCallDeviceActionSync", ActionId="blink", InputParams={"times": 2})
    )
    found: list[tuple[str, dict[str, Any]]] = []
    while not found:
        await asyncio.sleep(0)
        found = list(lamp.messages())
    return asked, found[0][1]


async def test_an_action_is_performed_by_the_firmware(home: Home, lamp: Firmware) -> None:
    asked, message = await start_action(home, lamp)
    assert message["params"] == {"times": 2}
    assert message["timestamp"] == home.clock.now_ms() // 1000
    reply = {"method": "action_reply", "clientToken": message["clientToken"], "code": 0}
    lamp.publish("$thing/up/action", {**reply, "clientToken": "wrong", "response": {"result": 0}})
    lamp.publish("$thing/up/action", {**reply, "status": "ok", "response": {"result": 1}})
    answer = await asked
    assert json.loads(answer["OutputParams"]) == {"result": 1}
    assert "for which nobody waits" in said(home, "refused")


async def test_an_action_ends_when_the_device_drops(home: Home, lamp: Firmware) -> None:
    asked, _ = await start_action(home, lamp)
    lamp.connection.connection_lost(None)
    assert (await asked)["Status"] == "FailedOperation.ActionUnreachable"


class Dimmer(VirtualDevice):
    async def on_control(self, values: dict[str, Any]) -> None:
        await self.report({**values, "title": "python"})


async def test_the_python_class_rests_while_the_firmware_is_there(home: Home, broker: Broker) -> None:
    home.emulator.devices.script(home.device_id, Dimmer)
    lamp = Firmware(broker, home.device_id).start()
    await control(home, lamp, power=1)
    assert home.values()["title"] == ""
    pushes = home.subscribe()
    lamp.connection.connection_lost(None)
    assert await take(pushes, 1) == [("StatusChange", "Offline", None)]
    await home.emulator.devices.device(home.device_id).set_online(online=True)
    await home.lamp("AppControlDeviceData", Data={"power": 0})
    await home.emulator.devices.idle()
    assert home.values()["title"] == "python"


async def test_a_control_to_firmware_that_does_not_listen_is_told(home: Home, broker: Broker) -> None:
    firmware = Firmware(broker, home.device_id)
    assert firmware.connect() == 0
    await home.lamp("AppControlDeviceData", Data={"power": 1})
    await home.emulator.devices.idle()
    assert "not subscribed to $thing/down/property" in said(home, "warning")
    assert list(firmware.messages()) == []


async def test_the_time_comes_in_all_four_fields(home: Home, lamp: Firmware) -> None:
    lamp.subscribe("$sys/operation/result")
    now = home.clock.now_ms()
    assert lamp.ask("$sys/operation", {"type": "get", "resource": ["time"]}) == {
        "type": "get", "time": now // 1000, "ntptime1": now, "ntptime2": now,
    }  # fmt: skip


async def test_log_level(lamp: Firmware) -> None:
    lamp.subscribe("$log/operation/result")
    reply = lamp.ask("$log/operation", {"type": "get_log_level", "clientToken": "t"})
    assert (reply["clientToken"], reply["log_level"]) == ("t", 0)
