"""The hosts that mitmproxy decrypts: local-cloud mode, mirrors, and what goes on to the real server."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect as connect_websocket
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.datastructures import Headers

from devkit.errors import BuildError, Diagnostic, ProxyError
from devkit.proxy import Proxy
from tests.helpers.proxy import FILES, PanelApp, client, connect, running, trusting

SITE = "https://iot.cloud.tencent.com"


@asynccontextmanager
async def dev_server() -> AsyncIterator[str]:
    """Serve what a dev server does, in small: tell what was asked, echo WebSockets, refuse other hosts."""

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade"):
            return None
        told = {
            "path": request.path,
            "host": request.headers["Host"],
            "origin": request.headers.get("Origin"),
        }
        body = json.dumps(told).encode()
        return Response(200, "OK", Headers({"Content-Length": str(len(body))}), body)

    async def echo(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(echo, "127.0.0.1", 0, process_request=answer) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with dev_server() as url:
        yield url


@pytest.fixture
async def proxy(tmp_path: Path, url: str) -> AsyncIterator[Proxy]:
    async with running(tmp_path, local_cloud=True, dev_url=url) as proxy:
        yield proxy


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "/h5panel/developing?productId=P",
        "/h5panel",
        "/scf/h5panel/x",
        "/__devkit/runtime.js",
        "/index.js",
        "/index.css?v=1",
    ],
)
async def test_the_platforms_paths_are_answered_here(proxy: Proxy, url: str, path: str, http2: bool) -> None:
    async with client(proxy, http2=http2) as http:
        told = (await http.get(SITE + path, headers={"Origin": SITE})).json()
    assert told == {"path": path, "host": url.removeprefix("http://"), "origin": SITE}


async def test_other_paths_of_the_platform_go_on_to_it(proxy: Proxy) -> None:
    async with client(proxy) as http:
        for path in ("/", "/h5panelx", "/console", "/index.html"):
            assert (await http.get(SITE + path)).status_code == 502


async def test_a_websocket_reaches_the_dev_server(proxy: Proxy) -> None:
    for path in ("/ws/explorer", "/studioh5?uin=1", "/__devkit/link"):
        address = f"wss://iot.cloud.tencent.com{path}"
        async with connect_websocket(address, proxy=proxy.url, ssl=trusting(proxy)) as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"


async def test_without_local_cloud_the_platform_is_not_decrypted(tmp_path: Path) -> None:
    async with running(tmp_path) as proxy:
        assert list(proxy.authorities) == ["panel"]
        assert not (tmp_path / "ca-local-cloud.pem").exists()
        _, writer, line = await connect(proxy, "iot.cloud.tencent.com:443")
        assert b"502" in line
        writer.close()


async def test_another_name_inside_the_tunnel_is_not_decrypted(proxy: Proxy) -> None:
    """The tunnel then goes on to the platform, which cannot be reached here."""
    _, writer, line = await connect(proxy, "iot.cloud.tencent.com:443")
    assert b"200" in line
    with pytest.raises(ConnectionError):
        await writer.start_tls(trusting(proxy), server_hostname="bank.example")
    writer.close()


async def test_a_mirror_has_an_authority_of_its_own(tmp_path: Path, url: str) -> None:
    async with running(tmp_path, mirror={"cdn.example.com": url}) as proxy, client(proxy) as http:
        assert proxy.authorities["mirror"].hosts == ("cdn.example.com",)
        assert (await http.get("https://cdn.example.com/lib.js")).json()["path"] == "/lib.js"


@pytest.mark.parametrize("bad", ["ftp://127.0.0.1", "127.0.0.1:9", "http://"])
async def test_a_bad_mirror_is_named(tmp_path: Path, bad: str) -> None:
    with pytest.raises(ProxyError, match="mirror"):
        async with running(tmp_path, mirror={"cdn.example.com": bad}):
            pass


@pytest.mark.parametrize("option", ["inspect", "har"])
async def test_the_panel_hosts_are_the_same_through_mitmproxy(tmp_path: Path, option: str) -> None:
    value = True if option == "inspect" else tmp_path / "a.har"
    async with running(tmp_path, local_cloud=True, **{option: value}) as proxy:
        for http2 in (False, True):
            async with client(proxy, http2=http2) as http:
                script = await http.get("https://developing.script/developing.js")
                assert script.content == FILES["index.js"]
                again = {"If-None-Match": script.headers["etag"]}
                cached = await http.get("https://developing.script/developing.js", headers=again)
                assert cached.status_code == 304
                head = await http.head("https://developing.style/developing.css")
                assert (head.content, head.headers["content-length"]) == (b"", "20")
        async with httpx.AsyncClient(trust_env=False) as plain:
            if option == "inspect":
                assert (await plain.get(proxy.inspector_url)).status_code == 200
    if option == "har":
        assert stat.S_IMODE((tmp_path / "a.har").stat().st_mode) == 0o600
        entries = json.loads((tmp_path / "a.har").read_text())["log"]["entries"]
        assert {entry["request"]["url"] for entry in entries} == {
            "https://developing.script/developing.js",
            "https://developing.style/developing.css",
        }
        assert len(entries) == 6


async def test_the_live_socket_reaches_a_page_through_mitmproxy(tmp_path: Path) -> None:
    app = PanelApp(live_reload=True)
    address = "wss://developing.script/__devkit/live?files=no"
    async with (
        running(tmp_path, app, har=tmp_path / "a.har") as proxy,
        connect_websocket(address, proxy=proxy.url, ssl=trusting(proxy)) as socket,
    ):
        assert json.loads(await socket.recv())["type"] == "hello"
        app.live.failed(app.source.set({}, BuildError([Diagnostic("Expected ;")])))
        assert json.loads(await socket.recv())["error"]["findings"][0]["message"] == "Expected ;"


async def test_a_har_file_that_cannot_be_written_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProxyError, match="cannot be written"):
        async with running(tmp_path, har=tmp_path / "no" / "such" / "a.har"):
            pass


async def test_other_paths_go_through_the_upstream_proxy(tmp_path: Path, url: str) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    upstream = f"http://me:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    options = {"local_cloud": True, "dev_url": url, "upstream": upstream}
    async with running(tmp_path, **options) as proxy, client(proxy) as http:
        assert (await http.get(f"{SITE}/h5panel/a")).status_code == 200
        assert asked == []
        assert (await http.get(f"{SITE}/console")).status_code == 502
        with pytest.raises(httpx.HTTPError):
            (await http.get("http://plain.invalid/")).raise_for_status()
    assert asked[0].startswith(b"CONNECT iot.cloud.tencent.com:443 ")
    assert b"proxy-authorization: basic bwu6c2vjcmv0" in asked[0].lower()
    server.close()


async def test_mitmproxy_keeps_no_authority_of_its_own(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    options = {"local_cloud": True, "dev_url": url, "inspect": True}
    async with running(tmp_path / "ca", **options) as proxy, client(proxy) as http:
        await http.get(f"{SITE}/h5panel/a")
    assert [path for path in home.rglob("*") if path.suffix in {".pem", ".p12", ".cer"}] == []
