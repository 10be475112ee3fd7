"""requestTokenApi: any cloud action, with the real SDK's errors and its one silent retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.errors import CloudApiError
from devkit.json_types import JSON
from devkit.language import _
from devkit.sdk.methods.arguments import Args, Members, given, options, text
from devkit.sdk.wire import RejectWith, new_request_id

if TYPE_CHECKING:
    from devkit.sdk.session import Session

LOGIN_CODES = ("InvalidAccessToken", "VERIFY_LOGIN_FAIL")
DEFAULT_FAMILY = "default"
LOGIN_FAILED = "VERIFY_LOGIN_FAIL"
LOGIN_FAILED_TEXT = "登录态验证失败，请重新登录"


def is_login_error(error: CloudApiError) -> bool:
    """Tell whether the access token was refused."""
    return any(code in str(error.code) for code in LOGIN_CODES)


async def call_cloud(session: Session, action: str, params: Args) -> Args:
    """Perform an action; a refused token is answered with one new login and one more try.

    FamilyId "default" means the user's first family.
    Errors: RejectWith({code: VERIFY_LOGIN_FAIL, ...}) when the second try is refused as well; those of
    Transport.call.
    Source: docs/reference/protocol.md section 2.
    """
    if params.get("FamilyId") == DEFAULT_FAMILY:
        params = {**params, "FamilyId": await default_family(session)}
    try:
        return await session.cloud(action, params)
    except CloudApiError as error:
        if not is_login_error(error):
            raise
    try:
        if action != "AppGetUser":
            await session.cloud("AppGetUser", {})
        return await session.cloud(action, params)
    except CloudApiError as error:
        if not is_login_error(error):
            raise
        raise RejectWith(
            {"code": LOGIN_FAILED, "msg": LOGIN_FAILED_TEXT, "reqId": error.request_id or new_request_id()}
        ) from error


async def default_family(session: Session) -> str:
    """Return the id of the user's first family, which is made when there is none.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 appDevSdk.getDefaultFamilyId.
    """
    answer = await session.cloud("AppGetFamilyList", {"Offset": 0, "Limit": 100})
    families = answer.get("FamilyList") or []
    if families:
        return str(families[0]["FamilyId"])
    user = (await session.cloud("AppGetUser", {})).get("Data") or {}
    made = await session.cloud("AppCreateFamily", {"Name": user.get("NickName") or "我的家"})
    return str((made.get("Data") or {}).get("FamilyId", ""))


async def request_token_api(session: Session, action: str | None, data: JSON) -> object:
    """Perform any action of the token API and return the fields of its response.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 requestTokenApi, which adds PlatformId and Token3rd.
    """
    name = text("requestTokenApi", _("the action"), action)
    third = given(
        PlatformId=session.data.get("thirdPlatformId"), Token3rd=session.data.get("thirdAccessToken")
    )
    return await call_cloud(session, name, {**options("requestTokenApi", data), **third})


METHODS: Members = {"requestTokenApi": request_token_api}
