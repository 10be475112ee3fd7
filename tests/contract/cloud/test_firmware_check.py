"""devkit firmware check on programs that are good and bad devices."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from devkit.cli.main import main
from tests.helpers.models import LAMP_TEXT

FIRMWARE = Path(__file__).parents[2] / "helpers" / "checked_firmware.py"
PORTS = ("--mqtt-port", "0", "--mqtt-tls-port", "0")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    monkeypatch.chdir(tmp_path)


def check(kind: str, *options: str) -> Result:
    program = (sys.executable, str(FIRMWARE), kind)
    return CliRunner().invoke(main, ["firmware", "check", *PORTS, *options, "--", *program])


def test_good_firmware_passes_every_check(tmp_path: Path) -> None:
    result = check("good", "--junit", "junit.xml")
    assert result.exit_code == 0, result.output
    assert "9 checks went well, 0 failed, 0 were skipped" in result.output
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("9", "0")


def test_firmware_that_never_answers_fails_in_words(tmp_path: Path) -> None:
    only = ("--only", "log-in", "--only", "actions", "--only", "properties", "--patience", "0.2")
    result = check("mute", *only, "--junit", "junit.xml")
    assert result.exit_code == 1
    assert "No control_reply with the token of the control of brightness" in result.output
    assert "$thing/down/property/K7M2QX9D4A/dev01" in result.output
    assert "Cure: Send control_reply" in result.output
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")


def test_no_device_and_no_such_check_are_said() -> None:
    result = CliRunner().invoke(main, ["firmware", "check", *PORTS, "--wait", "1"])
    assert result.exit_code == 1
    assert "No device has connected within 1 s" in result.output
    result = check("good", "--only", "magic")
    assert result.exit_code == 1
    assert "There is no check 'magic'" in result.output
