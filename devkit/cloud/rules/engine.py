"""Rules: timers fire, scenes run and automations match, all on the emulator's clock."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devkit.cloud.api.rights import may_use
from devkit.cloud.api.wire import new_token
from devkit.cloud.push.changes import control_payload
from devkit.cloud.push.messages import RULE_NOTICE, tell_family
from devkit.cloud.rules.schedule import is_effective, next_moment
from devkit.cloud.store.memory import Range
from devkit.cloud.store.schema import (
    AUTOMATIONS,
    DEVICES,
    FAMILIES,
    PROPERTIES,
    SCENES,
    TIMERS,
    AutomationRow,
    DeviceRow,
    SceneRow,
    TimerRow,
)
from devkit.cloud.store.work import Work
from devkit.errors import PropertyValueError
from devkit.timeline.kinds import AutomationRun, TimerRun

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

logger = logging.getLogger(__name__)
JSON = Any
DEVICE, DELAY, SCENE, NOTICE = 0, 1, 2, 3
PROPERTY_CONDITION, TIMER_CONDITION = 0, 1
MATCH_ALL = 0
MINUTE_MS = 60_000
POLL_MS = 30_000  # another process on the same store may have added a timer
COOL_DOWN_MS = 1000  # two automations that undo each other must not spin
MAX_DEPTH = 5


class Rules:
    """Wait for moments, watch reports, and perform what they trigger."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._changed = asyncio.Event()
        self._fired: dict[str, int] = {}

    def wake(self) -> None:
        """Look at the schedule again: something in it has changed."""
        self._changed.set()

    def skip_missed(self) -> None:
        """Leave out the moments that passed while nothing ran; a timer that fires once is switched off.

        A minute is let through: another process on the same store may be about to fire.
        """
        with self._emulator.work() as work:
            passed = {"next_ms": (1, work.now - MINUTE_MS)}
            for timer in work.tx.find(TIMERS, {"status": 1}, between=passed):
                work.tx.change(TIMERS, timer["timer_id"], **_after(timer, work.now))
            for automation in work.tx.find(AUTOMATIONS, {"status": 1}, between=passed):
                moment = next_timer(automation["conditions"], work.now)
                work.tx.change(AUTOMATIONS, automation["automation_id"], next_ms=moment)

    async def run(self) -> None:
        """Fire what is due, for ever."""
        while True:
            self._changed.clear()
            clock = self._emulator.clock
            moment = self._fire_due()
            limit = clock.now_ms() + POLL_MS
            sleep = asyncio.ensure_future(clock.sleep_until(min(moment, limit) if moment else limit))
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait((sleep, changed), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleep.cancel()
                changed.cancel()

    def _fire_due(self) -> int:
        """Fire timers and automations whose moment has come; return the next moment, 0 when there is none."""
        now = self._emulator.clock.now_ms()
        with self._emulator.work() as work:
            for timer in work.tx.find(TIMERS, {"status": 1}, between={"next_ms": (1, now)}):
                self._fire_timer(work, timer)
            for automation in work.tx.find(AUTOMATIONS, {"status": 1}, between={"next_ms": (1, now)}):
                self._fire_automation_timer(work, automation)
            ahead: dict[str, Range] = {"next_ms": (1, None)}
            timers = work.tx.find(TIMERS, {"status": 1}, between=ahead, order="next_ms", limit=1)
            automations = work.tx.find(AUTOMATIONS, {"status": 1}, between=ahead, order="next_ms", limit=1)
        return min((row["next_ms"] for row in [*timers, *automations]), default=0)

    def _fire_timer(self, work: Work, timer: TimerRow) -> None:
        if not may_use(work.tx, timer["user_id"], timer["device_id"]):
            work.tx.remove(TIMERS, timer["timer_id"])
            return
        work.tx.change(TIMERS, timer["timer_id"], **_after(timer, work.now))
        work.emulator.observe(TimerRun(timer["device_id"], timer["name"]))
        control(work, timer["device_id"], timer["data"])

    def _fire_automation_timer(self, work: Work, automation: AutomationRow) -> None:
        moment = automation["next_ms"]
        work.tx.change(
            AUTOMATIONS,
            automation["automation_id"],
            next_ms=next_timer(automation["conditions"], work.now),
        )
        if self._matches(work, automation, moment):
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
                if _device_of(wanted) != device["device_id"] or name not in after:
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
        if not _in_family(work, family_id, _device_of(wanted)):
            return False
        row = work.tx.get(PROPERTIES, _device_of(wanted), wanted["PropertyId"])
        return row is not None and holds(wanted, row["value"])

    def _trigger(self, work: Work, automation: AutomationRow) -> None:
        automation_id = automation["automation_id"]
        # a clock that was put back must not keep an automation quiet until it has caught up
        if 0 <= work.now - self._fired.get(automation_id, -COOL_DOWN_MS) < COOL_DOWN_MS:
            return
        self._fired[automation_id] = work.now
        work.emulator.observe(AutomationRun(automation["name"]))
        work.after(
            lambda: self._emulator.devices.spawn(
                self.perform(automation["family_id"], automation["name"], automation["actions"])
            )
        )

    def start_scene(self, work: Work, scene: SceneRow) -> None:
        """Run a scene after the commit; its Status is 1 until it has ended."""
        work.tx.change(SCENES, scene["scene_id"], status=1)

        async def run() -> None:
            try:
                await self.perform(scene["family_id"], scene["name"], scene["actions"])
            finally:
                with self._emulator.work() as after:
                    after.tx.change(SCENES, scene["scene_id"], status=0)

        work.after(lambda: self._emulator.devices.spawn(run()))

    async def perform(
        self, family_id: str, name: str, actions: Sequence[Mapping[str, JSON]], depth: int = 0
    ) -> None:
        """Perform actions one after the other."""
        clock = self._emulator.clock
        for action in actions:
            kind, data = action["ActionType"], action.get("Data", "")
            if kind == DELAY:
                await clock.sleep_until(clock.now_ms() + int(data) * 1000)
                continue
            with self._emulator.work() as work:
                scene = work.tx.get(SCENES, data) if kind == SCENE else None
                family = work.tx.get(FAMILIES, family_id)
                if kind == DEVICE and _in_family(work, family_id, _device_of(action)):
                    control(work, _device_of(action), data)
                elif kind == NOTICE and family:
                    tell_family(work, family, RULE_NOTICE, data)
            if scene and scene["family_id"] == family_id and depth < MAX_DEPTH:
                await self.perform(family_id, scene["name"], scene["actions"], depth + 1)


def _in_family(work: Work, family_id: str, device_id: str) -> bool:
    """Tell whether a device is still in the family of a rule, which has no say elsewhere."""
    device = work.tx.get(DEVICES, device_id)
    return device is not None and device["family_id"] == family_id


def _after(timer: TimerRow, now: int) -> dict[str, JSON]:
    """Return what changes in a timer whose moment has passed."""
    if not timer["repeat"]:
        return {"next_ms": 0, "status": 0}
    return {"next_ms": next_moment(timer["days"], timer["time_point"], now)}


def control(work: Work, device_id: str, data: str) -> None:
    """Control a device for a rule; one that is gone, offline or has another thing model now is left alone."""
    device = work.tx.get(DEVICES, device_id)
    if device is None or not device["online"]:
        logger.info("A rule leaves %s alone: it is offline or gone.", device_id)
        return
    try:
        values = work.emulator.model(work.tx, device["product_id"]).validate(json.loads(data))
    except PropertyValueError as error:
        logger.info("A rule leaves %s alone: %s", device_id, error)
        return
    topic = f"$thing/down/property/{device_id}"
    work.push(device_id, "Property", "Push", control_payload(values, new_token("c-")), topic)
    work.after(lambda: work.emulator.devices.control(device_id, values))


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


def _device_of(place: Mapping[str, JSON]) -> str:
    return str(place.get("DeviceId") or f"{place.get('ProductId')}/{place.get('DeviceName')}")
