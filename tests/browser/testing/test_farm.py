"""Panel tests in the browsers of Playwright servers, one of which dies."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.browser.testing import panels
from tests.browser.testing.test_command import devkit
from tests.helpers.browser import LAUNCH_ARGS, chromium_path

pytestmark = pytest.mark.browser

TESTS = """
import os
import signal
from pathlib import Path
import pytest
from devkit.testing import expect_control

@pytest.mark.parametrize("turn", range(4))
def test_there(panel, virtual_device, turn):
    if turn == 1 and not Path("gone").exists():
        Path("gone").touch()
        os.killpg(int(os.environ["SERVER"]), signal.SIGKILL)
    panel.get_by_role("switch").click()
    expect_control(virtual_device, power_switch=1)
"""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[tuple[str, int]]]:
    """Two Playwright servers: (address, process group)."""
    config = tmp_path / "launch.json"
    config.write_text(json.dumps({"executablePath": chromium_path(), "args": LAUNCH_ARGS}))
    command = [
        sys.executable,
        "-m",
        "playwright",
        "launch-server",
        "--browser",
        "chromium",
        "--config",
        config,
    ]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) for _ in range(2)
    ]
    yield [(process.stdout.readline().strip(), process.pid) for process in running if process.stdout]
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)  # the wrapper, and the server that it started
        with process:
            pass


def test_a_run_goes_on_when_servers_are_down_and_die(
    servers: list[tuple[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (tmp_path / "panel.js").write_text(panels.LAMP, "utf-8")
    (tmp_path / "test_panel.py").write_text(TESTS, "utf-8")
    (first, group), (second, _) = servers
    monkeypatch.setenv("SERVER", str(group))
    addresses = f"ws://127.0.0.1:1,{first},{second}"
    reports = ("--junit", "junit.xml", "--html", "report.html")
    done = devkit(tmp_path, "test", "-q", "--js", "panel.js", "--browser-ws", addresses, *reports)
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    lost, other, dead = first.rpartition("/")[0], second.rpartition("/")[0], "ws://127.0.0.1:1"
    again = (
        f"{lost} lost its browser while test_panel.py::test_there[1] ran; the test was run again on {other}."
    )
    assert f"browsers: {again}" in done.stdout
    assert f"browsers: The browser at {dead} cannot be reached: " in done.stdout
    assert done.stdout.count("browsers: ") == 2, done.stdout
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "0", "0")
    assert again in (tmp_path / "report.html").read_text("utf-8")
