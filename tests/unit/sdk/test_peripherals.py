"""The setting `peripherals`: classes that are found, made with the cloud's keys, or refused with words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from devkit.ble import VirtualCentral
from devkit.ble.llsync import LLSyncPeripheral
from devkit.errors import BleError, SettingsError
from devkit.model import read_model
from devkit.phone.peripherals import load_class, load_peripherals
from devkit.sdk import Simulator
from devkit.settings import Settings, load_settings
from devkit.transport import Transport, open_transport
from tests.helpers.sdk_host import MODEL, PRODUCT

SOURCE = """
from devkit.ble import Peripheral
from devkit.ble.profiles.light import LLSyncLight

class Box(Peripheral):
    name = "Box"

class Lamp(LLSyncLight):
    pass

class NewLamp(LLSyncLight):
    device_name = "new01"

class Picky(Peripheral):
    def __init__(self, size):
        super().__init__()

class Nothing:
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "devices.py").write_text(SOURCE, "utf-8")
    return tmp_path


def settings_of(project: Path, *specs: str) -> Settings:
    flags: dict[str, Any] = {
        "product_id": PRODUCT,
        "device_name": "lamp01",
        "model": MODEL,
        "peripherals": specs,
    }
    return load_settings(project, flags, {})


@pytest.fixture
async def transport(project: Path) -> AsyncIterator[Transport]:
    opened = await open_transport(settings_of(project))
    yield opened
    await opened.aclose()


async def test_keys_come_from_the_cloud(project: Path, transport: Transport) -> None:
    specs = [
        "devices.py:Box",
        "devices.py:Lamp",
        "devices.py:NewLamp",
        "devkit.ble.profiles.light:LLSyncLight",
    ]
    made = await load_peripherals(settings_of(project, *specs), transport)
    box, lamp, new, third = made
    assert type(box).__name__ == "Box"
    assert isinstance(lamp, LLSyncPeripheral)
    assert isinstance(new, LLSyncPeripheral)
    assert isinstance(third, LLSyncPeripheral)
    assert [item.device_name for item in (lamp, new, third)] == ["lamp01", "new01", "lamp01-3"]
    assert lamp.binding is not None
    assert (new.binding, third.binding) == (None, None)
    bench: Any = transport.bench
    assert bench.keys(PRODUCT, "new01").secret == new.secret
    again = (await load_peripherals(settings_of(project, "devices.py:Lamp"), transport))[0]
    assert isinstance(again, LLSyncPeripheral)
    assert again.binding == lamp.binding


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("device.py:Box", ["device.py", "Did you mean devices.py"]),
        ("devices.py:Lampe", ["Lampe", "Did you mean devices.py:Lamp?"]),
        ("devices.py:Nothing", ["Nothing", "no Peripheral", "Box"]),
        ("devices.py", ["one peripheral class", "NewLamp"]),
        ("no_such_package.lamps:Lamp", ["no_such_package"]),
        (":Lamp", ["names no file"]),
    ],
)
def test_what_cannot_be_found_is_named(project: Path, spec: str, words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_class(spec, project)
    for word in words:
        assert word in str(caught.value)


async def test_a_class_that_wants_more_is_refused(project: Path, transport: Transport) -> None:
    with pytest.raises(SettingsError, match="no arguments") as caught:
        await load_peripherals(settings_of(project, "devices.py:Picky"), transport)
    assert "Picky" in str(caught.value)


async def test_the_simulator_has_its_peripherals_on_one_air(project: Path, transport: Transport) -> None:
    simulator = Simulator(transport, settings_of(project, "devices.py:Lamp", "devices.py:Box"))
    assert not simulator.uses_bluetooth
    await simulator.start()
    try:
        assert [type(item).__name__ for item in simulator.peripherals] == ["Lamp", "Box"]
        boot = await simulator.boot(PRODUCT, "lamp01")
        assert boot["panelData"]["isStandardBleDevice"]
        session = simulator.sessions[boot["session"]]
        central = simulator.central_for(session)
        assert isinstance(central, VirtualCentral)
        assert session.ble.central is central
        assert simulator.central_for(session) is central
    finally:
        await simulator.aclose()


async def test_a_radio_that_cannot_be_is_refused_at_the_start(project: Path, transport: Transport) -> None:
    simulator = Simulator(transport, settings_of(project).replace(ble="bluetooth"))
    with pytest.raises(SettingsError, match='ble cannot be "bluetooth"'):
        await simulator.start()


async def test_what_was_started_is_closed_when_the_rest_fails(project: Path, transport: Transport) -> None:
    twins = settings_of(project, *["devkit.ble.profiles.thermometer:Thermometer"] * 2)
    simulator = Simulator(transport, twins)
    with pytest.raises(BleError, match="Two peripherals have the address"):
        await simulator.start()
    assert simulator.peripherals == []


async def test_a_page_without_a_device_searches_for_one(project: Path, transport: Transport) -> None:
    simulator = Simulator(transport, settings_of(project))
    boot = await simulator.boot(PRODUCT, "")
    data = boot["panelData"]
    assert (data["deviceId"], data["productInfo"]["ProductId"]) == ("", PRODUCT)
    assert data["familyId"]
    assert simulator.sessions[boot["session"]].product_id == PRODUCT
    assert not simulator.uses_bluetooth
    await simulator.aclose()


def test_the_setting_is_a_list(tmp_path: Path) -> None:
    (tmp_path / "devkit.toml").write_text('peripherals = ["a.py:A", "b.py:B"]\n', "utf-8")
    assert load_settings(tmp_path, {}, {}).peripherals == ["a.py:A", "b.py:B"]
    assert load_settings(tmp_path, {"peripherals": ()}, {}).peripherals == ["a.py:A", "b.py:B"]
    environ = {"DEVKIT_PERIPHERALS": "c.py:C, d.py:D"}
    assert load_settings(tmp_path, {}, environ).peripherals == ["c.py:C", "d.py:D"]
    assert load_settings(tmp_path, {"peripherals": ("e.py:E",)}, environ).peripherals == ["e.py:E"]
    (tmp_path / "devkit.toml").write_text("peripherals = [1]\n", "utf-8")
    with pytest.raises(SettingsError, match="list of texts"):
        load_settings(tmp_path, {}, {})


async def test_standard_devices_follow_the_thing_model(project: Path, transport: Transport) -> None:
    simulator = Simulator(transport, settings_of(project, "devices.py:Lamp"))
    await simulator.start()
    lamp = simulator.peripherals[0]
    assert isinstance(lamp, LLSyncPeripheral)
    lamp.values.update(brightness=7, power_switch=1)
    text = MODEL.read_text("utf-8").replace('"power_switch"', '"main_switch"')
    simulator.bluetooth.take_model(PRODUCT, read_model(text))
    assert lamp.values["brightness"] == 7
    assert lamp.values["main_switch"] == 0
    assert "power_switch" not in lamp.values
    assert lamp.model.properties[0].id == "main_switch"
    await simulator.aclose()
