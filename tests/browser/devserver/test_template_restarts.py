"""Panels of every template go on working after restarts in place, and leave nothing behind."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from devkit.build.project.entry import find_entry
from tests.helpers.scaffolded import CLOUD_TEMPLATES, scaffold, served

pytestmark = [pytest.mark.browser, pytest.mark.node]

LEFT = """() => {
  const { timers, frames, listeners, open } = __DEVKIT__.live.tracked()
  return [listeners, open, document.head.children.length, document.documentElement.children.length]
}"""


@pytest.mark.parametrize("name", [*CLOUD_TEMPLATES, "ble-llsync"])
async def test_restarts(tmp_path: Path, page: Page, name: str) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    project = scaffold(tmp_path, name)
    entry = find_entry(project)
    source = entry.read_text("utf-8")
    async with served(project) as panel:
        await page.goto(panel.url)
        power = page.get_by_role("switch", name="电源开关")
        await expect(power).to_have_attribute("aria-checked", "false")
        await page.evaluate("window.marker = 1")
        first = None
        for turn in range(1, 6):
            entry.write_text(f"{source}\nwindow.turn = {turn}\n", "utf-8")
            await page.wait_for_function(f"window.turn === {turn}")
            await expect(power).to_have_attribute("aria-checked", "true" if turn % 2 == 0 else "false")
            await power.click()
            await expect(power).to_have_attribute("aria-checked", "false" if turn % 2 == 0 else "true")
            first = first or await page.evaluate(LEFT)
        assert await page.evaluate(LEFT) == first
        assert await page.evaluate("window.marker === 1")
        await panel.act("report", brightness=33)
        await expect(page.get_by_role("slider", name="亮度")).to_have_value("33")
    assert not failures
