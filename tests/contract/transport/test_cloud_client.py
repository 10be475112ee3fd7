"""What only the cloud transport has to cope with: a network, tokens that expire, answers that are none."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import types
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from devkit.clock import SystemClock
from devkit.cloud.http.server import served
from devkit.cloud.seed import APP_KEY, APP_SECRET
from devkit.errors import CloudApiError, SettingsError, TransportError, TransportTimeoutError
from devkit.transport.base import Push
from devkit.transport.cloud import CloudTransport, Pace
from devkit.transport.credentials import Credentials
from devkit.transport.endpoint import Endpoint
from devkit.transport.push_client import decode_push
from devkit.web.binding import bind
from tests.helpers.home import Home, make_home
from tests.helpers.pushes import Collected, pushes_of

LOGIN = Credentials(app_key=APP_KEY, app_secret=APP_SECRET, open_id="oX3aP0qRs7TuVwXyZ")


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    made = make_home()
    made.emulator.clock = SystemClock()  # signatures carry the machine's time
    with made.emulator.work() as work:
        for token in made.tokens.values():
            work.tx.change("sessions", token, expire_s=work.now_s + 1000)
    await made.emulator.start()
    yield made
    await made.emulator.aclose()


@contextlib.asynccontextmanager
async def connected(url: str, credentials: Credentials, **options: Any) -> AsyncIterator[CloudTransport]:
    transport = CloudTransport(
        Endpoint.of("mainland", url), credentials, timeout_s=2, reconnect_s=0.01, **options
    )
    try:
        await transport.connect()
        yield transport
    finally:
        await transport.aclose()


async def test_logs_in_with_an_app_key_and_again_when_the_token_expires(home: Home) -> None:
    async with served(home.emulator) as url, connected(url, LOGIN) as transport:
        families = await transport.call("AppGetFamilyList", {})
        assert families["Total"] == 1
        with home.emulator.work() as work:
            for session in work.tx.find("sessions", {"user_id": home.users["owner"]}):
                work.tx.change("sessions", session["token"], expire_s=1)
        answers = await asyncio.gather(*(transport.call("AppGetUser", {}) for _ in range(5)))
        assert {answer["Data"]["UserID"] for answer in answers} == {home.users["owner"]}
        with home.emulator.work() as work:
            fresh = work.tx.find(
                "sessions", {"user_id": home.users["owner"]}, between={"expire_s": (2, None)}
            )
        assert len(fresh) == 1


async def test_a_token_that_cannot_be_renewed_is_told(home: Home) -> None:
    with pytest.raises(CloudApiError, match="expired"):
        async with served(home.emulator) as url, connected(url, Credentials(token="old")):
            pass


async def test_no_secret_reaches_a_log_or_the_observer(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard: list[Any] = []
    async with served(home.emulator) as url, connected(url, LOGIN, observer=heard.append) as transport:
        pushes = pushes_of(transport, [home.device_id])
        params = {"DeviceId": home.device_id, "Data": '{"power":1}'}
        await transport.call("AppControlDeviceData", params)
        await anext(pushes)
        token = transport._token
    told = caplog.text + json.dumps([what.to_json() for what in heard]) + repr(LOGIN)
    for secret in (token, APP_SECRET, LOGIN.open_id):
        assert secret not in told
    assert [what.kind for what in heard].count("action") == 2
    assert "push" in [what.kind for what in heard]


async def test_comes_back_after_a_cut_and_follows_again(home: Home) -> None:
    port = 0
    transport: CloudTransport | None = None
    pushes: Collected[Push] | None = None
    credentials = Credentials(token=home.tokens["owner"])
    async with contextlib.AsyncExitStack() as stack:
        for number in range(3):
            async with served(home.emulator, port=port) as url:
                port = int(url.rsplit(":", 1)[1])
                if transport is None or pushes is None:
                    transport = await stack.enter_async_context(connected(url, credentials))
                    pushes = pushes_of(transport, [home.device_id])
                params = {"DeviceId": home.device_id, "Data": json.dumps({"brightness": number})}
                await transport.call("AppControlDeviceData", params)
                seen = [(await anext(pushes)).sub_type for _ in range(2)]
                assert seen == ["Push", "Report"]


@contextlib.asynccontextmanager
async def answering(handler: Callable[[Request], Any]) -> AsyncIterator[str]:
    """Serve one handler in place of a cloud."""
    import uvicorn

    app = Starlette(routes=[Route("/api/exploreropen/{kind}", handler, methods=["POST"])])
    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=0)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    ticking = asyncio.ensure_future(server.main_loop())
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await ticking
    await server.shutdown(sockets=[listener])


@pytest.mark.parametrize(
    ("status", "body", "error", "text"),
    [
        (500, b"{}", TransportError, "HTTP status 500"),
        (504, b"", TransportTimeoutError, "in time"),
        (200, b"<html>", TransportError, "other than JSON"),
        (200, b"[1]", TransportError, "other than JSON"),
        (200, b'{"code":0,"data":5}', TransportError, "other than JSON"),
        (200, b'{"code":1000,"msg":"busy","data":null}', CloudApiError, "busy"),
        (200, b'{"code":9,"msg":"m","data":{"Error":{"Code":"A.B","Message":"why"}}}', CloudApiError, "why"),
        (200, b'{"Response":{"Error":{"Code":"A.B","Message":"why"}}}', CloudApiError, "why"),
    ],
)
async def test_answers_that_are_no_answers(
    status: int, body: bytes, error: type[Exception], text: str
) -> None:
    async def handler(request: Request) -> Response:
        return Response(body, status)

    async with answering(handler) as url:
        transport = CloudTransport(Endpoint.of("mainland", url), Credentials(token="x"))
        with pytest.raises(error, match=text):
            await transport.call("AppGetUser", {})
        await transport.aclose()


async def test_plain_response_envelopes_are_read_too() -> None:
    async def handler(request: Request) -> Response:
        return Response(b'{"Response":{"RequestId":"q","Products":[]}}')

    async with answering(handler) as url:
        transport = CloudTransport(Endpoint.of("mainland", url), Credentials(token="x"))
        assert await transport.call("AppGetProducts", {}) == {"RequestId": "q", "Products": []}
        await transport.aclose()


async def test_a_cloud_that_is_not_there_is_named() -> None:
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    transport = CloudTransport(Endpoint.of("mainland", url), Credentials(token="x"))
    with pytest.raises(TransportError, match=f"{url} cannot be reached"):
        await transport.call("AppGetUser", {})
    await transport.aclose()


def test_endpoints() -> None:
    assert Endpoint.of("mainland").api("tokenapi").startswith("https://iot.cloud.tencent.com/api/")
    overseas = Endpoint.of("overseas")
    assert (
        overseas.pushes("1 2") == "wss://oversea.iotcloud.tencentiotcloud.com/iotstudio_v2_weapp_1?uin=1%202"
    )
    assert Endpoint.of("mainland", "http://[::1]:9100/").loopback
    for url in ("ftp://x", "nonsense", "https://x/path"):
        with pytest.raises(SettingsError, match="web address"):
            Endpoint.of("mainland", url)
    with pytest.raises(SettingsError, match="unencrypted"):
        Endpoint.of("mainland", "http://example.com")


def test_credentials_come_from_the_environment() -> None:
    assert Credentials.find({"DEVKIT_ACCESS_TOKEN": "t"}).token == "t"
    names = ("DEVKIT_APP_KEY", "DEVKIT_APP_SECRET", "DEVKIT_WX_OPEN_ID")
    assert Credentials.find(dict.fromkeys(names, "x")).can_log_in
    with pytest.raises(SettingsError, match="DEVKIT_ACCESS_TOKEN"):
        Credentials.find({"DEVKIT_APP_KEY": "x"})


def test_credentials_come_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class Locked(Exception):
        pass

    kept = {("h5-devkit", "DEVKIT_ACCESS_TOKEN"): "from the keyring"}
    keyring = types.SimpleNamespace(
        get_password=lambda service, name: kept.get((service, name)),
        errors=types.SimpleNamespace(KeyringError=Locked),
    )
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert Credentials.find({}).token == "from the keyring"
    assert Credentials.find({"DEVKIT_ACCESS_TOKEN": "given"}).token == "given"

    def locked(service: str, name: str) -> str:
        raise Locked

    monkeypatch.setattr(keyring, "get_password", locked)
    with pytest.raises(SettingsError, match="needs an access token"):
        Credentials.find({})


async def test_calls_beyond_the_budget_wait() -> None:
    pace = Pace(1000)
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(1050):
        await pace.wait()
    assert loop.time() - started >= 0.04


def test_pushes_with_payloads_that_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    frame = {
        "DeviceId": "P/d",
        "Type": "Property",
        "SubType": "Report",
        "Time": "2025-06-15T23:06:40+08:00",
        "Payload": "!",
    }
    assert decode_push({"params": frame}) == Push("P/d", "Property", "Report", 1_750_000_000_000, None)
    assert "cannot be read" in caplog.text
    dirty = {**frame, "Payload": "eyJhIjoiAHgifQ=="}
    assert decode_push({"params": dirty}).payload == {"a": "x"}
