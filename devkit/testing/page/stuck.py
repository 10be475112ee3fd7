"""Find out where a page that no longer answers is busy.

V8's debugger would tell at once, but a page that has it enabled compiles every script anew: a third of what a
test costs. So the script is ended first, then what it was doing is done once more with the debugger.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from devkit.language import _
from devkit.testing.page.driver import within
from devkit.testing.page.playwright_inner import own

if TYPE_CHECKING:
    from devkit.testing.page.slots import Slot
    from devkit.testing.run.bundle import Bundle

SECONDS = 10.0
BUSY_SECONDS = 1.0
STEP_SECONDS = 0.05
SHOWN_FRAMES = 8
SCRIPT = "/developing.js"

_LONGEST = """(seconds) => new Promise((resolve) => {
  const scripts = (entries) => entries.flatMap((entry) => entry.scripts)
  const longest = (found) => found.sort((one, other) => other.duration - one.duration)[0]
  new PerformanceObserver((list) => {
    const found = longest(scripts(list.getEntries()))
    if (found && found.duration > 500) resolve(found.toJSON())
  }).observe({ type: 'long-animation-frame', buffered: true })
  setTimeout(() => resolve(null), seconds * 1000)
})"""
"""Chromium remembers which function it called when a frame took long."""


async def running_stack(slot: Slot, bundle: Bundle, *, loading: str = "") -> str:
    """End the script of a page that does not answer, and return its stack; "" when there was none.

    In WebKit, which cannot be asked, it is a line that says so, and the script goes on.
    loading: the address to open again, when the script ran before the panel was drawn; else what was clicked
    last is clicked again.
    """
    from playwright.async_api import Error

    if slot.cdp is None:
        return _("    (WebKit does not tell where; run it in Chromium)")
    with contextlib.suppress(Error, TimeoutError):
        await within(SECONDS, _send(slot, "Runtime.terminateExecution"))
        if loading:
            opening = slot.page.goto(loading, wait_until="commit", timeout=SECONDS * 1000)
            return await _again(slot, bundle, opening)
        called = await within(SECONDS, slot.page.evaluate(_LONGEST, BUSY_SECONDS))
        clicked = bool(called) and called["invokerType"] == "event-listener"
        return await _again(slot, bundle, _click(slot) if clicked else _nothing()) or _called(called, bundle)
    return ""


async def _again(slot: Slot, bundle: Bundle, work: Coroutine[Any, Any, Any]) -> str:
    """Do something with the debugger enabled; return the stack when the page hangs from it."""
    scripts: dict[str, str] = {}
    paused: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def take(event: dict[str, Any]) -> None:
        if not paused.done():
            paused.set_result(event)

    def parsed(event: dict[str, Any]) -> None:
        scripts[event["scriptId"]] = event["url"]

    cdp = slot.devtools
    cdp.on("Debugger.paused", take)
    cdp.on("Debugger.scriptParsed", parsed)
    doing = asyncio.ensure_future(work)
    doing.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        await within(SECONDS, _send(slot, "Debugger.enable"))
        if not await _hangs(slot, doing):
            return ""
        asking = asyncio.ensure_future(_send(slot, "Debugger.pause"))
        event = await within(SECONDS, _result(paused))
        with contextlib.suppress(TimeoutError):
            await within(SECONDS, _end(slot))
        asking.cancel()
    finally:
        doing.cancel()
        cdp.remove_listener("Debugger.paused", take)
        cdp.remove_listener("Debugger.scriptParsed", parsed)
    return "\n".join(_frame(frame, scripts, bundle) for frame in event["callFrames"][:SHOWN_FRAMES])


async def _hangs(slot: Slot, doing: asyncio.Future[Any]) -> bool:
    """Wait until the page has done something and answers, or does not answer any more."""
    from playwright.async_api import Error

    while True:
        try:
            state = await within(BUSY_SECONDS, slot.page.evaluate("document.readyState"))
        except TimeoutError:
            return True
        except Error:
            state = ""  # one document gives way to another
            if slot.page.is_closed():
                raise
        if doing.done() and state == "complete":
            return False
        await asyncio.sleep(STEP_SECONDS)


async def _click(slot: Slot) -> None:
    """Press the mouse where it is."""
    mouse = own(slot.page, "mouse")
    await mouse.up()
    await mouse.down()
    await mouse.up()


async def _nothing() -> None:
    """Wait for a timer of the page to do it again."""


async def _send(slot: Slot, command: str) -> Any:
    return await slot.devtools.send(command)


async def _result(future: asyncio.Future[dict[str, Any]]) -> dict[str, Any]:
    return await future


async def _end(slot: Slot) -> None:
    ending = asyncio.ensure_future(_send(slot, "Runtime.terminateExecution"))
    await _send(slot, "Debugger.resume")
    await ending


def _frame(frame: dict[str, Any], scripts: dict[str, str], bundle: Bundle) -> str:
    place = frame["location"]
    url = scripts.get(place["scriptId"], "")
    return _line(
        frame["functionName"], url, place["lineNumber"] + 1, place.get("columnNumber", 0) + 1, bundle
    )


def _called(called: dict[str, Any] | None, bundle: Bundle) -> str:
    """Return what is known without the debugger: the function that Chromium called, and why."""
    if not called:
        return ""
    url, position = called["sourceURL"], called["sourceCharPosition"]
    invoker = f"    in {called['invoker']}"
    if position <= 0 or not url.endswith(SCRIPT):
        return invoker
    before = bundle.js.decode("utf-8", "replace")[:position]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"{_line(called['sourceFunctionName'], url, line, column, bundle)}\n{invoker}"


def _line(function: str, url: str, line: int, column: int, bundle: Bundle) -> str:
    ours = url.endswith(SCRIPT)
    found = bundle.source_map.place(line, column) if ours else None
    script = bundle.name if ours else url.rpartition("/")[2] or "page"
    return f"    at {function or '(anonymous)'} ({found or f'{script}:{line}:{column}'})"
