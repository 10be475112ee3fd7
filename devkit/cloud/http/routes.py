"""The emulator at the platform's real paths, as Starlette routes that any server can mount.

Source: docs/reference/app-api.yaml common.transport, common.envelope and websocket;
docs/reference/protocol.md sections 2 to 4.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from devkit.cloud.api.wire import to_json
from devkit.cloud.emulator import Emulator
from devkit.cloud.http.downloads import download_routes
from devkit.cloud.http.uploads import upload_routes
from devkit.cloud.push.bridge import Bridge, serve_bridge
from devkit.cloud.push.socket import serve_pushes
from devkit.errors import CloudApiError, TransportTimeoutError
from devkit.json_types import JSON
from devkit.language import _
from devkit.log import CALLS, REQUEST_ID

logger = logging.getLogger(__name__)
calls = logging.getLogger(CALLS)
Called = Callable[[str, str, float], None]  # action, result, seconds
MAX_BODY = 2 * 1024 * 1024
MOST_DISCARDED = 64 * 1024 * 1024
API = "/api/exploreropen"
PUSH_PATHS = ("/iotstudio_v2_weapp_1", "/ws/explorer")
BRIDGE_PATH = "/studioh5"
INVALID_JSON = "InvalidParameterValue.InvalidJSON"


def routes(emulator: Emulator, bridge: Bridge | None = None, called: Called | None = None) -> list[BaseRoute]:
    """Return the routes of an emulator.

    bridge answers what a page asks of the mini program around it; without one, only the handshake works.
    called hears of every call.
    Host, Origin and CORS are up to the server that mounts the routes.
    """

    async def token_api(request: Request) -> Response:
        return await _answer(emulator, request, "tokenapi", called)

    async def app_api(request: Request) -> Response:
        return await _answer(emulator, request, "appapi", called)

    async def pushes(socket: WebSocket) -> None:
        await serve_pushes(emulator, socket)

    async def mini_program(socket: WebSocket) -> None:
        await serve_bridge(emulator, socket, bridge)

    return [
        Route(f"{API}/tokenapi", token_api, methods=["POST"]),
        Route(f"{API}/appapi", app_api, methods=["POST"]),
        *(WebSocketRoute(path, pushes) for path in PUSH_PATHS),
        WebSocketRoute(BRIDGE_PATH, mini_program),
        *download_routes(emulator),
        *upload_routes(emulator),
        Route("/insight/event", _insight, methods=["GET", "POST"]),
    ]


async def _insight(request: Request) -> Response:
    """Take the SDK's own statistics and forget them.

    Source: docs/reference/protocol.md section 2, other URLs.
    """
    return Response(b'{"code":0}', media_type="application/json")


async def _answer(
    emulator: Emulator, request: Request, endpoint: str, called: Called | None = None
) -> Response:
    """Answer one call, and tell of it."""
    started = time.perf_counter()
    call = _HttpCall(request_id=REQUEST_ID.get() or secrets.token_hex(8))
    response = await _perform(emulator, request, endpoint, call)
    seconds = time.perf_counter() - started
    if called:
        called(call.action, call.result, seconds)
    if calls.isEnabledFor(logging.INFO):
        fields = {"action": call.action, "result": call.result, "ms": round(seconds * 1000, 3)}
        calls.info("call", extra={"fields": {**fields, "call_id": call.request_id}})
    return response


@dataclass
class _HttpCall:
    """What is known of a call; result is "ok" or an error's code."""

    request_id: str
    action: str = ""
    result: str = "ok"


async def _perform(emulator: Emulator, request: Request, endpoint: str, call: _HttpCall) -> Response:
    """Answer one call; every failure but a dropped call is an envelope with status 200."""
    try:
        params = await _read(request)
        call.request_id = _request_id(params) or call.request_id
        action = params.get("Action")
        if not isinstance(action, str) or not action:
            raise CloudApiError("ErrorRequiredParamNotFound", _("The parameter Action is missing."))
        call.action = action
        if endpoint == "appapi":
            emulator.check_signature(params)
        answer = await emulator.call(action, params, endpoint=endpoint)
    except CloudApiError as error:
        return _refused(error, call)
    except TransportTimeoutError:
        call.result = "dropped"
        return Response(status_code=504)
    except ClientDisconnect:
        call.result = "left"
        return Response(status_code=400)
    except Exception:
        logger.exception("An action failed in an unexpected way")
        return _refused(CloudApiError("InternalError", _("The emulator failed; its log says why.")), call)
    return _envelope(0, "", answer, call.request_id)


def _refused(error: CloudApiError, call: _HttpCall) -> Response:
    call.result = str(error.code)
    return _envelope(error.code, error.message, _error_data(error), call.request_id)


def _request_id(params: Mapping[str, JSON]) -> str:
    sent = params.get("RequestId")
    return sent if isinstance(sent, str) and len(sent) <= 256 else ""


def _error_data(error: CloudApiError) -> dict[str, JSON]:
    return {"Error": {"Code": str(error.code), "Message": error.message}}


def _envelope(code: str | int, message: str, data: Mapping[str, JSON], request_id: str) -> Response:
    """Return the answer for readers of {code, msg, data} and of {Response}; both hold the same."""
    inner = to_json({**data, "RequestId": request_id})
    text = f'{{"code":{to_json(code)},"msg":{to_json(message)},"data":{inner},"Response":{inner}}}'
    return Response(text.encode("utf-8", "replace"), media_type="application/json")


async def _read(request: Request) -> dict[str, JSON]:
    """Return the parameters of a call; a body that is too large is read to its end and refused."""
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_DISCARDED:
            break
        if size <= MAX_BODY:
            body += chunk
    if size > MAX_BODY:
        raise CloudApiError(
            "InvalidParameterValue",
            _(f"The body has more than {MAX_BODY // 1024} KiB, the most that is taken."),
        )
    try:
        params = json.loads(body)
    except (ValueError, RecursionError):
        raise CloudApiError(INVALID_JSON, _("The body is not JSON.")) from None
    if not isinstance(params, dict):
        raise CloudApiError(INVALID_JSON, _("The body is not a JSON object."))
    return params
