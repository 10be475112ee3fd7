"""Measure a team's sandbox: calls a second of many clients, by the time that the database is away.

Run with `python -m bench.scale [--delays 0 5] [--clients 200] [--workers 1] [--seconds 5] [--controls 0.2]
[--json]`. Each client has a family and a lamp of its own, so that none has to wait for another: it reads the
lamp's values and, as often as --controls says, controls it, upon which the lamp reports. A proxy puts the
delay in; it, PostgreSQL, each worker and the clients are processes of this machine and share its cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

import psycopg

from devkit.cloud import Emulator
from devkit.cloud.api.handlers.homes.families import add_family
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.http.server import served
from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.postgres import PostgresStore
from devkit.cloud.store.work import Work
from devkit.model import read_model
from tests.helpers.models import LAMP_TEXT
from tests.helpers.services import postgresql
from tests.helpers.slow_proxy import slow_proxy

PRODUCT = "K7M2QX9D4A"
WARM_S = 1.0
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PROCESSES: dict[int, str] = {}
"""{process id: role} of what runs beside."""
spawned = multiprocessing.get_context("spawn")


def people(url: str, count: int) -> list[tuple[str, str]]:
    """Make users with a family and a lamp each; return their tokens and lamps."""
    emulator = Emulator(PostgresStore(url))

    def one(work: Work, number: int) -> tuple[str, str]:
        user = create_user(work, user_id=f"bench{number:06d}")
        family = add_family(work, user, "home", "")
        lamp = add_device(work, PRODUCT, f"lamp{number:06d}", family_id=family, user_id=user, online=True)
        return open_session(work, user)[0], lamp

    emulator.perform(lambda work: add_product(work, PRODUCT, read_model(LAMP_TEXT)))
    made = emulator.perform(lambda work: [one(work, number) for number in range(count)])
    emulator.store.close()
    return made


def run_proxy(pipe: Connection, path: str, delay_ms: float) -> None:
    """Delay what goes to PostgreSQL, until the other side of the pipe says something."""

    async def run() -> None:
        async with slow_proxy(path, delay_ms) as proxy:
            pipe.send(proxy.port)
            await asyncio.to_thread(pipe.recv)

    asyncio.run(run())


def run_worker(pipe: Connection, url: str) -> None:
    """Serve an emulator on a database, until the other side of the pipe says something."""

    async def run() -> None:
        emulator = Emulator(PostgresStore(url))
        await emulator.start()
        async with served(emulator) as address:
            pipe.send(int(address.rsplit(":", 1)[1]))
            await asyncio.to_thread(pipe.recv)
        await emulator.aclose()

    asyncio.run(run())


@contextmanager
def beside(role: Callable[..., None], *arguments: Any) -> Any:
    """Run a role in a process; yields its port."""
    here, there = spawned.Pipe()
    process = spawned.Process(target=role, args=(there, *arguments), daemon=True)
    process.start()
    PROCESSES[process.pid or 0] = role.__name__
    try:
        yield here.recv()
        here.send("end")
        process.join(10)
    finally:
        PROCESSES.pop(process.pid or 0)
        process.kill()
        process.join()


async def client(port: int, token: str, lamp: str, every: int, times: list[tuple[float, float]]) -> None:
    """Call one thing after the other, for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = hash(lamp) % 100
    try:
        while True:
            body: dict[str, Any] = {"Action": "AppGetDeviceData", "AccessToken": token, "DeviceId": lamp}
            if every and number % every == 0:
                body.update(Action="AppControlDeviceData", Data=json.dumps({"brightness": number % 100}))
            number += 1
            data = json.dumps(body).encode()
            head = f"POST /api/exploreropen/tokenapi HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            started = time.perf_counter()
            writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            header = await reader.readuntil(b"\r\n\r\n")
            answer = await reader.readexactly(int(LENGTH.search(header)[1]))  # type: ignore[index]
            times.append((started, time.perf_counter() - started))
            if b'"Error"' in answer:
                raise RuntimeError(answer[:300])
    finally:
        writer.close()


async def waits(url: str, seen: list[int]) -> None:
    """Count, again and again, who waits for a lock."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            row = await (
                await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            ).fetchone()
            seen.append(row[0] if row else 0)
            await asyncio.sleep(0.05)


async def load(
    url: str, ports: list[int], made: list[tuple[str, str]], seconds: float, every: int
) -> dict[str, float]:
    """Let every client call, and return what came of it."""
    times: list[tuple[float, float]] = []
    waiting: list[int] = []
    async with asyncio.timeout(seconds + WARM_S + 60), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(client(ports[number % len(ports)], *one, every, times))
            for number, one in enumerate(made)
        ]
        await asyncio.sleep(WARM_S)
        tasks.append(group.create_task(waits(url, waiting)))
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
    taken = sorted(lasted * 1000 for started, lasted in times if started >= began)
    return {
        "calls": len(times),
        "calls_per_s": round(len(taken) / seconds),
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
        "lock_waits_seen": sum(waiting),
    }


def measure(options: argparse.Namespace) -> list[dict[str, float]]:
    """Measure each delay on a database of its own."""
    results = []
    for delay in options.delays:
        with postgresql() as url, ExitStack() as stack:
            folder = url.partition("host=")[2]
            made = people(url, options.clients)
            far = url
            if delay >= 0:
                port = stack.enter_context(beside(run_proxy, f"{folder}/.s.PGSQL.5432", delay))
                far = f"postgresql://devkit@127.0.0.1:{port}/postgres"
            ports = [stack.enter_context(beside(run_worker, far)) for _ in range(options.workers)]
            every = round(1 / options.controls) if options.controls else 0
            figures = asyncio.run(load(url, ports, made, options.seconds, every))
            results.append({"delay_ms": delay, "workers": options.workers, **figures})
            print(json.dumps(results[-1]) if options.json else results[-1], flush=True)
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delays", type=float, nargs="+", default=[0, 5], help="ms; -1 is without the proxy")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--controls", type=float, default=0.2, help="the share of controls among the calls")
    parser.add_argument("--json", action="store_true")
    measure(parser.parse_args())


if __name__ == "__main__":
    main()
