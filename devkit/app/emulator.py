"""The emulator at the platform's own paths of the dev server, for clients that speak the real protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route, Router, WebSocketRoute

from devkit.errors import DevkitError
from devkit.web.origins import cors_headers, is_allowed_origin, preflight_headers

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from devkit.devserver.simulator import SimulatorSource
    from devkit.sdk import Simulator

HTTP_PATHS = (
    "/api/exploreropen/{rest:path}",
    "/insight/{rest:path}",
    "/firmware/{rest:path}",
    "/resource/{rest:path}",
)
SOCKET_PATHS = ("/ws/explorer", "/iotstudio_v2_weapp_1", "/studioh5")


class EmulatorApp:
    """Hand a request to the emulator of the simulator that runs now.

    Pages of other sites are refused: the emulator itself asks nobody for a password.
    """

    def __init__(self, simulation: SimulatorSource) -> None:
        self._simulation = simulation
        self._simulator: Simulator | None = None
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get("origin")
        if origin is not None and not is_allowed_origin(origin, headers.get("host", "")):
            await _refuse(scope, receive, send, 403, "Pages of this site may not use the emulator.")
        elif scope["type"] == "http" and scope["method"] == "OPTIONS":
            answer = PlainTextResponse("", 204, {"vary": "Origin", **_preflight(origin)})
            await answer(scope, receive, send)
        else:
            await self._serve(scope, receive, _with_cors(send, origin))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            simulator = await self._simulation.get()
        except DevkitError as error:
            await _refuse(scope, receive, send, 503, error.message)
            return
        if simulator is not self._simulator:
            from devkit.sdk.official import bridge_of  # loaded already, with the simulator

            routes = getattr(simulator.transport, "routes", None)
            self._simulator = simulator
            self._router = Router(routes(bridge_of(simulator))) if routes else None
        if self._router is None:
            await _refuse(scope, receive, send, 404, "The emulator runs with --transport local alone.")
        else:
            await self._router(scope, receive, send)


def emulator_routes(simulation: SimulatorSource) -> list[BaseRoute]:
    """Return routes for every path that the emulator may have."""
    app = EmulatorApp(simulation)
    return [
        *(Route(path, app) for path in HTTP_PATHS),
        *(WebSocketRoute(path, app) for path in SOCKET_PATHS),
    ]


def _preflight(origin: str | None) -> dict[str, str]:
    return {
        **preflight_headers(origin),
        "access-control-allow-methods": "GET, POST, PUT",
        "access-control-allow-headers": "content-type",
    }


def _with_cors(send: Send, origin: str | None) -> Send:
    extra = [(name.encode(), value.encode()) for name, value in cors_headers(origin).items()]

    async def send_with_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *extra, (b"vary", b"Origin")]}
        await send(message)

    return send_with_cors


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": text})
        return
    await PlainTextResponse(f"{text}\n", status)(scope, receive, send)
