"""Gateways and their sub-devices: attached to the gateway, and, as a second step, in the family."""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.devices.devices import sub_view
from devkit.cloud.api.handlers.views import device_view
from devkit.cloud.api.rights import proof_is_new
from devkit.cloud.api.signing import same, sign_gateway
from devkit.cloud.store.schema import DEVICES, PRODUCTS, DeviceRow
from devkit.language import _

GATEWAY, SUB_DEVICE = 1, 2
VIRTUAL = "~virtualDev"


def _gateway(call: Call) -> DeviceRow:
    row = call.usable_device(call.params["GatewayId"])
    if row["device_type"] != GATEWAY:
        call.refuse("no_gateway", _(f"The device {row['device_id']} is no gateway."))
    return row


def bind_sub_device(call: Call) -> Answer:
    """Take a sub-device that is attached to a gateway into the gateway's family.

    Source: docs/reference/app-api.yaml actions.AppBindSubDeviceInFamily.
    """
    gateway = _gateway(call)
    device = call.device()
    if device["gateway_id"] != gateway["device_id"]:
        call.refuse(
            "value", _(f"{device['device_id']} is not attached to the gateway {gateway['device_id']}.")
        )
    if device["family_id"] and device["family_id"] != gateway["family_id"]:
        call.refuse("bound", _(f"The device {device['device_id']} is bound to another family."))
    if not device["family_id"]:
        call.tx.change(
            DEVICES,
            device["device_id"],
            family_id=gateway["family_id"],
            room_id="0",
            user_id=call.user_id,
            created=call.stamp,
            updated=call.now,
        )
        call.push(device["device_id"], "StatusChange", "Bind", {"UserId": call.user_id})
    return {"Data": {"AppDeviceInfo": device_view(call.device())}}


def list_attached(call: Call) -> Answer:
    """Return the sub-devices attached to a gateway; ProductId filters, BindStatus 1 means in the family.

    Source: docs/reference/app-api.yaml actions.AppGetGatewayBindDeviceList.
    """
    if call.params["GatewayId"].endswith(f"/{VIRTUAL}"):
        call.refuse("UnsupportedOperation.NotSupportVirtualDevice", _("Virtual devices have no sub-devices."))
    where = {"gateway_id": _gateway(call)["device_id"]}
    if call.text("ProductId"):
        where["product_id"] = call.text("ProductId")
    total, rows = call.page(DEVICES, where, order="created")
    return {
        "Total": total,
        "DeviceList": [
            {
                "ProductId": row["product_id"],
                "DeviceName": row["device_name"],
                "DeviceId": row["device_id"],
                "AliasName": row["alias"],
                "IconUrl": row["icon_url"],
                "BindStatus": int(bool(row["family_id"])),
            }
            for row in rows
        ],
    }


def list_in_family(call: Call) -> Answer:
    """Return the sub-devices of a gateway that are in its family.

    Source: docs/reference/app-api.yaml actions.AppGetFamilySubDeviceList.
    """
    gateway = _gateway(call)
    where = {"gateway_id": gateway["device_id"], "family_id": gateway["family_id"]}
    total, rows = call.page(DEVICES, where, order="created")
    return {"Total": total, "DeviceList": [device_view(row) for row in rows]}


def _pair(call: Call) -> tuple[DeviceRow, DeviceRow]:
    """Return gateway and sub-device of a binding between the two."""
    if call.params["DeviceId"].endswith(f"/{VIRTUAL}"):
        call.refuse("UnsupportedOperation.NotBindVirtualDevice", _("Virtual devices cannot be bound."))
    for device_id in (call.params["GatewayId"], call.params["DeviceId"]):
        product_id = device_id.partition("/")[0]
        if call.tx.get(PRODUCTS, product_id) is None:
            call.refuse("product", _(f"There is no product {product_id}."))
    gateway = call.device(call.params["GatewayId"])
    if gateway["family_id"]:
        call.family(family_id=gateway["family_id"])
    else:
        call.refuse("member", _(f"The gateway {gateway['device_id']} is in no family."))
    device = call.device()
    if gateway["device_type"] != GATEWAY or device["device_type"] == GATEWAY:
        call.refuse("UnsupportedOperation.DeviceType", _("A sub-device must be attached to a gateway."))
    return gateway, device


def attach(call: Call) -> Answer:
    """Attach a sub-device to a gateway by its signature; the secret is that of the sub-device's product.

    Source: docs/reference/app-api.yaml actions.AppSigGatewayBindDevice and common.device_signatures.gateway.
    """
    gateway, device = _pair(call)
    stamp = call.number("DeviceTimestamp")
    if not device["connected"] or abs(call.now_s - stamp) > call.emulator.limits.signature_s:
        call.refuse("unconnected", _(f"The device {device['device_id']} has not been connected lately."))
    product = call.tx.get(PRODUCTS, device["product_id"])
    expected = sign_gateway(
        product_id=device["product_id"],
        device_name=device["device_name"],
        nonce=call.text("Nonce"),
        stamp_s=stamp,
        secret=product["secret"] if product else "",
    )
    if not same(call.text("Signature"), expected):
        call.refuse(
            "signature", _("Signature does not fit DeviceName, Nonce, ProductId and the product secret.")
        )
    new = proof_is_new(call, device, expected, stamp)
    if device["gateway_id"] != gateway["device_id"] and not new:
        call.refuse("signature", _("Signature was used already; the device must sign once more."))
    attached = call.tx.count(DEVICES, {"gateway_id": gateway["device_id"]})
    if attached >= call.emulator.limits.family_devices:
        call.refuse("limit", _(f"The gateway {gateway['device_id']} holds too many sub-devices."))
    call.tx.change(
        DEVICES,
        device["device_id"],
        gateway_id=gateway["device_id"],
        gateway_bound=1,
        device_type=SUB_DEVICE,
        updated=call.now,
    )
    call.push(gateway["device_id"], "Gateway", "bind", [sub_view(device)])
    return {}


def detach(call: Call) -> Answer:
    """Detach a sub-device from its gateway.

    Source: docs/reference/app-api.yaml actions.AppGatewayUnbindDevice.
    """
    gateway, device = _pair(call)
    if device["gateway_id"] != gateway["device_id"]:
        call.refuse(
            "device", _(f"{device['device_id']} is not attached to the gateway {gateway['device_id']}.")
        )
    call.tx.change(DEVICES, device["device_id"], gateway_id="", gateway_bound=0, updated=call.now)
    call.push(gateway["device_id"], "Gateway", "unbind", [sub_view(device)])
    return {}


ACTIONS = {
    "AppBindSubDeviceInFamily": bind_sub_device,
    "AppGetGatewayBindDeviceList": list_attached,
    "AppGetFamilySubDeviceList": list_in_family,
    "AppSigGatewayBindDevice": attach,
    "AppGatewayUnbindDevice": detach,
}
