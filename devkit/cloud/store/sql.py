"""The store in a database: SQLAlchemy Core on PostgreSQL or SQLite, with the tables of the schema.

A project's own file is opened by sqlite_store.py instead. SQLite runs in WAL mode: nothing committed is lost
when the process is killed. Each transaction takes the write lock at its start, so that two processes on one
file never overlap.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from devkit.cloud.store.memory import KeyPart, Range, Transaction
from devkit.cloud.store.schema import MIGRATIONS, TABLES, VERSION, R, Table, refuse_newer
from devkit.errors import SettingsError, TransportError
from devkit.extras import install_command

logger = logging.getLogger(__name__)
BUSY_S = 10
LOCK_KEY = 0x6465766B  # the advisory lock that every transaction on PostgreSQL takes
_TYPES: Mapping[str, Any] = {"text": sa.Text, "int": sa.BigInteger, "json": sa.JSON}


def _build() -> tuple[sa.MetaData, dict[str, sa.Table]]:
    """Return the schema's tables for SQLAlchemy."""
    metadata = sa.MetaData()
    tables = {}
    for name, table in TABLES.items():
        columns = [
            sa.Column(
                column,
                # SQLite numbers rows by itself only in a column of type INTEGER
                sa.BigInteger().with_variant(sa.Integer, "sqlite")
                if column == table.serial
                else _TYPES[kind](none_as_null=False)
                if kind == "json"
                else _TYPES[kind](),
                primary_key=column in table.key,
                autoincrement=column == table.serial,
                nullable=kind == "json",
            )
            for column, kind in table.columns.items()
        ]
        indexes = [sa.Index(f"ix_{name}_{'_'.join(index)}", *index) for index in table.indexes]
        tables[name] = sa.Table(str(name), metadata, *columns, *indexes)
    return metadata, tables


class SqlStore:
    """A store in a database.

    url: a SQLAlchemy URL such as sqlite:///cloud.db or postgresql+psycopg://user@host/name.
    """

    def __init__(self, url: str) -> None:
        self._metadata, self._tables = _build()
        self._engine = _open(url)
        self._statements: dict[Any, Any] = {}
        try:
            self._migrate()
        except DBAPIError as error:
            self._engine.dispose()
            raise SettingsError(
                f"The database {sa.make_url(url).render_as_string()} cannot be used: {error.orig}.",
                "Check the path and its permissions, or the server's address.",
            ) from error
        except SettingsError:
            self._engine.dispose()
            raise

    @property
    def url(self) -> str:
        """Return the address without its password."""
        return self._engine.url.render_as_string()

    def _migrate(self) -> None:
        """Create the tables, or bring older ones up to date.

        Errors: SettingsError when a newer devkit wrote them.
        """
        version = sa.Table(
            "schema_version", self._metadata, sa.Column("version", sa.Integer), extend_existing=True
        )
        with self._engine.begin() as connection:
            version.create(connection, checkfirst=True)
            found = connection.execute(sa.select(version.c.version)).scalar()
            refuse_newer(found or VERSION)
            for step in range(found or VERSION, VERSION):
                for statement in MIGRATIONS[step]:
                    connection.exec_driver_sql(statement)
            self._metadata.create_all(connection)
            if found is None:
                connection.execute(version.insert().values(version=VERSION))
            elif found < VERSION:
                connection.execute(version.update().values(version=VERSION))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction; an exception undoes it.

        Errors: TransportError when the database fails.
        """
        try:
            with self._engine.begin() as connection:
                yield _SqlTransaction(connection, self._tables, self._statements)
        except SQLAlchemyError as error:
            raise TransportError(f"The database failed: {error}.") from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file, whose folder is made when it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{file}"


def _open(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            memory = parsed.database in (None, "", ":memory:")
            pool = {"poolclass": sa.StaticPool} if memory else {}
            arguments = {"timeout": BUSY_S, "check_same_thread": False}
            engine = sa.create_engine(parsed, connect_args=arguments, **pool)
            sa.event.listen(engine, "connect", _set_up_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
            return engine
        engine = sa.create_engine(parsed, pool_pre_ping=True)
        if backend == "postgresql":
            sa.event.listen(engine, "begin", _begin_postgresql)
        return engine
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise SettingsError(
            f"{url!r} is not a database that can be opened: {error}.",
            f"Use sqlite:///FILE, or postgresql+psycopg://… after: {install_command('team')}",
        ) from error


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event starts transactions, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_S * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgresql(connection: sa.Connection) -> None:
    """Let transactions follow each other, as they do on SQLite: handlers read before they write."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))


