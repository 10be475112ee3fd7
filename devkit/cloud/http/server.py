"""The emulator alone on a port: what `devkit cloud serve` runs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from devkit.cloud.http.routes import routes
from devkit.web.binding import bind, url_host
from devkit.web.guard import Guard, OriginGuard
from devkit.web.origins import EMULATOR

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

MAX_FRAME = 2**22


def emulator_app(
    emulator: Emulator, hosts: Sequence[str] = (), extra_routes: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """Return the ASGI application of an emulator, and of pages beside it, behind its guard."""
    app = Starlette(routes=[*routes(emulator), *extra_routes])
    return Guard(OriginGuard(app, EMULATOR), hosts=hosts, advice="Add it with --allow-host.")


@contextlib.asynccontextmanager
async def served(
    emulator: Emulator,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    hosts: Sequence[str] = (),
    extra_routes: Sequence[BaseRoute] = (),
) -> AsyncIterator[str]:
    """Serve an emulator while the context lasts; yields its base URL.

    Errors: ServeError, PortTakenError.
    """
    from devkit.web.serving import serving

    listener = bind(host, port)
    async with serving(emulator_app(emulator, hosts, extra_routes), listener, max_frame=MAX_FRAME):
        emulator.firmware.base_url = f"http://{url_host(host)}:{listener.getsockname()[1]}"
        yield emulator.firmware.base_url
