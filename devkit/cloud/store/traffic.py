"""The traffic of one event loop with PostgreSQL: reads of many calls in one statement, commits in one go.

While a batch is on its way the next one gathers, so that a database far away costs its way once for all calls
that wait. A commit checks what its transaction has read (Changes), under advisory locks on just that, which
last from the commit's first statement to its last and never while code of ours runs: a worker that stands
still holds nobody up. Each batch of commits leaves a mark; when its connection breaks, that tells whether it
was done.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from devkit.cloud.store.commits import MARK, MOST_LOCKS, Changes, Statement, statements
from devkit.cloud.store.queries import Query, read_sql
from devkit.cloud.store.schema import TABLES
from devkit.errors import StaleError, TransportError

logger = logging.getLogger(__name__)
T = TypeVar("T")
READERS, WRITERS = 4, 4
MOST_TOGETHER = 64
PATIENCE_S = 8.0
ANSWER_S = 20.0
RETRY_S = 0.05
MARKS_S = 60.0
FORGET = "DELETE FROM commit_marks WHERE made < now() - interval '10 minutes'"
STALE = "22012"  # division_by_zero: what check_sql fails with
Connect = Callable[[], Coroutine[Any, Any, psycopg.AsyncConnection[Any]]]


@dataclass
class _Commit:
    change: Changes
    done: asyncio.Future[None]
    single: bool = False
    tries: int = 0


class Traffic:
    """Reads and commits of one event loop. connect opens a connection."""

    def __init__(self, connect: Connect, url: str) -> None:
        self._connect = connect
        self._url = url
        self._loop = asyncio.get_running_loop()
        self._idle: list[psycopg.AsyncConnection[Any]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._reads: dict[Query, dict[tuple[Any, ...], asyncio.Future[Any]]] = {}
        self._reading = 0
        self._due = False
        self._commits: list[_Commit] = []
        self._under_way: list[list[_Commit]] = []
        self._cleaned = time.monotonic()

    def read(self, query: Query, values: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Return what a query finds, as [(version, row)], which is not to be changed, or a number."""
        waiting = self._reads.setdefault(query, {})
        found = waiting.get(values)
        if found is None or found.cancelled():
            found = waiting[values] = self._loop.create_future()
            self._look()
        return found

    def _look(self) -> None:
        if not self._due and self._reading < READERS:
            self._due = True
            self._loop.call_soon(self._start_reading)

    def _start_reading(self) -> None:
        self._due = False
        if self._reads:
            self._reading += 1
            self._spawn(self._read_on())

    async def _read_on(self) -> None:
        try:
            while self._reads:
                batch, self._reads = self._reads, {}
                await self._answer(batch)
        finally:
            self._reading -= 1

    async def _answer(self, batch: dict[Query, dict[tuple[Any, ...], asyncio.Future[Any]]]) -> None:
        parts = [
            (query, part)
            for query, wanted in batch.items()
            for part in ([list(wanted)] if query.merges else [[values] for values in wanted])
        ]
        try:
            answers = await self._persist(lambda connection: _read(connection, parts))
        except psycopg.Error as error:
            if len(parts) == 1 and len(parts[0][1]) == 1:
                _fail(batch[parts[0][0]].values(), self._failed(error))
                return
            for query, wanted in batch.items():  # what one asks for in a wrong way is no affair of the others
                for values, future in wanted.items():
                    await self._answer({query: {values: future}})
            return
        except TransportError as error:
            for wanted in batch.values():
                _fail(wanted.values(), error)
            return
        for (query, part), rows in zip(parts, answers, strict=True):
            _hand_out(query, [batch[query][values] for values in part], rows)

    async def commit(self, change: Changes) -> None:
        """Write what a transaction has changed, unless what it has read has changed, too.

        Errors: StaleError; TransportError when the database fails.
        """
        waiting = _Commit(change, self._loop.create_future())
        self._commits.append(waiting)
        self._loop.call_soon(self._start_commits)
        await waiting.done

    def _start_commits(self) -> None:
        while self._commits and len(self._under_way) < WRITERS:
            batch = self._gather()
            if not batch:
                return
            self._under_way.append(batch)
            self._spawn(self._write_on(batch))

    def _gather(self) -> list[_Commit]:
        """Take commits that do not touch each other, nor those under way: one device's go in their order."""
        alone: set[int] = set()
        shared: set[int] = set()
        for batch in self._under_way:
            for other in batch:
                alone |= other.change.alone
                shared |= other.change.shared
        taken: list[_Commit] = []
        left: list[_Commit] = []
        locks = 0
        for commit in self._commits:
            if commit.done.done():
                continue
            room = len(taken) < MOST_TOGETHER and locks < MOST_LOCKS and not (taken and taken[0].single)
            if not room or (commit.single and taken) or commit.change.clashes(alone, shared):
                left.append(commit)
            else:
                taken.append(commit)
                locks += len(commit.change.alone) + len(commit.change.shared)
            alone |= commit.change.alone
            shared |= commit.change.shared
        self._commits = left
        return taken

    async def _write_on(self, batch: list[_Commit]) -> None:
        try:
            await self._write(batch)
        except (psycopg.Error, TransportError) as error:
            if isinstance(error, psycopg.Error) and len(batch) > 1:  # one of them is to blame
                for commit in batch:
                    commit.single = True
                self._commits = batch + self._commits
            elif isinstance(error, psycopg.Error) and error.sqlstate == STALE:
                _fail([batch[0].done], StaleError("What was read has changed meanwhile.", "Try again."))
            else:
                _fail([commit.done for commit in batch], self._failed(error))
        else:
            for commit in batch:
                if not commit.done.done():
                    commit.done.set_result(None)
        finally:
            self._under_way.remove(batch)
            self._start_commits()

    async def _write(self, batch: list[_Commit]) -> None:
        mark = uuid.uuid4()
        written = statements([commit.change for commit in batch], mark)
        if time.monotonic() - self._cleaned > MARKS_S:
            self._cleaned = time.monotonic()
            written.insert(1, (FORGET, None))
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                await self._use(lambda connection: _run(connection, written), end)
                return
            except _LostError as error:
                if not error.unknown:
                    raise TransportError(*error.args) from error
                if await self._was_done(mark, end):
                    return
                mark = uuid.uuid4()
                written[-2] = (MARK, [mark])

    async def _was_done(self, mark: uuid.UUID, end: float) -> bool:
        """Tell whether a batch whose connection broke was committed; if not, it never will be."""
        statement = f"{MARK} ON CONFLICT DO NOTHING"

        async def claim(connection: psycopg.AsyncConnection[Any]) -> bool:
            return (await connection.execute(statement, [mark])).rowcount == 0

        asked = False
        while True:
            try:
                found = await self._use(claim, end + PATIENCE_S)
            except _LostError as error:
                if not error.unknown or asked:  # a second claim could meet the first one
                    raise TransportError(
                        f"The database {self._url} broke off a commit: it may or may not have been done."
                    ) from error
                asked = True
            else:
                return found

    async def number(self, table: str) -> int:
        """Return the next number of a table that numbers its rows."""

        async def ask(connection: psycopg.AsyncConnection[Any]) -> int:
            statement = "SELECT nextval(pg_get_serial_sequence(%s, %s))"
            found = await (
                await connection.execute(statement, [f'"{table}"', TABLES[table].serial])
            ).fetchone()
            return int(found[0])  # type: ignore[index]  # one row

        return await self.ask(ask)

    async def ask(self, job: Callable[[psycopg.AsyncConnection[Any]], Coroutine[Any, Any, T]]) -> T:
        """Do something that may be done twice on a connection.

        Errors: TransportError when the database fails.
        """
        try:
            return await self._persist(job)
        except psycopg.Error as error:
            raise self._failed(error) from error

    async def _persist(self, job: Callable[[psycopg.AsyncConnection[Any]], Coroutine[Any, Any, T]]) -> T:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self._use(job, end)
            except _LostError as error:
                if not error.unknown or time.monotonic() > end:
                    raise TransportError(*error.args) from error

    async def _use(
        self, job: Callable[[psycopg.AsyncConnection[Any]], Coroutine[Any, Any, T]], end: float
    ) -> T:
        """Do something on a connection; one that breaks is thrown away."""
        async with self._connection(end) as connection:
            try:
                async with asyncio.timeout(ANSWER_S):
                    return await job(connection)
            except TimeoutError as error:
                await connection.close()
                raise _LostError(f"The database {self._url} does not answer.", unknown=True) from error
            except psycopg.Error as error:
                if connection.broken or connection.closed:
                    raise _LostError(
                        f"The database {self._url} broke off: {_said(error)}.", unknown=True
                    ) from error
                await connection.rollback()
                raise

    @asynccontextmanager
    async def _connection(self, end: float) -> Any:
        connection = self._idle.pop() if self._idle else await self._open(end)
        try:
            yield connection
        except BaseException:
            if not connection.closed and connection.info.transaction_status:
                await connection.close()
            raise
        finally:
            if not connection.closed and not connection.broken:
                self._idle.append(connection)

    async def _open(self, end: float) -> psycopg.AsyncConnection[Any]:
        while True:
            try:
                async with asyncio.timeout(max(0.1, end - time.monotonic())):
                    return await self._connect()
            except (psycopg.OperationalError, TimeoutError) as error:
                said = _said(error) if isinstance(error, psycopg.Error) else "no answer"
                if time.monotonic() > end or not self._passing(error):
                    raise _LostError(
                        f"The database {self._url} cannot be reached: {said}.",
                        "Start it, or check the address after --db.",
                    ) from error
                await asyncio.sleep(RETRY_S)

    @staticmethod
    def _passing(error: Exception) -> bool:
        return not isinstance(error, psycopg.errors.InvalidPassword | psycopg.errors.InvalidCatalogName)

    def _failed(self, error: Exception) -> TransportError:
        if isinstance(error, TransportError):
            return error
        return TransportError(f"The database {self._url} failed: {_said(error)}.", _advice(error))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Let what is under way end, and close every connection."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        for connection in self._idle:
            await connection.close()
        self._idle.clear()

    def abandon(self) -> None:
        """Close the connections of a loop that has ended."""
        for connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()


