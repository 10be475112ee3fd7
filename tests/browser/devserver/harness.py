"""Run the real command in a project of its own."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import Page, WebSocket

SCRIPT = "from devkit.cli.entry import main; main()"
ROOT = Path(__file__).parents[3]

MODEL = {
    "version": "1.0",
    "profile": {"ProductId": "LAMPPROD01", "CategoryId": "3"},
    "properties": [
        {
            "id": "power_switch",
            "name": "电灯开关",
            "required": True,
            "mode": "rw",
            "define": {"type": "bool", "mapping": {"0": "关", "1": "开"}},
        },
        {
            "id": "brightness",
            "name": "亮度",
            "mode": "rw",
            "define": {"type": "int", "min": "0", "max": "100", "start": "1", "step": "1", "unit": "%"},
        },
    ],
    "events": [],
    "actions": [],
}

PANEL = """\
import React, { useEffect, useState } from 'react'
import ReactDOM from 'react-dom'
import sdk from 'qcloud-iotexplorer-h5-panel-sdk'
import './style.css'

function App() {
  const [data, setData] = useState({ ...sdk.deviceData })
  useEffect(() => {
    const follow = ({ deviceData }) => {
      const now = {}
      Object.keys(deviceData).forEach((key) => { now[key] = deviceData[key].Value })
      setData((old) => ({ ...old, ...now }))
    }
    const resize = () => {}
    sdk.on('wsReport', follow)
    window.addEventListener('resize', resize)
    document.addEventListener('visibilitychange', resize)
    const timer = setInterval(() => {}, 1000)
    const style = document.createElement('style')
    style.textContent = '.from-panel{}'
    document.head.appendChild(style)
    return () => sdk.off('wsReport', follow)
  }, [])
  return (
    <div className="box">
      <h1>VERSION</h1>
      <p id="brightness">{String(data.brightness)}</p>
      <button onClick={() => sdk.controlDeviceData({ brightness: 77 })}>control</button>
    </div>
  )
}

sdk.sdkReady().then(() => ReactDOM.render(<App />, document.getElementById('app')))
"""

SERVED = """async (texts) => {
  for (;;) {
    const script = await (await fetch('/index.js')).text()
    if (texts.every((text) => script.includes(text))) return
  }
}"""
"""To be evaluated in a page: wait until its script has these texts."""

STYLE = ".box { color: rgb(1, 2, 3); }\n"


def make_project(folder: Path) -> Path:
    """Write a small React panel."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "index.jsx").write_text(PANEL, "utf-8")
    (folder / "src" / "style.css").write_text(STYLE, "utf-8")
    (folder / "thing-model.json").write_text(json.dumps(MODEL, ensure_ascii=False), "utf-8")
    return folder


def edit(file: Path, old: str, new: str) -> None:
    """Save a file with some text replaced."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


async def open_live(page: Page, url: str) -> None:
    """Open a page of the dev server and wait until it follows the builds, so that no edit comes too early."""
    follows = asyncio.Event()

    def watch(socket: WebSocket) -> None:
        if "/__devkit/live" in socket.url:
            socket.once("framereceived", lambda _: follows.set())

    page.on("websocket", watch)
    await page.goto(url)
    await asyncio.wait_for(follows.wait(), 20)
    page.remove_listener("websocket", watch)


def free_port() -> int:
    """Return a port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run:
    """A running command and the JSON lines that it has printed."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str) -> None:
        self.process = process
        self.mark = mark
        self.events: list[dict[str, Any]] = []
        self.ready: dict[str, Any] = {}

    async def next(self, event: str, **fields: Any) -> dict[str, Any]:
        """Read lines until one is of this event and has these fields."""
        assert self.process.stdout
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 20)
            if not line:
                raise AssertionError(f"ended without {event}: {self.events} {await self.errors()}")
            found = json.loads(line)
            self.events.append(found)
            if found["event"] == event and all(found.get(key) == value for key, value in fields.items()):
                return found

    async def errors(self) -> str:
        """Return what was written to stderr; waits for the end."""
        assert self.process.stderr
        return (await self.process.stderr.read()).decode()

    async def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 10)


async def spawn(folder: Path, *arguments: str, script: str = SCRIPT, python: Path | None = None) -> Run:
    """Start `devkit ARGUMENTS` in folder; python: one that has devkit installed, in place of the checkout."""
    mark = f"run-{secrets.token_hex(8)}"
    process = await asyncio.create_subprocess_exec(
        python or sys.executable, "-c", script, *arguments,
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": "" if python else str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DEVKIT_TEST_MARK": mark,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**22,
        start_new_session=True,
    )  # fmt: skip
    return Run(process, mark)


@contextlib.asynccontextmanager
async def running(folder: Path, *arguments: str, python: Path | None = None) -> AsyncIterator[Run]:
    """Run a serving command until the block ends; waits for its ready line."""
    port = () if "--port" in arguments else ("--port", str(free_port()))
    run = await spawn(folder, *arguments, "--json", *port, python=python)
    try:
        run.ready = await run.next("ready")
        yield run
    finally:
        if run.process.returncode is None:
            run.process.kill()
        await run.process.wait()
