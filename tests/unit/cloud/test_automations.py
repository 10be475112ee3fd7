"""Automations: conditions, effective times and what they trigger."""

import json
from typing import Any

import pytest

from tests.helpers.home import Home
from tests.unit.cloud.test_rules import action, until


def when(property_id: str, operator: str, value: Any, name: str = "c1") -> dict[str, Any]:
    place = {"ProductId": "K7M2QX9D4A", "DeviceName": "lamp01"}
    return {
        "CondId": name,
        "CondType": 0,
        "Property": {**place, "PropertyId": property_id, "Op": operator, "Value": value},
    }


def clock(time: str, days: str = "1111111", name: str = "c2") -> dict[str, Any]:
    return {"CondId": name, "CondType": 1, "Timer": {"Days": days, "TimePoint": time}}


async def create(home: Home, conditions: list[Any], actions: list[Any], **changes: Any) -> str:
    base: dict[str, Any] = {
        "FamilyId": home.family_id,
        "Icon": "i",
        "Name": "evening",
        "Status": 1,
        "MatchType": 1,
        "EffectiveBeginTime": "00:00",
        "EffectiveEndTime": "23:59",
        "EffectiveDays": "1111111",
    }
    answer = await home.call(
        "AppCreateAutomation", **{**base, "Conditions": conditions, "Actions": actions, **changes}
    )
    return str(answer["AutomationId"])


async def report(home: Home, **values: Any) -> None:
    await home.emulator.devices.device(home.device_id).report(values)
    await home.settle(2000)


async def test_a_report_that_makes_a_condition_true_triggers_once(home: Home) -> None:
    await create(home, [when("brightness", "gt", 50)], [action(color=2), {"ActionType": 3, "Data": "bright"}])
    await report(home, brightness=50)
    assert home.values()["color"] == 0
    await report(home, brightness=60)
    assert home.values()["color"] == 2
    await report(home, brightness=70)
    messages = (await home.call("AppGetMessages", Category=1, Limit=10))["Data"]["Msgs"]
    assert [message["MsgContent"] for message in messages] == ["bright"]


@pytest.mark.parametrize(
    ("operator", "value", "hits"),
    [
        ("eq", 50, [50]),
        ("equal", "50", [50]),
        ("ne", 50, [49, 51]),
        ("gt", 50, [51]),
        ("lt", 50, [49]),
        ("ge", 50, [50, 51]),
        ("le", 50, [49, 50]),
    ],
)
async def test_operators(home: Home, operator: str, value: Any, hits: list[int]) -> None:
    await create(home, [when("brightness", operator, value)], [{"ActionType": 3, "Data": "hit"}])
    found = []
    for number in (49, 50, 51):
        with home.emulator.work() as work:
            work.tx.remove("properties", home.device_id, "brightness")
        before = len((await home.call("AppGetMessages", Category=1, Limit=99))["Data"]["Msgs"])
        await report(home, brightness=number)
        after = len((await home.call("AppGetMessages", Category=1, Limit=99))["Data"]["Msgs"])
        found += [number] * (after - before)
    assert found == hits


async def test_all_conditions_must_hold_for_and(home: Home) -> None:
    conditions = [when("brightness", "gt", 50), when("power", "eq", 1, "c9")]
    await create(home, conditions, [action(color=2)], MatchType=0)
    await report(home, brightness=60)
    assert home.values()["color"] == 0
    await report(home, power=1)
    assert home.values()["color"] == 2


async def test_a_time_triggers_and_joins_with_properties(home: Home) -> None:
    await until(home, "2025-06-16 08:00")
    conditions = [clock("09:30"), when("power", "eq", 1)]
    await create(home, conditions, [action(brightness=77)], MatchType=0)
    await until(home, "2025-06-16 09:31")
    assert home.values()["brightness"] == 1
    await report(home, power=1)
    assert home.values()["brightness"] == 1
    await until(home, "2025-06-17 09:31")
    assert home.values()["brightness"] == 77


