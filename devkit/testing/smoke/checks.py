"""The checks of a smoke test, each on a world of its own."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.errors import PanelError
from devkit.language import _
from devkit.testing.smoke import page as inpage
from devkit.testing.smoke.samples import samples
from devkit.timeline.kinds import ActionCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from devkit.testing.page.panel import Panel
    from devkit.testing.run.open import Room
    from devkit.testing.world.world import World

MAX_CLICKS = 60
FEW_CLICKS = 6
LOOKS = 5
LEAK_REPORTS = 40
LEAK_LIMIT = 20
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Finding:
    """Something wrong: severity is "error" or "warning"."""

    severity: str
    text: str


@dataclass
class Trial:
    """What the checks share. actions: cloud actions that the panel was seen to call."""

    room: Room
    chance: random.Random
    axe: str | None = None
    actions: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """What one check found, with pictures of the panel (PNG)."""

    findings: list[Finding] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    note: str = ""

    def error(self, text: str) -> None:
        """Add an error."""
        self.findings.append(Finding(ERROR, text))

    def warn(self, text: str) -> None:
        """Add a warning."""
        self.findings.append(Finding(WARNING, text))

    def take_problems(self, panel: Panel, when: str) -> None:
        """Turn what the panel did wrong since the last time into errors."""
        for problem in panel.problems:
            self.error(f"{when}: {_(problem.kind)}: {panel.told(problem)}")
        panel.problems.clear()


@asynccontextmanager
async def opened(trial: Trial, **spec: object) -> AsyncIterator[tuple[World, Panel]]:
    """Open the panel in a new world."""
    world = await trial.room.lab.world(trial.room.spec.replace(errors="allow", **spec))
    try:
        panel = await world.open_panel()
        if world.lab.settings.peripherals:
            await world.air.calm()
        yield world, panel
    finally:
        trial.actions |= {name for name, _ in world.cloud.actions}
        await world.aclose()


async def loads(trial: Trial, found: Outcome) -> None:
    """The panel draws something, and throws nothing, in each of the ways it can be opened."""
    ways: tuple[tuple[str, dict[str, Any]], ...] = (
        (_("as usual"), {}),
        (_("in ultrafast mode"), {"ultrafast": True}),
        (_("shared"), {"share": True}),
    )
    for name, spec in ways:
        try:
            async with opened(trial, **spec) as (_rest, panel):
                await panel.settle()
                found.take_problems(panel, _(f"opened {name}"))
                found.pictures.append(await panel.picture())
        except PanelError as error:
            found.error(_(f"opened {name}: {error.message}"))
            if not spec:
                return


async def properties(trial: Trial, found: Outcome) -> None:
    """Every property that the device reports changes something in the panel."""
    async with opened(trial) as (world, panel):
        ignored = await inpage.restless(panel)
        for prop in world.device.model.properties:
            changed = False
            for value in samples(world.device.model, prop.id, trial.chance):
                before = await inpage.snapshot(panel)
                await world.device.report({prop.id: value})
                changed = changed or await inpage.changes(panel, before, ignored, looks=LOOKS)
                found.take_problems(panel, _(f"reported {prop.id}={value!r}"))
            if not changed:
                found.warn(_(f"no value of {prop.id} ({prop.name}) changes anything in the panel"))
        found.pictures.append(await panel.picture())
        found.note = _(f"properties reported: {len(world.device.model.properties)}")


async def controls(trial: Trial, found: Outcome) -> None:
    """Every control can be worked, and what it sends fits the thing model."""
    used = await _work(trial, found, MAX_CLICKS, online=True)
    found.note = _(f"controls used: {used}")
    if used == 0:
        found.warn(_("the panel has nothing that can be clicked"))


async def offline(trial: Trial, found: Outcome) -> None:
    """The panel shows that the device is gone, and survives being used meanwhile."""
    async with opened(trial) as (world, panel):
        before = await panel.picture()
        await _leave(world, away=True)
        if await panel.picture() == before:
            found.warn(_("nothing shows that the device went offline"))
        found.take_problems(panel, _("the device went offline"))
        found.pictures.append(await panel.picture())
        await _leave(world, away=False)
        found.take_problems(panel, _("the device came back"))
    await _work(trial, found, FEW_CLICKS, online=False)


async def _leave(world: World, *, away: bool) -> None:
    """Take the device off the network and out of Bluetooth's reach, or bring it back."""
    await (world.device.go_offline() if away else world.device.go_online())
    if world.lab.settings.peripherals:
        await world.air.keep_away(away)


