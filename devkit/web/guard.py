"""The outermost middlewares: they refuse foreign hosts, strange paths and foreign pages before any route."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from devkit.language import _, marked
from devkit.web.hosts import is_allowed_host
from devkit.web.origins import Grant, cors_headers, is_allowed_origin, preflight_headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

MAX_PATH = 8192
WORKER_PATH = "/__devkit/worker.js"
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


@lru_cache(maxsize=256)
def is_strict_path(raw: bytes) -> bool:
    """Tell whether a raw request path can be routed safely.

    Refused: relative segments, plain or percent-encoded (once or twice), backslashes, control characters,
    bytes that are not UTF-8, and paths that are too long.
    """
    if not raw.startswith(b"/") or len(raw) > MAX_PATH:
        return False
    path = raw
    for _turn in range(3):
        if b"\\" in path or any(byte < 0x20 or byte == 0x7F for byte in path):
            return False
        if any(segment.split(b";")[0] in {b".", b".."} for segment in path.split(b"/")):
            return False
        path = unquote_to_bytes(path)
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True


class Guard:
    """Check Host and path of every request and websocket, and add the security headers to answers.

    hosts are names and addresses besides loopback; advice tells what to do when another one is asked for.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        exposed: bool = False,
        hosts: Collection[str] = (),
        advice: str = marked("Open http://127.0.0.1, or use --host."),
    ) -> None:
        self._app = app
        self._exposed = exposed
        self._hosts = frozenset(host.lower() for host in hosts)
        self._advice = advice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a good request on; answer 400 or 403 to others."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not is_allowed_host(hosts[0], self._hosts, exposed=self._exposed):
            await refuse(scope, receive, send, 403, _(f"This Host is not served. {_(self._advice)}"))
        elif not is_strict_path(scope.get("raw_path") or scope["path"].encode()):
            await refuse(scope, receive, send, 400, _("This path is not served."))
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        elif _asks_for_foreign_worker(scope):
            await refuse(scope, receive, send, 403, _(f"No service worker is served but {WORKER_PATH}."))
        else:
            await self._serve(scope, receive, with_headers(send, SECURITY_HEADERS))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            raise


def _asks_for_foreign_worker(scope: Scope) -> bool:
    """Tell whether a page registers a file that is not ours as its service worker, which outlives the page.

    Source: https://w3c.github.io/ServiceWorker/#service-worker-script-request
    """
    return scope["path"] != WORKER_PATH and any(name == b"service-worker" for name, _ in scope["headers"])


class OriginGuard:
    """Let pages of allowed origins alone use an application: foreign pages are refused, CORS is answered."""

    def __init__(self, app: ASGIApp, grant: Grant) -> None:
        self._app = app
        self._grant = grant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what no page, or an allowed one, asks."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin")
        if origin is not None and not is_allowed_origin(origin, headers.get(b"host", "")):
            await refuse(scope, receive, send, 403, _(f"Pages of {origin[:200]!r} may not use the emulator."))
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and origin is not None:
            await _answer(send, 204, b"", _raw({"vary": "Origin", **preflight_headers(origin, self._grant)}))
        else:
            await self._app(
                scope, receive, with_headers(send, _raw({"vary": "Origin", **cors_headers(origin)}))
            )


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def with_headers(send: Send, extra: Iterable[tuple[bytes, bytes]]) -> Send:
    """Return a send that adds headers to the answer, where it has none of that name."""

    async def sendwith_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = message.get("headers", ())
            names = {name.lower() for name, _ in present}
            message = {**message, "headers": [*present, *(item for item in extra if item[0] not in names)]}
        await send(message)

    return sendwith_headers


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    """Answer a request with a text, or close a WebSocket that was not accepted with it."""
    logger.debug("refused %s with %s", scope["path"], status)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": text})
        return
    body = b"" if scope["method"] == "HEAD" else f"{text}\n".encode()
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await _answer(send, status, body, [kind, *SECURITY_HEADERS])


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    if status != HTTPStatus.NO_CONTENT:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
