"""Run the proxy for a test, and talk to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from devkit.proxy import Proxy, ProxyOptions, start_proxy
from devkit.proxy.answers import Source

FILES = {"index.js": b"window.panel = 1\n", "index.css": b"#app { color: red }\n"}


def fixed(files: Mapping[str, bytes] = FILES) -> Source:
    async def source() -> Mapping[str, bytes]:
        return files

    return source


@asynccontextmanager
async def running(directory: Path, source: Source | None = None, **options: Any) -> AsyncIterator[Proxy]:
    proxy = await start_proxy(source or fixed(), ProxyOptions(port=0, directory=directory, **options))
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
