"""Gateways and other panels: sub-devices, goDevicePanelPage, goVideoPanelPage, and the music box."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import CloudApiError
from devkit.sdk.methods.arguments import Args, Members, PanelOptions, given, text
from devkit.sdk.methods.device import get_device_info
from devkit.sdk.methods.navigation import encode, open_page
from devkit.sdk.methods.token_api import call_cloud
from devkit.sdk.wire import RejectWith

if TYPE_CHECKING:
    from devkit.sdk.session import Session

logger = logging.getLogger(__name__)

GATEWAY = 5
PAGE_SIZE = 100
VIDEO_PAGE = "/pages/Device/VideoPanel/VideoPanel"


async def _pages(session: Session, action: str, field: str) -> list[Args]:
    found: list[Args] = []
    while True:
        params = {
            "GatewayProductId": session.product_id,
            "GatewayDeviceName": session.device_name,
            "Offset": len(found),
            "Limit": PAGE_SIZE,
        }
        answer = await call_cloud(session, action, params)
        page = answer.get(field) or answer.get("DeviceList") or []
        found += page
        if not page or len(found) >= answer.get("Total", 0):
            return found


async def get_sub_device_list(session: Session) -> object:
    """Bring the family's list of sub-devices in line with the gateway's.

    Returns {subDeviceList, syncFailList}; rejects with a text when the product is no gateway.
    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getSubDeviceList.
    """
    if (session.data.get("productInfo") or {}).get("ProductType") != GATEWAY:
        raise RejectWith("非网关设备，无法获取子设备列表")
    bound, in_family = await asyncio.gather(
        _pages(session, "AppGetGatewayBindDeviceList", "DeviceList"),
        _pages(session, "AppGetFamilySubDeviceList", "DeviceList"),
    )
    known = {device.get("DeviceId"): device for device in in_family}
    bound_ids = {device.get("DeviceId") for device in bound}
    listed = [known[device.get("DeviceId")] for device in bound if device.get("DeviceId") in known]
    failed: list[Args] = []
    adding = [
        _add(session, device, listed, failed) for device in bound if device.get("DeviceId") not in known
    ]
    removing = [_remove(session, device) for device in in_family if device.get("DeviceId") not in bound_ids]
    await asyncio.gather(*adding, *removing)
    return {"subDeviceList": listed, "syncFailList": failed}


async def _add(session: Session, device: Args, listed: list[Args], failed: list[Args]) -> None:
    params = {
        "ProductId": device.get("ProductId"),
        "DeviceName": device.get("DeviceName"),
        "GatewayProductId": session.product_id,
        "GatewayDeviceName": session.device_name,
    }
    try:
        answer = await call_cloud(session, "AppBindSubDeviceInFamily", params)
        listed.append({**answer["Data"]["AppDeviceInfo"], **device})
    except CloudApiError as error:
        logger.info("sub-device %s is not in the family: %s", device.get("DeviceId"), error)
        failed.append(device)


async def _remove(session: Session, device: Args) -> None:
    if not session.data.get("familyId"):
        return
    params = {"FamilyId": session.data["familyId"], "DeviceId": device.get("DeviceId")}
    try:
        await call_cloud(session, "AppDeleteDeviceInFamily", params)
    except CloudApiError as error:
        logger.info("sub-device %s stays in the family: %s", device.get("DeviceId"), error)


def append_params(url: str, params: Mapping[str, Any]) -> str:
    """Return url with a query; objects become JSON, missing values are left out.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 appendParams.
    """
    parts = []
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, dict | list):
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        parts.append(f"{name}={encode(value)}")
    if not parts:
        return url
    return f"{url}{'&' if '?' in url else '?'}{'&'.join(parts)}"


async def go_device_panel_page(session: Session, device_id: str | None, asked: PanelOptions) -> object:
    """Open the panel of another device.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 goDevicePanelPage and goDevicePanel.
    """
    target = text("goDevicePanelPage", "deviceId", device_id)
    product_id = target.partition("/")[0]
    info, config = await asyncio.gather(
        get_device_info(session, {"deviceId": target}), _product_config(session, product_id)
    )
    panel = config.get("Panel") or {}
    url = await _panel_url(session, info or {}, panel, config, asked.get("passThroughParams"))
    if panel.get("type") == "h5" and (panel.get("h5") or {}).get("url"):
        return await session.mini_program_call("location", {"url": url})
    return await open_page(session, url, redirect=bool(asked.get("redirect")), panel=target)


async def _product_config(session: Session, product_id: str) -> Args:
    answer = await call_cloud(session, "AppGetProductsConfig", {"ProductIds": [product_id]})
    rows = answer.get("Data") or []
    config = rows[0].get("Config") if rows else None
    try:
        parsed = json.loads(config) if isinstance(config, str) else config
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {}


async def _panel_url(session: Session, info: Args, panel: Args, config: Args, passed: object) -> str:
    device_id = info.get("DeviceId")
    shared = session.data.get("isShareDevice")
    h5 = panel.get("h5") or {}
    release = h5.get("release") or {}
    if panel.get("type") == "h5" and h5.get("url"):
        product_id, _, name = str(device_id).partition("/")
        fields = {"deviceId": device_id, "productId": product_id, "deviceName": name, "passthrough": passed}
        return append_params(h5["url"], fields)
    home = {
        "deviceId": device_id,
        "familyId": info.get("FamilyId"),
        "isShareDevice": shared,
        "roomId": info.get("RoomId"),
    }
    if panel.get("type") == "h5" and release.get("scripts"):
        fields = {**home, "webviewStyle": _style(release), "passThroughParams": passed}
        return append_params("/pages/Device/H5Panel/H5Panel", fields)
    if panel.get("type") == "free" and (panel.get("free") or {}).get("panelId"):
        params = {"PanelId": int(panel["free"]["panelId"])}
        free = (await call_cloud(session, "AppGetCategoryPanelInfoById", params)).get("Data") or {}
        extra = {
            "familyType": 0,
            "isFreePanel": True,
            "webviewStyle": _style(free),
            "passThroughParams": passed,
        }
        return append_params("/pages/Device/H5Panel/H5Panel", {**home, **extra})
    standard = (config.get("BleConfig") or {}).get("protocolType") == "standard" and info.get(
        "NetType"
    ) == "ble"
    fields = {"deviceId": device_id, "isShareDevice": shared, "isStandardBleDevice": standard}
    return append_params("/pages/Device/DevicePanel/DevicePanel", fields)


def _style(release: Args) -> Args:
    return given(
        navBarBgColor=release.get("navBarBgColor"),
        frontColor=release.get("frontColor"),
        bgColor=release.get("bgColor"),
        textStyle=release.get("textStyle"),
    )


async def go_video_panel_page(session: Session, asked: PanelOptions) -> object:
    """Open the video panel of a device.

    Source: docs/reference/sdk-members.md row 67; the page's address is unverified.
    """
    fields = {
        "deviceId": asked.get("deviceId") or session.device_id,
        "passThroughParams": asked.get("passThroughParams"),
    }
    return await open_page(session, append_params(VIDEO_PAGE, fields), redirect=bool(asked.get("redirect")))


async def go_qq_music_auth_page(session: Session) -> object:
    """Open the login of QQ Music for a voice speaker."""
    return await open_page(session, f"/pages/Device/QQMusicAuth/QQMusicAuth?deviceId={session.device_id}")


async def go_ding_dang_activation_page(session: Session) -> object:
    """Open the activation of a voice speaker."""
    return await open_page(
        session,
        f"/pages/Device/ActiveDMDevice/ActiveDMDevice?productId={session.product_id}"
        f"&deviceId={session.device_id}&deviceName={session.device_name}",
    )


METHODS: Members = {
    "getSubDeviceList": get_sub_device_list,
    "goDevicePanelPage": go_device_panel_page,
    "goVideoPanelPage": go_video_panel_page,
    "dingDangManager.goQQMusicAuthPage": go_qq_music_auth_page,
    "dingDangManager.goDingDangActivationPage": go_ding_dang_activation_page,
}
