"""Measure a fresh load of a page: with `hot = "components"`, with `hot = "restart"`, and of Vite.

Run: python -m bench.load [--panel NAME] [--rounds N]. Work is what the main thread did until the panel was
on the screen, which a busy machine changes less than the time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bench.dev import Tool, devkit_tool, open_page, started, until_listening, vite_tool
from bench.dev_panels import Panel, panels
from tests.helpers.browser import LAUNCH_ARGS, chromium_path

WATCH = """(() => {
  const look = () => requestAnimationFrame(document.querySelector('#mark') ? shown : look)
  const shown = () => { window.shown = performance.now() }
  look()
})()"""


async def load(browser: Browser, tool: Tool) -> tuple[float, float]:
    """Return milliseconds from the start of a load to its pixels, and those of work on the main thread."""
    page = await browser.new_page(viewport={"width": 375, "height": 812})
    await page.add_init_script(WATCH)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await open_page(page, tool.url)
    await page.wait_for_function("window.shown")
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    shown = float(await page.evaluate("window.shown"))
    await page.close()
    return shown, metrics["TaskDuration"] * 1000


async def measure(browser: Browser, panel: Panel, folder: Path, rounds: int) -> None:
    """Load the page of each tool in turn, and print the medians."""
    names = ("components", "restart", "vite")
    tools = [(vite_tool if name == "vite" else devkit_tool)(folder / name, panel) for name in names]
    for name, tool in zip(names, tools, strict=True):
        tool.command = [*tool.command, *(("--hot", name) if name != "vite" else ())]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    async with contextlib.AsyncExitStack() as stack:
        for tool in tools:
            await stack.enter_async_context(started(tool))
            await until_listening(tool.url)
        for turn in range(rounds + 2):
            for at in range(len(names)):
                name, tool = list(zip(names, tools, strict=True))[(turn + at) % len(names)]
                found[name].append(await load(browser, tool))
    base = [statistics.median(column) for column in zip(*found["restart"][2:], strict=True)]
    for name in names:
        shown, work = (statistics.median(column) for column in zip(*found[name][2:], strict=True))
        print(
            f"{panel.name:12} {name:10} pixels {shown:6.0f} ms  {shown / base[0]:.2f}   "
            f"work {work:6.1f} ms  {work / base[1]:.2f}",
            flush=True,
        )


async def main() -> None:
    """Measure with small panels and a large one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panel", default="", help="Measure one: React, Vue, 200 modules.")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        for panel in panels():
            if panel.name != "TypeScript" and arguments.panel in ("", panel.name):
                with tempfile.TemporaryDirectory() as folder:
                    await measure(browser, panel, Path(folder), arguments.rounds)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
