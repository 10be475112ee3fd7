"""What a smoke test does in the page: see changes, find controls, use them, and ask axe-core."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.testing.page.panel import Panel

CLICK_MS = 800
FILLED = ("smoke", "7")

IDLE_MS = 1100

_SNAPSHOT = """() => {
  const shown = {}
  const look = (item, path) => {
    const own = [...item.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
    const parts = [item.tagName, ...own.map((node) => node.data)]
    for (const { name, value } of item.attributes) parts.push(name, value)
    if (item.matches('input, select, textarea')) parts.push(item.value, item.checked)
    if (item.tagName === 'CANVAS') try { parts.push(item.toDataURL()) } catch { /* drawn from elsewhere */ }
    shown[path] = JSON.stringify(parts)
    ;[...item.children].forEach((child, index) => look(child, path + '/' + index))
  }
  look(document.getElementById('app'), '')
  return shown
}"""

_CONTROLS = """() => {
  const wanted = 'button, a, input, select, textarea, summary, [onclick], [role=button], [role=switch],' +
    '[role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=option], [role=slider], [tabindex]'
  const shown = (item) => {
    const box = item.getBoundingClientRect()
    const style = getComputedStyle(item)
    return box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && style.pointerEvents !== 'none'
  }
  const name = (item) => (item.getAttribute('aria-label') || item.innerText ||
    item.getAttribute('placeholder') || item.className || item.tagName)
    .toString().trim().split('\\n')[0].slice(0, 40)
  const found = []
  for (const item of document.getElementById('app').querySelectorAll('*')) {
    const points = getComputedStyle(item).cursor === 'pointer'
    const parent = item.parentElement && getComputedStyle(item.parentElement).cursor === 'pointer'
    if (!(item.matches(wanted) || (points && !parent)) || !shown(item)) continue
    item.setAttribute('data-devkit-smoke', String(found.length))
    found.push({ name: name(item), tag: item.tagName.toLowerCase(), type: item.getAttribute('type') || '',
      disabled: item.disabled === true || item.getAttribute('aria-disabled') === 'true',
      min: item.getAttribute('min'), max: item.getAttribute('max') })
  }
  return found
}"""

_AXE = """async (rules) => {
  const found = await axe.run(document.getElementById('app'), {
    resultTypes: ['violations'], ...(rules && { runOnly: rules }),
  })
  return found.violations.map((item) => ({ id: item.id, impact: item.impact, help: item.help,
    nodes: item.nodes.slice(0, 3).map((node) => node.target.join(' ')) }))
}"""


@dataclass(frozen=True)
class Control:
    """Something in the panel that a user can work; number finds it again."""

    number: int
    name: str
    tag: str
    type: str
    disabled: bool
    low: str
    high: str


async def snapshot(panel: Panel) -> dict[str, str]:
    """Return what each element of the panel shows, by its place in the tree."""
    shown: dict[str, str] = await panel.evaluate(_SNAPSHOT)
    return shown


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the places that two snapshots do not share."""
    return {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}


async def restless(panel: Panel) -> set[str]:
    """Return the places that change without a cause, such as a clock."""
    before = await snapshot(panel)
    await panel.evaluate(f"() => new Promise((done) => setTimeout(done, {IDLE_MS}))")
    return differing(before, await snapshot(panel))


async def changes(panel: Panel, before: dict[str, str], ignored: set[str], *, looks: int) -> bool:
    """Tell whether the panel shows something else than before, looking several times, 20 ms apart."""
    for _ in range(looks):
        if differing(before, await snapshot(panel)) - ignored:
            return True
        await panel.evaluate("() => new Promise((done) => setTimeout(done, 20))")
    return False


async def controls(panel: Panel) -> list[Control]:
    """Return the controls that are visible now."""
    found: list[dict[str, Any]] = await panel.evaluate(_CONTROLS)
    return [
        Control(
            number,
            item["name"],
            item["tag"],
            item["type"],
            item["disabled"],
            str(item["min"] or "0"),
            str(item["max"] or "100"),
        )
        for number, item in enumerate(found)
    ]


async def use(panel: Panel, control: Control, chance: random.Random) -> None:
    """Work a control as a user would; one that is covered or gone is let alone."""
    from playwright.async_api import Error

    item = panel.slot.page.locator(f'[data-devkit-smoke="{control.number}"]')
    try:
        if control.type == "range":
            await item.fill(chance.choice((control.low, control.high)), timeout=CLICK_MS)
        elif control.tag == "textarea" or (
            control.tag == "input" and control.type in ("", "text", "number", "search")
        ):
            await item.fill(FILLED[control.type == "number"], timeout=CLICK_MS)
            await item.press("Enter", timeout=CLICK_MS)
        elif control.tag == "select":
            await item.select_option(index=chance.randint(0, 1), timeout=CLICK_MS)
        else:
            await item.click(timeout=CLICK_MS)
    except Error:
        return


async def violations(panel: Panel, axe: str, rules: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return what axe-core, whose script is given, finds: [{id, impact, help, nodes}].

    rules: the only ones to look for, all when empty.
    """
    await panel.evaluate(axe)
    found: list[dict[str, Any]] = await panel.evaluate(_AXE, list(rules) or None)
    return found


async def held(panel: Panel) -> tuple[int, int]:
    """Return the bytes of JavaScript's heap and the DOM listeners, once rubbish is collected.

    Errors: BrowserError in WebKit.
    """
    cdp = panel.slot.devtools
    await cdp.send("Performance.enable")
    await cdp.send("HeapProfiler.collectGarbage")
    listed = (await cdp.send("Performance.getMetrics"))["metrics"]
    metrics = {item["name"]: int(item["value"]) for item in listed}
    return metrics["JSHeapUsedSize"], metrics["JSEventListeners"]
