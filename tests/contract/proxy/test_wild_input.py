"""Whatever a client sends, it is answered or closed, and the proxy goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devkit.proxy import Proxy
from tests.helpers.proxy import connect, curl, running

HEADS = st.from_regex(
    rb"\A(CONNECT|GET|POST|PRI) (/|\*|(http://)?[a-z\[\]:.%@0-9-]{0,24}(:[0-9]{0,6})?) HTTP/[12]\.[0-9]\r\n"
    rb"([A-Za-z-]{0,9}:[ -~]{0,20}\r\n){0,3}\r\n\Z"
)
WILD = st.binary(min_size=1, max_size=400) | HEADS
FRAMES = st.just(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") | st.binary(max_size=60)


@pytest.fixture(scope="module")
async def proxy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxy]:
    folder: Path = tmp_path_factory.mktemp("config")
    async with running(folder) as proxy:
        yield proxy


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    writer.write(data)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@settings(max_examples=80, deadline=None)
@given(data=WILD)
async def test_wild_first_requests_are_ended(proxy: Proxy, data: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.options.port)
    said = await answer(reader, writer, data)
    assert said == b"" or said.startswith((b"HTTP/1.1 ", b"\x15"))


@settings(max_examples=80, deadline=None)
@given(data=WILD | FRAMES)
async def test_wild_bytes_on_a_panel_host_are_ended(proxy: Proxy, data: bytes) -> None:
    reader, writer, _ = await connect(proxy, "developing.script:443")
    said = await answer(reader, writer, data or b"\0")
    assert b"window.panel" not in said


@pytest.mark.parametrize("start", [b"GET /developing.js HTTP/1.1\r\nx: ", b"GET /"])
async def test_a_head_without_end_is_refused(proxy: Proxy, start: bytes) -> None:
    reader, writer, _ = await connect(proxy, "developing.script:80")
    writer.write(start)
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            writer.write(b"a" * 65536)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        said = await asyncio.wait_for(reader.read(), 10)
        assert said.startswith(b"HTTP/1.1 400") or said == b""
    assert reader.at_eof() or reader.exception()
    writer.close()


async def test_a_long_body_after_its_head_is_no_long_head(proxy: Proxy) -> None:
    reader, writer, _ = await connect(proxy, "developing.script:80")
    post = b"POST /developing.js HTTP/1.1\r\nHost: developing.script\r\ncontent-length: 3000000\r\n\r\n"
    get = b"GET /developing.js HTTP/1.1\r\nHost: developing.script\r\nConnection: close\r\n\r\n"
    writer.write(post + b"b" * 3_000_000 + get)
    said = await asyncio.wait_for(reader.read(), 10)
    assert said.startswith(b"HTTP/1.1 405")
    assert said.count(b"window.panel") == 1
    writer.close()


async def test_the_proxy_still_answers(proxy: Proxy) -> None:
    code, page = await curl(f"{proxy.url}/")
    assert code == 0
    assert b"devkit proxy" in page
