"""Every route of the dev server and of the console, those to come too, against those who may not use it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import websockets
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from tests.helpers.console_server import ConsoleServer, console_server

EVIL = "https://evil.example"
NAMES = {"product_id": "CONSOLE001", "device_name": "dev01", "act": "report", "rest": "x", "name": "x"}


def routes(app: Any) -> Iterator[BaseRoute]:
    """Yield the routes below the guards of an application."""
    while not hasattr(app, "routes"):
        app = getattr(app, "_site", None) or app._app
    for route in app.routes:
        yield from routes(route) if isinstance(route, Mount) else [route]


def path_of(route: Any) -> str:
    path: str = route.path
    for name, value in NAMES.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
    return path


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConsoleServer]:
    async with console_server(tmp_path_factory.mktemp("panel")) as server:
        yield server


def ways(server: ConsoleServer, kind: type) -> list[tuple[str, str, str]]:
    """Return (base, path, method) of the routes of a kind at both origins."""
    apps = ((server.panel_url, server.server.app()), (server.url.rstrip("/"), server.server.console_app()))
    return [
        (base, path_of(route), method)
        for base, app in apps
        for route in routes(app)
        if isinstance(route, kind)
        for method in sorted(getattr(route, "methods", None) or {"GET"})
        if method != "HEAD"
    ]


@pytest.mark.parametrize("dest", ["script", "empty", "image", "iframe", "style", "object"])
async def test_no_route_answers_a_page_of_another_site(server: ConsoleServer, dest: str) -> None:
    found = ways(server, Route)
    assert len(found) > 20
    async with httpx.AsyncClient(trust_env=False) as client:
        for base, path, method in found:
            headers = {"sec-fetch-site": "cross-site", "sec-fetch-dest": dest, "sec-fetch-mode": "no-cors"}
            answer = await client.request(method, base + path, headers=headers)
            assert answer.status_code in {401, 403}, (base, path, method)
            answer = await client.request(method, base + path, headers={"referer": f"{EVIL}/a"})
            assert answer.status_code in {401, 403}, (base, path, method)


async def test_no_route_answers_another_name_or_strange_paths(server: ConsoleServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for base, path, method in ways(server, Route):
            for host in ("evil.example", f"evil.example:{base.rpartition(':')[2]}", "127.0.0.1.evil.example"):
                answer = await client.request(method, base + path, headers={"host": host})
                assert answer.status_code == 403, (base, path, host)
            for more in ("/..%2f..%2fetc/passwd", "/%2e%2e/", "/%252e%252e/x", "\\..\\x"):
                answer = await client.request(method, f"{base}{path}{more}")
                assert answer.status_code in {400, 401, 403, 404, 405} or path.startswith(
                    ("/h5panel", "/scf/h5panel")
                ), (base, path, more)


async def test_nothing_changes_without_a_token(server: ConsoleServer) -> None:
    before = server.bench.snapshot()
    async with httpx.AsyncClient(trust_env=False) as client:
        for base, path, method in ways(server, Route):
            if method == "GET":
                continue
            for given in (
                {},
                {"authorization": "Bearer x"},
                {"authorization": f"Bearer {server.server.page_token}"},
            ):
                answer = await client.request(method, base + path, headers=given, json={"power_switch": 1})
                assert answer.status_code in {401, 403}, (base, path, method)
    assert server.bench.snapshot() == before


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1.evil.example", None])
async def test_no_socket_opens_for_another_origin_or_without_a_token(
    server: ConsoleServer, origin: Any
) -> None:
    for base, path, _ in ways(server, WebSocketRoute):
        url = f"ws{base.removeprefix('http')}{path}"
        tokens = (server.server.page_token, server.server.control_token)
        for token in ("", "wrong", *tokens) if origin is None else tokens:
            if origin is None and token in tokens:
                continue  # a program that knows the token
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(f"{url}?token={token}", origin=origin)
