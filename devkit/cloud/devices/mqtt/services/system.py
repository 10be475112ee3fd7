"""`$sys` and `$log`: the time, and how much a device is to log.

Source: docs/reference/device-side.md section 4, Time and Log.
"""

from __future__ import annotations

from devkit.cloud.devices.mqtt.exchange import Exchange
from devkit.language import _

NO_LOGS = 0


def take_system(exchange: Exchange) -> None:
    """Answer a question for the time; the Python SDK needs all four fields, and asks without a token."""
    if exchange.message.get("type") != "get":
        exchange.complain(_(f"There is no type {exchange.message.get('type')!r} on $sys/operation."))
        return
    now = exchange.emulator.clock.now_ms()
    exchange.say({"type": "get", "time": now // 1000, "ntptime1": now, "ntptime2": now})


def take_log(exchange: Exchange) -> None:
    """Answer a question for the log level, which the act `send` sets."""
    if exchange.message.get("type") != "get_log_level":
        exchange.complain(_(f"There is no type {exchange.message.get('type')!r} on $log/operation."))
        return
    level = exchange.broker.log_levels.get(exchange.device_id, NO_LOGS)
    exchange.say({"type": "get_log_level", "clientToken": exchange.token, "log_level": level})
