"""The machine's clock is put forward or back by an hour while timers, automations and sessions run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from devkit import clock as clock_module
from devkit.clock import SystemClock
from devkit.cloud.api.handlers.homes.users import open_session
from devkit.cloud.limits import Limits
from tests.helpers.home import Home, make_home
from tests.unit.cloud.test_automations import create, when
from tests.unit.cloud.test_rules import action

HOUR_MS = 3_600_000
NOON_MS = 1_750_046_400_000  # 2025-06-16 12:00 in China


class Wall:
    """What the machine says is now."""

    def __init__(self) -> None:
        self.ms = NOON_MS - 1_800_000

    def time_ns(self) -> int:
        return self.ms * 1_000_000


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(clock_module, "time", SimpleNamespace(time_ns=made.time_ns))
    return made


@pytest.fixture
async def home(wall: Wall) -> AsyncIterator[Home]:
    made = make_home(limits=Limits(session_s=5400))
    made.emulator.clock = SystemClock()
    with made.emulator.work() as work:
        made.tokens["owner"], _ = open_session(work, made.users["owner"])
    await made.emulator.start()
    yield made
    await made.emulator.aclose()


async def jump(home: Home, wall: Wall, milliseconds: int) -> None:
    """Set the machine's clock; the rules look at it as they do every half minute."""
    wall.ms += milliseconds
    home.emulator.rules.wake()
    await home.settle()


def runs(home: Home, kind: str) -> int:
    return sum(data.get("act") == kind for _, data in home.heard)


@pytest.mark.parametrize("repeat", [0, 1])
async def test_a_timer_fires_once_over_jumps_of_an_hour(home: Home, wall: Wall, repeat: int) -> None:
    days = "1111111" if repeat else "0000000"
    await home.lamp(
        "AppCreateTimer", TimerName="noon", Days=days, TimePoint="12:00", Repeat=repeat, Data={"power": 1}
    )
    await jump(home, wall, -HOUR_MS)
    assert runs(home, "timer") == 0
    await jump(home, wall, 2 * HOUR_MS)  # over its moment
    assert runs(home, "timer") == 1
    for step in (-HOUR_MS, HOUR_MS, -HOUR_MS, HOUR_MS):  # its moment comes again on the same day
        await jump(home, wall, step)
    assert runs(home, "timer") == 1
    await jump(home, wall, 24 * HOUR_MS)
    assert runs(home, "timer") == 1 + repeat


async def test_an_automation_is_not_quiet_until_a_clock_put_back_has_caught_up(
    home: Home, wall: Wall
) -> None:
    await create(home, [when("brightness", "gt", 50)], [action(color=2)])
    device = home.emulator.devices.device(home.device_id)
    for number, step in enumerate((0, -HOUR_MS, HOUR_MS + 5000), 1):
        await jump(home, wall, step)
        await device.report({"brightness": 60})
        await home.settle()
        assert runs(home, "automation") == number
        await device.report({"brightness": 10})


async def test_sessions_end_at_their_moment_whichever_way_the_clock_went(home: Home, wall: Wall) -> None:
    async def refused() -> bool:
        return bool(await home.code("AppGetUser"))

    for step in (HOUR_MS, -2 * HOUR_MS, HOUR_MS):
        await jump(home, wall, step)
        assert not await refused()
    await jump(home, wall, 5_400_000)
    assert await refused()
    with home.emulator.work() as work:
        home.tokens["owner"], _ = open_session(work, home.users["owner"])
    await jump(home, wall, -HOUR_MS)
    assert not await refused()
    await jump(home, wall, HOUR_MS + 5_400_000)
    assert await refused()


async def test_a_wait_under_way_takes_as_long_as_it_was_meant_to(
    wall: Wall,
) -> None:
    """The wait runs on the loop's clock, which no one can put back."""
    clock = SystemClock()
    waiting = asyncio.ensure_future(clock.sleep_until(clock.now_ms() + 20))
    await asyncio.sleep(0)
    wall.ms -= HOUR_MS
    await asyncio.wait_for(waiting, 10)
