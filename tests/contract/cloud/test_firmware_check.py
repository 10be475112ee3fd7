"""devkit firmware check on a good firmware, and on one with the defects that each check is to find."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from click.testing import CliRunner, Result

from devkit.cli.main import main
from devkit.firmware.check import bench, connections
from devkit.firmware.check.bench import INVENTED_BYTES, FirmwareBench, open_bench
from devkit.firmware.check.finding import FirmwareOutcome
from devkit.firmware.check.table import CHECKS, run_checks
from devkit.firmware.identity import DeviceServer, environment
from devkit.firmware.parts import device_parts
from devkit.firmware.running import DeviceRun
from devkit.settings import load_settings
from tests.browser.devserver.harness import MODEL
from tests.helpers import paho_firmware
from tests.helpers.models import LAMP_TEXT
from tests.helpers.paho_firmware import PahoFirmware

ROOT = Path(__file__).parents[3]
PORTS = ("--mqtt-port", "0", "--mqtt-tls-port", "0")
PROGRAM = (sys.executable, paho_firmware.__file__)
NAMES = {check.name for check in CHECKS}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(bench, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(connections, "STORM_SECONDS", 1.0)


def check(*options: str, defects: Collection[str] = ()) -> Result:
    return CliRunner().invoke(main, ["firmware", "check", *PORTS, *options, "--", *PROGRAM, *defects])


async def outcomes(
    folder: Path, defects: Collection[str], only: Collection[str] = (), patience: float = 0.5
) -> dict[str, FirmwareOutcome]:
    """Check the firmware in this process."""
    settings = load_settings(folder, {"mqtt_port": 0, "mqtt_tls_port": 0})
    image = os.urandom(INVENTED_BYTES)
    async with open_bench(settings, patience, image=image) as under_test:
        host, _, port = under_test.side.url.removeprefix("mqtt://").rpartition(":")
        firmware = PahoFirmware(
            environment(DeviceServer(host, int(port)), under_test.identity), defects
        ).start()
        try:
            assert await under_test.until(lambda: under_test.connected, 10)
            return {item.check.name: item async for item in run_checks(under_test, only)}
        finally:
            await asyncio.to_thread(firmware.stop)


def told(found: dict[str, FirmwareOutcome]) -> dict[str, str]:
    return {
        name: " ".join(item.text for item in outcome.findings)
        for name, outcome in found.items()
        if outcome.findings
    }


async def test_good_firmware_passes_every_check(tmp_path: Path) -> None:
    found = await outcomes(tmp_path, (), patience=3)
    assert told(found) == {}
    assert {name for name, item in found.items() if item.skipped} == {"gateway", "registration", "dead-cloud"}


@contextlib.asynccontextmanager
async def own_gateway(folder: Path, patience: float, *, whole: bool) -> AsyncIterator[FirmwareBench]:
    """Check devkit's own device: a gateway with its sub-devices, or without them."""
    settings = load_settings(folder, {"mqtt_port": 0, "mqtt_tls_port": 0, "gateway": True})
    async with open_bench(settings, patience, image=os.urandom(INVENTED_BYTES)) as under_test:
        server = DeviceServer("127.0.0.1", int(under_test.side.url.rpartition(":")[2]))
        parts = device_parts(settings, under_test.device_id)
        parts = parts if whole else dict([next(iter(parts.items()))])
        run = asyncio.ensure_future(DeviceRun(server, under_test.identity, parts, lambda words: None).run())
        assert await under_test.until(lambda: under_test.connected, 10)
        yield under_test
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def test_devkits_own_device_passes_too(tmp_path: Path) -> None:
    only = ("get-status", "burst", "bounds", "garbage", "inputs", "gateway", "cut-download")
    async with own_gateway(tmp_path, 3, whole=True) as under_test:
        found = {item.check.name: item async for item in run_checks(under_test, only)}
    assert told(found) == {}
    assert not any(item.skipped for item in found.values())


async def test_a_gateway_without_its_sub_devices_is_found(tmp_path: Path) -> None:
    async with own_gateway(tmp_path, 0.3, whole=False) as under_test:
        async with httpx.AsyncClient(base_url=under_test.side.files_url, trust_env=False) as client:
            await client.post("/register/dev", content=b"{}")
        found = {item.check.name: item async for item in run_checks(under_test, ("gateway", "registration"))}
    assert "did not bring its sub-device SUBDEVICE1/sub01 online" in told(found)["gateway"]
    assert "It may not register" in told(found)["registration"]


async def test_a_cloud_that_says_nothing_is_left(tmp_path: Path) -> None:
    found = await outcomes(tmp_path, {"short-keepalive"}, {"dead-cloud"})
    assert told(found) == {}
    assert not found["dead-cloud"].skipped


