"""Timers, scenes and automations on a clock that stands still."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.cloud.api.wire import CHINA
from devkit.cloud.rules.schedule import is_effective, next_moment, read_time
from tests.helpers.home import Home

MINUTE = 60_000
DAY = 86_400_000


def at(text: str) -> int:
    """Return the ms of a moment in China."""
    return round(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


async def until(home: Home, text: str) -> None:
    await home.settle(at(text) - home.clock.now_ms())


def action(**values: Any) -> dict[str, Any]:
    import json

    return {"ActionType": 0, "ProductId": "K7M2QX9D4A", "DeviceName": "lamp01", "Data": json.dumps(values)}


@pytest.mark.parametrize(
    ("days", "time", "now", "expected"),
    [
        ("1111111", "06:30", "2025-06-15 06:29", "2025-06-15 06:30"),
        ("1111111", "06:30", "2025-06-15 06:30", "2025-06-16 06:30"),
        ("1000000", "06:30", "2025-06-15 06:30", "2025-06-22 06:30"),  # a Sunday
        ("0111110", "00:00", "2025-06-13 12:00", "2025-06-16 00:00"),  # from Friday over the weekend
        ("0000000", "23:59", "2025-06-15 23:59", "2025-06-16 23:59"),
    ],
)
def test_next_moment(days: str, time: str, now: str, expected: str) -> None:
    assert next_moment(days, time, at(now)) == at(expected)


@given(
    st.integers(0, 10**11),
    st.from_regex(r"[01]{7}", fullmatch=True),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_the_next_moment_is_later_and_within_a_week(now: int, days: str, hour: int, minute: int) -> None:
    moment = next_moment(days, f"{hour:02d}:{minute:02d}", now)
    assert now < moment <= now + 7 * DAY
    shown = datetime.fromtimestamp(moment / 1000, CHINA)
    assert (shown.hour, shown.minute) == (hour, minute)
    assert "1" not in days or days[shown.isoweekday() % 7] == "1"


@pytest.mark.parametrize(
    ("begin", "end", "now", "expected"),
    [
        ("08:00", "20:00", "2025-06-15 08:00", True),
        ("08:00", "20:00", "2025-06-15 20:01", False),
        ("22:00", "06:00", "2025-06-15 23:00", True),
        ("22:00", "06:00", "2025-06-16 05:00", True),  # Monday, counted as Sunday's night
        ("22:00", "06:00", "2025-06-15 05:00", False),  # Saturday's night is not set
        ("22:00", "06:00", "2025-06-15 12:00", False),
    ],
)
def test_effective_times_may_reach_over_midnight(begin: str, end: str, now: str, expected: bool) -> None:
    assert is_effective("1000000", begin, end, at(now)) is expected


def test_read_time_refuses_what_is_no_time() -> None:
    assert read_time("9:30") == "09:30"
    for text in ("24:00", "12:60", "noon", "1230", "", "12:30:00"):
        with pytest.raises(ValueError, match="HH:MM"):
            read_time(text)


async def test_a_timer_fires_once_or_on_its_days(home: Home) -> None:
    await until(home, "2025-06-16 06:00")
    once = {"TimerName": "once", "Days": "0000000", "TimePoint": "6:30", "Repeat": 0}
    daily = {"TimerName": "daily", "Days": "0111110", "TimePoint": "07:00", "Repeat": 1}
    await home.lamp("AppCreateTimer", Data={"brightness": 30}, **once)
    await home.lamp("AppCreateTimer", Data={"brightness": 70}, **daily)
    await until(home, "2025-06-16 06:29")
    assert home.values()["brightness"] == 1
    await until(home, "2025-06-16 06:31")
    assert home.values()["brightness"] == 30
    await until(home, "2025-06-16 07:01")
    assert home.values()["brightness"] == 70
    timers = (await home.lamp("AppGetTimerList"))["TimerList"]
    assert [(row["TimerName"], row["TimePoint"], row["Status"]) for row in timers] == [
        ("once", "06:30", 0),
        ("daily", "07:00", 1),
    ]
    await home.emulator.devices.device(home.device_id).report({"brightness": 5})
    await until(home, "2025-06-17 07:01")
    assert home.values()["brightness"] == 70


async def test_a_timer_can_be_moved_switched_off_and_deleted(home: Home) -> None:
    await until(home, "2025-06-16 06:00")
    base = {"TimerName": "t", "Days": "1111111", "Repeat": 1, "Data": {"brightness": 30}}
    timer = (await home.lamp("AppCreateTimer", TimePoint="06:30", **base))["Data"]["TimerId"]
    await home.lamp("AppModifyTimer", TimerId=timer, TimePoint="08:00", **base)
    await home.lamp("AppModifyTimerStatus", TimerId=timer, Status=0)
    await until(home, "2025-06-16 09:00")
    assert home.values()["brightness"] == 1
    await home.lamp("AppModifyTimerStatus", TimerId=timer, Status=1)
    await until(home, "2025-06-17 08:01")
    assert home.values()["brightness"] == 30
    await home.lamp("AppDeleteTimer", TimerId=timer)
    assert (await home.lamp("AppGetTimerList"))["Total"] == 0
    assert await home.code("AppDeleteTimer", DeviceId=home.device_id, TimerId=timer)


@pytest.mark.parametrize(
    "change",
    [
        {"Days": "123"},
        {"TimePoint": "25:00"},
        {"Repeat": 2},
        {"Data": {"brightness": 999}},
        {"TimerName": None},
    ],
)
async def test_a_timer_that_cannot_work_is_refused(home: Home, change: dict[str, Any]) -> None:
    good = {"TimerName": "t", "Days": "1111111", "TimePoint": "06:00", "Repeat": 1, "Data": {"power": 1}}
    assert await home.code("AppCreateTimer", DeviceId=home.device_id, **{**good, **change})
    assert (await home.lamp("AppGetTimerList"))["Total"] == 0


async def test_a_scene_runs_its_actions_with_delays(home: Home) -> None:
    base = {"SceneName": "movie", "SceneIcon": "i"}
    actions = [action(brightness=25), {"ActionType": 1, "Data": "100"}, action(brightness=50)]
    scene = await home.call("AppCreateScene", FamilyId=home.family_id, Actions=actions, **base)
    await home.call("AppRunScene", **scene)
    await home.settle(99_000)
    assert home.values()["brightness"] == 25
    listed = (await home.call("AppGetSceneList", FamilyId=home.family_id))["SceneList"][0]
    assert (listed["Status"], listed["Flag"], listed["Actions"][0]["AliasName"]) == (1, 0, "床头灯")
    for busy in ("AppRunScene", "AppDeleteScene"):
        assert await home.code(busy, **scene) == "UnsupportedOperation.SceneRuninProgress"
    await home.settle(2000)
    assert home.values()["brightness"] == 50
    assert await home.code("AppDeleteScene", **scene) == ""


async def test_scenes_start_scenes_and_notify_but_never_for_ever(home: Home) -> None:
    base = {"FamilyId": home.family_id, "SceneIcon": "i"}
    first = await home.call("AppCreateScene", SceneName="a", Actions=[action(power=1)], **base)
    loop = {"ActionType": 2, "Data": first["SceneId"]}
    notice = {"ActionType": 3, "Data": "film starts"}
    second = await home.call("AppCreateScene", SceneName="b", Actions=[loop, notice], **base)
    back = {"ActionType": 2, "Data": second["SceneId"]}
    await home.call("AppModifyScene", SceneName="a", SceneIcon="i", Actions=[action(power=1), back], **first)
    await home.call("AppRunScene", **second)
    await home.settle(1000)
    messages = (await home.call("AppGetMessages", Category=1, Limit=50))["Data"]["Msgs"]
    assert {message["MsgContent"] for message in messages} == {"film starts"}
    assert len(messages) < 10
    assert home.values()["power"] == 1


async def test_a_scene_is_flagged_when_its_device_is_gone(home: Home) -> None:
    base = {"SceneName": "movie", "SceneIcon": "i", "FamilyId": home.family_id}
    await home.call("AppCreateScene", Actions=[action(brightness=25)], **base)
    await home.lamp("AppDeleteDeviceInFamily", FamilyId=home.family_id)
    listed = (await home.call("AppGetSceneList", FamilyId=home.family_id))["SceneList"]
    assert listed[0]["Flag"] == 1
