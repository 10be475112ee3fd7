"""Devices of a family: reading, renaming, moving and removing them."""

from __future__ import annotations

from devkit.cloud.api.call import ADMIN, Answer, Call
from devkit.cloud.api.handlers.homes.sharing import shared_device_view
from devkit.cloud.api.handlers.views import device_view, owned_device_view
from devkit.cloud.store.schema import BINDINGS, DEVICES, PRODUCTS, SHARES, DeviceRow
from devkit.cloud.store.work import Work
from devkit.json_types import JSON
from devkit.language import _


def list_devices(call: Call) -> Answer:
    """Return the devices of a family; a RoomId of "" means every room.

    Source: docs/reference/app-api.yaml actions.AppGetFamilyDeviceList.
    """
    family = call.family()
    where = {"family_id": family["family_id"]}
    if call.text("RoomId"):
        where["room_id"] = call.room(family["family_id"], call.text("RoomId"))
    total, rows = call.page(DEVICES, where, order="created")
    return {"Total": total, "DeviceList": [owned_device_view(row) for row in rows]}


def get_statuses(call: Call) -> Answer:
    """Return who is online: 1 online, 0 offline. Devices that are not the caller's are left out.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceStatuses.
    """
    statuses = []
    for device_id in call.params["DeviceIds"]:
        row = call.tx.get(DEVICES, device_id)
        if row is None or not may_use(call, row):
            continue
        statuses.append(
            {
                "DeviceId": device_id,
                "ProductId": row["product_id"],
                "DeviceName": row["device_name"],
                "Online": row["online"],
            }
        )
    return {"DeviceStatuses": statuses}


def may_use(call: Call, device: DeviceRow) -> bool:
    """Tell whether a device is the caller's or shared with the caller."""
    return call.role(device["family_id"]) is not None or bool(
        call.tx.get(SHARES, device["device_id"], call.user_id)
    )


def rename_device(call: Call) -> Answer:
    """Give a device another display name.

    Source: docs/reference/app-api.yaml actions.AppUpdateDeviceInFamily.
    """
    device = call.own_device()
    call.tx.change(DEVICES, device["device_id"], alias=call.text("AliasName"), updated=call.now)
    return {"Data": device_view(call.device())}


def get_device_in_family(call: Call) -> Answer:
    """Return one device of a family.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceInFamily.
    """
    family = call.family()
    device = call.device()
    if device["family_id"] != family["family_id"]:
        call.refuse("device", _(f"The device {device['device_id']} is not in the family {family['name']}."))
    return {"Data": device_view(device)}


def get_device(call: Call) -> Answer:
    """Return one device, as the owner sees it or, when it is shared with the caller, as the sharee does.

    Source: docs/reference/protocol.md section 5.2 AppGetDevice.
    """
    device = call.usable_device()
    owned = call.role(device["family_id"]) is not None
    share = call.tx.get(SHARES, device["device_id"], call.user_id)
    if share and (not owned or call.text("PriorityDeviceType") == "shared"):
        return {"Data": shared_device_view(device, share)}
    return {"Data": owned_device_view(device)}


def get_ext_info(call: Call) -> Answer:
    """Return vendor, model and network facts.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceExtInfo.
    """
    device = call.usable_device()
    product = call.tx.get(PRODUCTS, device["product_id"])
    return {
        "ManufacturerName": product["manufacturer"] if product else "",
        "ProductModel": product["product_model"] if product else "",
        "Mac": device["mac"],
        "FwVer": device["version"],
        "IP": device["ip"],
    }


def move_device(call: Call) -> Answer:
    """Move a device to another room of its family.

    Source: docs/reference/app-api.yaml actions.AppModifyFamilyDeviceRoom.
    """
    family = call.family()
    device = call.own_device()
    if device["family_id"] != family["family_id"]:
        call.refuse("device", _(f"The device {device['device_id']} is not in the family {family['name']}."))
    room_id = call.room(family["family_id"], call.text("RoomId"))
    call.tx.change(DEVICES, device["device_id"], room_id=room_id, updated=call.now)
    return {}


def delete_device(call: Call) -> Answer:
    """Unbind a device: shares, timers and settings go; it can be bound again.

    Source: docs/reference/app-api.yaml actions.AppDeleteDeviceInFamily.
    """
    family = call.family()
    device = call.device()
    if device["family_id"] != family["family_id"]:
        call.refuse("device", _(f"The device {device['device_id']} is not in the family {family['name']}."))
    if call.role(family["family_id"]) != ADMIN and device["user_id"] != call.user_id:
        call.refuse("permission", _("Only administrators may delete a device that another member has bound."))
    unbind(call, device)
    return {}


def unbind(work: Work, device: DeviceRow) -> None:
    """Take a device out of its family with everything that belongs to the binding."""
    device_id = device["device_id"]
    work.tx.disown(BINDINGS, device_id)
    work.tx.change(DEVICES, device_id, family_id="", room_id="0", user_id="", alias="", updated=work.now)
    work.push(device_id, "StatusChange", "Unbind", {"UserId": device["user_id"]})
    work.rights_changed()
    if device["gateway_id"] and device["family_id"]:
        work.push(device["gateway_id"], "Gateway", "unbind", [sub_view(device)])


def sub_view(device: DeviceRow) -> dict[str, JSON]:
    """Return how a gateway's push names a sub-device."""
    return {"ProductId": device["product_id"], "DeviceName": device["device_name"]}


ACTIONS = {
    "AppGetFamilyDeviceList": list_devices,
    "AppGetDeviceStatuses": get_statuses,
    "AppUpdateDeviceInFamily": rename_device,
    "AppGetDeviceInFamily": get_device_in_family,
    "AppGetDevice": get_device,
    "AppGetDeviceExtInfo": get_ext_info,
    "AppModifyFamilyDeviceRoom": move_device,
    "AppDeleteDeviceInFamily": delete_device,
}
