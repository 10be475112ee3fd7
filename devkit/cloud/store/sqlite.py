"""The store in a SQLite file, by Python's own driver: the tables of the schema, as postgres.py has them.

SQLAlchemy spends several times the time of SQLite itself on a statement, and a quarter of a second on its
import; here a project's database opens within milliseconds.

WAL mode without a sync at each commit: nothing committed is lost when the process is killed; a crash of the
whole machine may take the last moments. Each transaction takes the write lock at its start, so that two
processes on one file never overlap.
"""
# ruff: noqa: S608  names of tables and columns come from the schema alone, values are bound

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from devkit.cloud.store.memory import Key, KeyPart, Range, Row, Store, Transaction, ends_of
from devkit.cloud.store.schema import TABLES, VERSION, R, Table, migrate
from devkit.errors import SettingsError, TransportError
from devkit.language import _

logger = logging.getLogger(__name__)
BUSY_S = 10
CHECKPOINT_CHANGES = 5000
LARGE_LOG = 4 * 2**20
MOST_ROWS = 20_000
_TYPES = {"text": "TEXT", "int": "BIGINT", "json": "TEXT"}


class SqliteStore(Store):
    """A store in a file; its folder is made when it is missing.

    Errors: SettingsError when the file cannot be used.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.RLock()
        self._copying: threading.Thread | None = None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # tokens and phone numbers are in it; SQLite gives its log and index the mode of the database
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                file, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=512
            )
        except (OSError, sqlite3.Error) as error:
            raise _unusable(file, error) from error
        try:
            self._set_up()
        except sqlite3.Error as error:
            self._connection.close()
            raise _unusable(file, error) from error
        except SettingsError:
            self._connection.close()
            raise
        self._transaction = _SqliteTransaction(self._connection)
        self._copied = self._connection.total_changes
        log = file.with_name(f"{file.name}-wal")
        if log.exists() and log.stat().st_size > LARGE_LOG:
            self._checkpoint()

    def _set_up(self) -> None:
        self._use_log()
        script = [statement for name, table in TABLES.items() for statement in _create(name, table)]
        mark = zlib.crc32(";".join([*script, str(VERSION)]).encode()) >> 1
        execute = self._connection.execute
        if execute("PRAGMA user_version").fetchone()[0] == mark:
            return
        with _begun(self._connection):
            migrate(execute, script)
            execute(f"PRAGMA user_version = {mark}")

    def _use_log(self) -> None:
        """Turn WAL mode on; SQLite does not wait when another process does the same at this moment."""
        for _turn in range(BUSY_S * 20):
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                time.sleep(0.05)
        for pragma in ("synchronous=NORMAL", "wal_autocheckpoint=0"):
            self._connection.execute(f"PRAGMA {pragma}")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; an exception undoes it.

        Errors: TransportError when the database fails.
        """
        with self._lock:
            try:
                with _begun(self._connection):
                    self._transaction.renew()
                    yield self._transaction
            except sqlite3.Error as error:
                self._transaction.forget()
                raise TransportError(_(f"The database {self.file} failed: {error}.")) from error
            except BaseException:
                self._transaction.forget()
                raise
            if self._connection.total_changes - self._copied > CHECKPOINT_CHANGES:
                self._checkpoint()

    def _checkpoint(self) -> None:
        """Copy the log into the file beside the event loop: that waits for the disk."""
        if self._copying is None or not self._copying.is_alive():
            self._copied = self._connection.total_changes
            self._copying = threading.Thread(target=self._copy, name="devkit-checkpoint", daemon=True)
            self._copying.start()

    def _copy(self) -> None:
        try:
            with closing(sqlite3.connect(self.file, timeout=BUSY_S)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            logger.warning("The log of %s cannot be copied into it: %s.", self.file, error)

    def close(self) -> None:
        """Close the file."""
        if self._copying is not None:
            self._copying.join()
        self._connection.close()


@contextmanager
def _begun(connection: sqlite3.Connection) -> Iterator[None]:
    """Write from here on; committed at the end, undone by an exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _unusable(file: Path, error: Exception) -> SettingsError:
    return SettingsError(
        _(f"The database {file} cannot be used: {error}."),
        _(
            "Check the path and its permissions, delete a file that is broken, "
            "or keep nothing with --db memory."
        ),
    )


def _create(name: str, table: Table[Any]) -> Iterator[str]:
    """Yield the statements that make a table."""
    columns = [
        f'"{column}" INTEGER NOT NULL PRIMARY KEY'
        if column == table.serial
        else f'"{column}" {_TYPES[kind]}{"" if kind == "json" else " NOT NULL"}'
        for column, kind in table.columns.items()
    ]
    if not table.serial:
        columns.append(f"PRIMARY KEY ({_names(table.key)})")
    yield f'CREATE TABLE IF NOT EXISTS "{name}" ({", ".join(columns)})'
    for index in table.indexes:
        title = f"ix_{name}_{'_'.join(index)}"
        yield f'CREATE INDEX IF NOT EXISTS "{title}" ON "{name}" ({_names(index)})'


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _where(columns: tuple[str, ...]) -> str:
    return " AND ".join(f'"{column}" = ?' for column in columns) or "1"


class _Shape:
    """The statements of a table that do not vary, and how its rows are read and written."""

    def __init__(self, name: str, table: Table[Any]) -> None:
        self.columns = tuple(table.columns)
        self.json = tuple(column for column, kind in table.columns.items() if kind == "json")
        self.kinds = table.columns.keys()
        self.key = table.key
        self.read = f'SELECT {_names(self.columns)} FROM "{name}" WHERE '
        self.get = self.read + _where(self.key)
        self.remove = f'DELETE FROM "{name}" WHERE {_where(self.key)}'
        rest = [column for column in self.columns if column not in self.key]
        changes = ", ".join(f'"{column}" = excluded."{column}"' for column in rest)
        self.put = (
            f'INSERT INTO "{name}" ({_names(self.columns)}) VALUES ({", ".join("?" * len(self.columns))}) '
            f"ON CONFLICT ({_names(self.key)}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"
        )
        self.unnumbered = tuple(column for column in self.columns if column != table.serial)
        self.append = (
            f'INSERT INTO "{name}" ({_names(self.unnumbered)}) '
            f"VALUES ({', '.join('?' * len(self.unnumbered))})"
        )

    def values(self, row: Mapping[str, Any], columns: tuple[str, ...]) -> list[Any]:
        if not self.json:
            return [row[column] for column in columns]
        return [_dump(row[column]) if column in self.json else row[column] for column in columns]

    def row(self, found: tuple[Any, ...]) -> Row:
        row = dict(zip(self.columns, found, strict=True))
        for column in self.json:
            text = row[column]
            if isinstance(text, str):  # a file of an older devkit may hold plain numbers
                row[column] = json.loads(text)
        return row


_dump = json.JSONEncoder(separators=(",", ":")).encode
_SHAPES: Mapping[str, _Shape] = {name: _Shape(name, table) for name, table in TABLES.items()}


class _SqliteTransaction(Transaction):
    """Rows that were read by their key are kept, as long as nobody else writes into the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._statements: dict[Any, str] = {}
        self._rows: dict[Key, Row] = {}
        self._version = -1

    def renew(self) -> None:
        """Forget what was read when another connection has written since; call it once the lock is taken."""
        version = self._execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._rows) > MOST_ROWS:
            self.forget()
            self._version = version

    def forget(self) -> None:
        """Forget what was read, such as rows of a transaction that is undone."""
        self._rows.clear()

    def get(self, table: Table[R], *key: KeyPart) -> R | None:
        place = (table, *key)
        row: Any = self._rows.get(place)
        if row is None:
            shape = _SHAPES[table]
            found = self._execute(shape.get, key).fetchone()
            if found is None:
                return None
            row = shape.row(found)
            if place == (table, *(row[column] for column in shape.key)):  # SQLite finds 5 as "5", too
                self._rows[place] = row
        copy: R = row.copy()
        return copy

    def put(self, table: Table[R], row: R) -> None:
        shape = _SHAPES[table]
        if row.keys() != shape.kinds:
            raise KeyError(f"{table} needs the columns {', '.join(shape.columns)}, not {', '.join(row)}")
        self._rows.pop((table, *shape.values(row, shape.key)), None)
        self._execute(shape.put, shape.values(row, shape.columns))

    def append(self, table: Table[Any], row: Mapping[str, object]) -> int:
        shape = _SHAPES[table]
        number = self._execute(shape.append, shape.values(row, shape.unnumbered)).lastrowid or 0
        self._rows.pop((table, number), None)
        return number

    def change(self, table: Table[Any], *key: KeyPart, **columns: object) -> None:
        if not columns:
            return
        shape = _SHAPES[table]
        self._rows.pop((table, *key), None)

        def build() -> str:
            changes = ", ".join(f'"{name}" = ?' for name in columns)
            return f'UPDATE "{table}" SET {changes} WHERE {_where(shape.key)}'

        statement = self._statement(("change", table, *columns), build)
        self._execute(statement, [*shape.values(columns, tuple(columns)), *key])

    def remove_alone(self, table: Table[Any], *key: KeyPart) -> bool:
        self._rows.pop((table, *key), None)
        return self._execute(_SHAPES[table].remove, key).rowcount > 0

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
        shape = _SHAPES[table]
        bounds = ends_of(between or {})
        ends = [end for end, _value in bounds]
        values: list[object] = [*where.values(), *(value for _end, value in bounds)]
        values += [-1 if limit is None else limit, offset]

        def build() -> str:
            terms = [_where(tuple(where)), *(f'"{column}" {operator} ?' for column, operator in ends)]
            keys = dict.fromkeys((order, *shape.key) if order else shape.key)
            sorting = ", ".join(f'"{name}" {"DESC" if descending else "ASC"}' for name in keys)
            return f"{shape.read}{' AND '.join(terms)} ORDER BY {sorting} LIMIT ? OFFSET ?"

        statement = self._statement(("find", table, *where, *ends, order, descending), build)
        rows: list[Any] = [shape.row(found) for found in self._execute(statement, values)]
        return rows

    def count(self, table: Table[Any], where: Mapping[str, object]) -> int:
        statement = self._statement(
            ("count", table, *where), lambda: f'SELECT count(*) FROM "{table}" WHERE {_where(tuple(where))}'
        )
        return int(self._execute(statement, list(where.values())).fetchone()[0])

    def renumber(self) -> None:
        """SQLite goes on after the highest number by itself."""

    def _statement(self, shape: Any, build: Any) -> str:
        """Return a statement's text, built once per shape; the driver keeps it prepared."""
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = build()
        return statement
