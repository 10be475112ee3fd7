"""What phones on the local network may do: use the proxy, and nothing on this machine."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from weakref import WeakSet

import pytest

from devkit.proxy import Proxy
from devkit.proxy.front import Front
from devkit.proxy.phone import qr_code
from tests.helpers.proxy import FILES, curl, running


@pytest.fixture
async def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """A proxy that takes every client for one from the local network."""
    original = Front.connection_made

    def from_lan(self: Front, transport: asyncio.BaseTransport) -> None:
        original(self, transport)
        self._from_lan = True

    monkeypatch.setattr(Front, "connection_made", from_lan)
    async with running(tmp_path, local_cloud=True) as proxy:
        yield proxy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "localhost."])
async def test_this_machines_own_ports_stay_closed(proxy: Proxy, host: str) -> None:
    hits = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hits
        hits += len(await reader.read(10)) > 0
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    code, output = await curl("-x", proxy.url, "--proxytunnel", f"http://{host}:{port}/", "--max-time", "5")
    assert code != 0
    assert hits == 0, output
    server.close()


async def test_the_panel_is_open_to_them(proxy: Proxy) -> None:
    ca = proxy.authorities["panel"].file
    code, output = await curl("-x", proxy.url, "--cacert", str(ca), "https://developing.script/developing.js")
    assert (code, output) == (0, FILES["index.js"])


async def test_the_setup_page_offers_the_certificates_and_no_key(proxy: Proxy) -> None:
    proxy.pages.panel_url = 'https://iot.cloud.tencent.com/h5panel/developing?productId="><script>'
    _, page = await curl(f"{proxy.url}/")
    text = page.decode()
    assert str(proxy.options.port) in text
    assert '"><script>' not in text
    links = re.findall(r'href="(/[^"]+\.crt)"', text)
    assert links == ["/panel.crt", "/local-cloud.crt"]
    for link, authority in zip(links, proxy.authorities.values(), strict=True):
        _, certificate = await curl(f"{proxy.url}{link}")
        assert certificate == authority.der
    for path in ("/panel.key", "/ca-panel.pem", "/panel.pem"):
        _, content = await curl(f"{proxy.url}{path}")
        assert b"PRIVATE" not in content


async def test_the_setup_page_is_for_addresses_alone(proxy: Proxy) -> None:
    code, output = await curl(f"{proxy.url}/", "-H", "Host: rebinding.example")
    assert code == 0
    assert b"Install the certificate" not in output


async def test_clients_from_the_internet_are_refused(tmp_path: Path) -> None:
    class Transport(asyncio.Transport):
        def __init__(self) -> None:
            super().__init__({"peername": ("8.8.8.8", 1234)})
            self.closed = False

        def close(self) -> None:
            self.closed = True

        def is_closing(self) -> bool:
            return self.closed

    async with running(tmp_path) as proxy:
        front, transport = Front(proxy.routes, WeakSet()), Transport()
        front.connection_made(transport)
        assert transport.closed


def test_the_code_is_drawn_for_terminals() -> None:
    drawn = qr_code("http://192.168.1.20:8899/")
    assert len(drawn.splitlines()) > 10
    assert "█" in drawn or "▀" in drawn or "\x1b[" in drawn


@pytest.mark.parametrize(("peer", "status"), [("192.168.1.7", 403), ("127.0.0.1", None)])
async def test_plain_http_to_this_machine_is_closed_to_them_too(peer: str, status: int | None) -> None:
    from mitmproxy import http
    from mitmproxy.test import tflow

    from devkit.proxy import ProxyOptions
    from devkit.proxy.mitm import LocalAnswers

    flow = tflow.tflow()
    flow.live = True
    flow.client_conn.peername = (peer, 40000)
    flow.request = http.Request.make("GET", "http://localhost:9000/__devkit/api/state")
    await LocalAnswers(ProxyOptions(), None).requestheaders(flow)
    assert (flow.response.status_code if flow.response else None) == status
