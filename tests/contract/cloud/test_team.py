"""One sandbox for a team: two workers on one database, pushes carried by Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import connect

from devkit.clock import ManualClock
from devkit.cloud import Emulator
from devkit.cloud.http.server import served
from devkit.cloud.store.postgres import PostgresStore
from devkit.errors import TransportError
from tests.contract.cloud.world import CALLER, SUCCESS, World, make_world, rows
from tests.helpers.home import Home, make_home
from tests.helpers.pushes import Collected
from tests.helpers.services import empty, postgresql, redis

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(scope="module")
def bus() -> Iterator[str]:
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


async def test_a_push_of_one_worker_reaches_the_sockets_of_the_other(workers: Any) -> None:
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
        for number in range(200):
            worker = (home.emulator, second)[number % 2]
            await worker.devices.device(home.device_id).report({"brightness": number % 100})
        for socket in sockets:
            seen = [json.loads(await socket.recv())["params"]["SubType"] for _ in range(200)]
            assert seen == ["Report"] * 200


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


async def test_a_bus_that_is_not_there_is_named() -> None:
    emulator = Emulator(bus="unix:///no/such/redis.sock")
    with pytest.raises(TransportError, match="bus cannot be reached"):
        await emulator.start()
    await emulator.aclose()
