"""Compare what ten tasks cost an agent: bytes of tools and answers of devkit mcp and @playwright/mcp.

Both are driven by the same client library over stdio, on the react template in the same `devkit dev`; the
browser's tools work on the panel and, for what is not in it, on the device console. Bytes are what counts
against a model's context.

Run: python -m bench.agents [--json FILE]. npm installs @playwright/mcp into the bench's cache folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mcp import ClientSession, StdioServerParameters  # noqa: E402
from mcp.client.stdio import stdio_client  # noqa: E402

from devkit.build.package_set import cache_dir  # noqa: E402
from devkit.testing.run.browsers import find_chromium  # noqa: E402
from tests.browser.devserver.harness import SCRIPT, edit, running  # noqa: E402
from tests.helpers.scaffolded import scaffold  # noqa: E402

PACKAGE = "@playwright/mcp@0.0"
LIMIT = 1.0
Task = Callable[["Counted"], Awaitable[None]]


class Counted:
    """A session that counts what it is told."""

    def __init__(self, session: ClientSession, urls: dict[str, str]) -> None:
        self.session = session
        self.urls = urls
        self.bytes = 0
        self.calls = 0
        self.text = ""

    async def call(self, tool: str, **given: Any) -> str:
        """Call a tool, and count its arguments and its answer; pictures count with what they encode to."""
        answer = await self.session.call_tool(tool, given)
        parts = [part.text if part.type == "text" else getattr(part, "data", "") for part in answer.content]
        self.text = "\n".join(parts)
        self.bytes += len(json.dumps(given)) + len(self.text.encode())
        self.calls += 1
        if answer.isError:
            raise RuntimeError(f"{tool} {given}: {self.text[:500]}")
        return self.text

    def ref(self, pattern: str) -> str:
        """Return the reference of the first element of a snapshot whose line fits."""
        for line in self.text.splitlines():
            if re.search(pattern, line) and (found := re.search(r"\[ref=(\w+)\]", line)):
                return found[1]
        raise LookupError(f"{pattern}: {self.text[:2000]}")

    async def panel(self) -> None:
        """Lead the browser to the panel."""
        await self.call("browser_navigate", url=self.urls["panel"])

    async def console(self) -> None:
        """Lead the browser to the device console."""
        await self.call("browser_navigate", url=self.urls["console"])

    async def snapshot(self) -> None:
        """Look at the page."""
        await self.call("browser_snapshot")

    async def click(self, pattern: str) -> None:
        """Click what a line of the newest snapshot names."""
        await self.call("browser_click", element=pattern, target=self.ref(pattern))

    async def fill(self, pattern: str, text: str) -> None:
        """Type into what a line of the newest snapshot names."""
        await self.call("browser_type", element=pattern, target=self.ref(pattern), text=text, submit=True)


def own(*calls: tuple[str, dict[str, Any]]) -> Task:
    """Return a task of devkit's tools."""

    async def task(agent: Counted) -> None:
        for tool, given in calls:
            await agent.call(tool, **given)

    return task


async def see(agent: Counted) -> None:
    await agent.panel()
    await agent.snapshot()


async def tap(agent: Counted) -> None:
    await agent.click('switch "电源开关"')
    await agent.snapshot()


async def values(agent: Counted) -> None:
    await agent.console()
    await agent.snapshot()


async def report(agent: Counted) -> None:
    await agent.fill('spinbutton "亮度', "25")
    await agent.snapshot()


async def offline(agent: Counted) -> None:
    await agent.click('switch "Online')
    await agent.panel()
    await agent.snapshot()


async def picture(agent: Counted) -> None:
    await agent.call("browser_take_screenshot", type="png")


async def fault(agent: Counted) -> None:
    await agent.console()
    await agent.snapshot()
    await agent.fill('textbox "Action"|combobox "Action"', "AppControlDeviceData")
    await agent.snapshot()


async def happened(agent: Counted) -> None:
    await agent.snapshot()


async def broken(agent: Counted) -> None:
    await agent.panel()
    await agent.snapshot()


