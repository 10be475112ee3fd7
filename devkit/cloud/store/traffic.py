"""The traffic of one event loop with PostgreSQL: reads of many calls in one statement, commits in one go.

While a batch is on its way the next one gathers, so that a database far away costs its way once for all calls
that wait. A commit checks what its transaction has read (Changes), under advisory locks on just that, which
last from the commit's first statement to its last and never while code of ours runs: a worker that stands
still holds nobody up. Each batch of commits leaves a mark; when its connection breaks, that tells whether it
was done.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from devkit.cloud.store.commits import CLAIM, CLAIMED, MARK, MOST_LOCKS, Changes, Statement, statements
from devkit.cloud.store.connections import Connections, Job, Link, LostConnectionError
from devkit.cloud.store.queries import Query, read_sql
from devkit.cloud.store.schema import TABLES
from devkit.errors import StaleError, TransportError
from devkit.language import _

logger = logging.getLogger(__name__)
T = TypeVar("T")
READERS, WRITERS = 4, 4
MOST_TOGETHER = 64
PATIENCE_S = 8.0
MARKS_S = 60.0
FORGET = tuple(
    f"DELETE FROM {table} WHERE made < now() - interval '10 minutes'"  # noqa: S608  constants
    for table in ("commit_marks", "pushes")
)
MOST_TRIES = 16  # of half a second each
LOCKED = "55P03"
STALE = "22012"  # division_by_zero: what check_sql fails with


@dataclass
class _Commit:
    change: Changes
    done: asyncio.Future[None]
    single: bool = False
    tries: int = 0


class Traffic:
    """Reads and commits of one event loop. connect opens a connection."""

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, Link]], url: str) -> None:
        self.connections = Connections(connect, url)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reads: dict[Query, dict[tuple[Any, ...], asyncio.Future[Any]]] = {}
        self._reading = 0
        self._due = False
        self._commits: list[_Commit] = []
        self._under_way: list[list[_Commit]] = []
        self._cleaned = time.monotonic()

    @property
    def waiting(self) -> int:
        """Return how many reads and commits wait for those before them."""
        return sum(len(wanted) for wanted in self._reads.values()) + len(self._commits)

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
                _fail(batch[parts[0][0]].values(), self.connections.failed(error))
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
        """Take commits that touch neither each other nor those under way; a topic's go in their order."""
        alone: set[int] = set()
        shared: set[int] = set()
        topics: set[int] = set()
        for other in itertools.chain.from_iterable(self._under_way):
            alone |= other.change.alone
            shared |= other.change.shared
            topics |= other.change.topics
        taken: list[_Commit] = []
        left: list[_Commit] = []
        locks = 0
        for commit in self._commits:
            if commit.done.done():
                continue
            room = len(taken) < MOST_TOGETHER and locks < MOST_LOCKS and not (taken and taken[0].single)
            change = commit.change
            after = change.clashes(alone, shared) or not change.topics.isdisjoint(topics)
            if after or not room or (commit.single and taken):
                left.append(commit)
                topics |= change.topics
            else:
                taken.append(commit)
                locks += len(change.alone) + len(change.shared)
            alone |= change.alone
            shared |= change.shared
        self._commits = left
        return taken

    async def _write_on(self, batch: list[_Commit]) -> None:
        try:
            await self._write(batch)
        except (psycopg.Error, TransportError) as error:
            state = error.sqlstate if isinstance(error, psycopg.Error) else ""
            if isinstance(error, psycopg.Error) and len(batch) > 1:  # one of them is to blame
                for commit in batch:
                    commit.single = True
                self._commits = batch + self._commits
            elif state == LOCKED and batch[0].tries < MOST_TRIES:
                batch[0].tries += 1
                self._commits.append(batch[0])
            elif state == STALE:
                _fail([batch[0].done], StaleError(_("What was read has changed meanwhile."), _("Try again.")))
            else:
                _fail([commit.done for commit in batch], self.connections.failed(error))
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
            written[1:1] = [(statement, None) for statement in FORGET]
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                await self.connections.use(lambda connection: _run(connection, written), end)
                return
            except LostConnectionError as error:
                if not error.unknown:
                    raise TransportError(*error.args) from error
                if await self._was_done(mark, end):
                    return
                if time.monotonic() > end:
                    raise TransportError(*error.args) from error
                mark = uuid.uuid4()
                written[-2] = (MARK, [mark])

    async def _was_done(self, mark: uuid.UUID, end: float) -> bool:
        """Tell whether a batch whose connection broke was committed; if not, it never will be."""

        async def claim(connection: Link) -> bool:
            await connection.execute(CLAIM, [mark])
            found = await (await connection.execute(CLAIMED, [mark])).fetchone()
            return not (found and found[0])

        while True:
            try:
                return await self.connections.use(claim, end + PATIENCE_S)
            except LostConnectionError as error:
                if not error.unknown:
                    words = _(f"{error.args[0]} A commit that was under way may or may not have been done.")
                    raise TransportError(words, error.args[1]) from error

    async def number(self, table: str) -> int:
        """Return the next number of a table that numbers its rows."""

        async def ask(connection: Link) -> int:
            statement = "SELECT nextval(pg_get_serial_sequence(%s, %s))"
            found = await (
                await connection.execute(statement, [f'"{table}"', TABLES[table].serial])
            ).fetchone()
            return int(found[0])  # type: ignore[index]  # one row

        return await self.ask(ask)

    async def ask(self, job: Job[T]) -> T:
        """Do something that may be done twice on a connection.

        Errors: TransportError when the database fails.
        """
        try:
            return await self._persist(job)
        except psycopg.Error as error:
            raise self.connections.failed(error) from error

    async def _persist(self, job: Job[T]) -> T:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self.connections.use(job, end)
            except LostConnectionError as error:
                if not error.unknown or time.monotonic() > end:
                    raise TransportError(*error.args) from error

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Let what is under way end, and close every connection."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        await self.connections.aclose()

    def abandon(self) -> None:
        """Close the connections of a loop that has ended."""
        self.connections.abandon()


async def _read(
    connection: Link, parts: Sequence[tuple[Query, list[tuple[Any, ...]]]]
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


async def _run(connection: Link, written: Sequence[Statement]) -> None:
    async with connection.pipeline():
        for statement, values in written:
            await connection.execute(statement, values, prepare=True)


def _fail(futures: Iterable[asyncio.Future[Any]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
            future.exception()
