"""Many tabs, many idle sockets and a long timeline on one dev server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import resource
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from devkit.devserver.app import LINK_PATH
from devkit.devserver.build_files import LIVE_PATH
from devkit.devserver.console_api import MAX_BATCH
from devkit.timeline.kinds import Note
from devkit.timeline.timeline import MAX_ENTRIES
from tests.helpers.console_server import ConsoleServer, built, console_server

TABS = 50
IDLE = 10_000
AT_ONCE = 200
SPARE_FILES = 500


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path) as server:
        yield server


async def until(check: Callable[[], bool]) -> None:
    """Let the loop run until check() holds: what it waits for is done by this very loop."""
    async with asyncio.timeout(20):
        while not check():
            await asyncio.sleep(0)


def address(served: ConsoleServer, path: str) -> str:
    return f"ws{served.panel_url.removeprefix('http')}{path}?token={served.server.page_token}"


async def test_fifty_tabs_get_each_update_and_leave_nothing(served: ConsoleServer) -> None:
    before = len(asyncio.all_tasks())
    origin: Any = served.panel_url
    async with contextlib.AsyncExitStack() as tabs:
        lives: list[Any] = []
        links: list[Any] = []
        for _ in range(TABS):
            for path, sockets in ((LIVE_PATH, lives), (LINK_PATH, links)):
                connecting = websockets.connect(address(served, path), origin=origin, max_size=None)
                sockets.append(await tabs.enter_async_context(connecting))
        hellos = [json.loads(await asyncio.wait_for(live.recv(), 10)) for live in lives]
        assert {hello["type"] for hello in hellos} == {"hello"}
        await until(lambda: len(served.server.live) == TABS)
        result = built("window.second = 1")
        served.panel.built(result)
        served.server.live.built(await served.server.source.panel(), js=True, css=False)
        for live in lives:
            frame = await asyncio.wait_for(live.recv(), 10)
            assert isinstance(frame, bytes)
            assert frame.endswith(result.js)
        for link in links:
            await link.send(json.dumps({"type": "hello"}))
    await until(lambda: len(served.server.live) == 0 and len(asyncio.all_tasks()) <= before)


@pytest.fixture
def most_sockets() -> Iterator[int]:
    """Raise the limit of open files as far as allowed; both ends of a socket are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield IDLE if hard == resource.RLIM_INFINITY else min(IDLE, (hard - SPARE_FILES) // 2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def memory() -> int:
    """Return the bytes that this process holds in memory."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
async def test_idle_sockets_cost_little_and_are_released(
    served: ConsoleServer, most_sockets: int, capsys: pytest.CaptureFixture[str]
) -> None:
    count = int(os.environ.get("DEVKIT_TEST_SOCKETS", "0")) or min(1000, most_sockets)
    count = min(count, most_sockets)
    host = served.panel_url.removeprefix("http://")
    head = (
        f"GET {LIVE_PATH}?files=no&token={served.server.page_token} HTTP/1.1\r\nHost: {host}\r\n"
        f"Origin: {served.panel_url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    name, port = host.split(":")
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> None:
        reader, writer = await asyncio.open_connection(name, int(port), limit=4096)
        writers.append(writer)
        writer.write(head)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")

    tasks, held = len(asyncio.all_tasks()), memory()
    while len(writers) < count:
        await asyncio.gather(*(connect() for _ in range(min(AT_ONCE, count - len(writers)))))
    await until(lambda: len(served.server.live) == count)
    with capsys.disabled():
        print(f" {count} idle sockets, {(memory() - held) // count} bytes each with both ends")
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{served.panel_url}/index.js", timeout=20)).status_code == 200
    for writer in writers:
        writer.close()
    await until(lambda: len(served.server.live) == 0 and len(asyncio.all_tasks()) <= tasks)
    gc.collect()
    assert memory() - held < 200_000 * count


async def test_a_hundred_thousand_entries_stay_bounded_and_are_told_quickly(served: ConsoleServer) -> None:
    timeline = served.simulator.timeline
    for number in range(100_000):
        timeline.record(Note(f"entry {number}"))
    assert timeline.seq >= 100_000
    assert len(timeline.since(0)) == MAX_ENTRIES
    headers = {"Authorization": f"Bearer {served.server.control_token}"}
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=20) as client:
        entries = (await client.get("/__devkit/api/timeline")).json()["entries"]
        assert len(entries) == MAX_ENTRIES
        assert entries[-1]["seq"] == timeline.seq
        last = (await client.get("/__devkit/api/timeline", params={"since": timeline.seq - 1})).json()
        assert [entry["seq"] for entry in last["entries"]] == [timeline.seq]
    console = f"ws{served.url.removeprefix('http')}__devkit/api/live?token={served.server.control_token}"
    origin: Any = served.url.rstrip("/")
    async with websockets.connect(console, origin=origin, max_size=None) as socket:
        news = json.loads(await asyncio.wait_for(socket.recv(), 20))
        assert len(news["entries"]) == MAX_BATCH
        assert news["missed"] == timeline.seq - MAX_BATCH
    assert time.monotonic() - began < 20
