"""Days and times of timers and automations, in China's time zone.

That the platform uses this zone everywhere is unverified.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from devkit.cloud.api.wire import CHINA
from devkit.language import _

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DAYS = re.compile(r"[01]{7}")


def read_time(text: str) -> str:
    """Return HH:MM; a one-digit hour is accepted.

    Errors: ValueError.
    """
    found = _TIME.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(_(f"must be HH:MM from 00:00 to 23:59, not {text!r}"))
    return f"{int(found[1]):02d}:{found[2]}"


def read_days(text: str) -> str:
    """Return seven 0 or 1, Sunday first.

    Errors: ValueError.
    """
    if not _DAYS.fullmatch(text):
        raise ValueError(_(f"must be 7 digits 0 or 1, Sunday first, not {text!r}"))
    return text


def next_moment(days: str, time_point: str, after_ms: int) -> int:
    """Return the next moment, in ms, on which a day is set and the clock shows time_point; 0 for never.

    No day set at all means any day, as for a timer that fires once.
    """
    hour, minute = (int(part) for part in time_point.split(":"))
    now = datetime.fromtimestamp(after_ms / 1000, CHINA)
    for ahead in range(8):
        day = (now + timedelta(days=ahead)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        moment = round(day.timestamp() * 1000)
        if moment > after_ms and ("1" not in days or days[_sunday_first(day)] == "1"):
            return moment
    return 0


def is_effective(days: str, begin: str, end: str, at_ms: int) -> bool:
    """Tell whether a moment lies between begin and end (inclusive) of a set day.

    An end before its begin reaches into the next day, which then counts as the day that began it.
    """
    now = datetime.fromtimestamp(at_ms / 1000, CHINA)
    shown = now.strftime("%H:%M")
    day = now
    if begin <= end:
        if not begin <= shown <= end:
            return False
    elif shown <= end:
        day = now - timedelta(days=1)
    elif shown < begin:
        return False
    return days[_sunday_first(day)] == "1"


def _sunday_first(day: datetime) -> int:
    return day.isoweekday() % 7
