"""The bus by the database alone: pushes are rows that are committed with what they tell of.

So none is lost, not even with the worker that made it, and all workers take them in one order, that of the
commits: a row is taken once every transaction that may come before it has ended. NOTIFY only wakes the
others; who misses it looks a moment later.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg

from devkit.cloud.push.changes import DeviceChange
from devkit.errors import TransportError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.store.connections import Link
    from devkit.cloud.store.postgres import PostgresStore

logger = logging.getLogger(__name__)
POLL_S = 0.2
SOON_S = 0.005
RETRY_S = 0.5
ANSWER_S = 10.0
MOST = 1000
START = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
TAKE = (
    "SELECT xid::text, id, body, xid < pg_snapshot_xmin(pg_current_snapshot()) FROM pushes "
    "WHERE (xid, id) > (%s::xid8, %s) ORDER BY xid, id LIMIT %s"
)
Place = tuple[str, int]


class DatabaseBus:
    """One worker's end of the bus. subscriber is called with every push, its own among them, in one order."""

    def __init__(self, store: PostgresStore, subscriber: Callable[[DeviceChange], None]) -> None:
        self._store = store
        self.brings_own = True
        self._subscriber = subscriber
        self._tasks: set[asyncio.Task[None]] = set()
        self._waking = False
        self._channel = f'"devkit {store.schema}"'
        self.waiting = 0

    async def start(self) -> None:
        """Take pushes from now on.

        Errors: TransportError when the database is not there.
        """
        try:
            async with asyncio.timeout(ANSWER_S):
                connection = await self._store.connect()
                found = await (await connection.execute(START)).fetchone()
        except (psycopg.Error, TimeoutError) as error:
            raise TransportError(_(f"The database does not answer: {error}.")) from error
        self._store.tells = True
        self._spawn(self._receive(connection, (found[0] if found else "0", -1)))

    def publish(self, change: DeviceChange) -> None:
        """Wake the other workers: the push is in the database."""
        if not self._waking:
            self._waking = True
            self._spawn(self._wake())

    async def _wake(self) -> None:
        await asyncio.sleep(0)
        self._waking = False
        with contextlib.suppress(TransportError):
            await self._store.ask(lambda connection: connection.execute(f"NOTIFY {self._channel}"))

    async def _receive(self, connection: Link, place: Place) -> None:
        while True:
            try:
                await connection.execute(f"LISTEN {self._channel}")
                while True:
                    async with asyncio.timeout(ANSWER_S):
                        place, pause = await self._take(connection, place)
                        if pause == POLL_S:
                            async for _turn in connection.notifies(timeout=pause, stop_after=1):
                                pass
                    if pause == SOON_S:
                        await asyncio.sleep(SOON_S)
            except (psycopg.Error, TimeoutError, OSError) as error:
                logger.warning("The bus gives no pushes (%s); trying again.", error)
            finally:
                await connection.close()
            connection = await self._connect_again()

    async def _connect_again(self) -> Link:
        while True:
            await asyncio.sleep(RETRY_S)
            with contextlib.suppress(psycopg.Error, TimeoutError, OSError):
                async with asyncio.timeout(ANSWER_S):
                    return await self._store.connect()

    async def _take(self, connection: Link, place: Place) -> tuple[Place, float]:
        """Take what is there; return the place behind it, and how long to wait."""
        rows = await (await connection.execute(TAKE, [*place, MOST], prepare=True)).fetchall()
        for xid, number, body, ready in rows:
            if not ready:  # what comes before it may be committed yet
                return place, SOON_S
            place = (xid, number)
            self._hear(body)
        return place, 0.0 if len(rows) == MOST else POLL_S

    def _hear(self, body: str) -> None:
        try:
            change = DeviceChange(**json.loads(body))
        except (ValueError, TypeError):
            logger.warning("The bus holds an entry that is no push; does another version of devkit run?")
            return
        self._subscriber(change)

    async def ping(self) -> None:
        """The database is asked by itself."""

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Take no more pushes."""
        self._store.tells = False
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
