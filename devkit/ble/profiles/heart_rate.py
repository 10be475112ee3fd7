"""A heart-rate monitor as the Bluetooth SIG defines it.

Source: Bluetooth Heart Rate Service 1.0, sections 3.1 to 3.3, and the Battery Service.
"""

from __future__ import annotations

from devkit.ble.peripheral.advertising import Advertising
from devkit.ble.peripheral.gatt import Att, Service, att_error
from devkit.ble.peripheral.peripheral import Peripheral
from devkit.errors import BleError, GattError
from devkit.language import _

WIDE_RATE, CONTACT, ENERGY = 0x01, 0x06, 0x08
CHEST = 1
RESET_ENERGY = 0x01
CONTROL_POINT_NOT_SUPPORTED = 0x80
LARGEST = 0xFFFF


class HeartRateMonitor(Peripheral):
    """Sends the pulse once a second; the energy counter can be reset through the control point."""

    name = "Heart rate"
    advertising = Advertising(service_uuids=["180D", "180F"])
    heart_rate = Service("180D")
    measurement = heart_rate.characteristic("2A37", "notify")
    location = heart_rate.characteristic("2A38", "read", value=bytes([CHEST]))
    control_point = heart_rate.characteristic("2A39", "write")
    battery = Service("180F")
    battery_level = battery.characteristic("2A19", "read", "notify", value=bytes([100]))

    def __init__(self, address: str = "", *, bpm: int = 72, distance: float = 1.0) -> None:
        super().__init__(address, distance=distance)
        self.bpm = bpm
        self.energy_kj = 0

    @control_point.on_write
    def command_written(self, value: bytes) -> None:
        """Reset the energy counter."""
        if len(value) != 1:
            raise att_error(Att.INVALID_LENGTH, _(f"The control point takes one byte, not {len(value)}."))
        if value[0] != RESET_ENERGY:
            raise GattError(
                _(f"The control point has no command {value[0]:#04x}."), att_code=CONTROL_POINT_NOT_SUPPORTED
            )
        self.energy_kj = 0

    def beat(self) -> bool:
        """Send a measurement; return False when nobody listens."""
        return self.notify(self.measurement, measurement_frame(self.bpm, self.energy_kj))

    async def run(self) -> None:
        """Send a measurement each second, and burn a kilojoule."""
        while True:
            await self.sleep(1000)
            self.energy_kj = min(self.energy_kj + 1, LARGEST)
            if self.subscribed(self.measurement):
                self.beat()


def measurement_frame(bpm: int, energy_kj: int) -> bytes:
    """Return flags, rate (8 bits while they are enough) and energy; numbers are little endian.

    Errors: BleError for a rate that 16 bits cannot carry.
    """
    if not 0 <= bpm <= LARGEST:
        raise BleError(_(f"A heart rate of {bpm} does not fit a measurement."), _(f"0 to {LARGEST} do."))
    wide = bpm > 0xFF
    flags = CONTACT | ENERGY | (WIDE_RATE if wide else 0)
    return bytes([flags]) + bpm.to_bytes(2 if wide else 1, "little") + energy_kj.to_bytes(2, "little")
