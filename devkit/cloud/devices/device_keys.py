"""The keys that a Bluetooth device carries: its maker's, and its owner's once it is bound."""

from __future__ import annotations

from devkit.cloud.api.handlers.homes.configs import EVERYONE
from devkit.cloud.device_secrets import CONNECTION_KEY, local_psk
from devkit.cloud.seed import add_device
from devkit.cloud.store.schema import CONFIGS, DEVICES, PRODUCTS, ConfigRow
from devkit.cloud.store.work import Work
from devkit.errors import DeviceNotFoundError
from devkit.language import _

LOGGED_IN = "mqtt_logged_in"
"""A mark among the configs of a device that has connected: registration gives its secret to nobody then."""


def device_keys(work: Work, product_id: str, device_name: str) -> tuple[str, str, str]:
    """Return a device's own key in base64, its user, and the key of its connections in hex.

    A device that is not known is made, without an owner; one in a family without a key of connections gets
    one, where an app would look for it. Without an owner the last two are "".
    Errors: DeviceNotFoundError for an unknown product.
    """
    device_id = f"{product_id}/{device_name}"
    if work.tx.get(PRODUCTS, product_id) is None:
        raise DeviceNotFoundError(_(f"There is no product {product_id}, so no device {device_id}."))
    row = work.tx.get(DEVICES, device_id)
    if row is None:
        add_device(work, product_id, device_name)
        return device_keys(work, product_id, device_name)
    if not row["family_id"]:
        return row["psk"], "", ""
    kept = work.tx.get(CONFIGS, EVERYONE, device_id, CONNECTION_KEY)
    if kept:
        return row["psk"], row["user_id"], kept["value"]
    made = local_psk(work.emulator.salt, device_id)
    work.tx.put(CONFIGS, ConfigRow(owner=EVERYONE, device_id=device_id, name=CONNECTION_KEY, value=made))
    return row["psk"], row["user_id"], made
