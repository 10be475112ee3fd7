"""Clocks: what the emulator and the virtual radio take for now. Tests move time by hand and never wait."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since 1970, and waiting for a moment."""

    def now_ms(self) -> int:
        """Return the present."""

    async def sleep_until(self, moment_ms: int) -> None:
        """Wait for a moment; return at once when it is past."""


class SystemClock:
    """The clock of the machine."""

    def now_ms(self) -> int:
        """Return the present."""
        return time.time_ns() // 1_000_000

    async def sleep_until(self, moment_ms: int) -> None:
        """Wait for a moment."""
        await asyncio.sleep(max(0, moment_ms - self.now_ms()) / 1000)


class ManualClock:
    """A clock that stands still until advance() is called."""

    def __init__(self, now_ms: int = 1_750_000_000_000) -> None:
        self._now = now_ms
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        """Return the present."""
        return self._now

    async def sleep_until(self, moment_ms: int) -> None:
        """Wait until advance() has passed a moment."""
        if moment_ms <= self._now:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (moment_ms, next(self._order), future))
        await future

    async def advance(self, milliseconds: int) -> None:
        """Move time on, waking every sleeper at its own moment and in order."""
        target = self._now + milliseconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            moment, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, moment)
            if not future.done():
                future.set_result(None)
            await self._settle()
        self._now = target
        await self._settle()

    async def _settle(self) -> None:
        """Let tasks run until they sleep again; ten rounds cover a wake, its work and its pushes."""
        for _ in range(10):
            await asyncio.sleep(0)