class _SqlTransaction(Transaction):
    def __init__(
        self, connection: sa.Connection, tables: Mapping[str, sa.Table], statements: dict[Any, Any]
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._statements = statements

    def get(self, table: Table[R], *key: KeyPart) -> R | None:
        statement = self._statement(("get", table), lambda: self._select(table, TABLES[table].key))
        found = self._connection.execute(statement, _bind(TABLES[table].key, key)).mappings().first()
        row: R | None = None if found is None else dict(found)  # type: ignore[assignment]  # the table's type
        return row

    def put(self, table: Table[R], row: R) -> None:
        columns = TABLES[table].columns
        if row.keys() != columns.keys():
            raise KeyError(f"{table} needs the columns {', '.join(columns)}, not {', '.join(row)}")
        self._connection.execute(self._statement(("put", table), lambda: self._upsert(table)), row)

    def _upsert(self, table: str) -> Any:
        name = self._connection.dialect.name
        if name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert
        else:
            from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
        statement = insert(self._tables[table])
        key = TABLES[table].key
        changes = {column.name: column for column in statement.excluded if column.name not in key}
        if not changes:
            return statement.on_conflict_do_nothing(index_elements=list(key))
        return statement.on_conflict_do_update(index_elements=list(key), set_=changes)

    def append(self, table: Table[Any], row: Mapping[str, object]) -> int:
        statement = self._statement(("append", table), lambda: self._tables[table].insert())
        result = self._connection.execute(statement, row)
        key = result.inserted_primary_key
        return int(key[0]) if key else 0

    def change(self, table: Table[Any], *key: KeyPart, **columns: object) -> None:
        if not columns:
            return
        target = self._tables[table]

        def build() -> Any:
            where = [target.c[name] == sa.bindparam(f"k_{name}") for name in TABLES[table].key]
            return target.update().where(*where).values({name: sa.bindparam(name) for name in columns})

        statement = self._statement(("change", table, *columns), build)
        self._connection.execute(statement, {**_bind(TABLES[table].key, key), **columns})

    def remove_alone(self, table: Table[Any], *key: KeyPart) -> bool:
        target = self._tables[table]

        def build() -> Any:
            return target.delete().where(
                *(target.c[name] == sa.bindparam(f"k_{name}") for name in TABLES[table].key)
            )

        statement = self._statement(("remove", table), build)
        return self._connection.execute(statement, _bind(TABLES[table].key, key)).rowcount > 0

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
        limits: dict[str, Any] = {}
        ends = []
        for column, (low, high) in (between or {}).items():
            for side, value in (("low", low), ("high", high)):
                if value is not None:
                    ends.append((column, side))
                    limits[f"{side}_{column}"] = value
        shape = ("find", table, *where, *ends, order, descending, offset > 0, limit is not None)
        statement = self._statement(
            shape,
            lambda: self._page(table, tuple(where), ends, order, descending, offset > 0, limit is not None),
        )
        binds = {**{f"k_{name}": value for name, value in where.items()}, **limits}
        if offset:
            binds["page_offset"] = offset
        if limit is not None:
            binds["page_limit"] = limit
        rows: list[Any] = [dict(row) for row in self._connection.execute(statement, binds).mappings()]
        return rows

    def _page(
        self,
        table: str,
        where: tuple[str, ...],
        ends: list[tuple[str, str]],
        order: str,
        descending: bool,
        offset: bool,
        limit: bool,
    ) -> Any:
        target = self._tables[table]
        statement = self._select(table, where)
        for column, side in ends:
            bound: Any = sa.bindparam(f"{side}_{column}")
            statement = statement.where(
                target.c[column] >= bound if side == "low" else target.c[column] <= bound
            )
        for name in dict.fromkeys((order, *TABLES[table].key) if order else TABLES[table].key):
            statement = statement.order_by(target.c[name].desc() if descending else target.c[name])
        if limit:
            statement = statement.limit(sa.bindparam("page_limit", type_=sa.Integer))
        elif offset:
            statement = statement.limit(2**62)
        if offset:
            statement = statement.offset(sa.bindparam("page_offset", type_=sa.Integer))
        return statement

    def count(self, table: Table[Any], where: Mapping[str, object]) -> int:
        target = self._tables[table]

        def build() -> Any:
            terms = [target.c[name] == sa.bindparam(f"k_{name}") for name in where]
            return sa.select(sa.func.count()).select_from(target).where(*terms)

        statement = self._statement(("count", table, *where), build)
        return int(self._connection.execute(statement, _bind(tuple(where), where.values())).scalar_one())

    def renumber(self) -> None:
        """SQLite goes on by itself; PostgreSQL needs its sequences set."""
        if self._connection.dialect.name != "postgresql":
            return
        for name, table in self._tables.items():
            serial = TABLES[name].serial if name in TABLES else ""
            if serial:
                highest = sa.select(sa.func.coalesce(sa.func.max(table.c[serial]), 0) + 1).scalar_subquery()
                sequence = sa.func.pg_get_serial_sequence(name, serial)
                self._connection.execute(sa.select(sa.func.setval(sequence, highest, False)))

    def _select(self, table: str, columns: tuple[str, ...]) -> Any:
        target = self._tables[table]
        return sa.select(target).where(*(target.c[name] == sa.bindparam(f"k_{name}") for name in columns))

    def _statement(self, shape: Any, build: Any) -> Any:
        """Return a statement, built once per shape: building costs more than running."""
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = build()
        return statement


def _bind(names: tuple[str, ...], values: Any) -> dict[str, Any]:
    return {f"k_{name}": value for name, value in zip(names, values, strict=True)}
