"""The websocket between a panel and the mini program around it, as the official SDK speaks it.

Source: docs/reference/protocol.md section 4.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from devkit.cloud.emulator import Emulator
from devkit.cloud.push.frames import TOO_SLOW, frames, member
from devkit.errors import CloudApiError, DevkitError
from devkit.json_types import JSON
from devkit.language import _

logger = logging.getLogger(__name__)
Push = Callable[[str, JSON], None]
SILENCE_S = 300.0  # the SDK says Hello every 120 s
MOST_AT_ONCE = 100
MOST_LEAVING = 10_000
CLOSE_S = 1.0
QUIET = frozenset({"h5Ready", "vibrateShort", "syncDeviceConnectStatus", "reportDeviceConnectStatus"})


class MiniProgramPage(Protocol):
    """The mini program's end of one page's bridge."""

    async def control(self, name: str, payload: JSON) -> JSON:
        """Return the payload of the answer; one with a code, or an errMsg of a failure, fails the call."""

    def close(self) -> None:
        """Push nothing more: the page has gone."""


# (the socket's query, what pushes an action with its payload to the page) -> the page's mini program
Bridge = Callable[[Mapping[str, str], Push], MiniProgramPage]


class Alone:
    """The mini program of an emulator that has none: only what needs no answer succeeds."""

    async def control(self, name: str, payload: JSON) -> JSON:
        """Fail as a wx call does."""
        return {} if name in QUIET else {"errMsg": f"{name}:fail not supported by the emulator"}

    def close(self) -> None:
        """Nothing is pushed anyway."""


async def serve_bridge(emulator: Emulator, socket: WebSocket, bridge: Bridge | None) -> None:
    """Serve one page until it leaves."""
    await socket.accept()
    await BridgeSocket(emulator, socket, bridge).run()


class BridgeSocket:
    """One page's connection. Answers and pushes leave in the order in which they came about."""

    def __init__(self, emulator: Emulator, socket: WebSocket, bridge: Bridge | None) -> None:
        self._emulator = emulator
        self._socket = socket
        self._leaving: asyncio.Queue[dict[str, JSON]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading: asyncio.Task[None] | None = None
        self._too_slow = False
        self._page: MiniProgramPage = bridge(socket.query_params, self._push) if bridge else Alone()

    async def run(self) -> None:
        """Read frames until the page leaves."""
        loop = asyncio.get_running_loop()
        sender = loop.create_task(self._send_all())
        self._reading = loop.create_task(self._read())
        try:
            await asyncio.wait([self._reading])
        finally:
            self._page.close()
            tasks = (sender, self._reading, *self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._too_slow:
            with contextlib.suppress(TimeoutError, RuntimeError):
                async with asyncio.timeout(CLOSE_S):
                    await self._socket.close(TOO_SLOW, _("too many frames wait for this page"))

    async def _read(self) -> None:
        try:
            async for frame in frames(self._socket, SILENCE_S):
                self._take(frame)
        except (WebSocketDisconnect, RuntimeError, OSError):
            logger.debug("a page has gone")

    def _leave(self, frame: dict[str, JSON]) -> None:
        """Queue a frame; a page that does not read ends."""
        if self._leaving.qsize() < MOST_LEAVING:
            self._leaving.put_nowait(frame)
        elif self._reading:
            self._too_slow = True
            self._reading.cancel()

    async def _send_all(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
            while True:
                frame = await self._leaving.get()
                await self._socket.send_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    def _push(self, action: str, payload: JSON) -> None:
        self._leave({"data": {"action": action, "payload": payload}})

    def _take(self, frame: Mapping[str, JSON]) -> None:
        action, params = frame.get("action"), member(dict(frame), "params")
        if action == "Hello":
            return
        try:
            if action not in ("ActiveConnect", "Control"):
                raise CloudApiError("InvalidAction", _(f"There is no action {action!r}."))
            self._emulator.visible_devices(params.get("AccessToken"), [])
            if len(self._tasks) >= MOST_AT_ONCE:
                raise CloudApiError(
                    "LimitExceeded", _(f"{MOST_AT_ONCE} controls wait for an answer already.")
                )
        except CloudApiError as error:
            self._answer(frame, {"error": str(error.code), "error_message": error.message})
            return
        if action == "ActiveConnect":
            self._answer(frame, {"data": {"Result": "OK"}})
            return
        task = asyncio.get_running_loop().create_task(self._control(frame, member(params, "Data")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _control(self, frame: Mapping[str, JSON], data: Mapping[str, JSON]) -> None:
        try:
            payload = await self._page.control(str(data.get("action", "")), data.get("payload"))
        except DevkitError as error:
            payload = {"code": getattr(error, "code", "") or "InternalError", "msg": error.message}
        self._answer(frame, {"data": {"action": "response", "payload": payload}})

    def _answer(self, frame: Mapping[str, JSON], reply: dict[str, JSON]) -> None:
        self._leave({"reqId": frame.get("reqId"), **reply})
