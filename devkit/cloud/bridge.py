"""The websocket between a panel and the mini program around it, as the official SDK speaks it.

Source: protocol.md 4.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from devkit.cloud.emulator import Emulator
from devkit.cloud.sockets import frames, member, send
from devkit.errors import CloudApiError, DevkitError

logger = logging.getLogger(__name__)
JSON = Any
# control name: what answers it, given the frame's Data {"action", "payload"}; the result is the payload
Bridge = Mapping[str, Callable[[Mapping[str, JSON]], Awaitable[Mapping[str, JSON]]]]
SILENCE_S = 300.0  # the SDK says Hello every 120 s
QUIET = frozenset({"h5Ready", "vibrateShort", "syncDeviceConnectStatus", "reportDeviceConnectStatus"})


async def serve_bridge(emulator: Emulator, socket: WebSocket, bridge: Bridge) -> None:
    """Serve one page: ActiveConnect, Control and Hello."""
    await socket.accept()
    try:
        async for frame in frames(socket, SILENCE_S):
            reply = await _reply(emulator, bridge, frame)
            if reply is not None:
                await send(socket, {"reqId": frame.get("reqId"), **reply})
    except (WebSocketDisconnect, RuntimeError, OSError):
        logger.debug("a page has gone")


async def _reply(emulator: Emulator, bridge: Bridge, frame: dict[str, JSON]) -> dict[str, JSON] | None:
    action = frame.get("action")
    if action == "Hello":
        return None
    if action not in ("ActiveConnect", "Control"):
        return {"error": "InvalidAction", "error_message": f"There is no action {action!r}."}
    params = member(frame, "params")
    try:
        emulator.visible_devices(params.get("AccessToken"), [])
    except CloudApiError as error:
        return {"error": str(error.code), "error_message": error.message}
    if action == "ActiveConnect":
        return {"data": {"Result": "OK"}}
    return {"data": {"action": "response", "payload": await _control(bridge, member(params, "Data"))}}


async def _control(bridge: Bridge, data: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return the payload of an answer; an unknown control fails as a wx call does."""
    name = str(data.get("action", ""))
    handler = bridge.get(name)
    if handler is None:
        return {} if name in QUIET else {"errMsg": f"{name}:fail not supported by the emulator"}
    try:
        return await handler(data)
    except DevkitError as error:
        return {"code": "InternalError", "msg": error.message}
