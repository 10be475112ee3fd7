"""Smoke tests: sound panels pass, and each kind of broken one is named."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit.cli.main import main
from devkit.settings import load_settings
from devkit.testing.smoke import run_smoke
from tests.browser.testing import panels
from tests.helpers.browser import chromium_path

pytestmark = [pytest.mark.browser, pytest.mark.node]

BROKEN: Mapping[str, tuple[str, str, int, str]] = {
    "empty": ("loads", panels.EMPTY, 1, "The panel did not mount"),
    "throws at load": ("loads", panels.THROWS_AT_LOAD, 1, "reading 'here'"),
    "throws on report": ("properties", panels.THROWS_ON_REPORT, 1, "cannot draw"),
    "property not shown": (
        "properties",
        panels.NO_BRIGHTNESS,
        0,
        "no value of brightness (亮度) changes anything in the panel",
    ),
    "value refused": (
        "controls",
        panels.SENDS_TOO_MUCH,
        1,
        'sent {"brightness":101}, which the cloud refuses',
    ),
    "failure not caught": (
        "failures",
        panels.UNCAUGHT_FAILURE,
        1,
        "when AppControlDeviceData fails: exception",
    ),
    "offline not shown": ("offline", panels.IGNORES_OFFLINE, 0, "nothing shows that the device went offline"),
    "leaks": ("leaks", panels.LEAKS, 1, "more DOM listeners behind"),
    "nameless button": ("accessibility", panels.NAMELESS, 1, "critical: Buttons must have discernible text"),
    "leaves": ("loads", panels.LEAVES, 1, "the panel left its page for https://example.com/elsewhere"),
    "dialogs": ("controls", panels.DIALOGS, 0, "it opened a dialog of the browser: 'sure?'"),
}


def project(folder: Path, script: str) -> None:
    (folder / "devkit.toml").write_text('product_id = "TESTLAMP01"\n', "utf-8")
    (folder / "thing-model.json").write_text(panels.MODEL_JSON, "utf-8")
    (folder / "panel.js").write_text(script, "utf-8")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_panel_is_named(name: str, tmp_path: Path) -> None:
    check, script, code, message = BROKEN[name]
    project(tmp_path, script)
    said: list[str] = []
    options = {
        "js": str(tmp_path / "panel.js"),
        "html": str(tmp_path / "report.html"),
        "seed": 7,
        "browser_path": chromium_path() or "",
        "checks": [check] if check != "failures" else ["controls", "failures"],
    }
    found = run_smoke(load_settings(tmp_path, environ={}), options, said.append)
    assert message in "\n".join(said)
    assert found == code, said
    assert "seed 7" in (tmp_path / "report.html").read_text("utf-8")


def test_a_sound_panel_passes_every_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, panels.LAMP)
    monkeypatch.chdir(tmp_path)
    browser = ["--browser-path", path] if (path := chromium_path()) else []
    command = ["test", "--smoke", "--js", "panel.js", "--seed", "11", "--html", "one.html", *browser]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output
    assert "seed 11 (repeat it with --seed 11)" in result.output
    assert result.output.count("✓") == 7
    assert (tmp_path / "one.html").read_text("utf-8").count("data:image/png;base64,") >= 5
