"""What an emulator starts with: one user, a family with rooms, a product and its device."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from devkit.cloud.api.handlers.homes.families import add_family, add_room
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.app_keys import PUBLISHED, AppKeys
from devkit.cloud.device_secrets import UNKNOWN, DeviceSecrets, device_psk, product_secret
from devkit.cloud.devices.shadow import current
from devkit.cloud.store.schema import (
    APPS,
    DEVICES,
    GROUP_DEVICES,
    GROUPS,
    PRODUCTS,
    PROPERTIES,
    AppRow,
    DeviceRow,
    GroupDeviceRow,
    GroupRow,
    ProductRow,
    PropertyRow,
)
from devkit.cloud.store.work import Work
from devkit.errors import PropertyValueError
from devkit.json_types import JSON
from devkit.model import ThingModel
from devkit.model.product import GATEWAY, ProductKind, group_devices, group_of

USER_ID = "200012345678"
APP_KEY, APP_SECRET = PUBLISHED.app_key, PUBLISHED.app_secret  # of the emulator alone
ROOMS = ("客厅", "卧室", "书房")
SUB_NET_TYPE = "zigbee"


@dataclass(frozen=True)
class Seed:
    """Who and what was seeded; token is an access token of the user, keys are for applications.

    secrets are those of the device.
    """

    user_id: str
    token: str
    family_id: str
    room_id: str
    device_id: str
    keys: AppKeys = PUBLISHED
    secrets: DeviceSecrets = UNKNOWN


def seed_home(
    work: Work,
    model: ThingModel,
    *,
    product_id: str,
    device_name: str = "dev01",
    display_name: str = "",
    product_name: str = "",
    kind: ProductKind | None = None,
) -> Seed:
    """Add a user with a family, three rooms, a product and its device, which is online.

    kind: that of the product; a gateway comes with its sub-devices.
    """
    user_id = create_user(
        work,
        user_id=USER_ID,
        nick_name="小美",
        country_code="86",
        phone_number="13800138000",
        wx_open_id=PUBLISHED.open_id,
    )
    family_id = add_family(work, user_id, "我的家", "河边路 1 号")
    rooms = [add_room(work, family_id, name) for name in ROOMS]
    add_product(work, product_id, model, name=product_name)
    device_id = add_device(
        work,
        product_id,
        device_name,
        family_id=family_id,
        room_id=rooms[0],
        user_id=user_id,
        alias=display_name,
        online=True,
    )
    work.tx.put(APPS, AppRow(app_key=APP_KEY, app_secret=APP_SECRET, name="devkit"))
    token, _ = open_session(work, user_id)
    seed = Seed(user_id, token, family_id, rooms[0], device_id)
    if kind is not None:
        set_kind(work, seed, kind)
    return seed


def set_kind(work: Work, seed: Seed, kind: ProductKind) -> None:
    """Make the product of the seeded device one of a kind, and bring the sub-devices that it lacks."""
    product_id = seed.device_id.partition("/")[0]
    work.tx.change(PRODUCTS, product_id, net_type=kind.net_type, product_type=GATEWAY if kind.gateway else 0)
    device = work.tx.get(DEVICES, seed.device_id)
    if device and (kind.gateway or device["device_type"] == 1):
        work.tx.change(DEVICES, seed.device_id, device_type=int(kind.gateway))
    for sub in kind.sub_devices:
        template = sub.model.data_template(sub.product_id)
        known = work.tx.get(PRODUCTS, sub.product_id)
        if sub.product_id != product_id and (known is None or known["template"] != template):
            set_model(work, sub.product_id, sub.model)
            work.tx.change(PRODUCTS, sub.product_id, net_type=sub.model.net_type or SUB_NET_TYPE)
        if work.tx.get(DEVICES, f"{sub.product_id}/{sub.device_name}") is None:
            home = {"family_id": seed.family_id, "room_id": seed.room_id, "user_id": seed.user_id}
            add_device(work, sub.product_id, sub.device_name, gateway_id=seed.device_id, online=True, **home)
    if kind.group:
        _set_group(work, seed, kind.group)


def _set_group(work: Work, seed: Seed, size: int) -> None:
    """Make the seeded device the first of a group, and bring the other devices that it lacks."""
    product_id, _, name = seed.device_id.partition("/")
    group_id, wanted = group_of(seed.device_id), group_devices(seed.device_id, size)
    home = {"family_id": seed.family_id, "room_id": seed.room_id}
    if work.tx.get(GROUPS, group_id) is None:
        row = GroupRow(
            group_id=group_id,
            name=f"{name} × {size}",
            icon_url="",
            product_id=product_id,
            created=work.stamp,
            updated=work.now,
            **home,  # type: ignore[typeddict-item]  # its two keys
        )
        work.tx.put(GROUPS, row)
    for device_id in wanted:
        if work.tx.get(DEVICES, device_id) is None:
            add_device(
                work, product_id, device_id.partition("/")[2], user_id=seed.user_id, online=True, **home
            )
        work.tx.put(GROUP_DEVICES, GroupDeviceRow(group_id=group_id, device_id=device_id))
    for member in work.tx.find(GROUP_DEVICES, {"group_id": group_id}):
        if member["device_id"] not in wanted:
            work.tx.remove(GROUP_DEVICES, group_id, member["device_id"])
    work.tx.change(GROUPS, group_id, name=f"{name} × {size}")


def add_product(
    work: Work, product_id: str, model: ThingModel, *, name: str = "", gateway: bool = False
) -> None:
    """Add a product, or give a known one another thing model."""
    row = work.tx.get(PRODUCTS, product_id) or ProductRow(
        product_id=product_id,
        name=name or product_id,
        description="",
        template="",
        net_type=model.net_type or "wifi",
        category_id=int(model.category_id) if model.category_id.isdigit() else 1,
        product_type=GATEWAY if gateway else model.product_type,
        services=[],
        icon_url="",
        config={"Panel": {"type": "h5"}, "BleConfig": {"protocolType": "custom"}},
        secret=product_secret(work.emulator.salt, product_id),
        manufacturer="Example Devices",
        product_model=f"{product_id}-1",
        updated=0,
    )
    row["net_type"] = model.net_type or row["net_type"]
    row["product_type"] = model.product_type or row["product_type"]
    row["template"], row["updated"] = model.data_template(product_id), work.now
    work.tx.put(PRODUCTS, row)


def set_model(work: Work, product_id: str, model: ThingModel) -> None:
    """Give a product, new or known, a thing model; values that no longer fit fall back to their defaults."""
    add_product(work, product_id, model)
    for device in work.tx.find(DEVICES, {"product_id": product_id}):
        _fit(work, device["device_id"], model)


def _fit(work: Work, device_id: str, model: ThingModel) -> None:
    """Keep the values that a thing model allows, and add the defaults of the others."""
    values = current(work, device_id)
    for field in values.keys() - {prop.id for prop in model.properties}:
        work.tx.remove(PROPERTIES, device_id, field)
    for prop in model.properties:
        try:
            if prop.id in values and model.validate({prop.id: values[prop.id]}, write=False):
                continue
        except PropertyValueError:
            pass
        _set(work, device_id, prop.id, prop.define.default())


def _set(work: Work, device_id: str, field: str, value: JSON) -> None:
    work.tx.put(PROPERTIES, PropertyRow(device_id=device_id, field=field, value=value, updated=work.now))


def add_device(
    work: Work,
    product_id: str,
    device_name: str,
    *,
    family_id: str = "",
    room_id: str = "0",
    user_id: str = "",
    alias: str = "",
    gateway_id: str = "",
    online: bool = False,
) -> str:
    """Add a device with the default values of its thing model; return its id."""
    device_id = f"{product_id}/{device_name}"
    product = work.tx.get(PRODUCTS, product_id)
    gateway = bool(product and product["product_type"] == GATEWAY)
    digest = hashlib.sha256(device_id.encode()).hexdigest()
    work.tx.put(
        DEVICES,
        DeviceRow(
            device_id=device_id,
            product_id=product_id,
            device_name=device_name,
            psk=device_psk(work.emulator.salt, device_id),
            family_id=family_id,
            room_id=room_id,
            user_id=user_id,
            alias=alias,
            icon_url="",
            device_type=1 if gateway else 2 if gateway_id else 0,
            gateway_id=gateway_id,
            gateway_bound=int(bool(gateway_id)),
            online=int(online),
            connected=work.now if online else 0,
            version="1.0.0",
            mac=digest[:12].upper(),
            ip="192.0.2.24",
            info={},
            created=work.stamp,
            updated=work.now,
        ),
    )
    for field, value in work.emulator.model(work.tx, product_id).defaults().items():
        _set(work, device_id, field, value)
    return device_id
