"""Pushes as tests read them: kept by a subscriber until they are taken."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

from devkit.subscriptions import Subscription
from devkit.transport import Transport
from devkit.transport.base import Push

Event = TypeVar("Event")


class Collected(Generic[Event]):
    """What a subscription has brought, to be read by iteration."""

    def __init__(self, subscribe: Callable[[Callable[[Event], None]], Subscription[Any]]) -> None:
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self.subscription = subscribe(self._take)

    @property
    def backlog(self) -> int:
        """Return how many wait to be read."""
        return len(self._waiting)

    def _take(self, event: Event) -> None:
        self._waiting.append(event)
        self._arrived.set()

    def __aiter__(self) -> Collected[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()


def pushes_of(transport: Transport, device_ids: Collection[str]) -> Collected[Push]:
    """Collect the pushes of some devices from now on."""
    return Collected(lambda subscriber: transport.subscribe(device_ids, subscriber))
