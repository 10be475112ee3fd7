"""What clients may send by mistake or malice, beyond single missing parameters and wrong types."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from devkit.cloud.api.facts import DOCUMENTED, FACTS, UNDOCUMENTED, Param
from devkit.cloud.api.params import MAX_TEXT
from devkit.cloud.http.server import served
from devkit.cloud.push import socket as push_socket
from devkit.cloud.push.changes import DeviceChange
from tests.contract.cloud.test_http import TOKEN_API, activate, ask
from tests.contract.cloud.test_signing import signed
from tests.contract.cloud.world import CALLER, SUCCESS, World, rows

TOO_LONG = "x" * (MAX_TEXT + 1)
BEYOND: dict[str, list[Any]] = {
    "text": [TOO_LONG, "\ud800"],
    "int": [-(2**70), 2**63, 2**70],
    "json": [json.dumps({"x": TOO_LONG}), "[1]", '{"a":NaN}', "{" * 5000],
    "texts": [[TOO_LONG]],
    "device": [TOO_LONG, "no-slash"],
    "gateway": [TOO_LONG],
}
IDLE = 1000


def spelled(param: Param) -> str:
    return {"device": "DeviceId", "gateway": "GatewayDeviceId"}.get(param.type, param.name)


def without_pairs(params: dict[str, Any], param: Param) -> dict[str, Any]:
    """Leave out the other spelling of a device, which would win."""
    prefix = "Gateway" if param.type == "gateway" else ""
    pair = {f"{prefix}ProductId", f"{prefix}DeviceName"} if param.type in ("device", "gateway") else set()
    return {name: value for name, value in params.items() if name not in pair}


@pytest.mark.parametrize("action", [fact.action for fact in DOCUMENTED])
async def test_values_over_the_limit_are_refused_and_change_nothing(world: World, action: str) -> None:
    before = rows(world)
    for param in FACTS[action].params:
        for value in BEYOND.get(param.type, []):
            params = {**without_pairs(dict(SUCCESS[action](world)), param), spelled(param): value}
            code = await world.code(action, as_=CALLER.get(action, "owner"), **params)
            assert code in FACTS[action].errors, (param.name, str(value)[:40], code)
    assert rows(world) == before


@pytest.mark.parametrize("action", [fact.action for fact in UNDOCUMENTED])
async def test_junk_for_undocumented_actions_is_refused(world: World, action: str) -> None:
    before = rows(world)
    for param in FACTS[action].params:
        for value in (True, 1.5, [5], {"a": [1]}, *BEYOND.get(param.type, [])):
            if param.type == "object" and isinstance(value, dict):
                continue
            good = {item.name: "1" for item in FACTS[action].params if item.required}
            params = {**good, "DeviceId": world.device_id, spelled(param): value}
            code = await world.code(action, **params)
            assert code in FACTS[action].errors, (param.name, str(value)[:40], code)
    assert rows(world) == before


@pytest.mark.parametrize("action", [fact.action for fact in UNDOCUMENTED if "device!" in fact.text])
async def test_undocumented_actions_leave_devices_of_others_alone(world: World, action: str) -> None:
    before = rows(world)
    texts = {"FenceArea": {}, "Content": "00" * 16, "AppNonce": "00", "DeviceNonce": "00"}
    good = {item.name: texts.get(item.name, "1") for item in FACTS[action].params if item.required}
    code = await world.code(action, as_="stranger", **{**good, "DeviceId": world.device_id})
    assert code in FACTS[action].errors
    assert rows(world) == before


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "used already"),
        ({"Nonce": 7, "Timestamp": 1_749_999_000}, "Timestamp must be within"),
        ({"Nonce": 7, "secret": "wrong"}, "Signature does not fit"),
        ({"Nonce": 7, "AppKey": "other"}, "no application"),
        ({"Nonce": True}, "Nonce must be"),
    ],
)
async def test_signed_calls_over_http(world: World, changes: dict[str, Any], text: str) -> None:
    async with served(world.emulator) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        path = "/api/exploreropen/appapi"
        assert (await client.post(path, json=signed(world))).json()["code"] == 0
        before = rows(world)
        answer = await client.post(path, json=signed(world, **changes))
        assert answer.status_code == 200
        error = answer.json()["data"]
        assert error["Error"]["Code"] == "InvalidParameterValue"
        assert text in error["Error"]["Message"]
        assert error["RequestId"] == "r"
        assert rows(world) == before


async def test_a_revoked_token_is_refused_everywhere(world: World) -> None:
    async with served(world.emulator) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        token = {"AccessToken": world.tokens["owner"]}
        address = f"ws{url.removeprefix('http')}/ws/explorer"
        assert (await client.post(TOKEN_API, json={"Action": "AppLogoutUser", **token})).json()["code"] == 0
        envelope = (await client.post(TOKEN_API, json={"Action": "AppGetUser", **token})).json()
        assert envelope["code"] == "InvalidParameterValue.InvalidAccessToken"
        async with connect(address, proxy=None) as socket:
            reply = await ask(socket, activate(world, world.device_id))
            assert reply["data"]["deviceIds"] == []
            assert reply["data"]["Error"]["Code"] == "InvalidParameterValue.InvalidAccessToken"


async def test_a_thousand_idle_sockets_are_in_nobodys_way(world: World) -> None:
    async with served(world.emulator) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        place = url.removeprefix("http://")
        host, _, port = place.rpartition(":")
        lines = (
            "GET /iotstudio_v2_weapp_1 HTTP/1.1",
            f"Host: {place}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
        )
        request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        limit = asyncio.Semaphore(50)

        async def idle() -> asyncio.StreamWriter:
            async with limit:
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(request)
                assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
                return writer

        writers = await asyncio.gather(*(idle() for _ in range(IDLE)))
        body = {"Action": "AppGetUser", "AccessToken": world.tokens["owner"]}
        assert (await client.post(TOKEN_API, json=body)).json()["code"] == 0
        async with connect(f"ws://{place}/ws/explorer", proxy=None) as socket:
            reply = await ask(socket, activate(world, world.device_id))
            assert reply["data"]["deviceIds"] == [world.device_id]
            await world.emulator.devices.device(world.device_id).report({"brightness": 3})
            assert json.loads(await socket.recv())["push"] is True
        for writer in writers:
            writer.transport.abort()


async def read_to_the_end(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def test_a_reader_that_never_reads_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_socket, "MOST_WAITING", 100)
    monkeypatch.setattr(push_socket, "CLOSE_S", 0.05)
    emulator = world.emulator
    async with served(world.emulator) as url:
        address = f"ws{url.removeprefix('http')}/ws/explorer"
        async with connect(address, proxy=None, max_queue=1) as socket:
            await ask(socket, activate(world, world.device_id))
            for number in range(3000):
                emulator.publish(
                    DeviceChange(world.device_id, "Property", "Report", number, {"x": "y" * 8000})
                )
            params = {"Action": "AppDeviceTraceHeartBeat", "ActionParams": {}}
            await socket.send(json.dumps({"action": "YunApi", "reqId": "h", "params": params}))
            async with asyncio.timeout(20):
                while emulator.pushes.topics:
                    await asyncio.sleep(0.01)
                with pytest.raises(ConnectionClosed):
                    await read_to_the_end(socket)
