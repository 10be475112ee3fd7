"""The emulator at the platform's own paths of the dev server, for clients that speak the real protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route, Router, WebSocketRoute

from devkit.errors import DevkitError
from devkit.language import _
from devkit.web.guard import OriginGuard, refuse
from devkit.web.origins import EMULATOR

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

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
        try:
            simulator = await self._simulation.get()
        except DevkitError as error:
            await refuse(scope, receive, send, 503, error.message)
            return
        if simulator is not self._simulator:
            from devkit.sdk.official import bridge_of  # loaded already, with the simulator

            routes = getattr(simulator.transport, "routes", None)
            self._simulator = simulator
            self._router = Router(routes(bridge_of(simulator))) if routes else None
        if self._router is None:
            await refuse(scope, receive, send, 404, _("The emulator runs with --transport local alone."))
        else:
            await self._router(scope, receive, send)


def emulator_routes(simulation: SimulatorSource) -> list[BaseRoute]:
    """Return routes for every path that the emulator may have."""
    app = OriginGuard(EmulatorApp(simulation), EMULATOR)
    return [
        *(Route(path, app) for path in HTTP_PATHS),
        *(WebSocketRoute(path, app) for path in SOCKET_PATHS),
    ]
