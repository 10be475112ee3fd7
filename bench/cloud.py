"""Measure the cloud emulator: actions, HTTP against moto_server, fan-out, steady reports, memory, start.

Run with `python -m bench.cloud [--seconds 30] [--actions 1000000] [--moto PATH] [--json]`. moto_server (PyPI
moto[server]) is the alternative over HTTP; it is installed into a folder of its own, since its requirements
clash with mitmproxy's, unless --moto names a folder that has it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil
from platformdirs import user_cache_path
from websockets.asyncio.client import connect

from devkit.cloud.http.server import served
from devkit.cloud.seed import add_device
from devkit.cloud.store.memory import Store
from devkit.cloud.store.sqlite import SqliteStore
from tests.helpers.home import Home, make_home
from tests.helpers.models import LAMP_TEXT

ROOT = Path(__file__).parents[1]
SOCKETS = 1000
CONNECTIONS = 8
PUT_ITEM = b'{"TableName":"t","Item":{"id":{"S":"lamp01"},"brightness":{"N":"42"}}}'
TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
AWS_ENVIRONMENT = {
    "AWS_EC2_METADATA_DISABLED": "true",  # without it the first request looks for a cloud machine's role
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_DEFAULT_REGION": "us-east-1",
}
AWS = (
    "AWS4-HMAC-SHA256 Credential=x/20250101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x"
)


async def actions(home: Home, rounds: int) -> float:
    """Return the p50 of one control in ms, with what the device makes of it."""
    times = []
    for number in range(rounds):
        data = f'{{"brightness":{number % 100}}}'
        started = time.perf_counter()
        await home.lamp("AppControlDeviceData", Data=data)
        times.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0)
    return round(statistics.median(times), 4)


async def in_process(folder: Path) -> dict[str, float]:
    """Time actions on both stores."""
    results = {}
    stores: dict[str, Store | None] = {"memory": None, "sqlite": SqliteStore(folder / "bench.db")}
    for name, store in stores.items():
        home = make_home(store)
        home.heard = []
        home.emulator._observer = None
        await home.emulator.start()
        results[f"{name}_p50_ms"] = await actions(home, 2000)
        await home.emulator.aclose()
    return results


@contextlib.contextmanager
def process(command: list[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a server while the block lasts."""
    started = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGINT)
        try:
            started.wait(5)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        if started.stdout:
            started.stdout.close()


@contextlib.contextmanager
def emulator_process(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Run `devkit cloud serve`; yields its ready line with the seconds it took to the first answer."""
    (folder / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    code = f"import os; os.chdir({str(folder)!r}); from devkit.cli.main import main; main()"
    command = [sys.executable, "-c", code, "cloud", "serve", "--port", "0", "--json", *options]
    began = time.perf_counter()
    with process(command, PYTHONPATH=str(ROOT)) as server:
        assert server.stdout
        ready = json.loads(server.stdout.readline())
        body = json.dumps({"Action": "AppGetUser", "AccessToken": ready["access_token"]}).encode()
        request = Request(f"{ready['url']}/api/exploreropen/tokenapi", body)
        with urlopen(request) as answer:
            assert json.load(answer)["code"] == 0
        yield {**ready, "seconds": time.perf_counter() - began}


@contextlib.contextmanager
def moto_process(folder: Path) -> Iterator[int]:
    """Run moto_server with one table; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys; from moto.server import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "-H", "127.0.0.1", "-p", str(port)]
    with process(command, PYTHONPATH=str(folder), **AWS_ENVIRONMENT):
        target = "DynamoDB_20120810.CreateTable"
        headers = {"X-Amz-Target": target, "Authorization": AWS, "Content-Type": "application/x-amz-json-1.0"}
        for _ in range(600):
            try:
                request = Request(f"http://127.0.0.1:{port}/", json.dumps(TABLE).encode(), headers)
                urlopen(request).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("moto_server did not start within a minute.")
        yield port


async def rate(port: int, head: str, body: bytes, seconds: float) -> float:
    """Return the requests a second over some kept-alive connections."""
    request = f"{head}Host: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    count = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal count
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            writer.write(request)
            header = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in header.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            answer = await reader.readexactly(length)
            if b" 200 " not in header[:20] or b'"Error"' in answer:
                raise RuntimeError(answer[:300])
            count += 1
            if b"connection: close" in header.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return count / seconds


def over_http(folder: Path, moto: Path, seconds: float) -> dict[str, float]:
    """Compare request rates, both servers up and measured in turns."""
    rates: dict[str, list[float]] = {"emulator": [], "emulator_sqlite": [], "moto": []}
    with (
        emulator_process(folder, "--db", "memory") as memory,
        emulator_process(folder) as on_file,
        moto_process(moto) as moto_port,
    ):
        for _ in range(3):
            for name, ready in (("emulator", memory), ("emulator_sqlite", on_file)):
                body = {
                    "Action": "AppControlDeviceData",
                    "RequestId": "r",
                    "AccessToken": ready["access_token"],
                }
                body.update(DeviceId=ready["device_id"], Data='{"brightness":42}')
                port = int(ready["url"].rsplit(":", 1)[1])
                head = "POST /api/exploreropen/tokenapi HTTP/1.1\r\n"
                rates[name].append(asyncio.run(rate(port, head, json.dumps(body).encode(), seconds)))
            head = f"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nAuthorization: {AWS}\r\n"
            head += "Content-Type: application/x-amz-json-1.0\r\n"
            rates["moto"].append(asyncio.run(rate(moto_port, head, PUT_ITEM, seconds)))
    figures = {f"{name}_per_s": round(statistics.median(values)) for name, values in rates.items()}
    ratios = {
        f"{name}_ratio": round(figures[f"{name}_per_s"] / figures["moto_per_s"], 2)
        for name in ("emulator", "emulator_sqlite")
    }
    return {**figures, **ratios, "limit_ratio": 3}


