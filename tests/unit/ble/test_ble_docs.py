"""The examples of docs/ble.md run, and its tables are complete."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from bumble.link import LocalLink

from devkit.ble import Code, PeripheralFaults, Radio
from devkit.ble.llsync import LLSyncFaults
from devkit.ble.profiles.light import LLSyncLight
from devkit.ble.refusals import MESSAGES
from devkit.clock import ManualClock
from tests.helpers.air import Slot
from tests.helpers.llsync import model

TEXT = (Path(__file__).parents[3] / "docs" / "ble.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def block(words: str) -> str:
    """Return the example that holds the words."""
    return next(text for text in BLOCKS if words in text)


async def test_the_kettle_boils(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    clock = ManualClock()
    monkeypatch.setattr("devkit.ble.peripheral.radio.SystemClock", lambda: clock)
    space: dict = {}
    exec(BLOCKS[0] + BLOCKS[1], space)
    boiling = asyncio.ensure_future(space["boil"]())
    for _ in range(40):
        await clock.advance(100)
    assert await boiling == [40, 70, 100]


def test_the_lamp_is_bound() -> None:
    space: dict = {}
    exec(block("class Lamp"), space)
    lamp = Radio().add(space["lamp_of"](model(), "u1"))
    assert lamp.advertising.manufacturer_data[2] & 3 == 2
    assert lamp.on_control({"brightness": 50}) == 0


async def test_the_lamp_is_lit() -> None:
    space: dict = {}
    exec(block("async def light_up"), space)
    radio = Radio()
    lamp = radio.add(LLSyncLight(model(), "PRODUCT001", "lamp01"))
    assert await space["light_up"](radio, model(), "u1") == 0
    assert lamp.controls == [{"brightness": 50}]
    await radio.aclose()


async def test_a_device_is_served_on_a_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    slot = Slot(LocalLink())
    monkeypatch.setattr("devkit.ble.stacks.bumble_host.transport_opener", lambda name: slot.open)
    space: dict = {}
    exec(block("PeripheralHost("), space)
    serving = asyncio.ensure_future(space["serve"]())
    while not (slot.controller and slot.controller.is_advertising):
        await asyncio.sleep(0.005)
    serving.cancel()
    await asyncio.wait({serving})
    assert not slot.controller.is_advertising


def test_every_code_and_fault_is_documented() -> None:
    for code in Code:
        assert f"| {code.value} | {MESSAGES[code]} |" in TEXT
    for field in (*fields(PeripheralFaults), *fields(LLSyncFaults)):
        assert f"`{field.name}" in TEXT
