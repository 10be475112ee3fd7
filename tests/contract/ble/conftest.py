"""The official adapters as clients: as a panel over the bridge, and as a mini program with wx."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from devkit.ble import Peripheral, Radio
from tests.contract.ble.node_client import FakeCloud, NodeClient, install, open_client

USER = "100000000001"


@pytest.fixture(scope="session", autouse=True)
def packages(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the client's packages; workers of one run take turns."""
    import fcntl

    with (tmp_path_factory.getbasetemp().parent / "ble-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install()


@pytest.fixture(params=["h5", "mp"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def start(mode: str):
    """Return a function that puts peripherals on the air and opens a client beside them."""

    @asynccontextmanager
    async def opened(*peripherals: Peripheral, cloud: Any = None) -> AsyncIterator[NodeClient]:
        radio = Radio()
        for peripheral in peripherals:
            radio.add(peripheral)
        async with open_client(mode, radio, cloud or FakeCloud(), USER) as client:
            yield client

    return opened
