"""The store: rows of the schema's tables, changed in transactions. This one keeps them in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import AbstractContextManager, nullcontext
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from devkit.clock import SystemClock
from devkit.cloud.store.schema import OWNED, TABLES, R, Table

Row = dict[str, Any]
KeyPart = str | int
Key = tuple[KeyPart, ...]
Range = tuple[int | None, int | None]
T = TypeVar("T")


class Transaction(Protocol):
    """Reads and writes that happen together or not at all."""

    def get(self, table: Table[R], *key: KeyPart) -> R | None:
        """Return a copy of a row."""

    def put(self, table: Table[R], row: R) -> None:
        """Insert a whole row, or replace the one of the same key."""

    def append(self, table: Table[Any], row: Mapping[str, object]) -> int:
        """Insert a row into a table that numbers its rows; return the number."""

    def add(self, table: Table[Any], row: Mapping[str, object]) -> None:
        """Insert a row into a table that numbers its rows, whatever its number will be."""
        self.append(table, row)

    def loosely(self) -> AbstractContextManager[None]:
        """Read, inside this context, what may have changed by the commit."""
        return nullcontext()

    def change(self, table: Table[Any], *key: KeyPart, **columns: object) -> None:
        """Change some columns of a row; nothing happens when there is no such row."""

    def remove(self, table: Table[Any], *key: KeyPart) -> bool:
        """Delete a row with all that belongs to it; tell whether it was there."""
        self.disown(table, *key)
        return self.remove_alone(table, *key)

    def disown(self, owner: str, *key: KeyPart) -> None:
        """Delete what belongs to a row of a table, or to a binding; what only names it, names it no more."""
        for reference in OWNED.get(owner, ()):
            table = reference.table
            for row in self.find(table, dict(zip(reference.columns, key, strict=True))):
                place = [row[column] for column in table.key]
                if reference.gone is None:
                    self.remove(table, *place)
                else:
                    self.disown(reference.ends, *place)
                    self.change(table, *place, **{reference.columns[0]: reference.gone})

    def remove_alone(self, table: Table[Any], *key: KeyPart) -> bool:
        """Delete a row, but nothing that belongs to it; tell whether it was there."""

    def find(
        self,
        table: Table[R],
        where: Mapping[str, object],
        *,
        between: Mapping[str, Range] | None = None,
        order: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[R]:
        """Return copies of the rows whose columns equal where and lie between (inclusive; None is open)."""

    def count(self, table: Table[Any], where: Mapping[str, object]) -> int:
        """Count rows."""

    def tell(self, topic: str, body: Callable[[], str]) -> None:
        """Commit a message to the other workers, where the store has them; a topic's keep their order."""
        return

    def renumber(self) -> None:
        """Let append() go on after the highest number, once rows with numbers of their own were put."""


class Store(Protocol):
    """Where the emulator keeps everything. One that waits does so in coroutines of drive() alone."""

    waits: bool = False

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; an exception undoes it. They do not nest."""

    def drive(self, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Return a coroutine in which transactions let the event loop go on, where they take time."""
        return coroutine

    def forget(self) -> None:
        """Forget what is kept for a moment, since another process has changed it."""
        return

    def pause(self, attempt: int) -> None:
        """Wait for a moment before a transaction is done again."""
        return

    def clock(self) -> SystemClock:
        """Return the clock that all processes of the store share."""
        return SystemClock()

    def beat(self, name: str) -> tuple[int, list[tuple[str, str]]]:
        """Tell that a worker lives; return how many others do, and (run, holder) of the dead."""
        return 0, []

    async def leave(self, name: str) -> None:
        """Tell that a worker ends."""
        return

    def figures(self) -> dict[str, float]:
        """Return what there is of connections, for who watches over this process."""
        return {}

    async def aclose(self) -> None:
        """Give back what belongs to the running event loop."""
        return

    def close(self) -> None:
        """Give back files and connections."""


class MemoryStore(Store):
    """A store that lives as long as the process. One event loop uses it, so transactions never overlap."""

    def __init__(self) -> None:
        self._tables = {name: _MemoryTable(table) for name, table in TABLES.items()}

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; an exception undoes it."""
        return _MemoryTransaction(self._tables)

    def close(self) -> None:
        """Nothing to give back."""


class _MemoryIndex:
    """The keys of the rows by the values of some columns."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.value_of: Callable[[Mapping[str, Any]], Any] = itemgetter(*columns)
        self.keys: dict[Any, dict[Key, None]] = {}

    def add(self, value: object, key: Key) -> None:
        keys = self.keys.get(value)
        if keys is None:
            self.keys[value] = {key: None}
        else:
            keys[key] = None

    def discard(self, value: object, key: Key) -> None:
        keys = self.keys[value]
        del keys[key]
        if not keys:
            del self.keys[value]


