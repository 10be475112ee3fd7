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
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Protocol, runtime_checkable

MAX_MISSED = 100_000
MAX_TOGETHER = 500  # frames in one message: a page that reads thousands at once draws nothing meanwhile
TURNS = 1  # of the event loop, before a message leaves


class Link(Protocol):
    """Carry frames between one page and its session."""

    async def send(self, frame: dict[str, Any]) -> None:
        """Hand a frame to the page; frames arrive in order. A closed link ignores it."""

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the page's frames until the link closes."""


@runtime_checkable
class ClosableLink(Protocol):
    """A link that Python can end."""

    async def aclose(self) -> None:
        """End it; the page connects again."""


class Outbox:
    """Frames on their way to one page: the one queue between what happens in Python and what the page sees.

    A control and back. The page's call runs in a task; its cloud action commits, and its answer is queued
    here. What follows the commit (Effects: the push of the control, the message to the device) is done on
    the event loop's next turn, so the answer is ahead of it. The device takes the message from its inbox
    another turn later and reports. Pushes come here by plain calls, at the moment of each (Subscriptions).
    So an answer, its control and its report are queued in this order, two turns after the call.

    The one trick: the sender, a task that starts on the turn after the first frame, lets one more turn pass
    before it takes what is queued, which makes the three one message. Control to report, as a multiple of a
    bare echo over the WebSocket and over the binding (`python -m bench.sdk`, medians on a busy machine with
    two cores: p50, and in brackets the processor time of Python and page):

        one turn more (TURNS = 1)          1.9 (1.9)    1.4 (1.6)
        none, so that it is two messages   2.9 (2.6)    1.8 (1.9)
        with three more tricks             1.7 (1.8)    1.3 (1.5)

    The three were to call an idle device without its inbox, to make calls in the binding's own task, and to
    do at once what follows the commit; they are not worth their code.

    Events are numbered from 1 and kept until the page acknowledges them, so that a page that comes back gets
    what it missed. spawn runs the sender; there is one at a time for a link.
    """

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._spawn = spawn
        self._link: Link | None = None
        self._sending: Link | None = None
        self._queue: deque[dict[str, Any]] = deque()
        self._unseen: deque[dict[str, Any]] = deque()
        self._number = 0
        self.overflowed = False

    @property
    def attached(self) -> bool:
        """Tell whether a page is there."""
        return self._link is not None

    def attach(self, link: Link, since: int, **fields: Any) -> None:
        """Send through link from now on: a welcome with these fields, then the events after number since.

        The welcome has resync: true once events were dropped for a page that was away for too long.
        """
        self.acknowledge(since)
        self._link = link
        self._queue.clear()
        if self.overflowed:
            self.overflowed, fields["resync"] = False, True
        first = self._unseen[0]["n"] if self._unseen else self._number + 1
        self._queue.extend(self._unseen)
        self._queue.appendleft({"t": "welcome", "n": first, **fields})
        self._send_soon()

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

    def event(self, kind: str, data: object) -> None:
        """Queue an event; a page that is away gets it when it comes back."""
        self._number += 1
        frame = {"t": "ev", "n": self._number, "k": kind, "d": data}
        self._unseen.append(frame)
        if len(self._unseen) > MAX_MISSED:
            self._unseen.popleft()
            self.overflowed = True
        self.frame(frame)

    def frame(self, frame: dict[str, Any]) -> None:
        """Queue a frame; only the present link can carry it."""
        if self._link is not None:
            self._queue.append(frame)
            if len(self._queue) > MAX_MISSED:
                self._give_up(self._link)
            else:
                self._send_soon()

    def _give_up(self, link: Link) -> None:
        """Take a page that does not read for one that is away, and end its link so that it comes back."""
        self._link, self.overflowed = None, True
        self._queue.clear()
        if isinstance(link, ClosableLink):
            self._spawn(link.aclose())

    def _send_soon(self) -> None:
        if self._link is not None and self._sending is not self._link:
            self._sending = self._link
            self._spawn(self._send_all(self._link))

    async def _send_all(self, link: Link) -> None:
        """Send what is queued, and what is added meanwhile, MAX_TOGETHER frames at a time."""
        try:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            while self._queue and self._link is link:
                frames = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_TOGETHER))]
                await link.send(frames[0] if len(frames) == 1 else {"t": "many", "f": frames})
        finally:
            if self._sending is link:
                self._sending = None
