"""The store on PostgreSQL, for workers that share one sandbox, by psycopg.

Transactions hold nothing while they last (optimistic.py); reads and commits of all calls of an event loop
travel together (traffic.py). Where wait() cannot be called (waiting.py), such as in a command before its
loop, they go by a loop beside this one, and the caller stands still.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from devkit.cloud.store import members
from devkit.cloud.store.commits import Changes, Evidence
from devkit.cloud.store.connections import Link
from devkit.cloud.store.memory import Key, Row, Store, Transaction
from devkit.cloud.store.optimistic import begin
from devkit.cloud.store.queries import Query, create_sql
from devkit.cloud.store.schema import CALM, TABLES, migrate
from devkit.cloud.store.traffic import Traffic
from devkit.cloud.store.waiting import can_wait, wait, waitable
from devkit.errors import SettingsError, StaleError, TransportError
from devkit.language import _

T = TypeVar("T")
CALM_S = 1.0
MOST_CALM = 20_000
CONNECT_S = 5
PAUSE_S = 0.003
SCHEMA = re.compile(r"[A-Za-z0-9_-]{0,60}")
SETUP = 0x6465766B  # the advisory lock of who makes or changes the tables
OPTIONS = (
    "-c jit=off -c enable_seqscan=off -c default_transaction_isolation=read\\ committed "
    "-c lock_timeout=500ms -c idle_in_transaction_session_timeout=10s"
)
MARKS = (
    "CREATE TABLE IF NOT EXISTS commit_marks "
    "(mark uuid PRIMARY KEY, void boolean DEFAULT false, made timestamptz DEFAULT now())"
)
PUSHES = (
    "CREATE TABLE IF NOT EXISTS pushes (id bigserial PRIMARY KEY, xid xid8 NOT NULL DEFAULT "
    "pg_current_xact_id(), body text NOT NULL, made timestamptz NOT NULL DEFAULT now()); "
    "CREATE INDEX IF NOT EXISTS ix_pushes_xid_id ON pushes (xid, id)"
)
KEEP_ALIVE = {"keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3"}
Known = list[tuple[str, Row]]


class PostgresStore(Store):
    """A store in a PostgreSQL database.

    url: postgresql://USER:PASSWORD@HOST/DATABASE, with or without +psycopg. schema is the part of the
    database that holds the tables; "" is the one that the address or the server names.
    Errors: SettingsError when the database cannot be used.
    """

    waits = True

    def __init__(self, url: str, schema: str = "") -> None:
        if not SCHEMA.fullmatch(schema):
            raise SettingsError(
                _(f"{schema!r} is no name of a sandbox."), _("Use up to 60 letters, digits, - and _.")
            )
        self.schema = schema
        self._traffic: dict[asyncio.AbstractEventLoop, Traffic] = {}
        self._beside: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._remembered: dict[tuple[str, Key], tuple[float, Known]] = {}
        self._renumber = False
        self._clock = members.DatabaseClock()
        self.tells = False  # whether pushes are committed, since the database carries them to the workers
        try:
            given: dict[str, Any] = conninfo_to_dict(url.replace("postgresql+psycopg:", "postgresql:", 1))
            options = f"{given.get('options') or ''} {OPTIONS}"
            if schema:
                options += f' -c search_path="{schema}"'
            given = {"connect_timeout": CONNECT_S, **KEEP_ALIVE, **given, "options": options}
            self._conninfo = make_conninfo("", **given)
            self.url = _shown(given)
            with psycopg.connect(self._conninfo) as connection:
                self._migrate(connection)
                asked = self._clock.own_ms()
                row: Any = connection.execute(f"SELECT {members.NOW_MS}").fetchone()
                self._clock.heard(row[0], asked)
        except psycopg.Error as error:
            said = " ".join(str(error).split()).rstrip(".")
            raise SettingsError(
                _(f"The database {_masked(url)} cannot be used: {said}."),
                _("Check the address, postgresql://USER:PASSWORD@HOST/DATABASE, and that the server runs."),
            ) from error

    def _migrate(self, connection: psycopg.Connection[Any]) -> None:
        """Create the tables, or bring older ones up to date; one worker at a time."""
        run: Callable[..., Any] = connection.execute
        run("SELECT pg_advisory_xact_lock(%s)", [SETUP])
        if self.schema:
            run(psycopg.sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(psycopg.sql.Identifier(self.schema)))
        script = [statement for table in TABLES.values() for statement in create_sql(table)]
        migrate(run, ["; ".join([*script, MARKS, PUSHES, members.WORKERS])])

    async def connect(self) -> Link:
        """Open a connection."""
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        connection.prepared_max = None
        return connection

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction; an exception undoes it.

        Errors: TransportError when the database fails; StaleError when it has to be done again.
        """
        return begin(self)

    def drive(self, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Return a coroutine in which transactions let the loop go on."""
        return waitable(coroutine)

    def run(self, job: Callable[[Traffic], Awaitable[T]]) -> T:
        """Do something with the database: in a driven coroutine by its loop, else by one beside it."""
        if can_wait():
            return wait(job(self._of_loop()))
        return asyncio.run_coroutine_threadsafe(self._elsewhere(job), self._loop_beside()).result()

    async def _elsewhere(self, job: Callable[[Traffic], Awaitable[T]]) -> T:
        return await job(self._of_loop())

    def _of_loop(self) -> Traffic:
        loop = asyncio.get_running_loop()
        if loop not in self._traffic:
            self._traffic[loop] = Traffic(self.connect, self.url)
        return self._traffic[loop]

    def _loop_beside(self) -> asyncio.AbstractEventLoop:
        if self._beside is None:
            self._beside = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._beside.run_forever, name="devkit-store", daemon=True)
            self._thread.start()
        return self._beside

    async def ask(self, job: Callable[[Link], Coroutine[Any, Any, T]]) -> T:
        """Do something that may be done twice on a connection of the running loop.

        Errors: TransportError when the database fails.
        """
        return await self._of_loop().ask(job)

    def read(self, query: Query, values: tuple[Any, ...]) -> Any:
        """Return what a query finds, as [(version, row)] or a number."""
        return self.run(lambda traffic: traffic.read(query, values))

    def number(self, table: str) -> int:
        """Return the next number of a table that numbers its rows."""
        return self.run(lambda traffic: traffic.number(table))

    def commit(self, change: Changes, calm: Mapping[tuple[str, Key], Evidence]) -> None:
        """Commit what a transaction has changed; calm are the rows that it had from memory."""
        try:
            self.run(lambda traffic: traffic.commit(change))
        except StaleError:
            for place in calm:
                self._remembered.pop(place, None)
            raise
        for table in CALM & {*change.puts, *change.removes}:
            keys = TABLES[table].key
            for row in change.puts.get(table, []):
                self._remembered.pop((table, tuple(row[column] for column in keys)), None)
            for key in change.removes.get(table, []):
                self._remembered.pop((table, key), None)
        if self._renumber:
            self._renumber = False
            self.run(lambda traffic: traffic.ask(_renumber))

    def remembered(self, place: tuple[str, Key]) -> Known | None:
        """Return a row of a calm table that was read a moment ago."""
        known = self._remembered.get(place)
        return known[1] if known and known[0] > time.monotonic() else None

    def remember(self, place: tuple[str, Key], rows: Known) -> None:
        """Keep a row of a calm table for a moment."""
        if rows:
            if len(self._remembered) >= MOST_CALM:
                self.forget()
            self._remembered[place] = (time.monotonic() + CALM_S, rows)

    def forget(self) -> None:
        """Read calm tables anew, since another worker has changed them."""
        self._remembered.clear()

    def renumber_later(self) -> None:
        """Set the sequences behind the highest numbers after the commit."""
        self._renumber = True

    def beat(self, name: str) -> tuple[int, list[tuple[str, str]]]:
        """Tell that a worker lives; return how many others do, and (run, holder) of the dead."""
        clock = self._clock
        return self.run(lambda traffic: traffic.ask(lambda link: members.beat(link, name, clock)))

    def clock(self) -> members.DatabaseClock:
        """Return the clock that all workers share."""
        return self._clock

    async def leave(self, name: str) -> None:
        """Tell that a worker ends, as far as the database can be told."""
        with suppress(TransportError):
            await self.ask(lambda connection: members.leave(connection, name))

    def figures(self) -> dict[str, float]:
        """Return the number of connections, of idle ones, and of reads and commits that wait for one."""
        every = list(self._traffic.values())
        return {
            "pool_size": sum(traffic.connections.size for traffic in every),
            "pool_available": sum(traffic.connections.idle for traffic in every),
            "pool_waiting": sum(traffic.waiting for traffic in every),
        }

    def pause(self, attempt: int) -> None:
        """Wait for a moment, in which those who were first get on."""
        moment = random.uniform(0, min(attempt, 20) * PAUSE_S)  # noqa: S311  spreads tries
        if can_wait():
            wait(asyncio.sleep(moment))
        else:
            time.sleep(moment)

    async def aclose(self) -> None:
        """Close the connections of the running loop, once what is under way has ended."""
        traffic = self._traffic.pop(asyncio.get_running_loop(), None)
        if traffic:
            await traffic.aclose()

    def close(self) -> None:
        """Close every connection."""
        beside, self._beside = self._beside, None
        if beside and self._thread:
            traffic = self._traffic.pop(beside, None)
            if traffic:
                asyncio.run_coroutine_threadsafe(traffic.aclose(), beside).result()
            beside.call_soon_threadsafe(beside.stop)
            self._thread.join()
            beside.close()
        for left in self._traffic.values():
            left.abandon()
        self._traffic.clear()


async def _renumber(connection: psycopg.AsyncConnection[Any]) -> None:
    run: Callable[..., Awaitable[Any]] = connection.execute
    for table in TABLES.values():
        if table.serial:
            highest = f'SELECT coalesce(max("{table.serial}"), 0) + 1 FROM "{table}"'  # noqa: S608
            await run(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{table.serial}'), ({highest}), false)"
            )


def _shown(given: Mapping[str, Any]) -> str:
    """Return an address without its password."""
    user = f"{given['user']}@" if given.get("user") else ""
    port = f":{given['port']}" if given.get("port") else ""
    return f"postgresql://{user}{given.get('host') or ''}{port}/{given.get('dbname') or ''}"


def _masked(url: str) -> str:
    try:
        return _shown(conninfo_to_dict(url.replace("postgresql+psycopg:", "postgresql:", 1)))
    except psycopg.Error:
        return "postgresql:…"
