"""Real firmware and a panel: a click in Chromium to the firmware's callback, and a report to pixels.

Run with `python -m bench.mqtt_page [--rounds 200]`. devkit dev is a process of its own, Chromium another, and
the firmware lives in this one. Frames are not held back to a screen's 60 a second, and reports come while
nobody clicks: right after a click Chromium draws first, which takes some 8 ms. Beside them stands the bare
way over MQTT: a report and its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from devkit.firmware.client import MqttClient
from devkit.firmware.identity import DeviceIdentity, DeviceServer
from tests.browser.devserver.harness import running
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.models import LAMP_TEXT

CLICK_MS, PIXELS_MS = 5.0, 8.0
WARM = 10
UNTHROTTLED = ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
FLAGS = ("--no-proxy", "--mqtt", "--mqtt-port", "0", "--mqtt-tls-port", "0", "--db", "memory")
PANEL = """\
const sdk = window.h5PanelSdk
const now = () => performance.timeOrigin + performance.now()
document.getElementById('app').innerHTML = '<button>set</button><output></output>'
const shown = document.querySelector('output')
let value = 0
document.querySelector('button').onclick = () => {
  window.clicked = now()
  value = (value + 1) % 101
  sdk.controlDeviceData({ brightness: value })
}
sdk.on('wsReport', ({ deviceData }) => {
  if (!deviceData.heat) return
  shown.textContent = String(deviceData.heat.Value)
  window.heard = now()
  requestAnimationFrame(() => { window.painted = now(); window.pixels && window.pixels() })
})
"""


class Lamp:
    """The firmware: notes when it hears something."""

    def __init__(self, identity: DeviceIdentity) -> None:
        self.identity = identity
        self.client = MqttClient(self.heard)
        self.news: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()

    def heard(self, topic: str, payload: bytes) -> None:
        moment = time.time() * 1000
        self.news.put_nowait((moment, json.loads(payload)))

    async def next(self, method: str) -> tuple[float, dict[str, Any]]:
        while True:
            moment, message = await asyncio.wait_for(self.news.get(), 20)
            if message.get("method") == method:
                return moment, message

    def report(self, values: dict[str, Any]) -> float:
        message = {"method": "report", "clientToken": "b", "params": values}
        topic = f"$thing/up/property/{self.identity.device_id}"
        moment = time.time() * 1000
        self.client.publish(topic, json.dumps(message).encode(), 1)
        return moment


def line(name: str, times: list[float], limit: float = 0.0) -> str:
    times = sorted(times)
    p95 = times[int(len(times) * 0.95)]
    more = f"  (limit of the p50 {limit:g} ms)" if limit else ""
    return f"{name:30} p50 {statistics.median(times):5.2f} ms, p95 {p95:6.2f} ms{more}"


async def measure(page: Any, lamp: Lamp, rounds: int) -> None:
    button, topic = page.get_by_role("button", name="set"), f"$thing/up/property/{lamp.identity.device_id}"
    clicks, pixels, callbacks, bare = [], [], [], []
    for _ in range(rounds + WARM):
        await button.click()
        moment, control = await lamp.next("control")
        clicks.append(moment - await page.evaluate("window.clicked"))
        reply = {"method": "control_reply", "clientToken": control["clientToken"], "code": 0}
        lamp.client.publish(topic, json.dumps(reply).encode(), 1)
    for number in range(rounds + WARM):
        # The page waits by itself, so that the driver does not take its time while the report is on the way.
        await page.evaluate("void (window.done = new Promise((done) => { window.pixels = done }))")
        sent = lamp.report({"heat": number % 60})
        answered, _ = await lamp.next("report_reply")
        bare.append(answered - sent)
        await page.evaluate("window.done")
        pixels.append(await page.evaluate("window.painted") - sent)
        callbacks.append(await page.evaluate("window.heard") - sent)
    print(line("report to its answer", bare[WARM:]))
    print(line("click to the firmware", clicks[WARM:], CLICK_MS))
    print(line("report to the panel's callback", callbacks[WARM:]))
    print(line("report to pixels", pixels[WARM:], PIXELS_MS))


async def run(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
        (project / "src").mkdir()
        (project / "src" / "index.js").write_text(PANEL, "utf-8")
        async with running(project, "dev", *FLAGS) as devkit, async_playwright() as playwright:
            told = next((item for item in devkit.events if item["event"] == "devices"), None)
            told = told or await devkit.next("devices")
            identity = DeviceIdentity(told["product_id"], told["device_name"], told["device_secret"])
            lamp = Lamp(identity)
            await lamp.client.open(DeviceServer("127.0.0.1", int(told["url"].rpartition(":")[2])), identity)
            await lamp.client.subscribe([f"$thing/down/property/{identity.device_id}"])
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=[*LAUNCH_ARGS, *UNTHROTTLED]
            )
            page = await browser.new_page()
            await page.goto(devkit.ready["panel_url"])
            await page.get_by_role("button", name="set").wait_for()
            await measure(page, lamp, rounds)
            await browser.close()
            await lamp.client.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    asyncio.run(run(parser.parse_args().rounds))
