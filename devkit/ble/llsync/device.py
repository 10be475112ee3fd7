"""A device that speaks LLSync: binding, authentication, properties, events, actions and firmware.

Source: docs/reference/ble.md section 2; where the embedded SDK of the platform stays silent, so does this
device.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from devkit.ble.llsync import codes
from devkit.ble.llsync.codes import AdvertisedState, DataKind, Info, ReportKind
from devkit.ble.llsync.frames import Assembler, cut, malformed
from devkit.ble.llsync.handshake import PROTOCOL_VERSION, Handshake
from devkit.ble.llsync.identity import Binding, advertisement
from devkit.ble.llsync.ota import OtaPlan
from devkit.ble.llsync.ota_service import OtaService
from devkit.ble.llsync.tlv import decode, defines_of, encode
from devkit.ble.llsync.words import frame_words
from devkit.ble.peripheral.advertising import Advertising
from devkit.ble.peripheral.gatt import Characteristic, Service
from devkit.ble.peripheral.peripheral import Peripheral, PeripheralFaults
from devkit.errors import BleError
from devkit.language import _
from devkit.model import ThingModel

logger = logging.getLogger(__name__)

LARGEST_MTU = 0x1FFF


@dataclass
class LLSyncFaults(PeripheralFaults):
    """What an LLSync device does wrong, besides what any peripheral can.

    silent: it answers nothing. wrong_signature: its signatures are false. control_code: the code of its
    answers to controls, 0 is success. action_code: the same for actions. refuse_ota: the reason it gives.
    wrong_crc: it finds received firmware broken.
    """

    silent: bool = False
    wrong_signature: bool = False
    control_code: int = 0
    action_code: int = 0
    refuse_ota: codes.OtaRefusal | None = None
    wrong_crc: bool = False


class LLSyncPeripheral(Peripheral):
    """A standard device; subclasses say what its controls and actions do.

    secret: the device's key in base64, needed to bind; a device that knows only its product_secret asks the
    cloud for a key first. binding: None for a device that waits for its user.
    values: its properties by id; change them with `report`, so that the app learns of them. restart_ms: how
    long it is away after an upgrade. wifi: whether the cloud reaches it without a phone, too.
    """

    llsync = Service(codes.SERVICE)
    info = llsync.characteristic(codes.INFO, "write")
    data = llsync.characteristic(codes.DATA, "write")
    events = llsync.characteristic(codes.EVENT, "notify")
    firmware = llsync.characteristic(codes.OTA, "write", "writeNoResponse")
    advertising_ms = 100
    restart_ms = 1000
    wifi = False
    advertised_service = codes.ADVERTISED_SERVICE

    def __init__(
        self,
        model: ThingModel,
        product_id: str,
        device_name: str,
        *,
        secret: str = "",
        product_secret: str = "",
        binding: Binding | None = None,
        version: str = "1.0.0",
        llsync_mtu: int = 128,
        ota: OtaPlan | None = None,
        address: str = "",
        distance: float = 1.0,
    ) -> None:
        super().__init__(address, distance=distance)
        if not 0 < llsync_mtu <= LARGEST_MTU:
            raise BleError(
                _(f"An LLSync MTU of {llsync_mtu} is not possible."), _(f"1 to {LARGEST_MTU} are.")
            )
        self.faults: LLSyncFaults = LLSyncFaults()
        self.model = model
        self.product_id, self.device_name = product_id, device_name
        self.name = device_name
        self.secret = secret
        self.product_secret = product_secret
        self.binding = binding
        self.version = version
        self.llsync_mtu = llsync_mtu
        self.wish_mtu = True
        self.confirm_seconds = 0
        self.handshake = Handshake(self)
        self.values: dict[str, Any] = {item.id: item.define.default() for item in model.properties}
        self.ota = OtaService(self, ota or OtaPlan())
        self._assemblers = {codes.INFO: Assembler(), codes.DATA: Assembler(), codes.OTA: Assembler()}

    @property
    def advertising(self) -> Advertising:  # type: ignore[override]
        """Return the packet that tells whether the device is bound, and to whom."""
        state = AdvertisedState.BOUND if self.binding else AdvertisedState.WAITING
        data = advertisement(
            self.product_id,
            self.device_name,
            self.address,
            state,
            self.binding,
            PROTOCOL_VERSION,
            registers=self.registers,
        )
        return Advertising(self.advertising_ms, [self.advertised_service], data)

    @property
    def authorized(self) -> bool:
        """Tell whether an app has proved itself in this connection."""
        return self.handshake.authorized

    @property
    def registers(self) -> bool:
        """Tell whether it has to be registered before it can be bound."""
        return bool(self.product_secret) and not self.secret

    def report(self, values: Mapping[str, Any]) -> bool:
        """Change properties and report them; return False when the app is not there to hear it.

        Errors: PropertyValueError for values that the thing model refuses, BleError for those that LLSync
        cannot carry.
        """
        checked = self.model.validate(dict(values), write=False)
        data = encode(checked, defines_of(self.model.properties))
        self.values.update(checked)
        return self.send(ReportKind.PROPERTIES, data)

    def fire(self, event_id: str, params: Mapping[str, Any] | None = None) -> bool:
        """Report an event; return False when the app is not there to hear it.

        Errors: as of report.
        """
        checked = self.model.validate_event(event_id, dict(params or {}))
        event = self.model.event(event_id)
        index = self.model.events.index(event)
        data = bytes([index]) + encode(checked, defines_of(event.params))
        return self.send(ReportKind.EVENT, data, repeated=1)

    def ask_status(self) -> bool:
        """Ask the app for the properties that the cloud knows; they arrive in on_status."""
        return self.authorized and self._raw(bytes([ReportKind.GET_STATUS]))

    def send(self, kind: ReportKind, data: bytes, *, repeated: int = 0, flag: bool = False) -> bool:
        """Notify a message, in slices when it is long; properties and the like need an authorized app."""
        if kind <= ReportKind.ACTION_REPLY and not self.authorized:
            return False
        frames = cut(kind, data, self.mtu - 3, repeated=repeated, flag=flag)
        return all(self._raw(frame) for frame in frames)

    def on_control(self, values: dict[str, Any]) -> int:
        """Take over properties from the app; return the code of the answer, 0 for success."""
        self.values.update(values)
        return 0

    def on_action(self, action_id: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Do an action and return its outputs; by default the thing model's default values."""
        del inputs
        return {item.id: item.define.default() for item in self.model.action(action_id).output}

    def on_status(self, values: dict[str, Any]) -> None:
        """Take the properties that the cloud knows."""
        self.values.update(values)

    def on_reply(self, kind: ReportKind, code: int) -> None:
        """Learn how the app took a report (0 is success) or an event."""

    async def confirm_binding(self) -> bool:
        """Ask the person at the device whether it may be bound; used when confirm_seconds is set."""
        return True

    def on_connect(self) -> None:
        """Begin a connection that nobody has proved yet."""
        self._forget_connection()

    def on_disconnect(self) -> None:
        """Forget what was proved."""
        self._forget_connection()

    def describe(self, characteristic: Characteristic, value: bytes, *, written: bool) -> str:
        """Say in words what a frame means."""
        return frame_words(self.model, characteristic.uuid, value, written=written)

    @info.on_write
    def info_written(self, value: bytes) -> None:
        """Handle binding, authentication, unbinding and the notes of the app."""
        try:
            kind = Info(value[0])
        except ValueError:
            logger.info("%s: unknown note %s", self.device_name, value.hex())
            return
        if self.faults.silent:
            return
        data: bytes | None = value[1:]
        if kind in codes.FRAMED_INFO:
            data = self._assemble(codes.INFO, value[:1], value[1:])
        if data is not None:
            self._guarded(lambda: self.handshake.handle(kind, data))

    @data.on_write
    def data_written(self, value: bytes) -> None:
        """Handle controls, actions and answers."""
        if self.faults.silent or not self.authorized:
            return
        number, index = value[0] >> 5, value[0] & 0x1F
        if number == DataKind.REPLY and index == codes.STATUS_INDEX:
            self._status_written(value)
        elif number == DataKind.REPLY:
            self.on_reply(ReportKind.PROPERTIES, value[1] if len(value) > 1 else 0)
        elif number == DataKind.EVENT_REPLY:
            self.on_reply(ReportKind.EVENT, value[1] if len(value) > 1 else 0)
        elif number in (DataKind.CONTROL, DataKind.ACTION):
            message = self._assemble(codes.DATA, value[:1], value[1:])
            if message is not None:
                work = self._control if number == DataKind.CONTROL else self._action
                self._guarded(lambda: work(index, message))

    @firmware.on_write
    def firmware_written(self, value: bytes) -> None:
        """Hand firmware to the OTA service."""
        if self.faults.silent or not self.authorized:
            return
        message: bytes | None = value[1:]
        if value[0] == codes.Ota.REQUEST:
            message = self._assemble(codes.OTA, value[:1], value[1:])
        if message is not None:
            self._guarded(lambda: self.ota.handle(value[0], message))

    def _control(self, index: int, message: bytes) -> None:
        del index
        defines = defines_of(self.model.properties)
        try:
            values = decode(message, defines)
            code = self.faults.control_code or self.on_control(values)
        except BleError as error:
            logger.info("%s: a control cannot be read: %s", self.device_name, error.message)
            code = 1
        self.send(ReportKind.CONTROL_REPLY, bytes([code & 0xFF]))

    def _action(self, index: int, message: bytes) -> None:
        if index >= len(self.model.actions):
            raise malformed(
                _(f"Action {index} is not in the thing model, which has {len(self.model.actions)}.")
            )
        action = self.model.actions[index]
        try:
            outputs = self.on_action(action.id, decode(message, defines_of(action.input)))
            data, code = encode(outputs, defines_of(action.output)), self.faults.action_code
        except BleError as error:
            logger.info("%s: action %s failed: %s", self.device_name, action.id, error.message)
            data, code = b"", 1
        self.send(ReportKind.ACTION_REPLY, bytes([code & 0xFF, index]) + data, repeated=2)

    def _status_written(self, value: bytes) -> None:
        if len(value) > 1 and value[1] == 0:
            message = self._assemble(codes.DATA, value[:2], value[2:])
            if message is not None:
                defines = defines_of(self.model.properties)
                self._guarded(lambda: self.on_status(decode(message, defines)))
        else:
            self.on_reply(ReportKind.GET_STATUS, value[1] if len(value) > 1 else 0)

    def _raw(self, frame: bytes) -> bool:
        return self.connected and self.notify(type(self).events, frame)

    def _assemble(self, uuid: str, head: bytes, body: bytes) -> bytes | None:
        try:
            return self._assemblers[uuid].feed(head, body)
        except BleError as error:
            logger.info("%s: %s", self.device_name, error.message)
            return None

    def _guarded(self, work: Callable[[], object]) -> None:
        """Do what a message asks for; one that cannot be read is left unanswered, as on a real device."""
        try:
            work()
        except BleError as error:
            logger.info("%s: %s", self.device_name, error.message)

    def _forget_connection(self) -> None:
        self.handshake.forget()
        for assembler in self._assemblers.values():
            assembler.reset()
