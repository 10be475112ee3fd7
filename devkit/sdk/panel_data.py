"""PANEL_DATA: what the host page gives the SDK before the panel's script runs.

Source: docs/reference/protocol.md section 1.3.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from devkit.errors import CloudApiError, DeviceNotFoundError
from devkit.language import _

OWNER_ROLE = 1


class CloudCall(Protocol):
    """Perform a cloud action."""

    async def __call__(self, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of the response."""


@dataclass(frozen=True)
class Variant:
    """What differs between the ways in which a panel can be opened.

    share: the device was shared with this user by its owner. group_id: the panel controls a group.
    A group's panel has no device of its own: deviceId is "" in PANEL_DATA.
    mock: the console's preview, where nothing reaches a device. ultrafast: the page comes before its data.
    fields: PANEL_DATA fields to set as they are.
    """

    share: bool = False
    group_id: str = ""
    mock: bool = False
    ultrafast: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


def display_name(device: Mapping[str, Any], product: Mapping[str, Any], device_name: str) -> str:
    """Return the name to show: alias, product name or device name.

    Source: docs/reference/sdk-members.md row 11.
    """
    return str(device.get("AliasName") or product.get("Name") or device_name)


def flat_values(text: object) -> dict[str, Any]:
    """Return {property id: value} from the Data text of AppGetDeviceData."""
    try:
        data = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: item.get("Value") if isinstance(item, dict) else item for name, item in data.items()}


def _first(items: object) -> dict[str, Any]:
    return items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}


async def _optional(call: CloudCall, action: str, params: dict[str, Any]) -> dict[str, Any]:
    try:
        return await call(action, params)
    except CloudApiError:
        return {}


async def _nothing() -> dict[str, Any]:
    return {}


async def build_panel_data(
    call: CloudCall, product_id: str, device_name: str, variant: Variant
) -> dict[str, Any]:
    """Collect PANEL_DATA for a device; without a name, for the page that searches for one.

    Errors: DeviceNotFoundError when neither the device nor its product is there; TransportError.
    """
    device_id = f"{product_id}/{device_name}" if device_name else ""
    kind = "shared" if variant.share else ""
    user, families, product, config, device, data, status = await asyncio.gather(
        call("AppGetUser", {}),
        call("AppGetFamilyList", {"Offset": 0, "Limit": 100}),
        _optional(call, "AppGetProducts", {"ProductIds": [product_id]}),
        _optional(call, "AppGetProductsConfig", {"ProductIds": [product_id]}),
        *(
            _optional(call, action, params) if device_id else _nothing()
            for action, params in (
                ("AppGetDevice", {"DeviceId": device_id, "PriorityDeviceType": kind}),
                ("AppGetDeviceData", {"DeviceId": device_id}),
                ("AppGetDeviceStatuses", {"ProductId": product_id, "DeviceIds": [device_id]}),
            )
        ),
    )
    info = device.get("Data") or {}
    product_info = _first(product.get("Products"))
    if not info and not product_info:
        raise DeviceNotFoundError(
            _(f"There is no device {device_id} on this account."),
            _("Check product_id and device_name in devkit.toml, or --productId and --deviceName."),
        )
    owner = not variant.share
    family = _family(families.get("FamilyList"), info) if owner else {}
    rooms = await _rooms(call, family)
    return {
        "deviceId": device_id,
        "deviceData": flat_values(data.get("Data")),
        "deviceStatus": _first(status.get("DeviceStatuses")).get("Online", 0),
        "deviceDisplayName": display_name(info, product_info, device_name),
        "deviceInfo": info,
        "productInfo": product_info,
        "productConfig": _config(config.get("Data")),
        "userInfo": user.get("Data") or {},
        **_home(family, rooms, info, variant),
        **_constants(),
        "isShareDevice": variant.share,
        "isMock": variant.mock,
        "simplify": variant.ultrafast,
        **await _group(call, variant, family),
        **variant.fields,
    }


def _family(families: object, device: Mapping[str, Any]) -> dict[str, Any]:
    listed = families if isinstance(families, list) else []
    mine = [item for item in listed if item.get("FamilyId") == device.get("FamilyId")]
    return _first(mine) or _first(listed)


async def _rooms(call: CloudCall, family: Mapping[str, Any]) -> list[Any]:
    if not family.get("FamilyId"):
        return []
    answer = await _optional(
        call, "AppGetRoomList", {"FamilyId": family["FamilyId"], "Offset": 0, "Limit": 100}
    )
    return answer.get("RoomList") or []


def _home(
    family: Mapping[str, Any], rooms: list[Any], device: Mapping[str, Any], variant: Variant
) -> dict[str, Any]:
    if variant.share:
        return {"isFamilyOwner": False, "roomList": []}
    return {
        "familyId": family.get("FamilyId", ""),
        "familyInfo": dict(family),
        "isFamilyOwner": family.get("Role", OWNER_ROLE) == OWNER_ROLE,
        "roomId": device.get("RoomId", ""),
        "roomList": rooms,
    }


def _constants() -> dict[str, Any]:
    texts = ("lid", "quid", "apiUin", "thirdPlatformId", "thirdAccessToken", "groupId", "groupName")
    return {
        **dict.fromkeys(texts, ""),
        "apiRegionId": 1,
        "isStandardBleDevice": False,
        "groupInfo": None,
        "isShareGroup": False,
        "belongGroups": [],
    }


def _config(data: object) -> dict[str, Any]:
    text = _first(data).get("Config")
    try:
        config = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        config = None
    return config if isinstance(config, dict) else {}


async def _group(call: CloudCall, variant: Variant, family: Mapping[str, Any]) -> dict[str, Any]:
    if not variant.group_id:
        return {}
    params = {"FamilyId": family.get("FamilyId", ""), "GroupId": variant.group_id}
    described, listed = await asyncio.gather(
        call("AppDescribeGroup", params), call("AppGetGroupDeviceList", params)
    )
    group = described.get("Data") or {}
    return {
        "deviceId": "",
        "deviceInfo": {},
        "deviceDisplayName": group.get("GroupName", ""),
        "groupId": variant.group_id,
        "groupName": group.get("GroupName", ""),
        "groupInfo": {**group, "GroupId": variant.group_id, "deviceList": listed.get("DeviceList") or []},
    }
