"""The connections of one event loop to PostgreSQL: kept, opened anew, and what their errors mean."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg

from devkit.errors import TransportError
from devkit.language import _, marked

T = TypeVar("T")
ANSWER_S = 20.0
KEPT_S = 10.0
RETRY_S = 0.05
Link = psycopg.AsyncConnection[Any]
Job = Callable[[Link], Coroutine[Any, Any, T]]
ADVICE = {
    "25006": marked("It is read-only, such as a standby: name its primary server after --db."),
    "53100": marked("Its disk is full: make room, then try again."),
    "53300": marked("It has no room for more connections: raise max_connections, or run fewer workers."),
    "42501": marked("Give its user the right to write."),
    "55P03": marked("Another worker holds what is needed; try again."),
}


class LostConnectionError(Exception):
    """There is no connection, or it broke; unknown: what was under way may have been done."""

    def __init__(self, message: str, hint: str = "", *, unknown: bool = False) -> None:
        super().__init__(message, hint)
        self.unknown = unknown


class Connections:
    """Connections that nobody uses are kept; connect opens one. url is how messages call the database."""

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, Link]], url: str) -> None:
        self._connect = connect
        self._url = url
        self._busy = 0
        self._idle: list[tuple[float, Link]] = []  # since when, the latest last

    @property
    def size(self) -> int:
        """Return how many there are."""
        return self._busy + len(self._idle)

    @property
    def idle(self) -> int:
        """Return how many nobody uses."""
        return len(self._idle)

    async def use(self, job: Job[T], end: float) -> T:
        """Do something on a connection; one that breaks is thrown away. end is when to give up opening one.

        Errors: LostConnectionError, or the database's.
        """
        async with self._connection(end) as connection:
            try:
                async with asyncio.timeout(ANSWER_S):
                    return await job(connection)
            except TimeoutError as error:
                await connection.close()
                raise LostConnectionError(
                    _(f"The database {self._url} does not answer."), unknown=True
                ) from error
            except psycopg.Error as error:
                if connection.closed or _is_lost(error) or not await _reset(connection):
                    await connection.close()
                    await self.aclose()  # the others have most likely gone, too
                    words = _(f"The database {self._url} broke off: {said(error)}.")
                    raise LostConnectionError(words, unknown=True) from error
                raise

    @asynccontextmanager
    async def _connection(self, end: float) -> AsyncIterator[Link]:
        self._busy += 1
        connection = None
        try:
            connection = self._idle.pop()[1] if self._idle else await self._open(end)
            yield connection
        except BaseException:
            if connection and not connection.closed and connection.info.transaction_status:
                await connection.close()
            raise
        finally:
            self._busy -= 1
            if connection and not connection.closed and not connection.broken:
                self._idle.append((time.monotonic(), connection))
            while len(self._idle) > 1 and self._idle[0][0] < time.monotonic() - KEPT_S:
                await self._idle.pop(0)[1].close()

    async def _open(self, end: float) -> Link:
        while True:
            try:
                async with asyncio.timeout(max(0.1, end - time.monotonic())):
                    return await self._connect()
            except (psycopg.OperationalError, TimeoutError) as error:
                if time.monotonic() > end:
                    words = said(error) if isinstance(error, psycopg.Error) else _("no answer")
                    raise LostConnectionError(
                        _(f"The database {self._url} cannot be reached: {words}."),
                        _("Start it, or check the address after --db."),
                    ) from error
                await asyncio.sleep(RETRY_S)

    def failed(self, error: Exception) -> TransportError:
        """Return an error of the database as one of ours."""
        if isinstance(error, TransportError):
            return error
        advice = ADVICE.get(getattr(error, "sqlstate", None) or "", "")
        return TransportError(_(f"The database {self._url} failed: {said(error)}."), _(advice))

    async def aclose(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            await self._idle.pop()[1].close()

    def abandon(self) -> None:
        """Close the connections of a loop that has ended."""
        while self._idle:
            self._idle.pop()[1].pgconn.finish()


def _is_lost(error: psycopg.Error) -> bool:
    """Tell whether an error is of the connection: of the client's own library, or the server's end."""
    state = error.sqlstate or ""
    if not state:
        return isinstance(error, psycopg.OperationalError)
    return state[:2] == "08" or state in ("57P01", "57P02", "57P03", "25P03")


async def _reset(connection: Link) -> bool:
    try:
        await connection.rollback()
    except psycopg.Error:
        return False
    return True


def said(error: Exception) -> str:
    """Return what the database says of an error, in one line."""
    return " ".join(str(error).split()).rstrip(".")
