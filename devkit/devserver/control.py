"""The control API: programs and the console read the state and act as the device."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devkit.errors import DeviceNotFoundError, DevkitError, ServeError
from devkit.language import _
from devkit.redaction import redacted
from devkit.transport.acts import ACTS
from devkit.web.origins import is_allowed_origin

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from devkit.sdk import Simulator

PREFIX = "/__devkit/api"
MAX_BODY = 1_000_000

GetSimulator = Callable[[], Awaitable["Simulator"]]


def same_secret(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


async def admit(socket: WebSocket, *, known: bool) -> bool:
    """Accept a socket that is known by its token and of an allowed origin; close any other."""
    if known and is_allowed_origin(socket.headers.get("origin", ""), socket.headers["host"]):
        await socket.accept()
        return True
    await socket.close(1008, _("An allowed Origin and the token of the page are needed."))
    return False


class ControlApi:
    """The routes under /__devkit/api, each behind the control token."""

    def __init__(self, token: str, get_simulator: GetSimulator) -> None:
        self._token = token
        self._simulator = get_simulator

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{PREFIX}/state", self.guarded(self._state), methods=["GET"]),
            Route(f"{PREFIX}/timeline", self.guarded(self._timeline), methods=["GET"]),
            Route(
                PREFIX + "/devices/{product_id}/{device_name}/{act}",
                self.guarded(self._act),
                methods=["POST"],
            ),
        ]

    def guarded(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler that asks for the token first and words refusals."""

        async def guarded(request: Request) -> Response:
            scheme, _rest, token = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not same_secret(token.strip(), self._token):
                return _problem(401, "devkit.Unauthorized", _("Send Authorization: Bearer <control_token>."))
            origin = request.headers.get("origin")
            if origin is not None and not is_allowed_origin(origin, request.headers["host"]):
                return _problem(
                    403, "devkit.Forbidden", _(f"Origin {origin[:200]!r} may not control devices.")
                )
            try:
                return await handler(request)
            except DeviceNotFoundError as error:
                return _problem(404, type(error).__name__, str(error))
            except DevkitError as error:
                return _problem(400, type(error).__name__, str(error))

        return guarded

    async def _state(self, request: Request) -> Response:
        bench = (await self._simulator()).transport.bench
        return JSONResponse(bench.snapshot() if bench else {"devices": {}, "fault": {}})

    async def _timeline(self, request: Request) -> Response:
        text = request.query_params.get("since", "0")
        if not text.isascii() or not text.isdigit():
            raise ServeError(_(f"since must be a whole number from 0, not {text[:50]!r}."))
        timeline = (await self._simulator()).timeline
        return JSONResponse(
            {"entries": [redacted(entry.to_json()) for entry in timeline.since(int(text[:18]))]}
        )

    async def _act(self, request: Request) -> Response:
        device_id = f"{request.path_params['product_id']}/{request.path_params['device_name']}"
        return await perform(request, await self._simulator(), device_id)


async def perform(request: Request, simulator: Simulator, device_id: str) -> Response:
    """Perform the act that a request names as a device.

    Errors: ServeError for a body that does not fit; those of the act.
    """
    act = ACTS.get(request.path_params["act"])
    if act is None:
        return _problem(404, "devkit.UnknownAct", _(f"Acts of a device: {', '.join(ACTS)}."))
    bench = simulator.transport.bench
    if bench is None:
        raise ServeError(_("The device is a real one: only --transport local lets devkit act as the device."))
    body = await read_object(request)
    if problem := act.problem(body):
        raise ServeError(problem, _(f"Send an object such as {json.dumps(act.example)}."))
    await act.perform(bench, device_id, body)
    return JSONResponse({})


async def read_object(request: Request) -> dict[str, Any]:
    """Return the body of a request as an object.

    Errors: ServeError when it is none, or too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise ServeError(_(f"The body is larger than {MAX_BODY} bytes."))
    try:
        value = json.loads(bytes(body) or b"{}")
    except (ValueError, RecursionError) as error:
        raise ServeError(_(f"The body is not JSON: {error}.")) from error
    if not isinstance(value, dict):
        raise ServeError(_(f"The body must be a JSON object, not {type(value).__name__}."))
    return value


def _problem(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "msg": message}}, status_code=status)
