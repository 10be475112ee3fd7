"""Scenarios: what is read, what is refused, and what it does to the device."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import SettingsError
from devkit.phone.scenario import read_duration, read_script
from tests.helpers.sdk_host import DEVICE, PRODUCT, lamp_settings, simulator_on

ID = f"{PRODUCT}/{DEVICE}"
YAML = """
steps:
  - report: {brightness: 5}
  - after: 10ms
    event: {overheated: {degrees: 90}}
  - fault: {latency_ms: 1}
  - fault: {}
  - report: {brightness: 1000}
  - online: false
  - firmware: "2.0.0"
  - after: 0.01
"""
PYTHON = """
from devkit.cloud import VirtualDevice

class Lamp(VirtualDevice):
    async def on_control(self, values):
        await self.report({"brightness": 42})
"""


@pytest.mark.parametrize(
    ("value", "seconds"), [(2, 2.0), (0.5, 0.5), ("2s", 2.0), ("500ms", 0.5), ("1 min", 60.0), ("3", 3.0)]
)
def test_durations(value: object, seconds: float) -> None:
    assert read_duration(value, "x") == seconds


@given(st.text() | st.none() | st.booleans() | st.lists(st.integers()))
def test_wild_durations_are_read_or_refused(value: object) -> None:
    with contextlib.suppress(SettingsError):
        assert read_duration(value, "step 1") >= 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps: []", "list of steps"),
        ("[1, 2]", "list of steps"),
        ("steps: [", "lamp.yaml"),
        ("steps: [{report: 5}]", "step 1: report takes"),
        ("steps: [{}, {explode: 1}]", "step 2: needs one of"),
        ("steps: [{report: {}, event: {}}]", "step 1: needs one of"),
        ("steps: [{after: soon}]", "step 1: after must be"),
        ("steps: [{online: maybe}]", "step 1: online takes"),
        ("steps: [{after: 1}]\nspeed: 2", "unknown entry 'speed'"),
    ],
)
def test_broken_scripts_are_refused_with_their_step(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_script(text, "lamp.yaml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "lamp.yaml").write_text(YAML, "utf-8")
    (tmp_path / "lamp.py").write_text(PYTHON, "utf-8")
    (tmp_path / "empty.py").write_text("x = 1", "utf-8")
    (tmp_path / "broken.py").write_text("x = ", "utf-8")
    return tmp_path


def with_scenario(project: Path, scenario: str) -> Any:
    import dataclasses

    return dataclasses.replace(lamp_settings(scenario=scenario), project=project)


async def test_a_yaml_scenario_drives_the_device(project: Path) -> None:
    async with simulator_on(with_scenario(project, "lamp.yaml")) as simulator:

        async def offline() -> None:
            async for entry in simulator.timeline.follow(0):
                if entry.kind == "push" and entry.data["SubType"] == "Offline":
                    return

        await asyncio.wait_for(offline(), 5)
        bench: Any = simulator.transport.bench
        state = bench.snapshot()["devices"][ID]
        assert state["properties"]["brightness"] == 5
        kinds = [(push["Type"], push["SubType"]) for push in simulator.timeline.of_kind("push")]
        assert kinds == [("Property", "Report"), ("Event", "Report"), ("StatusChange", "Offline")]
        refused = simulator.timeline.of_kind("scenario")
        assert refused[0]["act"] == "report"
        assert "1000" in refused[0]["error"]


@pytest.mark.parametrize("spec", ["lamp.py", "lamp.py:Lamp"])
async def test_a_python_scenario_plays_the_device(project: Path, spec: str) -> None:
    async with simulator_on(with_scenario(project, spec)) as simulator:
        await simulator.cloud("AppControlDeviceData", {"DeviceId": ID, "Data": '{"power_switch":1}'})

        async def reported() -> None:
            bench: Any = simulator.transport.bench
            async for _ in simulator.timeline.follow(0):
                if bench.snapshot()["devices"][ID]["properties"]["brightness"] == 42:
                    return

        await asyncio.wait_for(reported(), 5)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("missing.yaml", "cannot be read"),
        ("missing.py", "there is no file"),
        ("empty.py", "has none"),
        ("broken.py", "SyntaxError"),
        ("lamp.py:Lamb", "has none"),
        ("no_such_module:Lamp", "cannot be imported"),
    ],
)
async def test_scenarios_that_cannot_start_say_why(project: Path, spec: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        async with simulator_on(with_scenario(project, spec)):
            pass


async def test_a_scenario_publishes_a_firmware_file(project: Path) -> None:
    (project / "fw.bin").write_bytes(b"firmware")
    text = 'steps: [{firmware: {version: "3.0", file: fw.bin, description: new}}, {fault: {firmware: -2}}]'
    (project / "fw.yaml").write_text(text, "utf-8")
    async with simulator_on(with_scenario(project, "fw.yaml")) as simulator:
        bench: Any = simulator.transport.bench

        async def failing() -> None:
            async for _ in simulator.timeline.follow(0):
                if bench.snapshot()["fault"].get("firmware") == -2:
                    return

        await asyncio.wait_for(failing(), 5)
        bench.set_fault({})
        url = (await simulator.cloud("AppGetDeviceOTAInfo", {"DeviceId": ID}))["FirmwareURL"]
        assert bench.read_firmware(url) == b"firmware"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{file: x.bin}", "firmware needs version"),
        ("{version: '1', colour: red}", "firmware needs version"),
        ("{version: 1.0}", "1.0 must be a text in quotes"),
        ("{version: '1', file: none.bin}", "there is no file"),
        ("5", "firmware takes"),
    ],
)
async def test_firmware_that_cannot_be_is_told_before_the_start(
    project: Path, value: str, words: str
) -> None:
    (project / "fw.yaml").write_text(f"steps: [{{firmware: {value}}}]", "utf-8")
    with pytest.raises(SettingsError, match=words):
        async with simulator_on(with_scenario(project, "fw.yaml")):
            pass
