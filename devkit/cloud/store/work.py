"""A unit of work: one transaction, and what follows once it is committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from devkit.cloud.push.hub import DeviceChange
from devkit.cloud.store.memory import Transaction

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

JSON = Any


class Work:
    """What device-side code and action handlers get: the open transaction, and a list of what comes after."""

    def __init__(self, emulator: Emulator, tx: Transaction) -> None:
        self.emulator = emulator
        self.tx = tx
        self.now = emulator.clock.now_ms()
        self.effects: list[Callable[[], None]] = []

    @property
    def now_s(self) -> int:
        """Return the present in seconds."""
        return self.now // 1000

    @property
    def stamp(self) -> int:
        """Return the present, moved on by as little as makes it differ from every stamp before.

        Lists are ordered by it, so two rows of one millisecond keep their order.
        """
        return self.emulator.next_stamp(self.tx, self.now)

    def after(self, effect: Callable[[], None]) -> None:
        """Do something once the transaction is committed, after the answer has gone out."""
        self.effects.append(effect)

    def push(self, device_id: str, kind: str, sub_type: str, payload: JSON = None, topic: str = "") -> None:
        """Tell the subscribers of a device, after the commit."""
        change = DeviceChange(device_id, kind, sub_type, self.now, payload, topic)
        self.after(lambda: self.emulator.publish(change))
