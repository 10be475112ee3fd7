"""The id of a request, X-Request-Id, in answers and log lines: the proxy's in front, or one made here."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from devkit.log import REQUEST_ID

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
_GOOD = re.compile(rb"[\w.:/+=@-]{1,128}", re.ASCII)


class RequestIds:
    """Give every request its id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the id while the application answers; a strange one is replaced."""
        sent = [value for name, value in scope["headers"] if name == HEADER]
        taken = sent[0] if len(sent) == 1 and _GOOD.fullmatch(sent[0]) else secrets.token_hex(8).encode()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER, taken)]
            await send(message)

        token = REQUEST_ID.set(taken.decode())
        try:
            await self._app(scope, receive, answer)
        finally:
            REQUEST_ID.reset(token)
