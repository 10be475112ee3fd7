"""A clock that a test can move: pages, timers of the emulator and devices go together."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from devkit.errors import SettingsError
from devkit.language import _
from devkit.testing.page.handle import Handle
from devkit.timeline.kinds import ClockAdvance

if TYPE_CHECKING:
    from devkit.testing.page.panel import Panel
    from devkit.testing.world.world import World

MAX_DAYS = 366
TURNS = 10


class TravelClock:
    """The emulator's clock in a test: it runs as real time does, and can be moved on."""

    def __init__(self) -> None:
        self._offset = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        """Return the present."""
        return time.time_ns() // 1_000_000 + self._offset

    async def sleep_until(self, moment_ms: int) -> None:
        """Wait for a moment, in real time or by advance()."""
        loop = asyncio.get_running_loop()
        while (left := moment_ms - self.now_ms()) > 0:
            woken = loop.create_future()
            sleeper = (moment_ms, next(self._order), woken)
            heapq.heappush(self._sleepers, sleeper)
            timer = loop.call_later(left / 1000, _wake, woken)
            try:
                await woken
            finally:
                timer.cancel()
                if sleeper in self._sleepers:
                    self._sleepers.remove(sleeper)
                    heapq.heapify(self._sleepers)
        await asyncio.sleep(0)

    def next_moment(self) -> int | None:
        """Return when the next sleeper wants to be woken."""
        return self._sleepers[0][0] if self._sleepers else None

    def jump(self, milliseconds: int) -> None:
        """Move on, and wake whoever waited for a moment that is now past."""
        self._offset += milliseconds
        for moment, _rest, woken in sorted(self._sleepers):
            if moment <= self.now_ms():
                _wake(woken)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class TestClock(Handle):
    """The `clock` of a test. Requesting it puts the panels' timers under its control."""

    __test__ = False

    def __init__(self, world: World, travel: TravelClock, panels: Iterable[Panel]) -> None:
        super().__init__(world)
        self._travel = travel
        self._panels = panels

    @property
    def now_ms(self) -> int:
        """Return the present of the test, in ms since 1970."""
        return self._travel.now_ms()

    async def advance(
        self,
        milliseconds: float = 0,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        days: float = 0,
    ) -> None:
        """Let time pass: every timer of panels, emulator and devices fires at its moment, in order.

        Errors: SettingsError for less than nothing or more than a year.
        """
        total = round(milliseconds + 1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days))))
        if not 0 <= total <= MAX_DAYS * 86_400_000:
            raise SettingsError(_(f"clock.advance() takes 0 to {MAX_DAYS} days, not {total} ms."))
        self._world.timeline.record(ClockAdvance(total))
        await self._world.settle()
        while total > 0:
            due = self._travel.next_moment()
            step = total if due is None else max(1, min(total, due - self._travel.now_ms()))
            for panel in list(self._panels):
                await panel.run_timers(step)
            self._travel.jump(step)
            total -= step
            await self._world.settle()


async def turn_loop() -> None:
    """Let what is ready run: a wake, its work and its pushes take some turns."""
    for _turn in range(TURNS):
        await asyncio.sleep(0)
