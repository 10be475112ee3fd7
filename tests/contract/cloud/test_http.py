"""The emulator over HTTP and its websockets, by clients that know nothing of devkit."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from devkit.cloud.http.server import served
from devkit.cloud.limits import Limits
from devkit.cloud.seed import APP_KEY
from tests.contract.cloud.test_signing import signed
from tests.contract.cloud.world import World

TOKEN_API = "/api/exploreropen/tokenapi"


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async with served(world.emulator) as base:
        yield base


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as made:
        yield made


async def post(client: httpx.AsyncClient, body: Any, path: str = TOKEN_API) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(path, content=content)
    assert response.status_code == 200
    envelope: dict[str, Any] = response.json()
    assert envelope["data"] == envelope["Response"]
    assert envelope["data"]["RequestId"]
    return envelope


async def test_one_body_for_both_kinds_of_reader(world: World, client: httpx.AsyncClient) -> None:
    body = {"Action": "AppGetUser", "RequestId": "wiv2gR5wW", "AccessToken": world.tokens["owner"]}
    envelope = await post(client, {**body, "RegionId": 1, "PlatformId": "", "Token3rd": ""})
    assert (envelope["code"], envelope["msg"]) == (0, "")
    assert envelope["data"]["Data"]["NickName"] == "小美"
    assert envelope["data"]["RequestId"] == "wiv2gR5wW"


async def test_login_by_signature_then_a_call(world: World, client: httpx.AsyncClient) -> None:
    envelope = await post(client, signed(world), "/api/exploreropen/appapi")
    token = envelope["data"]["Data"]["Token"]
    families = await post(client, {"Action": "AppGetFamilyList", "AccessToken": token})
    assert families["data"]["Total"] == 0
    again = await post(client, signed(world), "/api/exploreropen/appapi")
    assert again["data"]["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "InvalidParameterValue.InvalidJSON"),
        (b"[1]", "InvalidParameterValue.InvalidJSON"),
        (b"\xff\xfe", "InvalidParameterValue.InvalidJSON"),
        (b"[" * 100_000, "InvalidParameterValue.InvalidJSON"),
        (b"", "InvalidParameterValue.InvalidJSON"),
        ({"RequestId": "r"}, "ErrorRequiredParamNotFound"),
        ({"Action": 5}, "ErrorRequiredParamNotFound"),
        ({"Action": "AppNothing", "RequestId": "r"}, "InvalidAction"),
        ({"Action": "AppGetTokenByWeiXin"}, "InvalidAction"),
        ({"Action": "AppGetUser", "AccessToken": "x"}, "InvalidParameterValue.InvalidAccessToken"),
        (b'{"Action":"AppGetUser","x":"' + b"x" * 10_000_000 + b'"}', "InvalidParameterValue"),
    ],
)
async def test_bad_bodies_get_the_envelope(client: httpx.AsyncClient, body: Any, code: str) -> None:
    envelope = await post(client, body)
    assert envelope["code"] == envelope["data"]["Error"]["Code"] == code
    assert envelope["msg"] == envelope["data"]["Error"]["Message"] != ""


async def test_an_unexpected_failure_is_told_without_details(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(world.emulator, "call", None)
    envelope = await post(client, {"Action": "AppGetUser", "AccessToken": "x"})
    assert envelope["code"] == "InternalError"
    assert "TypeError" not in json.dumps(envelope)
    assert "failed in an unexpected way" in caplog.text


async def test_other_pages_and_hosts_are_refused(client: httpx.AsyncClient) -> None:
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        response = await client.post(TOKEN_API, content=b"{}", headers=headers)
        assert response.status_code == 403
    response = await client.post(TOKEN_API, content=b"{}", headers={"origin": "http://localhost:9000"})
    assert response.headers["access-control-allow-origin"] == "http://localhost:9000"
    preflight = await client.options(TOKEN_API, headers={"origin": "http://127.0.0.1:5173"})
    assert (preflight.status_code, preflight.headers["vary"].lower()) == (204, "origin")
    assert (await client.post("/insight/event", content=b"[]")).status_code == 200


async def ask(socket: ClientConnection, frame: Any) -> dict[str, Any]:
    await socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
    reply: dict[str, Any] = json.loads(await socket.recv())
    return reply


def activate(world: World, *device_ids: str, token: str = "") -> dict[str, Any]:
    params = {"DeviceIds": list(device_ids), "AccessToken": token or world.tokens["owner"], "AppKey": APP_KEY}
    return {"action": "ActivePush", "reqId": "r1", "params": {**params, "Platform": "weapp", "RegionId": 1}}


@pytest.fixture(params=["/iotstudio_v2_weapp_1?uin=1", "/ws/explorer?uin=1&cId=2"])
async def socket(request: pytest.FixtureRequest, url: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws{url.removeprefix('http')}{request.param}", proxy=None, max_queue=None) as made:
        yield made


async def test_a_report_is_pushed_as_the_platform_does(world: World, socket: ClientConnection) -> None:
    reply = await ask(socket, activate(world, world.device_id, "no/one"))
    assert reply == {
        "reqId": "r1",
        "error": "",
        "error_message": "",
        "data": {"Result": "OK", "deviceIds": [world.device_id]},
    }
    await world.emulator.devices.device(world.device_id).report({"title": "温度"})
    push = json.loads(await socket.recv())
    assert (push["push"], push["action"]) == (True, "DeviceChange")
    params = push["params"]
    assert params["Time"] == "2025-06-15T23:06:40+08:00"
    assert (params["Type"], params["SubType"], params["DeviceId"]) == ("Property", "Report", world.device_id)
    payload = json.loads(base64.b64decode(params["Payload"]))
    assert (payload["method"], payload["params"]) == ("report", {"title": "温度"})
    await world.emulator.devices.device(world.device_id).set_online(online=False)
    status = json.loads(await socket.recv())["params"]
    assert (status["Type"], status["SubType"], status["Payload"]) == ("StatusChange", "Offline", "")


async def test_a_subscription_replaces_the_former_one(world: World, socket: ClientConnection) -> None:
    await ask(socket, activate(world, world.device_id))
    await ask(socket, activate(world, world.device_id))
    await world.emulator.devices.device(world.device_id).report({"power": 1})
    assert json.loads(await socket.recv())["params"]["SubType"] == "Report"
    assert (await ask(socket, activate(world)))["data"]["deviceIds"] == []
    await world.emulator.devices.device(world.device_id).report({"power": 0})
    heartbeat = await ask(socket, wrapped(world, "AppDeviceTraceHeartBeat"))
    assert heartbeat["data"] == {"Response": {"RequestId": "hb-1"}}


def wrapped(world: World, action: str, token: str = "", **params: Any) -> dict[str, Any]:
    inner = {"AccessToken": token or world.tokens["owner"], "RequestId": "hb-1", **params}
    return {"action": "YunApi", "reqId": "r2", "params": {"Action": action, "ActionParams": inner}}


async def test_a_subscription_sent_again_loses_no_push(world: World, socket: ClientConnection) -> None:
    await ask(socket, activate(world, world.device_id))
    device = world.emulator.devices.device(world.device_id)
    for number in range(40):
        await socket.send(json.dumps(activate(world, world.device_id)))
        await device.report({"brightness": number})
    values = []
    while len(values) < 40:
        frame = json.loads(await socket.recv())
        if frame.get("push"):
            payload = json.loads(base64.b64decode(frame["params"]["Payload"]))
            values.append(payload["params"]["brightness"])
    assert values == list(range(40))


async def test_wrapped_calls_and_their_errors(world: World, socket: ClientConnection) -> None:
    answer = await ask(socket, wrapped(world, "AppGetUser"))
    assert answer["data"]["Response"]["Data"]["NickName"] == "小美"
    refused = await ask(socket, wrapped(world, "AppDeviceTraceHeartBeat", token="x"))
    assert refused["data"]["Response"]["Error"]["Code"] == "InvalidParameterValue.InvalidAccessToken"
    assert refused["error"] == ""


@pytest.mark.parametrize(
    "frame",
    [
        "garbage",
        "[]",
        "5",
        {"action": "Nothing", "reqId": "x"},
        {"action": {"a": 1}},
        {"action": "ActivePush", "params": 5},
        {"action": "ActivePush", "params": {"DeviceIds": [5, None], "AccessToken": {}}},
        {"action": "YunApi", "params": {"Action": [], "ActionParams": 7}},
    ],
)
async def test_garbage_is_answered_and_the_socket_lives(
    world: World, socket: ClientConnection, frame: Any
) -> None:
    await ask(socket, frame)
    assert (await ask(socket, activate(world, world.device_id)))["data"]["Result"] == "OK"


async def test_a_stranger_follows_nothing(world: World, socket: ClientConnection) -> None:
    reply = await ask(socket, activate(world, world.device_id, token=world.tokens["stranger"]))
    assert reply["data"]["deviceIds"] == []
    reply = await ask(socket, activate(world, world.device_id, token="none"))
    assert (reply["error"], reply["data"]["deviceIds"]) == ("", [])


async def test_binary_and_huge_frames_end_the_connection(socket: ClientConnection) -> None:
    await socket.send(b"\0\1")
    with pytest.raises(ConnectionClosed) as caught:
        await socket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


async def test_silence_ends_the_connection(world: World, url: str) -> None:
    world.emulator.limits = Limits(silence_s=0.05)
    async with connect(f"ws{url.removeprefix('http')}/ws/explorer", proxy=None) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4408


async def test_foreign_pages_cannot_open_a_socket(url: str) -> None:
    for headers in ({"Origin": "https://evil.example"},):
        with pytest.raises(InvalidStatus) as caught:
            await connect(
                f"ws{url.removeprefix('http')}/ws/explorer", proxy=None, additional_headers=headers
            ).__aenter__()
        assert caught.value.response.status_code == 403


async def test_a_slow_reader_does_not_hold_up_the_others(world: World, url: str) -> None:
    address = f"ws{url.removeprefix('http')}/ws/explorer"
    async with connect(address, proxy=None) as slow, connect(address, proxy=None) as quick:
        for socket in (slow, quick):
            await ask(socket, activate(world, world.device_id))
        device = world.emulator.devices.device(world.device_id)
        for number in range(3000):
            await device.report({"brightness": number % 100})
        for _ in range(3000):
            await quick.recv()
        seen = [json.loads(await slow.recv()) for _ in range(3000)]
        assert len(seen) == 3000


async def test_the_bridge_shakes_hands(world: World, url: str) -> None:
    async with connect(f"ws{url.removeprefix('http')}/studioh5?uin=1", proxy=None) as socket:
        params = {"AccessToken": world.tokens["owner"], "Type": "h5", "Data": {}}
        reply = await ask(socket, {"action": "ActiveConnect", "params": params, "reqId": "c"})
        assert reply == {"reqId": "c", "data": {"Result": "OK"}}
        await socket.send('{"action":"Hello"}')
        for name, payload in (
            ("h5Ready", {}),
            ("scan", {"errMsg": "scan:fail not supported by the emulator"}),
        ):
            control = {**params, "Data": {"action": name, "payload": {}}}
            reply = await ask(socket, {"action": "Control", "params": control, "reqId": name})
            assert reply == {"reqId": name, "data": {"action": "response", "payload": payload}}
        reply = await ask(socket, {"action": "Control", "params": {"AccessToken": "x"}, "reqId": "e"})
        assert reply["error"] == "InvalidParameterValue.InvalidAccessToken"


async def test_clients_that_leave_in_the_middle_leave_nothing_behind(world: World, url: str) -> None:
    address = f"ws{url.removeprefix('http')}/ws/explorer"
    sockets = [await connect(address, proxy=None).__aenter__() for _ in range(20)]
    for socket in sockets:
        await ask(socket, activate(world, world.device_id))
    for socket in sockets:
        socket.transport.abort()
    async with asyncio.timeout(5):
        while world.emulator.pushes.topics:
            await asyncio.sleep(0.01)
    await world.emulator.devices.device(world.device_id).report({"power": 1})
