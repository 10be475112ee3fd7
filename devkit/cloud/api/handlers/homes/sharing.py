"""Sharing a device with users outside the family."""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.rights import end_use
from devkit.cloud.api.wire import china_time, new_id
from devkit.cloud.push.messages import DEVICE_INVITE, DEVICE_SHARED, post
from devkit.cloud.store.schema import (
    CONFIGS,
    SHARE_TOKENS,
    SHARES,
    USERS,
    ConfigRow,
    DeviceRow,
    ShareRow,
    ShareTokenRow,
)
from devkit.json_types import JSON
from devkit.language import _

_VALUE = "InvalidParameterValue"


def shared_device_view(device: DeviceRow, share: ShareRow) -> dict[str, JSON]:
    """Return structures.ShareDevices; the time is a text here."""
    return {
        "ProductId": device["product_id"],
        "DeviceName": device["device_name"],
        "DeviceId": device["device_id"],
        "AliasName": device["alias"],
        "IconUrl": device["icon_url"],
        "CreateTime": china_time(share["bound"]),
    }


def send_invite(call: Call) -> Answer:
    """Invite a user of the platform to a device: the message carries a share token.

    Source: docs/reference/app-api.yaml actions.AppSendShareDeviceInvite.
    """
    device = call.own_device()
    user = call.user(call.text("ToUserID"))
    token = _new_token(call, device, "")
    content = _(f"{call.user()['nick_name']} shares {device['alias'] or device['device_name']} with you")
    post(call, user["user_id"], DEVICE_INVITE, content, device=device, share_token=token)
    return {"Status": "OK"}


def create_token(call: Call) -> Answer:
    """Make a token that one other user may accept within seven days.

    Source: docs/reference/app-api.yaml actions.AppCreateShareDeviceToken.
    """
    device = call.own_device()
    if call.text("FamilyId") and call.text("FamilyId") != device["family_id"]:
        call.refuse("permission", _(f"The device {device['device_id']} is not in the family of FamilyId."))
    return {"ShareDeviceToken": _new_token(call, device, call.text("TokenContext"))}


def _new_token(call: Call, device: DeviceRow, context: str) -> str:
    token = new_id()
    call.tx.put(
        SHARE_TOKENS,
        ShareTokenRow(
            token=token,
            from_user=call.user_id,
            device_id=device["device_id"],
            family_id=device["family_id"],
            context=context,
            user_id="",
            bound_s=0,
            expire_s=call.now_s + call.emulator.limits.share_token_s,
            created_s=call.now_s,
        ),
    )
    return token


def _token(call: Call) -> ShareTokenRow:
    row = call.tx.get(SHARE_TOKENS, call.text("ShareDeviceToken"))
    if row is None or (not row["user_id"] and row["expire_s"] <= call.now_s):
        call.refuse(f"{_VALUE}.InvalidShareDeviceToken", _("The share token is unknown or has expired."))
    return row


def describe_token(call: Call) -> Answer:
    """Return what a share token is for; UserId stays empty until someone accepts it.

    Source: docs/reference/app-api.yaml actions.AppDescribeShareDeviceToken.
    """
    token = _token(call)
    device = call.device(token["device_id"])
    taker = call.tx.get(USERS, token["user_id"])
    return {
        "ShareDeviceTokenInfo": {
            "FromUserId": token["from_user"],
            "FromUserNick": call.user(token["from_user"])["nick_name"],
            "UserId": token["user_id"],
            "UserNick": taker["nick_name"] if taker else "",
            "ProductId": device["product_id"],
            "DeviceName": device["device_name"],
            "AliasName": device["alias"],
            "IconUrl": device["icon_url"],
            "BindTime": token["bound_s"],
            "ExpireTime": token["expire_s"],
            "CreateTime": token["created_s"],
        }
    }


