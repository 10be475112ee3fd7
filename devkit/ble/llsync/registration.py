"""Dynamic registration: a device that knows only its product's secret asks the cloud for a key of its own.

The device signs, the app carries the signature to AppDeviceDynamicRegister and the sealed key back.
Source: docs/reference/ble.md section 2.6 and npm qcloud-iotexplorer-bluetooth-adapter-llsync@1.9.5 for the
frames; the formulas are those of the platform's device protocol (as in devkit/cloud/api/signing.py),
unverified for Bluetooth.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from devkit.ble.llsync.frames import malformed
from devkit.language import _

KEY_BYTES = 16
IV = b"0" * 16
REQUEST_BYTES = 8
SEALED = 1
HEAD_BYTES = 2
MARK, PSK_CHARACTERS = b'"psk":"', 24


@dataclass(frozen=True)
class Registration:
    """What the app writes when the cloud has registered the device, and the request to bind that follows."""

    payload: bytes
    nonce: int
    timestamp: int

    @classmethod
    def read(cls, data: bytes) -> Registration:
        """Read kind, length, payload, nonce u32 and timestamp u32.

        Errors: BleError 10013.
        """
        if len(data) < HEAD_BYTES or data[0] != SEALED or len(data) != HEAD_BYTES + data[1] + REQUEST_BYTES:
            raise malformed(
                _(f"A registration of {len(data)} bytes cannot be read ({data[:HEAD_BYTES].hex()}…).")
            )
        place = HEAD_BYTES + data[1]
        nonce, timestamp = (int.from_bytes(data[start : start + 4], "big") for start in (place, place + 4))
        return cls(data[HEAD_BYTES:place], nonce, timestamp)

    def frame(self) -> bytes:
        """Return what the app writes."""
        return (
            bytes([SEALED, len(self.payload)])
            + self.payload
            + self.nonce.to_bytes(4, "big")
            + self.timestamp.to_bytes(4, "big")
        )


def registration_signature(
    product_secret: str, product_id: str, device_name: str, nonce: int, stamp_s: int
) -> str:
    """Return the signature of a device that has no key yet: base64 of the HMAC-SHA1 in hex."""
    text = f"deviceName={device_name}&nonce={nonce}&productId={product_id}&timestamp={stamp_s}"
    digest = hmac.new(product_secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def registration_request(device_name: str, signature: str) -> bytes:
    """Return the data of the device's notification: length of the name, name, signature."""
    name = device_name.encode()
    return bytes([len(name)]) + name + signature.encode()


def unsealed_key(payload: bytes, product_secret: str) -> str:
    """Return the key, in base64, that the cloud has sealed for the product, read as firmware does.

    Source: https://github.com/Ai-Thinker-Open/Ai-Thinker-WB2 ble_qiot_llsync_device.c,
    ble_dynreg_parse_psk, which looks for no more than this text.
    Errors: BleError 10013 when it was sealed for another product, or is broken.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = product_secret.encode()[:KEY_BYTES].ljust(KEY_BYTES, b"\0")
    try:
        opener = Cipher(algorithms.AES(key), modes.CBC(IV)).decryptor()
        padded = opener.update(base64.b64decode(payload, validate=True)) + opener.finalize()
        psk = padded.split(MARK, 1)[1][:PSK_CHARACTERS].decode()
        base64.b64decode(psk, validate=True)
    except (binascii.Error, ValueError, IndexError) as error:
        raise malformed(_(f"The key of a registration cannot be opened: {error}.")) from None
    return psk
