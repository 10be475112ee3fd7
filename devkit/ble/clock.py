"""Time as the virtual radio sees it. Tests hand in a clock that stands still until they move it."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since 1970, and waiting for a moment; the emulator's clocks have the same shape."""

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
