"""The store: rows of the schema's tables, changed in transactions. This one keeps them in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from devkit.cloud.schema import TABLES, Table

Row = dict[str, Any]
Key = tuple[Any, ...]
Range = tuple[int | None, int | None]


class Transaction(Protocol):
    """Reads and writes that happen together or not at all."""

    def get(self, table: str, *key: Any) -> Row | None:
        """Return a copy of a row."""

    def put(self, table: str, row: Row) -> None:
        """Insert a whole row, or replace the one of the same key."""

    def append(self, table: str, row: Row) -> int:
        """Insert a row into a table that numbers its rows; return the number."""

    def change(self, table: str, *key: Any, **columns: Any) -> None:
        """Change some columns of a row; nothing happens when there is no such row."""

    def remove(self, table: str, *key: Any) -> bool:
        """Delete a row; tell whether it was there."""

    def find(
        self,
        table: str,
        where: Mapping[str, Any],
        *,
        between: Mapping[str, Range] | None = None,
        order: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Row]:
        """Return copies of the rows whose columns equal where and lie between (inclusive; None is open)."""

    def count(self, table: str, where: Mapping[str, Any]) -> int:
        """Count rows."""

    def renumber(self) -> None:
        """Let append() go on after the highest number, once rows with numbers of their own were put."""


class Store(Protocol):
    """Where the emulator keeps everything."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; an exception undoes it. They do not nest."""

    def close(self) -> None:
        """Give back files and connections."""


class MemoryStore:
    """A store that lives as long as the process. One event loop uses it, so transactions never overlap."""

    def __init__(self) -> None:
        self._tables = {name: _MemoryTable(table) for name, table in TABLES.items()}

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; an exception undoes it."""
        undo: list[Callable[[], None]] = []
        try:
            yield _MemoryTransaction(self._tables, undo)
        except BaseException:
            for step in reversed(undo):
                step()
            raise

    def close(self) -> None:
        """Nothing to give back."""


class _MemoryTable:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[Key, Row] = {}
        self.indexes: dict[tuple[str, ...], dict[Key, dict[Key, None]]] = {
            columns: {} for columns in table.indexes
        }
        self.numbers = itertools.count(1)

    def key_of(self, row: Row) -> Key:
        return tuple(row[column] for column in self.table.key)

    def set(self, key: Key, row: Row | None) -> Row | None:
        """Store or delete a row; return the former one."""
        old = self.rows.get(key)
        if old is not None:
            for columns, index in self.indexes.items():
                value = tuple(old[column] for column in columns)
                if row is None or value != tuple(row[column] for column in columns):
                    keys = index[value]
                    del keys[key]
                    if not keys:
                        del index[value]
        if row is None:
            self.rows.pop(key, None)
            return old
        for columns, index in self.indexes.items():
            index.setdefault(tuple(row[column] for column in columns), {})[key] = None
        self.rows[key] = row
        return old

    def candidates(self, where: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the rows that an index narrows down to, or all."""
        best: tuple[str, ...] = ()
        for columns in self.indexes:
            if len(columns) > len(best) and all(column in where for column in columns):
                best = columns
        if best:
            keys = self.indexes[best].get(tuple(where[column] for column in best), {})
            return (self.rows[key] for key in keys)
        return iter(self.rows.values())


class _MemoryTransaction:
    def __init__(self, tables: Mapping[str, _MemoryTable], undo: list[Callable[[], None]]) -> None:
        self._tables = tables
        self._undo = undo

    def get(self, table: str, *key: Any) -> Row | None:
        row = self._tables[table].rows.get(key)
        return None if row is None else dict(row)

    def put(self, table: str, row: Row) -> None:
        columns = self._tables[table].table.columns
        if row.keys() != columns.keys():
            raise KeyError(f"{table} needs the columns {', '.join(columns)}, not {', '.join(row)}")
        self._set(table, self._tables[table].key_of(row), dict(row))

    def append(self, table: str, row: Row) -> int:
        number = next(self._tables[table].numbers)
        self.put(table, {self._tables[table].table.serial: number, **row})
        return number

    def change(self, table: str, *key: Any, **columns: Any) -> None:
        row = self.get(table, *key)
        if row is not None:
            self.put(table, {**row, **columns})

    def remove(self, table: str, *key: Any) -> bool:
        if key not in self._tables[table].rows:
            return False
        self._set(table, key, None)
        return True

    def find(
        self,
        table: str,
        where: Mapping[str, Any],
        *,
        between: Mapping[str, Range] | None = None,
        order: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Row]:
        found = [
            row
            for row in self._tables[table].candidates(where)
            if _matches(row, where) and _within(row, between or {})
        ]
        columns = (order, *TABLES[table].key) if order else TABLES[table].key
        found.sort(key=lambda row: tuple(row[column] for column in columns), reverse=descending)
        end = None if limit is None else offset + limit
        return [dict(row) for row in found[offset:end]]

    def count(self, table: str, where: Mapping[str, Any]) -> int:
        return sum(_matches(row, where) for row in self._tables[table].candidates(where))

    def renumber(self) -> None:
        for table in self._tables.values():
            if table.table.serial:
                highest = max((key[0] for key in table.rows), default=0)
                table.numbers = itertools.count(highest + 1)

    def _set(self, table: str, key: Key, row: Row | None) -> None:
        kept = self._tables[table]
        old = kept.set(key, row)
        self._undo.append(lambda: _restore(kept, key, old))


def _restore(table: _MemoryTable, key: Key, row: Row | None) -> None:
    table.set(key, row)


def _matches(row: Row, where: Mapping[str, Any]) -> bool:
    return all(row[column] == value for column, value in where.items())


def _within(row: Row, between: Mapping[str, Range]) -> bool:
    for column, (low, high) in between.items():
        if low is not None and row[column] < low:
            return False
        if high is not None and row[column] > high:
            return False
    return True
