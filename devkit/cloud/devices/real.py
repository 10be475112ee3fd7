"""What one can do to a device that is real firmware, and what can be made wrong between it and the cloud."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from devkit.cloud.devices.device import VirtualDevice
from devkit.errors import SettingsError
from devkit.json_types import JSON
from devkit.language import _

MOST_DELAY_MS = 600_000


class LinkFaults:
    """What goes wrong with the messages of one device over MQTT.

    loss and duplicate: of how many messages, 0.0 to 1.0; delay_ms: each way. errors: {method: code}, the
    answer to a method, or to all as "*", without any effect. refuse: connections are answered that the server
    is not available. Whatever is lost is not acknowledged.
    """

    def __init__(self) -> None:
        self.loss = self.duplicate = 0.0
        self.delay_ms = 0
        self.errors: dict[str, int] = {}
        self.refuse = False
        self.random = random.Random()  # noqa: S311  decides which messages a fault takes

    def __bool__(self) -> bool:
        return bool(self.loss or self.duplicate or self.delay_ms or self.errors or self.refuse)

    def set(self, faults: Mapping[str, JSON]) -> None:
        """Change some; {} clears all, and a method with a null code is answered as usual.

        Errors: SettingsError, and nothing is changed then.
        """
        loss, duplicate = (
            _share(name, faults.get(name, getattr(self, name))) for name in ("loss", "duplicate")
        )
        delay, refuse = faults.get("delay_ms", self.delay_ms), faults.get("refuse", self.refuse)
        if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= MOST_DELAY_MS:
            raise SettingsError(_(f"delay_ms must be 0 to {MOST_DELAY_MS}, not {delay!r:.60}."))
        if not isinstance(refuse, bool):
            raise SettingsError(_(f"refuse must be true or false, not {refuse!r:.60}."))
        errors = _errors(self.errors, faults.get("errors", {}))
        if not faults:
            loss, duplicate, delay, errors, refuse = 0.0, 0.0, 0, {}, False
        self.loss, self.duplicate, self.delay_ms = loss, duplicate, delay
        self.errors, self.refuse = errors, refuse

    def error(self, method: str) -> int:
        """Return the code with which a method is to be answered, 0 for none."""
        return self.errors.get(method) or self.errors.get("*") or 0

    def happens(self, share: float) -> bool:
        """Tell whether a message is one of a share."""
        return share > 0 and self.random.random() < share

    def snapshot(self) -> dict[str, JSON]:
        """Return the faults that are on, as set() takes them."""
        shown: dict[str, JSON] = {
            "loss": self.loss, "delay_ms": self.delay_ms, "duplicate": self.duplicate,
            "errors": dict(self.errors), "refuse": self.refuse,
        }  # fmt: skip
        return {name: value for name, value in shown.items() if value}


def _share(name: str, value: JSON) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SettingsError(_(f"{name} must be 0.0 to 1.0, not {value!r:.60}."))
    return float(value)


def _errors(before: Mapping[str, int], changes: JSON) -> dict[str, int]:
    if not isinstance(changes, Mapping):
        raise SettingsError(_(f"errors must be {{method: code}}, not {changes!r:.60}."))
    errors = dict(before)
    for method, code in changes.items():
        if code is None:
            errors.pop(method, None)
        elif isinstance(code, bool) or not isinstance(code, int) or not code:
            raise SettingsError(_(f"The code of {method!r:.40} is a number other than 0, not {code!r:.40}."))
        else:
            errors[method] = code
    return errors


class FirmwareBody(VirtualDevice, ABC):
    """A device that is firmware of its own."""

    @abstractmethod
    def break_off(self, reason: str) -> None:
        """End its connection."""

    @abstractmethod
    def send(self, what: Mapping[str, Any]) -> None:
        """Send what is neither control nor action.

        what: rrpc and broadcast (texts), raw (bytes in hex), log_level (0 to 4), file (a name) with its text
        or data.
        Errors: SettingsError, also when the firmware is not subscribed to it.
        """
