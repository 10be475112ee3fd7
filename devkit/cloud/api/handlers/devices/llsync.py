"""Signatures of encrypted LLSync: the cloud signs and derives in the name of a device, whose key it knows.

The public document has none of these actions. Parameters and the use of the answers are those of the SDK, and
so is AgitatedContent: the content with the time appended, which the SDK reads back out of it. How the secret
is derived from both nonces is unverified: an HMAC-SHA256 over them.
Source: npm qcloud-iotexplorer-bluetooth-adapter-llsync@1.9.5 (models, LLSyncDeviceAdapter), read, not run
against the platform.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.signing import METHODS, same
from devkit.cloud.store.schema import DeviceRow
from devkit.language import _

NONCE_BYTES = 16


def sign_content(call: Call) -> Answer:
    """Sign a content with the key of a device: base64 of its HMAC."""
    content = _content(call)
    return {"Signature": _base64(_sign(call, _device(call), content))}


def sign_agitated(call: Call) -> Answer:
    """Append the time to a device's nonce and sign both, so that the device trusts who binds it."""
    content = _content(call)
    if len(content) != NONCE_BYTES:
        call.refuse("value", _(f"Content must be a nonce of {NONCE_BYTES} bytes, not {len(content)}."))
    agitated = content + f"/{call.now_s}/".encode()
    signature = _base64(_sign(call, _device(call), agitated))
    return {"AgitatedContent": agitated.hex(), "AgitatedSignature": signature}


def secret_key(call: Call) -> Answer:
    """Return the key that a device and its application share, once the device has proved who it is."""
    device = _device(call)
    app_nonce, device_nonce = (_hex(call, name) for name in ("AppNonce", "DeviceNonce"))
    proof = _sign(call, device, device_nonce)
    if not same(call.text("DeviceNonceSign").lower(), proof.hex()):
        call.refuse("signature", _("DeviceNonceSign does not fit DeviceNonce and the device's psk."))
    return {"SecretEncryptKeyHex": _sign(call, device, app_nonce + device_nonce).hex()}


def _device(call: Call) -> DeviceRow:
    """Return the device: one of the caller's, or one that belongs to nobody and is about to be bound."""
    device = call.device()
    return call.usable_device() if device["family_id"] else device


def _sign(call: Call, device: DeviceRow, content: bytes) -> bytes:
    try:
        key = base64.b64decode(device["psk"], validate=True)
    except binascii.Error:
        call.refuse("value", _(f"The psk of {device['device_id']} is not base64."))
    return hmac.new(key, content, METHODS[call.text("SignMethod", "hmacsha256")]).digest()


def _content(call: Call) -> bytes:
    if call.text("ContentType") == "hex":
        return _hex(call, "Content")
    return call.text("Content").encode()


def _hex(call: Call, name: str) -> bytes:
    try:
        return bytes.fromhex(call.text(name))
    except ValueError:
        call.refuse("value", _(f"{name} must be hex digits."))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ACTIONS = {
    "AppDeviceCustomSignature": sign_content,
    "AppDeviceCustomSignatureAgitated": sign_agitated,
    "AppGetLLsyncSecretEncryptKey": secret_key,
}
