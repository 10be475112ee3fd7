"""The workers of a database, by its own clock: who lives, and what those have left who do not."""

from __future__ import annotations

from devkit.clock import SystemClock
from devkit.cloud.store.connections import Link

SAME_MS = 1000

WORKERS = "CREATE TABLE IF NOT EXISTS workers (name text PRIMARY KEY, seen timestamptz NOT NULL)"
ALIVE = "seen > clock_timestamp() - interval '3 seconds'"
NOW_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
BEAT = (
    "INSERT INTO workers VALUES (%s, clock_timestamp()) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen"
)
LEAVE = "DELETE FROM workers WHERE name = %s OR seen < clock_timestamp() - interval '1 day'"
OTHERS = f"SELECT count(*), {NOW_MS} FROM workers WHERE name <> %s AND {ALIVE}"  # noqa: S608  a constant
ORPHANS = (
    "SELECT run_id, holder FROM runs WHERE NOT EXISTS "  # noqa: S608  a constant
    f"(SELECT FROM workers WHERE name = holder AND {ALIVE}) LIMIT 100"
)


async def beat(connection: Link, name: str, clock: DatabaseClock) -> tuple[int, list[tuple[str, str]]]:
    """Tell that a worker lives; return how many others do, and the runs of the dead with their holders."""
    asked = clock.own_ms()
    async with connection.pipeline():
        await connection.execute(BEAT, [name])
        others = await connection.execute(OTHERS, [name])
        orphans = await connection.execute(ORPHANS)
    found = await others.fetchone()
    if found:
        clock.heard(found[1], asked)
    return int(found[0]) if found else 0, await orphans.fetchall()


class DatabaseClock(SystemClock):
    """The machine's clock, set by the database's: those of the workers may differ."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def now_ms(self) -> int:
        """Return the present."""
        return super().now_ms() + self._ahead_ms

    def own_ms(self) -> int:
        """Return what the machine takes for the present."""
        return super().now_ms()

    def heard(self, database_ms: int, asked_ms: int) -> None:
        """Follow the database's clock, which was asked at a moment; not in each little thing."""
        now = self.own_ms()
        ahead = database_ms - (asked_ms + now) // 2
        if abs(ahead - self._ahead_ms) > SAME_MS + now - asked_ms:
            self._ahead_ms = ahead


async def leave(connection: Link, name: str) -> None:
    """Tell that a worker ends."""
    await connection.execute(LEAVE, [name])
