"""Measure the gallery: from the click on its tab to the last pixel of 24 states of the React template.

Run with `python -m bench.gallery [--states 24] [--picture FILE] [--json]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.sdk import ProcessorTime
from devkit.app.run import PanelRun
from devkit.settings import load_settings
from devkit.testing.tools.first_sheet import first_sheet
from devkit.testing.tools.gallery import LiveGallery
from tests.helpers.browser import LAUNCH_ARGS, chromium_path
from tests.helpers.scaffolded import scaffold

if TYPE_CHECKING:
    from playwright.async_api import Page

DRAWN = "document.getElementById('app').childNodes.length > 0 && document.fonts.status === 'loaded'"


def sheet(project: Path, states: int) -> None:
    """Write a shots.yaml with so many states: those of `devkit shots --init`, and further brightnesses."""
    from devkit.model import load_model

    text = first_sheet(load_model(project / "thing-model.json"), "bench")
    lines, items = text.split("  - name: ", 1)[0], text.split("  - name: ")[1:]
    items = (items + [f"more {at}\n    data: {{brightness: {1 + at % 100}}}\n" for at in range(states)])[
        :states
    ]
    (project / "shots.yaml").write_text(lines + "".join(f"  - name: {item}" for item in items), "utf-8")


async def measure(states: int, picture: str) -> dict[str, Any]:
    """Open the tab in a console that has shown its device, and wait until every frame has drawn."""
    from playwright.async_api import async_playwright

    with tempfile.TemporaryDirectory() as folder:
        project = scaffold(Path(folder), "react")
        sheet(project, states)
        settings = load_settings(project, {"port": 0, "proxy": False})
        async with async_playwright() as playwright, PanelRun(settings, gallery=LiveGallery) as run:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await run.ready()
            await page.goto(run.console_url)
            await page.frame_locator(".screen iframe").locator("#app > *").first.wait_for()
            used = await ProcessorTime.of(page)
            started = time.perf_counter()
            await used.count(_open_tab(page, states))
            took = time.perf_counter() - started
            if picture:
                await page.screenshot(path=picture)
            await browser.close()
    load = {"page_cpu_s": round(used.page, 2), "python_cpu_s": round(used.python, 2)}
    return {"states": states, "seconds": round(took, 2), **load}


async def _open_tab(page: Page, states: int) -> None:
    await page.locator("a[href='#gallery']").click()
    await page.wait_for_function(f"document.querySelectorAll('.frame-box iframe').length === {states}")
    for frame in page.frames:
        if "frame=" in frame.url:
            await frame.wait_for_function(DRAWN)
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=24)
    parser.add_argument("--picture", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = asyncio.run(measure(options.states, options.picture))
    if options.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key}: {value}")


if __name__ == "__main__":
    main()
