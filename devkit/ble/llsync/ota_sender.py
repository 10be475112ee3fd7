"""Sending firmware to a device: request, rounds of numbered packets, and its verdict.

Source: docs/reference/ble.md section 2.8.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devkit.ble.llsync.codes import Ota, OtaFailure, OtaRefusal, ReportKind
from devkit.ble.llsync.frames import cut, malformed
from devkit.ble.llsync.ota import ALLOW, DONE, PACKET_HEAD, RESUME
from devkit.ble.refusals import Code, refusal
from devkit.language import _

TRIES = 5
Write = Callable[[bytes], Awaitable[None]]
Answer = Callable[[ReportKind, float], Awaitable[bytes]]


@dataclass(frozen=True)
class Terms:
    """How a device takes firmware, as its answer to the request says."""

    packets: int
    packet_bytes: int
    received: int
    gap_ms: int

    @classmethod
    def read(cls, data: bytes) -> Terms:
        """Read the answer.

        Errors: BleError when the device refuses, or the answer is cut.
        """
        if not data or not data[0] & ALLOW:
            reason = {
                OtaRefusal.LOW_BATTERY: _("its battery is low"),
                OtaRefusal.WRONG_VERSION: _("of its version"),
            }
            word = reason.get(OtaRefusal(data[1]), "") if len(data) > 1 and data[1] < len(OtaRefusal) else ""
            raise refusal(Code.SYSTEM_ERROR, _(f"The device takes no firmware{f': {word}' if word else ''}."))
        if len(data) < 10 or not data[1] or data[2] <= PACKET_HEAD:
            raise malformed(_(f"The device's terms for firmware cannot be read ({data.hex()})."))
        received = int.from_bytes(data[5:9], "big") if data[0] & RESUME else 0
        return cls(data[1], data[2], received, data[9])


async def send_firmware(
    write: Write,
    answer: Answer,
    image: bytes,
    version: str,
    room: int,
    on_progress: Callable[[float], None],
) -> None:
    """Send an image of a version in frames of at most room bytes.

    Errors: BleError when the device refuses it, finds it broken, or takes nothing of it five times on end.
    """
    head = len(image).to_bytes(4, "big") + zlib.crc32(image).to_bytes(4, "big")
    name = version.encode()
    for frame in cut(Ota.REQUEST, head + bytes([len(name)]) + name, room):
        await write(frame)
    terms = Terms.read(await answer(ReportKind.OTA_REPLY, 0))
    size = min(terms.packet_bytes, room) - PACKET_HEAD
    sent, tries, first = terms.received, 0, 0
    while sent < len(image):
        chunk = image[sent : sent + size * (terms.packets - first)]
        await _round(write, chunk, size, first, terms.gap_ms)
        data = await answer(ReportKind.OTA_DATA, 0)
        if len(data) < 5:
            raise malformed(_(f"The device's count of packets is cut ({data.hex()})."))
        first, total = data[0] % terms.packets, int.from_bytes(data[1:5], "big")
        tries = 0 if total > sent else tries + 1
        if tries == TRIES or total > len(image):
            raise refusal(
                Code.SYSTEM_ERROR, _(f"The device has {total} of {len(image)} bytes and takes no more.")
            )
        sent = total
        on_progress(sent / len(image))
    await write(bytes([Ota.END]))
    _judge(await answer(ReportKind.OTA_CHECK, 0))


async def _round(write: Write, data: bytes, size: int, first: int, gap_ms: int) -> None:
    """Send packets numbered from first on: the rest of a round whose end was lost, or a whole one."""
    for number, start in enumerate(range(0, len(data), size)):
        payload = data[start : start + size]
        if number and gap_ms:
            await asyncio.sleep(gap_ms / 1000)
        await write(bytes([Ota.DATA, len(payload) + 1, first + number]) + payload)


def _judge(data: bytes) -> None:
    if data and data[0] & DONE:
        return
    reasons = {OtaFailure.CRC: _("its CRC is wrong"), OtaFailure.READ: _("it cannot be read")}
    reason = (
        reasons.get(OtaFailure(min(data[0], OtaFailure.FILE)), _("its file is broken")) if data else "unknown"
    )
    raise refusal(Code.SYSTEM_ERROR, _(f"The device throws the firmware away: {reason}."))
