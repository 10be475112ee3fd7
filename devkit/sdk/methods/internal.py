"""Members that only the client runtime calls; their names start with "devkit."."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from devkit.errors import CloudApiError, DevkitError, SdkMethodError, TransportError
from devkit.json_types import JSON
from devkit.language import _
from devkit.sdk.methods.arguments import Members, options
from devkit.sdk.methods.binding import CONTROLS
from devkit.sdk.wire import RejectWith, new_request_id
from devkit.timeline.kinds import MiniProgramState

if TYPE_CHECKING:
    from devkit.sdk.session import Session

TOLD = (
    "reportDeviceConnectStatus",
    "llsync_device_authorized",
    "h5_mirror_connect",
    "h5_mirror_disconnect",
)
"""Messages that only tell the mini program something. Source: docs/reference/protocol.md section 4.2."""
SYNC = "syncDeviceConnectStatus"
CLIENT_FIELDS = ("Action", "RequestId", "AccessToken", "RegionId", "Platform", "uin")


async def refresh(session: Session) -> object:
    """Return PANEL_DATA as it is now."""
    return await session.read_data()


async def app_request(session: Session, action: str | None, payload: object) -> object:
    """Answer a request of the application development SDK with the platform's envelope.

    Source: docs/reference/protocol.md section 2.
    """
    asked = options("appDevSdk.requestApi", payload)
    request_id = asked.get("RequestId") or new_request_id()
    params = {name: value for name, value in asked.items() if name not in CLIENT_FIELDS}
    try:
        return {"code": 0, "msg": "", "data": await session.cloud(str(action), params)}
    except CloudApiError as error:
        fields = {"Error": {"Code": error.code, "Message": error.message}, "RequestId": request_id}
        return {"code": error.code, "msg": error.message, "data": {**fields, **error.detail}}
    except TransportError as error:
        raise RejectWith({"code": error.status, "msg": error.reason}) from error


async def subscribe(session: Session, device_ids: list[str] | None) -> object:
    """Pass the page the pushes of these devices and of no others."""
    wanted = [item for item in device_ids or [] if isinstance(item, str) and item]
    session.subscribe_devices(wanted)
    return {"Result": "OK"}


async def mini_program(session: Session, api: str | None, params: JSON) -> object:
    """Answer wx.miniProgram."""
    name = str(api)
    answer = await session.mini_program_call(name, options(name, params))
    failure = session.simulator.mini_program.failures.get(name, {})
    return answer or {"errMsg": f"{name}:fail", **failure}


async def wx_api(session: Session, api: str | None, params: JSON) -> object:
    """Answer a function of wx with what mini_program.wx_results holds for it."""
    name = str(api)
    program = session.simulator.mini_program
    program.record(name, options(name, params))
    return {"errMsg": f"{name}:ok", **program.wx_results.get(name, {})}


async def control(session: Session, action: str | None, payload: object) -> object:
    """Answer a message to the mini program: vibration, data, and the WeChat functions that it runs.

    What it is told of devices is kept as its calls, which may be made to fail like any other.
    Source: docs/reference/protocol.md section 4.2.
    """
    name = str(action)
    if name == "h5Ready":
        return {}
    if name == "vibrateShort":
        session.simulator.mini_program.vibrate(options(name, payload).get("type"))
        return {}
    if name == "getInitData":
        return await refresh(session)
    if name in TOLD or name in CONTROLS or name == SYNC:
        program = session.simulator.mini_program
        told = program.record(name, options(name, payload))
        if name in program.failures:
            return told
    if name in TOLD:
        return {}
    if name in CONTROLS:
        return await CONTROLS[name](session, payload)
    from devkit.ble.central.bridge import BleBridge

    if BleBridge.handles(name):
        return await session.ble.handle(name, payload)
    raise SdkMethodError(_(f"The mini program has no {name}."), code="devkit.NotImplemented")


async def navigate_back(session: Session) -> object:
    """The user came back to the panel: data may have changed, and the page of QQ Music has logged in."""
    program = session.simulator.mini_program
    if program.qq_music_pending:
        program.qq_music_pending, program.qq_music_login = False, True
    session.simulator.timeline.record(MiniProgramState("pageShow", None))
    session.emit("pageShow")
    with contextlib.suppress(DevkitError):  # the device may be gone by now
        await session.update()
    return {}


async def echo(session: Session, value: object) -> object:
    """Return the argument: the shortest way through a link, for measuring it."""
    return value


METHODS: Members = {
    "devkit.refresh": refresh,
    "devkit.request": app_request,
    "devkit.subscribe": subscribe,
    "devkit.miniProgram": mini_program,
    "devkit.wx": wx_api,
    "devkit.control": control,
    "devkit.navigateBack": navigate_back,
    "devkit.echo": echo,
}
