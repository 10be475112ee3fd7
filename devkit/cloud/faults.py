"""Faults: slow, lost and failing calls on demand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from devkit.cloud.api.facts import FACTS, nearest
from devkit.errors import FIRMWARE_FAILURES, CloudApiError, SettingsError, TransportTimeoutError
from devkit.language import _

JSON = Any
MAX_LATENCY_MS = 600_000


class Faults:
    """The faults that are on: latency_ms, drop (0.0 to 1.0), errors {action: {"code", "msg"}} and firmware.

    firmware is the result code with which every upgrade and download of firmware fails, 0 for none;
    cut_downloads is how many of the next downloads end in the middle.
    """

    def __init__(self) -> None:
        self.latency_ms = 0
        self.drop = 0.0
        self.errors: dict[str, dict[str, JSON]] = {}
        self.firmware = 0
        self.cut_downloads = 0

    def set(self, fault: Mapping[str, JSON]) -> None:
        """Change faults; {} clears all, and an action with a null error works again.

        Errors: SettingsError.
        """
        unknown = fault.keys() - {"latency_ms", "drop", "errors", "firmware"}
        if unknown:
            raise SettingsError(
                _(f"Unknown fault {sorted(unknown)[0]!r}."),
                _("Faults are latency_ms, drop, errors and firmware."),
            )
        latency = fault.get("latency_ms", self.latency_ms)
        if isinstance(latency, bool) or not isinstance(latency, int) or not 0 <= latency <= MAX_LATENCY_MS:
            raise SettingsError(_(f"latency_ms must be 0 to {MAX_LATENCY_MS}, not {latency!r}."))
        drop = fault.get("drop", self.drop)
        if isinstance(drop, bool) or not isinstance(drop, int | float) or not 0 <= drop <= 1:
            raise SettingsError(_(f"drop must be 0.0 to 1.0, not {drop!r}."))
        errors = self._errors(fault.get("errors", {}))
        firmware = _firmware(fault.get("firmware", self.firmware))
        if not fault:
            latency, drop, errors, firmware = 0, 0.0, {}, 0
        self.latency_ms, self.drop, self.errors, self.firmware = latency, float(drop), errors, firmware

    def _errors(self, changes: JSON) -> dict[str, dict[str, JSON]]:
        if not isinstance(changes, Mapping):
            raise SettingsError(_(f"errors must be an object by action, not {changes!r}."))
        errors = dict(self.errors)
        for action, error in changes.items():
            if error is None:
                errors.pop(action, None)
                continue
            _check_action(str(action))
            if not isinstance(error, Mapping) or not error.get("code"):
                raise SettingsError(
                    _(f"The error of {action} must have a code, not {error!r}."),
                    _('Write {"code": "InternalError", "msg": "…"}.'),
                )
            code = error["code"] if isinstance(error["code"], int) else str(error["code"])
            errors[str(action)] = {"code": code, "msg": str(error.get("msg", ""))}
        return errors

    def snapshot(self) -> dict[str, JSON]:
        """Return the faults as set() takes them."""
        shown = {"latency_ms": self.latency_ms, "drop": self.drop, "errors": dict(self.errors)}
        return {**shown, "firmware": self.firmware} if self.firmware else shown

    async def apply(self, action: str, chance: random.Random) -> None:
        """Delay, drop or fail a call.

        Errors: TransportTimeoutError, CloudApiError.
        """
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)
        if self.drop and chance.random() < self.drop:
            raise TransportTimeoutError(
                _(f"{action} was dropped by a fault."), _("Set drop to 0 to let calls through.")
            )
        error = self.errors.get(action) or self.errors.get("*")
        if error:
            raise CloudApiError(error["code"], error["msg"] or _("This error was asked for as a fault."))


def _check_action(action: str) -> None:
    """Refuse an action that the cloud does not have: its fault would never show.

    Errors: SettingsError with the nearest name.
    """
    if action == "*" or action in FACTS:
        return
    close = nearest(action)
    hint = _(f"Did you mean {close}?") if close else _("Write it as the platform does; * is every action.")
    raise SettingsError(_(f"The cloud has no action {action!r}."), hint)


def _firmware(code: JSON) -> int:
    if isinstance(code, int) and not isinstance(code, bool) and (code == 0 or code in FIRMWARE_FAILURES):
        return code
    meanings = "; ".join(f"{known} {text}" for known, text in FIRMWARE_FAILURES.items())
    raise SettingsError(
        _(f"firmware must be a result code from -1 to -5, or 0, not {code!r}."), f"{meanings}."
    )
