"""The emulator alone on a port: what `devkit cloud serve` runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from devkit.cloud.http.draining import Draining
from devkit.cloud.http.health import health_routes
from devkit.cloud.http.metrics import Metrics, metrics_route
from devkit.cloud.http.request_ids import RequestIds
from devkit.cloud.http.routes import routes
from devkit.web.binding import bind, url_host
from devkit.web.guard import Guard, OriginGuard
from devkit.web.origins import EMULATOR

if TYPE_CHECKING:
    import socket

    from devkit.cloud.emulator import Emulator
    from devkit.cloud.store.memory import Store

MAX_FRAME = 2**22
SAMPLE_S = 2.0


def emulator_app(
    emulator: Emulator,
    hosts: Sequence[str] = (),
    extra_routes: Sequence[BaseRoute] = (),
    *,
    drain_s: float = 0.0,
    metrics: Metrics | None = None,
) -> Draining:
    """Return the ASGI application of an emulator, and of pages beside it, behind its guard."""
    called = metrics.called if metrics else None
    app = Starlette(routes=[*routes(emulator, called=called), metrics_route(metrics), *extra_routes])
    guard = Guard(
        OriginGuard(driven(emulator.store, app), EMULATOR), hosts=hosts, advice="Add it with --allow-host."
    )
    served = Draining(RequestIds(guard), drain_s)
    app.router.routes += health_routes(emulator, lambda: served.ending)
    return served


def driven(store: Store, app: ASGIApp) -> ASGIApp:
    """Return an application whose transactions let the event loop go on."""
    if not store.waits:
        return app

    async def drive(scope: Scope, receive: Receive, send: Send) -> None:
        async def serve() -> None:
            await app(scope, receive, send)

        await store.drive(serve())

    return drive


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
    metrics: Metrics | None = None,
) -> AsyncIterator[str]:
    """Serve an emulator while the context lasts; yields its base URL.

    listener: a socket that listens already, in place of host and port. drain_s: how long calls may go on once
    the context ends.
    Errors: ServeError, PortTakenError.
    """
    from devkit.web.serving import serving

    listener = listener or bind(host, port)
    app = emulator_app(emulator, hosts, extra_routes, drain_s=drain_s, metrics=metrics)
    async with serving(app, listener, max_frame=MAX_FRAME, drain=app.drain if drain_s else None):
        emulator.firmware.base_url = f"http://{url_host(host)}:{listener.getsockname()[1]}"
        sampling = asyncio.create_task(_sample(emulator, app, metrics)) if metrics else None
        try:
            yield emulator.firmware.base_url
        finally:
            if sampling:
                sampling.cancel()


async def _sample(emulator: Emulator, app: Draining, metrics: Metrics) -> None:
    """Note every moment what is open and what waits; whoever reads the figures may ask another worker."""
    while True:
        open_now = {"sockets": app.sockets, "calls_in_flight": app.calls}
        metrics.sample({**open_now, **emulator.waiting()})
        await asyncio.sleep(SAMPLE_S)
