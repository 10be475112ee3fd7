"""Measure the SDK: calls against a bare echo, reports a second, size of the runtime, time to sdkReady.

Run with `python -m bench.sdk [--seconds 10] [--rounds 300] [--json]`. Every figure stands beside its
alternative from the same run and the same page.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.console_server import DEVICE_ID, built, console_server
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on

ID = f"{PRODUCT}/{DEVICE}"
RATE = 5000
WARM_UP, BLOCK, AHEAD = 50, 20, 50
FINE_CLOCK = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
}
"""Headers that let performance.now() tell 5 µs apart; pages without them see steps of 100 µs."""
TIMED = """async ([kind, rounds]) => {
  const { link } = __devkit_runtime
  const sdk = h5PanelSdk
  let echo
  if (kind === 'bare websocket') {
    const socket = new WebSocket(`ws://${location.host}/echo`)
    await new Promise(done => { socket.onopen = done })
    const text = JSON.stringify({ t: 'call', id: 1, m: 'devkit.echo', a: [] })
    echo = () => new Promise(done => { socket.onmessage = done; socket.send(text) })
  } else if (kind === 'bare binding') {
    echo = () => window.__bare('x', '{"t":"call","id":1,"m":"devkit.echo","a":[]}')
  } else if (kind === 'call') {
    echo = () => link.call('devkit.echo', [])
  } else {
    let arrived
    sdk.on('wsReport', () => arrived())
    let value = 0
    echo = () => new Promise(done => {
      arrived = done
      value = (value + 1) % 100
      sdk.controlDeviceData({ brightness: value })
    })
  }
  const times = []
  for (let round = 0; round < rounds + 3; round += 1) {
    const from = performance.now()
    await echo()
    if (round >= 3) times.push(performance.now() - from)
  }
  return times
}"""
WATCH = """() => {
  window.got = []
  window.longest = 0
  let last = performance.now()
  const frame = now => { longest = Math.max(longest, now - last); last = now; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  h5PanelSdk.on('wsReport', event => got.push(event.deviceData.fault.Value))
}"""


def spread(times: list[float]) -> dict[str, float]:
    """Return p50 and p95 in ms."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"p50_ms": round(statistics.median(ordered), 3), "p95_ms": round(p95, 3)}


class ProcessorTime:
    """Processor time of this process and of a page's main thread, which other load changes little."""

    def __init__(self, metrics: Any) -> None:
        self._metrics = metrics
        self.python = self.page = 0.0

    @classmethod
    async def of(cls, page: Any) -> ProcessorTime:
        """Begin to count for a page."""
        metrics = await page.context.new_cdp_session(page)
        await metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
        return cls(metrics)

    async def count(self, work: Any) -> Any:
        """Add what some work takes, and return its result."""
        page, python = await self._page(), time.process_time()
        result = await work
        self.python += time.process_time() - python
        self.page += await self._page() - page
        return result

    async def _page(self) -> float:
        found = (await self._metrics.send("Performance.getMetrics"))["metrics"]
        return next(float(metric["value"]) for metric in found if metric["name"] == "TaskDuration")

    def each(self, count: int) -> dict[str, int]:
        """Return both, in µs, for one of count rounds."""
        return {"python_us": round(self.python / count * 1e6), "page_us": round(self.page / count * 1e6)}


async def latency(browser: Any, link: str, rounds: int) -> dict[str, Any]:
    """Time calls and controls over one link, in turns with the bare round trip."""
    kinds = (f"bare {link}", "call", "control to report")
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    async with simulator_on() as simulator, host_on(simulator) as host:
        host.headers = FINE_CLOCK
        context = await browser.new_context()
        page = await context.new_page()
        await page.expose_binding("__bare", lambda source, *args: args[-1])
        async with open_panel(host, page, link):
            used = {kind: await ProcessorTime.of(page) for kind in kinds}
            for kind in kinds:
                await page.evaluate(TIMED, [kind, WARM_UP])
            for _ in range(rounds // BLOCK):
                for kind in kinds:
                    times[kind] += await used[kind].count(page.evaluate(TIMED, [kind, BLOCK]))
        await context.close()
    results: dict[str, Any] = {
        kind: {**spread(values), **used[kind].each(len(values))} for kind, values in times.items()
    }
    bare = results[kinds[0]]
    for kind in kinds[1:]:
        results[kind]["ratio_p50"] = round(results[kind]["p50_ms"] / bare["p50_ms"], 2)
        results[kind]["ratio_p95"] = round(results[kind]["p95_ms"] / bare["p95_ms"], 2)
    return results


async def reports(browser: Any, seconds: float) -> dict[str, Any]:
    """Send RATE reports a second to one page."""
    total = int(RATE * seconds)
    async with simulator_on() as simulator, host_on(simulator) as host:
        context = await browser.new_context()
        page = await context.new_page()
        bench: Any = simulator.transport.bench
        async with open_panel(host, page, "websocket"):
            await page.evaluate(WATCH)
            used = await ProcessorTime.of(page)

            async def send() -> float:
                count, started = 0, time.perf_counter()
                while count < total:
                    due = min(total, int((time.perf_counter() - started) * RATE) + AHEAD)
                    while count < due:
                        await bench.report(ID, {"fault": count % 256})
                        count += 1
                        if count % AHEAD == 0:
                            await asyncio.sleep(0)
                    await asyncio.sleep(0.002)
                took = time.perf_counter() - started
                with contextlib.suppress(Exception):
                    await page.wait_for_function("count => got.length >= count", arg=count, timeout=20_000)
                return took

            took = await used.count(send())
            got, longest = await page.evaluate("[got, longest]")
        await context.close()
    return {
        "sent": total,
        "per_second": round(total / took),
        "lost": total - len(got),
        "in_order": got == [number % 256 for number in range(total)],
        "longest_frame_ms": round(longest, 1),
        **used.each(total),
    }


async def readiness(browser: Any, rounds: int = 15) -> dict[str, float]:
    """Time from the start of a navigation to sdkReady, on the host page of devkit dev, files cached."""
    times = []
    product, _, device = DEVICE_ID.partition("/")
    with tempfile.TemporaryDirectory() as folder:
        async with console_server(Path(folder)) as server:
            server.panel.built(
                built("h5PanelSdk.sdkReady().then(() => { window.ready = performance.now() })")
            )
            page = await browser.new_page()
            for _ in range(rounds):
                await page.goto(f"{server.url}h5panel/developing?productId={product}&deviceName={device}")
                times.append(await (await page.wait_for_function("window.ready")).json_value())
            await page.close()
    return spread(times[3:])


def size() -> dict[str, int]:
    """Return the size of the runtime in bytes."""
    from devkit.sdk.simulator import CLIENT_SCRIPT

    data = CLIENT_SCRIPT.read_bytes()
    return {"bytes": len(data), "gzip": len(gzip.compress(data, 9))}


async def measure(seconds: float, rounds: int) -> dict[str, Any]:
    """Run everything."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        results = {
            "runtime": size(),
            "host page to sdkReady": await readiness(browser),
            "websocket": await latency(browser, "websocket", rounds),
            "binding": await latency(browser, "binding", rounds),
            f"{RATE} reports a second": await reports(browser, seconds),
        }
        await browser.close()
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = asyncio.run(measure(options.seconds, options.rounds))
    if options.json:
        print(json.dumps(results))
        return
    for name, figures in results.items():
        print(name)
        for key, value in figures.items():
            print(f"  {key}: {value}")


if __name__ == "__main__":
    main()