class _LostError(Exception):
    """There is no connection, or it broke; unknown: what was under way may have been done."""

    def __init__(self, message: str, hint: str = "", *, unknown: bool = False) -> None:
        super().__init__(message, hint)
        self.unknown = unknown


async def _read(
    connection: psycopg.AsyncConnection[Any], parts: Sequence[tuple[Query, list[tuple[Any, ...]]]]
) -> list[list[tuple[Any, ...]]]:
    if len(parts) == 1:
        cursor = await connection.execute(read_sql(parts[0][0]), _values(*parts[0]), prepare=True)
        return [await cursor.fetchall()]
    async with connection.pipeline():
        cursors = [
            await connection.execute(read_sql(query), _values(query, part), prepare=True)
            for query, part in parts
        ]
    return [await cursor.fetchall() for cursor in cursors]


def _values(query: Query, part: list[tuple[Any, ...]]) -> Sequence[Any]:
    return [list(column) for column in zip(*part, strict=True)] if query.merges else part[0]


def _hand_out(query: Query, futures: list[asyncio.Future[Any]], rows: list[tuple[Any, ...]]) -> None:
    if query.counted:
        found: dict[int, Any] = dict(rows)
        answers = [found.get(number, 0) for number in range(1, len(futures) + 1)]
    else:
        columns = tuple(TABLES[query.table].columns)
        answers = [[] for _ in futures]
        for number, version, *values in rows:
            answers[number - 1].append((version, dict(zip(columns, values, strict=True))))
    for future, answer in zip(futures, answers, strict=True):
        if not future.done():
            future.set_result(answer)


async def _run(connection: psycopg.AsyncConnection[Any], written: Sequence[Statement]) -> None:
    async with connection.pipeline():
        for statement, values in written:
            await connection.execute(statement, values, prepare=True)


def _fail(futures: Iterable[asyncio.Future[Any]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
            future.exception()


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _advice(error: Exception) -> str:
    known: dict[str, str] = {
        "25006": "It is read-only, such as a standby: name its primary server after --db.",
        "53100": "Its disk is full: make room, then try again.",
        "53300": "It has no room for more connections: raise max_connections, or run fewer workers.",
        "42501": "Give its user the right to write.",
    }
    return known.get(getattr(error, "sqlstate", None) or "", "")
