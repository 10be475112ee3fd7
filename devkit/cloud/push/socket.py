"""The push websocket: subscriptions, heartbeats and wrapped calls in, pushes out.

Source: docs/reference/app-api.yaml websocket; docs/reference/protocol.md section 3.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from devkit.cloud.emulator import RIGHTS_TOPIC, Emulator
from devkit.cloud.push.changes import RIGHTS, DeviceChange
from devkit.cloud.push.frames import TOO_SLOW, frames, member, send
from devkit.errors import CloudApiError, TransportError, TransportTimeoutError
from devkit.language import _
from devkit.subscriptions import Subscription

logger = logging.getLogger(__name__)
JSON = Any
HEARTBEAT = "AppDeviceTraceHeartBeat"
MOST_WAITING = 100_000
CLOSE_S = 1.0
RETRY_S = 1.0
LOOK_MS = 60_000  # users are also removed by other processes, which tell nobody


async def serve_pushes(emulator: Emulator, socket: WebSocket) -> None:
    """Serve one client until it leaves."""
    await socket.accept()
    await PushSocket(emulator, socket).run()


class PushSocket:
    """One client's connection, its subscription, and the pushes that wait to be sent."""

    def __init__(self, emulator: Emulator, socket: WebSocket) -> None:
        self._emulator = emulator
        self._socket = socket
        self._subscription: Subscription[DeviceChange] | None = None
        self._token: JSON = None
        self._ends_ms = 0
        self._look_ms = 0
        self._leave_seat: Callable[[], None] | None = None
        self._followed: frozenset[str] = frozenset()
        self._waiting: asyncio.Queue[DeviceChange] = asyncio.Queue()
        self._held: list[DeviceChange] | None = None
        self._look_again = False
        self._too_slow = False

    async def run(self) -> None:
        """Read frames until the client leaves."""
        sender = asyncio.get_running_loop().create_task(self._send_all())
        try:
            async for frame in frames(self._socket, self._emulator.limits.silence_s):
                if self._too_slow:
                    await self._give_up(sender)
                    return
                await self._handle(frame)
        except (WebSocketDisconnect, RuntimeError, OSError):
            logger.debug("a push client has gone")
        finally:
            self._subscribe([])
            if self._leave_seat:
                self._leave_seat()
            await _end(sender)

    async def _give_up(self, sender: asyncio.Task[None]) -> None:
        """End the connection of a client that does not read; the word of it may not get through either."""
        self._subscribe([])
        await _end(sender)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close(TOO_SLOW, _("too many pushes wait for this client"))

    async def _handle(self, frame: dict[str, JSON]) -> None:
        action = frame.get("action")
        handler = HANDLERS.get(action) if isinstance(action, str) else None
        reply: dict[str, JSON] = {"reqId": frame.get("reqId")}
        if handler is None:
            reply.update(error="InvalidAction", error_message=_(f"There is no action {action!r}."))
        else:
            reply.update(error="", error_message="", data=await handler(self, member(frame, "params")))
        await send(self._socket, reply)

    async def activate(self, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Replace the subscription; data.deviceIds tells what is followed now, none after a failure.

        An unknown token is told by Error as well, so that clients know why.
        """
        wanted = params.get("DeviceIds")
        device_ids = [item for item in wanted if isinstance(item, str)] if isinstance(wanted, list) else []
        try:
            allowed = self._emulator.visible_devices(params.get("AccessToken"), device_ids)
            self._sit(params.get("AccessToken"))
            self._ends_ms = self._emulator.session_end(self._token)
            self._look_ms = min(self._ends_ms, self._emulator.clock.now_ms() + LOOK_MS)
        except CloudApiError as error:
            self._subscribe([])
            return {"deviceIds": [], "Error": {"Code": str(error.code), "Message": error.message}}
        self._subscribe(allowed)
        return {"Result": "OK", "deviceIds": allowed}

    def _sit(self, token: JSON) -> None:
        """Count this socket among those of the token's user, once."""
        if self._leave_seat:
            if token == self._token:
                return
            self._leave_seat()
            self._leave_seat = None
        self._leave_seat = self._emulator.take_seat(token)
        self._token = token

    async def call(self, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Perform an action that is wrapped in a frame; the heartbeat is one of them."""
        action, wrapped = params.get("Action"), params.get("ActionParams")
        wrapped = wrapped if isinstance(wrapped, dict) else {}
        request_id = {"RequestId": wrapped.get("RequestId", "")}
        try:
            if action == HEARTBEAT:
                self._emulator.visible_devices(wrapped.get("AccessToken"), [])
                return {"Response": request_id}
            answer = await self._emulator.call(str(action), wrapped)
        except (CloudApiError, TransportTimeoutError) as error:
            code = error.code if isinstance(error, CloudApiError) else "InternalError"
            return {"Response": {"Error": {"Code": str(code), "Message": error.message}, **request_id}}
        return {"Response": {**answer, **request_id}}

    def _subscribe(self, device_ids: list[str]) -> None:
        """Take the pushes of these devices and no others."""
        self._followed = frozenset(device_ids)
        self._listen(device_ids)

    def _listen(self, device_ids: list[str]) -> None:
        if self._subscription:
            self._subscription.close()
        self._subscription = None
        if device_ids:
            topics = [*device_ids, RIGHTS_TOPIC]
            self._subscription = self._emulator.pushes.subscribe(topics, self._take)

    def _take(self, change: DeviceChange) -> None:
        if change.type == RIGHTS.type or self._emulator.clock.now_ms() >= self._look_ms:
            if self._emulator.store.waits:
                self._look_soon()
            else:
                self._look_at_rights()
        if self._held is None:
            self._queue(change)
        else:
            self._held.append(change)

    def _queue(self, change: DeviceChange) -> None:
        """Queue a push that the client follows.

        One who does not read gets no more, and is told with the next frame or by silence.
        """
        if not (change.device_id and self._subscription and change.device_id in self._subscription.topics):
            return
        self._waiting.put_nowait(change)
        if self._waiting.qsize() > MOST_WAITING:
            self._too_slow = True
            self._listen([])

    def _look_at_rights(self) -> None:
        """Follow no more what the user may not see any more; what was pushed before is still sent."""
        self._look_ms = min(self._ends_ms, self._emulator.clock.now_ms() + LOOK_MS)
        followed = self._followed
        try:
            allowed = self._emulator.visible_devices(self._token, followed)
        except CloudApiError:
            allowed = []
        if self._followed is followed:  # else the client has asked for others meanwhile
            self._listen(allowed)

    def _look_soon(self) -> None:
        """Look at the rights beside those of the other clients; what is pushed meanwhile waits for it."""
        self._look_ms = self._ends_ms
        self._look_again = True
        if self._held is None:
            self._held = []
            self._emulator.devices.spawn(self._look())

    async def _look(self) -> None:
        while self._look_again:
            self._look_again = False
            try:
                self._look_at_rights()
            except TransportError as error:
                logger.warning("Pushes to a client wait: %s", error)
                self._look_again = True
                await asyncio.sleep(RETRY_S)
        held, self._held = self._held or [], None
        for change in held:
            self._queue(change)

    async def _send_all(self) -> None:
        """Send what waits, but for devices that the client has left meanwhile."""
        try:
            while True:
                change = await self._waiting.get()
                if change.device_id in self._followed:
                    await self._socket.send_text(push_frame(change))
        except (WebSocketDisconnect, RuntimeError, OSError):
            logger.debug("a push client went while it was sent to")


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def push_frame(change: DeviceChange) -> str:
    """Return the frame of a push; encoded once for all its readers."""
    return change.frame


HANDLERS: Mapping[str, Callable[[PushSocket, Mapping[str, JSON]], Coroutine[Any, Any, dict[str, JSON]]]] = {
    "ActivePush": PushSocket.activate,
    "YunApi": PushSocket.call,
}
