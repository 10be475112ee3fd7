"""Waiting in plain functions: handlers and device scripts read the store without a word of async.

A coroutine that is driven by waitable() runs in a greenlet. What it calls may wait() for something the event
loop brings, however deep, and the loop goes on meanwhile, as SQLAlchemy does it for asyncio.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, TypeVar

import greenlet  # type: ignore[import-untyped]

T = TypeVar("T")


class _Driven(greenlet.greenlet):  # type: ignore[misc]
    """A greenlet whose parent hands what it is given to the event loop."""


def can_wait() -> bool:
    """Tell whether wait() may be called here."""
    return isinstance(greenlet.getcurrent(), _Driven)


def wait(awaited: Awaitable[T]) -> T:
    """Return what an awaitable brings; other tasks of the loop run meanwhile."""
    loop_side = greenlet.getcurrent().parent
    steps = awaited.__await__()
    error: BaseException | None = None
    while True:
        try:
            future = next(steps) if error is None else steps.throw(error)
        except StopIteration as done:
            result: T = done.value
            return result
        error = None
        try:
            loop_side.switch(future)
        except BaseException as thrown:
            error = thrown


class _Drive:
    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, None, Any]:
        driven = _Driven(wait)
        driven.gr_context = greenlet.getcurrent().gr_context
        value = driven.switch(self._coroutine)
        while not driven.dead:
            try:
                yield value
            except BaseException as error:
                value = driven.throw(error)
            else:
                value = driven.switch()
        return value


async def waitable(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in which wait() can be called."""
    if can_wait():
        return await coroutine
    result: T = await _Drive(coroutine)
    return result
