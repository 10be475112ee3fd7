from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from devkit.web.guard import MAX_PATH, Guard, OriginGuard, is_strict_path
from devkit.web.origins import EMULATOR


async def echo(request: object) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


APP = Guard(Starlette(routes=[WebSocketRoute("/socket", socket), Route("/{rest:path}", echo)]))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9000") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        b"/../etc/passwd",
        b"/h5panel/../../etc",
        b"/h5panel/%2e%2e/x",
        b"/h5panel/%2E./x",
        b"/h5panel/%252e%252e/x",
        b"/h5panel/..%2f..%2fx",
        b"/h5panel/%00",
        b"/h5panel/%2500",
        b"/a\\..\\b",
        b"/a%5c..%5cb",
        b"/./index.js",
        b"/a/..;/b",
        b"/%ff%fe",
        b"/\x7f",
        b"index.js",
        b"/" + b"a" * MAX_PATH,
    ],
)
def test_strange_paths_are_refused(path: bytes) -> None:
    assert not is_strict_path(path)


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/index.js",
        b"/h5panel/developing/live/bluetooth-search",
        "/h5panel/客厅".encode(),
        b"/h5panel/a%20b",
        b"/...",
        b"/a..b/c.d",
    ],
)
def test_ordinary_paths_are_served(path: bytes) -> None:
    assert is_strict_path(path)


@given(st.binary(max_size=200))
def test_no_decoded_path_has_a_relative_segment(path: bytes) -> None:
    if is_strict_path(b"/" + path):
        assert ".." not in path.decode().split("/")


async def test_foreign_host_is_refused_before_any_route(client: httpx.AsyncClient) -> None:
    answer = await client.get("/index.js", headers={"host": "evil.example"})
    assert answer.status_code == 403
    assert "--host" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await client.get("/index.js")).text == "inside"


async def test_foreign_host_cannot_open_a_socket() -> None:
    sent = []
    scope = {
        "type": "websocket",
        "path": "/socket",
        "raw_path": b"/socket",
        "headers": [(b"host", b"evil.example")],
    }

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message["type"])

    await APP(scope, receive, send)
    assert sent == ["websocket.close"]


async def test_answers_carry_security_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/anything")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_encoded_parent_is_a_bad_request(client: httpx.AsyncClient) -> None:
    assert (await client.get("/h5panel/%2e%2e/x")).status_code == 400


@pytest.fixture
async def emulator() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(OriginGuard(Starlette(routes=[Route("/{rest:path}", echo)]), EMULATOR))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9100") as client:
        yield client


@pytest.mark.parametrize("origin", ["https://iot.cloud.tencent.com", "http://localhost:5173"])
async def test_a_page_of_an_allowed_origin_uses_the_emulator(
    emulator: httpx.AsyncClient, origin: str
) -> None:
    answer = await emulator.get("/api", headers={"origin": origin})
    assert (answer.text, answer.headers["access-control-allow-origin"]) == ("inside", origin)
    preflight = await emulator.options("/api", headers={"origin": origin})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, POST, PUT"
    assert preflight.headers["access-control-allow-headers"] == "content-type"


async def test_a_foreign_page_does_not_and_a_program_does(emulator: httpx.AsyncClient) -> None:
    for method in ("GET", "OPTIONS", "HEAD"):
        refused = await emulator.request(method, "/api", headers={"origin": "https://evil.example"})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    assert (await emulator.get("/api")).headers["vary"] == "Origin"


async def test_a_failure_is_logged_with_its_path(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise KeyError("a fault")

    transport = httpx.ASGITransport(Guard(broken), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9000") as client:
        assert (await client.get("/where")).status_code == 500
    assert "/where" in caplog.text
    assert "a fault" in caplog.text
