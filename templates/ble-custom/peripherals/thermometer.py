"""The device of this panel, written in Python: what its firmware does on the air.

Frame, in both directions: D1, type, length of the data (two bytes), data, 0D. Keep src/protocol.js in step.
"""

from devkit.ble import Advertising, Att, Peripheral, Service, att_error

COMPANY = b"\xff\xff"
STATUS, UNIT, BUZZER, INTERVAL = 0xC0, 0xC1, 0xC2, 0xC3
SETTINGS, TEMPERATURE = 0xD8, 0xD9


def frame(kind: int, data: bytes) -> bytes:
    return bytes([0xD1, kind]) + len(data).to_bytes(2, "big") + data + b"\x0d"


class Thermometer(Peripheral):
    """Measures every `interval` seconds while somebody listens, and obeys commands."""

    name = "Thermometer"
    service = Service("FFF0")
    command = service.characteristic("FFF1", "write")
    reading = service.characteristic("FFF2", "notify")

    def __init__(self, address: str = "A1:B2:C3:D4:E5:F6") -> None:
        super().__init__(address)
        self.advertising = Advertising(
            interval_ms=200,
            service_uuids=["FFF0"],
            manufacturer_data=COMPANY + bytes.fromhex(address.replace(":", "")),
        )
        self.celsius = 36.5
        self.unit, self.buzzer, self.interval, self.battery = 0, 1, 2, 88

    @command.on_write
    def written(self, value: bytes) -> None:
        """Handle a command; a frame that is cut is refused."""
        kind, data = value[1:2], value[4:-1]
        if value != frame(int.from_bytes(kind, "big"), data):
            raise att_error(Att.INVALID_LENGTH, f"The thermometer does not understand {value.hex()}.")
        if data:
            setting = {UNIT: "unit", BUZZER: "buzzer", INTERVAL: "interval"}.get(kind[0])
            if setting:
                setattr(self, setting, data[0])
        self.tell_settings()

    def measure(self, celsius: float) -> bool:
        """Take a measurement and send it; False when nobody listens."""
        self.celsius = celsius
        degrees = celsius * 9 / 5 + 32 if self.unit else celsius
        word = (0x1000 if self.unit else 0) | round(degrees * 10)
        return self.notify(self.reading, frame(TEMPERATURE, b"\x00\x00" + word.to_bytes(2, "big")))

    def tell_settings(self) -> None:
        """Send the settings and the charge of the battery."""
        data = bytes([self.unit, self.buzzer, self.interval, self.battery])
        self.notify(self.reading, frame(SETTINGS, data))

    def on_subscribe(self, characteristic, enabled: bool) -> None:
        """Measure at once when somebody begins to listen."""
        if enabled:
            self.measure(self.celsius)

    async def run(self) -> None:
        """Live as long as the device is switched on."""
        while True:
            await self.sleep(1000 * max(1, self.interval))
            if self.subscribed(self.reading):
                self.measure(self.celsius)

    def describe(self, characteristic, value: bytes, *, written: bool) -> str:
        """Say a frame in words, for the frame log of the console."""
        words = {STATUS: "tell settings", UNIT: "set unit", BUZZER: "set buzzer", INTERVAL: "set interval"}
        words |= {SETTINGS: "settings", TEMPERATURE: "temperature"}
        return words.get(value[1], "") if len(value) > 1 else ""
