"""What a client on the network reaches: a real second address of this machine is the network."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devkit.errors import ProxyError
from devkit.proxy import Proxy, ProxyOptions, tunnel
from devkit.proxy.options import Upstream
from devkit.proxy.phone import lan_address
from devkit.proxy.reach import is_closed, open_addresses
from tests.browser.devserver.harness import free_port
from tests.helpers.proxy import curl, running

PUBLIC = "203.0.113.9"


@pytest.fixture
def address() -> str:
    try:
        return lan_address()
    except ProxyError:
        pytest.skip("this machine has loopback alone")


@pytest.fixture
async def proxy(tmp_path: Path, address: str) -> AsyncIterator[Proxy]:
    async with running(tmp_path, lan_host=address, port=free_port(), local_cloud=True) as proxy:
        yield proxy


@asynccontextmanager
async def listening(host: str) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Listen; yield the port and what was received."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(serve, host, 0)
    yield server.sockets[0].getsockname()[1], received
    server.close()


def turning(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> list[str]:
    """Let turning.example have another address each time; return the answers that were taken."""
    taken: list[str] = []
    original = asyncio.base_events.BaseEventLoop.getaddrinfo

    async def resolve(self: asyncio.BaseEventLoop, host: Any, port: Any, **options: Any) -> Any:
        if host != "turning.example":
            return await original(self, host, port, **options)
        taken.append(answers[min(len(taken), len(answers) - 1)])
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (taken[-1], port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolve)
    return taken


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.8.8.8", "localhost", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1", "169.254.169.254",
        "169.254.1.1", "fe80::1", "fe80::1%eth0", "[fe80::1]", "fd00:ec2::254", "100.100.100.200",
        "168.63.129.16", "224.0.0.1", "ff02::1",
    ],
)  # fmt: skip
def test_closed_by_itself(host: str) -> None:
    assert is_closed(host)


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:2800:220:1::1", "203.0.113.9", "example.com", ""])
def test_open_by_itself(host: str) -> None:
    assert not is_closed(host)


async def test_every_address_of_this_machine_is_closed(address: str) -> None:
    assert is_closed(address)
    with pytest.raises(ProxyError, match="not open to other machines"):
        await open_addresses(address, 80)


@pytest.mark.parametrize("plain", [False, True])
async def test_this_machines_own_address_is_closed_to_the_network(
    proxy: Proxy, address: str, plain: bool
) -> None:
    async with listening(address) as (port, received):
        flags = () if plain else ("--proxytunnel",)
        _, output = await curl(
            "-x", proxy.lan_url, *flags, f"http://{address}:{port}/", "--max-time", "20", "-i"
        )
    assert received == []
    assert b"not open to other machines" in output or b"502" in output


async def test_the_setup_page_is_found_through_the_proxy_too(proxy: Proxy) -> None:
    _, output = await curl("-x", proxy.lan_url, proxy.lan_url + "/")
    assert b"Install the certificate" in output


async def test_a_name_that_turns_gains_nothing_by_a_tunnel(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "CONNECT_S", 0.3)
    taken = turning(monkeypatch, [PUBLIC, "127.0.0.1"])
    async with listening("127.0.0.1") as (port, received):
        url = f"http://turning.example:{port}/"
        await curl("-x", proxy.lan_url, "--proxytunnel", url, "--max-time", "20")
    assert (taken, received) == ([PUBLIC], [])


async def test_a_name_that_leads_here_is_closed_by_a_tunnel(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning(monkeypatch, ["127.0.0.1"])
    async with listening("127.0.0.1") as (port, received):
        url = f"http://turning.example:{port}/"
        code, _ = await curl("-x", proxy.lan_url, "--proxytunnel", url, "--max-time", "20")
    assert code != 0
    assert received == []


async def test_a_name_that_leads_here_is_closed_to_plain_http(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = turning(monkeypatch, ["127.0.0.1"])
    async with listening("127.0.0.1") as (port, received):
        _, output = await curl("-x", proxy.lan_url, f"http://turning.example:{port}/", "--max-time", "20")
    assert received == []
    assert taken == ["127.0.0.1"]
    assert b"not open to other machines" in output


@pytest.mark.parametrize(("client", "connected"), [("192.168.1.7", PUBLIC), ("127.0.0.1", "turning.example")])
async def test_mitmproxy_connects_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, client: str, connected: str
) -> None:
    from mitmproxy.proxy.server_hooks import ServerConnectionHookData
    from mitmproxy.test import tflow

    from devkit.proxy.mitm import LocalAnswers

    taken = turning(monkeypatch, [PUBLIC, "127.0.0.1"])
    near, far = tflow.tclient_conn(), tflow.tserver_conn()
    near.peername, far.address = (client, 40000), ("turning.example", 80)
    await LocalAnswers(ProxyOptions(), None).server_connect(ServerConnectionHookData(far, near))
    assert far.address == (connected, 80)
    assert len(taken) <= 1


async def test_a_proxy_on_this_machine_is_asked_for_the_checked_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turning(monkeypatch, [PUBLIC, "127.0.0.1"])
    async with listening("127.0.0.1") as (port, received):
        with pytest.raises(ProxyError):
            await tunnel.open_tunnel("turning.example", 443, Upstream("127.0.0.1", port), from_lan=True)
    assert received[0].startswith(f"CONNECT {PUBLIC}:443 ".encode())
