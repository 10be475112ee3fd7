"""The setting `ble`, optional packages, and what a controller that is not there says."""

import asyncio
import importlib.util
import os

import pytest
from bumble.link import LocalLink

from devkit.ble import (
    Advertising,
    BleCentral,
    Code,
    DevicesFound,
    Peripheral,
    Radio,
    VirtualCentral,
    open_central,
)
from devkit.ble.profiles.thermometer import Thermometer
from devkit.ble.stacks.bumble_host import PeripheralHost, advertising_packets
from devkit.errors import BleError, SettingsError
from tests.helpers.air import Slot, served_controller
from tests.helpers.ble import refused


def test_each_setting_has_its_central() -> None:
    radio = Radio()
    assert isinstance(open_central("virtual", radio), VirtualCentral)
    for setting in ("bleak", "bleak:hci1", "bumble:usb:0", " bumble:tcp-client:127.0.0.1:1 "):
        assert type(open_central(setting, radio)) is BleCentral


@pytest.mark.parametrize("setting", ["", "real", "bumble", "bumble:", "virtual:1", "BLEAK"])
def test_other_settings_name_the_forms(setting: str) -> None:
    with pytest.raises(SettingsError, match="bumble:usb:0") as caught:
        open_central(setting)
    assert f'"{setting}"' in caught.value.message


@pytest.mark.parametrize("package", ["bleak", "bumble"])
def test_a_missing_package_comes_with_its_command(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(SettingsError, match=r"pip install .*\[radio\]"):
        open_central(f"{package}:usb:0")


@pytest.mark.parametrize("transport", ["nonsense:1", "tcp-client:127.0.0.1:1", "hci-socket:77"])
async def test_a_controller_that_is_not_there(transport: str) -> None:
    central = open_central(f"bumble:{transport}")
    error = await refused(central.open())
    assert error.err_code == Code.NOT_AVAILABLE
    assert f"bumble:{transport}" in error.message
    assert "usb:0" in error.hint
    await central.aclose()


async def test_a_controller_over_tcp_by_its_setting() -> None:
    link, radio, heard = LocalLink(), Radio(), asyncio.Event()
    thermometer = radio.add(Thermometer(interval_ms=20))
    async with served_controller(link) as port, PeripheralHost(thermometer, "air", Slot(link).open):
        central = open_central(f"bumble:tcp-client:127.0.0.1:{port}", radio)
        central.subscribe(lambda event: heard.set() if isinstance(event, DevicesFound) else None)
        await central.open()
        await central.start_discovery(["FFF0"])
        await asyncio.wait_for(heard.wait(), 20)
        await central.connect(thermometer.address)
        assert [item.uuid for item in await central.services(thermometer.address)] == [
            service.uuid for service in thermometer.services
        ]
        await central.aclose()
    await radio.aclose()


def test_advertising_packets_fit_or_say_why() -> None:
    class Device(Peripheral):
        name = "A name that is far too long for one packet, 水壶"
        advertising = Advertising(service_uuids=["FFF0", "0000FFE0-65D0-4E20-B56A-E493541BA4E2"])

    packet, response = advertising_packets(Device())
    assert packet == bytes.fromhex("0201060303f0ff1107e2a41b5493e46ab5204ed065e0ff0000")
    assert len(response) <= 31
    assert response[1] == 0x08
    response[2:].decode()
    Device.advertising = Advertising(manufacturer_data=bytes(30))
    with pytest.raises(BleError, match="more than a packet"):
        advertising_packets(Device())


@pytest.mark.radio
async def test_live_hardware_hears_something() -> None:
    """Set DEVKIT_BLE to the central to test; any advertising device nearby will do."""
    central, heard = open_central(os.environ.get("DEVKIT_BLE", "bleak")), asyncio.Event()
    central.subscribe(lambda event: heard.set() if isinstance(event, DevicesFound) else None)
    await central.open()
    await central.start_discovery()
    await asyncio.wait_for(heard.wait(), 30)
    await central.stop_discovery()
    assert all(-128 <= device.rssi < 20 for device in await central.devices())
    await central.aclose()
