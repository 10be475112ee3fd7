"""What the checks of an audit share: the panel's phone, and what was found so far."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import PanelError
from devkit.language import _
from devkit.testing.audit import page as inpage
from devkit.testing.audit.places import Places
from devkit.testing.audit.profiles import PhoneProfile
from devkit.testing.audit.rules import AuditFinding

if TYPE_CHECKING:
    from devkit.testing.page.panel import Panel
    from devkit.testing.run.open import Room
    from devkit.testing.world.world import World


@dataclass
class AuditTrial:
    """What the checks share. metrics: {name: number}, ms, bytes or as named; pictures: PNG by name."""

    room: Room
    profile: PhoneProfile
    sizes: tuple[int, int]
    axe: str | None = None
    findings: list[AuditFinding] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)
    places: Places = field(default_factory=lambda: Places(Path()))

    def add(self, rule: str, what: str, where: str = "", fix: str = "") -> None:
        """Note something that is wrong, once."""
        finding = AuditFinding(rule, what, where, fix)
        if finding not in self.findings:
            self.findings.append(finding)

    def at(self, selector: str, text: str = "") -> str:
        """Return a selector with the place in the sources that its element is from, where it is found."""
        place = self.places.element(selector, text)
        return f"{selector} ({place})" if place else selector

    def take_problems(self, panel: Panel, rule: str, when: str) -> None:
        """Turn what the panel did wrong since the last time into findings."""
        for problem in panel.problems:
            text, _rest, stack = panel.told(problem).partition("\n")
            place = next((line.strip() for line in stack.splitlines() if line.strip()), "")
            if (text, place) in self.told and rule != "throws":
                continue  # it fails so all the time
            self.told.add((text, place))
            self.add(rule, f"{when}: {text}", place.removeprefix("at "), _("Handle it where it can happen."))
        panel.problems.clear()

    @property
    def engine(self) -> str:
        """Return Playwright's name of the browser."""
        return self.room.lab.engine

    @asynccontextmanager
    async def opened(self, **spec: object) -> AsyncIterator[tuple[World, Panel]]:
        """Open the panel in a new world, on the phone of the profile."""
        wanted = {**self.profile.spec, "errors": "allow", **spec}
        world = await self.room.lab.world(self.room.spec.replace(**wanted))
        try:
            panel = await _open(world)
            await panel.settle()
            yield world, panel
        finally:
            self.actions |= {name for name, _ in world.cloud.actions}
            await world.aclose()


async def _open(world: World) -> Panel:
    """Open the panel; one that throws before it draws is waited for.

    Errors: PanelError when it does not draw.
    """
    try:
        return await world.open_panel()
    except PanelError:
        panel = world.panels[-1] if world.panels else None
        if panel is None or not panel.problems or not await inpage.draws(panel):
            raise
        return panel
