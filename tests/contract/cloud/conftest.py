"""One fresh world per test."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.cloud.world import World, make_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world()
    yield made
    await made.emulator.aclose()
