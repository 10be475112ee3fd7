"""`devkit cloud serve` for a team: workers on one socket, health, and an end that drops nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from devkit.app.cloud import open_cloud
from devkit.app.workers import check_workers, forget_worker
from devkit.cloud import Emulator
from devkit.cloud.http import health, hosting
from devkit.cloud.http.metrics import Metrics
from devkit.cloud.http.routes import API
from devkit.cloud.http.server import served
from devkit.cloud.sandbox import find_keys
from devkit.cloud.sandboxes import copy_sandbox, remove_sandbox
from devkit.errors import CloudApiError, SettingsError, TransportError
from devkit.log import CALLS, JsonFormatter
from devkit.settings import Settings, load_settings
from tests.contract.cloud.test_sandboxes import ask
from tests.helpers.home import make_home
from tests.helpers.services import redis

COMMAND = (sys.executable, "-c", "from devkit.cli.entry import main; main()", "cloud", "serve", "--json")


@pytest.fixture(scope="module")
def bus() -> Iterator[str]:
    with redis() as url:
        yield url


class Serving:
    """A running `devkit cloud serve`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.ready: dict[str, Any] = {}

    async def line(self) -> dict[str, Any]:
        assert self.process.stdout
        async with asyncio.timeout(120):
            found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    async def workers(self) -> set[int]:
        """Return the pids that answer, asked over connections of their own until two have."""
        found: set[int] = set()
        async with asyncio.timeout(120), httpx.AsyncClient(trust_env=False, timeout=30) as client:
            while len(found) < 2:
                headers = {"Connection": "close"}
                asked = [client.get(f"{self.url}/healthz", headers=headers) for _ in range(8)]
                answers = await asyncio.gather(*asked, return_exceptions=True)
                found |= {item.json()["worker"] for item in answers if isinstance(item, httpx.Response)}
        return found

    async def follow(self) -> Any:
        """Return a socket that follows the sandbox's device."""
        socket = await connect(f"ws{self.url.removeprefix('http')}/ws/explorer", proxy=None)
        params = {"DeviceIds": [self.ready["device_id"]], "AccessToken": self.ready["access_token"]}
        await socket.send(json.dumps({"action": "ActivePush", "reqId": "r", "params": params}))
        await socket.recv()
        return socket


@contextlib.asynccontextmanager
async def serve(folder: Path, *options: str) -> AsyncIterator[Serving]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--port", "0", *options, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    serving = Serving(process)
    try:
        serving.ready = await serving.line()
        yield serving
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(30):
            await process.communicate()


@pytest.mark.services
async def test_workers_share_a_socket_and_come_back(tmp_path: Path, database: str, bus: str) -> None:
    async with serve(tmp_path, "--workers", "2", "--db", database, "--bus", bus) as cloud:
        first = await cloud.workers()
        async with httpx.AsyncClient(trust_env=False, headers={"Connection": "close"}) as client:
            body = {"Action": "AppGetUser", "AccessToken": cloud.ready["access_token"]}
            for _ in range(20):
                assert (await client.post(f"{cloud.url}{API}/tokenapi", json=body)).json()["code"] == 0
            figures = (await client.get(f"{cloud.url}/metrics")).text
        assert 'devkit_calls_total{action="AppGetUser",result="ok"} 20.0' in figures
        socket = await cloud.follow()
        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        told = await cloud.line()
        assert told["event"] == "worker"
        assert f"(pid {victim}) died: signal SIGKILL. Starting it again." in told["message"]
        second = await cloud.workers()
        assert len(first & second) == 1
        cloud.process.terminate()
        with pytest.raises(ConnectionClosed) as ended:
            await socket.recv()
        assert ended.value.rcvd is None or ended.value.rcvd.code == 1001  # None: it was the victim's
        assert await cloud.process.wait() == 143
    for pid in second:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.services
