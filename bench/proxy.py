"""Compare the mapped script through devkit's proxy, whistle, raw mitmproxy and a direct TLS server.

    .venv/bin/python -m bench.proxy [--quick] [--json]

devkit is the whole of `devkit dev` with its Node worker and simulator. whistle 2.10 holds HTTP/1.1 answers
back for about 40 ms whatever the client and the origin; its Chromium figures (HTTP/2) are free of that.
whistle is looked for in DEVKIT_BENCH_WHISTLE, or installed with npm into the user's cache folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
SIZES = {"1 MB": 1_000_000, "10 KB": 10_000}
HOST = "developing.script"
DEVKIT = "from devkit.cli.main import main; main(prog_name='devkit')"
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
    if name == "devkit":
        write_project(folder, size)
        arguments = ["dev", "--port", str(free_port()), "--proxy-port", str(port), "--transport", "local"]
        return [sys.executable, "-c", DEVKIT, *arguments, "--json"]
    return [*worker, name, str(port), str(size), str(folder)]


def write_project(folder: Path, size: int) -> None:
    """Write a panel whose script is about size bytes long."""
    (folder / "src").mkdir()
    text = json.dumps(body(size - 200).decode())
    (folder / "src/index.js").write_text(f"window.value = {text}\n", "utf-8")
    model = {
        "version": "1.0",
        "profile": {"ProductId": "BENCHPROD1"},
        "properties": [],
        "events": [],
        "actions": [],
    }
    (folder / "thing-model.json").write_text(json.dumps(model), "utf-8")


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
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "DEVKIT_CONFIG_DIR": folder}
        process = subprocess.Popen(
            command(name, port, origin, Path(folder), size),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=folder,
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

    def get(self) -> None:
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
        left = int(re.search(rb"content-length: (\d+)", head.lower())[1]) - len(rest)
        while left > 0:
            left -= len(self._more())

    def _more(self) -> bytes:
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed before the end")
        return data


def keep_alive(targets: list[Target], size: int, rounds: int) -> dict[str, float]:
    """Median time of a request on an open connection; the targets take turns, so that noise hits all."""
    connections = {target.name: Connection(target, client_context()) for target in targets}
    times: dict[str, list[float]] = {target.name: [] for target in targets}
    for _ in range(rounds + 10):
        for name, connection in connections.items():
            begin = time.perf_counter()
            connection.get()
            times[name].append((time.perf_counter() - begin) * 1000)
    for connection in connections.values():
        connection.socket.close()
    return {name: statistics.median(values[10:]) for name, values in times.items()}


def processor_time(target: Target, rounds: int) -> float:
    """Processor time of the proxy, its children included, for one request: free of other load."""
    parent = psutil.Process(target.process.pid)
    processes = [parent, *parent.children(recursive=True)]
    connection = Connection(target, client_context())
    begin = sum(sum(item.cpu_times()[:2]) for item in processes)
    for _ in range(rounds):
        connection.get()
    spent = sum(sum(item.cpu_times()[:2]) for item in processes) - begin
    connection.socket.close()
    return spent * 1000 / rounds


def new_connections(targets: list[Target], size: int, rounds: int) -> dict[str, float]:
    """Median time of CONNECT, handshake (resumed when offered) and request."""
    context = client_context()
    sessions: dict[str, ssl.SSLSession | None] = {}
    times: dict[str, list[float]] = {target.name: [] for target in targets}
    for _ in range(rounds + 5):
        for target in targets:
            begin = time.perf_counter()
            connection = Connection(target, context, sessions.get(target.name))
            connection.get()
            times[target.name].append((time.perf_counter() - begin) * 1000)
            sessions[target.name] = connection.socket.session
            connection.socket.close()
    return {name: statistics.median(values[5:]) for name, values in times.items()}


def in_turns(targets: list[Target], size: int, seconds: float) -> dict[str, float]:
    """Median of five slices of throughput for each target."""
    slices: dict[str, list[float]] = {target.name: [] for target in targets}
    for _ in range(5):
        for target in targets:
            slices[target.name].append(throughput(target, size, seconds / 4))
    return {name: statistics.median(values) for name, values in slices.items()}


def throughput(target: Target, size: int, seconds: float) -> float:
    """Requests per second of 8 clients in two processes."""
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


async def in_chromium(targets: list[Target], rounds: int) -> dict[str, float]:
    """Median time of a fetch, in a browser for each target, taking turns."""
    from playwright.async_api import async_playwright

    from tests.helpers.browser import LAUNCH_ARGS, chromium_path

    times: dict[str, list[float]] = {target.name: [] for target in targets}
    async with async_playwright() as playwright, contextlib.AsyncExitStack() as stack:
        pages = {}
        for target in targets:
            route = (
                f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{target.port}"
                if target.direct
                else f"--proxy-server=http://127.0.0.1:{target.port}"
            )
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=[*LAUNCH_ARGS, route, "--ignore-certificate-errors"]
            )
            stack.push_async_callback(browser.close)
            pages[target.name] = await browser.new_page()
            await pages[target.name].goto(f"https://{HOST}/developing.js")
        for _ in range(rounds + 5):
            for name, page in pages.items():
                times[name].append(await page.evaluate(FETCH))
    return {name: statistics.median(values[5:]) for name, values in times.items()}


FETCH = """async () => {
    const begin = performance.now()
    await (await fetch('/developing.js', {cache: 'no-store'})).text()
    return performance.now() - begin
}"""


def tunnelled(targets: list[Target], rounds: int) -> dict[str, float]:
    """Median time of 1 MB echoed through a tunnel to a host that is not mapped."""
    times: dict[str, list[float]] = {target.name: [] for target in targets}
    data = os.urandom(1_000_000)
    with echo_server() as port:
        sockets = {target.name: tunnel(target, port) for target in targets}
        for _ in range(rounds + 5):
            for name, plain in sockets.items():
                begin = time.perf_counter()
                sender = threading.Thread(target=plain.sendall, args=(data,))
                sender.start()
                left = len(data)
                while left > 0:
                    left -= len(plain.recv(1 << 18))
                sender.join()
                times[name].append((time.perf_counter() - begin) * 1000)
        for plain in sockets.values():
            plain.close()
    return {name: statistics.median(values[5:]) for name, values in times.items()}


def tunnel(target: Target, port: int) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", target.port))
    plain.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += plain.recv(1)
    return plain


@contextlib.contextmanager
def echo_server() -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := connection.recv(1 << 18):
                connection.sendall(data)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


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
            figures = await asyncio.to_thread(_figures, origin, size, rounds, seconds)
        for key, values in figures.items():
            for name, value in values.items():
                results[name][f"{key}, {label}"] = round(value, 2)
    return results


def _figures(origin: int, size: int, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    with contextlib.ExitStack() as stack:
        targets = [stack.enter_context(started(name, origin, size)) for name in TARGETS]
        for target in targets:
            Connection(target, client_context()).get()
        figures = {
            "keep-alive ms": keep_alive(targets, size, rounds),
            "processor ms": {item.name: processor_time(item, rounds) for item in targets},
            "new connection ms": new_connections(targets, size, rounds),
            "Chromium ms": asyncio.run(in_chromium(targets, rounds)),
            "requests/s, 8 clients": in_turns(targets, size, seconds),
        }
        if size == SIZES["1 MB"]:
            figures["tunnel ms"] = tunnelled([item for item in targets if not item.direct], rounds)
        figures["peak memory MB"] = {item.name: item.peak / 1e6 for item in targets}
        figures["accepts after ms"] = {item.name: item.ready_ms for item in targets}
        return figures


LIMITS = (
    ("keep-alive ms, 1 MB", 0.2, False, "whistle"),
    ("keep-alive ms, 10 KB", 0.25, False, "whistle"),
    ("new connection ms, 1 MB", 1.0, False, "whistle"),
    ("new connection ms, 10 KB", 1.0, False, "whistle"),
    ("Chromium ms, 1 MB", 0.7, False, "whistle"),
    ("Chromium ms, 10 KB", 0.7, False, "whistle"),
    ("requests/s, 8 clients, 1 MB", 5.0, True, "whistle"),
    ("requests/s, 8 clients, 10 KB", 5.0, True, "whistle"),
    ("peak memory MB, 1 MB", 0.25, False, "whistle"),
    ("tunnel ms, 1 MB", 1.3, False, "mitmproxy"),
    ("keep-alive ms, 1 MB", 1.5, False, "direct"),
    ("keep-alive ms, 10 KB", 1.5, False, "direct"),
    ("Chromium ms, 1 MB", 1.5, False, "direct"),
    ("Chromium ms, 10 KB", 1.5, False, "direct"),
    ("requests/s, 8 clients, 1 MB", 0.7, True, "direct"),
    ("requests/s, 8 clients, 10 KB", 0.7, True, "direct"),
)


def report(results: dict[str, Any]) -> bool:
    keys = list(results["devkit"])
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} CPUs\n")
    print(f"{'':34}" + "".join(f"{name:>12}" for name in TARGETS))
    for key in sorted(keys):
        row = (results[name].get(key) for name in TARGETS)
        print(f"{key:34}" + "".join(f"{'-' if value is None else f'{value:.2f}':>12}" for value in row))
    print()
    good = True
    for key, limit, at_least, other in LIMITS:
        ratio = results["devkit"][key] / results[other][key]
        met = ratio >= limit if at_least else ratio <= limit
        good &= met
        print(
            f"{key:34}{ratio:8.2f} x {other:10} {'>=' if at_least else '<='} {limit}",
            "met" if met else "MISSED",
        )
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
