"""The device side: time to listen, memory of idle devices, QoS 1 reports, beside mosquitto and amqtt.

Run with `python -m bench.mqtt [--devices 1000] [--clients 100] [--seconds 60]`. Reports go through the
whole emulator: model check, history, push, timeline and an answer. The other two send the report back in
place of an answer, so that clients, a second process, do the same work; a report is done with receipt and
answer. amqtt is installed from PyPI in a folder of its own, mosquitto with apt-get where that may be.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil

from bench.mqtt_clients import PRODUCT
from devkit.cloud import Emulator
from devkit.cloud.seed import add_device, seed_home
from devkit.cloud.store.schema import DEVICES, HISTORY
from devkit.model import read_model
from devkit.timeline.timeline import Timeline
from devkit.web.binding import bind
from tests.helpers.models import LAMP_TEXT

ROOT = Path(__file__).parents[1]
AMQTT = "amqtt==0.12.1"
AMQTT_BROKER = """
import asyncio, logging, sys
from amqtt.broker import Broker
async def main():
    logging.disable(logging.CRITICAL)
    bind = {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1], "max_connections": 5000}}
    broker = Broker({"listeners": bind, "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}}})
    await broker.start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def load(
    port: int, pid: int, devices: dict[str, str], options: argparse.Namespace, idle: Any = None
) -> Any:
    """Let the client process work on a broker of another process, or of this one; return its figures.

    idle is called when all are connected. us is the broker's processor time for a report, which other load
    changes little.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.mqtt_clients", str(port), str(options.clients), str(options.seconds),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(devices).encode() + b"\n")
    await process.stdout.readline()
    if idle:
        idle()
    broker = psutil.Process(pid)
    before = sum(broker.cpu_times()[:2])
    process.stdin.write(b"go\n")
    told = (await process.stdout.readline()).decode()
    if await process.wait() or not told:
        raise SystemExit("The clients did not come to their end.")
    figures = json.loads(told)
    used = sum(broker.cpu_times()[:2]) - before
    return {**figures, "us": used / (figures["flood"] + figures["paced"]) * 1e6}


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def devkit(options: argparse.Namespace) -> Any:
    """Measure the emulator, and print what the others have no part in."""
    # What every run has imported and loaded.
    from devkit.cloud.http.server import emulator_app
    from devkit.web.serving import serving

    timeline = Timeline()
    emulator = Emulator(observer=timeline.record)
    with emulator.work() as work:
        seed_home(work, read_model(LAMP_TEXT), product_id=PRODUCT, device_name="lamp")
        for number in range(options.devices):
            add_device(work, PRODUCT, f"d{number}")
        keys = {row["device_name"]: row["psk"] for row in work.tx.find(DEVICES, {})}
    keys.pop("lamp")
    await emulator.start()
    async with serving(emulator_app(emulator), bind("127.0.0.1", 0)):
        pass
    before = time.perf_counter()
    from devkit.cloud.devices.mqtt.listening import DevicePorts, open_device_side

    async with open_device_side(emulator, DevicePorts(plain=0, tls=0)) as side:
        print(f"listening {(time.perf_counter() - before) * 1000:.1f} ms after it was asked for (limit 50)")
        start = resident_mib()

        def idle() -> None:
            mib = resident_mib() - start
            print(f"{options.devices} idle devices: {mib:.1f} MiB over the start (limit 40)")

        figures = await load(int(side.url.rpartition(":")[2]), os.getpid(), keys, options, idle)
    count = figures["flood"] + figures["paced"]
    with emulator.work() as work:
        kept = work.tx.count(HISTORY, {})
    print(f"{count} reports, {kept} rows of history")
    await emulator.aclose()
    return figures


@contextlib.asynccontextmanager
async def running(*command: str) -> AsyncIterator[tuple[int, int]]:
    """Run a broker with the text PORT in its command replaced; yield port and pid once it listens."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as found:
        port = found.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(word.replace("PORT", str(port)) for word in command),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        await process.wait()


def mosquitto() -> str:
    """Return the program, installed where it may be; "" without it."""

    def find() -> str:
        return shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin") or ""

    if not find() and shutil.which("apt-get") and os.geteuid() == 0:
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "mosquitto"]
        subprocess.run(install, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return find()


def amqtt(folder: Path) -> str:
    """Return a Python that has amqtt."""
    venv.create(folder, with_pip=True)
    python = str(next(path for path in folder.glob("*/python*") if path.is_file()))
    subprocess.run([python, "-m", "pip", "install", "-q", AMQTT], check=True)
    return python


async def measure(options: argparse.Namespace) -> None:
    found = {"devkit": await devkit(options)}
    anyone = {f"d{number}": "" for number in range(options.devices)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if program := mosquitto():
            async with running(program, "-p", "PORT") as place:
                found["mosquitto"] = await load(*place, anyone, options)
        else:
            print("mosquitto is missing: apt-get install mosquitto")
        async with running(amqtt(folder / "amqtt"), "-c", AMQTT_BROKER, "PORT") as place:
            found["amqtt"] = await load(*place, dict(list(anyone.items())[: options.clients]), options)
    print(f"\nQoS 1 reports of {options.clients} clients, 4 on their way; then 1 a second of all devices")
    print(
        f"{'':10} {'reports/s':>10} {'µs each':>8} {'p50 ms':>8} {'p95 ms':>8}"
        f"   1/s:{'p50 ms':>9}{'p95 ms':>9}{'lost':>6}"
    )
    for broker, figures in found.items():
        rate, at_once, paced = figures["per_s"], figures["flood_ms"], figures["paced_ms"]
        print(f"{broker:10} {rate:10.0f} {figures['us']:8.0f} {at_once[0]:8.1f} {at_once[1]:8.1f}        "
              f"{paced[0]:8.1f} {paced[1]:8.1f} {figures['lost']:5}")  # fmt: skip
    ours = found["devkit"]
    for broker, least in (("amqtt", 5), ("mosquitto", 0.5)):
        if broker in found:
            rate, us = ours["per_s"] / found[broker]["per_s"], found[broker]["us"] / ours["us"]
            print(f"devkit is {rate:.2f} × {broker} (at least {least}); by processor time {us:.2f} ×")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