@pytest.mark.parametrize("carrier", ["redis", "database"])
async def test_a_sandbox_on_postgresql_is_a_schema(
    tmp_path: Path, database: str, bus: str, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thing-model.json").write_text('{"properties": []}')
    own = settings_of(tmp_path, db=database, product_id="LAMPPROD01")
    find_keys(own)
    copies = [own.replace(sandbox=name) for name in ("one-a", "two")]
    for copy in copies:
        copy_sandbox(own, copy, 0)
        find_keys(copy)
    chosen = bus if carrier == "redis" else ""
    workers = [open_cloud(copy, bus=chosen) for copy in (*copies, copies[0])]
    async with workers[0] as one, workers[1] as two, workers[2] as again:
        heard: list[Any] = []
        for name, cloud in (("two", two), ("again", again)):
            cloud.emulator.pushes.subscribe([one.device_id], lambda push, name=name: heard.append(name))
        done = asyncio.Event()
        again.emulator.pushes.subscribe([one.device_id], lambda push: done.set())
        await one.emulator.devices.device(one.device_id).set_online(online=False)
        async with asyncio.timeout(10):
            await done.wait()
        assert heard == ["again"]
        with pytest.raises(CloudApiError):
            await two.emulator.call("AppGetUser", {"AccessToken": one.token})
    monkeypatch.setattr(hosting, "KNOWN_S", 0.0)
    async with open_cloud(own, bus=chosen) as cloud:
        there = f"{cloud.url}/sandbox/one-a"
        assert await ask(there, one.token) == 0
        assert await ask(there, two.token) == await ask(there, cloud.token) != 0
        for copy in copies:
            remove_sandbox(copy)
        assert await ask(there, one.token) == 404
        assert await ask(cloud.url, cloud.token) == 0
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'sandbox%'").fetchall()
    assert found == []


def settings_of(folder: Path, **flags: Any) -> Settings:
    return load_settings(folder, flags, {})


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({}, "--workers 2 needs PostgreSQL; the database is the project's file"),
        ({"db": "memory"}, "needs PostgreSQL; the database is memory"),
        ({"db": "mysql://me:hidden@host/x"}, r"the database is mysql://\*\*\*@host/x"),
        ({"db": "postgresql+psycopg://h/x", "mqtt": True}, "--mqtt takes one worker"),
    ],
)
def test_workers_that_would_not_share_a_state_are_refused(
    tmp_path: Path, flags: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        check_workers(settings_of(tmp_path, **flags), 2)


class Gate:
    """Keeps calls waiting, in place of the emulator's faults."""

    def __init__(self) -> None:
        self.entered, self.open = asyncio.Event(), asyncio.Event()

    async def apply(self, action: str, chance: object) -> None:
        self.entered.set()
        await self.open.wait()


async def test_the_end_of_a_server_drops_nobody() -> None:
    home, gate = make_home(), Gate()
    home.emulator.faults = gate  # type: ignore[assignment]
    stack = contextlib.AsyncExitStack()
    url = await stack.enter_async_context(served(home.emulator, drain_s=20))
    async with httpx.AsyncClient(trust_env=False) as client, httpx.AsyncClient(trust_env=False) as probe:
        assert (await probe.get(f"{url}/readyz")).json()["status"] == "ok"
        body = {"Action": "AppGetUser", "AccessToken": home.tokens["owner"]}
        call = asyncio.create_task(client.post(f"{url}{API}/tokenapi", json=body))
        socket = await connect(f"ws{url.removeprefix('http')}/ws/explorer", proxy=None)
        await gate.entered.wait()
        ending = asyncio.create_task(stack.aclose())
        answer = await probe.get(f"{url}/readyz")
        while answer.status_code == 200:
            answer = await probe.get(f"{url}/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "ending")
        assert answer.headers["connection"] == "close"
        with pytest.raises(httpx.ConnectError):
            await probe.get(f"{url}/readyz")
        gate.open.set()
        assert (await call).json()["code"] == 0
        with pytest.raises(ConnectionClosed) as ended:
            await socket.recv()
        assert ended.value.rcvd
        assert ended.value.rcvd.code == 1001
        await ending
    await home.emulator.aclose()


async def test_a_call_that_takes_too_long_does_not_keep_the_server() -> None:
    home, gate = make_home(), Gate()
    home.emulator.faults = gate  # type: ignore[assignment]
    async with httpx.AsyncClient(trust_env=False) as client:
        async with served(home.emulator, drain_s=0.05) as url:
            body = {"Action": "AppGetUser", "AccessToken": home.tokens["owner"]}
            call = asyncio.create_task(client.post(f"{url}{API}/tokenapi", json=body))
            await gate.entered.wait()
        assert (await call).status_code == 500
    gate.open.set()
    await home.emulator.aclose()


@pytest.mark.parametrize("part", ["database", "bus"])
async def test_what_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    async def fails(self: Emulator) -> None:
        raise TransportError("gone")

    monkeypatch.setattr(health, "_ask_store" if part == "database" else "_ask_bus", fails)
    emulator = Emulator()
    async with served(emulator) as url, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, part)
        assert (await client.get(f"{url}/healthz")).status_code == 200
        strange = await client.get(f"{url}/healthz", headers={"Host": "evil.example"})
        assert strange.status_code == 403
    await emulator.aclose()


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (["of-a-proxy:1"], True), (["x" * 128], True), (["x" * 129], False), ([""], False), (["a b"], False),
        (["é"], False), (["one", "two"], False), ([], False),
    ],
)  # fmt: skip
async def test_a_request_has_one_id_everywhere(
    caplog: pytest.LogCaptureFixture, sent: list[str], taken: bool
) -> None:
    caplog.set_level("INFO", CALLS)
    caplog.handler.setFormatter(JsonFormatter())
    home = make_home()
    async with served(home.emulator) as url, httpx.AsyncClient(trust_env=False) as client:
        headers = [("X-Request-Id", value.encode()) for value in sent]
        body = {"Action": "AppGetUser", "AccessToken": "none"}
        answer = await client.post(f"{url}{API}/tokenapi", json=body, headers=headers)
        own = await client.post(f"{url}{API}/tokenapi", json={**body, "RequestId": "mine"}, headers=headers)
    given = answer.headers["x-request-id"]
    assert given
    assert (given == "".join(sent)) is taken
    assert answer.json()["data"]["RequestId"] == given
    assert own.json()["data"]["RequestId"] == "mine"
    lines = [json.loads(line) for line in caplog.text.splitlines() if "AppGetUser" in line]
    assert [line["call_id"] for line in lines] == [given, "mine"]
    assert (lines[0]["request_id"], lines[0]["worker"]) == (given, os.getpid())
    assert lines[0]["result"] == "InvalidParameterValue.InvalidAccessToken"
    await home.emulator.aclose()


