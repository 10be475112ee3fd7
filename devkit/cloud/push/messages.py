"""Messages to users: what happened to their devices and families."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.cloud.store.schema import (
    MEMBERS,
    MESSAGE_TOKENS,
    MESSAGES,
    DeviceRow,
    FamilyRow,
    MessageTokenRow,
)
from devkit.cloud.store.work import Work
from devkit.language import _, marked

DEVICE, FAMILY, NOTICE = 1, 2, 3


@dataclass(frozen=True)
class MessageKind:
    """A sort of message.

    Source: docs/reference/app-api.yaml structures.Message; the numbers 101, 202 and 301 are unverified.
    """

    category: int
    type: int
    title: str


DEVICE_ALARM = MessageKind(DEVICE, 100, marked("device alarm"))
RULE_NOTICE = MessageKind(DEVICE, 101, marked("automation"))
MEMBER_ADDED = MessageKind(FAMILY, 200, marked("member added"))
MEMBER_REMOVED = MessageKind(FAMILY, 201, marked("member removed"))
FAMILY_INVITE = MessageKind(FAMILY, 202, marked("family invitation"))
DEVICE_SHARED = MessageKind(NOTICE, 300, marked("device shared"))
DEVICE_INVITE = MessageKind(NOTICE, 301, marked("device sharing invitation"))


def post(
    work: Work,
    user_id: str,
    kind: MessageKind,
    content: str,
    *,
    device: DeviceRow | None = None,
    family: FamilyRow | None = None,
    related: str = "",
    from_user: str = "",
    share_token: str = "",
) -> None:
    """Write a message to a user; the oldest beyond the limit are forgotten.

    share_token: what the user accepts an invitation with.
    """
    where = {"user_id": user_id, "category": kind.category}
    extra = work.tx.count(MESSAGES, where) + 1 - work.emulator.limits.messages
    for row in work.tx.find(MESSAGES, where, limit=extra) if extra > 0 else []:
        work.tx.remove(MESSAGES, row["id"])
    message: dict[str, object] = {
        "user_id": user_id,
        "from_user": from_user or getattr(work, "user_id", "") or user_id,
        "category": kind.category,
        "type": kind.type,
        "title": _(kind.title),
        "content": content,
        "time": work.now,
        "device_id": device["device_id"] if device else "",
        "family_id": family["family_id"] if family else "",
        "related_user": related,
    }
    if not share_token:
        work.tx.add(MESSAGES, message)
    else:
        number = work.tx.append(MESSAGES, message)
        work.tx.put(MESSAGE_TOKENS, MessageTokenRow(message_id=number, token=share_token))


def tell_family(
    work: Work,
    family: FamilyRow,
    kind: MessageKind,
    content: str,
    *,
    related: str = "",
    device: DeviceRow | None = None,
) -> None:
    """Write a message to every member of a family."""
    for member in work.tx.find(MEMBERS, {"family_id": family["family_id"]}):
        post(work, member["user_id"], kind, content, device=device, family=family, related=related)
