"""What a peripheral sends while nobody is connected, and how strong it arrives."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from devkit.ble.uuids import full_uuid
from devkit.language import _

SHORTEST_MS, LONGEST_MS = 20, 10_240
SENSITIVITY_DBM = -100
NEAREST_M = 0.01


@dataclass(frozen=True)
class Advertising:
    """The advertising packet of a peripheral.

    interval_ms: 20 to 10240, the limits of Bluetooth. manufacturer_data starts with the company id, low byte
    first, as `advertisData` does.
    """

    interval_ms: int = 100
    service_uuids: Sequence[str] = ()
    manufacturer_data: bytes = b""
    connectable: bool = True

    def __post_init__(self) -> None:
        if not SHORTEST_MS <= self.interval_ms <= LONGEST_MS:
            raise ValueError(
                _(
                    f"An advertising interval of {self.interval_ms} ms is not possible: "
                    f"Bluetooth allows {SHORTEST_MS} to {LONGEST_MS} ms."
                )
            )
        object.__setattr__(self, "service_uuids", tuple(full_uuid(uuid) for uuid in self.service_uuids))


@dataclass(frozen=True)
class SignalModel:
    """Received strength over distance: log-distance path loss with seeded noise.

    at_1m: dBm at one metre. exponent: 2 in the open, 2.7 to 3.5 in rooms. noise: standard deviation in dB.
    """

    at_1m: float = -59.0
    exponent: float = 2.0
    noise: float = 2.0

    def strength(self, distance: float, dice: random.Random) -> int:
        """Return the RSSI in dBm of one packet from distance metres."""
        spread = dice.gauss(0, self.noise) if self.noise else 0.0
        return round(self._at(distance) + spread)

    def mean(self, distance: float) -> int:
        """Return the RSSI in dBm from distance metres without noise."""
        return round(self._at(distance))

    def _at(self, distance: float) -> float:
        return self.at_1m - 10 * self.exponent * math.log10(max(distance, NEAREST_M))
