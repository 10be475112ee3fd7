"""The same home behind each transport: in this process, and served over HTTP and a websocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from devkit.cloud.http.server import served
from devkit.cloud.seed import Seed
from devkit.transport.base import Transport
from devkit.transport.cloud import CloudTransport
from devkit.transport.credentials import Credentials
from devkit.transport.endpoint import Endpoint
from devkit.transport.local import LocalTransport
from tests.helpers.home import Home, make_home


@dataclass
class Case:
    """A transport and the home at its other end."""

    transport: Transport
    home: Home


@pytest.fixture(params=["local", "cloud"])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    home = make_home()
    await home.emulator.start()
    owner = home.users["owner"]
    seed = Seed(owner, home.tokens["owner"], home.family_id, home.room_id, home.device_id)
    if request.param == "local":
        local = LocalTransport(home.emulator, seed)
        yield Case(local, home)
        await local.aclose()
        return
    async with served(home.emulator) as url:
        cloud = CloudTransport(
            Endpoint.of("mainland", url), Credentials(token=seed.token), timeout_s=5, reconnect_s=0.01
        )
        await cloud.connect()
        yield Case(cloud, home)
        await cloud.aclose()
    await home.emulator.aclose()
