"""The acts of a device: what is refused by name, and that every way to act ends in the same table."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.errors import DevkitError
from devkit.phone.scenario import Scenario, read_script
from devkit.sdk import Simulator
from devkit.timeline.kinds import FaultChange, FirmwareOffer, ScenarioRefusal
from devkit.transport.acts import ACTS, STEPS
from tests.helpers.sdk_host import DEVICE, PRODUCT, lamp_settings, simulator_on

ID = f"{PRODUCT}/{DEVICE}"
WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted({param.name for act in ACTS.values() for param in act.params or ()} | {"brightness", "x"})


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with simulator_on(lamp_settings()) as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("event", {}, "event needs eventId, and may have params; not {}."),
        ("event", {"eventID": "x"}, "event needs eventId, and may have params; not {'eventID': 'x'}."),
        ("event", {"eventId": 7}, "eventId: 7 must be a text in quotes."),
        ("event", {"eventId": "x", "params": [1]}, "params: [1] must be an object."),
        ("status", {"online": 1}, "online: 1 must be true or false."),
        ("fault", {"latency": 5}, "fault may have latency_ms, drop, errors, firmware; not {'latency': 5}."),
        ("fault", {"latency_ms": True}, "latency_ms: True must be a whole number."),
        ("fault", {"drop": "all"}, "drop: 'all' must be a number."),
        ("firmware", {"version": 2}, "version: 2 must be a text in quotes."),
        ("firmware", {"version": "2", "data": "AAAA"}, "data: 'AAAA' must be bytes."),
        ("fault", {"drop": 1}, ""),
        ("firmware", {"version": "2", "md5": ""}, ""),
        ("report", {"anything": None}, ""),
    ],
)
def test_a_body_is_refused_by_the_name_of_what_is_wrong(name: str, body: Any, problem: str) -> None:
    assert ACTS[name].problem(body) == problem


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_each_act_takes_its_own_example(act: Any) -> None:
    assert act.problem(act.example) == ""


@given(st.sampled_from(list(ACTS)), st.dictionaries(st.sampled_from(NAMES), WILD, max_size=4))
def test_wild_bodies_are_refused_in_words_or_done(name: str, body: dict[str, Any]) -> None:
    async def perform() -> None:
        async with simulator_on(lamp_settings()) as simulator:
            bench = simulator.transport.bench
            assert bench is not None
            if not ACTS[name].problem(body):
                with contextlib.suppress(DevkitError):
                    await ACTS[name].perform(bench, ID, body)

    asyncio.run(perform())


@given(st.sampled_from(list(STEPS)), WILD)
def test_wild_steps_are_read_or_refused(step: str, value: Any) -> None:
    for body in STEPS[step].bodies(value) or ():
        assert isinstance(STEPS[step].problem(body), str)


async def test_acts_are_on_the_timeline(simulator: Simulator) -> None:
    bench = simulator.transport.bench
    assert bench is not None
    await ACTS["fault"].perform(bench, "", {"drop": 0.5})
    await ACTS["firmware"].perform(bench, ID, {"version": "9.0", "data": b"image"})
    assert simulator.timeline.of(FaultChange)[-1].fault["drop"] == 0.5
    assert simulator.timeline.of(FirmwareOffer) == [FirmwareOffer(ID, "9.0")]


async def test_a_firmware_file_that_is_gone_is_told_and_the_scenario_goes_on(
    simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "fw.bin").write_bytes(b"firmware")
    text = "steps: [{firmware: {version: '2', file: fw.bin}}, {report: {brightness: 7}}]"
    script = read_script(text, "x.yaml", tmp_path)
    (tmp_path / "fw.bin").unlink()
    bench = simulator.transport.bench
    assert bench is not None
    await Scenario(simulator.transport, simulator.timeline, ID)._run(bench, script)
    (refusal,) = simulator.timeline.of(ScenarioRefusal)
    assert (refusal.act, "fw.bin" in refusal.error) == ("firmware", True)
    assert bench.snapshot()["devices"][ID]["properties"]["brightness"] == 7
