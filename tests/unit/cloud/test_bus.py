"""What the bus makes of entries that come twice, or not at all."""

from __future__ import annotations

import logging

import pytest

from devkit.cloud.push.bus import RedisBus
from devkit.cloud.push.changes import DeviceChange


def test_an_entry_is_heard_once_and_a_gap_is_told(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []
    bus = RedisBus("redis://nowhere", lambda change: heard.append(change.time))

    def entry(number: int, sender: str = "a") -> dict[bytes, bytes]:
        body = DeviceChange("P/d", "Property", "Report", number).body
        return {b"from": sender.encode(), b"number": str(number).encode(), b"push": body.encode()}

    with caplog.at_level(logging.ERROR):
        for number in (4, 5, 5, 4, 6):
            bus._take(entry(number))
        bus._take(entry(1, "b"))
        assert not caplog.records
        bus._take(entry(9))
    assert heard == [4, 5, 6, 1, 9]
    assert "lost 2 pushes" in caplog.text
