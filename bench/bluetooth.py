"""What both measurements of Bluetooth share: limits, the time that firmware takes, options and printing."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from devkit.ble.llsync.ota import OtaReceiver

Result = dict[str, Any]
PACKET_BYTES, PACKETS, LINK_MS = 244, 255, 5
SIGN_IN_MS, OTA_SHARE = 150, 0.8


def sending_marks(receiver: OtaReceiver) -> list[float]:
    """Return a list that gets the moments of the first packet and of the last check, in seconds."""
    marks: list[float] = []
    take, finish = receiver.take, receiver.finish

    def timed_take(frame: bytes) -> bool:
        marks[:1] = marks[:1] or [time.perf_counter()]
        return take(frame)

    def timed_finish(**options: Any) -> Any:
        marks.append(time.perf_counter())
        return finish(**options)

    receiver.take, receiver.finish = timed_take, timed_finish  # type: ignore[method-assign]
    return marks


def run(
    doc: str,
    measure: Callable[[int, int], Awaitable[Result]],
    lines: Callable[[Result], Iterable[str]],
    rounds: int,
) -> None:
    """Measure as the command line says, and print the figures for people or as JSON."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--kib", type=int, default=256)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    async def measured() -> Result:
        return await measure(options.rounds, options.kib)

    result = asyncio.run(measured())
    if options.json:
        print(json.dumps(result))
        return
    print(f"search, connect, authenticate  {result['sign_in_ms']} ms (at most {SIGN_IN_MS})")
    for line in lines(result):
        print(line)


def firmware_line(result: Result, rest: str) -> str:
    """Return the line of firmware: its time and how much of it the link needs."""
    share = f"{result['ota_share_of_link']:.0%}"
    return f"firmware of {result['ota_kib']} KiB            {result['ota_s']} s, {share} of {rest}"
