"""Compare the mapped script through devkit's proxy, whistle, raw mitmproxy and a direct TLS server.

    .venv/bin/python bench/proxy.py [--quick] [--json]

whistle is looked for in DEVKIT_BENCH_WHISTLE, or installed with npm into the user's cache folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
SIZES = {"1 MB": 1_000_000, "10 KB": 10_000}
HOST = "developing.script"
TARGETS = ("whistle", "mitmproxy", "devkit", "direct")


def body(size: int) -> bytes:
    line = b"window.value = 'some text that a bundler might have written';\n"
    return (line * (size // len(line) + 1))[:size]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Target:
    """A running proxy: its port, its process and how long it took to accept connections."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes], direct: bool) -> None:
        self.name, self.port, self.process, self.direct = name, port, process, direct
        self.peak = 0
        self.ready_ms = 0.0

    def sample(self) -> None:
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(self.process.pid)
            self.peak = max(
                self.peak, sum(item.memory_info().rss for item in (parent, *parent.children(recursive=True)))
            )


def command(name: str, port: int, origin: int, folder: Path, size: int) -> list[str]:
    worker = [sys.executable, str(Path(__file__).with_name("proxy_targets.py"))]
    if name == "whistle":
        rules = f"{HOST}/developing.js http://127.0.0.1:{origin}/index.js"
        return ["node", str(whistle() / "bin/whistle.js"), "run", "-D", str(folder), "-H", "127.0.0.1",
                "-p", str(port), "-r", rules, "-M", "capture"]  # fmt: skip
    return [*worker, name, str(port), str(size), str(folder)]


def whistle() -> Path:
    given = os.environ.get("DEVKIT_BENCH_WHISTLE")
    if given:
        return Path(given)
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("devkit-bench")) / "whistle"
    if not (folder / "node_modules/whistle").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", str(folder), "--no-save", "whistle@2"], check=True)
    return folder / "node_modules/whistle"


