"""One fresh home per test."""

from collections.abc import AsyncIterator

import pytest

from devkit.cloud.rules import engine as rules
from tests.helpers.home import Home, make_home


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    made = make_home()
    await made.emulator.start()
    yield made
    await made.emulator.aclose()


@pytest.fixture
def rare_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let weeks go by in a moment: looking for timers of other processes takes long."""
    monkeypatch.setattr(rules, "POLL_MS", 86_400_000)
