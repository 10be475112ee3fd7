"""Measure `devkit dev` against Vite on the same sources: what edits keep, and the time to pixels.

Run: python -m bench.dev [--only PART] [--rounds N] [--updates N] [--json FILE]. Vite is installed once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.dev_panels import Change, Panel, has, panels  # noqa: E402
from tests.browser.devserver.harness import MODEL, SCRIPT  # noqa: E402
from tests.helpers.browser import LAUNCH_ARGS, chromium_path  # noqa: E402

PACKAGES = {
    "vite": "^8.0.0",
    "@vitejs/plugin-react": "latest",
    "@vitejs/plugin-vue": "latest",
    "@vitejs/plugin-vue-jsx": "latest",
    "vue": "^3.5.0",
    "react": "16.14.0",
    "react-dom": "16.14.0",
    "antd-mobile": "^5.0.0",
    "react-router-dom": "^6.0.0",
    "redux": "^4.0.0",
    "react-redux": "^7.0.0",
}
VITE_PLUGINS = {"react": "[react({ jsxRuntime: 'classic' })]", "vue": "[vue(), vueJsx()]"}
TAPS = 3
"""What is done in a page before the edits: its state is kept while the counter says so."""
PATIENCE_S = 5
PAUSE_S = 1.0
WATCH = """(shows) => {
  const read = () => { try { return eval(shows) } catch { return false } }
  window.pixels = new Promise((done) => {
    const look = () => read() ? done(Date.now()) : requestAnimationFrame(look)
    requestAnimationFrame(look)
  })
}"""
FRAME = "new Promise((done) => requestAnimationFrame(() => done(Date.now())))"


@dataclass
class Tool:
    """One dev server on one panel: its command, the page to open, and the folder with its sources."""

    name: str
    command: Sequence[str]
    url: str
    project: Path
    panel: Panel

    def save(self, changes: Mapping[str, Change]) -> None:
        """Make one edit."""
        for name, change in changes.items():
            file = self.project / "src" / name
            if change is None:
                file.unlink()
                continue
            if not isinstance(change, str):
                text = file.read_text("utf-8")
                for old, new in change:
                    if old not in text:
                        raise RuntimeError(f"{old!r} is not in {name}")
                    text = text.replace(old, new)
                change = text
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(change, "utf-8")


def free_port() -> int:
    """Return a free port below the ephemeral ones, to which a waiting client could connect itself."""
    for port in random.sample(range(12000, 30000), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def packages() -> Path:
    """Return the folder with Vite and what the panels need, installed once."""
    cache = Path(platformdirs.user_cache_dir("devkit-bench")) / "vite"
    if not (cache / "node_modules" / "@vitejs" / "plugin-vue-jsx").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        package = {"name": "bench", "private": True, "type": "module", "dependencies": PACKAGES}
        (cache / "package.json").write_text(json.dumps(package), "utf-8")
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--legacy-peer-deps"]
        subprocess.run(npm, cwd=cache, check=True)
    return cache / "node_modules"


def devkit_tool(folder: Path, panel: Panel) -> Tool:
    """Return `devkit dev` with proxy, as a user starts it."""
    port, proxy_port = free_port(), free_port()
    command = [sys.executable, "-c", SCRIPT, "dev", "--port", str(port), "--proxy-port", str(proxy_port)]
    tool = Tool("devkit", command, f"http://127.0.0.1:{port}/h5panel/developing", folder, panel)
    tool.save(panel.files)
    (folder / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    wanted = {name: PACKAGES[name] for name in panel.packages}
    (folder / "package.json").write_text(json.dumps({"name": "panel", "dependencies": wanted}), "utf-8")
    if panel.packages:
        (folder / "node_modules").symlink_to(packages())
    return tool


def vite_tool(folder: Path, panel: Panel) -> Tool:
    """Return Vite with the plugins of its own templates on the same sources."""
    port = free_port()
    binary = packages() / "vite" / "bin" / "vite.js"
    command = [shutil.which("node") or "node", str(binary), "--port", str(port), "--strictPort"]
    tool = Tool("vite", [*command, "--host", "127.0.0.1"], f"http://127.0.0.1:{port}/", folder, panel)
    tool.save(panel.files)
    (folder / "node_modules").symlink_to(packages())
    (folder / "package.json").write_text('{"name":"panel","type":"module"}', "utf-8")
    entry = f'<script type="module" src="/src/{panel.entry}"></script>'
    (folder / "index.html").write_text(f'<!doctype html><div id="app"></div>{entry}', "utf-8")
    (folder / "vite.config.js").write_text(
        "import react from '@vitejs/plugin-react'\nimport vue from '@vitejs/plugin-vue'\n"
        "import vueJsx from '@vitejs/plugin-vue-jsx'\n"
        f"const plugins = {VITE_PLUGINS['vue' if 'vue' in panel.packages else 'react']}\n"
        f"export default {{ plugins, cacheDir: {str(folder / '.vite')!r} }}\n",
        "utf-8",
    )
    return tool


@contextlib.asynccontextmanager
async def started(tool: Tool) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run a tool and end it with its children."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DEVKIT_TRUST": "1"}
    process = subprocess.Popen(
        tool.command, cwd=tool.project, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


async def until_listening(url: str) -> None:
    """Wait until the port accepts connections."""
    port = int(re.search(r":(\d+)/", url)[1])  # type: ignore[index]
    for _ in range(4000):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.close()
        return
    raise RuntimeError(f"{url} does not answer")


async def open_page(page: Page, url: str) -> None:
    """Navigate; again while the tool still refuses, which Vite does for a moment after it first answered."""
    for _ in range(100):
        try:
            await page.goto(url, wait_until="commit")
        except PlaywrightError as error:
            if not any(words in str(error) for words in ("ERR_CONNECTION_REFUSED", "interrupted by another")):
                raise
            await asyncio.sleep(0.01)
            continue
        return


async def first_pixels(browser: Browser, tool: Tool, *, cold: bool) -> float:
    """Return seconds from process start to the frame that shows the panel."""
    page = await browser.new_page(viewport={"width": 375, "height": 812})
    if cold:
        shutil.rmtree(tool.project / ".vite", ignore_errors=True)
    start = time.time()
    async with started(tool):
        await until_listening(tool.url)
        await open_page(page, tool.url)
        await page.wait_for_selector("#mark")
        shown = await page.evaluate("new Promise((done) => requestAnimationFrame(() => done(Date.now())))")
    await page.close()
    return float(shown) / 1000 - start


@contextlib.asynccontextmanager
async def opened(browser: Browser, tools: Sequence[Tool]) -> AsyncIterator[list[tuple[Tool, Page]]]:
    """Run tools, each with a page in the middle of its work."""
    async with contextlib.AsyncExitStack() as stack:
        found = []
        for tool in tools:
            await stack.enter_async_context(started(tool))
            await until_listening(tool.url)
            page = await browser.new_page(viewport={"width": 375, "height": 812})
            stack.push_async_callback(page.close)
            await open_page(page, tool.url)
            await page.wait_for_selector("#mark")
            await page.wait_for_load_state("networkidle")
            await tap(page)
            found.append((tool, page))
        yield found


async def tap(page: Page) -> None:
    """Bring the page into the state that is to be kept."""
    await page.wait_for_selector("#count")
    for _ in range(TAPS):
        await page.click("#count")
    await page.evaluate("window.opened = true")


async def is_kept(page: Page) -> str:
    """Return what was kept: "state", "page" after a restart in it, "" after a load."""
    if not await page.evaluate("window.opened === true"):
        return ""
    return "state" if await page.text_content("#count") == str(TAPS) else "page"


async def save(tool: Tool, page: Page, shows: str, changes: Mapping[str, Change]) -> float:
    """Save, and return milliseconds to the first frame that shows it; infinite when it stays stale."""
    await page.evaluate(WATCH, shows)
    # no fixed phase between saves and frames, and what follows an update in no other's way
    await asyncio.sleep(PAUSE_S + random.random() / 50)
    start = time.time()
    tool.save(changes)
    try:
        shown = await asyncio.wait_for(page.evaluate("window.pixels"), PATIENCE_S)
    except TimeoutError:
        return float("inf")
    except PlaywrightError:  # the tool loaded the page again
        with contextlib.suppress(PlaywrightError):
            await page.wait_for_function(shows, timeout=PATIENCE_S * 1000)
            return float(await page.evaluate(FRAME)) - start * 1000
        return float("inf")
    return float(shown) - start * 1000


async def table(browser: Browser, tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Make the edits of a panel with both tools; print and return what each kept."""
    rows = []
    async with opened(browser, tools) as pages:
        for edit in tools[0].panel.edits:
            row: dict[str, Any] = {"panel": tools[0].panel.name, "edit": edit.name}
            for tool, page in pages:
                await page.bring_to_front()
                if edit.name == "mistake mended":
                    tool.save({tool.panel.mark: [("<h1", "<h1 <")]})
                    await asyncio.sleep(0.5)
                    tool.save({tool.panel.mark: [("<h1 <", "<h1")]})
                    await asyncio.sleep(0.5)
                took = await save(tool, page, edit.shows, edit.changes)
                kept = await is_kept(page)
                row[tool.name] = "STALE" if took == float("inf") else kept or "load"
                if kept != "state":
                    await page.reload()
                    await tap(page)
            rows.append(row)
            worse = row["vite"] == "state" != row["devkit"] or row["devkit"] == "STALE"
            print(f"{row['panel']:12} {edit.name:22} devkit {row['devkit']:6} vite {row['vite']:6}"
                  f"{'  WORSE' if worse else ''}", flush=True)  # fmt: skip
    return rows


