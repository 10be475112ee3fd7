"""One fresh home per test."""

from collections.abc import AsyncIterator

import pytest

from tests.helpers.home import Home, make_home


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    made = make_home()
    await made.emulator.start()
    yield made
    await made.emulator.aclose()
