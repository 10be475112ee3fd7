"""Everything that reads input from outside, each as a function of bytes that may raise what it documents.

tests/unit/test_outside_input.py tries them with hypothesis, tests/fuzz.py with atheris (`make fuzz`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock
from weakref import WeakSet

from devkit.cloud.devices.mqtt.broker import Broker
from devkit.cloud.devices.mqtt.codec import Publish, encode
from devkit.cloud.push.bridge import serve_bridge
from devkit.cloud.push.socket import serve_pushes
from devkit.devserver.control import read_object
from devkit.errors import DevkitError
from devkit.model import read_model
from devkit.proxy import front
from devkit.redaction import redact
from devkit.sdk.wire import from_text, unpack
from devkit.settings import load_settings
from devkit.transport.recording import read_recording
from tests.helpers.firmware import Firmware
from tests.helpers.home import make_home

Target = Callable[[bytes], None]


class Socket:
    """A client's websocket that says some frames and leaves."""

    query_params: Mapping[str, str] = {}

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)
        self.sent: list[str] = []

    async def accept(self) -> None: ...

    async def receive(self) -> dict[str, Any]:
        if self._texts:
            return {"type": "websocket.receive", "text": self._texts.pop(0)}
        return {"type": "websocket.disconnect"}

    async def send_text(self, text: str) -> None:
        self.sent.append(text)

    async def close(self, code: int, reason: str) -> None: ...


class Transport(asyncio.Transport):
    """A connection to the proxy that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 8899)})
        self.written = bytearray()
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Sink(asyncio.Protocol):
    """Whoever is handed a connection."""


def proxy_head(data: bytes) -> None:
    """Feed the proxy's front in pieces; it answers, hands on or waits, and keeps no more than a head."""

    async def nobody(*arguments: object, **options: object) -> Any:
        raise DevkitError("nobody is there")

    async def feed() -> None:
        routes = front.Routes(
            panel_hosts=("developing.script",), decrypted_hosts=("iot.cloud.tencent.com",), context=nobody,
            panel=Sink, page=Sink, engine=nobody, distrusted=lambda host: None,
        )  # fmt: skip
        transport = Transport()
        one = front.Front(routes, WeakSet())
        one.connection_made(transport)
        for start in range(0, len(data), 7):
            if transport.closed:
                break
            one.data_received(data[start : start + 7])
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        one.connection_lost(None)
        said = bytes(transport.written)
        if said and not said.startswith(b"HTTP/1.1 "):
            raise ValueError(said)
        if b" 500 " in said[:16]:
            raise ValueError(said)

    with mock.patch("devkit.proxy.front.open_tunnel", nobody):  # no connection leaves
        asyncio.run(feed())


def link_frame(data: bytes) -> None:
    """Read a frame of a page, and the values in it."""
    frame = from_text(data.decode("utf-8", "replace"))
    if frame is not None:
        with contextlib.suppress(DevkitError):
            unpack(frame)


def _served(serve: Callable[..., Any], data: bytes, *arguments: object) -> None:
    async def run() -> None:
        home = make_home()
        socket = Socket(data.decode("utf-8", "replace"), '{"action": "Hello"}')
        await asyncio.wait_for(serve(home.emulator, socket, *arguments), 10)
        await home.emulator.aclose()

    asyncio.run(run())


def push_frame(data: bytes) -> None:
    """Say a frame to the push socket."""
    _served(serve_pushes, data)


def bridge_frame(data: bytes) -> None:
    """Say a frame to the mini program's socket."""
    _served(serve_bridge, data, None)


def thing_model(data: bytes) -> None:
    """Read a thing model."""
    with contextlib.suppress(DevkitError):
        read_model(data.decode("utf-8", "replace"))