async def speed(browser: Browser, tools: Sequence[Tool], kind: str, rounds: int) -> list[list[float]]:
    """Return milliseconds from saves to pixels, by tool; the tools take turns and see the same machine."""
    results: list[list[float]] = [[] for _ in tools]
    async with opened(browser, tools) as pages:
        last = "mark 0" if kind == "js" else "rgb(0,"
        for turn in range(1, rounds + 3):
            new = f"mark {turn}" if kind == "js" else f"rgb({turn},"
            file = tools[0].panel.mark if kind == "js" else "style.css"
            shows = has("#mark", new)
            if kind == "css":
                shows = f"getComputedStyle(document.querySelector('.box')).color.startsWith('{new}')"
            for (tool, page), found in zip(pages, results, strict=True):
                await page.bring_to_front()
                found.append(await save(tool, page, shows, {file: [(last, new)]}))
            last = new
    return [found[2:] for found in results]


def processes(tool: Tool) -> list[Any]:
    """Return the processes of a tool."""
    import psutil

    for one in psutil.process_iter(["cwd", "cmdline"]):
        if one.info["cwd"] == str(tool.project) and tool.command[-1] in (one.info["cmdline"] or ()):
            return [one, *one.children(recursive=True)]
    return []


async def memory(browser: Browser, tool: Tool, updates: int) -> str:
    """Return what many updates cost the page and the processes of the tool."""
    async with opened(browser, [tool]) as [(_, page)]:
        session = await page.context.new_cdp_session(page)
        figures = []
        for turn in range(updates + 20):
            shows = has("#mark", f"turn {turn}")
            old = "mark 0" if not turn else f"turn {turn - 1}"
            await page.evaluate(WATCH, shows)
            tool.save({tool.panel.mark: [(old, f"turn {turn}")]})
            await page.evaluate("window.pixels")
            if turn in (19, updates + 19):
                await session.send("HeapProfiler.collectGarbage")
                heap = (await session.send("Runtime.getHeapUsage"))["usedSize"]
                rss = sum(one.memory_info().rss for one in processes(tool))
                figures.append((heap / 2**20, rss / 2**20))
    (heap, rss), (heap_after, rss_after) = figures
    return f"page {heap:.1f} to {heap_after:.1f} MiB, processes {rss:.0f} to {rss_after:.0f} MiB"


