"""Devices without a network, whose controls and actions phones carry over Bluetooth."""

import asyncio
import json
from typing import Any

from devkit.cloud.devices.carried import CarriedDevice
from tests.helpers.home import Home, take


async def act(home: Home) -> asyncio.Future[dict[str, Any]]:
    """Call an action; return once it waits for its answer."""
    device = home.emulator.devices.script(home.device_id, CarriedDevice)
    asked = asyncio.ensure_future(home.lamp("AppCallDeviceActionSync", ActionId="blink", InputParams="{}"))
    assert isinstance(device, CarriedDevice)
    while not device.waiting:
        await asyncio.sleep(0)
    return asked


async def publish(home: Home, **reply: object) -> None:
    """Publish an action's answer in the name of the lamp, as an app does."""
    payload = json.dumps({"method": "action_reply", "clientToken": "phone", **reply})
    await home.lamp("AppPublishMsgAsDevice", Topic=f"$thing/up/action/{home.device_id}", Payload=payload)


async def test_a_control_is_pushed_and_what_became_of_it_is_left_to_the_phone(home: Home) -> None:
    home.emulator.devices.script(home.device_id, CarriedDevice)
    before, pushes = home.values(), home.subscribe()
    await home.lamp("AppControlDeviceData", Data={"power": 1})
    await home.emulator.devices.idle()
    assert home.values() == before
    await home.lamp("AppReportDataAsDevice", Data={"power": 1})
    assert await take(pushes, 2) == [("Property", "Push", {"power": 1}), ("Property", "Report", {"power": 1})]


async def test_an_action_waits_for_the_answer_that_a_phone_publishes(home: Home) -> None:
    pushes = home.subscribe()
    asked = await act(home)
    assert not asked.done()
    await publish(home, code=0, response={})
    answer = await asked
    assert answer["Status"] == "succ"
    assert [kind for _, kind, _ in await take(pushes, 2)] == ["Push", "Report"]


async def test_an_action_that_the_device_refuses_fails_with_its_words(home: Home) -> None:
    asked = await act(home)
    await publish(home, code=3, status="too hot")
    assert (await asked)["Status"] == "too hot"


async def test_an_answer_that_nobody_waits_for_is_passed_on(home: Home) -> None:
    pushes = home.subscribe()
    await publish(home, code=0, response={})
    assert [kind for _, kind, _ in await take(pushes, 1)] == ["Report"]
