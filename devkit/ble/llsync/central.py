"""The app's side of LLSync in Python, over any central: for scripts, and for tests without the npm packages.

Source: docs/reference/ble.md section 2; the frames are those of npm
qcloud-iotexplorer-bluetooth-adapter-llsync@1.9.5.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devkit.ble.central.central import BleCentral
from devkit.ble.central.events import CentralEvent, ConnectionChanged, FoundDevice, ValueChanged
from devkit.ble.llsync import codes
from devkit.ble.llsync.codes import AdvertisedState, DataKind, Info, ReportKind
from devkit.ble.llsync.frames import Assembler, cut, malformed
from devkit.ble.llsync.identity import (
    UNBIND_REQUEST,
    UNBIND_RESPONSE,
    Binding,
    connect_request_signature,
    connect_signature,
    device_identity,
    sign,
    user_identity,
)
from devkit.ble.llsync.ota_sender import send_firmware
from devkit.ble.llsync.registration import Registration
from devkit.ble.llsync.tlv import decode, defines_of, encode
from devkit.ble.refusals import Code, refusal
from devkit.errors import BleError
from devkit.language import _
from devkit.model import ThingModel

SHORT_ROOM = 20
SET_MTU, MTU_MASK = 0x8000, 0x1FFF
ANSWER_S, SEARCH_S = 10, 20
REPEATED = {ReportKind.EVENT: 1, ReportKind.ACTION_REPLY: 2}
SIGNED = codes.SIGNATURE_BYTES


@dataclass(frozen=True)
class SignedName:
    """What a device says of itself, for the cloud to verify: AppSigBindDeviceInFamily or -DynamicRegister."""

    device_name: str
    signature: str
    nonce: int
    timestamp: int


@dataclass(frozen=True)
class DeviceInfo:
    """What a device tells once both sides are proved."""

    version: int
    mtu: int
    firmware: str


Heard = tuple[ReportKind, bytes, bool]
Verify = Callable[[SignedName], Awaitable[None]]
Register = Callable[[SignedName], Awaitable[bytes]]


class LLSyncCentral:
    """One app beside one device.

    on_report(values) and on_event(event id, values) hear the device; on_status() returns the cloud's values
    when the device asks for them. Errors: every method raises BleError, 10012 when the device stays silent
    for `answer_s`, 10006 when the connection ends.
    """

    def __init__(
        self,
        central: BleCentral,
        model: ThingModel,
        product_id: str,
        *,
        now_s: Callable[[], int] = lambda: int(time.time()),
        answer_s: float = ANSWER_S,
    ) -> None:
        self.central = central
        self.model = model
        self.product_id = product_id
        self.device_id = self.device_name = ""
        self.on_report: Callable[[dict[str, Any]], None] = lambda values: None
        self.on_event: Callable[[str, dict[str, Any]], None] = lambda event_id, params: None
        self.on_status: Callable[[], Mapping[str, Any]] = dict
        self._now_s = now_s
        self._answer_s = answer_s
        self._room = SHORT_ROOM
        self._assembler = Assembler()
        self._answers: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._replies: set[asyncio.Future[None]] = set()
        self._end = central.subscribe(self._on_event)

    def close(self) -> None:
        """Hear nothing more; the central stays open."""
        self._end()
        for reply in self._replies:
            reply.cancel()

    async def search(self, device_name: str = "", *, limit_s: float = SEARCH_S) -> FoundDevice:
        """Return the bound device of that name, or without a name the first one that waits for its user."""
        await self.central.start_discovery([codes.ADVERTISED_SERVICE], allow_duplicates=True)
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    for device in await self.central.devices():
                        if self._fits(device.manufacturer_data, device_name):
                            return device
                    await self._heard()
        except TimeoutError:
            raise refusal(
                Code.NO_DEVICE, _(f"No device {device_name or _('that waits for its user')} was found.")
            ) from None
        finally:
            await self.central.stop_discovery()

    async def connect(self, device_id: str, device_name: str = "") -> None:
        """Connect and listen."""
        self.device_id, self.device_name = device_id, device_name
        self._room = SHORT_ROOM
        self._assembler.reset()
        self._answers = asyncio.Queue()
        await self.central.connect(device_id)
        await self.central.set_notify(device_id, codes.SERVICE, codes.EVENT)

    async def bind(
        self,
        user_id: str,
        verify: Verify | None = None,
        *,
        register: Register | None = None,
        local_psk: bytes = b"",
        nonce: int | None = None,
        confirm_s: float = 0,
    ) -> Binding:
        """Bind the device to a user.

        verify: asks the cloud; what it raises ends the binding on the device too. register: hands a device
        without a key to the cloud and returns the payload. confirm_s: how long a person has to agree.
        """
        number = secrets.randbelow(1 << 32) if nonce is None else nonce
        stamp = self._now_s()
        frames = cut(Info.BIND, _words(number, stamp), self._room)
        kind, data, rejected = await self._ask(
            codes.INFO, frames, ReportKind.BIND, ReportKind.REGISTER, more_s=confirm_s
        )
        if kind is ReportKind.REGISTER:
            name = data[1 : 1 + data[0]].decode()
            if register is None:
                raise refusal(
                    Code.CONNECTION_FAIL, _(f"{name} has to be registered first."), _("Pass register.")
                )
            payload = await register(SignedName(name, data[1 + data[0] :].decode(), number, stamp))
            stamp = self._now_s()
            frames = cut(Info.REGISTER, Registration(payload, number, stamp).frame(), self._room)
            _rest, data, rejected = await self._ask(codes.INFO, frames, ReportKind.BIND, more_s=confirm_s)
        if rejected:
            raise refusal(Code.CONNECTION_FAIL, _("The person at the device refused the binding."))
        self.device_name = data[SIGNED:].decode()
        expires = stamp + codes.SIGNATURE_LIFE_S
        try:
            if verify:
                await verify(SignedName(self.device_name, data[:SIGNED].hex(), number, expires))
        except Exception as error:
            await self._write(codes.INFO, bytes([Info.BIND_FAILED]) + str(error).encode()[: self._room - 1])
            raise
        binding = Binding(local_psk or secrets.token_bytes(4), user_identity(user_id))
        done = bytes([AdvertisedState.BOUND]) + binding.local_psk + binding.user_identity
        await self._write(codes.INFO, *cut(Info.BIND_DONE, done, self._room))
        return binding

    async def authenticate(self, local_psk: bytes) -> DeviceInfo:
        """Prove both sides, and agree on the MTU."""
        stamp = self._now_s()
        proof = stamp.to_bytes(4, "big") + connect_request_signature(local_psk, stamp)
        _kind, data, _rejected = await self._ask(
            codes.INFO, cut(Info.CONNECT, proof, self._room), ReportKind.CONNECT
        )
        name = data[SIGNED:].decode()
        own = connect_signature(local_psk, stamp, self.product_id, self.device_name or name)
        if not hmac.compare_digest(data[:SIGNED], own):
            await self._write(codes.INFO, bytes([Info.CONNECT_FAILED]))
            raise refusal(Code.CONNECTION_FAIL, _(f"The signature of {name} is wrong."))
        self.device_name = name
        _kind, data, _rejected = await self._ask(
            codes.INFO, [bytes([Info.CONNECT_DONE])], ReportKind.DEVICE_INFO
        )
        if len(data) < 4 or len(data) != 4 + data[3]:
            raise malformed(_(f"The device's information is cut ({data.hex()})."))
        wish = int.from_bytes(data[1:3], "big")
        if wish & SET_MTU:
            await self._agree(wish & MTU_MASK)
        return DeviceInfo(data[0], wish & MTU_MASK, data[4:].decode("utf-8", "replace"))

    async def control(self, values: Mapping[str, Any]) -> int:
        """Set properties; return the device's code, 0 for success."""
        data = encode(values, defines_of(self.model.properties))
        frames = cut(DataKind.CONTROL << 5, data, self._room)
        _kind, answer, _rejected = await self._ask(codes.DATA, frames, ReportKind.CONTROL_REPLY)
        return answer[0] if answer else 0

    async def action(
        self, action_id: str, inputs: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Do an action; return the device's code and the outputs."""
        action = self.model.action(action_id)
        head = DataKind.ACTION << 5 | self.model.actions.index(action)
        data = encode(inputs or {}, defines_of(action.input))
        _kind, answer, _rejected = await self._ask(
            codes.DATA, cut(head, data, self._room), ReportKind.ACTION_REPLY
        )
        if len(answer) < 2:
            raise malformed(_(f"The answer to action {action_id} is cut ({answer.hex()})."))
        return answer[0], decode(answer[2:], defines_of(action.output)) if not answer[0] else {}

    async def unbind(self, local_psk: bytes) -> None:
        """Undo the binding."""
        frames = cut(Info.UNBIND, sign(local_psk, UNBIND_REQUEST), SHORT_ROOM)
        _kind, data, _rejected = await self._ask(codes.INFO, frames, ReportKind.UNBIND)
        right = hmac.compare_digest(data, sign(local_psk, UNBIND_RESPONSE))
        await self._write(codes.INFO, bytes([Info.UNBIND_DONE if right else Info.UNBIND_FAILED]))
        if not right:
            raise refusal(Code.CONNECTION_FAIL, _(f"The signature of {self.device_name} is wrong."))

    async def upgrade(
        self, image: bytes, version: str, *, on_progress: Callable[[float], None] = lambda share: None
    ) -> None:
        """Send firmware; it goes on where an earlier try ended if the device allows it."""
        await send_firmware(
            self._firmware_write, self._firmware_answer, image, version, self._room, on_progress
        )

    async def _agree(self, wish: int) -> None:
        agreed = await self.central.set_mtu(self.device_id, min(max(wish, 23), 512))
        self._room = max(23, agreed) - 3
        await self._write(codes.INFO, bytes([Info.MTU_RESULT, 0, 0]))

    async def _firmware_write(self, frame: bytes) -> None:
        await self._write(codes.OTA, frame)

    async def _firmware_answer(self, kind: ReportKind, more_s: float) -> bytes:
        _, data, _ = await self._answer(kind, more_s=more_s)
        return data

    async def _ask(self, uuid: str, frames: Sequence[bytes], *kinds: ReportKind, more_s: float = 0) -> Heard:
        """Write a message and return the answer; what came late for an earlier one is forgotten."""
        while not self._answers.empty():
            self._answers.get_nowait()
        await self._write(uuid, *frames)
        return await self._answer(*kinds, more_s=more_s)

    async def _write(self, uuid: str, *frames: bytes) -> None:
        for frame in frames:
            await self.central.write(self.device_id, codes.SERVICE, uuid, frame)

    async def _answer(self, *kinds: ReportKind, more_s: float = 0) -> Heard:
        """Return the next answer of the kinds; others are left out."""
        try:
            async with asyncio.timeout(self._answer_s + more_s):
                while True:
                    heard = await self._answers.get()
                    if heard is None:
                        raise refusal(Code.NO_CONNECTION, _(f"The connection to {self.device_id} has ended."))
                    if heard[0] in kinds:
                        return heard
        except TimeoutError:
            raise refusal(
                Code.TIMED_OUT, _(f"{self.device_id} does not answer ({kinds[0].name.lower()}).")
            ) from None

    async def _heard(self) -> None:
        """Wait for the next event of the central."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        end = self.central.subscribe(lambda event: None if waiting.done() else waiting.set_result(None))
        try:
            await waiting
        finally:
            end()

    def _fits(self, data: bytes, device_name: str) -> bool:
        if data[:2] != codes.COMPANY_ID or len(data) < 3:
            return False
        bound = data[2] & 0x03 in (AdvertisedState.BOUND, AdvertisedState.CONNECTED)
        if device_name:
            return bound and data[3:11] == device_identity(self.product_id, device_name)
        return not bound and data[9:] == self.product_id.encode()

    def _on_event(self, event: CentralEvent) -> None:
        if isinstance(event, ConnectionChanged) and event.device_id == self.device_id and not event.connected:
            self._answers.put_nowait(None)
        if not isinstance(event, ValueChanged) or event.device_id != self.device_id:
            return
        if event.characteristic_id != codes.EVENT or not event.value:
            return
        try:
            self._take(event.value)
        except BleError:
            self._assembler.reset()  # what cannot be read is left out; a waiting call times out

    def _take(self, value: bytes) -> None:
        try:
            kind = ReportKind(value[0])
        except ValueError:
            return
        if kind is ReportKind.GET_STATUS:
            self._reply(self._status_frames())
            return
        message = self._assembler.feed(value[:1], value[1:], repeated=REPEATED.get(kind, 0))
        if message is None:
            return
        if kind is ReportKind.PROPERTIES:
            self.on_report(decode(message, defines_of(self.model.properties)))
            self._reply([bytes([DataKind.REPLY << 5 | codes.REPORT_REPLY_INDEX, 0])])
        elif kind is ReportKind.EVENT:
            self._take_event(message)
        else:
            self._answers.put_nowait((kind, message, bool(value[1] & 0x20)))

    def _take_event(self, message: bytes) -> None:
        if not message or message[0] >= len(self.model.events):
            raise malformed(
                _(f"The device reports an event that the thing model does not have ({message.hex()}).")
            )
        event = self.model.events[message[0]]
        self.on_event(event.id, decode(message[1:], defines_of(event.params)))
        self._reply([bytes([DataKind.EVENT_REPLY << 5 | message[0], 0])])

    def _status_frames(self) -> list[bytes]:
        data = encode(self.on_status(), defines_of(self.model.properties))
        return cut(bytes([DataKind.REPLY << 5 | codes.STATUS_INDEX, 0]), data, self._room)

    def _reply(self, frames: Sequence[bytes]) -> None:
        """Answer the device in the background: it may have spoken while a call waits."""

        async def reply() -> None:
            try:
                await self._write(codes.DATA, *frames)
            except BleError:
                return  # the connection ended; a call that waits learns it itself

        task = asyncio.ensure_future(reply())
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)
