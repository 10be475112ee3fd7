"""The one ordered list of what happened: calls, cloud actions, pushes, navigation, console errors."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import TypeVar, cast

from devkit.timeline.bulk import JSON
from devkit.timeline.bulk import MAX_TEXT as MAX_TEXT
from devkit.timeline.bulk import shorten as shorten
from devkit.timeline.happening import Happening

MAX_ENTRIES = 5000
AGAIN = 64  # entries after which another loop is asked, should the first have ended
Kind = TypeVar("Kind", bound=Happening)


class Entry:
    """One thing that happened: seq counts from 1 without gaps, time is unix ms.

    phone: one of several, session: that of the page it happened in; "" when it is of no one phone or page.
    """

    __slots__ = ("_what", "_whole", "phone", "seq", "session", "time")

    def __init__(self, seq: int, time: int, what: Happening, phone: str = "", session: str = "") -> None:
        self.seq = seq
        self.time = time
        self.phone = phone
        self.session = session
        self._what = what
        self._whole = True

    @property
    def kind(self) -> str:
        """Return its kind's name on the wire."""
        return self._what.kind

    @property
    def what(self) -> Happening:
        """Return what happened, shortened."""
        self.shorten()
        return self._what

    @property
    def data(self) -> dict[str, JSON]:
        """Return what happened as the control API gives it, shortened."""
        data = self.what.to_json()
        return {**data, "phone": self.phone} if self.phone else data

    def holds(self, kind: type[Happening]) -> bool:
        """Tell whether it is of a kind."""
        return isinstance(self._what, kind)

    def shorten(self) -> None:
        """Let go of the data as they were given."""
        if self._whole:
            self._what, self._whole = self._what.shortened(), False

    def to_json(self) -> dict[str, JSON]:
        """Return the entry as the control API gives it."""
        told = {"seq": self.seq, "time": self.time, "kind": self.kind, "data": self.data}
        return {**told, "session": self.session} if self.session else told


class Timeline:
    """An ordered list of bounded length that can be read and followed."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=max_entries)
        self._seq = 0
        self._wakers: set[asyncio.Event] = set()
        self._to_shorten: list[Entry] = []

    @property
    def seq(self) -> int:
        """Return the number of the newest entry, 0 when there is none."""
        return self._seq

    def record(self, what: Happening, *, phone: str = "", session: str = "") -> Entry:
        """Append an entry and wake the followers; data that nobody changes are copied when there is time."""
        self._seq += 1
        entry = Entry(self._seq, time.time_ns() // 1_000_000, what, phone, session)
        if what.settled:
            self._shorten_soon(entry)
        else:
            entry.shorten()
        self._entries.append(entry)
        for waker in self._wakers:
            waker.set()
        return entry

    def _shorten_soon(self, entry: Entry) -> None:
        self._to_shorten.append(entry)
        if len(self._to_shorten) > MAX_ENTRIES:
            self._shorten()
            return
        if len(self._to_shorten) % AGAIN != 1:
            return
        try:
            asyncio.get_running_loop().call_soon(self._shorten)
        except RuntimeError:
            self._shorten()

    def _shorten(self) -> None:
        whole, self._to_shorten = self._to_shorten, []
        for entry in whole:
            entry.shorten()

    def since(self, seq: int) -> list[Entry]:
        """Return the entries after number seq that are still kept, oldest first."""
        if not self._entries or seq >= self._seq:
            return []
        first = self._entries[0].seq
        start = max(0, seq + 1 - first)
        if start == 0:
            return list(self._entries)
        return [self._entries[index] for index in range(start, len(self._entries))]

    def of(self, kind: type[Kind], since: int = 0) -> list[Kind]:
        """Return all that is kept of one kind after number since."""
        return [cast(Kind, entry.what) for entry in self.since(since) if entry.holds(kind)]

    def of_kind(self, kind: str) -> list[dict[str, JSON]]:
        """Return the data of all kept entries whose kind has this name on the wire."""
        return [entry.data for entry in self._entries if entry.kind == kind]

    async def follow(self, seq: int | None = None) -> AsyncIterator[Entry]:
        """Yield the entries after number seq (default: the newest), then each new one, until cancelled."""
        last = self._seq if seq is None else seq
        waker = asyncio.Event()
        self._wakers.add(waker)
        try:
            while True:
                waker.clear()
                for entry in self.since(last):
                    last = entry.seq
                    yield entry
                await waker.wait()
        finally:
            self._wakers.discard(waker)
