"""The shipped examples: what they send is what their documents say."""

import pytest

from devkit.ble import Code, DevicesFound, ValueChanged
from devkit.ble.profiles.heart_rate import HeartRateMonitor, measurement_frame
from devkit.ble.profiles.thermometer import Thermometer, temperature_frame
from devkit.ble.uuids import full_uuid
from devkit.errors import BleError, GattError
from tests.helpers.ble import open_lab, refused


@pytest.mark.parametrize(
    ("celsius", "fahrenheit", "frame"),
    [
        (36.5, False, "D1D900040000016D0D"),
        (37.0, True, "D1D90004000013DA0D"),
        (20, False, "D1D90004000000C80D"),
    ],
)
def test_temperature_frames(celsius: float, fahrenheit: bool, frame: str) -> None:
    assert temperature_frame(celsius, fahrenheit=fahrenheit).hex().upper() == frame


@pytest.mark.parametrize("celsius", [-0.1, 256])
def test_temperatures_that_do_not_fit(celsius: float) -> None:
    with pytest.raises(BleError, match="does not fit"):
        temperature_frame(celsius)


async def test_the_thermometer_measures_while_somebody_listens() -> None:
    async with open_lab(Thermometer(celsius=36.5)) as lab:
        await lab.central.start_discovery()
        await lab.wait(10)
        (device,) = lab.seen(DevicesFound)[0].devices
        assert device.manufacturer_data.hex(" ").upper() == "FF FF A1 B2 C3 D4 E5 F6"
        assert device.service_uuids == (full_uuid("FFF0"),)
        address = device.device_id
        assert lab.radio.peripherals[address].device_name == "A1:B2:C3:D4:E5:F6"
        await lab.central.connect(address)
        await lab.wait(3000)
        assert not lab.seen(ValueChanged)
        await lab.central.set_notify(address, "FFF0", "FFF2")
        await lab.wait(3000)
        assert [event.value.hex() for event in lab.seen(ValueChanged)] == ["d1d900040000016d0d"] * 3


async def test_the_heart_rate_monitor_counts_energy_until_it_is_reset() -> None:
    async with open_lab(HeartRateMonitor(bpm=300)) as lab:
        address = next(iter(lab.radio.peripherals))
        await lab.central.connect(address)
        assert await lab.central.read(address, "180F", "2A19") == bytes([100])
        assert await lab.central.read(address, "180D", "2A38") == bytes([1])
        await lab.central.set_notify(address, "180D", "2A37")
        await lab.wait(2000)
        assert lab.seen(ValueChanged)[-1].value.hex(" ") == "0f 2c 01 02 00"
        await lab.central.write(address, "180D", "2A39", b"\x01")
        assert lab.radio.peripherals[address].energy_kj == 0
        error = await refused(lab.central.write(address, "180D", "2A39", b"\x02"))
        assert isinstance(error, GattError)
        assert (error.err_code, error.att_code) == (Code.SYSTEM_ERROR, 0x80)
        assert (await refused(lab.central.write(address, "180D", "2A39", b"\x01\x01"))).att_code == 0x0D


def test_rates_have_one_byte_or_two() -> None:
    assert measurement_frame(72, 5).hex(" ") == "0e 48 05 00"
    with pytest.raises(BleError, match="does not fit"):
        measurement_frame(70_000, 0)
