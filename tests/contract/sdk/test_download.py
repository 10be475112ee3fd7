"""Firmware over HTTP: the rest after a cut, and each way in which a download fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from devkit.cloud.http.server import served
from devkit.errors import FirmwareError
from devkit.model.firmware import MOST_BYTES, md5_of
from devkit.phone import download
from devkit.phone.download import fetch_firmware
from tests.helpers.home import Home, make_home

DATA = bytes(range(251)) * 4000
ELSEWHERE: Any = SimpleNamespace(bench=None)
Answer = Callable[[int, dict[str, str]], tuple[bytes, bytes]]


@contextlib.asynccontextmanager
async def http_server(answer: Answer) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """Answer request n with (head, body), then hang up; yields the URL and the headers that came."""
    asked: list[dict[str, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = [line.partition(": ") for line in text.split("\r\n")[1:] if line]
            asked.append({name.lower(): value for name, _, value in lines})
            head, body = answer(len(asked), asked[-1])
            writer.write(head + b"\r\n" + body)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/fw.bin", asked


def head(status: str, length: int, *more: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {length}", *more, ""]).encode()


async def test_a_cut_download_asks_for_the_rest() -> None:
    def answer(count: int, asked: dict[str, str]) -> tuple[bytes, bytes]:
        start = int(asked.get("range", "bytes=0-")[6:-1])
        tag = 'etag: "one"'
        whole = head("200 OK", len(DATA), tag) if start == 0 else head("206 Partial", len(DATA) - start, tag)
        return whole, DATA[start : start + 300_000]

    seen: list[tuple[int, int]] = []
    async with http_server(answer) as (url, asked):
        assert await fetch_firmware(ELSEWHERE, url, lambda *step: seen.append(step)) == DATA
    assert len(asked) == 4
    assert all(later["if-range"] == '"one"' for later in asked[1:])
    assert seen[-1] == (len(DATA), len(DATA))
    assert [received for received, _ in seen] == sorted(received for received, _ in seen)


async def test_a_file_that_changed_meanwhile_is_fetched_anew() -> None:
    def answer(count: int, asked: dict[str, str]) -> tuple[bytes, bytes]:
        if count == 1:
            return head("200 OK", len(DATA), 'etag: "one"'), DATA[:1000]
        return head("200 OK", 5, 'etag: "two"'), b"other"

    async with http_server(answer) as (url, _):
        assert await fetch_firmware(ELSEWHERE, url) == b"other"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (head("404 Not Found", 0), -2),
        (head("403 Forbidden", 0), -3),
        (head("504 Gateway Timeout", 0), -1),
        (head("500 Oops", 0), -5),
        (b"", -5),
    ],
)
async def test_refusals_have_the_platforms_codes(reply: bytes, code: int) -> None:
    async with http_server(lambda count, asked: (reply, b"")) as (url, _):
        with pytest.raises(FirmwareError) as failed:
            await fetch_firmware(ELSEWHERE, url)
    assert failed.value.code == code
    assert url in failed.value.message


async def test_silence_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.2)
    home = make_home()
    async with served(home.emulator):
        url = await address(home)
        home.emulator.faults.set({"firmware": -1})
        with pytest.raises(FirmwareError) as failed:
            await fetch_firmware(ELSEWHERE, url)
    await home.emulator.aclose()
    assert failed.value.code == -1


async def test_more_than_16_mib_is_given_up() -> None:
    size = MOST_BYTES + 1
    async with http_server(lambda count, asked: (head("200 OK", size), bytes(size))) as (url, _):
        with pytest.raises(FirmwareError, match="more than 16777216 bytes") as failed:
            await fetch_firmware(ELSEWHERE, url)
    assert failed.value.code == -5


async def test_the_emulators_own_addresses_work_over_http() -> None:
    home = make_home()
    async with served(home.emulator) as base:
        url = await address(home)
        assert url.startswith(f"{base}/firmware/K7M2QX9D4A/2.0.0.bin?sign=")
        assert md5_of(await fetch_firmware(ELSEWHERE, url)) == md5_of(DATA)
    await home.emulator.aclose()


@pytest.mark.parametrize("url", ["data:text/plain,hello", "data:;base64,!!", "gopher://x", "http://[", ""])
async def test_addresses_that_lead_nowhere(url: str) -> None:
    with pytest.raises(FirmwareError):
        await fetch_firmware(ELSEWHERE, url)


async def address(home: Home) -> str:
    home.emulator.firmware.add("K7M2QX9D4A", "2.0.0", DATA)
    return str((await home.lamp("AppGetDeviceOTAInfo"))["FirmwareURL"])
