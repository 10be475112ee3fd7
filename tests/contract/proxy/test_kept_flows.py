"""What --har and --inspect keep has an end, and what is dropped is said."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from mitmproxy.test import tflow

from devkit.proxy import har as har_module
from devkit.proxy import mitm as mitm_module
from devkit.proxy.har import KeptFlows
from devkit.web.binding import bind
from devkit.web.serving import serving
from tests.helpers.proxy import client, running

SITE = "https://iot.cloud.tencent.com"
URL = "https://developing.script/developing.js"


async def test_a_har_file_has_the_newest_requests_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(har_module, "MOST_FLOWS", 5)
    with caplog.at_level(logging.WARNING):
        async with running(tmp_path, har=tmp_path / "a.har") as proxy, client(proxy) as http:
            for number in range(8):
                await http.get(f"{URL}?{number}")
    log = json.loads((tmp_path / "a.har").read_text())["log"]
    assert [entry["request"]["url"][-1] for entry in log["entries"]] == ["3", "4", "5", "6", "7"]
    assert log["comment"] == "3 older requests or messages were dropped."
    assert caplog.text.count("--har keeps the newest 5 requests") == 1


async def test_the_inspector_shows_the_newest_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(har_module, "MOST_FLOWS", 3)
    with caplog.at_level(logging.WARNING):
        async with running(tmp_path, inspect=True) as proxy:
            async with client(proxy) as http:
                for number in range(5):
                    await http.get(f"{URL}?{number}")
            async with httpx.AsyncClient(trust_env=False) as page:
                await page.get(proxy.inspector_url)
                flows = (await page.get(urljoin(proxy.inspector_url, "/flows"))).json()
    assert [flow["request"]["path"][-1] for flow in flows] == ["2", "3", "4"]
    assert caplog.text.count("--inspect keeps the newest 3 requests") == 1


def test_large_bodies_push_older_requests_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_module, "MOST_BYTES", 1000)
    dropped: list[Any] = []
    kept = KeptFlows("--har", dropped.append)
    flows = [tflow.tflow(resp=True) for _ in range(6)]
    for flow in flows:
        flow.response.content = b"x" * 400
        kept.response(flow)
    flows[-1].response.content = b"x" * 5000
    kept.error(flows[-1])
    assert list(kept) == [flows[-1]]
    assert len(dropped) == kept.dropped == 6


def test_a_socket_that_never_ends_keeps_its_newest_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_module, "MOST_MESSAGES", 50)
    monkeypatch.setattr(har_module, "MOST_BYTES", 4000)
    kept = KeptFlows("--inspect")
    flow = tflow.twebsocketflow()
    messages = flow.websocket.messages
    messages.clear()
    for number in range(200):
        messages.append(SimpleNamespace(content=b"%d" % number))
        kept.websocket_message(flow)
    assert [int(each.content) for each in messages] == list(range(150, 200))
    for number in range(5):
        messages.append(SimpleNamespace(content=b"%d" % number * 300))
        kept.websocket_message(flow)
    assert [int(each.content) for each in messages[-3:]] == [int("2" * 300), int("3" * 300), int("4" * 300)]
    assert sum(len(each.content) for each in messages) <= 1000
    kept.websocket_end(flow)
    assert list(kept) == [flow]
    assert not kept._of_messages


@pytest.fixture
async def sizes() -> AsyncIterator[tuple[str, list[int]]]:
    """A dev server that counts bodies and answers as long a one."""
    counted: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        counted.append(size)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"y" * size})

    with bind("127.0.0.1", 0) as listener:
        async with serving(app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", counted


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_body_passes_by_and_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: tuple[str, list[int]], chunked: bool
) -> None:
    monkeypatch.setattr(mitm_module, "LARGEST_BODY", 100_000)

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 10_000
            await asyncio.sleep(0)

    url, counted = sizes
    body: Any = parts() if chunked else b"x" * 300_000
    async with (
        running(tmp_path, local_cloud=True, dev_url=url, har=tmp_path / "a.har") as proxy,
        client(proxy) as http,
    ):
        answer = await http.post(f"{SITE}/__devkit/upload", content=body)
    assert (answer.content, counted) == (b"y" * 300_000, [300_000])
    [entry] = json.loads((tmp_path / "a.har").read_text())["log"]["entries"]
    assert entry["request"]["url"] == f"{SITE}/__devkit/upload"
    assert (tmp_path / "a.har").stat().st_size < 10_000
