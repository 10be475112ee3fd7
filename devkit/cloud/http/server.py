"""The emulator alone on a port: what `devkit cloud serve` runs."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from devkit.cloud.http.routes import routes
from devkit.web.binding import bind, url_host

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator

MAX_FRAME = 2**22
_LOOPBACK = r"(?:127\.0\.0\.1|localhost|\[::1\])"
_SITES = r"https://(?:iot\.cloud\.tencent|oversea\.iotcloud\.tencentiotcloud)\.com"
ORIGIN = re.compile(rf"https?://{_LOOPBACK}(?::\d+)?|{_SITES}")


class Guard:
    """Refuse what a web page elsewhere could make a browser send: foreign Host and Origin headers.

    hosts are names and addresses besides loopback that clients may use.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str] = ()) -> None:
        self._app = app
        names = "|".join([_LOOPBACK, *map(re.escape, hosts)])
        self._host = re.compile(rf"(?:{names})(?::\d+)?", re.IGNORECASE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403 with the reason."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin", "")
        if not self._host.fullmatch(host):
            await _refuse(scope, send, f"The host {host!r} is not served; add it with --allow-host.")
        elif origin and not ORIGIN.fullmatch(origin):
            await _refuse(scope, send, f"Pages of {origin} may not use this emulator.")
        elif scope["type"] == "http" and scope["method"] == "OPTIONS" and origin:
            await _reply(send, 204, b"", _cors(origin))
        elif origin and scope["type"] == "http":
            await self._app(scope, receive, _with_headers(send, _cors(origin)))
        else:
            await self._app(scope, receive, send)


def _cors(origin: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-methods", b"GET, POST, PUT"),
        (b"access-control-allow-headers", b"content-type"),
        (b"vary", b"origin"),
    ]


def _with_headers(send: Send, extra: list[tuple[bytes, bytes]]) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sender


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4403, "reason": reason[:100]})
    else:
        await _reply(send, 403, reason.encode(), [(b"content-type", b"text/plain; charset=utf-8")])


async def _reply(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def emulator_app(
    emulator: Emulator, hosts: Sequence[str] = (), extra_routes: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """Return the ASGI application of an emulator, and of pages beside it, behind its guard."""
    return Guard(Starlette(routes=[*routes(emulator), *extra_routes]), hosts)


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
