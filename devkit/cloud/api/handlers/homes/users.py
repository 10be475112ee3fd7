"""Users and sessions."""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import new_id
from devkit.cloud.store.schema import SESSIONS, USERS, SessionRow, UserRow
from devkit.cloud.store.work import Work
from devkit.json_types import JSON
from devkit.language import _

LONGEST_NICKNAME = 64  # which lengths are legal is not documented


def get_token_by_weixin(call: Call) -> Answer:
    """Log in with a WeChat id; an unknown one gets an account.

    Source: docs/reference/app-api.yaml actions.AppGetTokenByWeiXin.
    """
    nick_name = call.text("NickName")
    if len(nick_name) > LONGEST_NICKNAME:
        call.refuse(
            "InvalidParameterValue.NickNameLengthInvalid",
            _(f"NickName may have at most {LONGEST_NICKNAME} characters, not {len(nick_name)}."),
        )
    known = call.tx.find(USERS, {"wx_open_id": call.text("WxOpenID")})
    if known:
        user_id = known[0]["user_id"]
        call.tx.change(USERS, user_id, nick_name=nick_name, avatar=call.text("Avatar"))
    else:
        user_id = create_user(
            call, nick_name=nick_name, avatar=call.text("Avatar"), wx_open_id=call.text("WxOpenID")
        )
    token, expires = open_session(call, user_id)
    return {"Data": {"Token": token, "ExpireAt": expires}}


def create_user(work: Work, *, user_id: str = "", **columns: str) -> str:
    """Add a user and return its id: 12 digits, in order of creation."""
    user_id = user_id or str(200_012_345_678 + work.tx.count(USERS, {}))
    blank = dict.fromkeys(("nick_name", "avatar", "country_code", "phone_number", "email", "wx_open_id"), "")
    row = UserRow(user_id=user_id, created=work.stamp, **{**blank, **columns})  # type: ignore[typeddict-item]
    work.tx.put(USERS, row)
    return user_id


def open_session(work: Work, user_id: str) -> tuple[str, int]:
    """Return a new access token and when it expires, in seconds."""
    token = new_id()
    expires = work.now_s + work.emulator.limits.session_s
    work.tx.put(SESSIONS, SessionRow(token=token, user_id=user_id, expire_s=expires))
    return token, expires


def logout_user(call: Call) -> Answer:
    """End the session of this call's token; others of the user go on.

    Source: docs/reference/app-api.yaml actions.AppLogoutUser.
    """
    call.tx.remove(SESSIONS, call.token)
    call.rights_changed()
    return {"Data": "OK"}


def get_user(call: Call) -> Answer:
    """Return the caller.

    Source: docs/reference/protocol.md section 1.3 userInfo; docs/reference/protocol.md section 5.2
    getUserInfo; docs/reference/app-api.yaml structures.UserInfo.
    """
    return {"Data": user_view(call.user())}


def user_view(row: UserRow) -> dict[str, JSON]:
    """Return structures.UserInfo."""
    return {
        "UserID": row["user_id"],
        "NickName": row["nick_name"],
        "Avatar": row["avatar"],
        "CountryCode": row["country_code"],
        "PhoneNumber": row["phone_number"],
        "Email": row["email"],
        "HasPassword": False,
        "HasWxOpenID": bool(row["wx_open_id"]),
    }


ACTIONS = {
    "AppGetTokenByWeiXin": get_token_by_weixin,
    "AppLogoutUser": logout_user,
    "AppGetUser": get_user,
}
