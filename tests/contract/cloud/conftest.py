"""One fresh world per test, and a PostgreSQL server for a module that asks for one."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.cloud.world import World, make_world
from tests.helpers.services import postgresql


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world()
    yield made
    await made.emulator.aclose()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql() as url:
        yield url
