"""Measure Bluetooth in a page: search to authentication, an echo of a device, and what it adds to a start.

Run with `python -m bench.ble_page [--rounds 200] [--starts 15] [--json]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from typing import Any

from devkit.ble import Advertising, Peripheral, Service
from devkit.ble.profiles.light import LLSyncLight
from devkit.sdk.peripherals import make_peripheral
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.sdk_host import host_on, open_panel, simulator_on

SIGN_IN_MS, ECHO_RATIO = 150, 2
SIGN_IN = """async () => {
  const { blueToothAdapter, productId, deviceName } = h5PanelSdk
  await h5PanelSdk.ready()
  const from = performance.now()
  const device = await blueToothAdapter.searchAndConnectDevice({ productId, deviceName, disableCache: true })
  await device.authenticateConnection({ deviceName })
  return performance.now() - from
}"""
ECHO = """async rounds => {
  const { blueToothAdapter, DeviceAdapter, productId } = h5PanelSdk
  class Echo extends DeviceAdapter {
    static serviceId = '0000FFB0-0000-1000-8000-00805F9B34FB'
    static deviceFilter(device) {
      return { ...device, deviceName: 'echo', productId, serviceId: Echo.serviceId }
    }
    handleBLEMessage(hex) { return { hex } }
  }
  blueToothAdapter.addAdapter(Echo)
  const device = await blueToothAdapter.searchAndConnectDevice({ deviceName: 'echo', productId })
  let arrived
  device.on('message', () => arrived())
  const { link } = __devkit_runtime
  const ways = {
    link: () => link.call('devkit.echo', []),
    device: () => new Promise(done => { arrived = done; void device.write('0102') }),
  }
  const times = { link: [], device: [] }
  for (let round = 0; round < rounds + 20; round += 1) {
    for (const name of Object.keys(ways)) {
      const from = performance.now()
      await ways[name]()
      if (round >= 20) times[name].push(performance.now() - from)
    }
  }
  return times
}"""
STARTED = """() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"""


class EchoBox(Peripheral):
    """Notifies what is written to it."""

    name = "Echo"
    advertising = Advertising(service_uuids=["FFB0"], manufacturer_data=b"\xff\xff")
    service = Service("FFB0")
    command = service.characteristic("FFB1", "write")
    answer = service.characteristic("FFB2", "notify")

    @command.on_write
    def echo(self, value: bytes) -> None:
        """Answer."""
        self.notify(self.answer, value)


async def of_link(browser: Any, link: str, rounds: int, starts: int) -> dict[str, float]:
    """Return the figures of one link."""
    sign_ins, loads = [], []
    for _ in range(starts):
        async with simulator_on() as simulator, host_on(simulator) as host:
            light = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport)
            simulator.add_peripheral(light)
            context = await browser.new_context()
            page = await context.new_page()
            async with open_panel(host, page, link):
                loads.append(await page.evaluate(STARTED))
                sign_ins.append(await page.evaluate(SIGN_IN))
            await context.close()
    async with simulator_on() as simulator, host_on(simulator) as host:
        simulator.add_peripheral(EchoBox())
        page = await browser.new_page()
        async with open_panel(host, page, link):
            times = await page.evaluate(ECHO, rounds)
        await page.close()
    echo, bare = statistics.median(times["device"]), statistics.median(times["link"])
    return {
        "sign_in_ms": round(statistics.median(sign_ins), 1),
        "start_ms": round(statistics.median(loads), 1),
        "device_echo_ms": round(echo, 2),
        "link_ms": round(bare, 2),
        "echo_ratio": round(echo / bare, 2),
    }


async def measure(rounds: int, starts: int) -> dict[str, dict[str, float]]:
    """Return the figures of both links."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        try:
            return {link: await of_link(browser, link, rounds, starts) for link in ("websocket", "binding")}
        finally:
            await browser.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = asyncio.run(measure(options.rounds, options.starts))
    if options.json:
        print(json.dumps(result))
        return
    for link, figures in result.items():
        print(f"{link}: search, connect, authenticate {figures['sign_in_ms']} ms (at most {SIGN_IN_MS})")
        print(
            f"  write to notification {figures['device_echo_ms']} ms, {figures['echo_ratio']} times the round"
            f" trip of the link, {figures['link_ms']} ms (at most {ECHO_RATIO})"
        )
        print(f"  page loaded after {figures['start_ms']} ms")


if __name__ == "__main__":
    main()
