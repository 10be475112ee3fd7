"""The examples of docs/ble.md run, and its tables are complete."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from devkit.ble import Code, Faults, Radio
from devkit.ble.llsync import LLSyncFaults
from devkit.ble.refusals import MESSAGES
from devkit.clock import ManualClock
from tests.helpers.llsync import model

TEXT = (Path(__file__).parents[3] / "docs" / "ble.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


async def test_the_kettle_boils(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    clock = ManualClock()
    monkeypatch.setattr("devkit.ble.radio.SystemClock", lambda: clock)
    space: dict = {}
    exec(BLOCKS[0] + BLOCKS[1], space)
    boiling = asyncio.ensure_future(space["boil"]())
    for _ in range(40):
        await clock.advance(100)
    assert await boiling == [40, 70, 100]


def test_the_lamp_is_bound() -> None:
    space: dict = {}
    exec(BLOCKS[2], space)
    lamp = Radio().add(space["lamp_of"](model(), "u1"))
    assert lamp.advertising.manufacturer_data[2] & 3 == 2
    assert lamp.on_control({"brightness": 50}) == 0


def test_every_code_and_fault_is_documented() -> None:
    for code in set(Code) - {Code.SYSTEM_NOT_SUPPORTED, Code.NEED_PIN}:
        assert f"| {code.value} | {MESSAGES[code]} |" in TEXT
    for field in (*fields(Faults), *fields(LLSyncFaults)):
        assert f"`{field.name}" in TEXT
