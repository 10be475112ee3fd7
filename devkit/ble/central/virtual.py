"""A phone among virtual peripherals."""

from __future__ import annotations

from devkit.ble.central.central import BleCentral
from devkit.ble.peripheral.radio import Radio
from devkit.ble.stacks.air import AirStack


class VirtualCentral(BleCentral):
    """A central whose devices are the peripherals of a Radio.

    powered: Bluetooth is on. supported: the phone has Bluetooth Low Energy at all.
    """

    def __init__(self, radio: Radio, *, powered: bool = True, supported: bool = True) -> None:
        self._air = AirStack(radio, powered=powered, supported=supported)
        super().__init__(self._air, radio)

    def set_power(self, on: bool) -> None:
        """Switch the phone's Bluetooth; off ends the search and every connection."""
        self._air.set_power(on)