def line(name: str, ours: list[float], theirs: list[float], unit: str) -> dict[str, Any]:
    """Print and return one row: medians and their ratio."""
    one, other = statistics.median(ours), statistics.median(theirs)
    print(f"{name:32} devkit {one:8.2f} {unit}   vite {other:8.2f} {unit}   ratio {one / other:.2f}")
    return {"name": name, "devkit": one, "vite": other, "unit": unit, "ratio": one / other}


def summary(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print how many edits kept the state."""
    ours, theirs = (sum(row[name] == "state" for row in rows) for name in ("devkit", "vite"))
    less = [row for row in rows if row["vite"] == "state" != row["devkit"]]
    stale = [row for row in rows if row["devkit"] == "STALE"]
    print(f"state kept: devkit {ours}, vite {theirs} of {len(rows)} edits; "
          f"where Vite alone keeps it: {len(less)}; stale: {len(stale)}")  # fmt: skip


async def main() -> None:
    """Run both tools in turn, so that both see the same machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--updates", type=int, default=2000, help="Updates for the figures of memory; 0 for none."
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--panel", default="", help="Measure with one panel: React, TypeScript, Vue, 200 modules."
    )
    parser.add_argument("--only", choices=("start", "table", "speed", "memory"), help="Measure one part.")
    arguments = parser.parse_args()
    rounds, rows, kept = arguments.rounds, [], []
    wanted = {arguments.only} if arguments.only else {"start", "table", "speed", "memory"}
    all_panels = [panel for panel in panels() if arguments.panel in ("", panel.name)]
    small = all_panels[0]
    with tempfile.TemporaryDirectory() as folder:
        count = itertools.count()

        def pair(panel: Panel) -> list[Tool]:
            return [make(Path(folder, f"{next(count)}"), panel) for make in (devkit_tool, vite_tool)]

        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
            for cold in (True, False) if "start" in wanted else ():
                starts: list[list[float]] = [[], []]
                tools = pair(small)
                for _ in range(rounds):
                    for index, tool in enumerate(tools):
                        starts[index].append(await first_pixels(browser, tool, cold=cold))
                rows.append(line(f"first pixels, {'cold' if cold else 'warm'} Vite cache", *starts, "s"))
            for panel in all_panels if "table" in wanted else ():
                kept += await table(browser, pair(panel))
            if kept:
                summary(kept)
            for panel, kind in itertools.product(all_panels, ("js", "css")):
                if "speed" in wanted and panel.name != "TypeScript":
                    times = await speed(browser, pair(panel), kind, rounds * 4)
                    rows.append(line(f"edit to pixels, {kind}, {panel.name}", *times, "ms"))
            if "memory" in wanted and arguments.updates:
                print(
                    f"{arguments.updates} updates: {await memory(browser, pair(small)[0], arguments.updates)}"
                )
            await browser.close()
    if arguments.json:
        arguments.json.write_text(json.dumps([*rows, *kept], indent=2), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
