"""Panels in WebKit, the engine of iPhones: the host page, the SDK's runtime, and every template."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.page_driver import PageDriver
from tests.helpers.scaffolded import (
    BLUETOOTH_TEMPLATES,
    CLOUD_TEMPLATES,
    TEMPLATES,
    ServedPanel,
    scaffold,
    served,
)
from tests.helpers.sdk_host import host_on, simulator_on
from tests.helpers.sdk_probe import PROBE, steady

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.webkit]

CONNECTED = "window.__devkit_runtime && window.__devkit_runtime.link.connected"
FEATURES = {"react": ("history", "timer", "share", "i18n"), "vue3": ("history", "timer", "share", "i18n")}
OFFLINE = "document.querySelector('#J_offline_modal')?.offsetHeight > 0"
SWITCH = "[role=switch]"
ALTERED = "document.querySelector('{css}')?.getAttribute('aria-checked') === '{now}'"


async def answers(page: PageDriver) -> tuple[Any, list[Any]]:
    """Return what each member of the SDK answers on a new device, and what the mini program was asked."""
    async with simulator_on() as simulator, host_on(simulator) as host:
        await page.open(host.url)
        await page.wait(CONNECTED)
        found = steady(await page.result(PROBE))
        await page.open("about:blank")
        return found, steady([[call.api, call.url] for call in simulator.mini_program.calls])


async def test_the_sdk_answers_as_in_chromium(webkit_page: PageDriver, chromium_page: PageDriver) -> None:
    (got, calls), (expected, expected_calls) = await answers(webkit_page), await answers(chromium_page)
    wrong = [
        f"{name}\n  Chromium {json.dumps(expected[name], ensure_ascii=False)[:600]}"
        f"\n  WebKit   {json.dumps(got.get(name), ensure_ascii=False)[:600]}"
        for name in expected
        if expected[name] != got.get(name)
    ]
    assert "\n".join(wrong) == ""
    assert calls == expected_calls


async def until(panel: ServedPanel, name: str, value: object) -> None:
    """Wait until the device has a value."""
    async with asyncio.timeout(5):
        while (await panel.values()).get(name) != value:
            await asyncio.sleep(0.02)


async def complaints(panel: ServedPanel) -> list[str]:
    """Return the errors that the panel's pages have told."""
    answer = await panel.client.get("/__devkit/api/timeline", params={"since": 0})
    entries = answer.raise_for_status().json()["entries"]
    bad = {"error", "exception", "rejection"}
    lines = [entry["data"] for entry in entries if entry["kind"] == "console"]
    return [line["text"] for line in lines if line["level"] in bad]


@pytest.mark.parametrize("name", CLOUD_TEMPLATES)
async def test_a_template_controls_and_follows_its_device(
    tmp_path: Path, webkit_page: PageDriver, name: str
) -> None:
    async with served(scaffold(tmp_path, name, FEATURES.get(name, ()))) as panel:
        await webkit_page.open(panel.url)
        await webkit_page.click(SWITCH)
        await webkit_page.wait(ALTERED.format(css=SWITCH, now="true"))
        await until(panel, "power_switch", 1)
        await panel.act("report", power_switch=0, brightness=33)
        await webkit_page.wait(ALTERED.format(css=SWITCH, now="false"))
        await webkit_page.wait("document.querySelector('input[type=range]').value === '33'")
        await panel.act("status", online=False)
        await webkit_page.wait(OFFLINE)
        await panel.act("status", online=True)
        await webkit_page.wait(f"!({OFFLINE})")
        assert await webkit_page.value("document.documentElement.scrollWidth <= innerWidth")
        assert await complaints(panel) == []
        await webkit_page.open("about:blank")


@pytest.mark.parametrize("name", sorted(TEMPLATES.keys() - set(CLOUD_TEMPLATES)))
async def test_the_other_templates_draw_and_complain_of_nothing(
    tmp_path: Path, webkit_page: PageDriver, name: str
) -> None:
    async with served(scaffold(tmp_path, name)) as panel:
        await webkit_page.open(panel.url)
        await webkit_page.wait("document.querySelector('#app main, #app header')")
        if name in BLUETOOTH_TEMPLATES:
            await webkit_page.wait("document.querySelector('header [role=status]').innerText.length > 3")
        assert await complaints(panel) == []
        await webkit_page.open("about:blank")
