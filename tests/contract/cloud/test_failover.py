"""Workers as processes on one database: what one leaves that dies or stands still, another does, once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devkit.clock import SystemClock
from devkit.cloud import Emulator
from devkit.cloud.api.handlers.homes.users import open_session
from devkit.cloud.emulator import DATABASE
from devkit.cloud.rules import engine
from devkit.cloud.store import members
from devkit.cloud.store.postgres import PostgresStore
from tests.helpers.home import Home, make_home
from tests.helpers.services import empty

pytestmark = pytest.mark.services
SOURCE = """
import asyncio, json, sys
from devkit.cloud import Emulator
from devkit.cloud.api.handlers.homes.users import open_session
from devkit.cloud.emulator import DATABASE
from devkit.cloud.store.postgres import PostgresStore

async def main():
    emulator = Emulator(PostgresStore(sys.argv[1]), bus=DATABASE)
    await emulator.start()
    print("{}", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        call = json.loads(line)
        print(json.dumps(await emulator.call(call.pop("Action"), call)), flush=True)

asyncio.run(main())
"""


class WorkerProcess:
    """A worker that performs what it is told."""

    def __init__(self, process: asyncio.subprocess.Process, home: Home) -> None:
        self.process = process
        self._home = home

    async def answer(self) -> dict[str, Any]:
        assert self.process.stdout
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer

    def send(self, action: str, **params: Any) -> None:
        assert self.process.stdin
        call = {"Action": action, "AccessToken": self._home.tokens["owner"], **params}
        self.process.stdin.write(json.dumps(call).encode() + b"\n")

    async def call(self, action: str, **params: Any) -> dict[str, Any]:
        self.send(action, **params)
        return await self.answer()


@pytest.fixture
async def home(database: str) -> AsyncIterator[Home]:
    """A home behind a worker of this process, on the machine's clock."""
    store = PostgresStore(database)
    empty(database)
    made = make_home(store)
    made.emulator = Emulator(store, clock=SystemClock(), bus=DATABASE)
    made.tokens["owner"], _ = made.emulator.perform(lambda work: open_session(work, made.users["owner"]))
    yield made
    await made.emulator.aclose()


@asynccontextmanager
async def worker(home: Home, database: str) -> AsyncIterator[WorkerProcess]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SOURCE, database),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    try:
        made = WorkerProcess(process, home)
        await made.answer()
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_scenes_of_workers_that_die_or_stand_still_are_gone_on_with_once(
    home: Home, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "ORPHANS", members.ORPHANS.replace("3 seconds", "1 second"))
    monkeypatch.setattr(engine, "BEAT_S", 0.1)
    product, _, lamp = home.device_id.partition("/")
    place = {"ActionType": 0, "ProductId": product, "DeviceName": lamp}

    async def scene(field: str) -> dict[str, Any]:
        # long enough for the workers to be gone before they control the device, however busy the machine
        actions = [{"ActionType": 1, "Data": "4"}, {**place, "Data": json.dumps({field: 1})}]
        params = {"FamilyId": home.family_id, "SceneName": field, "SceneIcon": "i", "Actions": actions}
        return {"SceneId": (await home.call("AppCreateScene", **params))["SceneId"]}

    scenes = [await scene("brightness"), await scene("color")]
    async with AsyncExitStack() as stack:
        opening = (stack.enter_async_context(worker(home, database)) for _ in scenes)
        dying, still = await asyncio.gather(*opening)
        heard = home.subscribe()
        await home.emulator.start()  # hears the others from here on
        calls = (each.call("AppRunScene", **one) for each, one in zip((dying, still), scenes, strict=True))
        await asyncio.gather(*calls)
        dying.process.kill()
        still.process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(30):  # what was stopped in a transaction keeps its locks for 10 s
            told = [push.payload["params"] async for push in until_reports(heard, 2)]
        assert sorted(map(list, told)) == [["brightness"], ["color"]]
        still.process.send_signal(signal.SIGCONT)
        await still.call("AppGetDeviceData", DeviceId=home.device_id)

    def times(work: Any) -> list[int]:
        return [
            work.tx.count("history", {"device_id": home.device_id, "field": field})
            for field in ("brightness", "color")
        ]

    assert home.emulator.perform(times) == [1, 1]


async def test_what_a_killed_worker_has_answered_is_pushed_by_the_others(home: Home, database: str) -> None:
    heard = home.subscribe()
    await home.emulator.start()
    async with worker(home, database) as dying:
        for number in range(40):
            data = json.dumps({"brightness": number})
            dying.send("AppControlDeviceData", DeviceId=home.device_id, Data=data)
        for _ in range(10):
            assert await dying.answer() == {"Data": ""}
        dying.process.kill()
        await dying.process.wait()
        assert dying.process.stdout
        answered = 10 + (await dying.process.stdout.read()).count(b"\n")
    pushed: list[int] = []
    async with asyncio.timeout(10):
        while len(pushed) < answered:
            push = await anext(heard)
            if push.sub_type == "Push":
                pushed.append(push.payload["params"]["brightness"])
    await home.emulator.call("AppControlDeviceData", control(home, 99))  # its push comes after all before
    while pushed[-1] != 99:
        push = await anext(heard)
        if push.sub_type == "Push":
            pushed.append(push.payload["params"]["brightness"])
    pushed.pop()
    assert pushed == list(range(len(pushed)))  # in order, none twice, none left out
    assert len(pushed) - answered in (0, 1)  # committed, but not answered yet


def control(home: Home, brightness: int) -> dict[str, Any]:
    data = json.dumps({"brightness": brightness})
    return {"AccessToken": home.tokens["owner"], "DeviceId": home.device_id, "Data": data}


async def until_reports(heard: Any, count: int) -> AsyncIterator[Any]:
    async for push in heard:
        if push.sub_type == "Report":
            yield push
            count -= 1
            if not count:
                return
