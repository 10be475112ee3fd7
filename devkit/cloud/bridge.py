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
# (the socket's query, the control's name, its payload) -> the payload of the answer
Bridge = Callable[[Mapping[str, str], str, JSON], Awaitable[JSON]]
SILENCE_S = 300.0  # the SDK says Hello every 120 s
QUIET = frozenset({"h5Ready", "vibrateShort", "syncDeviceConnectStatus", "reportDeviceConnectStatus"})


async def serve_bridge(emulator: Emulator, socket: WebSocket, bridge: Bridge | None) -> None:
    """Serve one page: ActiveConnect, Control and Hello."""
    await socket.accept()
    try:
        async for frame in frames(socket, SILENCE_S):
            reply = await _reply(emulator, bridge or _alone, socket.query_params, frame)
            if reply is not None:
                await send(socket, {"reqId": frame.get("reqId"), **reply})
    except (WebSocketDisconnect, RuntimeError, OSError):
        logger.debug("a page has gone")


async def _reply(
    emulator: Emulator, bridge: Bridge, query: Mapping[str, str], frame: dict[str, JSON]
) -> dict[str, JSON] | None:
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
    data = member(params, "Data")
    payload = await _control(bridge, query, str(data.get("action", "")), data.get("payload"))
    return {"data": {"action": "response", "payload": payload}}


async def _control(bridge: Bridge, query: Mapping[str, str], name: str, payload: JSON) -> JSON:
    """Return the payload of an answer; one with a code fails the page's call."""
    try:
        return await bridge(query, name, payload)
    except DevkitError as error:
        return {"code": getattr(error, "code", "") or "InternalError", "msg": error.message}


async def _alone(query: Mapping[str, str], name: str, payload: JSON) -> JSON:
    """Answer as an emulator that has no mini program: an unknown control fails as a wx call does."""
    return {} if name in QUIET else {"errMsg": f"{name}:fail not supported by the emulator"}
