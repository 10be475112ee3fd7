"""Measure `devkit dev` against Vite on the same sources: start to first pixels, and edit to pixels.

Run: python -m bench.dev [--rounds N] [--json FILE]. Vite is installed once into a cache folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
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
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.devserver.harness import MODEL, SCRIPT  # noqa: E402
from tests.helpers.browser import LAUNCH_ARGS, chromium_path  # noqa: E402

VITE_PACKAGES = {
    "vite": "^8.0.0",
    "@vitejs/plugin-react": "latest",
    "react": "16.14.0",
    "react-dom": "16.14.0",
}

PANEL = """\
import React, { useState } from 'react'
import ReactDOM from 'react-dom'
import { Card } from './card'
import './style.css'

function App() {
  const [on, setOn] = useState(false)
  return (
    <div className="box" onClick={() => setOn(!on)}>
      <h1 id="mark">mark 0</h1>
      {Array.from({ length: 12 }, (_, index) => <Card key={index} index={index} on={on} />)}
    </div>
  )
}

ReactDOM.render(<App />, document.getElementById('app'))
"""
CARD = """\
import React from 'react'

export function Card({ index, on }) {
  return (
    <section className="card">
      <h2>Property {index}</h2>
      <p>{on ? 'on' : 'off'}</p>
    </section>
  )
}
"""
STYLE = """\
.box { color: rgb(0, 0, 0); font-family: sans-serif; }
.card { margin: 8px; padding: 12px; border-radius: 12px; background: #f4f6f8; }
"""
WATCH = """(probe) => {
  const read = () => {
    const node = document.querySelector(probe === 'js' ? '#mark' : '.box')
    return node && (probe === 'js' ? node.textContent : getComputedStyle(node).color)
  }
  const before = read()
  window.pixels = new Promise((done) => {
    const look = () => {
      const now = read()
      if (now && now !== before) done(Date.now())
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}"""


@dataclass(frozen=True)
class Tool:
    """One dev server: its command, the page to open, and the folder with its sources."""

    name: str
    command: Sequence[str]
    url: str
    project: Path
    entry: str


def free_port() -> int:
    """Return a free port below the ephemeral ones, to which a waiting client could connect itself."""
    for port in random.sample(range(12000, 30000), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def write_sources(folder: Path, entry: str) -> None:
    """Write the same panel for both tools."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / entry).write_text(PANEL, "utf-8")
    (folder / "src" / "card.jsx").write_text(CARD, "utf-8")
    (folder / "src" / "style.css").write_text(STYLE, "utf-8")


def devkit_tool(folder: Path) -> Tool:
    """Return `devkit dev` with proxy, as a user starts it."""
    write_sources(folder, "index.jsx")
    (folder / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    port, proxy_port = free_port(), free_port()
    command = [sys.executable, "-c", SCRIPT, "dev", "--port", str(port), "--proxy-port", str(proxy_port)]
    return Tool("devkit", command, f"http://127.0.0.1:{port}/h5panel/developing", folder, "index.jsx")


def vite_tool(folder: Path) -> Tool:
    """Return Vite with its React plugin on the same sources."""
    cache = Path(platformdirs.user_cache_dir("devkit-bench")) / "vite"
    if not (cache / "node_modules" / "vite").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        package = {"name": "bench", "private": True, "type": "module", "dependencies": VITE_PACKAGES}
        (cache / "package.json").write_text(json.dumps(package), "utf-8")
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=cache, check=True
        )
    write_sources(folder, "index.jsx")
    (folder / "node_modules").symlink_to(cache / "node_modules")
    (folder / "package.json").write_text('{"name":"panel","type":"module"}', "utf-8")
    (folder / "index.html").write_text(
        '<!doctype html><div id="app"></div><script type="module" src="/src/index.jsx"></script>', "utf-8"
    )
    (folder / "vite.config.js").write_text(
        "import react from '@vitejs/plugin-react'\n"
        "const plugins = [react({ jsxRuntime: 'classic' })]\n"
        f"export default {{ plugins, cacheDir: {str(folder / '.vite')!r} }}\n",
        "utf-8",
    )
    port = free_port()
    node = shutil.which("node") or "node"
    binary = cache / "node_modules" / "vite" / "bin" / "vite.js"
    command = [node, str(binary), "--port", str(port), "--strictPort", "--host", "127.0.0.1"]
    return Tool("vite", command, f"http://127.0.0.1:{port}/", folder, "index.jsx")


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


async def edits(browser: Browser, tools: Sequence[Tool], kind: str, rounds: int) -> list[list[float]]:
    """Return milliseconds from the write of a file to the first frame that shows it, by tool.

    The tools take turns, so that both see the same machine.
    """
    results: list[list[float]] = [[] for _ in tools]
    async with contextlib.AsyncExitStack() as stack:
        pages = []
        for tool in tools:
            await stack.enter_async_context(started(tool))
            await until_listening(tool.url)
            page = await browser.new_page(viewport={"width": 375, "height": 812})
            stack.push_async_callback(page.close)
            await open_page(page, tool.url)
            await page.wait_for_selector("#mark")
            await page.wait_for_load_state("networkidle")
            pages.append(page)
        for turn in range(1, rounds + 3):
            for tool, page, found in zip(tools, pages, results, strict=True):
                await page.bring_to_front()
                await asyncio.sleep(0.25)
                found.append(await one_edit(page, tool, kind, turn))
    return [found[2:] for found in results]


async def one_edit(page: Page, tool: Tool, kind: str, turn: int) -> float:
    """Edit once."""
    await page.evaluate(WATCH, kind)
    if kind == "js":
        file, text = tool.project / "src" / tool.entry, PANEL.replace("mark 0", f"mark {turn}")
    else:
        file, text = tool.project / "src" / "style.css", STYLE.replace("rgb(0,", f"rgb({turn},")
    await asyncio.sleep(random.random() / 50)  # no fixed phase between saves and frames
    start = time.time()
    file.write_text(text, "utf-8")
    try:
        shown = await asyncio.wait_for(page.evaluate("window.pixels"), 10)
    except PlaywrightError:  # the tool loaded the page again
        print(f"{tool.name} reloaded for {kind} edit {turn}", file=sys.stderr)
        await page.wait_for_selector(f"text=mark {turn}")
        shown = await page.evaluate("new Promise((done) => requestAnimationFrame(() => done(Date.now())))")
    return float(shown) - start * 1000


def line(name: str, ours: list[float], theirs: list[float], unit: str) -> dict[str, Any]:
    """Print and return one row: medians and their ratio."""
    one, other = statistics.median(ours), statistics.median(theirs)
    print(f"{name:28} devkit {one:8.2f} {unit}   vite {other:8.2f} {unit}   ratio {one / other:.2f}")
    return {"name": name, "devkit": one, "vite": other, "unit": unit, "ratio": one / other}


async def main() -> None:
    """Run the rounds of both tools in turn, so that both see the same machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--edits-only", action="store_true")
    arguments = parser.parse_args()
    rounds, rows = arguments.rounds, []
    with tempfile.TemporaryDirectory() as folder:
        tools = [devkit_tool(Path(folder, "devkit")), vite_tool(Path(folder, "vite"))]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
            for cold in () if arguments.edits_only else (True, False):
                starts: list[list[float]] = [[], []]
                for _ in range(rounds):
                    for index, tool in enumerate(tools):
                        starts[index].append(await first_pixels(browser, tool, cold=cold))
                rows.append(line(f"first pixels, {'cold' if cold else 'warm'} Vite cache", *starts, "s"))
            for kind in ("js", "css"):
                times = await edits(browser, tools, kind, rounds * 4)
                rows.append(line(f"edit to pixels, {kind}", *times, "ms"))
            await browser.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2), "utf-8")


asyncio.run(main())
