"""`devkit dev --record-test`: what is done in the simulator comes out as a test that passes."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from devkit.app.recorder import Story
from devkit.sdk import Timeline
from devkit.timeline.kinds import DeviceReport, FaultChange, Push, Touch
from tests.browser.devserver.harness import Run, running
from tests.browser.testing import panels
from tests.helpers.browser import chromium_path
from tests.helpers.scaffolded import DEVICE, scaffold

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]

RECORDED = [
    "panel.get_by_role('switch', name='电源', exact=True).click()",
    "expect_control(virtual_device, power_switch=1)",
    "virtual_device.report(brightness=33)",
    "panel.get_by_role('button', name='提示', exact=True).click()",
    "expect_tip('已保存')",
    "panel.get_by_role('button', name='更多', exact=True).click()",
    "expect_navigation(mini_program, 'DeviceDetail')",
    "virtual_device.go_offline()",
]


class ServedPanel:
    """Act as the device through the control API."""

    def __init__(self, run: Run) -> None:
        self._base = run.ready["panel_url"].split("/h5panel")[0]
        self._headers = {"Authorization": f"Bearer {run.ready['control_token']}"}

    async def act(self, act: str, **body: object) -> None:
        async with httpx.AsyncClient(base_url=self._base, headers=self._headers, trust_env=False) as client:
            (await client.post(f"/__devkit/api/devices/{DEVICE}/{act}", json=body)).raise_for_status()


async def test_use_becomes_a_test_that_passes(tmp_path: Path, page: "Page") -> None:
    project = scaffold(tmp_path, "minimal")
    for source in (project / "src").iterdir():
        if source.is_file():
            source.unlink()
    (project / "src" / "index.js").write_text(panels.LAMP, "utf-8")
    (project / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    recorded = project / "tests" / "test_story.py"
    (project / "tests" / "test_panel.py").unlink()
    async with running(project, "dev", "--no-proxy", "--record-test", str(recorded)) as run:
        panel = ServedPanel(run)
        await page.goto(run.ready["panel_url"])
        await page.get_by_role("switch").click()
        await page.locator("[role=switch][aria-checked=true]").wait_for()
        await panel.act("report", brightness=33)
        await page.get_by_text("33").wait_for()
        await page.locator("#tip").click()
        await page.get_by_text("已保存").first.wait_for()
        await page.locator("#detail").click()
        await page.get_by_text("DeviceDetail").first.wait_for()
        await panel.act("status", online=False)
        await page.get_by_text("离线").first.wait_for()
        assert await run.stop() == 130
    lines = [line.strip() for line in recorded.read_text("utf-8").splitlines()]
    assert [line for line in lines if line in RECORDED] == RECORDED, "\n".join(lines)
    browser = ["--browser-path", path] if (path := chromium_path()) else []
    command = [sys.executable, "-c", "from devkit.cli.main import main; main()", "test", "-q", *browser]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_names_quotes_and_states_are_written_as_python() -> None:
    timeline = Timeline()
    story = Story("P/D", {"label": "a'b\"\n"}, online=False)
    timeline.record(Touch("fill", role="textbox", name="It's", value="x'\\", nth=1, of=2))
    timeline.record(Touch("click", css="#app > b"))
    timeline.record(DeviceReport("P/D", {"class": 1, "a-b": 2}))
    timeline.record(Push("P/D", "Property", "Push", 0, {"params": {"a": 1}}))
    timeline.record(DeviceReport("P/D", {"a": 1}))
    timeline.record(DeviceReport("P/E", {"a": 1}))
    timeline.record(FaultChange({"errors": {"AppGetUser": {"code": 1, "msg": "'"}}}))
    for entry in timeline.since(0):
        story.tell(entry)
    source = story.source("test_it")
    compile(source, "test_it.py", "exec")
    assert "@pytest.mark.panel(data={'label': 'a\\'b\"\\n'}, online=False)" in source
    assert source.count("expect_control(virtual_device, a=1)") == 1
    assert "virtual_device.report(a=1)" not in source
    assert "virtual_device.report({'class': 1, 'a-b': 2})" in source
    assert "P/E: report; another device" in source
    assert """get_by_role('textbox', name="It's", exact=True).nth(1).fill("x'\\\\")""" in source
