"""Runs of scenes and automations: what is left to do of each is in the store, and another worker can go on.

Each step is a transaction that checks that the run is still this worker's, does one action and takes it off
the list. So a step is done once, even by a worker that stood still while another one took its run over.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devkit.cloud.push.messages import RULE_NOTICE, tell_family
from devkit.cloud.rules.controls import control, device_of, in_family
from devkit.cloud.store.schema import FAMILIES, RUNS, SCENES, RunRow
from devkit.cloud.store.work import Work
from devkit.errors import TransportError

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

logger = logging.getLogger(__name__)
JSON = Any
RETRY_S = 1.0
DEVICE, DELAY, SCENE, NOTICE = 0, 1, 2, 3
MAX_DEPTH = 5


class Runs:
    """The runs of one worker."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def begin(
        self, work: Work, family_id: str, name: str, actions: Sequence[Mapping[str, JSON]], scene_id: str = ""
    ) -> None:
        """Perform actions one after the other, from the commit on."""
        run = RunRow(
            run_id=secrets.token_hex(8),
            family_id=family_id,
            scene_id=scene_id,
            name=name,
            holder=self._emulator.name,
            actions=_deepened(actions, 0),
            due=0,
            created=work.now,
        )
        work.tx.put(RUNS, run)
        work.after(lambda: self._emulator.devices.spawn(self._go_on(run["run_id"])))

    def take_over(self, run_id: str, holder: str) -> None:
        """Go on with the run of a worker that is gone, unless another one has taken it already."""

        def take(work: Work) -> bool:
            run = work.tx.get(RUNS, run_id)
            if run is None or run["holder"] != holder:
                return False
            work.tx.change(RUNS, run_id, holder=self._emulator.name)
            return True

        if self._emulator.perform(take):
            self._emulator.devices.spawn(self._go_on(run_id))

    async def _go_on(self, run_id: str) -> None:
        moment: int | None = 0
        while moment is not None:
            if moment:
                await self._emulator.clock.sleep_until(moment)
            try:
                moment = self._emulator.perform(lambda work: self._step(work, run_id))
            except TransportError as error:
                logger.warning("The run %s waits: %s", run_id, error)
                await asyncio.sleep(RETRY_S)

    def _step(self, work: Work, run_id: str) -> int | None:
        """Do the next action; return when to go on, 0 for at once, None when this worker is through."""
        run = work.tx.get(RUNS, run_id)
        if run is None or run["holder"] != self._emulator.name:
            return None
        if not run["actions"]:
            work.tx.remove(RUNS, run_id)
            if run["scene_id"]:
                work.tx.change(SCENES, run["scene_id"], status=0)
            return None
        action, rest = run["actions"][0], run["actions"][1:]
        if action["ActionType"] == DELAY:
            due = run["due"] or work.now + int(action["Data"]) * 1000
            if work.now < due:
                work.tx.change(RUNS, run_id, due=due)
                return due
        else:
            rest = [*self._perform(work, run["family_id"], action), *rest]
        work.tx.change(RUNS, run_id, actions=rest, due=0)
        return 0

    def _perform(self, work: Work, family_id: str, action: Mapping[str, JSON]) -> list[dict[str, JSON]]:
        """Perform an action; return those that it brings, as a scene does."""
        kind, data = action["ActionType"], action.get("Data", "")
        family = work.tx.get(FAMILIES, family_id)
        if kind == DEVICE and in_family(work, family_id, device_of(action)):
            control(work, device_of(action), data)
        elif kind == NOTICE and family:
            tell_family(work, family, RULE_NOTICE, data)
        elif kind == SCENE:
            scene = work.tx.get(SCENES, data)
            if scene and scene["family_id"] == family_id and action["depth"] < MAX_DEPTH:
                return _deepened(scene["actions"], action["depth"] + 1)
        return []


def _deepened(actions: Sequence[Mapping[str, JSON]], depth: int) -> list[dict[str, JSON]]:
    return [{**action, "depth": depth} for action in actions]
