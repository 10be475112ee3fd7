"""Measure DevTools on phones: from a page's load to a working console, and what the agent costs the page.

Each figure of a page with the agent stands beside one without, loaded in turn.

Run with `python -m bench.remote [--rounds 15] [--json]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.devserver.harness import Run, make_project, running
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.devtools_client import attach

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

IDLE_MS = 1500
LIMITS = {"load_to_console_ms": 300.0, "agent_start_ms": 30.0, "agent_idle_task_ms": 16.0}
IDLE = """(ms) => new Promise((done) => {
  const turn = new MessageChannel(), until = performance.now() + ms
  let last = performance.now(), longest = 0
  turn.port1.onmessage = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (now < until) turn.port2.postMessage(0)
    else done(longest)
  }
  turn.port2.postMessage(0)
})"""
"""The longest time for which nothing else could run in an idle page."""


async def console_works(run: Run, known: set[str]) -> None:
    """Wait for a page that is not known yet, and for its answer to an expression."""

    async with attach(run.ready, lambda page: page["id"] not in known) as tools:
        known.add(tools.page["id"])
        assert await tools.value("6 * 7") == 42


class Watched:
    """A page, and the processor time of its main thread, whatever else the machine does."""

    def __init__(self, page: Page, cdp: CDPSession) -> None:
        self.page = page
        self._cdp = cdp

    @classmethod
    async def load(cls, browser: Browser, url: str) -> Watched:
        """Return a new page once it has loaded."""
        page = await browser.new_page()
        cdp = await page.context.new_cdp_session(page)
        await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.goto(url)
        return cls(page, cdp)

    async def used(self) -> float:
        """Return the ms used so far."""
        metrics = (await self._cdp.send("Performance.getMetrics"))["metrics"]
        return 1000 * float(next(item["value"] for item in metrics if item["name"] == "TaskDuration"))

    async def idle(self) -> tuple[float, float]:
        """Close it; return the ms used in an idle second, and the longest time that was not free."""
        before = await self.used()
        await asyncio.sleep(1)
        used = await self.used() - before
        longest = await self.page.evaluate(IDLE, IDLE_MS)
        await self.page.close()
        return used, longest


async def rounds(count: int, bare: Run, debug: Run, browser: Browser) -> dict[str, list[float]]:
    """Load both in turn."""
    names = ("console", "bare", "agent", "work", "bare_work", "idle", "bare_idle")
    found: dict[str, list[float]] = {name: [] for name in names}
    known: set[str] = set()

    def note(**values: float) -> None:
        for name, value in values.items():
            found[name].append(value)

    for _ in range(count + 1):  # the first warms up
        watched = await Watched.load(browser, bare.ready["panel_url"])
        note(bare=await watched.used())
        work, longest = await watched.idle()
        note(bare_work=work, bare_idle=longest)
        watched = await Watched.load(browser, debug.ready["panel_url"])
        note(agent=await watched.used())
        began = time.perf_counter()
        await console_works(debug, known)
        note(console=(time.perf_counter() - began) * 1000)
        work, longest = await watched.idle()
        note(work=work, idle=longest)
    return {name: values[1:] for name, values in found.items()}


async def measure(count: int) -> dict[str, float]:
    """Run two servers and one browser."""
    from playwright.async_api import async_playwright

    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "panel")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
            async with (
                running(project, "dev", "--no-proxy") as bare,
                running(project, "dev", "--no-proxy", "--debug") as debug,
            ):
                found = await rounds(count, bare, debug, browser)
            await browser.close()
    middle = {name: statistics.median(values) for name, values in found.items()}
    return {
        "load_to_console_ms": middle["console"],
        "start_ms": middle["agent"],
        "start_without_agent_ms": middle["bare"],
        "agent_start_ms": statistics.median(
            with_it - without for with_it, without in zip(found["agent"], found["bare"], strict=True)
        ),
        "idle_work_ms_per_s": middle["work"],
        "idle_work_without_agent_ms_per_s": middle["bare_work"],
        "agent_idle_task_ms": middle["idle"],
        "idle_task_without_agent_ms": middle["bare_idle"],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, Any] = {
        name: round(value, 1) for name, value in asyncio.run(measure(options.rounds)).items()
    }
    if options.json:
        print(json.dumps(results))
        return
    for key, value in results.items():
        limit = f" (limit {LIMITS[key]:g})" if key in LIMITS else ""
        print(f"{key}: {value}{limit}")


if __name__ == "__main__":
    main()
