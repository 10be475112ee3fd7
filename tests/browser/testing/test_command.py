"""`devkit test` and `devkit shots` on real projects: templates as they are scaffolded."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.browser.testing import panels
from tests.helpers.browser import chromium_path
from tests.helpers.scaffolded import TEMPLATES, scaffold

pytestmark = [pytest.mark.browser, pytest.mark.node]
DEVKIT = [sys.executable, "-c", "from devkit.cli.entry import main; main()"]
SECONDS = 120


def devkit(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    browser = ["--browser-path", path] if (path := chromium_path()) else []
    command = [*DEVKIT, args[0], *browser, *args[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_tests_of_every_template_pass(template: str, tmp_path: Path) -> None:
    project = scaffold(tmp_path, template)
    done = devkit(project, "test", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[3-9] passed", done.stdout)


def test_reports_coverage_and_workers_together(tmp_path: Path) -> None:
    project = scaffold(tmp_path, "react")
    (project / "tests" / "test_fails.py").write_text(
        "from devkit.testing import expect_tip\n"
        "def test_fails(panel, panel_world):\n"
        "    panel_world.spec = panel_world.spec.replace(timeout=0.2)\n"
        "    expect_tip('never')\n"
    )
    done = devkit(
        project, "test", "-n", "2", "--coverage", "--html", "out/report.html", "--junit", "out/junit.xml"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"src/App\.jsx +\d+\.\d%", done.stdout)
    lcov = (project / "coverage" / "lcov.info").read_text("utf-8")
    assert "SF:src/App.jsx" in lcov
    assert "node_modules" not in lcov
    assert "host:" not in lcov
    suite = ElementTree.parse(project / "out" / "junit.xml").getroot().find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "1"
    report = (project / "out" / "report.html").read_text("utf-8")
    assert report.count("data:image/png;base64,") >= 4
    assert '<p class="decisive failed">the panel showed no tip &#39;never&#39; within 0.2 s.</p>' in report
    assert list((project / "test-results").glob("*test_fails*-trace.zip"))
    assert not list((project / "test-results").glob("*test_controls*-trace.zip"))


def test_the_timeout_is_for_playwrights_expectations_too(tmp_path: Path) -> None:
    project = scaffold(tmp_path, "minimal")
    (project / "tests" / "test_panel.py").write_text(
        "from playwright.sync_api import expect\n"
        "def test_fails(panel):\n"
        "    expect(panel.get_by_text('never')).to_be_visible()\n"
    )
    done = devkit(project, "test", "--timeout", "6")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "with timeout 6000ms" in done.stdout


def test_a_project_without_tests_or_with_a_broken_source_is_told(tmp_path: Path) -> None:
    project = scaffold(tmp_path, "minimal")
    entry = next((project / "src").glob("index.j*"))
    entry.write_text("const = 1", "utf-8")
    done = devkit(project, "test", "-q")
    assert done.returncode == 1
    assert f"src/{entry.name}:1" in done.stdout
    (project / "tests" / "test_panel.py").unlink()
    done = devkit(project, "test", "-q")
    assert done.returncode == 1
    assert "devkit test --smoke" in done.stderr
    assert devkit(project, "test", "--no-such-option").returncode == 2
    done = devkit(project, "test", "--html", "devkit.toml/report.html")
    assert done.returncode == 1
    assert "devkit.toml/report.html cannot be written" in done.stderr


def test_shots_shows_states_and_tells_what_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    (tmp_path / "panel.js").write_text(panels.LAMP, "utf-8")
    (tmp_path / "shots.yaml").write_text(
        "devices: [320x568, iphone-8:dark]\nstates:\n- {name: on, data: {power_switch: 1}}\n"
        "- name: <b>odd</b>\n"
        "  steps: [{report: {brightness: 7}}, {wait_for: '7'}, {click: 提示}, {offline: true}]\n"
        "- {name: wrong, data: {brightness: 101}}\n",
        "utf-8",
    )
    done = devkit(tmp_path, "shots", "--js", "panel.js", "--out", "sheet")
    assert done.returncode == 1
    assert "4 of 6 pictures" in done.stdout
    assert "wrong, 320x568: brightness must be a whole number from 0 to 100, not 101." in done.stderr
    with Image.open(tmp_path / "sheet" / "on-320x568.png") as picture:
        assert picture.size == (320, 568)
    page = (tmp_path / "sheet" / "index.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 4
    assert "<b>odd</b>" not in page
    assert "&lt;b&gt;odd&lt;/b&gt;" in page


async def test_watch_runs_again_what_a_save_can_have_changed(tmp_path: Path) -> None:
    project = scaffold(tmp_path, "minimal")
    test = project / "tests" / "test_panel.py"
    test.write_text("def test_title(panel): assert panel.title() is not None\n")
    other = project / "tests" / "test_other.py"
    other.write_text("def test_other(panel): pass\n")
    browser = ["--browser-path", path] if (path := chromium_path()) else []
    process = await asyncio.create_subprocess_exec(
        *DEVKIT, "test", "--watch", "-q", *browser, cwd=project, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    said: list[str] = []

    async def until(word: str) -> None:
        assert process.stdout
        async with asyncio.timeout(60):
            while not said or word not in said[-1]:
                line = await process.stdout.readline()
                assert line, said
                said.append(line.decode())

    try:
        await until("Watching for changes")
        assert any("2 passed" in line for line in said)
        other.write_text("def test_other(panel): assert panel.locator('#app').is_visible()\n")
        await until("Running test_other.py")
        await until("1 passed")
        await until("Watching for changes")
        next((project / "src").glob("index.j*")).write_text(
            "document.getElementById('app').innerText = 'new'"
        )
        await until("Running all tests")
        await until("2 passed")
        await until("Watching for changes")
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 130
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_each_panel_of_a_repository_has_its_tests_and_its_report(tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").write_text(
        '[panels.lamp]\nentry = "lamp.js"\nproduct_id = "LAMP000001"\n[panels.fan]\nentry = "fan.js"\n',
        "utf-8",
    )
    (tmp_path / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    for name in ("lamp", "fan"):
        (tmp_path / f"{name}.js").write_text(
            f"document.getElementById('app').textContent = '{name} ' + h5PanelSdk.productId\n", "utf-8"
        )
        (tmp_path / "tests" / name).mkdir(parents=True)
    (tmp_path / "tests/lamp/test_panel.py").write_text(
        "def test_it(panel): assert panel.locator('#app').inner_text() == 'lamp LAMP000001'\n", "utf-8"
    )
    (tmp_path / "tests/fan/test_plain.py").write_text(
        "import os\ndef test_it(): assert os.environ['DEVKIT_PANEL'] == 'fan'\n", "utf-8"
    )
    done = devkit(tmp_path, "test", "--all", "-q", "--junit", "out/junit.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("1 passed") == 2
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"junit-lamp.xml", "junit-fan.xml"}
    done = devkit(tmp_path, "test")
    assert (done.returncode, "Which panel: lamp, fan?" in done.stderr) == (2, True), done.stderr
