"""Run the proxy for a test, and talk to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from devkit.devserver.build_files import BuildFiles
from devkit.devserver.live import LiveHub
from devkit.devserver.panel import PanelFile, PanelSource, PanelState
from devkit.errors import DevkitError
from devkit.proxy import Proxy, ProxyOptions, start_proxy
from devkit.web.binding import bind
from devkit.web.guard import Guard
from devkit.web.hosts import PANEL_HOSTS
from devkit.web.serving import serving

FILES = {"index.js": b"window.panel = 1\n", "index.css": b"#app { color: red }\n"}


class Builds:
    """A panel whose files and error a test sets; ready holds its first build back."""

    def __init__(self, files: Mapping[str, bytes] = FILES, error: DevkitError | None = None) -> None:
        self.ready = asyncio.Event()
        self.ready.set()
        self.now: PanelState
        self.set(files, error)

    def set(self, files: Mapping[str, bytes], error: DevkitError | None = None) -> PanelState:
        self.now = PanelState({name: PanelFile.of(body) for name, body in files.items()}, error)
        return self.now

    async def panel(self) -> PanelState:
        await self.ready.wait()
        return self.now


class PanelApp:
    """The application that a dev server gives to the proxy, with a live socket and no pages."""

    def __init__(self, source: PanelSource | None = None, **options: Any) -> None:
        self.source = source or Builds()
        self.live = LiveHub()
        site = Starlette(routes=[WebSocketRoute("/__devkit/live", self._live)])
        self._app = Guard(BuildFiles(self.source, site, **options), hosts=PANEL_HOSTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _live(self, socket: WebSocket) -> None:
        await socket.accept()
        await self.live.serve(socket, await self.source.panel())


@asynccontextmanager
async def running(directory: Path, app: PanelApp | None = None, **options: Any) -> AsyncIterator[Proxy]:
    """Run a proxy in front of app, which is served at options' dev_url, too, unless they name another."""
    app = app or PanelApp()
    listener = bind("127.0.0.1", 0)
    options = {"dev_url": f"http://127.0.0.1:{listener.getsockname()[1]}", **options}
    async with serving(app, listener):
        proxy = await start_proxy(app, ProxyOptions(**{"port": 0, "directory": directory, **options}))
        try:
            yield proxy
        finally:
            await proxy.aclose()


def trusting(proxy: Proxy, *more: str) -> ssl.SSLContext:
    """Return a context that trusts the proxy's authorities and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for authority in proxy.authorities.values():
        context.load_verify_locations(cadata=authority.pem.decode())
    for pem in more:
        context.load_verify_locations(cadata=pem)
    return context


@asynccontextmanager
async def client(proxy: Proxy, *, http2: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        proxy=proxy.url, verify=trusting(proxy), http2=http2, trust_env=False, timeout=20
    ) as found:
        yield found


async def connect(proxy: Proxy, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
    """Open a tunnel to target; return the streams and the answer's first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.options.port)
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    return reader, writer, head.partition(b"\r\n")[0]


async def curl(*arguments: str) -> tuple[int, bytes]:
    """Run curl; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        "curl",
        "-sS",
        "--noproxy",
        "",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output