@contextlib.contextmanager
def started(name: str, origin: int, size: int) -> Iterator[Target]:
    with tempfile.TemporaryDirectory(prefix="devkit-bench-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        begin = time.perf_counter()
        process = subprocess.Popen(
            command(name, port, origin, Path(folder), size),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        target = Target(name, port, process, name == "direct")
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if process.poll() is not None:
                    raise SystemExit(f"{name} did not start: exit code {process.returncode}")
                time.sleep(0.005)
            target.ready_ms = (time.perf_counter() - begin) * 1000
            yield target
        finally:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            process.wait()


class Connection:
    """One blocking client connection through the proxy."""

    def __init__(
        self, target: Target, context: ssl.SSLContext, session: ssl.SSLSession | None = None
    ) -> None:
        plain = socket.create_connection(("127.0.0.1", target.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not target.direct:
            plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += plain.recv(4096) or exit("closed during CONNECT")
        self.socket = context.wrap_socket(plain, server_hostname=HOST, session=session)

    def get(self, size: int) -> None:
        self.socket.sendall(
            f"GET /developing.js HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive\r\n\r\n".encode()
        )
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        if b"chunked" in head.lower():
            while not data.endswith(b"0\r\n\r\n"):
                data += self._more()
            return
        left = size - len(rest)
        while left > 0:
            left -= len(self._more())

    def _more(self) -> bytes:
        if hasattr(socket, "TCP_QUICKACK"):
            # Without it whistle waits 40 ms for delayed acknowledgements, which browsers do not cause.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed before the end")
        return data


def keep_alive(target: Target, size: int, rounds: int) -> float:
    connection = Connection(target, client_context())
    times = []
    for number in range(rounds + 10):
        begin = time.perf_counter()
        connection.get(size)
        if number >= 10:
            times.append((time.perf_counter() - begin) * 1000)
    target.sample()
    connection.socket.close()
    return statistics.median(times)


def new_connections(target: Target, size: int, rounds: int) -> float:
    context, times, session = client_context(), [], None
    for number in range(rounds + 5):
        begin = time.perf_counter()
        connection = Connection(target, context, session)
        connection.get(size)
        if number >= 5:
            times.append((time.perf_counter() - begin) * 1000)
        session = connection.socket.session
        connection.socket.close()
    target.sample()
    return statistics.median(times)


def throughput(target: Target, size: int, seconds: float) -> float:
    """Requests per second of 8 clients, each a process of its own for half of them a core."""
    worker = Path(__file__).with_name("proxy_targets.py")
    clients = [
        subprocess.Popen(
            [sys.executable, str(worker), "client", str(target.port), str(size), str(seconds),
             str(int(target.direct))],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(2)
    ]  # fmt: skip
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        target.sample()
        time.sleep(0.1)
    return sum(float(client.communicate()[0]) for client in clients) / seconds


async def in_chromium(target: Target, rounds: int) -> float:
    from playwright.async_api import async_playwright

    from tests.helpers.browser import LAUNCH_ARGS, chromium_path

    route = (
        [f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{target.port}"]
        if target.direct
        else [f"--proxy-server=http://127.0.0.1:{target.port}"]
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*LAUNCH_ARGS, *route, "--ignore-certificate-errors"]
        )
        page = await browser.new_page()
        await page.goto(f"https://{HOST}/developing.js")
        found = await page.evaluate(
            """async rounds => {
                const times = []
                for (let i = 0; i < rounds + 5; i++) {
                    const begin = performance.now()
                    const text = await (await fetch('/developing.js', {cache: 'no-store'})).text()
                    if (i >= 5) times.push(performance.now() - begin)
                }
                return times.sort((a, b) => a - b)[Math.floor(rounds / 2)]
            }""",
            rounds,
        )
        await browser.close()
    return found


@contextlib.asynccontextmanager
async def origin_server(content: bytes) -> AsyncIterator[int]:
    """Serve the script over plain HTTP, as the dev server that whistle maps to."""
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: {len(content)}\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer.encode() + content)
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def measure(quick: bool) -> dict[str, Any]:
    rounds, seconds = (30, 1.0) if quick else (150, 4.0)
    results: dict[str, Any] = {name: {} for name in TARGETS}
    for label, size in SIZES.items():
        async with origin_server(body(size)) as origin:
            for name in TARGETS:
                row = await asyncio.to_thread(_row, name, origin, size, rounds, seconds)
                for key, value in row.items():
                    results[name][f"{key}, {label}"] = value
    return results


def _row(name: str, origin: int, size: int, rounds: int, seconds: float) -> dict[str, float]:
    with started(name, origin, size) as target:
        Connection(target, client_context()).get(size)
        row = {
            "keep-alive ms": keep_alive(target, size, rounds),
            "new connection ms": new_connections(target, size, rounds),
            "Chromium ms": asyncio.run(in_chromium(target, rounds)),
            "requests/s, 8 clients": throughput(target, size, seconds),
        }
        row["peak memory MB"] = target.peak / 1e6
        row["accepts after ms"] = target.ready_ms
        return {key: round(value, 2) for key, value in row.items()}


LIMITS = (
    ("keep-alive ms, 1 MB", 0.2, False),
    ("keep-alive ms, 10 KB", 0.25, False),
    ("new connection ms, 1 MB", 1.0, False),
    ("new connection ms, 10 KB", 1.0, False),
    ("Chromium ms, 1 MB", 0.7, False),
    ("Chromium ms, 10 KB", 0.7, False),
    ("requests/s, 8 clients, 1 MB", 5.0, True),
    ("requests/s, 8 clients, 10 KB", 5.0, True),
    ("peak memory MB, 1 MB", 0.25, False),
)


def report(results: dict[str, Any]) -> bool:
    keys = list(results["devkit"])
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} CPUs\n")
    print(f"{'':34}" + "".join(f"{name:>12}" for name in TARGETS))
    for key in sorted(keys):
        print(f"{key:34}" + "".join(f"{results[name][key]:12.2f}" for name in TARGETS))
    print("\ndevkit / whistle")
    good = True
    for key, limit, at_least in LIMITS:
        ratio = results["devkit"][key] / results["whistle"][key]
        met = ratio >= limit if at_least else ratio <= limit
        good &= met
        print(f"{key:34}{ratio:8.2f}  {'>=' if at_least else '<='} {limit}  {'met' if met else 'MISSED'}")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Fewer rounds.")
    parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")
    arguments = parser.parse_args()
    results = asyncio.run(measure(arguments.quick))
    if arguments.json:
        print(json.dumps(results))
        return
    sys.exit(0 if report(results) else 1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
