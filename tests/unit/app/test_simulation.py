import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devkit.app.simulation import Simulation
from devkit.errors import ModelError
from devkit.settings import load_settings
from tests.browser.devserver.harness import MODEL


@pytest.fixture
async def simulation(tmp_path: Path) -> AsyncIterator[Simulation]:
    write(tmp_path, MODEL, 1)
    settings = load_settings(tmp_path, {}, {})
    simulation = Simulation(settings)
    yield simulation
    await simulation.aclose()


def write(folder: Path, model: object, stamp: int) -> None:
    """Write the thing model with a time of its own: file systems may count time in coarse steps."""
    file = folder / "thing-model.json"
    file.write_text(model if isinstance(model, str) else json.dumps(model), "utf-8")
    os.utime(file, ns=(stamp, stamp))


async def properties(simulation: Simulation) -> dict[str, object]:
    bench = (await simulation.get()).transport.bench
    assert bench is not None
    device: dict[str, dict[str, object]] = bench.snapshot()["devices"]["LAMPPROD01/dev01"]
    return device["properties"]


async def test_a_changed_model_keeps_the_simulator_and_the_values_that_fit(
    simulation: Simulation, tmp_path: Path
) -> None:
    assert simulation.current is None
    first = await simulation.get()
    assert await simulation.get() is first
    bench = first.transport.bench
    assert bench is not None
    await bench.report("LAMPPROD01/dev01", {"power_switch": 1, "brightness": 60})
    model = json.loads(json.dumps(MODEL))
    model["properties"][1]["define"] |= {"max": "50", "start": "7"}
    model["properties"].append({**model["properties"][1], "id": "warmth"})
    write(tmp_path, model, 2)
    assert await properties(simulation) == {"power_switch": 1, "brightness": 7, "warmth": 7}
    assert simulation.current is first


async def test_a_model_of_another_product_opens_another_simulator(
    simulation: Simulation, tmp_path: Path
) -> None:
    first = await simulation.get()
    write(tmp_path, {**MODEL, "profile": {"ProductId": "OTHERPROD1", "CategoryId": "3"}}, 2)
    second = await simulation.get()
    assert second is not first
    assert second.transport.bench is not None
    assert list(second.transport.bench.snapshot()["devices"]) == ["OTHERPROD1/dev01"]


async def test_a_broken_model_is_told_and_the_earlier_simulator_stays(
    simulation: Simulation, tmp_path: Path
) -> None:
    first = await simulation.get()
    write(tmp_path, "{", 2)
    for _ in range(2):
        with pytest.raises(ModelError):
            await simulation.get()
    assert simulation.current is first
    write(tmp_path, MODEL, 3)
    assert (await properties(simulation))["brightness"] == 1


async def test_a_change_before_the_first_look_is_not_missed(simulation: Simulation, tmp_path: Path) -> None:
    first = await simulation.get()
    changes = simulation.changes()
    write(tmp_path, MODEL, 2)
    async with asyncio.timeout(5):
        assert await anext(changes) is first
