"""What a run does with its tasks when it ends."""

from __future__ import annotations

import asyncio


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
