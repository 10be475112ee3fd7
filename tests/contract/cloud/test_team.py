"""One sandbox for a team: two workers on one database, pushes carried by Redis."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from devkit.clock import ManualClock
from devkit.cloud import Emulator
from devkit.cloud.emulator import DATABASE
from devkit.cloud.http.server import served
from devkit.cloud.push import bus as bus_module
from devkit.cloud.push.bus import RedisBus
from devkit.cloud.push.changes import DeviceChange
from devkit.cloud.store.postgres import PostgresStore
from devkit.errors import TransportError
from tests.contract.cloud.world import CALLER, SUCCESS, World, make_world, rows
from tests.helpers.home import Home, make_home
from tests.helpers.pushes import Collected
from tests.helpers.services import empty, redis, redis_in

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=["redis", DATABASE])
def bus(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == DATABASE:
        yield DATABASE
        return
    with redis() as url:
        yield url


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    """An empty store in the database."""
    made = PostgresStore(database)
    empty(database)
    yield made
    await made.aclose()
    made.close()


async def test_every_action_works_on_postgresql(store: PostgresStore, database: str) -> None:
    world: World | None = None
    for action, params in SUCCESS.items():
        empty(database)
        store.forget()
        world = await make_world(store)
        await world.call(action, as_=CALLER.get(action, "owner"), **params(world))
        await world.settle()
        await world.emulator.devices.aclose()
    assert world is not None
    assert rows(world)["users"]


def test_numbers_go_on_after_an_import(store: PostgresStore) -> None:
    past: dict[str, Any] = {"device_id": "d", "field": "f", "time": 1, "value": 1}
    with store.transaction() as tx:
        tx.put("history", {"id": 4711, **past})
        tx.renumber()
    with store.transaction() as tx:
        assert tx.append("history", past) == 4712


@pytest.fixture
async def workers(store: PostgresStore, database: str, bus: str) -> AsyncIterator[tuple[Home, Emulator]]:
    """The home behind one worker, and a second worker on the same database."""
    home = make_home(store)
    first = Emulator(store, clock=home.clock, bus=bus)
    home.emulator = first
    second = Emulator(PostgresStore(database), clock=home.clock, bus=bus)
    for worker in (first, second):
        await worker.start()
    yield home, second
    for worker in (second, first):
        await worker.aclose()


def activate(home: Home) -> str:
    params = {"DeviceIds": [home.device_id], "AccessToken": home.tokens["owner"]}
    return json.dumps({"action": "ActivePush", "reqId": "r", "params": params})


async def test_a_push_of_one_worker_reaches_the_sockets_of_the_other(workers: Any, bus: str) -> None:
    home, second = workers
    async with AsyncExitStack() as stack:
        sockets = []
        for worker in (home.emulator, second):
            url = await stack.enter_async_context(served(worker))
            address = f"ws{url.removeprefix('http')}/ws/explorer"
            socket = await stack.enter_async_context(connect(address, proxy=None))
            await socket.send(activate(home))
            await socket.recv()
            sockets.append(socket)
        for number in range(60):
            worker = (home.emulator, second)[number % 2]
            await worker.devices.device(home.device_id).report({"brightness": number})
        for socket in sockets:
            frames = [json.loads(await socket.recv())["params"] for _ in range(60)]
            values = [json.loads(b64decode(frame["Payload"]))["params"]["brightness"] for frame in frames]
            assert sorted(values) == list(range(60))
            for worker in (0, 1):  # each worker's in their order; by the database all in one
                assert values[:] == sorted(values) or bus != DATABASE
                assert [value for value in values if value % 2 == worker] == list(range(worker, 60, 2))


async def test_both_workers_see_one_state(workers: Any) -> None:
    home, second = workers
    await home.lamp("AppControlDeviceData", Data={"brightness": 66})
    await home.emulator.devices.idle()
    answer = await second.call(
        "AppGetDeviceData", {"AccessToken": home.tokens["owner"], "DeviceId": home.device_id}
    )
    assert json.loads(answer["Data"])["brightness"]["Value"] == 66


async def test_a_timer_fires_in_one_worker_alone(workers: Any) -> None:
    home, second = workers
    assert isinstance(home.clock, ManualClock)
    pushes = Collected(lambda subscriber: second.pushes.subscribe([home.device_id], subscriber))
    timer = {"TimerName": "t", "Days": "1111111", "TimePoint": "23:10", "Repeat": 0, "Data": {"power": 1}}
    await home.lamp("AppCreateTimer", **timer)
    await home.settle(300_000)
    controls = 0
    async with asyncio.timeout(10):
        async for push in pushes:
            controls += push.sub_type == "Push"
            if push.sub_type == "Report":
                break
    await home.settle(60_000)
    while pushes.backlog:
        controls += (await anext(pushes)).sub_type == "Push"
    assert controls == 1


async def test_a_redis_that_is_killed_and_forgets_loses_no_push_and_doubles_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "RETRY_S", 0.02)
    heard: list[int] = []
    all_there = asyncio.Event()

    def hear(change: DeviceChange) -> None:
        heard.append(change.time)
        if change.time == 39:
            all_there.set()

    url = f"unix://{tmp_path / 'redis.sock'}"
    sender, receiver = RedisBus(url, lambda change: None), RedisBus(url, hear)
    with redis_in(tmp_path):
        for end in (sender, receiver):
            await end.start()
        for number in range(20):
            sender.publish(DeviceChange("P/d", "Property", "Report", number))
        while sender.waiting:
            await asyncio.sleep(0)
    for number in range(20, 30):
        sender.publish(DeviceChange("P/d", "Property", "Report", number))
    with redis_in(tmp_path):
        for number in range(30, 40):
            sender.publish(DeviceChange("P/d", "Property", "Report", number))
        async with asyncio.timeout(10):
            await all_there.wait()
        assert heard == list(range(40))
        for end in (sender, receiver):
            await end.aclose()


async def test_a_bus_that_is_not_there_is_named() -> None:
    emulator = Emulator(bus="unix:///no/such/redis.sock")
    with pytest.raises(TransportError, match="bus cannot be reached"):
        await emulator.start()
    await emulator.aclose()