class _MemoryTable:
    def __init__(self, table: Table[Any]) -> None:
        self.table = table
        self.rows: dict[Key, Row] = {}
        self.indexes = [_MemoryIndex(columns) for columns in table.indexes]
        self.numbers = itertools.count(1)

    def key_of(self, row: Mapping[str, Any]) -> Key:
        return tuple([row[column] for column in self.table.key])

    def set(self, key: Key, row: Row | None) -> Row | None:
        """Store or delete a row; return the former one."""
        old = self.rows.get(key)
        for index in self.indexes:
            before = None if old is None else index.value_of(old)
            after = None if row is None else index.value_of(row)
            if old is not None and row is not None and before == after:
                continue
            if old is not None:
                index.discard(before, key)
            if row is not None:
                index.add(after, key)
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row
        return old

    def candidates(self, where: Mapping[str, Any]) -> tuple[Collection[Key], bool]:
        """Return the keys that an index narrows down to, or all; and whether they all match."""
        best: _MemoryIndex | None = None
        for index in self.indexes:
            if all(column in where for column in index.columns) and (
                best is None or len(index.columns) > len(best.columns)
            ):
                best = index
        if best is None:
            return self.rows.keys(), not where
        return best.keys.get(best.value_of(where), ()), len(best.columns) == len(where)


class _MemoryTransaction(Transaction):
    def __init__(self, tables: Mapping[str, _MemoryTable]) -> None:
        self._tables = tables
        self._undo: list[tuple[_MemoryTable, Key, Row | None]] = []

    def __enter__(self) -> _MemoryTransaction:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for table, key, row in reversed(self._undo):
                table.set(key, row)

    def get(self, table: Table[R], *key: KeyPart) -> R | None:
        row: Any = self._tables[table].rows.get(key)
        return None if row is None else row.copy()

    def put(self, table: Table[R], row: R) -> None:
        self._put(table, dict(row))

    def _put(self, table: str, row: Row) -> None:
        columns = self._tables[table].table.columns
        if row.keys() != columns.keys():
            raise KeyError(f"{table} needs the columns {', '.join(columns)}, not {', '.join(row)}")
        self._set(table, self._tables[table].key_of(row), row)

    def append(self, table: Table[Any], row: Mapping[str, object]) -> int:
        number = next(self._tables[table].numbers)
        self._put(table, {self._tables[table].table.serial: number, **row})
        return number

    def change(self, table: Table[Any], *key: KeyPart, **columns: object) -> None:
        row = self._tables[table].rows.get(key)
        if row is not None:
            self._put(table, {**row, **columns})

    def remove_alone(self, table: Table[Any], *key: KeyPart) -> bool:
        if key not in self._tables[table].rows:
            return False
        self._set(table, key, None)
        return True

    def find(
        self,
        table: Table[R],
        where: Mapping[str, object],
        *,
        between: Mapping[str, Range] | None = None,
        order: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[R]:
        kept = self._tables[table]
        keys, exact = kept.candidates(where)
        end = None if limit is None else offset + limit
        if exact and not between and not order:
            found: list[Any] = [kept.rows[key] for key in sorted(keys, reverse=descending)[offset:end]]
            return [row.copy() for row in found]
        rows = (kept.rows[key] for key in keys)
        found = [
            row for row in rows if (exact or matches(row, where)) and (not between or within(row, between))
        ]
        return [row.copy() for row in ordered(found, kept.table, order, descending=descending)[offset:end]]

    def count(self, table: Table[Any], where: Mapping[str, object]) -> int:
        kept = self._tables[table]
        keys, exact = kept.candidates(where)
        return len(keys) if exact else sum(matches(kept.rows[key], where) for key in keys)

    def renumber(self) -> None:
        for table in self._tables.values():
            if table.table.serial:
                highest = max((int(key[0]) for key in table.rows), default=0)
                table.numbers = itertools.count(highest + 1)

    def _set(self, table: str, key: Key, row: Row | None) -> None:
        kept = self._tables[table]
        self._undo.append((kept, key, kept.set(key, row)))


def ordered(rows: list[Any], table: Table[Any], order: str, *, descending: bool) -> list[Any]:
    """Return rows in the order of a column and of their keys."""
    columns = (order, *table.key) if order else table.key
    rows.sort(key=itemgetter(*columns), reverse=descending)
    return rows


def matches(row: Row, where: Mapping[str, Any]) -> bool:
    """Tell whether columns of a row equal some values."""
    return all(row[column] == value for column, value in where.items())


def within(row: Row, between: Mapping[str, Range]) -> bool:
    """Tell whether columns of a row lie between their bounds."""
    for column, (low, high) in between.items():
        if low is not None and row[column] < low:
            return False
        if high is not None and row[column] > high:
            return False
    return True


def ends_of(between: Mapping[str, Range]) -> list[tuple[tuple[str, str], int]]:
    """Return the bounds that are there as ((column, SQL operator), value)."""
    sides = (
        (column, operator, value)
        for column, (low, high) in between.items()
        for operator, value in ((">=", low), ("<=", high))
    )
    return [((column, operator), value) for column, operator, value in sides if value is not None]


def newest_stamp(tx: Transaction) -> int:
    """Return the last moment at which a row was made, 0 for an empty store."""
    stamped = [table for table in TABLES.values() if "created" in table.columns]
    with tx.loosely():
        rows = [tx.find(table, {}, order="created", descending=True, limit=1) for table in stamped]
    return max((int(row["created"]) for found in rows for row in found), default=0)
