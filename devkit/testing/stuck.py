"""Find out where a page that no longer answers is busy."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from devkit.testing.driver import within

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

    from devkit.testing.bundle import Bundle
    from devkit.testing.slots import Slot

SECONDS = 2.0
SHOWN_FRAMES = 8


async def running_stack(slot: Slot, bundle: Bundle) -> str:
    """Interrupt the page's script, return its stack and end it; "" when nothing runs.

    The debugger must be enabled already: a busy page would not take that command any more.
    """
    from playwright.async_api import Error

    cdp = slot.cdp
    paused: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def take(event: dict[str, Any]) -> None:
        if not paused.done():
            paused.set_result(event)

    cdp.on("Debugger.paused", take)
    try:
        asking = asyncio.ensure_future(cdp.send("Debugger.pause"))
        event = await within(SECONDS, _result(paused))
        with contextlib.suppress(Error, TimeoutError):
            await within(SECONDS, _end(cdp))
        asking.cancel()
    except TimeoutError:
        return ""
    finally:
        cdp.remove_listener("Debugger.paused", take)
    return "\n".join(_frame(frame, slot, bundle) for frame in event["callFrames"][:SHOWN_FRAMES])


async def _result(future: asyncio.Future[dict[str, Any]]) -> dict[str, Any]:
    return await future


async def _end(cdp: CDPSession) -> None:
    ending = asyncio.ensure_future(cdp.send("Runtime.terminateExecution"))
    await cdp.send("Debugger.resume")
    await ending


def _frame(frame: dict[str, Any], slot: Slot, bundle: Bundle) -> str:
    place = frame["location"]
    line, column = place["lineNumber"] + 1, place.get("columnNumber", 0) + 1
    url = slot.scripts.get(place["scriptId"], "")
    ours = url.endswith("/developing.js")
    found = bundle.source_map.place(line, column) if ours else None
    script = bundle.name if ours else url.rpartition("/")[2] or "page"
    where = str(found) if found else f"{script}:{line}:{column}"
    return f"    at {frame['functionName'] or '(anonymous)'} ({where})"
