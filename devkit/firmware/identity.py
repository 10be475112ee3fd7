"""Who a device is and where it connects: the triple of its settings, and the server.

Source: docs/reference/device-side.md section 1.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.cloud.devices.mqtt.codec import Connect
from devkit.cloud.devices.mqtt.login import password
from devkit.errors import SettingsError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings

APPID, ALWAYS = "21010406", "2147483647"
KEEPALIVE_S = 60
PLAIN_PORT = 1883
CLOUD_HOST = "{product_id}.iotcloud.tencentdevices.com"
MQTT_311 = 4
HOST, PORT, PRODUCT, NAME, SECRET = (
    "DEVICE_HOST", "DEVICE_PORT", "DEVICE_PRODUCT_ID", "DEVICE_NAME", "DEVICE_SECRET",
)  # fmt: skip


@dataclass(frozen=True)
class DeviceIdentity:
    """A device's triple; secret is the DeviceSecret in base64."""

    product_id: str
    device_name: str
    secret: str

    @property
    def device_id(self) -> str:
        """Return the id, ProductId/DeviceName."""
        return f"{self.product_id}/{self.device_name}"

    def connect(self) -> Connect:
        """Return the packet by which the device logs in."""
        client_id = self.product_id + self.device_name
        username = f"{client_id};{APPID};{secrets.token_hex(3)[:5]};{ALWAYS}"
        word = f"{password(self.secret, username)};hmacsha1".encode()
        return Connect(MQTT_311, client_id, KEEPALIVE_S, username=username, password=word)


@dataclass(frozen=True)
class DeviceServer:
    """Where a device connects to."""

    host: str
    port: int = PLAIN_PORT

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def environment(server: DeviceServer, identity: DeviceIdentity) -> dict[str, str]:
    """Return the variables by which a program learns where to connect, and as whom."""
    return {
        HOST: server.host,
        PORT: str(server.port),
        PRODUCT: identity.product_id,
        NAME: identity.device_name,
        SECRET: identity.secret,
    }


def find_server(
    given: str, settings: Settings, environment: Mapping[str, str], *, cloud: bool
) -> DeviceServer:
    """Return the server of HOST[:PORT], of the environment, of the real cloud, or the emulator here.

    Errors: SettingsError for a port that is none, or the real cloud without a ProductId.
    """
    if cloud:
        product_id = environment.get(PRODUCT) or settings.product_id
        if not product_id:
            raise SettingsError(_("The real cloud has a name for each product."), _("Add --product-id."))
        return DeviceServer(CLOUD_HOST.format(product_id=product_id))
    place = given or environment.get(HOST, "")
    if not place:
        return DeviceServer("127.0.0.1", settings.mqtt_port or PLAIN_PORT)
    host, colon, port = place.removeprefix("mqtt://").rpartition(":")
    if not colon:
        host, port = port, environment.get(PORT, "") if not given else ""
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise SettingsError(
            _(f"{place!r} is no server."), _("Write --server HOST:PORT, such as 127.0.0.1:1883.")
        )
    return DeviceServer(host, int(port) if port else PLAIN_PORT)


def find_identity(settings: Settings, environment: Mapping[str, str], *, cloud: bool) -> DeviceIdentity:
    """Return the triple of the environment, or of the project's device in its sandbox.

    Errors: SettingsError for the real cloud without a whole triple; ModelError.
    """
    from devkit.cloud.sandbox import find_keys

    secret = environment.get(SECRET, "")
    name = environment.get(NAME) or settings.device_name
    product_id = environment.get(PRODUCT) or settings.product_id
    if secret and product_id:
        return DeviceIdentity(product_id, name, secret)
    if cloud:
        missing = ", ".join(
            word for word, there in ((SECRET, secret), ("--product-id", product_id)) if not there
        )
        raise SettingsError(
            _(f"The real cloud asks for the device's triple, and {missing} is not given."),
            _(f"The console shows it on the device's page; give the secret in the variable {SECRET}."),
        )
    device_id, known, _rest = find_keys(settings)
    own_product, _rest, own_name = device_id.partition("/")
    return DeviceIdentity(own_product, own_name, secret or known)
