"""Device groups: several devices of one product controlled as one.

The public document has no chapter on groups; actions and fields are those that the SDK uses.
Source: docs/reference/protocol.md sections 1.3 and 5.2; AppCreateGroup unverified. No action is known that
shares a group: share_group() does it for tests.
"""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.devices.control import checked, send_control
from devkit.cloud.api.handlers.views import owned_device_view
from devkit.cloud.api.wire import new_id
from devkit.cloud.store.schema import (
    GROUP_DEVICES,
    GROUP_SHARES,
    GROUPS,
    DeviceRow,
    FamilyRow,
    GroupDeviceRow,
    GroupRow,
    GroupShareRow,
)
from devkit.cloud.store.work import Work
from devkit.language import _


def create_group(call: Call) -> Answer:
    """Make a group of devices of one product and family."""
    family = call.family()
    devices = _members(call, family, call.params["DeviceIds"])
    group_id = new_id("g_")
    call.tx.put(
        GROUPS,
        GroupRow(
            group_id=group_id,
            family_id=family["family_id"],
            room_id=call.room(family["family_id"], call.text("RoomId")),
            name=call.text("GroupName"),
            icon_url="",
            product_id=devices[0]["product_id"],
            created=call.stamp,
            updated=call.now,
        ),
    )
    for device in devices:
        call.tx.put(GROUP_DEVICES, GroupDeviceRow(group_id=group_id, device_id=device["device_id"]))
    return {"Data": {"GroupId": group_id}}


def _members(call: Call, family: FamilyRow, device_ids: list[str]) -> list[DeviceRow]:
    devices = [call.own_device(device_id) for device_id in dict.fromkeys(device_ids)]
    if not devices or len({device["product_id"] for device in devices}) > 1:
        call.refuse("value", _("A group needs devices, all of one product."))
    if any(device["family_id"] != family["family_id"] for device in devices):
        call.refuse("value", _(f"Every device of a group must be in the family {family['name']}."))
    return devices


def _group(call: Call, *, shared: bool = False) -> GroupRow:
    """Return the group of the parameters: the caller's own or, where that is enough, one shared with them."""
    group_id = call.text("GroupId")
    row = call.tx.get(GROUPS, group_id)
    if row is None:
        call.refuse("value", _(f"There is no group {group_id}."))
    if not (shared and call.tx.get(GROUP_SHARES, group_id, call.user_id)):
        call.family(family_id=row["family_id"])
    return row


def share_group(work: Work, group_id: str, *, user_id: str, from_user: str) -> None:
    """Let a user outside the family see and control a group."""
    row = GroupShareRow(group_id=group_id, user_id=user_id, from_user=from_user, bound=work.stamp)
    work.tx.put(GROUP_SHARES, row)


def leave_shared_group(call: Call) -> Answer:
    """Give a shared group back; the members of its family keep it.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 deleteGroup of a shared group.
    """
    group_id = call.text("GroupId")
    if not call.tx.remove(GROUP_SHARES, group_id, call.user_id):
        call.refuse("permission", _(f"No group {group_id} is shared with you."))
    return {}


def describe_group(call: Call) -> Answer:
    """Return one group."""
    group = _group(call, shared=True)
    return {
        "Data": {
            "GroupId": group["group_id"],
            "GroupName": group["name"],
            "FamilyId": group["family_id"],
            "RoomId": group["room_id"],
            "ProductId": group["product_id"],
            "IconUrl": group["icon_url"],
            "CreateTime": group["created"] // 1000,
            "UpdateTime": group["updated"] // 1000,
        }
    }


def list_group_devices(call: Call) -> Answer:
    """Return the devices of a group."""
    group = _group(call, shared=True)
    total, rows = call.page(GROUP_DEVICES, {"group_id": group["group_id"]})
    return {"Total": total, "DeviceList": [owned_device_view(call.device(row["device_id"])) for row in rows]}


def control_group(call: Call) -> Answer:
    """Set properties of every device of a group; devices that are offline are left out.

    Errors: FailedOperation.DeviceOffline when every device is offline.
    """
    group = _group(call, shared=True)
    rows = call.tx.find(GROUP_DEVICES, {"group_id": group["group_id"]})
    devices = [call.device(row["device_id"]) for row in rows]
    online = [device for device in devices if device["online"]]
    if not online:
        call.refuse("offline", _(f"Every device of the group {group['name']} is offline."))
    checked(call, online[0], call.params["Data"])
    for device in online:
        send_control(call, device, call.params["Data"])
    return {"Data": ""}


def delete_group(call: Call) -> Answer:
    """Delete a group; its devices stay."""
    call.tx.remove(GROUPS, _group(call)["group_id"])
    return {}


ACTIONS = {
    "AppCreateGroup": create_group,
    "AppDescribeGroup": describe_group,
    "AppGetGroupDeviceList": list_group_devices,
    "AppControlGroupDeviceData": control_group,
    "AppDeleteGroup": delete_group,
    "AppUnBindUserShareGroup": leave_shared_group,
}
