"""Families, rooms and members."""

from __future__ import annotations

from devkit.cloud.api.call import ADMIN, MEMBER, Answer, Call
from devkit.cloud.api.handlers.devices.devices import unbind
from devkit.cloud.api.rights import end_membership
from devkit.cloud.api.wire import new_id
from devkit.cloud.push.messages import FAMILY_INVITE, MEMBER_ADDED, MEMBER_REMOVED, post, tell_family
from devkit.cloud.store.schema import (
    DEVICES,
    FAMILIES,
    FAMILY_INVITES,
    MEMBERS,
    ROOMS,
    FamilyInviteRow,
    FamilyRow,
    MemberRow,
    RoomRow,
)
from devkit.cloud.store.work import Work
from devkit.json_types import JSON
from devkit.language import _


def create_family(call: Call) -> Answer:
    """Make a family with the caller as its administrator.

    Source: docs/reference/app-api.yaml actions.AppCreateFamily.
    """
    return {"Data": {"FamilyId": add_family(call, call.user_id, call.text("Name"), call.text("Address"))}}


def add_family(work: Work, user_id: str, name: str, address: str) -> str:
    """Add a family and its administrator; return its id."""
    family_id = new_id("f_")
    work.tx.put(
        FAMILIES,
        FamilyRow(
            family_id=family_id,
            name=name,
            address=address,
            created=work.stamp,
            updated=work.now,
        ),
    )
    add_member(work, family_id, user_id, ADMIN)
    return family_id


def add_member(work: Work, family_id: str, user_id: str, role: int) -> None:
    """Add a member."""
    work.tx.put(MEMBERS, MemberRow(family_id=family_id, user_id=user_id, role=role, created=work.stamp))


def delete_family(call: Call) -> Answer:
    """Delete a family with all it holds; its devices can be bound again. Name must be the family's.

    Source: docs/reference/app-api.yaml actions.AppDeleteFamily; that Name has to match is a decision.
    """
    family = call.family(admin=True)
    if call.text("Name") != family["name"]:
        call.refuse("value", _(f"Name must be the family's name, {family['name']}, to delete it."))
    family_id = family["family_id"]
    for device in call.tx.find(DEVICES, {"family_id": family_id}):
        unbind(call, device)
    call.tx.remove(FAMILIES, family_id)
    return {}


def modify_family(call: Call) -> Answer:
    """Change name and address.

    Source: docs/reference/app-api.yaml actions.AppModifyFamily.
    """
    family = call.family(admin=True)
    call.tx.change(
        FAMILIES,
        family["family_id"],
        name=call.text("Name"),
        address=call.text("Address"),
        updated=call.now,
    )
    return {}


def list_families(call: Call) -> Answer:
    """Return the caller's families, the oldest first.

    Source: docs/reference/app-api.yaml actions.AppGetFamilyList.
    """
    total, members = call.page(MEMBERS, {"user_id": call.user_id}, order="created")
    return {"Total": total, "FamilyList": [_family_view(call, member) for member in members]}


def _family_view(call: Call, member: MemberRow) -> dict[str, JSON]:
    family = call.family(family_id=member["family_id"])
    return {
        "FamilyId": family["family_id"],
        "Name": family["name"],
        "Role": member["role"],
        "CreateTime": family["created"] // 1000,
        "UpdateTime": family["updated"] // 1000,
    }


def describe_family(call: Call) -> Answer:
    """Return one family; its name is called FamilyName here.

    Source: docs/reference/app-api.yaml actions.AppDescribeFamily.
    """
    family = call.family()
    return {
        "Data": {
            "FamilyId": family["family_id"],
            "FamilyName": family["name"],
            "Address": family["address"],
            "CreateTime": family["created"] // 1000,
            "UpdateTime": family["updated"] // 1000,
        }
    }


def create_room(call: Call) -> Answer:
    """Make a room.

    Source: docs/reference/app-api.yaml actions.AppCreateRoom.
    """
    return {"Data": {"RoomId": add_room(call, call.family(admin=True)["family_id"], call.text("Name"))}}


