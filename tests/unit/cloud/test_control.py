"""Control, actions and what devices make of them."""

import asyncio
import json
from typing import Any

import pytest

from devkit.cloud import ActionFailedError, VirtualDevice
from devkit.errors import CloudApiError, DeviceNotFoundError, PropertyValueError
from tests.helpers.home import Home, shape, take


async def test_the_answer_comes_first_then_the_control_then_the_report(home: Home) -> None:
    pushes = home.subscribe()
    answer = await home.lamp("AppControlDeviceData", Data={"power": 1, "brightness": 40})
    assert answer == {"Data": ""}
    assert pushes.backlog == 0
    values = {"power": 1, "brightness": 40}
    assert await take(pushes, 2) == [("Property", "Push", values), ("Property", "Report", values)]
    assert home.values()["brightness"] == 40


async def test_controls_are_reported_in_their_order(home: Home) -> None:
    pushes = home.subscribe()
    for number in range(100):
        await home.lamp("AppControlDeviceData", Data={"brightness": number})
    seen = await take(pushes, 200)
    assert [params["brightness"] for _, kind, params in seen if kind == "Push"] == list(range(100))
    assert [params["brightness"] for _, kind, params in seen if kind == "Report"] == list(range(100))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('{"brightness":101}', "brightness must be a whole number from 0 to 100, not 101."),
        ('{"cleaned":1}', "cleaned is read-only"),
        ('{"colour":1}', "Did you mean color?"),
        ("[1]", "Data must be the JSON text of an object"),
        ("{", "Data must be a JSON text"),
        ('{"brightness":NaN}', "Data must be a JSON text"),
    ],
)
async def test_values_that_do_not_fit_change_nothing(home: Home, data: str, text: str) -> None:
    before = home.values()
    with pytest.raises(CloudApiError) as caught:
        await home.lamp("AppControlDeviceData", Data=data)
    assert caught.value.code == "InvalidParameterValue"
    assert text in caught.value.message
    assert home.values() == before


async def test_an_offline_device_refuses_control_and_its_actions_are_unreachable(home: Home) -> None:
    pushes = home.subscribe()
    device = home.emulator.devices.device(home.device_id)
    await device.set_online(online=False)
    await device.set_online(online=False)
    refused = await home.code("AppControlDeviceData", DeviceId=home.device_id, Data={"power": 1})
    assert refused == "FailedOperation.DeviceOffline"
    answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink")
    assert answer["Status"] == "FailedOperation.ActionUnreachable"
    statuses = await home.call("AppGetDeviceStatuses", DeviceIds=[home.device_id])
    assert [row["Online"] for row in statuses["DeviceStatuses"]] == [0]
    await device.set_online(online=True)
    assert await take(pushes, 2) == [("StatusChange", "Offline", None), ("StatusChange", "Online", None)]
    assert pushes.backlog == 0


async def test_an_action_answers_and_is_pushed_both_ways(home: Home) -> None:
    pushes = home.subscribe()
    answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink", InputParams={"times": 3})
    assert answer["Status"] == "succ"
    assert json.loads(answer["OutputParams"]) == {"result": 0}
    down, up = [await anext(pushes) for _ in range(2)]
    assert (down.type, down.sub_type, down.payload["params"]) == ("Action", "Push", {"times": 3})
    assert (up.type, up.sub_type, up.payload["response"]) == ("Action", "Report", {"result": 0})
    assert down.payload["clientToken"] == up.payload["clientToken"] == answer["ClientToken"]


async def test_an_async_action_answers_at_once(home: Home) -> None:
    pushes = home.subscribe()
    answer = await home.lamp("AppCallDeviceActionAsync", ActionId="blink", InputParams={"times": 1})
    assert answer["Status"] == "Sent"
    assert [kind for _, kind, _ in await take(pushes, 2)] == ["Push", "Report"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"ActionId": "dance"}, "InvalidParameterValue"),
        ({"ActionId": "blink", "InputParams": {"times": 99}}, "InvalidParameterValue"),
        ({}, "InvalidParameterValue"),
    ],
)
async def test_actions_are_checked_against_the_thing_model(home: Home, params: Any, code: str) -> None:
    assert await home.code("AppCallDeviceActionSync", DeviceId=home.device_id, **params) == code


