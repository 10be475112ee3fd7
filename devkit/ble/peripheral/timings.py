"""How long the air takes. INSTANT is the default; TYPICAL is a phone beside a device."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timings:
    """Durations in ms, all measured by the radio's clock.

    connect: until a connection stands. services: each look-up of services or characteristics. request: each
    read, write, subscription and MTU exchange. notify: each notification. supervision: until a lost link is
    noticed. connect_timeout: until a device out of range is given up when the caller sets no limit.
    """

    connect_ms: int = 0
    services_ms: int = 0
    request_ms: int = 0
    notify_ms: int = 0
    supervision_ms: int = 0
    connect_timeout_ms: int = 10_000


INSTANT = Timings()
TYPICAL = Timings(connect_ms=300, services_ms=150, request_ms=30, notify_ms=15, supervision_ms=4000)
