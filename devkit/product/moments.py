"""Times as people say them on the command line."""

from __future__ import annotations

import datetime
import re

from devkit.errors import WrongUsageError
from devkit.language import _

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def moment_ms(text: str, now_ms: int) -> int:
    """Return a time in ms: "now", so long ago ("90m", "24h", "7d"), or ISO 8601, in this computer's zone.

    Errors: WrongUsageError.
    """
    if text == "now":
        return now_ms
    if ago := re.fullmatch(r"(\d{1,6})([smhd])", text):
        return now_ms - int(ago[1]) * _UNITS[ago[2]] * 1000
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise WrongUsageError(
            _(f"{text!r} is no time."), _("Say 90m, 24h, 7d (ago), now, or 2026-03-01T08:00.")
        ) from None


def moment_text(ms: object) -> str:
    """Return a time in ms as people read it; "-" for none."""
    if not isinstance(ms, int) or ms <= 0:
        return "-"
    try:
        when = datetime.datetime.fromtimestamp(ms / 1000).astimezone()
    except (ValueError, OverflowError, OSError):
        return str(ms)
    return when.isoformat(sep=" ", timespec="seconds")
