"""Panels that break a promise: each is caught, with the message that docs/qa.md shows."""

import os
from pathlib import Path

import pytest

from tests.browser.testing import panels
from tests.browser.testing.conftest import Project

pytestmark = pytest.mark.browser

BROKEN = {
    "empty": panels.EMPTY,
    "throws": panels.THROWS,
    "throws_at_load": panels.THROWS_AT_LOAD,
    "rejects": panels.REJECTS,
    "loops": panels.LOOPS,
    "loops_on_click": panels.LOOPS_ON_CLICK,
    "loops_once": panels.LOOPS_ONCE,
    "leaves": panels.LEAVES,
    "dialogs": panels.DIALOGS,
    "fetches": panels.FETCHES,
    "popup": panels.POPUP,
}
MESSAGES = [
    "*The panel did not mount: #app is still empty after 1 s.*",
    "*The panel failed during the test.*",
    "*exception: Uncaught Error: broken on purpose*",
    "*at later (throws.js:*",
    "*The panel failed while it loaded.*",
    "*exception: Uncaught TypeError: Cannot read properties of undefined (reading 'here')*",
    "*exception: Uncaught (in promise) Error: nobody caught me*",
    "*The panel has been running the same script for 1 s:*",
    "*at spin (loops.js:1:*",
    "*The panel's script is busy:*",
    "*at spin (loops_on_click.js:*",
    "*in TimerHandler:setTimeout*",
    "*navigation: the panel left its page for https://example.com/elsewhere*",
]


def test_each_broken_panel_is_caught_and_the_rest_goes_on(project: Project) -> None:
    for name, script in BROKEN.items():
        project.panel(script, f"{name}.js")
    source = ""
    for name in ("empty", "throws_at_load", "loops"):
        source += f"@pytest.mark.panel(timeout=1.0, js={f'{name}.js'!r})\ndef test_{name}(panel): pass\n"
    source += """
@pytest.mark.panel(js="throws.js")
def test_throws(panel): panel.wait_for_function("window.failed")

@pytest.mark.panel(js="throws.js", errors="allow")
def test_throws_as_expected(panel): panel.wait_for_function("window.failed")

@pytest.mark.panel(js="rejects.js")
def test_rejects(panel): panel.wait_for_function("window.failed")

@pytest.mark.panel(js="leaves.js")
def test_leaves(panel): expect(panel.page).to_have_title("example.com")

@pytest.mark.panel(js="loops_on_click.js", timeout=2.0)
def test_loops_on_click(panel):
    panel.locator("#tip").click()
    panel.get_by_role("switch").click()

@pytest.mark.panel(js="loops_once.js", timeout=2.0)
def test_loops_once(panel):
    panel.evaluate("void setTimeout(spinOnce)")
    panel.get_by_role("switch").click()

@pytest.mark.panel(js="dialogs.js")
def test_dialogs_are_dismissed_and_noted(panel):
    expect(panel.page).to_have_title("no")
    assert panel.dialogs == ["hello", "sure?"]

@pytest.mark.panel(js="fetches.js")
def test_the_network_is_closed(panel): expect(panel.page).to_have_title("blocked")

@pytest.mark.panel(js="popup.js")
def test_popup(panel): pass

def test_a_sound_panel_after_all_of_them(panel, virtual_device):
    panel.get_by_role("switch").click()
    expect_control(virtual_device, power_switch=1)
"""
    project.tests(source)
    result = project.run(timeout=180)
    outcomes = result.parseoutcomes()
    # A panel that leaves its page does so while it loads or in the test: the machine decides.
    assert (outcomes["passed"], outcomes["failed"] + outcomes["errors"]) == (5, 8)
    result.stdout.fnmatch_lines_random(MESSAGES)


def test_an_expectation_that_fails_tells_the_story(project: Project) -> None:
    project.tests(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def impatient(request, panel_world):
            if "panel" in request.fixturenames:
                request.getfixturevalue("panel")
            panel_world.spec = panel_world.spec.replace(timeout=0.3)

        def test_control(panel, virtual_device):
            panel.get_by_role("switch").click()
            expect_control(virtual_device, power_switch=0)

        def test_no_control(panel, virtual_device):
            panel.get_by_role("switch").click()
            expect(panel.get_by_role("switch")).to_have_attribute("aria-checked", "true")
            expect_no_control(virtual_device)

        def test_action(panel, virtual_device): expect_action(virtual_device, "blink", times=3)
        def test_navigation(panel, mini_program): expect_navigation(mini_program, "goDeviceDetailPage")
        def test_tip(panel): expect_tip("已保存")

        def test_own_assertion(panel, virtual_device):
            virtual_device.report(brightness=5)
            assert virtual_device.properties["brightness"] == 6
        """
    )
    result = project.run()
    result.assert_outcomes(failed=6)
    assert "devkit/testing/" not in result.stdout.str()  # frames end in the test
    result.stdout.fnmatch_lines_random(
        [
            "*no control with power_switch=0 reached TESTLAMP01/dev01 within 0.3 s.",
            "*These controls came: power_switch=1.",
            "*What happened:",
            "*AppControlDeviceData*power_switch*",
            "*a control reached TESTLAMP01/dev01, and none was expected.",
            "*no action blink times=3 reached TESTLAMP01/dev01 within 0.3 s.",
            "*the panel did not lead to goDeviceDetailPage within 0.3 s.",
            "*the panel showed no tip '已保存' within 0.3 s.",
            "*What happened in the panel's test*",
            "*Property/Report*brightness*5*",
            "*owner.png",
        ]
    )


def test_no_chromium_is_one_clear_line_and_the_rest_goes_on(project: Project) -> None:
    project.tests("def test_one(panel): pass\ndef test_two(panel): pass\ndef test_plain(): pass\n")
    missing = Path("/nowhere/chromium")
    result = project.run("--panel-browser-path", str(missing))
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        ["*There is no browser at /nowhere/chromium.*", "*playwright install chromium*"]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_browser_that_does_not_start_is_explained(project: Project) -> None:
    fake = project.path / "chromium"
    fake.write_text("#!/bin/sh\necho 'cannot open display' >&2\nexit 3\n")
    fake.chmod(0o755)
    project.tests("def test_one(panel): pass\ndef test_plain(): pass\n")
    result = project.run("--panel-browser-path", str(fake))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*Chromium did not start: *"])


@pytest.mark.skipif(not hasattr(os, "kill"), reason="needs signals")
def test_a_browser_that_dies_is_started_again(project: Project) -> None:
    project.tests(
        """
        import os, signal, psutil

        def chromium():
            family = psutil.Process().children(recursive=True)
            return [p for p in family if "chrom" in p.name() and "--type=" not in " ".join(p.cmdline())]

        def test_killed(panel):
            chromium()[0].send_signal(signal.SIGKILL)
            panel.get_by_role("switch").click()

        def test_after(panel, virtual_device):
            panel.get_by_role("switch").click()
            expect_control(virtual_device, power_switch=1)
        """
    )
    project.run().assert_outcomes(passed=1, failed=1)
