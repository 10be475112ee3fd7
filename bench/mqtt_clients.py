"""Devices for bench/mqtt.py: a process of raw MQTT clients, as light as they can be."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import deque

from devkit.cloud.devices.mqtt.codec import Connect, Publish, Subscribe, encode
from devkit.cloud.devices.mqtt.login import password

PRODUCT = "K7M2QX9D4A"
WINDOW = 4
KINDS = 50
PUBLISH, SUBACK, PUBACK = 0x30, 0x90, 0x40


class Client(asyncio.Protocol):
    """One device. A report is done when receipt and answer are there, after times in s."""

    def __init__(self, name: str, secret: str, opened: asyncio.Future[None], times: list[float]) -> None:
        self.opened, self.times = opened, times
        own = f"{PRODUCT}/{name}"
        # amqtt takes no message to $…; the other brokers are as quick with either.
        up = f"$thing/up/property/{own}" if secret else f"thing/up/property/{own}"
        down = f"$thing/down/property/{own}" if secret else up
        user = f"{PRODUCT}{name};21010406;abcde;2147483647"
        word = f"{password(secret, user)};hmacsha1".encode()
        self.hello = encode(Connect(4, PRODUCT + name, 240, username=user, password=word))
        self.hello += encode(Subscribe(1, ((down, 0),)))
        self.reports = []
        for number in range(KINDS):
            message = {
                "method": "report",
                "clientToken": f"{PRODUCT}-{number}",
                "params": {"brightness": number},
            }
            self.reports.append(encode(Publish(up, json.dumps(message).encode(), 1, number + 1)))
        self.sent: deque[float] = deque()
        self.count = self.receipts = self.answers = self.done = 0
        self.until = 0.0
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self.transport.write(self.hello)

    def report(self) -> None:
        self.sent.append(time.perf_counter())
        self.transport.write(self.reports[self.count % KINDS])
        self.count += 1

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        at, end = 0, len(data)
        while at + 1 < end:
            length, size = data[at + 1], 2
            if length & 0x80:
                if at + 2 >= end:
                    break
                length, size = length & 0x7F | data[at + 2] << 7, 3
            if at + size + length > end:
                break
            if data[at] == SUBACK:
                self.opened.set_result(None)
            elif data[at] == PUBACK:
                self.receipts += 1
            elif data[at] & 0xF0 == PUBLISH:
                self.answers += 1
            if min(self.receipts, self.answers) > self.done:
                self.done += 1
                now = time.perf_counter()
                self.times.append(now - self.sent.popleft())
                if now < self.until:
                    self.report()
            at += size + length
        self.rest = data[at:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionResetError("closed before SUBACK"))


def quantiles(times: list[float]) -> tuple[float, float]:
    """Return median and 95th percentile in ms."""
    return statistics.median(times) * 1000, sorted(times)[int(len(times) * 0.95)] * 1000


async def settled(devices: list[Client]) -> int:
    """Wait for what is on its way; return how many reports were never done."""
    for _ in range(200):
        if not any(device.sent for device in devices):
            break
        await asyncio.sleep(0.05)
    return sum(len(device.sent) for device in devices)


async def main(port: int, clients: int, seconds: int, keys: dict[str, str]) -> None:
    loop, times = asyncio.get_running_loop(), list[float]()
    devices = []
    for name, secret in keys.items():
        opened = loop.create_future()
        devices.append(Client(name, secret, opened, times))
        await loop.create_connection(lambda: devices[-1], "127.0.0.1", port)
        await opened
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    start = time.perf_counter()
    for device in devices[:clients]:
        device.until = start + seconds
        for _ in range(WINDOW):
            device.report()
    await asyncio.sleep(seconds)
    lost, flood, flood_ms = await settled(devices), len(times), quantiles(times)
    per_s = flood / (time.perf_counter() - start)
    times.clear()
    start = loop.time() + 0.1
    for second in range(seconds):
        for index, device in enumerate(devices):
            loop.call_at(start + second + index / len(devices), device.report)
    await asyncio.sleep(seconds + 0.1)
    lost += await settled(devices)
    figures = {"per_s": per_s, "flood": flood, "flood_ms": flood_ms, "paced": len(times)}
    print(json.dumps({**figures, "paced_ms": quantiles(times), "lost": lost}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:]), json.loads(sys.stdin.readline())))