async def test_outside_its_effective_time_nothing_happens(home: Home) -> None:
    await until(home, "2025-06-16 12:00")
    window = {"EffectiveBeginTime": "18:00", "EffectiveEndTime": "20:00"}
    await create(home, [when("power", "eq", 1)], [action(color=1)], **window)
    await report(home, power=1)
    assert home.values()["color"] == 0
    await report(home, power=0)
    await until(home, "2025-06-16 19:00")
    await report(home, power=1)
    assert home.values()["color"] == 1


async def test_switched_off_changed_and_deleted(home: Home) -> None:
    automation = await create(home, [when("power", "eq", 1)], [action(color=1)])
    await home.call("AppModifyAutomationStatus", AutomationId=automation, Status=0)
    await report(home, power=1)
    assert home.values()["color"] == 0
    described = (await home.call("AppDescribeAutomation", AutomationId=automation))["Data"]
    assert described["Conditions"][0]["Property"]["AliasName"] == "床头灯"
    assert json.loads(described["Actions"][0]["Data"]) == {"color": 1}
    described.update(Status=1, Conditions=[when("power", "eq", 0)])
    await home.call("AppModifyAutomation", **described)
    await report(home, power=0)
    assert home.values()["color"] == 1
    assert len((await home.call("AppGetAutomationList", FamilyId=home.family_id))["List"]) == 1
    await home.call("AppDeleteAutomation", AutomationId=automation)
    assert await home.code("AppDescribeAutomation", AutomationId=automation) == "InvalidParameterValue"


async def test_two_automations_that_undo_each_other_do_not_spin(home: Home) -> None:
    await create(home, [when("power", "eq", 1)], [action(power=0)])
    await create(home, [when("power", "eq", 0)], [action(power=1)])
    await report(home, power=1)
    with home.emulator.work() as work:
        assert work.tx.count("history", {"device_id": home.device_id, "field": "power"}) < 10


@pytest.mark.parametrize(
    "change",
    [
        {"Conditions": []},
        {"Conditions": [when("colour", "eq", 1)]},
        {"Conditions": [when("power", "like", 1)]},
        {"Conditions": [when("power", "eq", [])]},
        {"Conditions": [when("power", "eq", 1), when("power", "eq", 0)]},
        {"Conditions": [clock("25:00")]},
        {"Conditions": [{"CondId": "x", "CondType": 7}]},
        {"Conditions": [{"CondId": "x", "CondType": 0}]},
        {"Actions": []},
        {"Actions": [{"ActionType": 9, "Data": "x"}]},
        {"Actions": [{"ActionType": 1, "Data": "soon"}]},
        {"Actions": [{"ActionType": 2, "Data": "s_none"}]},
        {"Actions": [action(brightness=1000)]},
        {"Actions": [{**action(power=1), "Data": "{"}]},
        {"Actions": [{**action(power=1), "DeviceName": "none"}]},
        {"EffectiveBeginTime": "noon"},
        {"EffectiveDays": "1"},
        {"MatchType": 2},
    ],
)
async def test_an_automation_that_cannot_work_is_refused(home: Home, change: dict[str, Any]) -> None:
    good = {"Conditions": [when("power", "eq", 1)], "Actions": [action(power=0)]}
    rest = {"FamilyId": home.family_id, "Icon": "i", "Name": "n", "Status": 1, "MatchType": 1}
    window = {"EffectiveBeginTime": "00:00", "EffectiveEndTime": "23:59", "EffectiveDays": "1111111"}
    params = {**rest, **window, **good, **change}
    assert await home.code("AppCreateAutomation", **params) == "InvalidParameterValue"
    assert (await home.call("AppGetAutomationList", FamilyId=home.family_id))["List"] == []


async def test_limit_and_permission(home: Home) -> None:
    automation = await create(home, [when("power", "eq", 1)], [action(color=1)])
    refused = "InvalidParameterValue.NoPermission"
    assert await home.code("AppDeleteAutomation", as_="stranger", AutomationId=automation) == refused
    object.__setattr__(home.emulator.limits, "automations", 1)
    params = (await home.call("AppDescribeAutomation", AutomationId=automation))["Data"]
    assert await home.code("AppCreateAutomation", FamilyId=home.family_id, **params) == "LimitExceeded"