async def failures(trial: Trial, found: Outcome) -> None:
    """The panel survives each of its cloud calls failing once."""
    tried = sorted(trial.actions - {"AppGetUser"})
    for action in tried:
        try:
            world = await trial.room.lab.world(trial.room.spec.replace(errors="allow"))
            try:
                await world.cloud.fail(action, code="InternalError", msg=_("failed by the smoke test"))
                panel = await world.open_panel()
                await _click(panel, trial.chance, FEW_CLICKS)
                found.take_problems(panel, _(f"when {action} fails"))
            finally:
                await world.aclose()
        except PanelError as error:
            found.error(_(f"when {action} fails: {error.message}"))
    found.note = _(f"{len(tried)} calls failed once each")


async def leaks(trial: Trial, found: Outcome) -> None:
    """Reports of the device leave no listeners behind."""
    async with opened(trial) as (world, panel):
        writable = next(iter(world.device.model.properties), None)
        if panel.slot.cdp is None:
            found.note = _("not counted: only Chromium tells")
            return
        if writable is None:
            found.note = _("no properties")
            return
        values = samples(world.device.model, writable.id, trial.chance)
        await world.device.report({writable.id: values[0]})
        _rest, before = await inpage.held(panel)
        for turn in range(LEAK_REPORTS):
            await world.device.report({writable.id: values[turn % len(values)]})
        grown = (await inpage.held(panel))[1] - before
        if grown > LEAK_LIMIT:
            found.error(_(f"{LEAK_REPORTS} reports left {grown} more DOM listeners behind"))


async def accessibility(trial: Trial, found: Outcome) -> None:
    """axe-core finds nothing critical."""
    if trial.axe is None:
        found.warn(_("not checked: axe-core needs Node.js, which was not found"))
        return
    async with opened(trial) as (_rest, panel):
        for item in await inpage.violations(panel, trial.axe):
            text = _(f"{_(item['impact'])}: {item['help']} ({item['id']}) at {', '.join(item['nodes'])}")
            (found.error if item["impact"] == "critical" else found.warn)(text)


async def _work(trial: Trial, found: Outcome, limit: int, *, online: bool) -> int:
    """Use controls in random order; every one starts from a freshly loaded panel once it led away."""
    async with opened(trial, online=online) as (world, panel):
        listed = await inpage.controls(panel)
        order = trial.chance.sample(listed, len(listed))[:limit]
        for control in order:
            seen = world.timeline.seq
            await inpage.use(panel, control, trial.chance)
            await world.settle()
            when = _(f"used {control.name!r}") if online else _(f"used {control.name!r} offline")
            if online:
                _judge_controls(world, seen, when, found)
            left = any(problem.kind == "navigation" for problem in panel.problems)
            found.take_problems(panel, when)
            if panel.dialogs:
                found.warn(_(f"{when}: it opened a dialog of the browser: {panel.dialogs[-1]!r}"))
                panel.dialogs.clear()
            await _come_back(panel, left=left)
        found.pictures.append(await panel.picture())
        return len(order)


async def _come_back(panel: Panel, *, left: bool) -> None:
    if left:
        await panel.reload()
    elif panel.simulator.mini_program.navigations:
        panel.simulator.mini_program.clear()
        await panel.mini_program.back()
    await inpage.controls(panel)


def _judge_controls(world: World, seen: int, when: str, found: Outcome) -> None:
    for call in world.timeline.of(ActionCall, since=seen):
        if call.action == "AppControlDeviceData" and call.error:
            sent = call.params.get("Data")
            found.error(_(f"{when}: it sent {sent}, which the cloud refuses: {call.error.get('msg')}"))


async def _click(panel: Panel, chance: random.Random, limit: int) -> None:
    listed = [control for control in await inpage.controls(panel) if not control.disabled]
    for control in chance.sample(listed, min(limit, len(listed))):
        await inpage.use(panel, control, chance)
        await _come_back(panel, left=any(problem.kind == "navigation" for problem in panel.problems))


Check = Callable[[Trial, Outcome], Awaitable[None]]
CHECKS: Mapping[str, Check] = {
    "loads": loads,
    "properties": properties,
    "controls": controls,
    "offline": offline,
    "failures": failures,
    "leaks": leaks,
    "accessibility": accessibility,
}
