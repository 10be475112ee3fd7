"""Messages to users: what happened to their devices and families."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.cloud.store.memory import Row
from devkit.cloud.store.work import Work

DEVICE, FAMILY, NOTICE = 1, 2, 3


@dataclass(frozen=True)
class MessageKind:
    """A sort of message.

    Source: docs/reference/app-api.yaml actions.AppGetMessages.example; the numbers 101 and 202 are
    unverified.
    """

    category: int
    type: int
    title: str


DEVICE_ALARM = MessageKind(DEVICE, 100, "device alarm")
RULE_NOTICE = MessageKind(DEVICE, 101, "automation")
MEMBER_ADDED = MessageKind(FAMILY, 200, "member added")
MEMBER_REMOVED = MessageKind(FAMILY, 201, "member removed")
FAMILY_INVITE = MessageKind(FAMILY, 202, "family invitation")
DEVICE_SHARED = MessageKind(NOTICE, 300, "device shared")


def post(
    work: Work,
    user_id: str,
    kind: MessageKind,
    content: str,
    *,
    device: Row | None = None,
    family: Row | None = None,
    related: str = "",
    from_user: str = "",
) -> None:
    """Write a message to a user; the oldest beyond the limit are forgotten."""
    where = {"user_id": user_id, "category": kind.category}
    extra = work.tx.count("messages", where) + 1 - work.emulator.limits.messages
    for row in work.tx.find("messages", where, limit=extra) if extra > 0 else []:
        work.tx.remove("messages", row["id"])
    work.tx.append(
        "messages",
        {
            "user_id": user_id,
            "from_user": from_user or getattr(work, "user_id", "") or user_id,
            "category": kind.category,
            "type": kind.type,
            "title": kind.title,
            "content": content,
            "time": work.now,
            "device_id": device["device_id"] if device else "",
            "family_id": family["family_id"] if family else "",
            "related_user": related,
        },
    )


def tell_family(
    work: Work,
    family: Row,
    kind: MessageKind,
    content: str,
    *,
    related: str = "",
    device: Row | None = None,
) -> None:
    """Write a message to every member of a family."""
    for member in work.tx.find("members", {"family_id": family["family_id"]}):
        post(work, member["user_id"], kind, content, device=device, family=family, related=related)
