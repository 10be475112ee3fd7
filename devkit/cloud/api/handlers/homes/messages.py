"""The caller's messages."""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import utc_time
from devkit.cloud.store.schema import DEVICES, FAMILIES, MESSAGE_TOKENS, MESSAGES, MessageRow
from devkit.json_types import JSON
from devkit.language import _

FIRST_ID = 65_167_395_785_800_000  # message ids have 17 digits


def list_messages(call: Call) -> Answer:
    """Return messages of a category, the newest first; MsgID and MsgTimestamp of the last row go on from it.

    Source: docs/reference/app-api.yaml actions.AppGetMessages.
    """
    where = {"user_id": call.user_id, "category": call.number("Category")}
    before: int | None = None
    if call.text("MsgID"):
        before = _row_id(call, call.text("MsgID")) - 1
    between: dict[str, tuple[int | None, int | None]] = {"id": (None, before)}
    if before is None and call.number("MsgTimestamp"):
        between = {"time": (None, call.number("MsgTimestamp") - 1)}
    limit = max(call.number("Limit"), 1)
    rows = call.tx.find(MESSAGES, where, between=between, order="id", descending=True, limit=limit + 1)
    return {
        "Data": {"Listover": len(rows) <= limit, "Msgs": [_message_view(call, row) for row in rows[:limit]]}
    }


def _row_id(call: Call, message_id: str) -> int:
    number = int(message_id) - FIRST_ID if message_id.isascii() and message_id.isdigit() else 0
    if not 0 < number < 2**53:
        call.refuse("InvalidParameterValue.MsgIDInvalid", _(f"{message_id!r} is no message id."))
    return number


def _message_view(call: Call, row: MessageRow) -> dict[str, JSON]:
    """Return structures.Message; Attachments has the token of an invitation.

    Source: https://github.com/tencentyun/iot-link-android MessageEntity.kt, MessageActivity.kt acceptInvite.
    """
    product_id, _, device_name = row["device_id"].partition("/")
    device = call.tx.get(DEVICES, row["device_id"])
    family = call.tx.get(FAMILIES, row["family_id"])
    invitation = call.tx.get(MESSAGE_TOKENS, row["id"])
    return {
        "UserID": row["user_id"],
        "FromUserID": row["from_user"],
        "MsgID": str(FIRST_ID + row["id"]),
        "Category": row["category"],
        "MsgType": row["type"],
        "MsgTitle": row["title"],
        "MsgContent": row["content"],
        "MsgTimestamp": row["time"],
        "ProductId": product_id,
        "DeviceName": device_name,
        "DeviceAlias": device["alias"] if device else "",
        "FamilyId": row["family_id"],
        "FamilyName": family["name"] if family else "",
        "RelateUserID": row["related_user"],
        "CreateAt": utc_time(row["time"]),
        **({"Attachments": {"ShareToken": invitation["token"]}} if invitation else {}),
    }


def delete_message(call: Call) -> Answer:
    """Delete a message; the id may come as a number or a text.

    Source: docs/reference/app-api.yaml actions.AppDeleteMessage.
    """
    number = _row_id(call, call.text("MsgID"))
    row = call.tx.get(MESSAGES, number)
    if row is None or row["user_id"] != call.user_id:
        call.refuse("InvalidParameterValue.MsgIDInvalid", _(f"You have no message {call.text('MsgID')}."))
    call.tx.remove(MESSAGES, number)
    return {"Data": "OK"}


ACTIONS = {"AppGetMessages": list_messages, "AppDeleteMessage": delete_message}