@contextlib.asynccontextmanager
async def home_served() -> AsyncIterator[tuple[Home, str]]:
    """Serve a home without an observer."""
    home = make_home()
    home.emulator._observer = None
    await home.emulator.start()
    async with served(home.emulator) as url:
        yield home, f"ws{url.removeprefix('http')}/ws/explorer"
    await home.emulator.aclose()


async def fan_out() -> dict[str, float]:
    """Time one report to its last reader among SOCKETS."""
    async with home_served() as (home, url), contextlib.AsyncExitStack() as stack:
        params = {"DeviceIds": [home.device_id], "AccessToken": home.tokens["owner"]}
        frame = json.dumps({"action": "ActivePush", "reqId": "r", "params": params})
        sockets = []
        for _ in range(SOCKETS):
            made = await stack.enter_async_context(connect(url, proxy=None, compression=None))
            await made.send(frame)
            await made.recv()
            sockets.append(made)
        times = []
        for number in range(10):
            arrivals = [asyncio.ensure_future(made.recv()) for made in sockets]
            await asyncio.sleep(0.05)
            started = time.perf_counter()
            await home.emulator.devices.device(home.device_id).report({"brightness": number})
            await asyncio.gather(*arrivals)
            times.append((time.perf_counter() - started) * 1000)
    return {
        "sockets": SOCKETS,
        "last_ms": round(statistics.median(times), 1),
        "worst_ms": round(max(times), 1),
    }


async def steady(seconds: float) -> dict[str, float]:
    """Let 100 devices report ten times a second, and count what arrives at one reader."""
    async with home_served() as (home, url):
        with home.emulator.work() as work:
            place = {"family_id": home.family_id, "user_id": home.users["owner"], "online": True}
            ids = [add_device(work, "K7M2QX9D4A", f"d{number}", **place) for number in range(100)]
        frame = {
            "action": "ActivePush",
            "reqId": "r",
            "params": {"DeviceIds": ids, "AccessToken": home.tokens["owner"]},
        }
        async with connect(url, proxy=None, compression=None) as reader:
            await reader.send(json.dumps(frame))
            await reader.recv()
            began = time.perf_counter()
            sent = 0

            async def report() -> None:
                nonlocal sent
                for turn in range(int(seconds * 10)):
                    await asyncio.sleep(max(0, began + turn / 10 - time.perf_counter()))
                    for device_id in ids:
                        await home.emulator.devices.device(device_id).report({"brightness": turn % 101})
                        sent += 1

            task = asyncio.ensure_future(report())
            seen: dict[str, list[int]] = {}
            for _ in range(int(seconds * 10) * 100):
                push = json.loads(await reader.recv())["params"]
                seen.setdefault(push["DeviceId"], []).append(push["Seq"])
            await task
            took = time.perf_counter() - began
    ordered = all(times == sorted(times) for times in seen.values())
    return {
        "sent": sent,
        "arrived": sum(map(len, seen.values())),
        "in_order": ordered,
        "seconds": round(took, 1),
    }


async def memory(count: int) -> dict[str, float]:
    """Return the resident memory after a tenth and after all of many actions."""
    home = make_home()
    home.emulator._observer = None
    await home.emulator.start()
    own = psutil.Process()
    sizes = []
    for number in range(count):
        await home.lamp("AppControlDeviceData", Data=f'{{"brightness":{number % 100}}}')
        if number % 64 == 0:
            await asyncio.sleep(0)
        if number + 1 in (count // 10, count):
            sizes.append(own.memory_info().rss / 2**20)
    await home.emulator.aclose()
    return {"actions": count, "after_tenth_mib": round(sizes[0], 1), "after_all_mib": round(sizes[1], 1)}


def moto_folder(given: str) -> Path:
    """Return a folder that has moto[server], installing it when it is missing."""
    folder = Path(given) if given else user_cache_path("h5-devkit") / "bench-moto"
    if not (folder / "moto").is_dir():
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--target",
            str(folder),
            "moto[server,dynamodb]",
        ]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return folder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--actions", type=int, default=1_000_000)
    parser.add_argument("--moto", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, Any] = {}

    def note(title: str, figures: dict[str, Any]) -> None:
        results[title] = figures
        if not options.json:
            print(
                f"{title:28} " + "  ".join(f"{name}={value}" for name, value in figures.items()), flush=True
            )

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = []
        for _ in range(5):
            with emulator_process(folder) as ready:
                starts.append(ready["seconds"])
        note("start to first answer", {"s": round(statistics.median(starts), 3), "limit_s": 0.7})
        note("one action in process", asyncio.run(in_process(folder)))
        note("over HTTP", over_http(folder, moto_folder(options.moto), 2))
        note("fan-out", asyncio.run(fan_out()))
        note("100 devices, 10 reports/s", asyncio.run(steady(options.seconds)))
        note("memory", asyncio.run(memory(options.actions)))
    if options.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
