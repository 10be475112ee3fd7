"""MQTT over WebSocket, as the platform has it on its web ports.

Source: docs/reference/device-side.md section 1, WebSocket host; the subprotocol is that of
https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html 6.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketState

from devkit.cloud.devices.mqtt.connection import MqttConnection
from devkit.language import _
from devkit.web.origins import is_allowed_origin

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.broker import Broker

SUBPROTOCOLS = ("mqtt", "mqttv3.1")
PATHS = ("/mqtt", "/")


class FrameTransport(asyncio.WriteTransport):
    """The cloud's end of a WebSocket: what is written goes out as binary frames."""

    def __init__(self, peer: tuple[str, int] | None) -> None:
        super().__init__({"peername": peer})
        self._unsent: deque[bytes] = deque()
        self._size = 0
        self._closing = False
        self._due = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a frame soon."""
        self._unsent.append(bytes(data))
        self._size += len(data)
        self._due.set()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait."""
        return self._size

    def is_closing(self) -> bool:
        """Tell whether nothing more is taken."""
        return self._closing

    def close(self) -> None:
        """Send what waits, and close."""
        self._closing = True
        self._due.set()

    def abort(self) -> None:
        """Close without what waits."""
        self._unsent.clear()
        self.close()

    async def run(self, websocket: WebSocket) -> None:
        """Send frames until the transport is closed."""
        while not self._closing or self._unsent:
            self._due.clear()
            while self._unsent:
                data = self._unsent.popleft()
                await websocket.send_bytes(data)
                self._size -= len(data)
            if not self._closing:
                await self._due.wait()
        if websocket.application_state is not WebSocketState.DISCONNECTED:
            await websocket.close()


def websocket_routes(broker: Broker) -> list[BaseRoute]:
    """Return the routes at which clients speak MQTT over WebSocket."""

    async def serve(websocket: WebSocket) -> None:
        await _serve(broker, websocket)

    return [WebSocketRoute(path, serve) for path in PATHS]


async def _serve(broker: Broker, websocket: WebSocket) -> None:
    peer = websocket.client
    offered = websocket.scope.get("subprotocols") or []
    chosen = next((name for name in SUBPROTOCOLS if name in offered), None)
    origin = websocket.headers.get("origin")
    refused = ""
    if chosen is None:
        refused = _(f"Its WebSocket offers {', '.join(offered)[:80] or _('no subprotocol')}; MQTT's is mqtt.")
    elif origin is not None and not is_allowed_origin(origin, websocket.headers.get("host", "")):
        refused = _(f"A page of {origin[:80]} may not speak MQTT here.")
    if refused:
        broker.note(peer.host if peer else "", "refused", refused)
        await websocket.close()
        return
    await websocket.accept(subprotocol=chosen)
    transport = FrameTransport((peer.host, peer.port) if peer else None)
    connection = MqttConnection(broker)
    connection.connection_made(transport)
    try:
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(transport.run(websocket))
            await _receive(websocket, connection)
            transport.close()
            await sending
    finally:
        connection.connection_lost(None)


async def _receive(websocket: WebSocket, connection: MqttConnection) -> None:
    """Feed a connection until the client is gone; packets need not end where frames do."""
    while (message := await websocket.receive())["type"] != "websocket.disconnect":
        data = message.get("bytes")
        if data is None:
            connection.end(_("It sent a text frame; MQTT is in binary ones."))
        elif not connection.ended:
            connection.data_received(data)