def add_room(work: Work, family_id: str, name: str) -> str:
    """Add a room and return its id."""
    room_id = new_id("r_")
    work.tx.put(
        ROOMS,
        RoomRow(
            room_id=room_id,
            family_id=family_id,
            name=name,
            created=work.stamp,
            updated=work.now,
        ),
    )
    return room_id


def _room(call: Call, family: FamilyRow) -> RoomRow:
    row = call.tx.get(ROOMS, call.text("RoomId"))
    if row is None or row["family_id"] != family["family_id"]:
        call.refuse("value", _(f"The family {family['name']} has no room {call.text('RoomId')}."))
    return row


def modify_room(call: Call) -> Answer:
    """Rename a room.

    Source: docs/reference/app-api.yaml actions.AppModifyRoom.
    """
    room = _room(call, call.family(admin=True))
    call.tx.change(ROOMS, room["room_id"], name=call.text("Name", room["name"]), updated=call.now)
    return {}


def delete_room(call: Call) -> Answer:
    """Delete a room; its devices move to the default room, which is a decision.

    Source: docs/reference/app-api.yaml actions.AppDeleteRoom.
    """
    call.tx.remove(ROOMS, _room(call, call.family(admin=True))["room_id"])
    return {}


def list_rooms(call: Call) -> Answer:
    """Return the rooms of a family, by default the caller's first; the default room "0" is not among them.

    Source: docs/reference/app-api.yaml actions.AppGetRoomList.
    """
    family_id = call.text("FamilyId")
    if not family_id:
        first = call.tx.find(MEMBERS, {"user_id": call.user_id}, order="created", limit=1)
        family_id = first[0]["family_id"] if first else ""
    family = call.family(family_id=family_id)
    total, rows = call.page(ROOMS, {"family_id": family["family_id"]}, order="created")
    return {
        "Total": total,
        "RoomList": [
            {
                "RoomId": row["room_id"],
                "RoomName": row["name"],
                "DeviceNum": call.tx.count(
                    DEVICES, {"family_id": family["family_id"], "room_id": row["room_id"]}
                ),
                "CreateTime": row["created"] // 1000,
                "UpdateTime": row["updated"] // 1000,
            }
            for row in rows
        ],
    }


def invite_member(call: Call) -> Answer:
    """Make an invitation that one user may take within seven days.

    Source: docs/reference/app-api.yaml actions.AppInviteMember; the life time is a decision.
    """
    return {"ShareToken": _invite(call, call.family(admin=True), "")}


def _invite(call: Call, family: FamilyRow, to_user: str) -> str:
    token = new_id()
    call.tx.put(
        FAMILY_INVITES,
        FamilyInviteRow(
            token=token,
            family_id=family["family_id"],
            from_user=call.user_id,
            to_user=to_user,
            expire_s=call.now_s + call.emulator.limits.invite_s,
            used=0,
        ),
    )
    return token


def join_family(call: Call) -> Answer:
    """Take an invitation; it works once.

    Source: docs/reference/app-api.yaml actions.AppJoinFamily.
    """
    invite = call.tx.get(FAMILY_INVITES, call.text("ShareToken"))
    if invite is None or invite["expire_s"] <= call.now_s:
        call.refuse("value", _("The invitation is unknown or has expired."))
    if invite["used"]:
        call.refuse("value", _("The invitation was used already."))
    if invite["to_user"] not in ("", call.user_id):
        call.refuse("value", _("The invitation is for another user."))
    family = call.tx.get(FAMILIES, invite["family_id"]) or call.refuse("family", _("The family is gone."))
    if call.role(family["family_id"]) is not None:
        call.refuse("value", _(f"You are a member of the family {family['name']} already."))
    add_member(call, family["family_id"], call.user_id, MEMBER)
    call.tx.change(FAMILY_INVITES, invite["token"], used=1)
    content = _(f"{call.user()['nick_name']} has joined the family {family['name']}")
    tell_family(call, family, MEMBER_ADDED, content, related=call.user_id)
    return {}


