"""The workers of a database, by its own clock: who lives, and what those have left who do not."""

from __future__ import annotations

from devkit.cloud.store.connections import Link

WORKERS = "CREATE TABLE IF NOT EXISTS workers (name text PRIMARY KEY, seen timestamptz NOT NULL)"
ALIVE = "seen > clock_timestamp() - interval '3 seconds'"
BEAT = (
    "INSERT INTO workers VALUES (%s, clock_timestamp()) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen"
)
LEAVE = "DELETE FROM workers WHERE name = %s OR seen < clock_timestamp() - interval '1 day'"
OTHERS = f"SELECT count(*) FROM workers WHERE name <> %s AND {ALIVE}"  # noqa: S608  a constant
ORPHANS = (
    "SELECT run_id, holder FROM runs WHERE NOT EXISTS "  # noqa: S608  a constant
    f"(SELECT FROM workers WHERE name = holder AND {ALIVE}) LIMIT 100"
)


async def beat(connection: Link, name: str) -> tuple[int, list[tuple[str, str]]]:
    """Tell that a worker lives; return how many others do, and the runs of the dead with their holders."""
    async with connection.pipeline():
        await connection.execute(BEAT, [name])
        others = await connection.execute(OTHERS, [name])
        orphans = await connection.execute(ORPHANS)
    found = await others.fetchone()
    return int(found[0]) if found else 0, await orphans.fetchall()


async def leave(connection: Link, name: str) -> None:
    """Tell that a worker ends."""
    await connection.execute(LEAVE, [name])
