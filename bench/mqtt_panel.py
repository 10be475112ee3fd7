"""A panel in Chromium and firmware over MQTT: from a click to the firmware, and from its report to pixels.

Run with `python -m bench.mqtt_panel [--rounds 200]`. Times are those of one clock: the page's time of origin
and Python's. Pixels are there when the task after the frame that holds them runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

from playwright.async_api import async_playwright

from bench.sdk import FINE_CLOCK, spread
from devkit.cloud.devices.mqtt.codec import Connect, Publish, Reader, Subscribe, encode
from devkit.cloud.devices.mqtt.listening import DevicePorts, open_device_side
from devkit.cloud.devices.mqtt.login import password
from devkit.cloud.store.schema import DEVICES
from devkit.transport.local import LocalTransport
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on

OWN = f"{PRODUCT}/{DEVICE}"
PANEL = """() => {
  const now = () => performance.timeOrigin + performance.now()
  const button = document.body.appendChild(document.createElement('button'))
  const shown = document.body.appendChild(document.createElement('output'))
  window.clicked = []
  window.painted = []
  let value = 0
  button.onclick = () => {
    clicked.push(now())
    value = (value + 1) % 100
    h5PanelSdk.controlDeviceData({ brightness: value })
  }
  h5PanelSdk.on('wsReport', event => {
    shown.textContent = JSON.stringify(event.deviceData)
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => painted.push(now())
      port2.postMessage(0)
    })
  })
}"""


class Firmware(asyncio.Protocol):
    """A device that notes when a control has come, and reports when it is told to."""

    def __init__(self, secret: str) -> None:
        self.packets, self.heard = Reader(1 << 20), asyncio.Queue[float]()
        user = f"{PRODUCT}{DEVICE};21010406;abcde;2147483647"
        word = f"{password(secret, user)};hmacsha1".encode()
        self.hello = encode(Connect(4, PRODUCT + DEVICE, 240, username=user, password=word))
        self.hello += encode(Subscribe(1, ((f"$thing/down/property/{OWN}", 0),)))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self.transport.write(self.hello)

    def data_received(self, data: bytes) -> None:
        for packet in self.packets.feed(data):
            if isinstance(packet, Publish) and b'"control"' in packet.payload:
                self.heard.put_nowait(time.time() * 1000)

    def report(self, value: int) -> float:
        """Report, and return when."""
        message = {"method": "report", "clientToken": str(value), "params": {"brightness": value}}
        self.transport.write(encode(Publish(f"$thing/up/property/{OWN}", json.dumps(message).encode())))
        return time.time() * 1000


async def measure(rounds: int) -> None:
    async with async_playwright() as playwright, simulator_on() as simulator, host_on(simulator) as host:
        assert isinstance(simulator.transport, LocalTransport)
        emulator = simulator.transport.emulator
        host.headers = FINE_CLOCK
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        page: Any = await browser.new_page()
        async with (
            open_panel(host, page, "websocket"),
            open_device_side(emulator, DevicePorts(plain=0, tls=0)) as side,
        ):
            with emulator.work() as work:
                row = work.tx.get(DEVICES, OWN)
            assert row
            loop, port = asyncio.get_running_loop(), int(side.url.rpartition(":")[2])
            _, firmware = await loop.create_connection(lambda: Firmware(row["psk"]), "127.0.0.1", port)
            await page.evaluate(PANEL)
            await page.wait_for_timeout(500)
            clicks, reports = [], []
            for number in range(rounds):
                await page.evaluate("document.querySelector('button').click()")
                heard = await firmware.heard.get()
                clicks.append(heard - await page.evaluate("clicked.pop()"))
                await page.wait_for_timeout(20)
                await page.evaluate("painted.length = 0")
                sent = firmware.report(number % 100)
                await page.wait_for_function("painted.length")
                reports.append(await page.evaluate("painted[0]") - sent)
        await browser.close()
    for name, times, limit in (("click to firmware", clicks, 5), ("report to pixels", reports, 8)):
        found = spread(times)
        print(f"{name:18} p50 {found['p50_ms']:6.2f} ms  p95 {found['p95_ms']:6.2f} ms  (at most {limit})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    asyncio.run(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
