"""The devices that ship, as each central meets them."""

import pytest

from devkit.ble import Code, ValueChanged
from devkit.ble.profiles.heart_rate import CONTROL_POINT_NOT_SUPPORTED, HeartRateMonitor, measurement_frame
from devkit.ble.profiles.thermometer import Thermometer, temperature_frame
from devkit.errors import GattError
from tests.contract.ble.centrals import KINDS, open_phone
from tests.helpers.ble import refused

pytestmark = pytest.mark.parametrize("kind", KINDS)


async def test_a_heart_rate_monitor(kind: str) -> None:
    monitor = HeartRateMonitor(bpm=300)
    async with open_phone(kind, monitor) as (_, phone):
        at, central = monitor.address, phone.central
        await central.connect(at)
        assert len(await central.services(at)) == 2
        assert await central.read(at, "180D", "2A38") == b"\x01"
        assert await central.read(at, "180F", "2A19") == b"\x64"
        await central.set_notify(at, "180D", "2A37")
        assert monitor.beat()
        frame = measurement_frame(300, monitor.energy_kj)
        await phone.until(lambda: frame in [event.value for event in phone.seen(ValueChanged)])
        monitor.energy_kj = 5000
        await central.write(at, "180D", "2A39", b"\x01")
        assert monitor.energy_kj < 1000  # it burns one in a second
        error = await refused(central.write(at, "180D", "2A39", b"\x02"))
        assert isinstance(error, GattError)
        assert (error.err_code, error.att_code) == (Code.SYSTEM_ERROR, CONTROL_POINT_NOT_SUPPORTED)


async def test_a_thermometer(kind: str) -> None:
    thermometer = Thermometer(interval_ms=20)
    async with open_phone(kind, thermometer) as (_, phone):
        await phone.central.connect(thermometer.address)
        await phone.central.set_notify(thermometer.address, "FFF0", "FFF2")
        await phone.until(lambda: len(phone.seen(ValueChanged)) > 2)
        assert {event.value for event in phone.seen(ValueChanged)} == {temperature_frame(36.5)}
