"""Panels in WebKit, as far as it is not Chromium: a Chromium without DevTools stands for it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright import async_api, sync_api

from devkit.cli.main import main
from devkit.settings import load_settings
from devkit.testing.run.browsers import WEBKIT
from devkit.testing.smoke import run_smoke
from tests.browser.testing import panels
from tests.browser.testing.conftest import STANDS_FOR_WEBKIT, Project
from tests.helpers import as_webkit
from tests.helpers.scaffolded import scaffold

pytestmark = pytest.mark.browser
IN_WEBKIT = pytest.mark.parametrize("project", [WEBKIT], indirect=True)


@IN_WEBKIT
def test_a_busy_panel_is_caught_and_the_rest_goes_on(project: Project) -> None:
    project.panel(panels.LOOPS, "loops.js")
    project.panel(panels.LOOPS_ON_CLICK, "loops_on_click.js")
    project.tests(
        """
        @pytest.mark.panel(timeout=1.0, js="loops.js")
        def test_loops(panel): pass

        @pytest.mark.panel(timeout=1.0, js="loops_on_click.js")
        def test_loops_on_click(panel):
            panel.locator("#tip").click()
            panel.evaluate("0")

        def test_after_them(panel, virtual_device):
            panel.get_by_role("switch").click()
            expect_control(virtual_device, power_switch=1)
        """
    )
    done = project.run()
    done.assert_outcomes(passed=1, failed=1, errors=1)
    done.stdout.fnmatch_lines(
        [
            "*The panel has been running the same script for 1 s:*",
            "*WebKit does not tell where; run it in Chromium*",
        ]
    )


def test_each_test_runs_in_each_browser(project: Project) -> None:
    project.tests(
        """
        def test_it(panel):
            expect_screenshot(panel)

        def test_named(panel):
            expect_screenshot(panel, "lamp")
        """
    )
    both = (*STANDS_FOR_WEBKIT, "--browser", "chromium", "--browser", "webkit")
    project.run(*both, "--panel-update-snapshots").assert_outcomes(passed=4)
    kept = sorted(path.name for path in project.path.rglob("*.png") if "test-results" not in str(path))
    assert kept == ["lamp-webkit.png", "lamp.png", "test_it-1-webkit.png", "test_it-1.png"]
    project.run(*both).assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--browser", "firefox"), "*Chromium and WebKit, the engines of phones, not in firefox*"),
        (("--browser", "webkit", "--panel-coverage", "lcov.info"), "*add --browser chromium*"),
        (
            ("--browser", "webkit", "--browser", "chromium", "--panel-browser-ws", "ws://localhost:1"),
            "*give --browser once*",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    project: Project, arguments: tuple[str, ...], told: str
) -> None:
    project.tests("def test_it(panel): pass")
    done = project.run(*arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([told])


def test_where_there_is_no_webkit_the_way_to_one_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(project.path / "none"))
    project.tests("def test_it(panel): pass")
    command = (sys.executable, "-m", "pytest", "-q", "--panel-js", "panel.js", "--browser", "webkit")
    done = project._pytester.run(*command)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        ["*Playwright's WebKit was not found.*", "*playwright install --with-deps webkit*"]
    )


@pytest.fixture
def webkit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process's WebKit be a Chromium."""
    owners = ((async_api.Playwright, "webkit"), (sync_api.Playwright, "webkit"), *as_webkit.NEEDS_CHROMIUM)
    for owner, name in owners:
        monkeypatch.setattr(owner, name, getattr(owner, name))  # so that it is put back
    as_webkit.pytest_configure()


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.node
def test_an_audit_and_a_smoke_test_leave_out_what_webkit_does_not_tell(
    webkit: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scaffold(tmp_path, "minimal")
    with (folder / "devkit.toml").open("a", encoding="utf-8") as file:
        file.write('\n[budget]\njs = "1 B"\nheap_growth = "1 B"\n')
    before = {"version": 1, "browser": "chromium", "metrics": {}, "findings": []}
    (folder / "main.json").write_text(json.dumps(before), "utf-8")
    kept = ("--against", "main.json", "--junit", "audit.xml")
    done = run(folder, monkeypatch, "audit", "--trust", "--browser", "webkit", "--json", *kept)
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["compared"] == ["The audit before was in Chromium: its times are another browser's."]
    (line,) = told["over_budget"]
    assert line.startswith("js is ")
    (found,) = told["audits"]
    assert (found["browser"], found["findings"]) == ("webkit", [])
    assert {"sdk_ready", "frame_p95", "long_task"} < found["metrics"].keys()
    assert found["metrics"].keys().isdisjoint({"unused_css", "heap_growth", "listener_growth"})
    assert "what only Chromium measures was left out" in found["notes"][0]
    page = (folder / "audit.html").read_text("utf-8")
    assert "mid, WebKit" in page
    assert "Reports fill the memory" not in page
    assert 'name="memory"' not in (folder / "audit.xml").read_text("utf-8")
    said: list[str] = []
    options = {"browsers": ("webkit",), "checks": ("loads", "leaks"), "html": str(folder / "smoke.html")}
    assert run_smoke(load_settings(folder, environ={}), options, said.append) == 0
    assert "not counted: only Chromium tells" in "\n".join(said)
