"""Whoever does not read, or sends without end, fills a buffer up to its bound and no further."""

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Any, ClassVar

import pytest

from devkit.cloud.emulator import Emulator
from devkit.cloud.push import bridge as bridge_module
from devkit.cloud.push import bus as bus_module
from devkit.cloud.push import socket as push_module
from devkit.cloud.push.bridge import BridgeSocket
from devkit.cloud.push.bus import RedisBus
from devkit.cloud.push.changes import DeviceChange
from devkit.cloud.push.socket import PushSocket
from devkit.cloud.store.memory import MemoryStore
from devkit.devserver.live import LivePage
from devkit.proxy import front, tunnel
from devkit.proxy.front import Front
from devkit.proxy.tunnel import Relay
from devkit.sdk import link as link_module
from devkit.sdk.link import Outbox
from devkit.timeline import timeline as timeline_module
from devkit.timeline.kinds import Vibration
from devkit.timeline.timeline import Timeline
from devkit.web import serving as serving_module
from devkit.web.binding import bind
from devkit.web.serving import serving
from tests.helpers.proxy import connect, running

CHUNK = b"x" * 1_000_000


async def test_the_front_takes_little_while_a_tunnel_connects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client pours into a CONNECT that is not answered; what was not taken is still sent afterwards."""
    fronts: list[Front] = []
    original, release = Front.connection_made, asyncio.Event()

    def remember(self: Front, transport: asyncio.BaseTransport) -> None:
        fronts.append(self)
        original(self, transport)

    open_tunnel = tunnel.open_tunnel

    async def slow(*arguments: Any, **options: Any) -> Relay:
        await release.wait()
        return await open_tunnel(*arguments, **options)

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = 0
        while data := await reader.read(65536):
            size += len(data)
        writer.write(str(size).encode())
        writer.close()

    monkeypatch.setattr(Front, "connection_made", remember)
    monkeypatch.setattr(front, "open_tunnel", slow)
    server = await asyncio.start_server(count, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running(tmp_path) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.options.port)
        writer.write(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
        for _ in range(50):
            writer.write(CHUNK)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(writer.drain(), 1)
        assert len(fronts[0]._head) < 1_000_000
        release.set()
        writer.write_eof()
        assert (await asyncio.wait_for(reader.read(), 20)).endswith(str(50 * len(CHUNK)).encode())
        writer.close()
    server.close()


async def test_a_server_that_pours_before_its_tunnel_is_joined_waits() -> None:
    class Transport(asyncio.Transport):
        reading = True

        def pause_reading(self) -> None:
            self.reading = False

        def resume_reading(self) -> None:
            self.reading = True

        def is_closing(self) -> bool:
            return False

        def write(self, data: Any) -> None:
            pass

    near, far = Relay(), Relay()
    for relay in (near, far):
        relay.connection_made(Transport())
    far.data_received(b"early")
    assert far.transport is not None
    assert not far.transport.reading  # type: ignore[attr-defined]
    near.join(far)
    assert far.transport.reading  # type: ignore[attr-defined]


@pytest.mark.parametrize("sent", [b"", b"GET /developing.js HTTP/1.1\r\nx: "])
async def test_a_slow_head_ends_on_a_panel_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(serving_module, "HEAD_S", 0.2)
    async with running(tmp_path) as proxy:
        reader, writer, _ = await connect(proxy, "developing.script:80")
        writer.write(sent or b"GET /")
        answer = await asyncio.wait_for(reader.read(), 5)
        assert b"took too long" in answer
        writer.close()


async def test_a_silent_connection_ends_and_a_late_body_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "HEAD_S", 0.1)
    monkeypatch.setattr(serving_module, "KEEP_ALIVE_S", 0.3)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        await send({"type": "http.response.body", "body": message["body"]})

    with bind("127.0.0.1", 0) as listener:
        async with serving(app, listener):
            port = listener.getsockname()[1]
            silent, its_writer = await asyncio.open_connection("127.0.0.1", port)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n")
            assert await asyncio.wait_for(silent.read(), 5) == b""
            writer.write(b"b")
            assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\nb"), 5)).startswith(b"HTTP/1.1 200")
            for each in (writer, its_writer):
                each.close()


SLOW_POST = b"POST /developing.js HTTP/1.1\r\nhost: developing.script\r\ncontent-length: 9\r\n\r\nb"


async def test_a_slow_body_ends_on_a_panel_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving_module, "BODY_S", 0.2)
    async with running(tmp_path) as proxy:
        reader, writer, _ = await connect(proxy, "developing.script:80")
        writer.write(SLOW_POST)
        answer = await asyncio.wait_for(reader.read(), 5)
        assert b"took too long" in answer or b"405" in answer
        writer.close()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_in_drops_has_an_end_and_one_that_nobody_reads_has_not(
    monkeypatch: pytest.MonkeyPatch, chunked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving_module, "BODY_S", 0.2)
    go_on, taken = asyncio.Event(), 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal taken
        if scope["path"] == "/later":
            await go_on.wait()
        while (message := await receive()).get("more_body"):
            taken += len(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    size = b"transfer-encoding: chunked" if chunked else b"content-length: 1000"
    with bind("127.0.0.1", 0) as listener:
        async with serving(app, listener):
            port = listener.getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\n%s\r\n\r\n" % size)
            answer = asyncio.ensure_future(reader.readuntil(b"The body of the request took too long."))
            while not answer.done():
                writer.write(b"1\r\nb\r\n" if chunked else b"b")
                await asyncio.wait({answer}, timeout=0.01)
            assert answer.result()
            with contextlib.suppress(ConnectionResetError):  # what was on its way meets a closed connection
                await asyncio.wait_for(reader.read(), 5)
            assert 0 < taken < 1000
            late, its_writer = await asyncio.open_connection("127.0.0.1", port)
            its_writer.write(
                b"POST /later HTTP/1.1\r\nhost: x\r\ncontent-length: 100001\r\n\r\n" + b"b" * 100_000
            )
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(late.read(), 0.6)
            go_on.set()
            its_writer.write(b"b")
            assert (await asyncio.wait_for(late.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 200")
            for each in (writer, its_writer):
                each.close()
    assert not caplog.records


async def test_a_page_that_does_not_read_its_link_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "MAX_MISSED", 1000)
    closed = asyncio.Event()

    class Stuck:
        async def send(self, frame: dict[str, Any]) -> None:
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            closed.set()

        async def __aiter__(self) -> Any:
            yield {}

    tasks: set[asyncio.Task[None]] = set()
    outbox = Outbox(lambda work: tasks.add(asyncio.ensure_future(work)))
    outbox.attach(Stuck(), 0)
    for number in range(5000):
        outbox.event("wsReport", number)
    await asyncio.wait_for(closed.wait(), 5)
    assert not outbox.attached
    assert outbox.overflowed
    assert len(outbox._queue) == 0
    assert len(outbox._unseen) == 1000
    for task in tasks:
        task.cancel()


async def test_a_page_that_does_not_read_its_bridge_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_module, "MOST_LEAVING", 100)
    codes: list[int] = []

    class Stuck:
        query_params: ClassVar[dict[str, str]] = {}

        async def receive(self) -> Any:
            await asyncio.Event().wait()

        async def send_text(self, text: str) -> None:
            await asyncio.Event().wait()

        async def close(self, code: int, reason: str) -> None:
            codes.append(code)

    pushes: list[Any] = []

    def page(query: Any, push: Any) -> Any:
        pushes.append(push)
        return bridge_module.Alone()

    socket = BridgeSocket(None, Stuck(), page)  # type: ignore[arg-type]
    running_socket = asyncio.ensure_future(socket.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for number in range(1000):
        pushes[0]("wsReport", number)
    await asyncio.wait_for(running_socket, 5)
    assert 99 <= socket._leaving.qsize() <= 100
    assert codes == [4413]


def test_a_bus_without_its_server_keeps_the_newest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bus_module, "KEPT", 10)
    bus = RedisBus("redis://nowhere", lambda change: None)
    with caplog.at_level(logging.ERROR):
        for number in range(25):
            bus.publish(DeviceChange("P/d", "Property", "Report", number, {}))
    assert bus._waiting.qsize() == 10
    assert "lost a push of P/d" in caplog.text


async def test_a_burst_in_one_turn_is_shortened_before_it_piles_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_module, "MAX_ENTRIES", 200)
    timeline = Timeline(200)
    most = 0
    for _ in range(100_000):
        timeline.record(Vibration("short"))
        most = max(most, len(timeline._to_shorten))
    assert most <= 201
    assert len(timeline.since(0)) == 200


def test_a_page_that_takes_no_builds_has_one_of_each_kind_waiting() -> None:
    class Stuck:
        query_params: ClassVar[dict[str, str]] = {}

    page = LivePage(Stuck())  # type: ignore[arg-type]
    for number in range(1000):
        page.push("js", b"%d" % number)
        page.push("status", str(number))
    assert dict(page._pending) == {"js": b"999", "status": "999"}


def test_pushes_end_for_a_client_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_module, "MOST_WAITING", 100)
    emulator = Emulator(MemoryStore())
    socket = PushSocket(emulator, None)  # type: ignore[arg-type]
    socket._ends_ms = socket._look_ms = 2**62
    socket._subscribe(["P/d"])
    for number in range(1000):
        emulator.publish(DeviceChange("P/d", "Property", "Report", number, {}))
    assert socket._waiting.qsize() == 101
    assert not emulator.pushes.topics
