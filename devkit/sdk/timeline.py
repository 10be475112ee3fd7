"""The one ordered list of what happened: calls, cloud actions, pushes, navigation, console errors."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

MAX_ENTRIES = 5000
MAX_TEXT = 4000
MAX_ITEMS = 200
MAX_DEPTH = 12


@dataclass(frozen=True)
class Entry:
    """One thing that happened. seq counts from 1 without gaps; time is unix ms; data is JSON."""

    seq: int
    time: int
    kind: str
    data: Any

    def to_json(self) -> dict[str, Any]:
        """Return the entry as the control API gives it."""
        return {"seq": self.seq, "time": self.time, "kind": self.kind, "data": self.data}


def shorten(value: Any, depth: int = 0) -> Any:
    """Return a JSON copy of value; long texts and lists are cut, with a note of their size."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value)} characters)"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        items = list(value.items())
        cut = {str(key): shorten(item, depth + 1) for key, item in items[:MAX_ITEMS]}
        return cut if len(items) <= MAX_ITEMS else {**cut, "…": f"{len(items)} entries"}
    if isinstance(value, list | tuple | set | frozenset):
        items = list(value)
        cut_items = [shorten(item, depth + 1) for item in items[:MAX_ITEMS]]
        return cut_items if len(items) <= MAX_ITEMS else [*cut_items, f"… ({len(items)} items)"]
    return shorten(str(value), depth)


class Timeline:
    """An ordered list of bounded length that can be read and followed."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=max_entries)
        self._seq = 0
        self._wakers: set[asyncio.Event] = set()

    @property
    def seq(self) -> int:
        """Return the number of the newest entry, 0 when there is none."""
        return self._seq

    def record(self, kind: str, data: Any) -> Entry:
        """Append an entry and wake the followers."""
        self._seq += 1
        entry = Entry(self._seq, int(time.time() * 1000), kind, shorten(data))
        self._entries.append(entry)
        for waker in self._wakers:
            waker.set()
        return entry

    def since(self, seq: int) -> list[Entry]:
        """Return the entries after number seq that are still kept, oldest first."""
        if not self._entries or seq >= self._seq:
            return []
        first = self._entries[0].seq
        start = max(0, seq + 1 - first)
        if start == 0:
            return list(self._entries)
        return [self._entries[index] for index in range(start, len(self._entries))]

    def of_kind(self, kind: str) -> list[Any]:
        """Return the data of all kept entries of one kind."""
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
