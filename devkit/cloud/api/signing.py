"""Signatures: of signed application calls, and those that devices make when they are bound.

Source: docs/reference/app-api.yaml common.signature and common.device_signatures, with their vectors in the
tests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from devkit.language import _

JSON = Any
AES_BYTES = 16
METHODS = {"hmacsha1": hashlib.sha1, "hmacsha256": hashlib.sha256}


def source_text(params: Mapping[str, JSON]) -> str:
    """Return what a signed call signs: sorted, without Signature and empty texts, values raw."""
    names = sorted(name for name, value in params.items() if name != "Signature" and value not in ("", None))
    return "&".join(f"{name.replace('_', '.')}={_plain(params[name])}" for name in names)


def _plain(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def sign_call(params: Mapping[str, JSON], secret: str) -> str:
    """Return the Signature of a call to appapi."""
    digest = hmac.new(secret.encode(), source_text(params).encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def sign_binding(
    bind_type: str,
    method: str,
    *,
    product_id: str,
    device_name: str,
    conn_id: str,
    stamp_s: int,
    psk: str,
) -> str:
    """Return the hex signature of a device that is bound over Wi-Fi, Bluetooth or another way.

    Errors: ValueError when the psk is not base64.
    """
    if bind_type == "wifi_sign":
        text = f"DeviceName={device_name}&DeviceTimestamp={stamp_s}&ProductId={product_id}&ConnId={conn_id}"
    else:
        text = f"{product_id}{device_name};{conn_id};{stamp_s}"
    try:
        key = base64.b64decode(psk, validate=True)
    except binascii.Error as error:
        raise ValueError(_(f"the psk is not base64: {error}")) from error
    return hmac.new(key, text.encode(), METHODS[method]).hexdigest()


def sign_gateway(*, product_id: str, device_name: str, nonce: str, stamp_s: int, secret: str) -> str:
    """Return the base64 signature of a sub-device that is attached to a gateway."""
    text = f"deviceName={device_name}&nonce={nonce}&productId={product_id}&timestamp={stamp_s}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sign_registration(*, product_id: str, device_name: str, nonce: str, stamp_s: int, secret: str) -> str:
    """Return the signature of a device that registers itself: base64 of hex. Unverified."""
    text = f"deviceName={device_name}&nonce={nonce}&productId={product_id}&timestamp={stamp_s}"
    return base64.b64encode(
        hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest().encode()
    ).decode()


def seal_key(psk: str, secret: str) -> tuple[int, str]:
    """Return the length of a text with a device's key, and the text sealed with its product's secret.

    AES-128-CBC, padded with zero bytes, in base64. The text has no spaces: LLSync firmware takes the 24
    characters after `"psk":"` and looks at neither length nor padding.
    Source: docs/reference/device-side.md section 2; https://github.com/Ai-Thinker-Open/Ai-Thinker-WB2
    ble_qiot_llsync_device.c, ble_dynreg_parse_psk.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain = json.dumps({"encryptionType": 2, "psk": psk}, separators=(",", ":")).encode()
    key = secret.encode()[:AES_BYTES].ljust(AES_BYTES, b"\0")
    cipher = Cipher(algorithms.AES(key), modes.CBC(b"0" * AES_BYTES)).encryptor()
    sealed = cipher.update(plain + b"\0" * (-len(plain) % AES_BYTES)) + cipher.finalize()
    return len(plain), base64.b64encode(sealed).decode()


def same(given: str, expected: str) -> bool:
    """Compare two signatures in constant time; what is given may be any text, even half a surrogate pair."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
