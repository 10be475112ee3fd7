"""The README from its first command to a release, with nothing but the command line."""

import asyncio
import hashlib
import json
import re
import sys
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.devserver.harness import ROOT, SCRIPT, edit, running

pytestmark = [pytest.mark.browser, pytest.mark.node]


async def devkit(folder: Path, *arguments: str) -> str:
    """Run a command to its end and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SCRIPT,
        *arguments,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_from_nothing_to_a_release(tmp_path: Path, page: Page) -> None:
    await devkit(tmp_path, "new", "my-lamp", "--template", "react", "--yes")
    project = tmp_path / "my-lamp"
    async with running(project, "dev", "--no-proxy") as run:
        await page.goto(run.ready["panel_url"])
        power = page.get_by_role("switch").first
        await expect(power).to_have_attribute("aria-checked", "false")
        await power.click()
        await expect(power).to_have_attribute("aria-checked", "true")

        await page.evaluate("window.marked = true")
        style = project / "src/panel.css"
        style.write_text(style.read_text("utf-8") + "body { outline: 3px solid rgb(1, 2, 3) }\n", "utf-8")
        await expect(page.locator("body")).to_have_css("outline-color", "rgb(1, 2, 3)")
        assert await page.evaluate("window.marked")

        edit(project / "src/App.jsx", "<header", '<header data-edited="yes"')
        await expect(page.locator("[data-edited=yes]")).to_be_visible()
        await expect(page.get_by_role("switch").first).to_have_attribute("aria-checked", "true")

    line = json.loads((await devkit(project, "release", "--json")).splitlines()[-1])
    script = (project / "dist/index.js").read_bytes()
    assert hashlib.md5(script).hexdigest() in json.dumps(line)

    files = ("--js", "dist/index.js", "--css", "dist/index.css", "--model", "thing-model.json")
    async with running(project, "preview", *files) as run:
        await page.goto(run.ready["panel_url"])
        await page.get_by_role("switch").first.click()
        await expect(page.get_by_role("switch").first).to_have_attribute("aria-checked", "true")


async def test_a_scenario_plays_the_device(tmp_path: Path, page: Page) -> None:
    await devkit(tmp_path, "new", "my-lamp", "--template", "react", "--yes")
    project = tmp_path / "my-lamp"
    (project / "evening.yaml").write_text(
        "steps:\n  - report: {power_switch: 1}\n  - after: 100ms\n    online: false\n", "utf-8"
    )
    async with running(project, "dev", "--no-proxy", "--scenario", "evening.yaml") as run:
        await page.goto(run.ready["panel_url"])
        await expect(page.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
        await expect(page.locator("header").get_by_role("status")).to_have_class("status")


async def test_builds_stand_on_the_timeline(tmp_path: Path, page: Page) -> None:
    await devkit(tmp_path, "new", "my-lamp", "--template", "minimal", "--yes")
    script = next((tmp_path / "my-lamp/src").glob("index.j*"))
    async with running(tmp_path / "my-lamp", "dev", "--no-proxy") as run:
        await page.goto(run.ready["console_url"])
        await page.locator("[data-connected=true]").wait_for()
        rows = page.locator("[role=option]")
        good = script.read_text("utf-8")
        script.write_text(f"{good}\nconst broken = ", "utf-8")
        await expect(rows.filter(has_text="build-error").first).to_have_class(re.compile("failed"))
        script.write_text(f"{good}\nwindow.built = 1", "utf-8")
        await expect(rows.filter(has_text="css_bytes").first).to_be_visible()


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
async def test_the_python_samples_run(tmp_path: Path, name: str) -> None:
    samples = re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    await devkit(tmp_path, "new", "my-lamp", "--template", "react", "--yes")
    project = tmp_path / "my-lamp"
    for number, sample in enumerate(samples):
        (project / "tests" / f"test_sample_{number}.py").write_text(sample, "utf-8")
    output = await devkit(project, "test", "-k", "sample or switch_works")
    assert f"{len(samples)} passed" in output
