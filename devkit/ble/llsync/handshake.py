"""Who may talk to a device: binding, registration, mutual authentication, and their ends.

Source: docs/reference/ble.md sections 2.4, 2.6 and 2.7.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from devkit.ble.llsync.codes import AdvertisedState, Info, ReportKind
from devkit.ble.llsync.frames import malformed
from devkit.ble.llsync.identity import (
    UNBIND_REQUEST,
    UNBIND_RESPONSE,
    Binding,
    bind_signature,
    connect_request_signature,
    connect_signature,
    sign,
)
from devkit.ble.llsync.registration import (
    Registration,
    registration_request,
    registration_signature,
    unsealed_key,
)
from devkit.language import _

if TYPE_CHECKING:
    from devkit.ble.llsync.device import LLSyncPeripheral

PROTOCOL_VERSION = 4
SET_MTU = 0x8000
BIND_BYTES, BIND_DONE_BYTES, CONNECT_BYTES = 8, 13, 24


class Handshake:
    """What one connection has proved; a step out of order raises, and the device stays silent."""

    def __init__(self, device: LLSyncPeripheral) -> None:
        self._device = device
        self.authorized = False
        self.forget()

    def forget(self) -> None:
        """Begin a connection that nobody has proved yet."""
        self.authorized = self._proved = self._signed = self._unbinding = False
        self._registering: int | None = None

    def handle(self, kind: Info, data: bytes) -> None:
        """Take a note of the app; those that change nothing are let pass.

        Errors: BleError 10013 for one that cannot be read, or that comes at a wrong time.
        """
        handler = HANDLERS.get(kind)
        if handler:
            handler(self, data)

    def _bind(self, data: bytes) -> None:
        """Answer with a signature that the cloud can verify."""
        if len(data) != BIND_BYTES or self._device.binding:
            raise malformed(_(f"A request to bind has {len(data)} bytes, or the device is bound already."))
        nonce, timestamp = (int.from_bytes(data[start : start + 4], "big") for start in (0, 4))
        if self._device.registers:
            self._registering = nonce
            signature = registration_signature(
                self._device.product_secret,
                self._device.product_id,
                self._device.device_name,
                nonce,
                timestamp,
            )
            self._device.send(ReportKind.REGISTER, registration_request(self._device.device_name, signature))
            return
        self._ask_person(nonce, timestamp)

    def _registered(self, data: bytes) -> None:
        """Take the key that the cloud gave, and answer the binding that waits for it."""
        registration = Registration.read(data)
        if self._registering is None or registration.nonce != self._registering:
            raise malformed(_("The app ends a registration that the device did not sign."))
        self._device.secret = unsealed_key(registration.payload, self._device.product_secret)
        self._registering = None
        self._ask_person(registration.nonce, registration.timestamp)

    def _ask_person(self, nonce: int, timestamp: int) -> None:
        if not self._device.confirm_seconds:
            self._answer_bind(nonce, timestamp, confirmed=True)
            return
        self._device.send(ReportKind.CONFIRM_TIME, self._device.confirm_seconds.to_bytes(2, "big"))
        self._device.spawn(self._confirm(nonce, timestamp))

    async def _confirm(self, nonce: int, timestamp: int) -> None:
        confirmed = await self._device.confirm_binding()
        self._answer_bind(nonce, timestamp, confirmed=confirmed)

    def _answer_bind(self, nonce: int, timestamp: int, *, confirmed: bool) -> None:
        signature = bind_signature(
            self._device.secret, self._device.product_id, self._device.device_name, nonce, timestamp
        )
        self._signed = confirmed
        data = self._signature(signature) + self._device.device_name.encode()
        self._device.send(ReportKind.BIND, data, flag=not confirmed)

    def _bound(self, data: bytes) -> None:
        if not self._signed:
            raise malformed(_("The app ends a binding that the device did not sign."))
        if len(data) != BIND_DONE_BYTES or data[0] != AdvertisedState.BOUND:
            raise malformed(_(f"The end of a binding cannot be read ({data.hex()})."))
        self._signed = False
        self._device.binding = Binding(data[1:5], data[5:])

    def _connect(self, data: bytes) -> None:
        """Prove both sides; a wrong signature gets no answer."""
        if self._device.binding is None or len(data) != CONNECT_BYTES:
            raise malformed(_("A request to connect is cut, or the device is not bound."))
        timestamp, given = int.from_bytes(data[:4], "big"), data[4:]
        if not hmac.compare_digest(
            given, connect_request_signature(self._device.binding.local_psk, timestamp)
        ):
            raise malformed(_("The app's signature is wrong."))
        key = self._device.binding.local_psk
        own = connect_signature(key, timestamp, self._device.product_id, self._device.device_name)
        self._device.send(ReportKind.CONNECT, self._signature(own) + self._device.device_name.encode())
        self._proved = True

    def _connected(self, data: bytes) -> None:
        del data
        if not self._proved:
            raise malformed(_("The app skips its signature."))
        self.authorized = True
        mtu = self._device.llsync_mtu | (SET_MTU if self._device.wish_mtu else 0)
        version = self._device.version.encode()
        body = bytes([PROTOCOL_VERSION]) + mtu.to_bytes(2, "big") + bytes([len(version)]) + version
        self._device.send(ReportKind.DEVICE_INFO, body)

    def _connect_failed(self, data: bytes) -> None:
        del data
        self.authorized = self._proved = False

    def _unbind(self, data: bytes) -> None:
        if self._device.binding is None or not hmac.compare_digest(
            data, sign(self._device.binding.local_psk, UNBIND_REQUEST)
        ):
            raise malformed(_("The signature of an unbinding is wrong, or the device is not bound."))
        self._unbinding = True
        self._device.send(
            ReportKind.UNBIND, self._signature(sign(self._device.binding.local_psk, UNBIND_RESPONSE))
        )

    def _unbound(self, data: bytes) -> None:
        del data
        if not self._unbinding:
            raise malformed(_("The app skips the signature of an unbinding."))
        self._device.binding = None
        self.forget()

    def _signature(self, right: bytes) -> bytes:
        return bytes(byte ^ 0xFF for byte in right) if self._device.faults.wrong_signature else right


HANDLERS = {
    Info.BIND: Handshake._bind,
    Info.BIND_DONE: Handshake._bound,
    Info.CONNECT: Handshake._connect,
    Info.CONNECT_DONE: Handshake._connected,
    Info.CONNECT_FAILED: Handshake._connect_failed,
    Info.UNBIND: Handshake._unbind,
    Info.UNBIND_DONE: Handshake._unbound,
    Info.REGISTER: Handshake._registered,
}
