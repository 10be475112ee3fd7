"""Links: the seam between a page and its session, and the numbering that loses nothing over a dropped link.

Frames are JSON objects with a type `t`.
page to Python:
    {t: "hello", v, session, since, deviceId}     first on every link; since = number of the last event seen
    {t: "call", id, m, a}                         call member m with arguments a
    {t: "answer", id, v | e}                      answer to an "ask"
    {t: "note", k, d}                             something for the timeline
    {t: "ack", n}                                 events up to n were seen
    {t: "bye"}                                    the page goes away
Python to page:
    {t: "welcome", session, n, resumed}           n = number of the first event that follows
    {t: "ok", id, v} | {t: "err", id, e}          answer to a "call"
    {t: "ev", n, k, d}                            event n of kind k
    {t: "ask", id, m, a}                          call a function of the page
    {t: "many", f: [...]}                         several frames in order
Bytes are {"$bytes": base64} anywhere inside.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

MAX_MISSED = 100_000
MAX_TOGETHER = 500  # frames in one message: a page that reads thousands at once draws nothing meanwhile
QUIET_TURNS, MAX_TURNS = 4, 40


class Link(Protocol):
    """Carry frames between one page and its session."""

    async def send(self, frame: dict[str, Any]) -> None:
        """Hand a frame to the page; frames arrive in order. A closed link ignores it."""

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the page's frames until the link closes."""


@runtime_checkable
class PerformingLink(Protocol):
    """A link that makes the page's calls in tasks of its own."""

    perform: Callable[[dict[str, Any]], Awaitable[None]] | None


class Outbox:
    """Frames on their way to one page.

    Events are numbered from 1 and kept until the page acknowledges them, so that a page that comes back gets
    what it missed. Frames that pile up while one is being sent go out together, MAX_TOGETHER at a time.
    """

    def __init__(self) -> None:
        self._link: Link | None = None
        self._queue: deque[dict[str, Any]] = deque()
        self._unseen: deque[dict[str, Any]] = deque()
        self._number = 0
        self._flushing = False
        self.overflowed = False

    @property
    def attached(self) -> bool:
        """Tell whether a page is there."""
        return self._link is not None

    @property
    def idle(self) -> bool:
        """Tell whether a page is there and nobody is sending to it, so that a flush is needed."""
        return self._link is not None and not self._flushing

    @property
    def number(self) -> int:
        """Return the number of the newest event."""
        return self._number

    def attach(self, link: Link, since: int) -> None:
        """Send through link from now on, beginning with the events after number since."""
        self.acknowledge(since)
        self._link = link
        self._queue.clear()
        self._flushing = False
        first = self._unseen[0]["n"] if self._unseen else self._number + 1
        self._queue.append({"t": "welcome", "n": first})
        self._queue.extend(self._unseen)

    def welcome(self, **fields: Any) -> None:
        """Fill in the welcome frame that attach() queued."""
        self._queue[0].update(fields)

    def detach(self, link: Link) -> bool:
        """Stop sending through link; False when another link took over already."""
        if self._link is not link:
            return False
        self._link = None
        self._queue.clear()
        return True

    def acknowledge(self, number: int) -> None:
        """Forget the events up to number."""
        while self._unseen and self._unseen[0]["n"] <= number:
            self._unseen.popleft()

    def event(self, kind: str, data: Any) -> None:
        """Queue an event; flush() sends it."""
        self._number += 1
        frame = {"t": "ev", "n": self._number, "k": kind, "d": data}
        self._unseen.append(frame)
        if len(self._unseen) > MAX_MISSED:
            self._unseen.popleft()
            self.overflowed = True
        if self._link is not None:
            self._queue.append(frame)

    def frame(self, frame: dict[str, Any]) -> None:
        """Queue a frame that only the present link can carry."""
        if self._link is not None:
            self._queue.append(frame)

    async def flush(self, *, more: bool = False) -> None:
        """Send what is queued; returns at once when another flush is under way, which then sends it.

        more tells that events are about to follow: a few turns of the event loop are waited for them, since
        one message is quicker than two.
        """
        if self._flushing or self._link is None:
            return
        link = self._link
        self._flushing = True
        try:
            if more:
                await self._settle()
            while self._queue and self._link is link:
                frames = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_TOGETHER))]
                await link.send(frames[0] if len(frames) == 1 else {"t": "many", "f": frames})
        finally:
            if self._link is link or self._link is None:
                self._flushing = False

    async def _settle(self) -> None:
        """Wait until no frame was added for some turns of the event loop."""
        quiet, length = 0, len(self._queue)
        for _ in range(MAX_TURNS):
            await asyncio.sleep(0)
            quiet, length = (quiet + 1, length) if len(self._queue) == length else (0, len(self._queue))
            if quiet == QUIET_TURNS:
                return
