"""The templates keep what their user is doing when one of their cards is edited."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import edit, open_live, running
from tests.helpers.scaffolded import scaffold

pytestmark = [pytest.mark.browser, pytest.mark.node]

MAPPED = """async () => {
  const map = await (await fetch('/index.js.map')).json()
  return map.sources.filter((name) => !name.includes('node_modules'))
}"""


async def test_card_of_vue_is_new_and_the_page_is_the_same(tmp_path: Path, page: Page) -> None:
    project = scaffold(tmp_path, "vue3-ts")
    async with running(project, "dev", "--no-proxy", "--hot", "components") as run:
        await open_live(page, run.ready["panel_url"])
        power = page.get_by_role("switch", name="电源开关")
        await power.evaluate("(element) => { window.kept = element }")
        edit(project / "src" / "App.vue", "<h1>{{ device.name }}</h1>", "<h1>edited</h1>")
        assert (await run.next("updated"))["what"] == "hot: App.vue (template)"
        await expect(page.locator("h1")).to_have_text("edited")
        edit(project / "src" / "cards" / "PowerCard.vue", "on ? 1 : 0", "on ? 0 : 1")
        assert (await run.next("updated"))["what"] == "hot: PowerCard.vue (template)"
        assert await power.evaluate("(element) => element === window.kept")
        await power.click()
        await expect(power).to_have_attribute("aria-checked", "true")
        edit(project / "src" / "cards" / "PowerCard.vue", "=== 1", "!== 0")
        assert (await run.next("updated"))["what"] == "hot: PowerCard.vue"
        await expect(power).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize("name", ["react", "react-ts"])
async def test_card_is_new_and_the_page_is_the_same(tmp_path: Path, page: Page, name: str) -> None:
    project = scaffold(tmp_path, name)
    suffix = "tsx" if name == "react-ts" else "jsx"
    async with running(project, "dev", "--no-proxy", "--hot", "components") as run:
        await open_live(page, run.ready["panel_url"])
        power = page.get_by_role("switch", name="电源开关")
        await power.click()
        await expect(power).to_have_attribute("aria-checked", "true")
        await power.evaluate("(element) => { window.kept = element }")
        edit(project / "src" / f"App.{suffix}", "<h1>{device.name}</h1>", "<h1>edited</h1>")
        assert (await run.next("updated"))["what"] == f"hot: App.{suffix}"
        await expect(page.locator("h1")).to_have_text("edited")
        await expect(power).to_have_attribute("aria-checked", "true")
        assert await power.evaluate("(element) => element === window.kept")
        await power.click()
        await expect(power).to_have_attribute("aria-checked", "false")
        edit(project / "src" / f"index.{suffix}", "main().catch", "/* again */ main().catch")
        edit(project / "src" / f"index.{suffix}", "const root =", "console.info('root');\nconst root =")
        assert (await run.next("updated"))["what"] == f"restarted: index.{suffix} runs at load"
        sources = await page.evaluate(MAPPED)
        assert f"../src/App.{suffix}" in sources, sources
