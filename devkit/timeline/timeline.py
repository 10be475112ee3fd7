"""The one ordered list of what happened: calls, cloud actions, pushes, navigation, console errors."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

MAX_ENTRIES = 5000
MAX_TEXT = 4000
MAX_ITEMS = 200
MAX_DEPTH = 12
AGAIN = 64  # entries after which another loop is asked, should the first have ended


SETTLED_KINDS = frozenset(("push", "device", "sdk"))
"""Kinds whose data nobody changes once recorded; they are copied when whoever records has gone on."""


class Entry:
    """One thing that happened. seq counts from 1 without gaps; time is unix ms; data is JSON."""

    __slots__ = ("_data", "_whole", "kind", "seq", "time")

    def __init__(self, seq: int, time: int, kind: str, data: Any) -> None:
        self.seq = seq
        self.time = time
        self.kind = kind
        self._data = data
        self._whole = True

    @property
    def data(self) -> Any:
        """Return what happened, shortened."""
        self.shorten()
        return self._data

    def shorten(self) -> None:
        """Let go of the data as they were given."""
        if self._whole:
            self._data, self._whole = shorten(self._data), False

    def to_json(self) -> dict[str, Any]:
        """Return the entry as the control API gives it."""
        return {"seq": self.seq, "time": self.time, "kind": self.kind, "data": self.data}


def shorten(value: Any, depth: int = 0) -> Any:
    """Return a JSON copy of value; long texts and lists are cut, with a note of their size."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is str:
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value)} characters)"
    if kind is dict:
        return _short_dict(value, depth) if depth < MAX_DEPTH else "…"
    if kind is list:
        return _short_list(value, depth) if depth < MAX_DEPTH else "…"
    return _shorten_other(value, depth)


_PLAIN = frozenset((int, float, bool, type(None)))


def _short_dict(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    if len(value) <= MAX_ITEMS:
        short = {}
        for key, item in value.items():
            kind = type(item)
            plain = kind in _PLAIN or (kind is str and len(item) <= MAX_TEXT)
            short[key if type(key) is str else str(key)] = item if plain else shorten(item, depth + 1)
        return short
    first = dict(itertools.islice(value.items(), MAX_ITEMS))
    return {**_short_dict(first, depth), "…": f"{len(value)} entries"}


def _short_list(value: list[Any], depth: int) -> list[Any]:
    cut = [shorten(item, depth + 1) for item in value[:MAX_ITEMS]]
    return cut if len(value) <= MAX_ITEMS else [*cut, f"… ({len(value)} items)"]


def _shorten_other(value: Any, depth: int) -> Any:
    """Deal with everything that plain JSON does not hold."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return shorten(dict(value), depth)
    if isinstance(value, tuple | set | frozenset):
        return shorten(list(value), depth)
    return shorten(str(value), depth)


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

    def record(self, kind: str, data: Any) -> Entry:
        """Append an entry and wake the followers."""
        self._seq += 1
        entry = Entry(self._seq, time.time_ns() // 1_000_000, kind, data)
        if kind in SETTLED_KINDS:
            self._shorten_soon(entry)
        else:
            entry.shorten()
        self._entries.append(entry)
        for waker in self._wakers:
            waker.set()
        return entry

    def _shorten_soon(self, entry: Entry) -> None:
        self._to_shorten.append(entry)
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