def accept_share(call: Call) -> Answer:
    """Take a shared device; a token works once, and who shares gets a message.

    The document spells the code of a device that is bound already in two ways; DeviecBinded, the spelling
    of its table, is answered.
    Source: docs/reference/app-api.yaml actions.AppBindUserShareDevice.
    """
    token = _token(call)
    device = call.device()
    limits = call.emulator.limits
    if token["device_id"] != device["device_id"]:
        call.refuse(f"{_VALUE}.InvalidShareDeviceToken", _("The share token belongs to another device."))
    if call.role(device["family_id"]) is not None:
        call.refuse(f"{_VALUE}.CannotBindOwnDevice", _("The device is your own."))
    if call.tx.get(SHARES, device["device_id"], call.user_id):
        call.refuse(f"{_VALUE}.DeviecBinded", _("The device is shared with you already."))
    if token["user_id"]:
        call.refuse(f"{_VALUE}.ShareDeviceTokenUsed", _("The share token was used already."))
    if call.tx.count(SHARES, {"user_id": call.user_id}) >= limits.user_shared_devices:
        call.refuse(f"{_VALUE}.UserBindExceedLimit", _("You hold too many shared devices."))
    if call.tx.count(SHARES, {"device_id": device["device_id"]}) >= limits.device_shared_users:
        call.refuse(f"{_VALUE}.DeviceShareExceedLimit", _("The device is shared with too many users."))
    call.tx.put(
        SHARES,
        ShareRow(
            device_id=device["device_id"],
            user_id=call.user_id,
            from_user=token["from_user"],
            context=token["context"],
            bound=call.stamp,
        ),
    )
    call.tx.change(SHARE_TOKENS, token["token"], user_id=call.user_id, bound_s=call.now_s)
    if token["context"]:
        config = ConfigRow(
            owner=call.user_id,
            device_id=device["device_id"],
            name="SHARE_CONTEXT_KEY",
            value=token["context"],
        )
        call.tx.put(CONFIGS, config)
    shown = device["alias"] or device["device_name"]
    content = _(f"{call.user()['nick_name']} has accepted your share of {shown}")
    post(call, token["from_user"], DEVICE_SHARED, content, device=device, related=call.user_id)
    return {"Status": "OK"}


def list_shared_devices(call: Call) -> Answer:
    """Return the devices shared with the caller.

    Source: docs/reference/app-api.yaml actions.AppListUserShareDevices.
    """
    total, shares = call.page(SHARES, {"user_id": call.user_id}, order="bound")
    return {
        "Total": total,
        "ShareDevices": [shared_device_view(call.device(share["device_id"]), share) for share in shares],
    }


def drop_share(call: Call) -> Answer:
    """Give up a device that is shared with the caller.

    Source: docs/reference/app-api.yaml actions.AppRemoveUserShareDevice.
    """
    device = call.device()
    if not call.tx.remove(SHARES, device["device_id"], call.user_id):
        call.refuse("device", _(f"The device {device['device_id']} is not shared with you."))
    call.tx.remove(CONFIGS, call.user_id, device["device_id"], "SHARE_CONTEXT_KEY")
    end_use(call, call.user_id, [device["device_id"]])
    return {"Status": "OK"}


def list_sharees(call: Call) -> Answer:
    """Return whom a device is shared with; phone numbers are masked.

    Source: docs/reference/app-api.yaml actions.AppListShareDeviceUsers.
    """
    device = call.own_device()
    total, shares = call.page(SHARES, {"device_id": device["device_id"]}, order="bound")
    return {"Total": total, "Users": [_sharee_view(call, share) for share in shares]}


def _sharee_view(call: Call, share: ShareRow) -> dict[str, JSON]:
    user = call.user(share["user_id"])
    number = user["phone_number"]
    return {
        "UserId": user["user_id"],
        "CountryCode": user["country_code"],
        "PhoneNumber": f"{number[:3]}****{number[-4:]}" if number else "",
        "NickName": user["nick_name"],
        "Avatar": user["avatar"],
        "BindTime": share["bound"] // 1000,
    }


def remove_sharee(call: Call) -> Answer:
    """Stop sharing a device with a user; the demo's spelling RemoveUserID works too.

    Source: docs/reference/app-api.yaml actions.AppRemoveShareDeviceUser.
    """
    device = call.own_device()
    user_id = call.text("RemoveUserId") or call.text("RemoveUserID")
    if not user_id:
        call.refuse("missing", _("The parameter RemoveUserId is missing."))
    if not call.tx.remove(SHARES, device["device_id"], user_id):
        call.refuse("device", _(f"The device {device['device_id']} is not shared with the user {user_id}."))
    call.tx.remove(CONFIGS, user_id, device["device_id"], "SHARE_CONTEXT_KEY")
    end_use(call, user_id, [device["device_id"]])
    return {"Status": "OK"}


ACTIONS = {
    "AppSendShareDeviceInvite": send_invite,
    "AppCreateShareDeviceToken": create_token,
    "AppDescribeShareDeviceToken": describe_token,
    "AppBindUserShareDevice": accept_share,
    "AppListUserShareDevices": list_shared_devices,
    "AppRemoveUserShareDevice": drop_share,
    "AppListShareDeviceUsers": list_sharees,
    "AppRemoveShareDeviceUser": remove_sharee,
}
