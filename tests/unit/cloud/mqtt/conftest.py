"""A broker over a fresh home, and its lamp as firmware."""

from collections.abc import Iterator

import pytest

from devkit.cloud.devices.mqtt.broker import Broker
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home


@pytest.fixture
def broker(home: Home) -> Iterator[Broker]:
    made = Broker(home.emulator)
    yield made
    made.close()


@pytest.fixture
async def lamp(broker: Broker, home: Home) -> Firmware:
    return Firmware(broker, home.device_id).start()


def said(home: Home, state: str) -> str:
    """Return what the timeline says of connections in a state, joined."""
    told = [data["words"] for kind, data in home.heard if kind == "mqtt" and data.get("state") == state]
    return "\n".join(told)