async def test_calls_sockets_and_pushes_are_counted() -> None:
    home, figures = make_home(), Metrics()
    home.emulator._observer = figures.observe
    async with served(home.emulator, metrics=figures) as url, httpx.AsyncClient(trust_env=False) as client:
        for action in ("AppGetUser", "AppGetUser", "Nonsense\n", "AppGetFamilyList"):
            body = {
                "Action": action,
                "AccessToken": home.tokens["owner"] if action != "AppGetUser" else "none",
            }
            await client.post(f"{url}{API}/tokenapi", json=body)
        await client.post(f"{url}{API}/tokenapi", content=b"no json")
        await home.lamp("AppControlDeviceData", Data={"brightness": 1})
        await home.settle()
        text = (await client.get(f"{url}/metrics")).text
    missing = 'devkit_calls_total{action="AppGetUser",result="InvalidParameterValue.InvalidAccessToken"} 2.0'
    for line in (
        missing,
        'devkit_calls_total{action="AppGetFamilyList",result="ok"} 1.0',
        'devkit_calls_total{action="other",result="InvalidAction"} 1.0',
        'devkit_calls_total{action="other",result="InvalidParameterValue.InvalidJSON"} 1.0',
        "devkit_call_seconds_count 5.0",
        "devkit_pushes_total 2.0",
        "devkit_sockets 0.0",
        "devkit_bus_queue 0.0",
    ):
        assert line in text.splitlines(), text
    await home.emulator.aclose()


async def test_addresses_that_are_handed_out_are_the_public_ones() -> None:
    emulator = Emulator()
    public = "https://cloud.example.com"
    async with served(emulator, public_url=public) as url, httpx.AsyncClient(trust_env=False) as client:
        assert emulator.firmware.base_url == public
        assert (await client.get(f"{url}/healthz", headers={"Host": "cloud.example.com"})).status_code == 200
        assert (await client.get(f"{url}/healthz", headers={"Host": "example.com"})).status_code == 403
    for wrong in ("cloud.example.com", "ftp://x", "https://"):
        with pytest.raises(SettingsError, match="is no web address"):
            async with served(emulator, public_url=wrong):
                pass
    await emulator.aclose()


async def test_without_prometheus_the_page_says_what_to_install() -> None:
    emulator = Emulator()
    async with served(emulator) as url, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/metrics")
    assert answer.status_code == 501
    assert "[team]" in answer.text
    await emulator.aclose()


def test_what_a_dead_worker_had_open_is_forgotten(tmp_path: Path) -> None:
    for name in ("gauge_livesum_7.db", "counter_7.db", "gauge_livesum_77.db"):
        (tmp_path / name).touch()
    forget_worker(7, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counter_7.db", "gauge_livesum_77.db"]


def test_lines_of_json_keep_secrets_and_tell_of_exceptions() -> None:
    try:
        raise ValueError("AccessToken=abcdef")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", ("token=abcdef",), sys.exc_info())
    line = json.loads(JsonFormatter().format(record))
    assert (line["level"], line["logger"]) == ("ERROR", "x")
    assert "abcdef" not in str(line)
    assert "ValueError" in line["exception"]
