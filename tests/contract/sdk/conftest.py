"""A panel over either link."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from devkit.sdk import Simulator
from tests.helpers.sdk_host import SdkHost, host_on, open_panel, simulator_on

LINKS = ["websocket", "binding"]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with simulator_on() as simulator:
        yield simulator


@pytest.fixture
async def host(simulator: Simulator) -> AsyncIterator[SdkHost]:
    async with host_on(simulator) as host:
        yield host


@pytest.fixture(params=LINKS)
def link(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def panel(link: str, host: SdkHost, page: Any) -> AsyncIterator[Any]:
    """A page with a panel whose SDK is ready."""
    async with open_panel(host, page, link) as panel:
        await panel.evaluate("h5PanelSdk.sdkReady()")
        yield panel
