"""The air by hand: what the console shows of a peripheral, what it may do, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from devkit.ble import Radio, VirtualCentral
from devkit.ble.llsync.codes import OtaRefusal
from devkit.ble.profiles.heart_rate import HeartRateMonitor
from devkit.ble.profiles.light import LLSyncLight
from devkit.clock import ManualClock
from devkit.errors import BleError
from devkit.model import read_model
from devkit.phone.air_map import RadioMap
from tests.helpers.models import LAMP_TEXT

Air = tuple[Radio, RadioMap, HeartRateMonitor]


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    radio = Radio(ManualClock())
    monitor = radio.add(HeartRateMonitor())
    yield radio, RadioMap(radio), monitor
    await radio.aclose()


def place(peripheral: Any, *wanted: str) -> dict[str, str]:
    """Return the first characteristic with one of these properties."""
    for service in peripheral.services:
        for item in service.characteristics:
            if set(wanted) & set(item.properties):
                return {"service": item.service.uuid, "characteristic": item.uuid}
    raise LookupError(wanted)


async def test_what_is_shown(air: Air) -> None:
    radio, radio_map, monitor = air
    shown = radio_map.describe()[monitor.address]
    assert (shown["kind"], shown["inRange"], shown["connected"]) == ("HeartRateMonitor", True, False)
    assert shown["rssi"] == -59
    listed = [item["uuid"] for service in shown["services"] for item in service["characteristics"]]
    assert listed == [item.uuid for service in monitor.services for item in service.characteristics]
    light = radio.add(LLSyncLight(read_model(LAMP_TEXT), "K7M2QX9D4A", "lamp01"))
    light.faults.refuse_ota = OtaRefusal.LOW_BATTERY
    shown = radio_map.describe()[light.address]
    assert shown["llsync"] == {"bound": False, "authorized": False, "version": "1.0.0", "progress": 0}
    assert shown["faults"]["refuse_ota"] == 0


async def test_moving_and_the_switch(air: Air) -> None:
    _, radio_map, monitor = air
    await radio_map.act(monitor.address, "move", {"distance": 10})
    assert radio_map.describe()[monitor.address]["rssi"] == -79
    await radio_map.act(monitor.address, "connect", {})
    await radio_map.act(monitor.address, "air", {"on": False})
    shown = radio_map.describe()[monitor.address]
    assert (shown["inRange"], shown["connected"]) == (False, False)
    await radio_map.act(monitor.address, "air", {"on": True})
    assert radio_map.describe()[monitor.address]["inRange"]


async def test_reading_listening_and_notifying(air: Air) -> None:
    _, radio_map, monitor = air
    at = place(monitor, "notify")
    assert await radio_map.act(monitor.address, "notify", {**at, "value": "0048"}) == {"heard": False}
    await radio_map.act(monitor.address, "connect", {})
    await radio_map.act(monitor.address, "listen", {**at, "on": True})
    assert await radio_map.act(monitor.address, "notify", {**at, "value": "00 49"}) == {"heard": True}
    read = place(monitor, "read")
    answer = await radio_map.act(monitor.address, "read", read)
    assert bytes.fromhex(answer["value"])
    await radio_map.act(monitor.address, "disconnect", {})
    assert not monitor.connected


async def test_writing_through_the_connection_of_another_phone(air: Air) -> None:
    radio, radio_map, _ = air
    light = radio.add(LLSyncLight(read_model(LAMP_TEXT), "K7M2QX9D4A", "lamp01"))
    phone = VirtualCentral(radio)
    await phone.open()
    await phone.connect(light.address)
    frames = []
    radio.on_frame = frames.append
    await radio_map.act(light.address, "write", {**place(light, "write"), "value": "0C"})
    assert [(frame.kind, frame.value, frame.words) for frame in frames] == [
        ("write", b"\x0c", "app is ready")
    ]
    with pytest.raises(BleError):
        await radio_map.act(light.address, "connect", {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("out_of_range", True), ("discovery_delay_ms", 200), ("lose_notifications", 2), ("drop_on_write", 1)],
)
async def test_faults_are_set(air: Air, name: str, value: Any) -> None:
    _, radio_map, monitor = air
    await radio_map.act(monitor.address, "fault", {name: value})
    assert radio_map.describe()[monitor.address]["faults"][name] == value


@pytest.mark.parametrize(
    ("act", "fields", "words"),
    [
        ("move", {"distance": 0}, "0.1 to 1000 metres, not 0"),
        ("move", {"distance": True}, "not True"),
        ("move", {}, "not None"),
        ("air", {"on": "yes"}, "'yes'"),
        ("fault", {"gravity": 1}, "no fault 'gravity'"),
        ("fault", {"out_of_range": 1}, "true or false"),
        ("fault", {"drop_on_write": -1}, "0 to 60000"),
        ("fault", {"drop_on_write": 1.5}, "0 to 60000"),
        ("explode", {}, "There is no act explode"),
        ("read", {"service": "x", "characteristic": "y"}, "no characteristic y"),
    ],
)
async def test_what_cannot_be_is_refused(air: Air, act: str, fields: dict[str, Any], words: str) -> None:
    _, radio_map, monitor = air
    before = radio_map.describe()
    with pytest.raises(BleError) as refused:
        await radio_map.act(monitor.address, act, fields)
    assert words in str(refused.value)
    assert radio_map.describe() == before


async def test_bytes_and_connections_are_needed(air: Air) -> None:
    _, radio_map, monitor = air
    with pytest.raises(BleError, match="not connected"):
        await radio_map.act(monitor.address, "read", place(monitor, "read"))
    for value in ("0", "xyz", None, 5):
        with pytest.raises(BleError, match="hex digits"):
            await radio_map.act(monitor.address, "notify", {**place(monitor, "notify"), "value": value})
    with pytest.raises(BleError, match="There is no peripheral"):
        await radio_map.act("00:00:00:00:00:00", "move", {"distance": 1})
