"""The device side: time to listen, memory of idle devices, QoS 1 reports through the whole emulator.

Run with `python -m bench.mqtt [--devices 1000] [--clients 100] [--seconds 5]`. Clients are a second process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

from devkit.cloud import Emulator
from devkit.cloud.devices.mqtt.codec import (
    Connack,
    Connect,
    Packet,
    Puback,
    Publish,
    Reader,
    Subscribe,
    encode,
)
from devkit.cloud.devices.mqtt.login import password
from devkit.cloud.seed import add_device, seed_home
from devkit.cloud.store.schema import DEVICES, HISTORY
from devkit.model import read_model
from devkit.timeline.timeline import Timeline
from tests.helpers.models import LAMP_TEXT

PRODUCT = "K7M2QX9D4A"


class Client:
    """One device, as small as it can be."""

    async def open(self, port: int, name: str, secret: str) -> None:
        self.name = name
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.packets = Reader(1 << 20)
        self.waiting: list[Packet] = []
        user = f"{PRODUCT}{name};21010406;abcde;2147483647"
        word = f"{password(secret, user)};hmacsha1".encode()
        self.writer.write(encode(Connect(4, PRODUCT + name, 240, username=user, password=word)))
        assert await self.next() == Connack(0)
        self.writer.write(encode(Subscribe(1, ((f"$thing/down/property/{PRODUCT}/{name}", 0),))))
        await self.next()

    async def next(self) -> Packet:
        while not self.waiting:
            self.waiting += self.packets.feed(await self.reader.read(65536))
        return self.waiting.pop(0)

    async def report(self, number: int) -> float:
        """Report with QoS 1 and wait for the report_reply and the PUBACK; return the time in ms."""
        payload = json.dumps(
            {"method": "report", "clientToken": str(number), "params": {"brightness": number % 100}}
        ).encode()
        started = time.perf_counter()
        topic = f"$thing/up/property/{PRODUCT}/{self.name}"
        self.writer.write(encode(Publish(topic, payload, 1, number % 65535 + 1)))
        kinds = {type(await self.next()), type(await self.next())}
        assert kinds == {Puback, Publish}
        return (time.perf_counter() - started) * 1000


async def load(port: int, secrets: dict[str, str], clients: int, seconds: float) -> None:
    devices = [Client() for _ in secrets]
    started = time.perf_counter()
    for device, (name, secret) in zip(devices, secrets.items(), strict=True):
        await device.open(port, name, secret)
    opened = time.perf_counter() - started
    print(json.dumps({"connects_per_s": round(len(devices) / opened)}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def work(device: Client) -> None:
        number = 0
        while time.perf_counter() < end:
            times.append(await device.report(number))
            number += 1

    await asyncio.gather(*map(work, devices[:clients]))
    fast = {
        "full_reports_per_s": round(len(times) / seconds),
        "full_p50_ms": round(statistics.median(times), 1),
    }
    times.clear()
    start = time.perf_counter()

    async def paced(device: Client, offset: float) -> None:
        for second in range(int(seconds)):
            await asyncio.sleep(max(0.0, start + second + offset - time.perf_counter()))
            times.append(await device.report(second))

    await asyncio.gather(*(paced(device, index / len(devices)) for index, device in enumerate(devices)))
    times.sort()
    pace = {"paced_reports": len(times), "paced_p50_ms": round(statistics.median(times), 1),
            "paced_p95_ms": round(times[int(len(times) * 0.95)], 1)}  # fmt: skip
    print(json.dumps({**fast, **pace}), flush=True)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def measure(devices: int, clients: int, seconds: float) -> None:
    timeline = Timeline()
    emulator = Emulator(observer=timeline.record)
    with emulator.work() as work:
        seed_home(work, read_model(LAMP_TEXT), product_id=PRODUCT, device_name="lamp")
        for number in range(devices):
            add_device(work, PRODUCT, f"d{number}")
        secrets = {
            row["device_name"]: row["psk"]
            for row in work.tx.find(DEVICES, {})
            if row["device_name"] != "lamp"
        }
    await emulator.start()
    before = time.perf_counter()
    from devkit.cloud.devices.mqtt.broker import Broker
    from devkit.cloud.devices.mqtt.connection import MqttConnection

    broker = Broker(emulator)
    server = await asyncio.get_running_loop().create_server(lambda: MqttConnection(broker), "127.0.0.1", 0)
    print(f"listening after {(time.perf_counter() - before) * 1000:.1f} ms")
    port = server.sockets[0].getsockname()[1]
    start_mib = resident_mib()
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--load", str(port), "--clients", str(clients), "--seconds", str(seconds),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(secrets).encode() + b"\n")
    print("connected:", (await process.stdout.readline()).decode().strip())
    print(f"{devices} idle devices: {resident_mib() - start_mib:.1f} MiB over the start")
    process.stdin.write(b"go\n")
    print("reports:", (await process.stdout.readline()).decode().strip())
    with emulator.work() as work:
        print("rows of history:", work.tx.count(HISTORY, {}))
    await process.wait()
    server.close()
    broker.close()
    await emulator.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--load", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        asyncio.run(load(given.load, json.loads(sys.stdin.readline()), given.clients, given.seconds))
    else:
        asyncio.run(measure(given.devices, given.clients, given.seconds))


if __name__ == "__main__":
    main()
