"""`$sys` and `$log`: the time, and how much a device is to log.

Source: docs/reference/device-side.md section 4, Time and Log.
"""

from __future__ import annotations

from devkit.cloud.devices.mqtt.exchange import Exchange

LOG_LEVEL = 0
"""Logs stay off: nothing reads them here."""


def take_system(exchange: Exchange) -> None:
    """Answer a question for the time; the Python SDK needs all four fields, and asks without a token."""
    if exchange.message.get("type") != "get":
        exchange.complain(f"There is no type {exchange.message.get('type')!r} on $sys/operation.")
        return
    now = exchange.emulator.clock.now_ms()
    exchange.say({"type": "get", "time": now // 1000, "ntptime1": now, "ntptime2": now})


def take_log(exchange: Exchange) -> None:
    """Answer a question for the log level."""
    if exchange.message.get("type") != "get_log_level":
        exchange.complain(f"There is no type {exchange.message.get('type')!r} on $log/operation.")
        return
    exchange.say({"type": "get_log_level", "clientToken": exchange.token, "log_level": LOG_LEVEL})
