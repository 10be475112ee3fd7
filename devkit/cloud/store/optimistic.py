"""A transaction that holds nothing while it lasts: it remembers what it has read and keeps what it writes.

At its end both go to the database in one commit, which is refused when something that was read has changed
(StaleError): then whoever opened it does its work again. What a lock covers, a row or all rows of some value
in a column, is a number that every process computes alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from devkit.cloud.store.commits import Changes, Evidence
from devkit.cloud.store.memory import Key, KeyPart, Range, Row, Transaction, ends_of, matches, ordered, within
from devkit.cloud.store.queries import Query
from devkit.cloud.store.schema import CALM, TABLES, R, Table
from devkit.errors import TransportError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.store.postgres import PostgresStore

PROVISIONAL = 2**62  # from here on numbers are given at the commit
ROW, RANGE, TOPIC, EVERYTHING = "row", "range", "topic", "everything"
Values = tuple[Any, ...]


def begin(store: PostgresStore) -> AbstractContextManager[Transaction]:
    """Return a transaction that reads through the store's traffic, and writes at its end."""
    return _OptimisticTransaction(store)


class _OptimisticTransaction(Transaction):
    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._seen: dict[tuple[Query, Values], Evidence] = {}
        self._found: dict[tuple[Query, Values], Any] = {}
        self._base: dict[tuple[str, Key], Row | None] = {}
        self._calm: dict[tuple[str, Key], Evidence] = {}
        self._written: dict[str, dict[Key, Row | None]] = {}
        self._told: list[tuple[str, str]] = []
        self._loose = False
        self._next = PROVISIONAL

    def __enter__(self) -> _OptimisticTransaction:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and (self._written or self._told):
            self._store.commit(self.change_set(), self._calm)

    @contextmanager
    def loosely(self) -> Iterator[None]:
        """Let what is read meanwhile change before the commit."""
        before, self._loose = self._loose, True
        try:
            yield
        finally:
            self._loose = before

    def get(self, table: Table[R], *key: KeyPart) -> R | None:
        written = self._written.get(table, {})
        row: Any = written[key] if key in written else self._row(table, key)
        return None if row is None else row.copy()

    def _row(self, table: str, key: Key) -> Row | None:
        """Return a row as the database has it."""
        place = (table, key)
        if place in self._base:
            return self._base[place]
        if not _fits(key) or (TABLES[table].serial and int(key[0]) >= PROVISIONAL):
            return None
        query = Query(table, TABLES[table].key)
        if table in CALM:
            known = self._store.remembered(place)
            if known is None:
                known = self._store.read(query, key)
                self._store.remember(place, known)
            self._calm[place] = _evidence(known)
        else:
            known = self._read(query, key)
        row: Row | None = known[0][1] if known else None
        if not self._loose:
            self._base[place] = row
        return row

    def _read(self, query: Query, values: Values) -> Any:
        asked = (query, values)
        if asked in self._found:
            return self._found[asked]
        found = self._store.read(query, values)
        if not self._loose:
            self._found[asked] = found
            self._seen[asked] = str(found) if query.counted else _evidence(found)
        return found

    def put(self, table: Table[R], row: R) -> None:
        columns = TABLES[table].columns
        if row.keys() != columns.keys():
            raise KeyError(f"{table} needs the columns {', '.join(columns)}, not {', '.join(row)}")
        as_row: Row = dict(row)
        self._set(table, tuple(as_row[column] for column in TABLES[table].key), as_row)

    def append(self, table: Table[Any], row: Mapping[str, object]) -> int:
        number = self._store.number(table)
        self.put(table, {TABLES[table].serial: number, **row})
        return number

    def add(self, table: Table[Any], row: Mapping[str, object]) -> None:
        self._next += 1
        self.put(table, {TABLES[table].serial: self._next, **row})

    def change(self, table: Table[Any], *key: KeyPart, **columns: object) -> None:
        row = self.get(table, *key)
        if row is not None and any(row[name] != value for name, value in columns.items()):
            self.put(table, {**row, **columns})

    def remove_alone(self, table: Table[Any], *key: KeyPart) -> bool:
        if self.get(table, *key) is None:
            return False
        self._set(table, key, None)
        return True

    def _set(self, table: str, key: Key, row: Row | None) -> None:
        if row is not None and not _fits(row.values()):
            raise TransportError(
                _(f"A row of {table} has a text or number that the database cannot hold: {key!r}."),
                _("Leave out NUL characters and half surrogates; numbers have 64 bits."),
            )
        self._written.setdefault(table, {})[key] = row

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
        written = self._written.get(table, {})
        bounds = ends_of(between or {})
        ends = tuple(end for end, _value in bounds)
        values: list[Any] = [*where.values(), *(value for _end, value in bounds)]
        if not _fits(values):
            return []
        if limit is not None:
            values.append(limit if not written else offset + limit + len(written))
        skips = bool(offset and not written)
        if skips:
            values.append(offset)
        paged = limit is not None or skips
        query = Query(
            table, tuple(where), ends, (order,) if order and paged else (), descending and paged,
            limit is not None, skips,
        )  # fmt: skip
        rows: list[Any] = [row for _, row in self._read(query, tuple(values))]
        kept = TABLES[table]
        if not self._loose:
            for row in rows:
                self._base.setdefault((table, tuple(row[column] for column in kept.key)), row)
        if written:
            rows = [row for row in rows if tuple(row[column] for column in kept.key) not in written]
            for row in written.values():
                if row is not None and matches(row, where) and within(row, between or {}):
                    rows.append(row)
        if written or not paged:
            rows = ordered(rows, kept, order, descending=descending)
            rows = rows[offset if not skips else 0 :]
            rows = rows if limit is None else rows[:limit]
        return [row.copy() for row in rows]

    def count(self, table: Table[Any], where: Mapping[str, object]) -> int:
        if not _fits(where.values()):
            return 0
        number = int(self._read(Query(table, tuple(where), counted=True), tuple(where.values())))
        for key, row in self._written.get(table, {}).items():
            before = self._row(table, key)
            number += int(row is not None and matches(row, where))
            number -= int(before is not None and matches(before, where))
        return number

    def tell(self, topic: str, body: Callable[[], str]) -> None:
        """Leave a message to be committed, if there is a bus that takes it from the database."""
        if self._store.tells:
            self._told.append((topic, body()))

    def renumber(self) -> None:
        """The store sets its sequences once this is committed."""
        self._store.renumber_later()

    def change_set(self) -> Changes:
        """Return what there is to commit, and to check for it."""
        change = Changes(self._lock(EVERYTHING), told=[body for _, body in self._told])
        change.topics |= {self._lock(TOPIC, topic) for topic, _ in self._told}
        for table, rows in self._written.items():
            for key, row in rows.items():
                self._write(change, TABLES[table], key, row)
        for (query, values), evidence in self._seen.items():
            change.reads.setdefault(query, []).append((values, evidence))
            locks = change.shared if query.equal == TABLES[query.table].key else change.alone
            locks.add(self._lock_of(query, values))
        change.shared -= change.alone
        return change

    def _write(self, change: Changes, table: Table[Any], key: Key, row: Row | None) -> None:
        added = bool(table.serial) and int(key[0]) >= PROVISIONAL
        before = None
        blind = added or all(set(index) <= set(table.key) for index in table.indexes)
        if not blind:
            before = self._row(table, key)
        if row is None and (added or not (blind or before)):
            return
        if (table, key) in self._calm:
            query = Query(table, table.key)
            change.reads.setdefault(query, []).append((key, self._calm[table, key]))
        named = dict(zip(table.key, key, strict=True))
        if not added:
            change.alone.add(self._lock(ROW, table, key))
        for index in ((), *table.indexes):
            for state in (before or row or named, row or before or named):
                change.shared.add(self._lock(RANGE, table, index, tuple(state[column] for column in index)))
        if row is None:
            change.removes.setdefault(table, []).append(key)
        else:
            (change.adds if added else change.puts).setdefault(table, []).append(row)

    def _lock_of(self, query: Query, values: Values) -> int:
        table = TABLES[query.table]
        equal = dict(zip(query.equal, values, strict=False))
        if equal.keys() == set(table.key):
            return self._lock(ROW, table, tuple(equal[column] for column in table.key))
        fitting = [index for index in table.indexes if set(index) <= equal.keys()]
        index = max(fitting, key=len, default=())
        return self._lock(RANGE, table, index, tuple(equal[column] for column in index))

    def _lock(self, *what: object) -> int:
        digest = blake2b(repr((self._store.schema, *what)).encode("utf-8", "replace"), digest_size=8)
        return int.from_bytes(digest.digest(), "big", signed=True)


def _evidence(rows: list[tuple[str, Row]]) -> Evidence:
    return ",".join(sorted(version for version, _ in rows)) if rows else None


def _fits(values: Any) -> bool:
    """Tell whether the database can hold some texts and numbers; what it cannot hold is nowhere in it."""
    for value in values:
        if isinstance(value, str):
            if "\0" in value or not (value.isascii() or value.encode("utf-8", "ignore").decode() == value):
                return False
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            return False
    return True
