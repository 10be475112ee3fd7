"""Who a device is: signatures, identities and the advertising packet.

Source: docs/reference/ble.md sections 2.2, 2.4, 2.6 and 2.7.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from devkit.ble.llsync.codes import COMPANY_ID, SIGNATURE_LIFE_S, AdvertisedState
from devkit.errors import BleError
from devkit.language import _

UNBIND_REQUEST, UNBIND_RESPONSE = "UnbindRequest", "UnbindResponse"
IDENTITY_BYTES = 8
PSK_BYTES = 4
VERSION_SHIFT, REGISTER_BIT = 4, 0x04


@dataclass(frozen=True)
class Binding:
    """What a bound device remembers: the key of its connections, and whose it is."""

    local_psk: bytes
    user_identity: bytes

    def __post_init__(self) -> None:
        if len(self.local_psk) != PSK_BYTES or len(self.user_identity) != IDENTITY_BYTES:
            raise BleError(
                _(
                    f"A binding has a key of {PSK_BYTES} bytes and an identity of {IDENTITY_BYTES}, not "
                    f"{len(self.local_psk)} and {len(self.user_identity)}."
                )
            )

    @classmethod
    def of(cls, local_psk: str, user_id: str) -> Binding:
        """Return the binding of a key in hex and a user."""
        return cls(bytes.fromhex(local_psk), user_identity(user_id))


def sign(key: bytes, text: str) -> bytes:
    """Return the HMAC-SHA1 of a text: 20 bytes."""
    return hmac.new(key, text.encode(), hashlib.sha1).digest()


def folded(text: str) -> bytes:
    """Return the first half of the MD5 of a text, XOR its second half."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return bytes(a ^ b for a, b in zip(digest[:8], digest[8:], strict=True))


def device_identity(product_id: str, device_name: str) -> bytes:
    """Return the 8 bytes by which an app knows its bound device."""
    return folded(product_id + device_name)


def user_identity(user_id: str) -> bytes:
    """Return the 8 bytes of the user that a device is bound to."""
    return folded(hashlib.md5(user_id.encode(), usedforsecurity=False).hexdigest())


def connect_request_signature(local_psk: bytes, timestamp: int) -> bytes:
    """Return the app's signature of a connection."""
    return sign(local_psk, str(timestamp))


def connect_signature(local_psk: bytes, timestamp: int, product_id: str, device_name: str) -> bytes:
    """Return the device's signature of a connection that the app asked for at timestamp."""
    return sign(local_psk, f"{timestamp + SIGNATURE_LIFE_S}{product_id}{device_name}")


def bind_signature(secret: str, product_id: str, device_name: str, nonce: int, timestamp: int) -> bytes:
    """Return the device's signature of a binding; secret is its key as the console shows it, in base64.

    Errors: BleError when the secret is not base64.
    """
    try:
        key = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raise BleError(
            _(f"The secret of {product_id}/{device_name} is not base64."),
            _("Copy it from the device's page."),
        ) from None
    return sign(key, f"{product_id}{device_name};{nonce};{timestamp + SIGNATURE_LIFE_S}")


def advertisement(
    product_id: str,
    device_name: str,
    address: str,
    state: AdvertisedState,
    binding: Binding | None,
    version: int,
    *,
    registers: bool = False,
) -> bytes:
    """Return the manufacturer data of a device: who it is bound to, or what it is."""
    flag = state | version << VERSION_SHIFT | (REGISTER_BIT if registers else 0)
    if binding:
        who = device_identity(product_id, device_name) + binding.user_identity
    else:
        who = bytes.fromhex(address.replace(":", "")) + product_id.encode()
    return COMPANY_ID + bytes([flag]) + who