class Stubborn(VirtualDevice):
    """A lamp that dims what it is told and fails its action."""

    async def on_control(self, values: dict[str, Any]) -> None:
        await self.report({**values, "brightness": values["brightness"] // 2})

    async def on_action(self, action_id: str, params: dict[str, Any]) -> dict[str, Any]:
        raise ActionFailedError("out of oil", code=7)


async def test_a_scripted_device_decides(home: Home) -> None:
    home.emulator.devices.script(home.device_id, Stubborn)
    pushes = home.subscribe()
    await home.lamp("AppControlDeviceData", Data={"brightness": 80})
    assert await take(pushes, 2) == [
        ("Property", "Push", {"brightness": 80}),
        ("Property", "Report", {"brightness": 40}),
    ]
    answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink")
    assert answer["Status"] == "out of oil"


class Broken(VirtualDevice):
    """A script with a bug in every handler."""

    async def on_control(self, values: dict[str, Any]) -> None:
        if values.get("power"):
            raise ZeroDivisionError("a bug")
        await self.report({"brightness": 1000})

    async def on_action(self, action_id: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"result": "maybe"}


async def test_a_broken_script_is_told_and_goes_on(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.emulator.devices.script(home.device_id, Broken)
    await home.lamp("AppControlDeviceData", Data={"power": 1})
    await home.lamp("AppControlDeviceData", Data={"power": 0})
    answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink")
    assert 'result must be 0 (no) or 1 (yes), not "maybe"' in answer["Status"]
    errors = [data["message"] for kind, data in home.heard if kind == "device" and data["act"] == "error"]
    assert errors[0] == "ZeroDivisionError: a bug"
    assert "brightness must be" in errors[1]
    assert "a bug" in caplog.text


class Sleeper(VirtualDevice):
    """A device that never answers."""

    async def on_action(self, action_id: str, params: dict[str, Any]) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}


async def test_an_action_that_never_ends_is_unreachable(home: Home) -> None:
    object.__setattr__(home.emulator.limits, "action_s", 0.01)
    home.emulator.devices.script(home.device_id, Sleeper)
    answer = await home.lamp("AppCallDeviceActionSync", ActionId="blink")
    assert answer["Status"] == "FailedOperation.ActionUnreachable"


class Ticker(VirtualDevice):
    """A device that counts."""

    tick_ms = 1000

    async def on_start(self) -> None:
        await self.report({"brightness": 0})

    async def on_tick(self) -> None:
        await self.report({"brightness": self.properties["brightness"] + 1})


async def test_ticks_follow_the_clock_and_stop_while_offline(home: Home) -> None:
    device = home.emulator.devices.script(home.device_id, Ticker)
    await home.settle(3500)
    assert home.values()["brightness"] == 3
    await device.set_online(online=False)
    await home.settle(5000)
    assert home.values()["brightness"] == 3


async def test_a_device_reports_what_fits_only(home: Home) -> None:
    device = home.emulator.devices.device(home.device_id)
    pushes = home.subscribe()
    with pytest.raises(PropertyValueError):
        await device.report({"power": 1, "brightness": -1})
    assert home.values()["power"] == 0
    await device.report({"cleaned": 1750000000})
    await device.post_event("low_voltage", {"voltage": 2.5})
    report, event = [await anext(pushes) for _ in range(2)]
    assert shape(report) == ("Property", "Report", {"cleaned": 1750000000})
    assert event.payload["eventId"] == "low_voltage"
    with pytest.raises(DeviceNotFoundError, match="no device K7M2QX9D4A/none"):
        await home.emulator.devices.device("K7M2QX9D4A/none").report({"power": 1})


async def test_a_share_is_enough_to_control_but_a_stranger_is_refused(home: Home) -> None:
    control = {"DeviceId": home.device_id, "Data": {"power": 1}}
    assert await home.code("AppControlDeviceData", as_="stranger", **control) == "InvalidParameterValue"
    token = (await home.lamp("AppCreateShareDeviceToken"))["ShareDeviceToken"]
    await home.lamp("AppBindUserShareDevice", as_="stranger", ShareDeviceToken=token)
    assert await home.code("AppControlDeviceData", as_="stranger", **control) == ""


async def test_pushes_wait_for_slow_readers_and_end_with_the_emulator(home: Home) -> None:
    pushes = home.subscribe()
    device = home.emulator.devices.device(home.device_id)
    for number in range(10_000):
        await device.report({"brightness": number % 100})
    await home.settle()
    assert pushes.backlog == 10_000
    await home.emulator.aclose()
    assert len(await take(pushes, 10_000)) == 10_000
    assert not home.emulator.pushes.topics
