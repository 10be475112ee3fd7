"""Hosts that are not ours pass through unread."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from devkit.proxy import Proxy
from devkit.proxy.authority import Authority, create_authority, mint_leaf
from tests.helpers.proxy import connect, curl, running

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    async with running(tmp_path / "config") as proxy:
        yield proxy


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.write(b"|end")
    writer.close()


def other_server(folder: Path, host: str) -> tuple[Authority, ssl.SSLContext]:
    """Return an authority that is not the proxy's, and a server with a leaf of it."""
    authority = create_authority("mirror", [host], folder)
    leaf, key = mint_leaf(authority, [host])
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "leaf.pem").write_bytes(pem + leaf.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    return authority, context


async def test_a_pinned_certificate_arrives_unchanged(proxy: Proxy, tmp_path: Path) -> None:
    authority, context = other_server(tmp_path, "pinned.example")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\npinned")
        writer.close()

    async with serving(serve, context) as port:
        code, output = await curl(
            "-x", proxy.url, "--cacert", str(authority.file),
            "--connect-to", f"pinned.example:443:127.0.0.1:{port}",
            "--pinnedpubkey", f"sha256//{await leaf_pin(port, authority)}", "https://pinned.example/",
        )  # fmt: skip
    assert (code, output) == (0, b"pinned")


async def leaf_pin(port: int, authority: Authority) -> str:
    import base64
    import hashlib

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import PublicFormat

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority.pem.decode())
    _, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="pinned.example"
    )
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    public = x509.load_der_x509_certificate(der).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


async def test_bytes_pass_unread_in_both_directions(proxy: Proxy) -> None:
    async with serving(echo) as port:
        reader, writer, line = await connect(proxy, f"127.0.0.1:{port}")
        assert line == b"HTTP/1.1 200 Connection established"
        sent = bytes(range(256)) * 8192
        writer.write(sent)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 10) == sent + b"|end"
        writer.close()


async def test_bytes_that_come_with_the_connect_are_kept(proxy: Proxy) -> None:
    async with serving(echo) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.options.port)
        writer.write(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\nearly".encode())
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(5) == b"early"
        writer.close()


async def test_a_server_may_speak_first(proxy: Proxy) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.read()
        writer.close()

    async with serving(greet) as port:
        reader, writer, _ = await connect(proxy, f"127.0.0.1:{port}")
        assert await asyncio.wait_for(reader.readline(), 5) == b"220 hello\r\n"
        writer.close()


async def test_a_websocket_goes_through(proxy: Proxy) -> None:
    from websockets.asyncio.client import connect as connect_websocket
    from websockets.asyncio.server import ServerConnection, serve

    async def answer(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect_websocket(f"ws://127.0.0.1:{port}/", proxy=proxy.url) as socket:
            await socket.send("through the tunnel")
            assert await socket.recv() == "through the tunnel"


async def test_a_slow_reader_slows_the_sender_down(proxy: Proxy) -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(400):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 1
        writer.close()

    async with serving(pour) as port:
        reader, writer, _ = await connect(proxy, f"127.0.0.1:{port}")
        await reader.readexactly(100_000)
        assert sent < 400
        rest = await asyncio.wait_for(reader.read(), 20)
        assert len(rest) == 400 * 100_000 - 100_000
        writer.close()


@pytest.mark.parametrize("target", ["no-such-host.invalid:443", "127.0.0.1:1"])
async def test_what_cannot_be_reached_is_a_502_with_the_reason(proxy: Proxy, target: str) -> None:
    _, writer, line = await connect(proxy, target)
    assert line.startswith(b"HTTP/1.1 502")
    writer.close()


class UpstreamProxy:
    """A small HTTP proxy that notes what it is asked, and connects everything to one port."""

    def __init__(self, port: int, status: str = "200 OK") -> None:
        self.asked: list[str] = []
        self._port = port
        self._status = status

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {self._status}\r\nX: y\r\n\r\n".encode())
        if not self._status.startswith("200"):
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
            writer.write_eof()
        writer.close()


async def test_an_upstream_proxy_is_used(tmp_path: Path) -> None:
    async with serving(echo) as port:
        far = UpstreamProxy(port)
        async with (
            serving(far) as far_port,
            running(tmp_path, upstream=f"http://me:pass%20word@127.0.0.1:{far_port}") as proxy,
        ):
            reader, writer, line = await connect(proxy, "no-such-host.invalid:443")
            assert line == b"HTTP/1.1 200 Connection established"
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()
    assert far.asked[0].startswith("CONNECT no-such-host.invalid:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cGFzcyB3b3Jk" in far.asked[0]


async def test_the_environment_names_the_upstream_and_its_exceptions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(echo) as port:
        far = UpstreamProxy(port)
        async with serving(far) as far_port:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{far_port}")
            monkeypatch.setenv("NO_PROXY", "direct.invalid")
            async with running(tmp_path) as proxy:
                for target, expected in (("a.invalid:443", b"200"), ("direct.invalid:443", b"502")):
                    _, writer, line = await connect(proxy, target)
                    assert expected in line
                    writer.close()
                _, writer, line = await connect(proxy, f"127.0.0.1:{port}")
                assert b"200" in line
                writer.close()
    assert len(far.asked) == 1


async def test_a_refusal_of_the_upstream_is_passed_on(tmp_path: Path) -> None:
    far = UpstreamProxy(0, "407 Proxy Authentication Required")
    async with serving(far) as far_port, running(tmp_path, upstream=f"127.0.0.1:{far_port}") as proxy:
        reader, writer, line = await connect(proxy, "a.invalid:443")
        assert line.startswith(b"HTTP/1.1 502")
        assert b"407 Proxy Authentication Required" in await reader.read()
        writer.close()
