"""What a thousand reports leave behind: memory and listeners, and who made them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from devkit.language import _
from devkit.testing.audit.trial import AuditTrial
from devkit.testing.smoke.page import held

if TYPE_CHECKING:
    from devkit.testing.page.panel import Panel
    from devkit.testing.world.world import World

REPORTS, TOGETHER = 1000, 5
LEAK_S = 4.0
GROWN_BYTES, GROWN_LISTENERS, FEW_LISTENERS = 2_000_000, 30, 5
SAMPLE_BYTES = 32_768
TARGETS = ("window", "document", "document.body", "document.getElementById('app')")
"""What pages listen at for as long as they are open."""


async def leaks(trial: AuditTrial, world: World, panel: Panel, name: str, values: list[Any]) -> None:
    """Let the device report a property many times; note what is kept, and the line that keeps most."""

    async def report(most: int, seconds: float) -> int:
        until, told = time.monotonic() + seconds, 0
        while told < most and time.monotonic() < until:
            turns = range(told, told + TOGETHER)
            await asyncio.gather(*(world.device.report({name: values[turn % len(values)]}) for turn in turns))
            await panel.settle()  # the page has taken them, not only been sent them
            told += TOGETHER
        return told

    await report(100, LEAK_S / 4)  # what is kept once is no leak
    await panel.settle()  # a slow panel is behind by now, which is nobody's growth
    heap, listeners = await held(panel)
    cdp = panel.slot.devtools
    await cdp.send("HeapProfiler.startSampling", {"samplingInterval": SAMPLE_BYTES})
    count = await report(REPORTS, LEAK_S)
    heap_after, listeners_after = await held(panel)
    kept = (await cdp.send("HeapProfiler.stopSampling"))["profile"]["head"]
    whole = REPORTS / count  # a slow phone takes fewer in the time, which is not to its credit
    trial.metrics["heap_growth"] = round((heap_after - heap) * whole)
    trial.metrics["listener_growth"] = round((listeners_after - listeners) * whole)
    if heap_after - heap > GROWN_BYTES * count / REPORTS:
        text = _(f"{count:,} reports leave {(heap_after - heap) / 1e6:.1f} MB")
        trial.add("memory", text, await _keeper(panel, kept), _("Keep no list of reports that only grows."))
    if listeners_after - listeners > max(FEW_LISTENERS, GROWN_LISTENERS * count / REPORTS):
        text = _(f"{count:,} reports leave {listeners_after - listeners} listeners")
        fix = _("Take them away where they were added: sdk.off, removeEventListener.")
        trial.add("listeners", text, await _listener(panel), fix)


async def _keeper(panel: Panel, head: Mapping[str, Any]) -> str:
    """Return the place of the panel's own code that made most of what is still there; "" when none did.

    head: the root of HeapProfiler's sampling profile; what a function calls counts for the function, too.
    """
    scripts = await _scripts(panel)
    found: Counter[str] = Counter()
    for frames, size in _branches(head, ()):
        own = (_place(panel, scripts, frame) for frame in reversed(frames))
        if place := next((place for place in own if place), ""):
            found[place] += size
    return found.most_common(1)[0][0] if found else ""


def _branches(node: Mapping[str, Any], above: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Yield the frames of each allocation, outermost first, with its bytes."""
    frames = (*above, node["callFrame"])
    if node["selfSize"]:
        yield frames, int(node["selfSize"])
    for child in node.get("children", ()):
        yield from _branches(child, frames)


async def _listener(panel: Panel) -> str:
    """Return where the listener that is there most often was written; "" when it is not the panel's."""
    scripts = await _scripts(panel)
    found: Counter[str] = Counter()
    for expression in TARGETS:
        target = await panel.slot.devtools.send("Runtime.evaluate", {"expression": expression})
        if node := target["result"].get("objectId"):
            listed = await panel.slot.devtools.send("DOMDebugger.getEventListeners", {"objectId": node})
            found.update(_place(panel, scripts, item) for item in listed["listeners"])
    return next((place for place, _times in found.most_common() if place), "")


async def _scripts(panel: Panel) -> Mapping[str, str]:
    """Return the address of each script by its id; the profiler knows none that a script gives itself."""
    cdp = panel.slot.devtools
    found: dict[str, str] = {}

    def parsed(event: Mapping[str, Any]) -> None:
        found[event["scriptId"]] = event["url"]

    cdp.on("Debugger.scriptParsed", parsed)
    await cdp.send("Debugger.enable")
    await cdp.send("Debugger.disable")
    cdp.remove_listener("Debugger.scriptParsed", parsed)
    return found


def _place(panel: Panel, scripts: Mapping[str, str], at: Mapping[str, Any]) -> str:
    """Return where a place of DevTools, which counts from 0, is in the panel's own sources, or ""."""
    script = scripts.get(at["scriptId"], "")
    own = panel.bundle.source_map.frames(f"at f ({script}:{at['lineNumber'] + 1}:{at['columnNumber'] + 1})")
    return str(own[0]) if own and "node_modules/" not in own[0].source else ""
