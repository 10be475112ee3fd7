import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devkit.cli.serving import simulator_opener
from devkit.devserver.simulation import Simulation
from devkit.errors import ModelError
from devkit.settings import load_settings
from tests.browser.devserver.harness import MODEL


@pytest.fixture
async def simulation(tmp_path: Path) -> AsyncIterator[Simulation]:
    write(tmp_path, MODEL, 1)
    settings = load_settings(tmp_path, {}, {})
    simulation = Simulation(simulator_opener(settings), settings.path("model"))
    yield simulation
    await simulation.aclose()


def write(folder: Path, model: object, stamp: int) -> None:
    """Write the thing model with a time of its own: file systems may count time in coarse steps."""
    file = folder / "thing-model.json"
    file.write_text(model if isinstance(model, str) else json.dumps(model), "utf-8")
    os.utime(file, ns=(stamp, stamp))


async def brightness(simulation: Simulation) -> object:
    bench = (await simulation.get()).transport.bench
    assert bench is not None
    return bench.snapshot()["devices"]["LAMPPROD01/dev01"]["properties"]["brightness"]


async def test_one_simulator_serves_until_the_model_changes(simulation: Simulation, tmp_path: Path) -> None:
    assert simulation.current is None
    first = await simulation.get()
    assert await simulation.get() is first
    model = json.loads(json.dumps(MODEL))
    model["properties"][1]["define"]["start"] = "42"
    write(tmp_path, model, 2)
    second = await simulation.get()
    assert second is not first
    assert simulation.current is second
    assert await brightness(simulation) == 42


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
    assert await brightness(simulation) == 1


async def test_a_change_before_the_first_look_is_not_missed(simulation: Simulation, tmp_path: Path) -> None:
    first = await simulation.get()
    changes = simulation.changes()
    write(tmp_path, MODEL, 2)
    async with asyncio.timeout(5):
        assert await anext(changes) is not first
