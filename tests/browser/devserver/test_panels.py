"""A repository with many panels: the console switches between them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.devserver.harness import make_project, running

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.node]


async def test_the_console_switches_between_panels(tmp_path: Path, browser: "Browser") -> None:
    project = make_project(tmp_path / "panels")
    for name in ("lamp", "fan"):
        (project / f"{name}.js").write_text(f"document.getElementById('app').textContent = 'a {name}'")
    (project / "devkit.toml").write_text('[panels]\nlamp = "lamp.js"\nfan = "fan.js"\n')
    async with running(project, "dev", "lamp", "--no-proxy") as run:
        page = await browser.new_page()
        try:
            await page.goto(run.ready["console_url"])
            shown = page.frame_locator("iframe").locator("#app")
            await expect(shown).to_have_text("a lamp", timeout=15_000)
            await page.locator("[data-panels]").select_option("fan")
            await run.next("ready")
            await expect(shown).to_have_text("a fan", timeout=15_000)
            await expect(page.locator("[data-panels]")).to_have_value("fan")
        finally:
            await page.close()


async def test_one_panel_is_named_and_the_first_taken_else(tmp_path: Path) -> None:
    project = make_project(tmp_path / "panels")
    (project / "devkit.toml").write_text('[panels]\nown = "src/index.jsx"\ngone = "gone.js"\n')
    async with running(project, "dev", "--no-proxy") as run:
        assert run.ready["panel_url"]
    assert "Panel own. The others: gone." in await run.errors()
