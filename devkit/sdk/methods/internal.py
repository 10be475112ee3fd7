"""Members that only the client runtime calls; their names start with "devkit."."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import CloudApiError, TransportError
from devkit.sdk.methods.arguments import options
from devkit.sdk.wire import new_request_id

if TYPE_CHECKING:
    from devkit.sdk.session import Session

CLIENT_FIELDS = ("Action", "RequestId", "AccessToken", "RegionId", "Platform", "uin")


async def refresh(session: Session, *_: Any) -> Any:
    """Return PANEL_DATA as it is now."""
    session.data = await session.simulator.refreshed(session.data)
    return session.data


async def app_request(session: Session, action: Any = None, payload: Any = None, *_: Any) -> Any:
    """Answer a request of the application development SDK with the platform's envelope.

    Source: protocol.md section 2.
    """
    asked = options("appDevSdk.requestApi", payload)
    request_id = asked.get("RequestId") or new_request_id()
    params = {name: value for name, value in asked.items() if name not in CLIENT_FIELDS}
    try:
        return {"code": 0, "msg": "", "data": await session.cloud(str(action), params)}
    except CloudApiError as error:
        fields = {"Error": {"Code": error.code, "Message": error.message}, "RequestId": request_id}
        return {"code": error.code, "msg": error.message, "data": {**fields, **error.detail}}
    except TransportError:
        return None


async def subscribe(session: Session, device_ids: Any = None, *_: Any) -> Any:
    """Follow the pushes of these devices and no others."""
    wanted = [item for item in device_ids or [] if isinstance(item, str) and item]
    session.subscribe(wanted)
    return {"Result": "OK"}


async def echo(session: Session, *args: Any) -> Any:
    """Return the first argument: the shortest way through a link, for measuring it."""
    return args[0] if args else None


METHODS: Mapping[str, Callable[..., Awaitable[Any]]] = {
    "devkit.refresh": refresh,
    "devkit.request": app_request,
    "devkit.subscribe": subscribe,
    "devkit.echo": echo,
}
