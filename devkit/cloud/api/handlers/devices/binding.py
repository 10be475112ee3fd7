"""Binding devices to families: by provisioning token, and by the device's own signature."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.views import device_view
from devkit.cloud.api.rights import proof_is_new
from devkit.cloud.api.signing import METHODS, same, seal_key, sign_binding, sign_registration
from devkit.cloud.api.wire import new_id
from devkit.cloud.devices.provisioning import FRESH, USABLE, place
from devkit.cloud.store.schema import (
    BIND_TOKENS,
    DEVICES,
    PRODUCTS,
    ROOMS,
    TOKEN_DEVICES,
    BindTokenRow,
    DeviceRow,
)
from devkit.language import _

_VALUE = "InvalidParameterValue"


def create_bind_token(call: Call) -> Answer:
    """Make a provisioning token; it stands at both places where clients look for it.

    Source: docs/reference/app-api.yaml actions.AppCreateDeviceBindToken.
    """
    token = _new_token(call)
    return {"Data": {"Token": token}, "Token": token}


def create_multi_bind_token(call: Call) -> Answer:
    """Make a provisioning token for several devices.

    Source: docs/reference/protocol.md section 5.2 createWifiBindToken.
    """
    return {"Token": _new_token(call)}


def _new_token(call: Call) -> str:
    """Return a new token. It keeps the family and room that are the caller's; bind() asks for them again."""
    token, family_id = new_id(), call.text("FamilyId")
    mine = call.role(family_id) is not None
    room = call.tx.get(ROOMS, call.text("RoomId")) if mine else None
    call.tx.put(
        BIND_TOKENS,
        BindTokenRow(
            token=token,
            user_id=call.user_id,
            family_id=family_id if mine else "",
            room_id=room["room_id"] if room and room["family_id"] == family_id else "",
            state=FRESH,
            product_id="",
            device_name="",
            expire_s=call.now_s + call.emulator.limits.bind_token_s,
        ),
    )
    return token


def _token(call: Call) -> BindTokenRow:
    row = call.tx.get(BIND_TOKENS, call.text("Token"))
    if row is None or row["user_id"] != call.user_id:
        call.refuse(f"{_VALUE}.TokenNotExist", _("There is no such provisioning token of yours."))
    if row["expire_s"] <= call.now_s:
        call.refuse(f"{_VALUE}.TokenIsExpire", _("The provisioning token has expired."))
    return row


def get_token_state(call: Call) -> Answer:
    """Return whether a device has used the token yet: 1 fresh, 2 usable.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceBindTokenState.
    """
    token = _token(call)
    device = {"ProductId": token["product_id"], "DeviceName": token["device_name"]}
    return {"Data": {"State": token["state"]}, "State": token["state"], **device}


def get_multi_token_state(call: Call) -> Answer:
    """Return the devices that have used the token.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceBindTokenState.anchors.
    """
    brought = call.tx.find(TOKEN_DEVICES, {"token": _token(call)["token"]}, order="brought")
    return {
        "Data": [
            {"ProductId": product_id, "DeviceName": device_name, "State": USABLE}
            for product_id, _rest, device_name in (row["device_id"].partition("/") for row in brought)
        ]
    }


def bind_by_token(call: Call) -> Answer:
    """Bind the device that has brought the token; the token has served then.

    Source: docs/reference/app-api.yaml actions.AppTokenBindDeviceFamily.
    """
    token = _token(call)
    if token["state"] != USABLE:
        call.refuse(f"{_VALUE}.TokenNotBind", _("No device has used the provisioning token yet."))
    device = bind(call, call.params["DeviceId"], call.text("RoomId"))
    brought = token["product_id"], token["device_name"]
    if brought != (device["product_id"], device["device_name"]):  # last: other reasons tell more
        call.refuse(f"{_VALUE}.TokenNotBind", _(f"{'/'.join(brought)} has brought the provisioning token."))
    call.tx.remove(BIND_TOKENS, token["token"])
    return {"Data": {}}


def bind(call: Call, device_id: str, room_id: str) -> DeviceRow:
    """Put a device into the family of the parameters and return its row."""
    product_id = device_id.partition("/")[0]
    if call.tx.get(PRODUCTS, product_id) is None:
        call.refuse("product", _(f"There is no product {product_id}."))
    device = call.device(device_id)
    family = call.family()
    family_id = family["family_id"]
    if device["family_id"] == family_id:
        call.refuse("bound", _(f"The device {device_id} is in the family {family['name']} already."))
    if call.tx.count(DEVICES, {"family_id": family_id}) >= call.emulator.limits.family_devices:
        call.refuse("limit", _(f"The family {family['name']} holds too many devices."))
    place(call, device, family_id=family_id, room_id=call.room(family_id, room_id), user_id=call.user_id)
    return call.device(device_id)


