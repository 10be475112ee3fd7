"""Measure the device console while the timeline fills: frames, and the processor time of page and server.

Run with `python -m bench.console [--seconds 5] [--rate 10000] [--json]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.sdk import ProcessorTime
from devkit.timeline.kinds import Push
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.console_server import DEVICE_ID, ConsoleServer, console_server

WATCH = """() => {
  window.frames_ = []
  let last = performance.now()
  const frame = now => { frames_.push(now - last); last = now; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
}"""
NEWEST = "seq => Boolean(document.getElementById(`entry-${seq}`))"


def push(number: int) -> Push:
    """Return a push as the emulator records it."""
    payload = {"method": "report", "clientToken": f"r-{number:016x}", "params": {"brightness": number % 100}}
    return Push(DEVICE_ID, "Property", "Report", 1_750_000_000_000 + number, payload)


async def fill(server: ConsoleServer, rate: int, seconds: float) -> float:
    """Record entries at a rate; return how long that took, in seconds."""
    timeline = server.simulator.timeline
    count, total, started = 0, int(rate * seconds), time.perf_counter()
    while count < total:
        due = min(total, int((time.perf_counter() - started) * rate) + 1)
        while count < due:
            timeline.record(push(count))
            count += 1
            if count % 200 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0.002)
    return time.perf_counter() - started


async def measure(rate: int, seconds: float) -> dict[str, Any]:
    """Fill the timeline of one open console, and wait until it shows the newest entry."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        with tempfile.TemporaryDirectory() as folder:
            async with console_server(Path(folder)) as server:
                await page.goto(server.url)
                await page.frame_locator("iframe").get_by_text("panel ready").wait_for()
                await page.evaluate(WATCH)
                used = await ProcessorTime.of(page)

                async def run() -> float:
                    took = await fill(server, rate, seconds)
                    await page.wait_for_function(NEWEST, arg=server.simulator.timeline.seq)
                    return took

                took = await used.count(run())
                frames = sorted(await page.evaluate("frames_"))
                await page.close()
        await browser.close()
    return {
        "entries_per_second": round(rate * seconds / took),
        "longest_frame_ms": round(frames[-1], 1),
        "p99_frame_ms": round(frames[int(len(frames) * 0.99)], 1),
        "page_load": round(used.page / took, 3),
        "python_load": round(used.python / took, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = asyncio.run(measure(options.rate, options.seconds))
    if options.json:
        print(json.dumps(results))
        return
    for key, value in results.items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
