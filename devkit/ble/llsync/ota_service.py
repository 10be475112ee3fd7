"""Firmware over LLSync on a device: answers, asking again after silence, and the restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.ble.llsync.codes import Ota, ReportKind
from devkit.ble.llsync.frames import malformed
from devkit.ble.llsync.ota import DONE, OtaPlan, OtaReceiver, OtaRequest
from devkit.language import _

if TYPE_CHECKING:
    from devkit.ble.llsync.device import LLSyncPeripheral

FAREWELL_MS = 100  # an adapter that learns of the disconnection together with the answer waits in vain


class OtaService:
    """Takes the writes to FFE4; `image` is the firmware that the device runs since its last upgrade."""

    def __init__(self, device: LLSyncPeripheral, plan: OtaPlan) -> None:
        self._device = device
        self.receiver = OtaReceiver(plan)
        self.image = b""
        self._watching = False

    @property
    def progress(self) -> float:
        """Return how much of the firmware has arrived, 0 to 1."""
        return self.receiver.progress

    def handle(self, kind: int, data: bytes) -> None:
        """Take a message.

        Errors: BleError 10013 for one that cannot be read.
        """
        if kind == Ota.REQUEST:
            self._request(OtaRequest.read(data))
        elif kind == Ota.DATA:
            if self.receiver.take(data):
                self._confirm()
        elif kind == Ota.END:
            self._finish()
        else:
            raise malformed(_(f"{kind:#04x} is not an OTA message."))

    def _request(self, request: OtaRequest) -> None:
        reason = self._device.faults.refuse_ota
        if reason is None:
            reason = self.receiver.refusal(request, self._device.version)
        if reason is not None:
            self._device.send(ReportKind.OTA_REPLY, bytes([0, reason]))
            return
        self._device.send(ReportKind.OTA_REPLY, self.receiver.begin(request))
        if not self._watching:
            self._watching = True
            self._device.spawn(self._watch())

    def _confirm(self) -> None:
        self._device.send(ReportKind.OTA_DATA, self.receiver.confirm())

    def _finish(self) -> None:
        request = self.receiver.request
        failure = self.receiver.finish(wrong_crc=self._device.faults.wrong_crc)
        if failure is not None or request is None:
            self._device.send(ReportKind.OTA_CHECK, bytes([failure or 0]))
            return
        self._device.send(ReportKind.OTA_CHECK, bytes([DONE]))
        self.image = bytes(self.receiver.data)
        self.receiver.request, self.receiver.data = None, bytearray()
        self._device.version = request.version
        self._device.spawn(self._restart())

    async def _restart(self) -> None:
        """Let the app take in the answer, then go away for as long as a restart takes."""
        await self._device.sleep(FAREWELL_MS)
        self._device.disconnect()
        away, self._device.faults.out_of_range = self._device.faults.out_of_range, True
        await self._device.sleep(self._device.restart_ms)
        self._device.faults.out_of_range = away

    async def _watch(self) -> None:
        """Confirm again when a round stands still, so that the app sends what is missing."""
        receiver = self.receiver
        try:
            while receiver.running and self._device.connected:
                before = (len(receiver.data), receiver.round)
                await self._device.sleep(receiver.plan.retry_s * 1000)
                stuck = before == (len(receiver.data), receiver.round)
                if stuck and receiver.running and self._device.authorized and receiver.round:
                    self._confirm()
        finally:
            self._watching = False
