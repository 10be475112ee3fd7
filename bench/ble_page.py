"""Measure Bluetooth in a page: Chromium, the official adapters, the simulator's link, a virtual device.

Run with `python -m bench.ble_page [--kib 256] [--json]`. Each figure stands beside the round trip of the same
link in the same run: a write of the panel to the device and back. For firmware it is that of its own writes,
so that a busy machine slows both.
"""

from __future__ import annotations

import statistics
from typing import Any

from bench.bluetooth import LINK_MS, OTA_SHARE, PACKET_BYTES, PACKETS, firmware_line, run, sending_marks
from devkit.ble import Advertising, Peripheral, Service, Timings
from devkit.ble.llsync import OtaPlan
from devkit.ble.llsync.ota_service import OtaService
from devkit.ble.profiles.light import LLSyncLight
from devkit.phone.peripherals import make_peripheral
from tests.contract.sdk.test_ble_members import HELPERS
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on

NOTIFY_TRIPS = 2
ECHOES = """async (count) => {
  const { blueToothAdapter, DeviceAdapter, productId } = h5PanelSdk
  const serviceId = '0000EE00-0000-1000-8000-00805F9B34FB'
  class Echo extends DeviceAdapter {
    static deviceFilter(found) {
      return found.name === 'Echo' ? { ...found, deviceName: 'echo', productId, serviceId } : null
    }
    handleBLEMessage(hex) { return { hex } }
  }
  Echo.serviceId = serviceId
  blueToothAdapter.addAdapter(Echo)
  const found = await blueToothAdapter.searchDevice({ deviceName: 'echo', serviceId, productId })
  const echo = await blueToothAdapter.connectDevice(found)
  const writeId = (short) => ({ writeId: serviceId.replace('EE00', short) })
  const bare = [], echoed = []
  for (let i = 0; i < count; i++) {
    let start = performance.now()
    await echo.write('01', writeId('EE01'))
    bare.push(performance.now() - start)
    const heard = new Promise((resolve) => echo.once('message', resolve))
    start = performance.now()
    echo.write('01', writeId('EE02'))
    await heard
    echoed.push(performance.now() - start)
  }
  return [bare, echoed]
}"""
WRITES = """async ({ count, value }) => {
  const times = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await device.write(value, { writeId: '0000FFE1-65D0-4E20-B56A-E493541BA4E2' })
    times.push(performance.now() - start)
  }
  return times
}"""
UPGRADE = """async () => {
  const write = device.write.bind(device)
  let spent = 0
  device.write = async (...args) => {
    const start = performance.now()
    try { return await write(...args) } finally { spent += performance.now() - start }
  }
  await device.startOta({ onProgress() {} })
  return spent / 1000
}"""
SIGN_IN = """async () => {
  const start = performance.now()
  window.device = await connectStandard({ disableCache: true })
  return performance.now() - start
}"""


async def round_trip(page: Any, size: int, count: int) -> float:
    """Return the median milliseconds of a panel's write of that many bytes."""
    times = await page.evaluate(WRITES, {"count": count, "value": "0D" + "00" * (size - 1)})
    return statistics.median(times)


class Echo(Peripheral):
    """Takes values, and sends back what it gets at one place."""

    name = "Echo"
    advertising = Advertising(service_uuids=["EE00"])
    echo = Service("EE00")
    quiet = echo.characteristic("EE01", "write")
    loud = echo.characteristic("EE02", "write")
    news = echo.characteristic("EE03", "notify")

    @loud.on_write
    def written(self, value: bytes) -> None:
        self.notify(self.news, value)


async def notifications(page: Any, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of a write's answer, and of a write's echo in the panel's callback."""
    bare, echoed = await page.evaluate(ECHOES, rounds)
    return statistics.median(bare), statistics.median(echoed)


async def firmware(page: Any, light: LLSyncLight, image: bytes) -> tuple[float, float]:
    """Upgrade; return the seconds of sending, and those of them that are round trips of the link."""
    marks = sending_marks(light.ota.receiver)
    spent = await page.evaluate(UPGRADE)
    if light.ota.image != image:
        raise RuntimeError("the firmware did not arrive whole")
    return marks[-1] - marks[0], spent


async def measure_page(page: Any, rounds: int, kib: int) -> dict[str, Any]:
    image = bytes(range(256)) * 4 * kib
    async with simulator_on() as simulator, host_on(simulator) as host:
        light = await make_peripheral(LLSyncLight, simulator.settings, simulator.transport)
        if not isinstance(light, LLSyncLight):
            raise TypeError(type(light).__name__)
        light.ota = OtaService(light, OtaPlan(packets=PACKETS, packet_bytes=PACKET_BYTES, gap_ms=1))
        light.llsync_mtu, light.restart_ms = 247, 0
        simulator.add_peripheral(light)
        simulator.add_peripheral(Echo())
        bench: Any = simulator.transport.bench
        await bench.offer_firmware(f"{PRODUCT}/{DEVICE}", "2.0.0", image)
        signed = []
        for _ in range(3):
            async with open_panel(host, page, "websocket"):
                await page.add_script_tag(path=HELPERS)
                signed.append(await page.evaluate(SIGN_IN))
                await page.evaluate("() => device.disconnectDevice()")
        async with open_panel(host, page, "websocket"):
            await page.add_script_tag(path=HELPERS)
            await page.evaluate(SIGN_IN)
            trip, notified = await notifications(page, rounds)
            simulator.radio.timings = Timings(request_ms=LINK_MS)
            slow_trip = await round_trip(page, PACKET_BYTES, rounds // 4)
            seconds, spent = await firmware(page, light, image)
    return {
        "sign_in_ms": round(statistics.median(signed), 1),
        "round_trip_ms": round(trip, 2),
        "notification_ms": round(notified, 2),
        "ota_kib": kib,
        "ota_s": round(seconds, 2),
        "ota_share_of_link": round(min(1.0, spent / seconds), 2),
        "ota_round_trip_ms": round(slow_trip, 2),
    }


async def measure(rounds: int, kib: int) -> dict[str, Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        page = await browser.new_page()
        page.set_default_timeout(300_000)
        result = await measure_page(page, rounds, kib)
        await browser.close()
    return result


def lines(result: dict[str, Any]) -> list[str]:
    return [
        (
            f"write, notification, callback  {result['notification_ms']} ms; a round trip of the link takes "
            f"{result['round_trip_ms']} ms (at most {NOTIFY_TRIPS} of them)"
        ),
        firmware_line(
            result,
            f"them round trips of the link (at least {OTA_SHARE:.0%}); "
            f"one takes {result['ota_round_trip_ms']} ms when nothing else is sent",
        ),
    ]


if __name__ == "__main__":
    run(__doc__, measure, lines, rounds=100)
