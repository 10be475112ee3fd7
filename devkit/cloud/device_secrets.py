"""The secrets of products and devices: those that everybody can know, or a project's own.

A project has its own from the first run that others reach. Firmware holds them, so that they stay from run to
run, whatever the database: they are made from a salt in the project's folder.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from devkit.cloud.store.schema import CONFIGS, DEVICES, PRODUCTS
from devkit.cloud.store.work import Work
from devkit.errors import SettingsError
from devkit.language import _
from devkit.private_files import write_private

SALT_FILE = ".devkit/device-salt"
SALT_BYTES = 32
CONNECTION_KEY = "ble_psk_device_ket"  # sic; source: docs/reference/ble.md section 2.4
LOCAL_PSK_DIGITS = 8


@dataclass(frozen=True)
class DeviceSecrets:
    """What a product and one device of it prove themselves with."""

    product_secret: str
    device_secret: str


UNKNOWN = DeviceSecrets("", "")


def _digest(salt: bytes, text: str) -> bytes:
    if salt:
        return hmac.new(salt, text.encode(), hashlib.sha256).digest()
    return hashlib.sha256(text.encode()).digest()


def product_secret(salt: bytes, product_id: str) -> str:
    """Return the secret of a product; without a salt the one that everybody can know."""
    return _digest(salt, _(f"secret of {product_id}")).hex()[:24] if salt else f"secret-of-{product_id}"


def device_psk(salt: bytes, device_id: str) -> str:
    """Return the DeviceSecret of a device, base64 of 16 bytes."""
    return base64.b64encode(_digest(salt, device_id)[:16]).decode()


def local_psk(salt: bytes, device_id: str) -> str:
    """Return the key of a device's Bluetooth connections in hex."""
    return _digest(salt, f"connections of {device_id}").hex()[:LOCAL_PSK_DIGITS]


def project_salt(project: Path, *, exposed: bool) -> bytes:
    """Return the salt of a project, b"" when it has none; an exposed one gets one.

    Errors: SettingsError when it cannot be read or written.
    """
    file = project / SALT_FILE
    try:
        if file.is_file():
            found = bytes.fromhex(file.read_text("ascii"))
            if len(found) != SALT_BYTES:
                raise ValueError(_(f"it has {len(found)} bytes"))
            return found
        if not exposed:
            return b""
        made = secrets.token_bytes(SALT_BYTES)
        write_private(file, made.hex().encode(), parents=True)
    except (OSError, ValueError) as error:
        raise SettingsError(
            _(f"{file}, from which the secrets of devices are made for others, is no use: {error}."),
            _("Delete it; the next run makes another, and firmware needs the new secrets."),
        ) from error
    return made


def replace_known(work: Work) -> None:
    """Give products and devices whose secrets everybody can know the emulator's own."""
    tx, salt = work.tx, work.emulator.salt
    for product in tx.find(PRODUCTS, {}):
        if product["secret"] == product_secret(b"", product["product_id"]):
            tx.change(PRODUCTS, product["product_id"], secret=product_secret(salt, product["product_id"]))
    for device in tx.find(DEVICES, {}):
        name = device["device_id"]
        if device["psk"] == device_psk(b"", name):
            tx.change(DEVICES, name, psk=device_psk(salt, name))
    for config in tx.find(CONFIGS, {"name": CONNECTION_KEY}):
        name = config["device_id"]
        if config["value"] == local_psk(b"", name):
            tx.change(CONFIGS, config["owner"], name, CONNECTION_KEY, value=local_psk(salt, name))


def secrets_of(work: Work, device_id: str) -> DeviceSecrets:
    """Return the secrets of a device and its product; "" for what is not there."""
    product, device = work.tx.get(PRODUCTS, device_id.partition("/")[0]), work.tx.get(DEVICES, device_id)
    return DeviceSecrets(product["secret"] if product else "", device["psk"] if device else "")