def mqtt_packets(data: bytes) -> None:
    """Say packets to the broker, as a stranger and as a device; the emulator stays as it should be."""

    async def run() -> None:
        home = make_home()
        broker = Broker(home.emulator)
        lamp, stranger = Firmware(broker, home.device_id).start(), Firmware(broker, home.device_id)
        for start in range(0, len(data), 50):
            for each in (stranger, lamp):
                if not each.connection.ended:
                    each.connection.data_received(data[start : start + 50])
        failed = [told for kind, told in home.heard if kind == "mqtt" and "emulator failed" in told["words"]]
        if failed:
            raise ValueError(failed)
        broker.close()
        await home.emulator.aclose()

    asyncio.run(run())


def _of_file(name: str, data: bytes, read: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        with contextlib.suppress(DevkitError):
            read(Path(folder))


def project_file(data: bytes) -> None:
    """Read a devkit.toml."""
    _of_file("devkit.toml", data, lambda folder: load_settings(folder, environ={}))


def recording(data: bytes) -> None:
    """Read a recording."""
    _of_file("session.jsonl", data, lambda folder: read_recording(folder / "session.jsonl"))


def control_body(data: bytes) -> None:
    """Read the body of a control."""

    class Request:
        async def stream(self) -> Any:
            yield data

    with contextlib.suppress(DevkitError):
        asyncio.run(read_object(Request()))  # type: ignore[arg-type]


def secrets(data: bytes) -> None:
    """Take secrets out of a text; twice is as good as once."""
    clean = redact(data.decode("utf-8", "replace"))
    redact(clean)


TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        proxy_head, link_frame, push_frame, bridge_frame, mqtt_packets, thing_model, project_file, recording,
        control_body, secrets,
    )
}  # fmt: skip
SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "proxy_head": (
        b"CONNECT developing.script:443 HTTP/1.1\r\nhost: x\r\n\r\n\x16\x03\x01",
        b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n",
        b"GET http://a/ HTTP/1.0\r\n\r\n",
    ),
    "link_frame": (
        b'{"t":"call","id":1,"m":"x","a":[{"$bytes":"AA=="}]}',
        b'{"t":"many","f":[]}',
        b'{"a":{"$bytes":"A\xc3\xa9"}}',
    ),
    "push_frame": (
        b'{"action":"ActivePush","reqId":"1","params":{"AccessToken":"x","DeviceIds":["a/b"]}}',
        b'{"action":"YunApi","params":{"Action":"AppGetUser","ActionParams":{"AccessToken":"x"}}}',
    ),
    "bridge_frame": (b'{"action":"Control","params":{"AccessToken":"x","Data":{"action":"h5Ready"}}}',),
    "mqtt_packets": tuple(
        encode(Publish(f"{service}/K7M2QX9D4A/lamp01", json.dumps(message).encode()))
        for service, message in {
            "$thing/up/property": {"method": "report", "clientToken": "1", "params": {"power_switch": 1}},
            "$thing/up/event": {"method": "event_post", "eventId": "low", "params": {}, "type": "info"},
            "$thing/up/service": {"method": "app_bind_token", "params": {"token": "x"}},
            "$ota/report": {"type": "report_progress", "report": {"progress": {"state": "done"}}},
            "$gateway/operation": {"type": "bind", "payload": {"devices": [{"product_id": "a"}]}},
            "$sys/operation": {"type": "get", "resource": ["time"]},
        }.items()
    ),
    "thing_model": (
        b'{"version":"1.0","properties":[{"id":"a","name":"a","mode":"rw","define":{"type":"int","min":"0"}}]}',
    ),
    "project_file": (
        b'port = 9000\nalias = { a = "b" }\nperipherals = ["a.py:B"]\n',
        b'out = "../x"\n',
        b"alias = " + b"[" * 3000,
    ),
    "recording": (
        b'{"kind":"action","action":"A","params":{},"response":{}}\n',
        b'{"kind":"push","DeviceId":"a","Type":"b","SubType":"c","Time":1,"Payload":{}}',
    ),
    "control_body": (b'{"online": false}', b"[1]"),
    "secrets": (b'Token=abc {"AppSecret": "x"} %7B%22Token%22%3A1%7D',),
}
