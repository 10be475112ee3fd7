"""Measure what a team's sandbox costs: processor time of a call, a report and a socket, and how far it goes.

Run with `python -m bench.scale_points [--seconds 3] [--sockets 1000 10000]`; it writes
bench/scale_points.json, which `python -m bench.scale_model` reads. Calls are those of bench.scale. Processor
times hardly depend on what else the machine does; calls a second do, so the load is noted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from bench.scale import PROCESSES, beside, load, people, run_proxy, run_worker, spawned
from devkit.cloud import Emulator
from devkit.cloud.store.postgres import PostgresStore
from tests.helpers.services import postgresql

FILE = Path(__file__).with_suffix(".json")
MATRIX = [(workers, delay, 200) for workers in (1, 2, 4) for delay in (0, 1, 5, 20)]
FEW = [(1, delay, 4) for delay in (0, 5, 20)]
"""(workers, delay in ms, clients): few clients show how often a call goes to the database and back."""
DEVICES = 1000


def spent(folder: str) -> dict[str, float]:
    """Return the processor seconds of each role so far; folder is where PostgreSQL runs."""
    found = {"clients": sum(psutil.Process().cpu_times()[:2])}
    for process in psutil.process_iter(["pid", "cmdline", "cpu_times", "ppid"]):
        about = process.info
        if about["cpu_times"] is None:
            continue
        role = PROCESSES.get(about["pid"], "")
        if (
            not role
            and about["cmdline"]
            and (folder in about["cmdline"] or about["cmdline"][0].startswith("postgres:"))
        ):
            role = "postgres"
        if role:
            found[role] = found.get(role, 0) + sum(about["cpu_times"][:2])
    return found


def each(before: dict[str, float], after: dict[str, float], count: float) -> dict[str, float]:
    """Return the processor time of one thing, by role, in ms."""
    return {f"{role}_ms": round((after[role] - before.get(role, 0)) * 1000 / count, 3) for role in after}


def calls(seconds: float) -> list[dict[str, Any]]:
    """Measure every point on one database."""
    points = []
    with postgresql() as url:
        folder = url.partition("host=")[2]
        made = people(url, max(clients for *_, clients in MATRIX))
        for workers, delay, clients in [*FEW, *MATRIX]:
            with ExitStack() as stack:
                port = stack.enter_context(beside(run_proxy, f"{folder}/.s.PGSQL.5432", delay))
                far = f"postgresql://devkit@127.0.0.1:{port}/postgres"
                ports = [stack.enter_context(beside(run_worker, far)) for _ in range(workers)]
                before = spent(folder)
                figures = asyncio.run(load(url, ports, made[:clients], seconds, 5))
                costs = each(before, spent(folder), figures.pop("calls"))
            points.append({"workers": workers, "delay_ms": delay, "clients": clients, **figures, **costs})
            print(points[-1], flush=True)
    return points


def run_devices(pipe: Connection, url: str, ids: list[str], seconds: float) -> None:
    """Let devices of this process report once a second, and send what each report took."""

    async def run() -> None:
        emulator = Emulator(PostgresStore(url))
        await emulator.start()
        pipe.send("ready")
        times: list[float] = []

        async def one(number: int, device_id: str) -> None:
            await asyncio.sleep(number / len(ids))
            end = time.perf_counter() + seconds
            while (began := time.perf_counter()) < end:
                device = emulator.devices.device(device_id)
                await emulator.store.drive(device.report({"brightness": number % 100}))
                times.append(time.perf_counter() - began)
                number += 1
                await asyncio.sleep(max(0, 1 - times[-1]))

        began = time.perf_counter()
        await asyncio.gather(*(one(number, device_id) for number, device_id in enumerate(ids)))
        pipe.send((sorted(times), time.perf_counter() - began))
        pipe.recv()
        await emulator.aclose()

    asyncio.run(run())


def devices(seconds: float) -> dict[str, float]:
    """Let 1,000 devices report once a second."""
    with postgresql() as url, ExitStack() as stack:
        folder = url.partition("host=")[2]
        ids = [lamp for _, lamp in people(url, DEVICES)]
        here, there = spawned.Pipe()
        process = spawned.Process(target=run_devices, args=(there, url, ids, seconds), daemon=True)
        process.start()
        stack.callback(process.kill)
        PROCESSES[process.pid or 0] = "run_worker"
        here.recv()
        before = spent(folder)
        times, wall = here.recv()
        costs = each(before, spent(folder), len(times))
        del PROCESSES[process.pid or 0]
    p95 = round(times[int(len(times) * 0.95)] * 1000, 1)
    return {"devices": DEVICES, "reports_per_s": round(len(times) / wall), "p95_ms": p95, **costs}


async def open_socket(port: int, token: str, lamp: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket that listens to a lamp."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(
        f"GET /ws/explorer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head:
        raise RuntimeError(head)
    params = {"DeviceIds": [lamp], "AccessToken": token}
    text = json.dumps({"action": "ActivePush", "reqId": "r", "params": params}).encode()
    writer.write(b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text)
    await reader.readexactly(2)
    return reader, writer


async def opened(
    port: int, made: list[tuple[str, str]], counts: list[int], pid: int
) -> list[dict[str, float]]:
    """Open so many sockets, step by step, and see what each costs the worker."""
    open_now: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    worker, points = psutil.Process(pid), []
    start = worker.memory_info().rss
    for count in counts:
        before, began, had = sum(worker.cpu_times()[:2]), time.perf_counter(), len(open_now)
        while len(open_now) < count:
            batch = range(len(open_now), min(len(open_now) + 50, count))
            opening = [open_socket(port, *made[number % len(made)]) for number in batch]
            open_now += await asyncio.gather(*opening)
        after, wall = sum(worker.cpu_times()[:2]), time.perf_counter() - began
        await asyncio.sleep(2)
        idle = (sum(worker.cpu_times()[:2]) - after) / 2
        points.append(
            {
                "sockets": count,
                "kib_each": round((worker.memory_info().rss - start) / 1024 / count, 1),
                "opened_per_s": round((count - had) / wall),
                "run_worker_ms": round((after - before) * 1000 / (count - had), 3),
                "idle_cpu": round(idle, 3),
            }
        )
        print(points[-1], flush=True)
    for _, writer in open_now:
        writer.transport.abort()
    return points


def sockets(counts: list[int]) -> list[dict[str, float]]:
    """Measure sockets at one worker."""
    with postgresql() as url, ExitStack() as stack:
        made = people(url, 200)
        port = stack.enter_context(beside(run_worker, url))
        pid = next(pid for pid, role in PROCESSES.items() if role == "run_worker")
        return asyncio.run(opened(port, made, counts, pid))


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1000, 10_000])
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    points = {
        "cores": os.cpu_count(),
        "load_when_it_began": round(load_before, 1),
        "calls": calls(options.seconds),
        "devices": devices(options.seconds),
        "sockets": sockets(options.sockets),
    }
    print(points["devices"])
    FILE.write_text(json.dumps(points, indent=1) + "\n")


if __name__ == "__main__":
    main()
