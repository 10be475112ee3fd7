"""What every transport keeps to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devkit.cloud.push.changes import DeviceChange
from devkit.errors import CloudApiError, TransportTimeoutError
from devkit.transport.base import Push
from tests.contract.transport.conftest import Case
from tests.helpers.pushes import pushes_of


async def control(case: Case, **values: Any) -> dict[str, Any]:
    params = {"DeviceId": case.home.device_id, "Data": json.dumps(values)}
    return await case.transport.call("AppControlDeviceData", params)


def params_of(push: Push) -> Any:
    return push.payload["params"]


async def test_an_answer_holds_its_fields_and_a_request_id(case: Case) -> None:
    answer = await case.transport.call("AppGetUser", {})
    assert answer["Data"]["NickName"] == "小美"
    assert answer["RequestId"]
    answer = await case.transport.call("AppGetFamilyList", {"RequestId": "r-1", "Offset": 0, "Limit": 100})
    assert (answer["RequestId"], answer["Total"]) == ("r-1", 1)


@pytest.mark.parametrize(
    ("action", "params", "code", "text"),
    [
        ("AppControlDeviceData", {"DeviceId": "a/b", "Data": "{}"}, "InvalidParameterValue", "no device a/b"),
        ("AppNothing", {}, "InvalidAction", "no action 'AppNothing'"),
        ("AppGetUser", {"AccessToken": "x"}, "InvalidParameterValue.InvalidAccessToken", "expired"),
        ("AppGetRoomList", {"FamilyId": 1.5}, "InvalidParameterValue", "FamilyId must be a text"),
    ],
)
async def test_refusals_arrive_with_code_text_and_request_id(
    case: Case, action: str, params: dict[str, Any], code: str, text: str
) -> None:
    with pytest.raises(CloudApiError) as caught:
        await case.transport.call(action, {"RequestId": "r-9", **params})
    assert (caught.value.code, caught.value.request_id) == (code, "r-9")
    assert text in caught.value.message


async def test_control_and_report_are_pushed_in_order(case: Case) -> None:
    pushes = pushes_of(case.transport, [case.home.device_id])
    for number in range(50):
        await control(case, brightness=number)
    seen = [await anext(pushes) for _ in range(100)]
    assert [params_of(push) for push in seen if push.sub_type == "Push"] == [
        {"brightness": number} for number in range(50)
    ]
    assert [params_of(push) for push in seen if push.sub_type == "Report"] == [
        {"brightness": number} for number in range(50)
    ]
    assert {push.device_id for push in seen} == {case.home.device_id}
    assert abs(seen[0].time - case.home.clock.now_ms()) < 1000


async def test_two_readers_each_get_everything(case: Case) -> None:
    first, second = (pushes_of(case.transport, [case.home.device_id]) for _ in range(2))
    await control(case, power=1, title="温度 & 湿度")
    for pushes in (first, second):
        seen = [await anext(pushes) for _ in range(2)]
        assert [params_of(push)["title"] for push in seen] == ["温度 & 湿度"] * 2


async def test_only_what_was_asked_for_is_pushed(case: Case) -> None:
    nothing = pushes_of(case.transport, [])
    pushes = pushes_of(case.transport, [case.home.device_id])
    await control(case, power=1)
    await anext(pushes)
    assert nothing.backlog == 0


async def test_status_changes_and_events_are_pushed(case: Case) -> None:
    pushes = pushes_of(case.transport, [case.home.device_id])
    await case.transport.call("AppGetUser", {})
    device = case.home.emulator.devices.device(case.home.device_id)
    await device.set_online(online=False)
    await device.post_event("low_voltage", {"voltage": 2.5})
    status, event = [await anext(pushes) for _ in range(2)]
    assert (status.type, status.sub_type, status.payload) == ("StatusChange", "Offline", None)
    assert (event.type, event.payload["eventId"]) == ("Event", "low_voltage")


async def test_many_reports_arrive_complete_and_in_order(case: Case) -> None:
    pushes = pushes_of(case.transport, [case.home.device_id])
    await case.transport.call("AppGetUser", {})
    device = case.home.emulator.devices.device(case.home.device_id)
    for number in range(2000):
        await device.report({"brightness": number % 100})
    seen = [params_of(await anext(pushes))["brightness"] for _ in range(2000)]
    assert seen == [number % 100 for number in range(2000)]


async def test_actions_wait_for_the_device(case: Case) -> None:
    answer = await case.transport.call(
        "AppCallDeviceActionSync", {"DeviceId": case.home.device_id, "ActionId": "blink"}
    )
    assert (answer["Status"], answer["OutputParams"]) == ("succ", '{"result":0}')


async def test_a_subscription_that_is_closed_brings_nothing_more(case: Case) -> None:
    closed, pushes = (pushes_of(case.transport, [case.home.device_id]) for _ in range(2))
    await control(case, power=1)
    seen = [[await anext(each) for _ in range(2)] for each in (closed, pushes)]
    assert seen[0] == seen[1]
    closed.subscription.close()
    await control(case, power=0)
    for _ in range(2):
        await anext(pushes)
    assert closed.backlog == 0


async def test_closing_ends_the_subscriptions(case: Case) -> None:
    pushes = pushes_of(case.transport, [case.home.device_id])
    await case.transport.call("AppGetUser", {})
    await case.transport.aclose()
    case.home.emulator.publish(DeviceChange(case.home.device_id, "Property", "Report", 1, {"params": {}}))
    assert pushes.backlog == 0
    pushes.subscription.close()


async def test_faults_reach_the_caller(case: Case) -> None:
    case.home.emulator.faults.set({"errors": {"AppGetUser": {"code": "InternalError", "msg": "down"}}})
    with pytest.raises(CloudApiError, match="down"):
        await case.transport.call("AppGetUser", {})
    case.home.emulator.faults.set({})
    assert (await case.transport.call("AppGetUser", {}))["Data"]


async def test_a_dropped_call_fails_soon(case: Case) -> None:
    case.home.emulator.faults.set({"drop": 1.0})
    with pytest.raises(TransportTimeoutError):
        await case.transport.call("AppGetUser", {})