GROUPS = [
    {
        "no-action-topic": ("subscriptions", "did not subscribe within"),
        "no-get-status": ("get-status", "did not ask get_status"),
        "no-keepalive": ("keepalive", "keepalive is 0 s"),
        "stops-at-99": ("properties", "it reported 99"),
        "one-token": ("burst", "got no answer of their own"),
        "answers-answers": ("silence", "answers an answer"),
        "odd-time": ("time", "It is not"),
        "odd-event": ("events", "'info', in the thing model 'alert'"),
        "reports-nonsense": ("nothing-refused", "brightness must be"),
        "no-version": ("version", "did not send report_version"),
        "no-md5": ("wrong-md5", "ended with done, not with fail"),
    },
    {
        "wrong-secret": ("log-in", "does not match"),
        "first-param-only": ("together", "it did not report"),
        "no-bounds": ("bounds", "it reported it"),
        "no-output": ("actions", "lacks result"),
        "acts-blindly": ("inputs", "with code 0, though"),
        "no-clear": ("offline-control", "did not send clear_control"),
        "hammers": ("storm", "it tried again after"),
        "installs-same": ("same-version", "which it has, it installed it"),
        "keeps-version": ("upgrade", "did not report the version"),
    },
    {"forgets-topics": ("reconnect", "did not subscribe"), "chatters": ("pace", "messages in")},
    {"dies-of-garbage": ("garbage", "answers no control any more")},
]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: next(iter(group)))
async def test_each_defect_is_found_in_words(
    group: dict[str, tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devkit.firmware.check.upgrades.RECONNECT_SECONDS", 0.3)
    only = {name for name, _ in group.values()}
    # What does not come costs the patience each time; after a cut it must be enough to subscribe again.
    patience = 1 if "reconnect" in only or "storm" in only else 0.4
    found = told(await outcomes(tmp_path, group.keys(), only, patience))
    for defect, (name, words) in group.items():
        assert words in found.get(name, ""), f"{defect}: {found}"
    assert only - found.keys() == set()


def test_the_command_writes_reports_and_fails(tmp_path: Path) -> None:
    names = ("log-in", "actions", "properties", "read-only")
    only = [word for name in names for word in ("--only", name)]
    files = ("--junit", "junit.xml", "--html", "report.html", "--seed", "7", "--patience", "0.2")
    result = check(*only, *files, defects=("never-answers", "no-action-reply"))
    assert result.exit_code == 1
    assert "No control_reply with the token of the control of power" in result.output
    assert "It answers no control; other values were not tried" in result.output
    assert "$thing/down/property/K7M2QX9D4A/dev01" in result.output
    assert "Cure: Send control_reply" in result.output
    assert "docs/reference/device-side.md section 5" in result.output
    assert "2 failed" in result.output
    assert "(seed 7)" in result.output
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "2 of 4 checks failed" in page
    assert "No action_reply to blink" in page


def test_the_firmware_of_the_guide_breaks_no_rule(tmp_path: Path) -> None:
    (tmp_path / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    guide = (ROOT / "docs" / "devices.md").read_text("utf-8").split("```python\n")[1:]
    lamp = next(block.split("```")[0] for block in guide if "def on_message" in block)
    (tmp_path / "lamp_firmware.py").write_text(lamp, "utf-8")
    left_out = {"reconnect", "offline-control", "storm"}  # they wait; tried by hand
    only = [word for name in NAMES - left_out for word in ("--only", name)]
    program = (sys.executable, "lamp_firmware.py")
    ran = CliRunner().invoke(main, ["firmware", "check", *PORTS, "--patience", "2", *only, "--", *program])
    assert ran.exit_code == 0, ran.output


def test_the_guide_names_every_check() -> None:
    guide = (ROOT / "docs" / "devices.md").read_text("utf-8")
    assert {name for name in NAMES if f"`{name}`" not in guide} == set()


def test_a_board_is_offered_no_invented_firmware(tmp_path: Path) -> None:
    result = check("--image", "none.bin")
    assert "none.bin has no version" in result.output
    result = check("--image", "none.bin", "--image-version", "2.0.0")
    assert "none.bin cannot be read" in result.output
    result = check("--html", "none/report.html")
    assert "html: there is no folder none" in result.output
    assert result.exit_code == 1


def test_no_device_and_no_such_check_are_said() -> None:
    result = CliRunner().invoke(main, ["firmware", "check", *PORTS, "--wait", "1"])
    assert result.exit_code == 1
    assert "No device has connected within 1 s" in result.output
    result = check("--only", "magic")
    assert result.exit_code == 1
    assert "There is no check 'magic'" in result.output
    result = CliRunner().invoke(main, ["firmware", "check", *PORTS, "--", "./no-such-program"])
    assert "./no-such-program cannot be started" in result.output
    result = CliRunner().invoke(main, ["firmware", "check", *PORTS, "--", sys.executable, "-c", "exit(3)"])
    assert "The program ended with 3 and had not connected" in result.output
