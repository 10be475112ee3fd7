"""Firmware and panel in one test, as users write it: on paho-mqtt, and on the platform's SDK of PyPI."""

from pathlib import Path

import pytest

from tests.browser.testing.conftest import Project
from tests.helpers.device_sdk import FIRMWARE, install_device_sdk

pytestmark = pytest.mark.browser
DOCS = Path(__file__).parents[3] / "docs"

STORY = """
FIRMWARE, SDK = {firmware!r}, {sdk!r}


def test_the_platforms_sdk(panel, real_device):
    lamp = real_device(sys.executable, FIRMWARE, env={{"PYTHONPATH": SDK}}, wait=60)
    switch = panel.get_by_role("switch")
    switch.click()
    expect_control(lamp, power_switch=1)
    expect_report(lamp, power_switch=1)
    expect(switch).to_have_attribute("aria-checked", "true")
    assert "control" in lamp.output
    lamp.go_offline()
    expect(panel.get_by_text("离线")).to_be_visible()


@pytest.mark.panel(timeout=2)
def test_what_does_not_come_is_told(panel, real_device):
    lamp = real_device(sys.executable, "lamp_firmware.py")
    with pytest.raises(AssertionError, match="sent nothing on .thing/up/property with method=.report"):
        expect_report(lamp, brightness=99)


def test_a_program_that_ends_says_what_it_printed(real_device):
    with pytest.raises(pytest.fail.Exception, match="ended with 3") as told:
        real_device(sys.executable, "-c", "print('no battery'); raise SystemExit(3)")
    assert "no battery" in str(told.value)
    with pytest.raises(pytest.fail.Exception, match="cannot be started"):
        real_device("./no-such-program")
    with pytest.raises(pytest.fail.Exception, match="has not connected within 0.1 s"):
        real_device(wait=0.1)
"""


def sample(page: str, start: str) -> str:
    blocks = (DOCS / page).read_text("utf-8").split("```python\n")[1:]
    return next(text for block in blocks if start in (text := block.split("```")[0]))


def test_firmware_and_panel_in_one_test(
    project: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (project.path / "lamp_firmware.py").write_text(sample("devices.md", "paho"), "utf-8")
    sdk = str(install_device_sdk(tmp_path_factory))
    names = "from devkit.testing import expect_report, expect_sent\n"
    told = STORY.format(firmware=str(FIRMWARE), sdk=sdk)
    project.tests(names + sample("testing.md", "real_device") + told)
    project.run().assert_outcomes(passed=4)
