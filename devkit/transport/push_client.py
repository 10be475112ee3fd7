"""The client side of the push websocket: subscribe, keep alive, come back after a cut."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import logging
import secrets
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devkit.subscriptions import Subscription, Subscriptions
from devkit.transport.base import JSON, Push
from devkit.transport.endpoint import Endpoint

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

logger = logging.getLogger(__name__)
HEARTBEAT_S = 50.0
RECONNECT_S = 2.0
REPLY_S = 20.0


class PushClient:
    """One websocket for every subscription of a transport; it opens with the first one.

    token and user_id are asked for at each connection, since a login may change them.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        token: Callable[[], str],
        user_id: Callable[[], str],
        on_push: Callable[[Push], None],
        *,
        reconnect_s: float = RECONNECT_S,
    ) -> None:
        self._endpoint = endpoint
        self._token = token
        self._user_id = user_id
        self._on_push = on_push
        self._reconnect_s = reconnect_s
        self._subscriptions: Subscriptions[Push] = Subscriptions(self._wanted_changed)
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._replies: dict[str, asyncio.Future[dict[str, JSON]]] = {}

    def subscribe(
        self, device_ids: Collection[str], subscriber: Callable[[Push], None]
    ) -> Subscription[Push]:
        """Call subscriber with the pushes of some devices from now on."""
        if device_ids and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        return self._subscriptions.subscribe(device_ids, subscriber)

    async def settled(self, limit_s: float) -> None:
        """Wait until the cloud knows what is wanted, so that a call's effects are not missed.

        A cloud that cannot be reached does not keep calls waiting for longer than limit_s.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._settled.wait()

    async def aclose(self) -> None:
        """Close the websocket and end every subscription."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._subscriptions.close()
        self._settled.set()

    def _wanted_changed(self) -> None:
        self._settled.clear()
        self._changed.set()

    async def _run(self) -> None:
        """Connect, and connect again whenever the connection ends."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        proxy: Any = None if self._endpoint.loopback else True
        while True:
            try:
                url = self._endpoint.pushes(self._user_id())
                async with connect(url, proxy=proxy, max_size=2**22, open_timeout=10) as socket:
                    await self._serve(socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                logger.warning(
                    "The push connection ended (%s); the next try is in %g s.", error, self._reconnect_s
                )
            self._settled.clear()
            self._changed.set()
            await asyncio.sleep(self._reconnect_s)

    async def _serve(self, socket: ClientConnection) -> None:
        tasks = [
            asyncio.ensure_future(work)
            for work in (self._receive(socket), self._tell_wanted(socket), self._beat(socket))
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for reply in self._replies.values():
                reply.cancel()
            self._replies.clear()

    async def _receive(self, socket: ClientConnection) -> None:
        async for message in socket:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                frame = json.loads(message)
                if frame.get("push"):
                    self._deliver(frame)
                elif (reply := self._replies.pop(frame.get("reqId"), None)) and not reply.done():
                    reply.set_result(frame)

    def _deliver(self, frame: dict[str, JSON]) -> None:
        push = decode_push(frame)
        self._on_push(push)
        self._subscriptions.publish(push.device_id, push)

    async def _tell_wanted(self, socket: ClientConnection) -> None:
        """Tell the cloud what is wanted, at the start and after each change."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = sorted(self._subscriptions.topics)
            params = {"DeviceIds": wanted, "Platform": "weapp", "AccessToken": self._token(), "AppKey": ""}
            reply = await self._ask(socket, "ActivePush", {**params, "RegionId": 1})
            if wanted and (reply.get("error") or (reply.get("data") or {}).get("deviceIds") == []):
                said = ((reply.get("data") or {}).get("Error") or {}).get("Message", "")
                logger.warning(
                    "The cloud pushes nothing: it does not let this user follow %s. %s",
                    ", ".join(wanted),
                    said,
                )
            if not self._changed.is_set():
                self._settled.set()

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            wanted = sorted(self._subscriptions.topics)
            params = {"DeviceIds": wanted, "AccessToken": self._token(), "RequestId": secrets.token_hex(8)}
            await self._ask(
                socket,
                "YunApi",
                {"Action": "AppDeviceTraceHeartBeat", "ActionParams": {**params, "Platform": ""}},
            )

    async def _ask(self, socket: ClientConnection, action: str, params: dict[str, JSON]) -> dict[str, JSON]:
        request_id = secrets.token_hex(8)
        reply: asyncio.Future[dict[str, JSON]] = asyncio.get_running_loop().create_future()
        self._replies[request_id] = reply
        await socket.send(json.dumps({"action": action, "reqId": request_id, "params": params}))
        async with asyncio.timeout(REPLY_S):
            return await reply


def decode_push(frame: dict[str, JSON]) -> Push:
    """Return the push of a DeviceChange frame; control characters in its payload are dropped.

    A payload of the device's own topics that is no JSON is its text.

    Errors: KeyError, ValueError for a frame that is none.
    Source: docs/reference/app-api.yaml websocket.push.
    """
    params = frame["params"]
    text = str(params.get("Payload") or "")
    payload: JSON = None
    if text:
        try:
            decoded = base64.b64decode(text).decode(errors="replace")
            payload = decoded if params["Type"] == "UserDefined" else None
            payload = json.loads("".join(char for char in decoded if char >= " "))
        except (binascii.Error, ValueError):
            if payload is None:
                logger.warning("A push of %s has a payload that cannot be read.", params.get("DeviceId"))
    moment = round(datetime.fromisoformat(params["Time"]).timestamp() * 1000)
    return Push(str(params["DeviceId"]), str(params["Type"]), str(params["SubType"]), moment, payload)
