"""How rows look on the wire, where more than one action shows them."""

from __future__ import annotations

from devkit.cloud.store.schema import DeviceRow
from devkit.json_types import JSON


def device_view(row: DeviceRow) -> dict[str, JSON]:
    """Return structures.AppDeviceInfo; times in seconds."""
    return {
        "ProductId": row["product_id"],
        "DeviceName": row["device_name"],
        "DeviceId": row["device_id"],
        "AliasName": row["alias"],
        "IconUrl": row["icon_url"],
        "FamilyId": row["family_id"],
        "RoomId": row["room_id"],
        "DeviceType": row["device_type"],
        "CreateTime": row["created"] // 1000,
        "UpdateTime": row["updated"] // 1000,
    }


def owned_device_view(row: DeviceRow) -> dict[str, JSON]:
    """Return structures.DeviceList: a device with its owner."""
    return {**device_view(row), "UserID": row["user_id"]}
