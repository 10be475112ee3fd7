"""The clinical thermometer that the guide's custom adapter reads.

Frame: D1, type, length u16, data, 0D. Type D9 is a temperature: data is 00 00 and four hex digits "uhll":
u is 0 for Celsius and 1 for Fahrenheit, and the value is (h * 256 + ll) / 10.
Source: docs/reference/ble.md section 1.
"""

from __future__ import annotations

from devkit.ble.peripheral.advertising import Advertising
from devkit.ble.peripheral.gatt import Service
from devkit.ble.peripheral.peripheral import Peripheral
from devkit.errors import BleError
from devkit.language import _

COMPANY_ID = b"\xff\xff"
START, TEMPERATURE, END = 0xD1, 0xD9, 0x0D
LARGEST_TENTHS = 0x9FF


class Thermometer(Peripheral):
    """Measures once a second while somebody listens; `measure` sends a value at once."""

    name = "Thermometer"
    measurement = Service("FFF0")
    command = measurement.characteristic("FFF1", "write", "writeNoResponse")
    reading = measurement.characteristic("FFF2", "notify")

    def __init__(
        self,
        address: str = "A1:B2:C3:D4:E5:F6",
        *,
        celsius: float = 36.5,
        interval_ms: int = 1000,
        distance: float = 1.0,
    ) -> None:
        super().__init__(address, distance=distance)
        self.celsius = celsius
        self.interval_ms = interval_ms
        self.advertising = Advertising(
            service_uuids=["FFF0"], manufacturer_data=COMPANY_ID + bytes.fromhex(address.replace(":", ""))
        )

    @property
    def device_name(self) -> str:
        """Return the name that the adapter makes of the advertising packet."""
        return self.advertising.manufacturer_data[2:].hex(":").upper()

    def measure(self, celsius: float, *, fahrenheit: bool = False) -> bool:
        """Take and send a measurement; return False when nobody listens."""
        self.celsius = celsius
        return self.notify(self.reading, temperature_frame(celsius, fahrenheit=fahrenheit))

    async def run(self) -> None:
        """Measure as long as the thermometer is on."""
        while self.interval_ms:
            await self.sleep(self.interval_ms)
            if self.subscribed(self.reading):
                self.measure(self.celsius)


def temperature_frame(celsius: float, *, fahrenheit: bool = False) -> bytes:
    """Return the frame of a measurement, in the unit that the thermometer shows.

    Errors: BleError for a temperature that four digits cannot carry.
    """
    tenths = round((celsius * 9 / 5 + 32 if fahrenheit else celsius) * 10)
    if not 0 <= tenths <= LARGEST_TENTHS:
        raise BleError(
            _(f"{celsius} °C does not fit a frame."), _(f"0 to {LARGEST_TENTHS / 10} degrees of the unit do.")
        )
    word = (0x1000 if fahrenheit else 0) | tenths
    data = b"\x00\x00" + word.to_bytes(2, "big")
    return bytes([START, TEMPERATURE]) + len(data).to_bytes(2, "big") + data + bytes([END])
