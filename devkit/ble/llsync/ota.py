"""Taking new firmware: request, rounds of numbered packets, the check, and going on after a drop.

Source: docs/reference/ble.md section 2.8.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from devkit.ble.llsync.codes import OtaFailure, OtaRefusal
from devkit.ble.llsync.frames import malformed
from devkit.language import _

REQUEST_BYTES = 9
LARGEST_FIRMWARE = 16 * 1024 * 1024
ALLOW, RESUME = 0x01, 0x02
DONE = 0x80
PACKET_HEAD = 3


@dataclass(frozen=True)
class OtaPlan:
    """How a device takes firmware.

    packets: in a round, 1 to 255. packet_bytes: with the 3 bytes of its head, 4 to 255. retry_s: after which
    silence it asks again. reboot_s: how long a restart takes at most; an app waits ten times as long. gap_ms:
    between two writes.
    """

    packets: int = 16
    packet_bytes: int = 0x17
    retry_s: int = 5
    reboot_s: int = 2
    gap_ms: int = 5
    resume: bool = True

    def __post_init__(self) -> None:
        limits = {"packets": 1, "packet_bytes": PACKET_HEAD + 1, "retry_s": 1, "reboot_s": 1, "gap_ms": 0}
        for name, smallest in limits.items():
            value = getattr(self, name)
            if not smallest <= value <= 0xFF:
                raise malformed(_(f"{name} of an OTA plan is {value}; {smallest} to 255 are possible."))


@dataclass(frozen=True)
class OtaRequest:
    """Announced firmware."""

    size: int
    crc: int
    version: str

    @classmethod
    def read(cls, data: bytes) -> OtaRequest:
        """Read size, CRC-32, and version with its length.

        Errors: BleError 10013.
        """
        if len(data) < REQUEST_BYTES or len(data) != REQUEST_BYTES + data[8]:
            raise malformed(_(f"An OTA request of {len(data)} bytes is not whole ({data.hex()})."))
        size, crc = (int.from_bytes(data[start : start + 4], "big") for start in (0, 4))
        return cls(size, crc, data[REQUEST_BYTES:].decode("utf-8", "replace"))


class OtaReceiver:
    """One device's firmware in the making; it outlives connections, so that a transfer can go on."""

    def __init__(self, plan: OtaPlan) -> None:
        self.plan = plan
        self.request: OtaRequest | None = None
        self.data = bytearray()
        self.round = 0
        self.running = False

    @property
    def progress(self) -> float:
        """Return how much has arrived, 0 to 1."""
        if self.request is None or not self.request.size:
            return 0.0
        return len(self.data) / self.request.size

    def refusal(self, request: OtaRequest, version: str) -> OtaRefusal | None:
        """Return why the firmware is not taken, None if it is."""
        fits = 0 < request.size <= LARGEST_FIRMWARE
        return None if fits and request.version != version else OtaRefusal.WRONG_VERSION

    def begin(self, request: OtaRequest) -> bytes:
        """Start, or go on with the same firmware; return the data of the answer."""
        if not (self.plan.resume and request == self.request):
            self.data = bytearray()
        self.request = request
        self.round = 0
        self.running = True
        plan = self.plan
        flags = ALLOW | (RESUME if plan.resume else 0)
        return (
            bytes([flags, plan.packets, plan.packet_bytes, plan.retry_s, plan.reboot_s])
            + len(self.data).to_bytes(4, "big")
            + bytes([plan.gap_ms])
        )

    def take(self, frame: bytes) -> bool:
        """Take a packet: length, sequence, payload. Return whether the round is to be confirmed now.

        A packet out of turn is left out; the last number of a round ends it all the same, so that the app
        learns from where to send again.
        Errors: BleError 10013 for a packet that is malformed, early, or beyond the announced size.
        """
        if self.request is None or not self.running:
            raise malformed(_("Firmware came without an OTA request."))
        if len(frame) < 2 or frame[0] != len(frame) - 1:
            raise malformed(_(f"An OTA packet has a wrong length ({frame[:2].hex()}…, {len(frame)} bytes)."))
        sequence, payload = frame[1], frame[2:]
        last = self.plan.packets - 1
        if sequence != self.round:
            return sequence == last
        if len(self.data) + len(payload) > self.request.size:
            raise malformed(_(f"More than the announced {self.request.size} bytes of firmware came."))
        self.data += payload
        self.round += 1
        return sequence == last or len(self.data) == self.request.size

    def confirm(self) -> bytes:
        """Return the data of a confirmation, and begin a new round when this one is complete."""
        answer = bytes([self.round]) + len(self.data).to_bytes(4, "big")
        whole = self.request is not None and len(self.data) == self.request.size
        if self.round == self.plan.packets or whole:
            self.round = 0
        return answer

    def finish(self, *, wrong_crc: bool = False) -> OtaFailure | None:
        """Check what came; return what is wrong with it. Anything wrong throws it away."""
        request, self.running = self.request, False
        if request is None or len(self.data) != request.size:
            return OtaFailure.FILE
        if wrong_crc or zlib.crc32(self.data) != request.crc:
            self.request, self.data = None, bytearray()
            return OtaFailure.CRC
        return None
