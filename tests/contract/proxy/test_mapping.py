"""The panel hosts through the running proxy, as curl, httpx and raw sockets see them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import websockets

from devkit.errors import ProxyError
from devkit.proxy import Proxy, ProxyOptions, start_proxy
from tests.helpers.proxy import FILES, Builds, PanelApp, client, connect, curl, running, trusting

SCRIPT = "https://developing.script/developing.js"
STYLE = "https://developing.style/developing.css"


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with running(tmp_path) as proxy:
        yield proxy


@pytest.mark.parametrize("http2", [False, True])
async def test_httpx_gets_both_files(proxy: Proxy, http2: bool) -> None:
    async with client(proxy, http2=http2) as http:
        script, style = await http.get(SCRIPT), await http.get(STYLE)
        again = await http.get(SCRIPT, headers={"If-None-Match": script.headers["etag"]})
        head = await http.head(SCRIPT)
        preflight = await http.options(SCRIPT, headers={"Origin": "https://iot.cloud.tencent.com"})
        missing = await http.get("https://developing.script/other")
    assert (script.content, style.content) == (FILES["index.js"], FILES["index.css"])
    assert {answer.http_version for answer in (script, style)} == {"HTTP/1.1"}
    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "17")
    assert (preflight.status_code, missing.status_code) == (204, 404)


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
@pytest.mark.parametrize("tls", ["--tls-max=1.2", "--tls-max=1.3"])
async def test_curl_gets_the_script(proxy: Proxy, version: str, tls: str) -> None:
    ca = proxy.authorities["panel"].file
    code, output = await curl("-x", proxy.url, "--cacert", str(ca), version, *tls.split("="), SCRIPT)
    assert (code, output) == (0, FILES["index.js"])


async def test_plain_http_is_mapped_too(proxy: Proxy) -> None:
    plain = SCRIPT.replace("https", "http")
    for tunnel in ((), ("--proxytunnel",)):
        code, output = await curl("-x", proxy.url, *tunnel, plain)
        assert (code, output) == (0, FILES["index.js"])


async def test_the_live_socket_is_open_at_the_script_host(tmp_path: Path) -> None:
    app = PanelApp(live_reload=True)
    address = "wss://developing.script/__devkit/live?files=no"
    async with (
        running(tmp_path, app) as proxy,
        websockets.connect(address, proxy=proxy.url, ssl=trusting(proxy)) as socket,
    ):
        assert json.loads(await socket.recv())["type"] == "hello"
        app.live.built(app.source.set({"index.js": b"new"}), js=True, css=False)
        status = json.loads(await socket.recv())
        assert (status["type"], status["js"]) == ("status", app.source.now.etag("index.js"))


@pytest.mark.parametrize(
    ("host", "path", "live_reload"),
    [
        ("developing.script", "/__devkit/live", False),
        ("developing.script", "/__devkit/link", True),
        ("developing.style", "/__devkit/live", True),
    ],
)
async def test_no_other_socket_is_open_at_the_panel_hosts(
    tmp_path: Path, host: str, path: str, live_reload: bool
) -> None:
    async with running(tmp_path, PanelApp(live_reload=live_reload)) as proxy:
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(f"wss://{host}{path}", proxy=proxy.url, ssl=trusting(proxy))


@pytest.mark.parametrize("http2", [False, True])
async def test_a_big_script_arrives_whole(tmp_path: Path, http2: bool) -> None:
    body = bytes(range(256)) * 20_000
    app = PanelApp(Builds({"index.js": body}))
    async with running(tmp_path, app) as proxy, client(proxy, http2=http2) as http:
        assert (await http.get(SCRIPT)).content == body


async def test_a_client_that_does_not_know_the_ca_is_stopped_by_its_own_check(
    proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        code, output = await curl("-x", proxy.url, SCRIPT)
        assert code == 60
        assert b"certificate" in output
    assert caplog.text.count("devkit ca install") == 1


async def test_tls_that_comes_with_the_connect_is_not_lost(proxy: Proxy) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting(proxy).wrap_bio(incoming, outgoing, server_hostname="developing.script")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.options.port)
    writer.write(b"CONNECT developing.script:443 HTTP/1.1\r\n\r\n" + outgoing.read())
    await reader.readuntil(b"\r\n\r\n")
    while True:
        incoming.write(await reader.read(65536))
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            continue
    tls.write(b"GET /developing.js HTTP/1.1\r\nHost: developing.script\r\nConnection: close\r\n\r\n")
    writer.write(outgoing.read())
    answer = b""
    while FILES["index.js"] not in answer:
        try:
            answer += tls.read(65536)
        except ssl.SSLWantReadError:
            incoming.write(await reader.read(65536))
    assert answer.startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_session_is_resumed(proxy: Proxy) -> None:
    context = trusting(proxy)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    session = None
    for expected in (False, True):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="developing.script", session=session)
        reader, writer, _ = await connect(proxy, "developing.script:443")
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(65536))
        session = tls.session
        assert tls.session_reused is expected
        writer.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02",
        b"\x16\x03\x01\x00\x05hello",
        b"\x16garbage after a handshake byte",
        b"SSH-2.0-x\r\n\r\n",
    ],
)
async def test_neither_tls_nor_http_after_connect_is_closed(proxy: Proxy, data: bytes) -> None:
    reader, writer, line = await connect(proxy, "developing.script:443")
    assert line == b"HTTP/1.1 200 Connection established"
    writer.write(data)
    rest = await asyncio.wait_for(reader.read(), 5)
    assert b"200" not in rest
    writer.close()


async def test_a_client_that_goes_away_before_the_build_leaves_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = Builds()
    source.ready.clear()
    async with running(tmp_path, PanelApp(source)) as proxy, client(proxy) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get(SCRIPT, timeout=0.2)
        source.ready.set()
        assert (await http.get(SCRIPT)).content == FILES["index.js"]
    assert caplog.messages == []


async def test_a_thousand_requests_at_once(proxy: Proxy) -> None:
    async def one(stagger: asyncio.Semaphore) -> int:
        async with stagger:
            reader, writer, line = await connect(proxy, "developing.script:443")
        assert b"200" in line
        writer.write(b"GET /developing.js HTTP/1.1\r\nHost: developing.script\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer.count(FILES["index.js"])

    stagger = asyncio.Semaphore(200)
    assert await asyncio.gather(*(one(stagger) for _ in range(1000))) == [1] * 1000


async def test_many_requests_at_once_of_one_client(proxy: Proxy) -> None:
    async with client(proxy) as http:
        answers = await asyncio.gather(*(http.get(SCRIPT) for _ in range(150)))
    assert {answer.content for answer in answers} == {FILES["index.js"]}


async def test_ctrl_c_during_a_download_ends_it_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, PanelApp(Builds({"index.js": b"x" * 30_000_000}))) as proxy:
        reader, writer, _ = await connect(proxy, "developing.script:443")
        writer.write(b"GET /developing.js HTTP/1.1\r\nHost: developing.script\r\n\r\n")
        await reader.readexactly(1000)
        await asyncio.wait_for(proxy.aclose(), 1)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(30_000_000)
        writer.close()


async def test_a_second_proxy_on_the_port_says_what_to_do(proxy: Proxy, tmp_path: Path) -> None:
    with pytest.raises(ProxyError, match=str(proxy.options.port)) as caught:
        await start_proxy(PanelApp(), ProxyOptions(port=proxy.options.port, directory=tmp_path))
    assert "--proxy-port" in caught.value.hint
    async with client(proxy) as http:
        assert (await http.get(SCRIPT)).status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT developing.script HTTP/1.1\r\n\r\n",
        b"CONNECT developing.script:99999 HTTP/1.1\r\n\r\n",
        b"CONNECT http://developing.script:443 HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01",
        b"A" * 70_000,
    ],
)
async def test_bad_requests_are_refused_in_words(proxy: Proxy, head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.options.port)
    writer.write(head)
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert b"devkit proxy: " in answer
    writer.close()


async def test_it_listens_on_loopback_alone(proxy: Proxy) -> None:
    assert proxy.url.startswith("http://127.0.0.1:")
    assert proxy.lan_url == ""


async def test_broken_http_on_a_panel_host_is_refused(proxy: Proxy) -> None:
    reader, writer, _ = await connect(proxy, "developing.script:80")
    writer.write(b"GET /developing.js HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400")
    writer.close()
