"""The emulator alone on a port: what `devkit cloud serve` runs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from devkit.cloud.http.draining import Draining
from devkit.cloud.http.health import health_routes
from devkit.cloud.http.routes import routes
from devkit.web.binding import bind, url_host
from devkit.web.guard import Guard, OriginGuard
from devkit.web.origins import EMULATOR

if TYPE_CHECKING:
    import socket

    from devkit.cloud.emulator import Emulator

MAX_FRAME = 2**22


def emulator_app(
    emulator: Emulator,
    hosts: Sequence[str] = (),
    extra_routes: Sequence[BaseRoute] = (),
    *,
    drain_s: float = 0.0,
) -> Draining:
    """Return the ASGI application of an emulator, and of pages beside it, behind its guard."""
    app = Starlette(routes=[*routes(emulator), *extra_routes])
    guard = Guard(OriginGuard(app, EMULATOR), hosts=hosts, advice="Add it with --allow-host.")
    served = Draining(guard, drain_s)
    app.router.routes += health_routes(emulator, lambda: served.ending)
    return served


@contextlib.asynccontextmanager
async def served(
    emulator: Emulator,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    hosts: Sequence[str] = (),
    extra_routes: Sequence[BaseRoute] = (),
    listener: socket.socket | None = None,
    drain_s: float = 0.0,
) -> AsyncIterator[str]:
    """Serve an emulator while the context lasts; yields its base URL.

    listener: a socket that listens already, in place of host and port. drain_s: how long calls may go on once
    the context ends.
    Errors: ServeError, PortTakenError.
    """
    from devkit.web.serving import serving

    listener = listener or bind(host, port)
    app = emulator_app(emulator, hosts, extra_routes, drain_s=drain_s)
    async with serving(app, listener, max_frame=MAX_FRAME, drain=app.drain if drain_s else None):
        emulator.firmware.base_url = f"http://{url_host(host)}:{listener.getsockname()[1]}"
        yield emulator.firmware.base_url
