"""A device at work over MQTT: its connection, made anew when it breaks, and what the cloud says on it.

Source: docs/reference/device-side.md sections 4 and 5.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from devkit.cloud.devices.device import ActionFailedError, VirtualDevice
from devkit.cloud.devices.mqtt.exchange import read_message
from devkit.cloud.devices.mqtt.topics import RRPC_ASKED, split
from devkit.cloud.devices.mqtt.words import down_words, up_words
from devkit.errors import DevkitError, FirmwareError, PropertyValueError, TransportError
from devkit.firmware.client import ANSWER_SECONDS, MqttClient
from devkit.firmware.identity import DeviceIdentity, DeviceServer
from devkit.firmware.messages import GATEWAY, PLAIN, hand_over, result_of, token_of
from devkit.firmware.remote import OTA, PROPERTY, RemoteDevice, remote_kind
from devkit.json_types import JSON
from devkit.language import _
from devkit.model import ThingModel

logger = logging.getLogger(__name__)
SERVICES = ("property", "event", "action", "service")
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""The C SDK's first wait, doubled each time; it gives up beyond the longest, and this goes on with it."""
BAD_VALUE, FAILED = 400, -1

Job = Callable[[RemoteDevice], Awaitable[None]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class DevicePart:
    """What a device is made of: the thing model of its product and the class that plays it."""

    model: ThingModel
    kind: type[Any] = VirtualDevice


class DeviceRun:
    """One device with its sub-devices on one connection.

    parts holds {device id: part}, the device itself first. tell is told in words what happens.
    """

    def __init__(
        self, server: DeviceServer, identity: DeviceIdentity, parts: Mapping[str, DevicePart], tell: Tell
    ) -> None:
        self.server, self.identity, self.tell = server, identity, tell
        self._parts = parts
        self.devices = {
            device_id: remote_kind(part.kind)(self, device_id) for device_id, part in parts.items()
        }
        self.connects = 0
        self.ready = asyncio.Event()
        self._client: MqttClient | None = None
        self._online: set[str] = set()
        self._switched_on = asyncio.Event()
        self._switched_on.set()
        self._inboxes: dict[str, asyncio.Queue[Job]] = {item: asyncio.Queue() for item in parts}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: dict[str, asyncio.Future[Mapping[str, JSON]]] = {}
        self._late: dict[str, dict[str, JSON]] = {}
        self._number = 0

    @property
    def device(self) -> RemoteDevice:
        """Return the device that has the connection."""
        return self.devices[self.identity.device_id]

    def model_of(self, device_id: str) -> ThingModel:
        """Return the thing model of a device."""
        return self._parts[device_id].model

    def is_online(self, device_id: str) -> bool:
        """Tell whether the cloud has a device as online, as far as is known here."""
        return device_id in self._online

    async def run(self) -> None:
        """Be the device until cancelled.

        Errors: TransportError when the first connection fails; SettingsError when the log-in is refused.
        """
        for device_id in self._parts:
            self._spawn(self._work(device_id))
            if self.devices[device_id].tick_ms > 0:
                self._spawn(self._tick(self.devices[device_id]))
        wait = FIRST_WAIT_S
        try:
            while True:
                await self._switched_on.wait()
                try:
                    await self._once()
                    wait = FIRST_WAIT_S
                except TransportError as error:
                    if not self.connects:
                        raise
                    self.tell(_(f"{error.message} The next attempt is in about {wait:g} s."))
                    await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311  spreads reconnects
                    wait = min(2 * wait, LONGEST_WAIT_S)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Stop everything."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _once(self) -> None:
        """Connect, and be connected until that ends; a break waits a little before it returns."""
        client = MqttClient(self._heard)
        await client.open(self.server, self.identity)
        self._client = client
        self.tell(_(f"{self.identity.device_id} is connected to {self.server}."))
        try:
            self._online.add(self.identity.device_id)
            starting = asyncio.ensure_future(self._begin(client))
            both: set[asyncio.Future[Any]] = {starting, client.ended}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
            else:
                starting.cancel()
            reason = await client.ended
        finally:
            self._client = None
            await client.aclose()
            for device_id in tuple(self._online):
                self._gone(device_id)
            for waiting in self._pending.values():
                if not waiting.done():
                    waiting.set_exception(TransportError(_("The connection ended before the answer.")))
        self.tell(reason)
        if self._switched_on.is_set():
            await asyncio.sleep(FIRST_WAIT_S * random.uniform(1, 2))  # noqa: S311  as the C SDK

    async def _begin(self, client: MqttClient) -> None:
        own = self.identity.device_id
        more = (item for item in PLAIN if item != RRPC_ASKED)
        await self._subscribe(client, own, "$ota/update", *more)
        await client.subscribe([f"{RRPC_ASKED}/{own}/+"])
        await self._came(own)
        self._tell_version()
        if len(self._parts) > 1:
            await client.subscribe([f"{GATEWAY}/result/{own}"])
            for device_id in tuple(self._parts)[1:]:
                await self.set_online(device_id, online=True)
        self.connects += 1
        self.ready.set()

    async def _subscribe(self, client: MqttClient, device_id: str, *more: str) -> None:
        services = (*(f"$thing/down/{name}" for name in SERVICES), *more)
        for topic in await client.subscribe([f"{service}/{device_id}" for service in services]):
            self.tell(_(f"The cloud refuses the subscription to {topic}."))

    async def _came(self, device_id: str) -> None:
        """Ask what was missed while it was away, as firmware does after it has subscribed."""
        device = self.devices[device_id]
        answer = await self.ask(device_id, PROPERTY, {"method": "get_status"})
        data = answer.get("data")
        data = data if isinstance(data, Mapping) else {}
        if not self.connects and isinstance(reported := data.get("reported"), Mapping):
            device.adopt(reported)
        if not self.connects:
            self._put(device_id, lambda device: device.on_start())
        self._put(device_id, lambda device: device.on_online())
        if late := self._late.pop(device_id, None):
            self._put(device_id, lambda device: device.report(late))
        if isinstance(missed := data.get("control"), Mapping) and missed:
            self._put(device_id, lambda device: device.on_control(dict(missed)))
            token = answer.get("clientToken")
            clear: dict[str, JSON] = {"method": "clear_control", "clientToken": token}
            self._put(device_id, lambda device: _now(lambda: self.say(device_id, PROPERTY, clear)))

    def _gone(self, device_id: str) -> None:
        self._online.discard(device_id)
        self._put(device_id, lambda device: device.on_offline())

    async def set_online(self, device_id: str, *, online: bool) -> None:
        """Connect or disconnect the device, or have its gateway tell that a sub-device came or went."""
        if device_id == self.identity.device_id:
            if online:
                self._switched_on.set()
            else:
                self._switched_on.clear()
                if self._client is not None:
                    await self._client.aclose()
            return
        if self._client is None or self.is_online(device_id) == online:
            return
        product_id, _rest, name = device_id.partition("/")
        kind = "online" if online else "offline"
        device: JSON = {"product_id": product_id, "device_name": name}
        answer = await self._expect(
            f"{kind} {device_id}", GATEWAY, {"type": kind, "payload": {"devices": [device]}}
        )
        if result := result_of(answer):
            self.tell(_(f"The cloud answers the {kind} of {device_id} with {result}."))
        elif online:
            self._online.add(device_id)
            await self._subscribe(self._client, device_id)
            await self._came(device_id)
        else:
            self._gone(device_id)

    def postpone(self, device_id: str, values: Mapping[str, JSON]) -> None:
        """Keep values that a device reports while it is offline."""
        self._late.setdefault(device_id, {}).update(values)

    async def ask(self, device_id: str, service: str, message: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Publish a message with a token of its own, and return the answer to it.

        Errors: TransportError without an answer.
        """
        self._number += 1
        token = f"{self.identity.product_id}-{self._number}"
        return await self._expect(token, service, {**message, "clientToken": token}, device_id)

    async def _expect(
        self, key: str, service: str, message: Mapping[str, JSON], device_id: str = ""
    ) -> Mapping[str, JSON]:
        waiting = self._pending[key] = asyncio.get_running_loop().create_future()
        try:
            self.say(device_id or self.identity.device_id, service, message)
            async with asyncio.timeout(ANSWER_SECONDS):
                answer: Mapping[str, JSON] = await waiting
                return answer
        except TimeoutError:
            what = message.get("method") or message.get("type")
            raise TransportError(
                _(f"The cloud has not answered {what} within {ANSWER_SECONDS:g} s.")
            ) from None
        finally:
            del self._pending[key]

    def say(self, device_id: str, service: str, message: Mapping[str, JSON]) -> None:
        """Publish a message of a device; one that is offline says nothing."""
        if self._client is not None:
            payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
            self._client.publish(f"{service}/{device_id}", payload, qos=1)
            self.tell(f"↑ {self._whose(device_id)}{up_words(service, message)}")

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._client is not None:
            self._client.publish(topic, payload, qos=1)
            self.tell(f"↑ {topic} {payload[:60]!r}")

    def _whose(self, device_id: str) -> str:
        return "" if device_id == self.identity.device_id else f"{device_id} "

    def _heard(self, topic: str, payload: bytes) -> None:
        service, device_id, _rest = split(topic)
        device = self.devices.get(device_id)
        if service in PLAIN and device is not None:
            self.tell(f"↓ {topic} {payload[:60]!r}")
            self._put(device_id, lambda device: hand_over(device, topic, payload, self._publish))
            return
        message = read_message(payload)
        if isinstance(message, str) or device is None:
            self.tell(f"↓ {topic}: {message if isinstance(message, str) else _('not of a device here')}")
            return
        self.tell(f"↓ {self._whose(device_id)}{down_words(service, message)}")
        token = token_of(service, message)
        waiting = self._pending.get(token)
        if waiting is not None and ("code" in message or service.startswith(GATEWAY)):
            if not waiting.done():
                waiting.set_result(message)
            return
        method = message.get("method") or message.get("type")
        take = _ASKED.get((service, str(method)))
        if take is not None:
            take(self, device, message)
        elif method and "code" not in message and "/up/" not in service and service != "$ota/update":
            self._put(device_id, lambda device: device.on_message(topic, dict(message)))

    def _control(self, device: RemoteDevice, message: Mapping[str, JSON]) -> None:
        reply: dict[str, JSON] = {"method": "control_reply", "clientToken": message.get("clientToken")}
        known = {prop.id for prop in device.model.properties}
        given = message.get("params")
        values = (
            {name: value for name, value in given.items() if name in known}
            if isinstance(given, Mapping)
            else {}
        )
        try:
            checked = device.model.validate(values)
        except PropertyValueError as error:
            self.say(device.id, PROPERTY, {**reply, "code": BAD_VALUE, "status": error.message})
            return
        self.say(device.id, PROPERTY, {**reply, "code": 0, "status": ""})
        self._put(device.id, lambda device: device.on_control(checked))

    def _action(self, device: RemoteDevice, message: Mapping[str, JSON]) -> None:
        async def perform(device: RemoteDevice) -> None:
            action_id, params = str(message.get("actionId")), message.get("params")
            reply: dict[str, JSON] = {"code": 0, "status": "", "response": {}}
            params = params if isinstance(params, Mapping) else {}
            try:
                lacking = [item.id for item in device.model.action(action_id).input if item.id not in params]
                if lacking:
                    raise ActionFailedError(_(f"{action_id} lacks {', '.join(lacking)}."), BAD_VALUE)
                inputs = device.model.validate_input(action_id, params)
                outputs = await device.on_action(action_id, inputs)
                reply["response"] = device.model.validate_output(action_id, outputs or {})
            except ActionFailedError as error:
                reply |= {"code": error.code, "status": error.message}
            except DevkitError as error:
                reply |= {"code": FAILED, "status": error.message}
            answer = {"method": "action_reply", "clientToken": message.get("clientToken"), **reply}
            self.say(device.id, "$thing/up/action", answer)

        self._put(device.id, perform)

    def _upgrade(self, device: RemoteDevice, message: Mapping[str, JSON]) -> None:
        version, url = message.get("version"), message.get("url")
        if version == device.version:
            self._tell_version()
        elif isinstance(version, str) and isinstance(url, str) and not device.offer:
            device.offer = message
            self._spawn(self._install(device, version, url))

    def _tell_version(self) -> None:
        report: JSON = {"version": self.device.version}
        self.say(self.identity.device_id, OTA, {"type": "report_version", "report": report})

    async def _install(self, device: RemoteDevice, version: str, url: str) -> None:
        try:
            await device.on_ota(version, url)
        except FirmwareError as error:
            await device.report_ota("fail", message=error.message, code=error.code)
        except Exception as error:
            logger.exception("The upgrade of %s failed", device.id)
            self.tell(f"{device.id}: {type(error).__name__}: {error}")
            await device.report_ota("fail", message=str(error))
        finally:
            device.offer = {}

    def _put(self, device_id: str, job: Job) -> None:
        self._inboxes[device_id].put_nowait(job)

    async def _work(self, device_id: str) -> None:
        while True:
            job = await self._inboxes[device_id].get()
            await self._guard(self.devices[device_id], job)

    async def _tick(self, device: RemoteDevice) -> None:
        while True:
            await device.sleep(device.tick_ms / 1000)
            if device.online:
                await self._guard(device, lambda device: device.on_tick())

    async def _guard(self, device: RemoteDevice, job: Job) -> None:
        """Run a job; what a class does wrong is told and does not stop the device."""
        try:
            await job(device)
        except DevkitError as error:
            self.tell(f"{device.id}: {error.message}")
        except Exception as error:
            logger.exception("The class of %s failed", device.id)
            self.tell(f"{device.id}: {type(error).__name__}: {error}")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


Take = Callable[[DeviceRun, RemoteDevice, Mapping[str, JSON]], None]
_ASKED: Mapping[tuple[str, str], Take] = {
    ("$thing/down/property", "control"): DeviceRun._control,
    ("$thing/down/action", "action"): DeviceRun._action,
    ("$ota/update", "update_firmware"): DeviceRun._upgrade,
}


async def _now(act: Callable[[], None]) -> None:
    act()
