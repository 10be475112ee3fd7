"""Which Chromium is started, and how."""

from pathlib import Path

import pytest

from devkit.errors import BrowserError
from devkit.testing.run import browsers
from devkit.testing.run.browsers import explain, find_chromium, launch_options


def test_the_given_browser_is_used_then_playwrights_own_then_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_chromium("/nowhere/chrome", str(program)) == str(program)
    assert find_chromium(str(program)) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium("/nowhere/chrome") == str(program)


def test_a_missing_browser_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserError, match=r"Chromium was not found\.") as error:
        find_chromium("/nowhere/chrome")
    assert "playwright install chromium" in str(error.value.hint)
    with pytest.raises(BrowserError, match=r"There is no browser at /nowhere/chromium\."):
        find_chromium("", "/nowhere/chromium")


def test_a_launch_keeps_what_the_caller_wants(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.touch()
    options = launch_options("", str(program), {"args": ["--lang=de"], "headless": False, "slow_mo": 5})
    assert options["executable_path"] == str(program)
    assert options["slow_mo"] == 5
    assert "--lang=de" in options["args"]
    assert "--disable-gpu" not in options["args"]
    assert "executable_path" not in launch_options("", "", {"channel": "chrome"})


def test_one_switch_names_every_feature_that_is_off() -> None:
    switches = [arg for arg in browsers.ARGS if arg.startswith("--disable-features=")]
    assert len(switches) == 1, "Chromium heeds the last one alone"
    names = switches[0].partition("=")[2].split(",")
    assert set(names) == {*browsers.COSTLY, *browsers.UNSTEADY}
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "url", "words"),
    [
        (
            "BrowserType.launch: Failed to launch the browser\nCall log:\n - x",
            "",
            "Chromium did not start: BrowserType.launch: Failed",
        ),
        (
            "connect ECONNREFUSED\nWebSocket error: refused",
            "ws://far:3000",
            "The browser at ws://far:3000 cannot be reached: WebSocket error: refused",
        ),
        (
            "WebSocket error: wss://u:KEY@far/?token=KEY 404 Not Found",
            "wss://u:KEY@far/?token=KEY",
            "The browser at wss://far cannot be reached: WebSocket error: wss://far 404 Not Found",
        ),
        (
            "WebSocket error: 428\n  - server version: v1.60  \n  - client version: v1.65  ",
            "ws://far:3000",
            "The Playwright server at ws://far:3000 is version 1.60, this one is 1.65.",
        ),
    ],
)
def test_playwrights_errors_become_one_line(text: str, url: str, words: str) -> None:
    error = explain(RuntimeError(text), url)
    assert error.message.startswith(words)
    assert "\n" not in error.message
    assert "KEY" not in str(error)
