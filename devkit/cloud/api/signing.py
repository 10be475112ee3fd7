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

JSON = Any
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
        raise ValueError(f"the psk is not base64: {error}") from error
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


def seal_key(psk: str, secret: str) -> str:
    """Return a device key encrypted for a device that knows its product's secret. Unverified."""
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padder = padding.PKCS7(128).padder()
    plain = json.dumps({"encryptionType": 2, "psk": psk}).encode()
    key = secret.encode()[:16].ljust(16, b"0")
    cipher = Cipher(algorithms.AES(key), modes.CBC(b"0" * 16)).encryptor()
    sealed = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    return base64.b64encode(sealed).decode()


def same(given: str, expected: str) -> bool:
    """Compare two signatures in constant time; what is given may be any text, even half a surrogate pair."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
