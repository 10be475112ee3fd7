"""Timers under any order of calls: they fire when a walk through every minute says so, and never else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devkit.cloud.api.wire import CHINA
from devkit.cloud.rules import engine as rules
from tests.helpers.home import make_home

MINUTE_MS = 60_000
DAYS = st.sampled_from(["0000000", "1111111", "0111110", "1000001", "0000010"])
TIMES = st.sampled_from(["00:00", "00:01", "06:30", "12:00", "23:06", "23:13", "23:59"])


@dataclass
class Expected:
    """A timer as the user sees it."""

    days: str
    time: str
    repeat: bool
    on: bool = True
    fired: int = 0

    def due(self, moment: datetime) -> bool:
        shown = moment.strftime("%H:%M") == self.time
        return self.on and shown and ("1" not in self.days or self.days[moment.isoweekday() % 7] == "1")


class Timers(RuleBasedStateMachine):
    """A user adds, changes, switches and deletes timers of one lamp while time goes by."""

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(rules, "POLL_MS", 86_400_000)  # looking for timers of other processes takes long
        self.home = make_home()
        self.expected: dict[str, Expected] = {}
        self.names = 0
        self.run(self.home.emulator.start())
        # the clock starts between two minutes; from here on it stands on whole ones, just after firing
        self.run(self.home.settle(MINUTE_MS - self.home.clock.now_ms() % MINUTE_MS))

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def pick(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.expected)))

    def timer(self, days: str, time: str, repeat: bool) -> dict[str, Any]:
        self.names += 1
        return {
            "TimerName": f"t{self.names}",
            "Days": days,
            "TimePoint": time,
            "Repeat": int(repeat),
            "Data": {"power": 1},
        }

    @precondition(lambda self: len(self.expected) < 6)
    @rule(days=DAYS, time=TIMES, repeat=st.booleans())
    def add(self, days: str, time: str, repeat: bool) -> None:
        answer = self.run(self.home.lamp("AppCreateTimer", **self.timer(days, time, repeat)))
        self.expected[answer["Data"]["TimerId"]] = Expected(days, time, repeat)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), days=DAYS, time=TIMES, repeat=st.booleans())
    def change(self, data: st.DataObject, days: str, time: str, repeat: bool) -> None:
        known = self.pick(data)
        self.run(self.home.lamp("AppModifyTimer", TimerId=known, **self.timer(days, time, repeat)))
        before = self.expected[known]
        self.expected[known] = Expected(days, time, repeat, before.on, before.fired)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), on=st.booleans())
    def switch(self, data: st.DataObject, on: bool) -> None:
        known = self.pick(data)
        self.run(self.home.lamp("AppModifyTimerStatus", TimerId=known, Status=int(on)))
        self.expected[known].on = on

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        known = self.pick(data)
        self.run(self.home.lamp("AppDeleteTimer", TimerId=known))
        del self.expected[known]

    @rule(minutes=st.sampled_from([1, 7, 90, 1441]))
    def wait(self, minutes: int) -> None:
        now = datetime.fromtimestamp(self.home.clock.now_ms() / 1000, CHINA)
        self.home.heard.clear()
        for number in range(1, minutes + 1):
            for timer in self.expected.values():
                if timer.due(now + timedelta(minutes=number)):
                    timer.fired += 1
                    timer.on = timer.repeat
        self.run(self.home.settle(minutes * MINUTE_MS))
        fired = [data["name"] for kind, data in self.home.heard if data.get("act") == "timer"]
        assert len(fired) == sum(timer.fired for timer in self.expected.values())
        for timer in self.expected.values():
            timer.fired = 0

    @invariant()
    def the_list_shows_them(self) -> None:
        answer = self.run(self.home.lamp("AppGetTimerList"))
        shown = {
            row["TimerId"]: (row["Days"], row["TimePoint"], row["Status"]) for row in answer["TimerList"]
        }
        assert shown == {key: (timer.days, timer.time, int(timer.on)) for key, timer in self.expected.items()}

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.run(self.home.emulator.aclose())
            self.loop.close()
            self.patch.undo()


TestTimers = Timers.TestCase
TestTimers.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
