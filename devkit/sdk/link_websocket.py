"""The link over a WebSocket, for a panel in a plain browser."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from devkit.language import _
from devkit.sdk.wire import from_text, to_text

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

logger = logging.getLogger(__name__)

TOO_SLOW = 4413
CLOSE_S = 1.0


class WebSocketLink:
    """A link over an accepted Starlette WebSocket; whoever accepts it has checked Host, Origin and token."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._open = True

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame as one text message; a closed socket ignores it."""
        from starlette.websockets import WebSocketDisconnect

        if not self._open:
            return
        try:
            await self._socket.send_text(to_text(frame))
        except (WebSocketDisconnect, RuntimeError):
            # Starlette raises RuntimeError for a send after the close; the reading side ends the link.
            self._open = False

    async def aclose(self) -> None:
        """Close a socket whose page does not read, without waiting until it does."""
        self._open = False
        with contextlib.suppress(TimeoutError, RuntimeError):
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close(TOO_SLOW, _("too many frames wait for this page"))

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Yield frames until the socket closes; messages that are no frames are dropped with a warning."""
        from starlette.websockets import WebSocketDisconnect

        try:
            while True:
                text = await self._socket.receive_text()
                frame = from_text(text)
                if frame is None:
                    logger.warning("not a frame: %.100r", text)
                    continue
                yield frame
        except (WebSocketDisconnect, KeyError, RuntimeError):
            return
        finally:
            self._open = False
