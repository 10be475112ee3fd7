"""The emulator alone on a port: what `devkit cloud serve` runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from devkit.cloud.http.draining import Draining
from devkit.cloud.http.health import health_routes
from devkit.cloud.http.metrics import Metrics, metrics_route
from devkit.cloud.http.request_ids import RequestIds
from devkit.cloud.http.routes import routes
from devkit.errors import SettingsError
from devkit.language import _
from devkit.web.binding import bind, url_host
from devkit.web.guard import Guard, OriginGuard
from devkit.web.origins import EMULATOR

if TYPE_CHECKING:
    import socket

    from devkit.cloud.emulator import Emulator
    from devkit.cloud.http.hosting import Hosting
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
    hosting: Hosting | None = None,
) -> Draining:
    """Return the ASGI application of an emulator, and of pages and sandboxes beside it, behind its guard."""
    own = plain_app(emulator, metrics, [metrics_route(metrics), *extra_routes])
    app = driven(emulator.store, own)
    inner = hosting.before(app) if hosting else app
    guard = Guard(OriginGuard(inner, EMULATOR), hosts=hosts, advice=_("Add it with --allow-host."))
    served = Draining(RequestIds(guard), drain_s)
    own.router.routes += health_routes(emulator, lambda: served.ending)
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


def plain_app(
    emulator: Emulator, metrics: Metrics | None, extra_routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """Return the application of an emulator without its guard."""
    called = metrics.called if metrics else None
    return Starlette(routes=[*routes(emulator, called=called), *extra_routes])


@contextlib.asynccontextmanager
async def served(
    emulator: Emulator,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    hosts: Sequence[str] = (),
    extra_routes: Sequence[BaseRoute] = (),
    listener: socket.socket | None = None,
    public_url: str = "",
    drain_s: float = 0.0,
    metrics: Metrics | None = None,
    hosting: Hosting | None = None,
) -> AsyncIterator[str]:
    """Serve an emulator while the context lasts; yields its base URL.

    listener: a socket that listens already, in place of host and port. public_url: where clients reach it, in
    addresses of files that it hands out. drain_s: how long calls may go on once the context ends. hosting:
    other sandboxes, at /sandbox/NAME.
    Errors: SettingsError, ServeError, PortTakenError.
    """
    from devkit.web.serving import serving

    public = urlsplit(public_url)
    if public_url and (public.scheme not in ("http", "https") or not public.hostname):
        raise SettingsError(
            _(f"{public_url!r} is no web address."), _("Write --public-url as https://cloud.example.com.")
        )
    listener = listener or bind(host, port)
    url = f"http://{url_host(host)}:{listener.getsockname()[1]}"
    emulator.firmware.base_url = public_url or url
    names = [*hosts, public.hostname] if public.hostname else hosts
    app = emulator_app(emulator, names, extra_routes, drain_s=drain_s, metrics=metrics, hosting=hosting)
    async with contextlib.AsyncExitStack() as stack:
        if hosting:
            await stack.enter_async_context(hosting.open())
        drain = app.drain if drain_s else None
        await stack.enter_async_context(serving(app, listener, max_frame=MAX_FRAME, drain=drain))
        if metrics:
            sampling = asyncio.create_task(_sample(emulator, app, metrics))
            stack.callback(sampling.cancel)
        yield url


async def _sample(emulator: Emulator, app: Draining, metrics: Metrics) -> None:
    """Note every moment what is open and what waits; whoever reads the figures may ask another worker."""
    while True:
        open_now = {"sockets": app.sockets, "calls_in_flight": app.calls}
        metrics.sample({**open_now, **emulator.waiting()})
        await asyncio.sleep(SAMPLE_S)
