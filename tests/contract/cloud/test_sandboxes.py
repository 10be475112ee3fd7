"""Sandboxes by name: commands, copies, their end, and walls between them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from devkit.app.cloud import ServedCloud, open_cloud
from devkit.cli.main import main
from devkit.cloud import Emulator
from devkit.cloud.http import hosting
from devkit.cloud.http.routes import API
from devkit.cloud.sandbox import export_all, find_keys, import_all, open_store
from devkit.cloud.sandboxes import add_sandbox, copy_sandbox, named, read_time, remove_sandbox, sandboxes
from devkit.cloud.store.schema import SANDBOXES, SESSIONS
from devkit.errors import SettingsError, TransportError
from devkit.settings import Settings, load_settings
from devkit.transport.cloud import open_cloud as open_transport
from devkit.transport.endpoint import Endpoint

Run = Callable[..., Result]


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    (tmp_path / "thing-model.json").write_text('{"properties": []}')
    return load_settings(tmp_path, {"product_id": "LAMPPROD01"}, {})


@pytest.fixture
def run(own: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(own.project)
    return lambda *words: CliRunner().invoke(main, ["cloud", *words])


HOSTILE = [
    "../x", "a/b", "A", "a;drop schema public", "x" * 41, "-a", "a b", "a\n", "a\0", "%2e", "安", "a_b", '"',
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_name_is_refused_everywhere(own: Settings, name: str) -> None:
    strange = own.replace(sandbox=name)
    for act in (named, open_store, remove_sandbox, lambda settings: add_sandbox(settings, 0)):
        with pytest.raises(SettingsError, match="is no name of a sandbox"):
            act(strange)
    assert sorted(path.name for path in own.project.rglob("*.db")) == []


def test_a_branch_hears_of_a_name_that_it_can_have(own: Settings) -> None:
    with pytest.raises(SettingsError) as refused:
        named(own.replace(sandbox="feature/Dim_Light"))
    assert refused.value.hint == "Use up to 40 small letters, digits and dashes, such as feature-dim-light."
    assert (named(own.replace(sandbox="main")), named(own)) == ("", "")


@pytest.mark.parametrize("text", ["0d", "14", "d", "-1d", "1.5d", "14 d", "1w", "9999999d", "١d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no time"):
        read_time(text, 0)
    assert (read_time("14d", 1), read_time("30m", 0), read_time("", 5)) == (14 * 86_400_000 + 1, 1_800_000, 0)


def test_sandboxes_by_command(run: Run) -> None:
    assert "It has" not in run("sandbox", "add", "empty").output
    assert run("seed").exit_code == 0
    copied = run("sandbox", "copy", "main", "feature-x", "--expires", "14d")
    assert copied.output.splitlines()[0].endswith("rows from main to feature-x.")
    shown = run("sandbox", "list").output.splitlines()
    assert [line.split()[0] for line in shown] == ["empty", "feature-x"]
    assert shown[0].endswith("stays")
    assert ", ends 20" in shown[1]
    assert json.loads(run("sandbox", "list", "--json").output.splitlines()[0])["expires"] == 0
    assert run("sandbox", "add", "feature-x").output == "Kept the sandbox feature-x.\n"
    assert run("user", "add", "ann", "--sandbox", "feature-x").exit_code == 0
    assert run("user", "list").output == ""
    again = run("sandbox", "copy", "main", "feature-x")
    assert "There is a sandbox 'feature-x' already.\nRemove it first" in again.output
    assert run("sandbox", "remove", "feature-x", "--yes").output == "Removed feature-x.\n"
    gone = run("export", "--sandbox", "feature-x")
    assert gone.exit_code == 1
    assert "There is no sandbox 'feature-x'; there are: main, empty." in gone.output
    assert "cloud reset empties it" in run("sandbox", "remove", "main", "--yes").output
    assert run("seed", "--sandbox", "empty").exit_code == 0
    assert sorted(path.name for path in Path(".devkit").glob("cloud*.db")) == ["cloud.db", "cloud.empty.db"]


def rows(settings: Settings) -> dict[str, Any]:
    store = open_store(settings)
    found: dict[str, Any] = json.loads(export_all(store))["tables"]
    store.close()
    return found


def test_a_copy_has_all_but_tokens_and_keys(own: Settings) -> None:
    find_keys(own)
    copy = own.replace(sandbox="copy")
    copy_sandbox(own, copy, 0)
    here, there = rows(own), rows(copy)
    assert here["devices"] == there["devices"]
    assert here["users"] == there["users"]
    assert here["sessions"]
    assert here["apps"]
    assert there["sessions"] == there["apps"] == []
    find_keys(copy.replace(device_name="other"))
    assert len(rows(copy)["devices"]) == len(rows(own)["devices"]) + 1


def test_an_import_or_a_reset_of_main_forgets_no_sandbox(own: Settings, run: Run) -> None:
    add_sandbox(own.replace(sandbox="x"), 0)
    store = open_store(own)
    assert SANDBOXES not in json.loads(export_all(store))["tables"]
    import_all(store, export_all(store))
    store.close()
    assert run("reset", "--yes").exit_code == 0
    assert [row["name"] for row in sandboxes(own)] == ["x"]


def test_an_expired_one_is_refused_and_its_name_begins_anew(own: Settings) -> None:
    gone = own.replace(sandbox="gone")
    add_sandbox(gone, 0)
    find_keys(gone)
    add_sandbox(gone, round(time.time() * 1000) - 1)
    with pytest.raises(SettingsError, match="'gone' has expired"):
        open_store(gone)
    assert add_sandbox(gone, 0)
    assert rows(gone)["users"] == []


@pytest.fixture
async def cloud(own: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServedCloud]:
    monkeypatch.setattr(hosting, "SWEEP_S", 0.02)
    monkeypatch.setattr(hosting, "KNOWN_S", 0.0)
    find_keys(own)
    copy_sandbox(own, own.replace(sandbox="copy"), 0)
    async with open_cloud(own) as served:
        yield served


def token_of(settings: Settings) -> str:
    find_keys(settings)
    store = open_store(settings)
    with store.transaction() as tx:
        token = tx.find(SESSIONS, {})[0]["token"]
    store.close()
    return token


async def ask(url: str, token: str) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        body = {"Action": "AppGetUser", "AccessToken": token}
        answer = await client.post(f"{url}{API}/tokenapi", json=body)
    return answer.json()["code"] if answer.status_code == 200 else answer.status_code


async def follow(url: str, token: str, device_id: str) -> tuple[Any, dict[str, Any]]:
    socket = await connect(f"ws{url.removeprefix('http')}/ws/explorer", proxy=None)
    params = {"DeviceIds": [device_id], "AccessToken": token}
    await socket.send(json.dumps({"action": "ActivePush", "reqId": "r", "params": params}))
    return socket, json.loads(await socket.recv())["data"]


async def test_a_token_opens_its_own_sandbox_alone(cloud: ServedCloud, own: Settings) -> None:
    there = f"{cloud.url}/sandbox/copy"
    theirs = token_of(own.replace(sandbox="copy"))
    assert await ask(cloud.url, cloud.token) == 0
    assert await ask(there, theirs) == 0
    wrong = "InvalidParameterValue.InvalidAccessToken"
    assert await ask(there, cloud.token) == wrong
    assert await ask(cloud.url, theirs) == wrong
    _, refused = await follow(there, cloud.token, cloud.device_id)
    assert refused["Error"]["Code"] == wrong
    here, _ = await follow(cloud.url, cloud.token, cloud.device_id)
    other, told = await follow(there, theirs, cloud.device_id)
    assert told["deviceIds"] == [cloud.device_id]
    await cloud.emulator.devices.device(cloud.device_id).set_online(online=False)
    assert json.loads(await here.recv())["params"]["DeviceId"] == cloud.device_id
    await other.send(json.dumps({"action": "Nothing", "reqId": "after"}))
    assert json.loads(await other.recv())["reqId"] == "after"


@pytest.mark.parametrize(
    "path", ["nobody", "COPY", "", "copy%2f..", "co%70y", "copy/../copy", "..", "main", "copy;x", "'--"]
)
async def test_no_path_leads_elsewhere(cloud: ServedCloud, path: str) -> None:
    def post() -> int:
        connection = HTTPConnection(cloud.url.removeprefix("http://"))
        connection.request("POST", f"/sandbox/{path}{API}/tokenapi", json.dumps({"Action": "AppGetUser"}))
        status = connection.getresponse().status
        connection.close()
        return status

    assert await asyncio.to_thread(post) in (400, 404)
    with pytest.raises(InvalidStatus):
        await follow(f"{cloud.url}/sandbox/{path}", cloud.token, cloud.device_id)


async def test_one_that_is_removed_or_expires_is_closed(cloud: ServedCloud, own: Settings) -> None:
    copy = own.replace(sandbox="copy")
    there, theirs = f"{cloud.url}/sandbox/copy", token_of(copy)
    socket, _ = await follow(there, theirs, cloud.device_id)
    add_sandbox(copy, round(time.time() * 1000) + 1)
    with pytest.raises(ConnectionClosed) as ended:
        await socket.recv()
    assert ended.value.rcvd
    assert ended.value.rcvd.code == 1001
    assert await ask(there, theirs) == 404
    assert sandboxes(own) == []
    assert not list(own.project.rglob("cloud.copy.db*"))
    add_sandbox(copy, 0)
    assert await ask(there, theirs) == "InvalidParameterValue.InvalidAccessToken"
    assert await ask(cloud.url, cloud.token) == 0


async def test_one_that_nobody_asks_for_is_closed_and_opened_again(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Emulator] = []

    async def opening(settings: Settings) -> tuple[Emulator, ASGIApp]:
        opened.append(Emulator())
        return opened[-1], PlainTextResponse(settings.sandbox)

    registry = Emulator()
    with registry.work() as work:
        work.tx.put(SANDBOXES, {"name": "x", "created": 1, "expires": 0})
    hosted = hosting.Hosting(registry, own, opening)
    transport = httpx.ASGITransport(hosted.before(PlainTextResponse("main")))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for idle_s, times in ((60.0, 1), (-1.0, 1), (60.0, 2)):
            monkeypatch.setattr(hosting, "IDLE_S", idle_s)
            assert (await client.get("/sandbox/x/a")).text == "x"
            assert len(opened) == times
            await hosted.sweep()
    for emulator in (*opened, registry):
        await emulator.aclose()


async def test_the_cloud_transport_takes_a_sandbox(
    cloud: ServedCloud, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = own.replace(sandbox="copy", cloud_url=cloud.url)
    monkeypatch.setenv("DEVKIT_ACCESS_TOKEN", token_of(own.replace(sandbox="copy")))
    transport = await open_transport(copy)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    transport.subscribe([cloud.device_id], heard.put_nowait)
    data = json.dumps({"nothing": 1})
    with pytest.raises(TransportError):
        await transport.call("AppControlDeviceData", {"DeviceId": cloud.device_id, "Data": data})
    assert (await transport.call("AppGetUser", {}))["Data"]["NickName"] == "小美"
    await transport.aclose()
    with pytest.raises(TransportError, match="InvalidAccessToken"):
        await open_transport(own.replace(cloud_url=cloud.url))
    with pytest.raises(TransportError, match="404"):
        await open_transport(copy.replace(sandbox="nobody"))


def test_the_platform_has_no_sandboxes() -> None:
    with pytest.raises(SettingsError, match="The platform has no sandbox 'x'"):
        Endpoint.of("mainland", "", "x")
    assert Endpoint.of("mainland", "", "main") == Endpoint.of("mainland")
    assert (
        Endpoint.of("mainland", "http://127.0.0.1:1", "../x")
        .api("a")
        .startswith("http://127.0.0.1:1/sandbox/..%2Fx/")
    )
