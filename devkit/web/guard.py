"""The outermost middleware: refuse foreign hosts and strange paths before any route sees them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from devkit.web.hosts import is_allowed_host

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

MAX_PATH = 8192
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)


def is_strict_path(raw: bytes) -> bool:
    """Tell whether a raw request path can be routed safely.

    Refused: relative segments, plain or percent-encoded (once or twice), backslashes, control characters,
    bytes that are not UTF-8, and paths that are too long.
    """
    if not raw.startswith(b"/") or len(raw) > MAX_PATH:
        return False
    path = raw
    for _ in range(3):
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
    """Check Host and path of every request and websocket, and add the security headers to answers."""

    def __init__(self, app: ASGIApp, *, exposed: bool = False, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._exposed = exposed
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a good request on; answer 400 or 403 to others."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not is_allowed_host(hosts[0], self._hosts, exposed=self._exposed):
            await _refuse(
                scope, receive, send, 403, "This Host is not served. Open http://127.0.0.1, or use --host."
            )
        elif not is_strict_path(scope.get("raw_path") or scope["path"].encode()):
            await _refuse(scope, receive, send, 400, "This path is not served.")
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            extra = [item for item in SECURITY_HEADERS if item[0] not in names]
            message = {**message, "headers": [*message.get("headers", ()), *extra]}
        await send(message)

    return send_with_headers


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    logger.debug("refused %s with %s", scope["path"], status)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": text})
        return
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *SECURITY_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