def bind_by_signature(call: Call) -> Answer:
    """Bind a device that proves with its key that it is near; hex case does not matter.

    A Wi-Fi device that has never been connected, or a stale time, answers BindDeviceNotConnected; a wrong
    signature InvalidParameterValue, since the document lists no other code here. A device that is in the
    family already stays there: it is set up once more.
    Source: docs/reference/app-api.yaml actions.AppSigBindDeviceInFamily.
    """
    proof = _Proof(
        call.text("BindType"),
        call.text("SignMethod"),
        call.text("ConnId"),
        call.number("DeviceTimestamp"),
        call.text("Signature"),
    )
    return {"Data": {"AppDeviceInfo": device_view(_bind_proven(call, call.device(), proof))}}


@dataclass(frozen=True)
class _Proof:
    """What a device says to prove that it is near."""

    kind: str
    method: str
    conn_id: str
    stamp_s: int
    signature: str


def _bind_proven(call: Call, device: DeviceRow, proof: _Proof) -> DeviceRow:
    absent = proof.kind == "wifi_sign" and not device["connected"]
    if absent or abs(call.now_s - proof.stamp_s) > call.emulator.limits.signature_s:
        call.refuse("unconnected", _(f"The device {device['device_id']} has not been connected lately."))
    expected = sign_binding(
        proof.kind,
        proof.method,
        product_id=device["product_id"],
        device_name=device["device_name"],
        conn_id=proof.conn_id,
        stamp_s=proof.stamp_s,
        psk=device["psk"],
    )
    if not same(proof.signature.lower(), expected):
        call.refuse("signature", _("Signature does not fit DeviceName, DeviceTimestamp, ConnId and the psk."))
    new = proof_is_new(
        call, device, expected, proof.stamp_s
    )  # one that only sets it up again has served, too
    if device["family_id"] != call.family()["family_id"]:
        if not new:
            call.refuse("signature", _("Signature was used already; the device must sign once more."))
        device = bind(call, device["device_id"], call.text("RoomId"))
    return device


def bind_by_code(call: Call) -> Answer:
    """Bind a device by the text of the QR code on its screen.

    DeviceSignature: "ProductId;DeviceName;ConnId;DeviceTimestamp;hmacsha1|hmacsha256;signature in hex", which
    is signed as for other_sign. Parameters are those of the platform's apps; the text's form is unverified.
    """
    parts = call.text("DeviceSignature").split(";")
    if len(parts) != 6 or not (parts[3].isdecimal() and len(parts[3]) < 12) or parts[4] not in METHODS:
        call.refuse("value", _("DeviceSignature is not the text of a device's QR code."))
    product_id, device_name, conn_id, stamp, method, signature = parts
    device = call.device(f"{product_id}/{device_name}")
    proof = _Proof("other_sign", method, conn_id, int(stamp), signature)
    return {"Data": {"AppDeviceInfo": device_view(_bind_proven(call, device, proof))}}


def register_device(call: Call) -> Answer:
    """Hand a device its key in return for its product's signature: dynamic registration over Bluetooth.

    The signature is base64 of the gateway formula's hex; Payload is base64 of AES-128-CBC (key: the first 16
    characters of the product secret, IV: sixteen "0") over {"encryptionType": 2, "psk"}.
    Source: docs/reference/ble.md section 2.6; the formulas are those of the platform's device protocol,
    unverified for this action.
    """
    device_id = call.params["DeviceId"]
    product_id, _rest, device_name = device_id.partition("/")
    product = call.tx.get(PRODUCTS, product_id)
    if product is None:
        call.refuse("product", _(f"There is no product {product_id}."))
    stamp, secret = call.number("DeviceTimestamp"), str(product["secret"])
    if abs(call.now_s - stamp) > call.emulator.limits.signature_s:
        call.refuse("value", _(f"DeviceTimestamp {stamp} is not of now."))
    expected = sign_registration(
        product_id=product_id,
        device_name=device_name,
        nonce=call.text("Nonce"),
        stamp_s=stamp,
        secret=secret,
    )
    if not same(call.text("Signature"), expected):
        call.refuse("value", _("Signature does not fit DeviceName, Nonce, ProductId and the product secret."))
    return {"Payload": seal_key(call.device()["psk"], secret)[1]}


def wechat_ticket(call: Call) -> Answer:
    """Return an invented WeChat device ticket.

    Source: docs/reference/app-api.yaml actions.APPGetWechatDeviceTicket.
    """
    device = call.usable_device(f"{call.text('ProductId')}/{call.text('Devicename')}")
    return {
        "Data": {
            "DeviceId": device["device_id"],
            "WXIoTDeviceInfo": {
                "SN": f"SN{device['mac']}",
                "SNTicket": f"tk_{new_id()[:12]}",
                "ModelId": call.text("ModelId"),
            },
        }
    }


ACTIONS = {
    "AppCreateDeviceBindToken": create_bind_token,
    "AppCreateMultiDeviceBindToken": create_multi_bind_token,
    "AppGetDeviceBindTokenState": get_token_state,
    "AppGetMultiDeviceBindTokenState": get_multi_token_state,
    "AppTokenBindDeviceFamily": bind_by_token,
    "AppSigBindDeviceInFamily": bind_by_signature,
    "AppSecureAddDeviceInFamily": bind_by_code,
    "AppDeviceDynamicRegister": register_device,
    "APPGetWechatDeviceTicket": wechat_ticket,
}
