"""What many at once do to one database: as if one came after the other, whatever breaks meanwhile.

DEVKIT_HISTORIES makes more of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
import pytest

from devkit.clock import SystemClock
from devkit.cloud import Emulator
from devkit.cloud.api.handlers.homes.families import add_family
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.limits import Limits
from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.memory import Transaction
from devkit.cloud.store.postgres import PostgresStore
from devkit.cloud.store.work import Work
from devkit.errors import CloudApiError, SettingsError, TransportError
from devkit.model import read_model
from tests.helpers.models import LAMP_TEXT
from tests.helpers.services import empty
from tests.helpers.slow_proxy import SlowProxy, slow_proxy

pytestmark = pytest.mark.services
HISTORIES = int(os.environ.get("DEVKIT_HISTORIES", "1"))
PRODUCT = "K7M2QX9D4A"


@pytest.fixture
async def far(database: str) -> AsyncIterator[SlowProxy]:
    """An empty database behind a proxy."""
    PostgresStore(database).close()
    empty(database)
    async with slow_proxy(f"{database.partition('host=')[2]}/.s.PGSQL.5432", 2) as proxy:
        yield proxy


@asynccontextmanager
async def workers(
    proxy: SlowProxy, count: int, limits: Limits | None = None
) -> AsyncIterator[list[Emulator]]:
    """Emulators on one database, each with connections of its own."""
    address = f"postgresql://devkit@127.0.0.1:{proxy.port}/postgres"
    stores = [await asyncio.to_thread(PostgresStore, address) for _ in range(count)]
    try:
        yield [Emulator(store, limits=limits) for store in stores]
    finally:
        for store in stores:
            await store.aclose()
            store.close()


async def do(emulator: Emulator, act: Any) -> Any:
    """Do something in a transaction that lets the loop go on."""

    async def driven() -> Any:
        return emulator.perform(act)

    return await emulator.store.drive(driven())


def count_up(name: str) -> Any:
    def act(work: Work) -> int:
        row = work.tx.get("configs", "u", "d", name) or {"value": "0"}
        value = int(row["value"]) + 1
        work.tx.put("configs", {"owner": "u", "device_id": "d", "name": name, "value": str(value)})
        work.tx.add("history", {"device_id": "d", "field": name, "time": value, "value": value})
        return value

    return act


async def cut_now_and_then(proxy: SlowProxy, ended: asyncio.Event) -> int:
    cuts = 0
    while not ended.is_set():
        proxy.cut()
        cuts += 1
        try:
            async with asyncio.timeout(0.08):
                await ended.wait()
        except TimeoutError:
            continue
    return cuts


@pytest.mark.parametrize("history", range(HISTORIES))
async def test_counters_count_each_time_once_though_connections_break(far: SlowProxy, history: int) -> None:
    async with workers(far, 2) as both:
        ended = asyncio.Event()

        async def client(number: int) -> list[tuple[str, int]]:
            told = []
            for step in range(6):
                name = "abc"[(number + step) % 3]
                told.append((name, await do(both[number % 2], count_up(name))))
            return told

        cutting = asyncio.get_running_loop().create_task(cut_now_and_then(far, ended))
        told = [item for part in await asyncio.gather(*map(client, range(6))) for item in part]
        ended.set()
        assert await cutting > 1
        for name in "abc":
            values = [value for other, value in told if other == name]
            assert sorted(values) == list(range(1, len(values) + 1))  # none lost, none twice

            def history_of(work: Work, name: str = name) -> list[int]:
                return [row["value"] for row in work.tx.find("history", {"device_id": "d", "field": name})]

            assert await do(both[0], history_of) == sorted(values)


async def test_an_invitation_is_taken_once_and_a_limit_is_kept(far: SlowProxy) -> None:
    async with workers(far, 2, Limits(device_shared_users=3)) as both:

        def people(work: Work) -> tuple[str, str, str, list[str]]:
            add_product(work, PRODUCT, read_model(LAMP_TEXT))
            owner = create_user(work, user_id="owner")
            family = add_family(work, owner, "home", "")
            lamp = add_device(work, PRODUCT, "lamp", family_id=family, user_id=owner, online=True)
            users = [create_user(work, user_id=f"user{number}") for number in range(6)]
            tokens = [open_session(work, user)[0] for user in (owner, *users)]
            return family, lamp, tokens[0], tokens[1:]

        family, lamp, owner, tokens = await do(both[0], people)

        async def outcome(number: int, action: str, **params: Any) -> str:
            try:
                await both[number % 2].call(action, {"AccessToken": tokens[number], **params})
            except CloudApiError as error:
                return str(error.code)
            return ""

        invite = await both[0].call("AppInviteMember", {"AccessToken": owner, "FamilyId": family})
        taken = await asyncio.gather(
            *(outcome(number, "AppJoinFamily", ShareToken=invite["ShareToken"]) for number in range(6))
        )
        assert sorted(map(bool, taken)) == [False, True, True, True, True, True]
        member = taken.index("")
        given = {"AccessToken": owner, "DeviceId": lamp}
        offers = [await both[1].call("AppCreateShareDeviceToken", given) for _ in tokens]
        shared = await asyncio.gather(
            *(
                outcome(
                    number,
                    "AppBindUserShareDevice",
                    DeviceId=lamp,
                    ShareDeviceToken=offer["ShareDeviceToken"],
                )
                for number, offer in enumerate(offers)
                if number != member
            )
        )
        assert shared.count("") == 3, shared
        assert {code for code in shared if code} == {"InvalidParameterValue.DeviceShareExceedLimit"}


async def test_strangers_do_not_wait_for_one_who_is_held_up(far: SlowProxy, database: str) -> None:
    async with workers(far, 1) as (worker,), AsyncExitStack() as stack:
        await do(worker, count_up("a"))
        other = await stack.enter_async_context(await psycopg.AsyncConnection.connect(database))
        await other.execute("SELECT * FROM configs WHERE name = 'a' FOR UPDATE")
        held = asyncio.get_running_loop().create_task(do(worker, count_up("a")))
        assert [await do(worker, count_up("b")) for _ in range(3)] == [1, 2, 3]
        assert not held.done()
        await other.rollback()
        assert await held == 2


async def test_a_database_that_is_gone_for_a_moment_is_waited_for(far: SlowProxy) -> None:
    async with workers(far, 1) as (worker,):
        await do(worker, count_up("a"))
        far.refusing = True
        far.cut()
        waiting = asyncio.get_running_loop().create_task(do(worker, count_up("a")))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await asyncio.shield(waiting)
        far.refusing = False
        assert await waiting == 2


async def test_a_database_that_turned_read_only_is_named(far: SlowProxy, database: str) -> None:
    async with workers(far, 1) as (worker,):
        await do(worker, count_up("a"))
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
            try:
                far.cut()
                with pytest.raises(TransportError, match="read-only") as caught:
                    await do(worker, count_up("a"))
                assert "primary" in caught.value.hint
            finally:
                admin.execute("SET default_transaction_read_only = off")
                admin.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
        far.cut()
        assert await do(worker, count_up("a")) == 2


async def test_a_text_that_no_row_can_hold_spoils_no_other_call(far: SlowProxy) -> None:
    async with workers(far, 1) as (worker,):

        def bad(work: Work) -> None:
            assert work.tx.get("sessions", "a\0b") is None
            assert work.tx.find("devices", {"family_id": "\ud800"}) == []
            work.tx.put("configs", {"owner": "u", "device_id": "d", "name": "\0", "value": "v"})

        results = await asyncio.gather(
            do(worker, bad), *(do(worker, count_up(name)) for name in "abc"), return_exceptions=True
        )
        assert results[1:] == [1, 1, 1]
        assert isinstance(results[0], TransportError)
        assert "cannot hold" in str(results[0])


def test_sandboxes_of_one_database_are_apart(database: str) -> None:
    first, second = PostgresStore(database, schema="one"), PostgresStore(database, schema="two-b")

    def put(tx: Transaction) -> None:
        tx.put("configs", {"owner": "u", "device_id": "d", "name": "n", "value": "v"})

    with first.transaction() as tx:
        put(tx)
    with second.transaction() as tx:
        assert tx.find("configs", {}) == []
    first.close()
    second.close()
    with pytest.raises(SettingsError, match="no name of a sandbox"):
        PostgresStore(database, schema="one; drop")


def test_workers_go_by_the_database_s_clock(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = SystemClock.now_ms
    monkeypatch.setattr(SystemClock, "now_ms", lambda clock: right(clock) + 60_000)
    store = PostgresStore(database, schema="late")
    emulator = Emulator(store)
    assert abs(emulator.clock.now_ms() - right(SystemClock())) < 5000
    monkeypatch.setattr(SystemClock, "now_ms", lambda clock: right(clock) - 60_000)
    store.beat("me")
    assert abs(emulator.clock.now_ms() - right(SystemClock())) < 5000
    store.close()


def test_a_newer_schema_is_refused_and_an_older_one_brought_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from devkit.cloud.store import schema

    store = PostgresStore(database, schema="old")
    with store.transaction() as tx:
        tx.put("configs", {"owner": "u", "device_id": "d", "name": "n", "value": "v"})
    store.close()
    monkeypatch.setattr(schema, "MIGRATIONS", {1: ("UPDATE configs SET value = value || '2'",)})
    monkeypatch.setattr(schema, "VERSION", 2)
    for _ in range(2):
        store = PostgresStore(database, schema="old")
        with store.transaction() as tx:
            assert [row["value"] for row in tx.find("configs", {})] == ["v2"]
        store.close()
    monkeypatch.undo()
    with pytest.raises(SettingsError, match="schema version 2"):
        PostgresStore(database, schema="old")
