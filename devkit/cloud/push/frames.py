"""What both websockets of the emulator share: frames in, frames out, and an end to silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from devkit.language import _

JSON = Any
MAX_FRAME = 1024 * 1024
SILENT, TOO_BIG, TOO_SLOW = 4408, 1009, 4413


async def frames(socket: WebSocket, silence_s: float) -> AsyncIterator[dict[str, JSON]]:
    """Yield the frames of a client until it leaves or keeps silent for too long.

    A frame that is not a JSON object is answered with an error frame and left out.
    """
    while True:
        try:
            async with asyncio.timeout(silence_s):
                message = await socket.receive()
        except TimeoutError:
            await socket.close(SILENT, _(f"silent for more than {silence_s:g} s"))
            return
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None or len(text) > MAX_FRAME:
            await socket.close(TOO_BIG, _("frames are JSON texts of at most 1 MiB"))
            return
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if isinstance(frame, dict):
            yield frame
        else:
            await send(
                socket, {"error": "InvalidJSON", "error_message": _("The frame is not a JSON object.")}
            )


async def send(socket: WebSocket, frame: dict[str, JSON]) -> None:
    """Send a frame; a client that has gone is none of the sender's business."""
    try:
        await socket.send_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
    except (WebSocketDisconnect, RuntimeError, OSError):
        return


def member(frame: dict[str, JSON], name: str) -> dict[str, JSON]:
    """Return an object inside a frame; {} when it is missing or something else."""
    value = frame.get(name)
    return value if isinstance(value, dict) else {}
