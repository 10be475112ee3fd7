"""What kind of product a project's panel is for: how it is connected, and a gateway with its sub-devices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from devkit.errors import SettingsError
from devkit.language import _
from devkit.model.data_template import load_model, read_model
from devkit.model.project import log_flaws
from devkit.model.thing_model import ThingModel
from devkit.settings import Settings

GATEWAY = 5
"""ProductType of a gateway. Source: docs/reference/sdk-members.md row 19."""
SUB_PRODUCT = "SUBDEVICE1"
SUB_NAMES = ("sub01", "sub02")
SUB_MODEL = (
    '{"properties": [{"id": "power_switch", "name": "开关", "mode": "rw",'
    ' "define": {"type": "bool", "mapping": {"0": "关", "1": "开"}}}]}'
)


@dataclass(frozen=True)
class SubDevice:
    """A device that is attached to a gateway."""

    product_id: str
    device_name: str
    model: ThingModel


@dataclass(frozen=True)
class ProductKind:
    """How the devices of a product are connected; net_type is the platform's word, such as "wifi".

    group: how many devices the panel controls as one, 0 for a panel of one device.
    """

    net_type: str = "wifi"
    gateway: bool = False
    sub_devices: tuple[SubDevice, ...] = ()
    group: int = 0


def product_kind(settings: Settings, model: ThingModel) -> ProductKind:
    """Return the kind of the project's product: as the settings say, else as the file of its thing model.

    A gateway without sub-devices of its own gets two, each with a switch.
    Errors: SettingsError, ModelError.
    """
    named = settings.sub_devices
    asked = settings.gateway if "gateway" in settings.given else bool(named) or model.product_type == GATEWAY
    net_type = settings.net_type or model.net_type or "wifi"
    if not asked:
        return ProductKind(net_type, group=settings.group)
    named = named or {f"{SUB_PRODUCT}/{name}": "" for name in SUB_NAMES}
    subs = tuple(_sub_device(settings, *item) for item in named.items())
    return ProductKind(net_type, True, subs, settings.group)


def group_of(device_id: str) -> str:
    """Return the id of the emulator's group whose first device this is."""
    return f"g_{hashlib.sha256(device_id.encode()).hexdigest()[:32]}"


def group_devices(device_id: str, size: int) -> list[str]:
    """Return the ids of the devices of that group: dev01, dev01-2, dev01-3 …"""
    return [device_id, *(f"{device_id}-{number}" for number in range(2, size + 1))]


def _sub_device(settings: Settings, device_id: str, file: str) -> SubDevice:
    product_id, _rest, name = device_id.partition("/")
    if not product_id or not name or "/" in name:
        raise SettingsError(
            _(f"sub_devices: {device_id!r} is no device."),
            _('Write [sub_devices] with "productId/deviceName" = "thing-model.json".'),
        )
    if not file:
        return SubDevice(product_id, name, read_model(SUB_MODEL))
    model = load_model((settings.project / file).resolve())
    log_flaws(model)
    return SubDevice(product_id, name, model)