def delete_member(call: Call) -> Answer:
    """Remove another member; administrators only. Without FamilyId it is from the family that both are in.

    Source: docs/reference/app-api.yaml actions.AppDeleteFamilyMember.
    """
    family_id, member_id = call.text("FamilyId"), call.text("MemberId")
    if not family_id:
        led = call.tx.find(MEMBERS, {"user_id": call.user_id, "role": ADMIN}, order="created")
        theirs = [row for row in led if call.tx.get(MEMBERS, row["family_id"], member_id)]
        if not theirs:
            call.refuse("value", _(f"No family that you lead has the member {member_id}."))
        family_id = theirs[0]["family_id"]
    family = call.family(admin=True, family_id=family_id)
    if member_id == call.user_id:
        call.refuse("value", _("You cannot remove yourself; use AppExitFamily."))
    if not call.tx.get(MEMBERS, family_id, member_id):
        call.refuse("value", _(f"The user {member_id} is not a member of the family {family['name']}."))
    content = _(f"{call.user(member_id)['nick_name']} was removed from the family {family['name']}")
    tell_family(call, family, MEMBER_REMOVED, content, related=member_id)
    end_membership(call, family_id, member_id)
    return {}


def exit_family(call: Call) -> Answer:
    """Leave a family; its last administrator cannot, which is a decision.

    Source: docs/reference/app-api.yaml actions.AppExitFamily.
    """
    family = call.family()
    family_id = family["family_id"]
    if call.role(family_id) == ADMIN and call.tx.count(MEMBERS, {"family_id": family_id, "role": ADMIN}) == 1:
        call.refuse(
            "value", _(f"You are the last administrator of {family['name']}; delete the family instead.")
        )
    end_membership(call, family_id, call.user_id)
    content = _(f"{call.user()['nick_name']} has left the family {family['name']}")
    tell_family(call, family, MEMBER_REMOVED, content, related=call.user_id)
    return {}


def list_members(call: Call) -> Answer:
    """Return the members, the first to join first.

    Source: docs/reference/app-api.yaml actions.AppGetFamilyMemberList.
    """
    family = call.family()
    total, members = call.page(MEMBERS, {"family_id": family["family_id"]}, order="created")
    rows = [(member, call.user(member["user_id"])) for member in members]
    return {
        "Total": total,
        "MemberList": [
            {
                "UserID": user["user_id"],
                "NickName": user["nick_name"],
                "Avatar": user["avatar"],
                "Role": member["role"],
            }
            for member, user in rows
        ],
    }


def send_family_invite(call: Call) -> Answer:
    """Invite a user of the platform by message.

    Source: docs/reference/app-api.yaml actions.AppSendShareFamilyInvite.
    """
    family = call.family(admin=True)
    user = call.user(call.text("ToUserID"))
    token = _invite(call, family, user["user_id"])
    content = _(f"{call.user()['nick_name']} invites you to the family {family['name']}")
    post(call, user["user_id"], FAMILY_INVITE, content, family=family, share_token=token)
    return {}


ACTIONS = {
    "AppCreateFamily": create_family,
    "AppDeleteFamily": delete_family,
    "AppModifyFamily": modify_family,
    "AppGetFamilyList": list_families,
    "AppDescribeFamily": describe_family,
    "AppCreateRoom": create_room,
    "AppModifyRoom": modify_room,
    "AppDeleteRoom": delete_room,
    "AppGetRoomList": list_rooms,
    "AppInviteMember": invite_member,
    "AppJoinFamily": join_family,
    "AppDeleteFamilyMember": delete_member,
    "AppExitFamily": exit_family,
    "AppGetFamilyMemberList": list_members,
    "AppSendShareFamilyInvite": send_family_invite,
}