async def event(agent: Counted) -> None:
    await agent.console()
    await agent.snapshot()
    await agent.click('button "Post event')
    await agent.snapshot()


TASKS: dict[str, tuple[Task, Task]] = {
    "see what the panel shows": (own(("look", {})), see),
    "tap a switch, see the outcome": (own(("touch", {"target": "电源开关", "role": "switch"})), tap),
    "read what the device holds": (own(("state", {})), values),
    "report a value as the device": (own(("report", {"values": {"brightness": 25}})), report),
    "take it offline, see the panel": (own(("report", {"online": False}), ("look", {})), offline),
    "take a picture": (own(("look", {"at": "picture"})), picture),
    "let a cloud action fail": (own(("fault", {"errors": {"AppControlDeviceData": "InternalError"}})), fault),
    "read what happened": (own(("timeline", {"kinds": ["sdk", "action", "push"]})), happened),
    "post an event": (own(("event", {"event_id": "overheat", "params": {"temperature": 90}})), event),
    "read a build error": (own(("state", {})), broken),
}


def installed() -> list[str]:
    """Return the command of @playwright/mcp, installed on first use."""
    folder = cache_dir().parent / "devkit-bench" / "playwright-mcp"
    script = folder / "node_modules/@playwright/mcp/cli.js"
    if not script.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(["npm", "install", *flags, PACKAGE], cwd=folder, check=True)
    path = find_chromium("") or ""
    return ["node", str(script), "--headless", "--isolated", "--no-sandbox", "--executable-path", path]


@contextlib.asynccontextmanager
async def session(
    command: list[str], folder: Path, urls: dict[str, str]
) -> AsyncIterator[tuple[Counted, int]]:
    """Start a server; yield a counted session and the bytes of its tools."""
    server = StdioServerParameters(command=command[0], args=command[1:], cwd=folder)
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as opened:
        await opened.initialize()
        tools = (await opened.list_tools()).tools
        told = json.dumps([tool.model_dump(exclude_none=True) for tool in tools], ensure_ascii=False)
        yield Counted(opened, urls), len(told.encode())


async def measure(command: list[str], folder: Path, urls: dict[str, str], side: int) -> dict[str, Any]:
    """Do the ten tasks with one server; return bytes by task, and of the tools."""
    found: dict[str, Any] = {}
    async with session(command, folder, urls) as (agent, tools):
        found["(tools)"] = tools
        for name, pair in TASKS.items():
            if name == "read a build error":
                edit(folder / "src/App.jsx", "<header", "<header <")
                await asyncio.sleep(2)
            before = agent.bytes
            await pair[side](agent)
            found[name] = agent.bytes - before
    return found


async def compare() -> dict[str, dict[str, Any]]:
    """Do everything with one server after the other, each on a project of its own."""
    servers = {"devkit": [sys.executable, "-c", SCRIPT, "mcp", "--trust"], "playwright": installed()}
    found = {}
    for side, (name, command) in enumerate(servers.items()):
        with tempfile.TemporaryDirectory() as parent:
            folder = scaffold(Path(parent), "react")
            async with running(folder, "dev", "--no-proxy") as run:
                urls = {"panel": run.ready["panel_url"], "console": run.ready["console_url"]}
                found[name] = await measure(command, folder, urls, side)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = asyncio.run(compare())
    mine, theirs = found["devkit"], found["playwright"]
    print(f"{'bytes for an agent':<34} {'devkit':>9} {'@playwright/mcp':>16} {'ratio':>6}")
    for name in mine:
        print(f"{name:<34} {mine[name]:>9,} {theirs[name]:>16,} {mine[name] / theirs[name]:>6.2f}")
    total = sum(mine.values()) / sum(theirs.values())
    print(f"{'together':<34} {sum(mine.values()):>9,} {sum(theirs.values()):>16,} {total:>6.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2))
    if total > LIMIT:
        sys.exit(f"over the limit: {total:.2f} > {LIMIT}")


if __name__ == "__main__":
    main()
