"""What an audit reads in the page: times, frames, memory, cut texts, words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from devkit.errors import PanelError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.testing.page.panel import Panel

QUIET_MS, TOLD_MS = 400, 150
SLOW_S = 20.0
PATIENCE_S = 3.0
PICTURES, STILL_S = 6, 0.1
_DRAWN = "() => { const app = document.getElementById('app'); return app && app.childNodes.length > 0 }"
# A heartbeat, since long tasks that begin in a binding are none for PerformanceObserver.
_WATCH = """(() => {
window.__audit = { task: 0, shift: 0, ready: 0, largest: 0 }
let last = performance.now()
const beat = () => {
  const now = performance.now()
  window.__audit.task = Math.max(window.__audit.task, now - last)
  last = now
  setTimeout(beat)
}
beat()
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__audit.shift += entry.value
}).observe({ type: 'layout-shift', buffered: true })
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.__audit.largest = entry.startTime
}).observe({ type: 'largest-contentful-paint', buffered: true })
addEventListener('DOMContentLoaded', () => {
  const sdk = window.h5PanelSdk
  if (sdk) Promise.resolve(sdk.sdkReady()).then(() => { window.__audit.ready = performance.now() }, () => {})
})
})()
"""
_TIMES = """async (quiet) => {
  await new Promise((done) => setTimeout(done, quiet))
  const paint = performance.getEntriesByType('paint').find((entry) => entry.name === 'first-contentful-paint')
  const { task, shift, ready, largest } = window.__audit
  const moves = PerformanceObserver.supportedEntryTypes.includes('layout-shift')
  const first = paint ? paint.startTime : null
  return { paint: first, largest: largest || null, ready, shift: moves ? shift : null, task }
}"""
_TO_TAP = """() => {
  if (!PerformanceObserver.supportedEntryTypes.includes('event')) return null
  const items = document.querySelectorAll('#app :is(button, [role=switch], [role=button], input)')
  const seen = [...items].map((item) => item.getBoundingClientRect()).find((box) => {
    return box.width > 0 && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0
  })
  if (!seen) return null
  window.__taps = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.interactionId) window.__taps.push(entry.duration)
  }).observe({ type: 'event', durationThreshold: 16 })
  return { x: seen.left + seen.width / 2, y: seen.top + seen.height / 2 }
}"""
# What took less than the least that is measured, 16 ms, is none.
_TAPPED = """async (quiet) => {
  await new Promise((done) => setTimeout(done, quiet))
  return Math.max(0, ...window.__taps)
}"""
_FRAMES = """() => {
  const found = window.__frames = []
  let last = 0
  const next = (now) => {
    if (last) found.push(now - last)
    last = now
    if (window.__frames === found) requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
}"""
_FRAMES_END = """() => { const found = window.__frames; window.__frames = null; return found }"""
_CUT = """() => {
  const found = []
  const root = document.documentElement
  if (root.scrollWidth > innerWidth + 1) {
    const wide = [...document.querySelectorAll('#app *')].filter((item) => {
      const box = item.getBoundingClientRect()
      return box.right > innerWidth + 1 && box.width > 0
    }).pop()
    found.push({ width: root.scrollWidth, room: innerWidth, item: wide })
  }
  for (const item of document.querySelectorAll('#app *')) {
    const own = [...item.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    const style = getComputedStyle(item)
    if (!own || style.visibility === 'hidden' || item.clientWidth < 2 || style.clip !== 'auto') continue
    const hides = /hidden|clip/.test(style.overflowX + style.overflowY)
    const wide = item.scrollWidth > item.clientWidth + 1
    const high = item.scrollHeight > item.clientHeight + 2 && item.clientHeight > 2
    if (hides && (wide || high)) {
      found.push({ cut: item.textContent.trim().slice(0, 40), item })
    }
  }
  const path = (item) => {
    const parts = []
    for (let at = item; at && at.id !== 'app' && parts.length < 4; at = at.parentElement) {
      const classes = [...at.classList].slice(0, 2).map((name) => '.' + name)
      parts.unshift(at.tagName.toLowerCase() + classes.join(''))
    }
    return parts.join(' > ')
  }
  const text = (item) => (item && !item.childElementCount ? item.textContent.trim().slice(0, 200) : '')
  return found.slice(0, 5).map(({ item, ...told }) => ({ ...told, where: path(item), text: text(item) }))
}"""
_ENLARGE = """(factor) => {
  const items = [...document.querySelectorAll('#app *')]
  const sizes = items.map((item) => parseFloat(getComputedStyle(item).fontSize))
  items.forEach((item, index) => { item.style.fontSize = `${sizes[index] * factor}px` })
}"""
_TEXTS = """() => {
  const walker = document.createTreeWalker(document.getElementById('app'), NodeFilter.SHOW_TEXT)
  const found = new Set()
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode
    if (data.trim() && !/^(SCRIPT|STYLE)$/.test(parentElement.tagName)) found.add(data.trim())
  }
  for (const item of document.querySelectorAll('#app [aria-label], #app [placeholder], #app [title]')) {
    for (const name of ['aria-label', 'placeholder', 'title']) {
      const value = item.getAttribute(name)
      if (value && value.trim()) found.add(value.trim())
    }
  }
  return [...found]
}"""


@asynccontextmanager
async def _slower(panel: Panel, cpu: float) -> AsyncIterator[None]:
    """Slow the processor down, which only Chromium can."""
    cdp = panel.slot.cdp
    if cdp is None:
        yield
        return
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    try:
        yield
    finally:
        await cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})


async def times(panel: Panel, cpu: float) -> Mapping[str, float]:
    """Load the panel anew on a slower processor; return paint, largest, ready and task in ms, and shift.

    What a browser does not measure is not there.
    """
    await panel.page.add_init_script(_WATCH)
    async with _slower(panel, cpu):
        await _load_slowly(panel)
        found: Mapping[str, float | None] = await panel.evaluate(_TIMES, QUIET_MS)
    return {name: value for name, value in found.items() if value is not None}


async def _load_slowly(panel: Panel) -> None:
    """Load the panel anew and wait until it has drawn, whatever else it does.

    Errors: PanelError when it does not in SLOW_S.
    """
    from playwright.async_api import Error

    page = panel.slot.page
    try:
        await page.goto(panel.address, wait_until="commit")
        await page.wait_for_function(_DRAWN, timeout=SLOW_S * 1000)
    except Error as error:
        text = _(f"Nothing was drawn in {SLOW_S:g} s on a slow phone: {error.message.splitlines()[0]}")
        raise PanelError(text, _("Do less before the first drawing.")) from None


async def still_picture(panel: Panel) -> bytes:
    """Return a picture of the panel once two in a row are alike, or the last of a few."""
    before = b""
    for _turn in range(PICTURES):
        now = await panel.picture()
        if now == before:
            break
        before = now
        await asyncio.sleep(STILL_S)
    return before


async def draws(panel: Panel) -> bool:
    """Wait for the panel to draw something; tell whether it does."""
    from playwright.async_api import Error

    try:
        await panel.slot.page.wait_for_function(_DRAWN, timeout=PATIENCE_S * 1000)
    except Error:
        return False
    return True


async def frames(panel: Panel, cpu: float, work: Awaitable[None]) -> list[float]:
    """Return the ms of each frame while work, a coroutine, runs on a processor that is slower by cpu."""
    async with _slower(panel, cpu):
        await panel.evaluate(_FRAMES)
        await work
        found: list[float] = await panel.evaluate(_FRAMES_END)
    return found


async def cut_texts(panel: Panel, factor: float = 1) -> list[Mapping[str, str]]:
    """Return [{what, where, text}] of texts that are cut, and of a page that scrolls sideways.

    factor: how much larger letters are than usual, as a phone's setting makes them.
    """
    if factor != 1:
        await panel.evaluate(_ENLARGE, factor)
    found: list[dict[str, Any]] = await panel.evaluate(_CUT)
    return [{"what": _cut(item), "where": item["where"], "text": item["text"]} for item in found]


def _cut(item: Mapping[str, Any]) -> str:
    if "cut" in item:
        return _(f"“{item['cut']}” is cut")
    return _(f"the page is {item['width']} px wide on {item['room']} px")


async def texts(panel: Panel) -> set[str]:
    """Return every text that the panel shows or says."""
    return set(await panel.evaluate(_TEXTS))


async def tap(panel: Panel, cpu: float) -> float | None:
    """Tap the first thing to tap, with the mouse; return the ms until the page has drawn an answer.

    None when there is nothing to tap, or the browser does not measure it.
    """
    from playwright.async_api import Error

    place = await panel.evaluate(_TO_TAP)
    if place is None:
        return None
    async with _slower(panel, cpu):
        await panel.slot.page.mouse.click(place["x"], place["y"])
        try:
            found: float = await panel.evaluate(_TAPPED, TOLD_MS)
        except Error:
            return None  # the tap leads to another page
    return found


async def unused_css(panel: Panel) -> tuple[list[tuple[int, int]], int]:
    """Load the panel anew; return the ranges of its rules that nothing used, and the characters of all.

    Errors: BrowserError in WebKit.
    """
    cdp = panel.slot.devtools
    sheets: dict[str, int] = {}
    length = len(panel.bundle.css.decode("utf-8", "replace"))

    def added(event: Mapping[str, Any]) -> None:
        header = event["header"]
        if header["length"] == length:  # the lab writes it into the page, where it has no address
            sheets[header["styleSheetId"]] = length

    cdp.on("CSS.styleSheetAdded", added)
    await cdp.send("DOM.enable")
    await cdp.send("CSS.enable")
    await cdp.send("CSS.startRuleUsageTracking")
    await _load_slowly(panel)
    await asyncio.sleep(0.1)  # for what the first answers draw
    usage = (await cdp.send("CSS.stopRuleUsageTracking"))["ruleUsage"]
    cdp.remove_listener("CSS.styleSheetAdded", added)
    await cdp.send("CSS.disable")
    own = [rule for rule in usage if rule["styleSheetId"] in sheets]
    used = sorted((int(rule["startOffset"]), int(rule["endOffset"])) for rule in own if rule["used"])
    total = max(sheets.values(), default=0)
    gaps, at = [], 0
    for start, end in (*used, (total, total)):
        if start > at:
            gaps.append((at, start))
        at = max(at, end)
    return gaps, total
