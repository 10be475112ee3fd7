"""Rules: timers fire, scenes run and automations match, all on the emulator's clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devkit.cloud.api.rights import may_use
from devkit.cloud.rules.controls import control, device_of, in_family
from devkit.cloud.rules.runs import Runs
from devkit.cloud.rules.schedule import is_effective, next_moment
from devkit.cloud.store.memory import Range
from devkit.cloud.store.schema import (
    AUTOMATIONS,
    FIRINGS,
    PROPERTIES,
    SCENES,
    TIMERS,
    AutomationRow,
    DeviceRow,
    FiringRow,
    SceneRow,
    Table,
    TimerRow,
)
from devkit.cloud.store.work import Work
from devkit.errors import TransportError
from devkit.timeline.kinds import AutomationRun, TimerRun

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

logger = logging.getLogger(__name__)
JSON = Any
PROPERTY_CONDITION, TIMER_CONDITION = 0, 1
MATCH_ALL = 0
MINUTE_MS = 60_000
POLL_MS = 30_000  # another process on the same store may have added a timer
BEAT_S = 1.0
POLL_SHARED_MS = 3000  # one that is gone leaves its timers to the others
COOL_DOWN_MS = 1000  # two automations that undo each other must not spin


class Rules:
    """Wait for moments, watch reports, and perform what they trigger."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._changed = asyncio.Event()
        self.runs = Runs(emulator)

    def wake(self) -> None:
        """Look at the schedule again: something in it has changed."""
        self._changed.set()

    def skip_missed(self) -> None:
        """Leave out the moments that passed while nothing ran; a timer that fires once is switched off.

        A minute is let through: another process on the same store may be about to fire.
        """
        timers, automations = self._due(MINUTE_MS)
        for timer in timers:
            self._take(TIMERS, timer["timer_id"], timer["next_ms"], lambda work, row: None)
        for automation in automations:
            place = automation["automation_id"], automation["next_ms"]
            self._take(AUTOMATIONS, *place, lambda work, row: None)

    async def stand_in(self) -> None:
        """Tell the other workers that this one lives, and go on with the runs of those that do no more."""
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                for run_id, holder in self._emulator.store.beat(self._emulator.name)[1]:
                    self.runs.take_over(run_id, holder)
            except TransportError as error:
                logger.warning("The other workers do not hear of this one: %s", error)

    async def run(self) -> None:
        """Fire what is due, for ever."""
        while True:
            self._changed.clear()
            clock = self._emulator.clock
            try:
                moment = self._fire_due()
            except TransportError as error:
                logger.warning("Timers wait: %s", error)
                moment = 0
            limit = clock.now_ms() + (POLL_SHARED_MS if self._emulator.store.waits else POLL_MS)
            sleep = asyncio.ensure_future(clock.sleep_until(min(moment, limit) if moment else limit))
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait((sleep, changed), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleep.cancel()
                changed.cancel()

    def _fire_due(self) -> int:
        """Fire timers and automations whose moment has come; return the next moment, 0 when there is none."""
        timers, automations = self._due(0)
        for timer in timers:
            self._take(TIMERS, timer["timer_id"], timer["next_ms"], self._fire_timer)
        for automation in automations:
            place = automation["automation_id"], automation["next_ms"]
            self._take(AUTOMATIONS, *place, self._fire_automation_timer)
        ahead: dict[str, Range] = {"next_ms": (1, None)}
        with self._emulator.work() as work, work.tx.loosely():
            timers = work.tx.find(TIMERS, {"status": 1}, between=ahead, order="next_ms", limit=1)
            automations = work.tx.find(AUTOMATIONS, {"status": 1}, between=ahead, order="next_ms", limit=1)
        return min((row["next_ms"] for row in [*timers, *automations]), default=0)

    def _due(self, past_ms: int) -> tuple[list[TimerRow], list[AutomationRow]]:
        """Return the timers and automations whose moment was so long ago."""
        with self._emulator.work() as work, work.tx.loosely():
            due: dict[str, Range] = {"next_ms": (1, work.now - past_ms)}
            timers = work.tx.find(TIMERS, {"status": 1}, between=due)
            return timers, work.tx.find(AUTOMATIONS, {"status": 1}, between=due)

    def _take(self, table: Table[Any], key: str, moment: int, fire: Callable[[Work, Any], None]) -> None:
        """Set the next moment of a timer or automation and fire it, unless another worker has done so."""

        def take(work: Work) -> None:
            row = work.tx.get(table, key)
            if row is not None and row["status"] and row["next_ms"] == moment:
                work.tx.change(table, key, **_after(row, work.now))
                fire(work, row)

        self._emulator.perform(take)

    def _fire_timer(self, work: Work, timer: TimerRow) -> None:
        if not may_use(work.tx, timer["user_id"], timer["device_id"]):
            work.tx.remove(TIMERS, timer["timer_id"])
            return
        work.after(lambda: work.emulator.observe(TimerRun(timer["device_id"], timer["name"])))
        control(work, timer["device_id"], timer["data"])

    def _fire_automation_timer(self, work: Work, automation: AutomationRow) -> None:
        if self._matches(work, automation, automation["next_ms"]):
            self._trigger(work, automation)

    def reported(
        self, work: Work, device: DeviceRow, before: Mapping[str, JSON], after: Mapping[str, JSON]
    ) -> None:
        """Trigger the automations whose property condition a report has just made true."""
        where = {"family_id": device["family_id"], "status": 1}
        for automation in work.tx.find(AUTOMATIONS, where):
            for condition in automation["conditions"]:
                wanted = condition.get("Property") or {}
                name = str(wanted.get("PropertyId"))
                if device_of(wanted) != device["device_id"] or name not in after:
                    continue
                became = holds(wanted, after[name]) and not (name in before and holds(wanted, before[name]))
                if became and self._matches(work, automation, work.now):
                    self._trigger(work, automation)
                    break

    def _matches(self, work: Work, automation: AutomationRow, moment: int) -> bool:
        """Tell whether an automation is in force and, for AND, whether all its conditions hold."""
        if not is_effective(automation["days"], automation["begin"], automation["end"], moment):
            return False
        if automation["match_type"] != MATCH_ALL:
            return True
        family_id = automation["family_id"]
        return all(self._holds(work, family_id, item, moment) for item in automation["conditions"])

    def _holds(self, work: Work, family_id: str, condition: Mapping[str, JSON], moment: int) -> bool:
        if condition["CondType"] == TIMER_CONDITION:
            timer = condition["Timer"]
            start = moment // MINUTE_MS * MINUTE_MS
            return next_moment(timer["Days"], timer["TimePoint"], start - 1) == start
        wanted = condition["Property"]
        if not in_family(work, family_id, device_of(wanted)):
            return False
        row = work.tx.get(PROPERTIES, device_of(wanted), wanted["PropertyId"])
        return row is not None and holds(wanted, row["value"])

    def _trigger(self, work: Work, automation: AutomationRow) -> None:
        # a clock that was put back must not keep an automation quiet until it has caught up
        automation_id = automation["automation_id"]
        last = work.tx.get(FIRINGS, automation_id)
        if last and 0 <= work.now - last["fired"] < COOL_DOWN_MS:
            return
        work.tx.put(FIRINGS, FiringRow(automation_id=automation_id, fired=work.now))
        work.after(lambda: work.emulator.observe(AutomationRun(automation["name"])))
        self.runs.begin(work, automation["family_id"], automation["name"], automation["actions"])

    def start_scene(self, work: Work, scene: SceneRow) -> None:
        """Run a scene after the commit; its Status is 1 until it has ended."""
        work.tx.change(SCENES, scene["scene_id"], status=1)
        self.runs.begin(work, scene["family_id"], scene["name"], scene["actions"], scene["scene_id"])


def _after(row: Mapping[str, Any], now: int) -> dict[str, JSON]:
    """Return what changes in a timer, or an automation, whose moment has passed."""
    if "conditions" in row:
        return {"next_ms": next_timer(row["conditions"], now)}
    if not row["repeat"]:
        return {"next_ms": 0, "status": 0}
    return {"next_ms": next_moment(row["days"], row["time_point"], now)}


def next_timer(conditions: Sequence[Mapping[str, JSON]], after_ms: int) -> int:
    """Return the next moment of the timer conditions; 0 when there is none."""
    moments = [
        next_moment(condition["Timer"]["Days"], condition["Timer"]["TimePoint"], after_ms)
        for condition in conditions
        if condition["CondType"] == TIMER_CONDITION
    ]
    return min((moment for moment in moments if moment), default=0)


def holds(wanted: Mapping[str, JSON], value: JSON) -> bool:
    """Compare a value with a condition; texts that hold numbers compare as numbers."""
    left, right = _number(value), _number(wanted["Value"])
    if left is None or right is None:
        left, right = str(value), str(wanted["Value"])  # type: ignore[assignment]
    return bool(OPERATORS[wanted["Op"]](left, right))


def _number(value: JSON) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


OPERATORS: Mapping[str, Any] = {
    "eq": lambda left, right: left == right,
    "equal": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "lt": lambda left, right: left < right,
    "ge": lambda left, right: left >= right,
    "le": lambda left, right: left <= right,
}
