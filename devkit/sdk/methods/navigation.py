"""Pages of the mini program: every go*Page member, sharing, vibration and the way back.

Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 WeappBridge (docs/reference/protocol.md section 5.3); URLs
are exactly its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from devkit.errors import CloudApiError, SdkMethodError
from devkit.json_types import JSON
from devkit.language import _
from devkit.sdk.methods.arguments import (
    Members,
    MiniProgramOptions,
    PageOptions,
    SceneOptions,
    ShareOptions,
)
from devkit.sdk.methods.token_api import call_cloud
from devkit.sdk.wire import RejectWith

if TYPE_CHECKING:
    from devkit.sdk.session import Session

UNRESERVED = "!'()*-._~"
SCENES = {
    "default": "/pages/Scene/ChooseScene/ChooseScene",
    "manual": "/pages/Scene/EditManualScene/EditManualScene",
    "auto": "/pages/Scene/EditAutoScene/EditAutoScene",
}


def encode(value: object) -> str:
    """Return encodeURIComponent(value); nothing is "undefined", as in JavaScript."""
    return quote("undefined" if value is None else js_text(value), safe=UNRESERVED)


def js_text(value: object) -> str:
    """Return String(value) of JavaScript for JSON values."""
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def share_text(value: JSON) -> JSON:
    """Return share parameters as text; texts and nothing pass unchanged."""
    if not value or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def open_page(session: Session, url: str, *, redirect: bool = False, panel: str = "") -> object:
    """Leave for a page of the mini program; panel is the device whose panel it is, if it is one."""
    return await session.mini_program_call(
        "redirectTo" if redirect else "navigateTo", {"url": url}, panel=panel
    )


def _device(session: Session, asked: PageOptions) -> str:
    return str(asked.get("deviceId") or session.device_id)


async def go_device_detail_page(session: Session, asked: PageOptions) -> object:
    """Open the mini program's page of a device; a group's panel opens the group's."""
    device_id = _device(session, asked)
    if session.group_id:
        return await go_group_detail_page(session, {**asked, "groupId": session.group_id})
    shared = bool(asked.get("isShareDevice") or session.data.get("isShareDevice"))
    return await open_page(
        session,
        f"/pages/Device/DeviceDetail/DeviceDetail?deviceId={device_id}&isShareDevice={js_text(shared)}"
        f"&reload={js_text(bool(asked.get('reload')))}&shareParams={encode(share_text(asked.get('shareParams')))}"
        "&trigger=h5panel",
    )


async def go_group_detail_page(session: Session, asked: PageOptions) -> object:
    """Open the mini program's page of a group."""
    return await open_page(
        session,
        f"/pages/Device/GroupDetail/GroupDetail?groupId={js_text(asked.get('groupId'))}"
        f"&reload={js_text(bool(asked.get('reload')))}&shareParams={encode(share_text(asked.get('shareParams')))}"
        "&trigger=h5panel",
    )


async def go_feedback_page(session: Session) -> object:
    """Open the feedback page."""
    return await open_page(session, "/pages/User/Feedback/Feedback")


async def go_device_info_page(session: Session, asked: PageOptions) -> object:
    """Open the page with the facts of a device."""
    device_id = _device(session, asked)
    return await open_page(session, f"/pages/Device/DeviceDetail/DeviceInfo/DeviceInfo?deviceId={device_id}")


async def go_edit_device_name_page(session: Session, asked: PageOptions) -> object:
    """Open the form with the device's name."""
    device_id = _device(session, asked)
    name = asked.get("name") or (session.data.get("deviceInfo") or {}).get("AliasName")
    return await open_page(
        session,
        "/pages/CommonForm/CommonForm?namespace=DeviceDetail%2FEditName&trigger=h5panel"
        f"&deviceId={device_id}&name={encode(name)}",
    )


async def go_room_setting_page(session: Session, asked: PageOptions) -> object:
    """Open the choice of rooms."""
    device_id = _device(session, asked)
    return await open_page(
        session, f"/pages/Device/DeviceDetail/DeviceChooseRoom/DeviceChooseRoom?deviceId={device_id}"
    )


async def go_share_device_page(session: Session, asked: PageOptions) -> object:
    """Open the list of people whom the device is shared with."""
    device_id = _device(session, asked)
    params = encode(share_text(asked.get("shareParams")))
    return await open_page(
        session, f"/pages/Device/DeviceDetail/ShareList/ShareList?deviceId={device_id}&params={params}"
    )


async def go_firmware_upgrade_page(session: Session, asked: PageOptions) -> object:
    """Open the upgrade page; standard Bluetooth devices have their own."""
    device_id = _device(session, asked)
    page = "DeviceUpgradeFirmware"
    if session.data.get("isStandardBleDevice"):
        page = "BleDeviceUpgradeFirmware"
    return await open_page(session, f"/pages/Device/{page}/{page}?deviceId={device_id}")


async def go_timing_project_page(session: Session, asked: PageOptions) -> object:
    """Open the list of timers."""
    device_id = _device(session, asked)
    shared = asked.get("isShareDevice")
    shared = session.data.get("isShareDevice") if shared is None else shared
    return await open_page(
        session,
        f"/pages/Device/TimingProject/TimingProjectList/TimingProjectList?deviceId={device_id}"
        f"&isShareDevice={js_text(shared)}&featureId={js_text(asked.get('featureId'))}",
    )


async def go_scene_page(session: Session, asked: SceneOptions) -> object:
    """Open a page of scenes.

    Errors: SdkMethodError for an unknown type.
    """
    kind = asked.get("type") or "default"
    if kind not in SCENES:
        raise SdkMethodError(
            _(f"goScenePage: type must be one of {', '.join(SCENES)}, not {kind!r}."),
            code="devkit.InvalidArgument",
        )
    return await open_page(session, SCENES[kind])


async def go_gateway_add_sub_device_page(session: Session, gateway: str | None) -> None:
    """Open the choice of sub-devices for a gateway."""
    page = "/pages/Device/AddDevice/AddSubDevice/ChooseSubDeviceProduct"
    await open_page(session, f"{page}?gatewayDeviceId={js_text(gateway)}")


async def go_ble_firmware_upgrade_page(session: Session, asked: PageOptions) -> object:
    """Open the upgrade page of standard Bluetooth devices."""
    device_id = _device(session, asked)
    page = "/pages/Device/BleDeviceUpgradeFirmware/BleDeviceUpgradeFirmware"
    return await open_page(session, f"{page}?deviceId={device_id}")


async def go_kugou_auth_page(session: Session, device_id: str | None) -> object:
    """Open the login of KuGou."""
    return await open_page(session, f"/pages/Functional/KugouAuth/KugouAuth?deviceId={js_text(device_id)}")


async def redirect_to_mini_program(session: Session, asked: MiniProgramOptions) -> object:
    """Open another mini program without asking the platform."""
    extra = json.dumps(asked.get("extraData") or {}, ensure_ascii=False, separators=(",", ":"))
    newer = "".join(f"&{name}={encode(asked[name])}" for name in ("path", "shortLink") if asked.get(name))
    return await open_page(
        session,
        f"/pages/Functional/RedirectTo3rdMP/RedirectTo3rdMP?appid={js_text(asked.get('appid'))}"
        f"&extraData={encode(extra)}&envVersion={js_text(asked.get('envVersion'))}{newer}",
    )


async def navigate_to_mini_program(session: Session, asked: MiniProgramOptions) -> object:
    """Open another mini program, if the platform allows it.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 navigateToMiniprogram; path and shortLink are of the
    npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5.
    """
    try:
        await call_cloud(session, "AppDescribeH5ToMpConfig", {"MpAppId": asked.get("appid")})
    except CloudApiError as error:
        raise RejectWith("无权限前往该小程序") from error
    return await redirect_to_mini_program(session, asked)


async def go_trtc_page(session: Session, call_type: str | None) -> None:
    """Open the page of a video or audio call; the page has checked that the product has the service."""
    url = f"/pages/Trtc/Call/Call?mainCall=true&callType={js_text(call_type)}&deviceId={session.device_id}"
    await open_page(session, url)


async def nav_back(session: Session) -> object:
    """Close the panel."""
    return await session.mini_program_call("navigateBack", {})


async def reload_after_unmount(session: Session) -> object:
    """Ask the mini program to fetch its data anew once the panel is closed."""
    params = {"action": "reloadAfterUnmount", "payload": {"href": session.page_url}}
    return await session.mini_program_call("postMessage", {"data": {"type": "action", "params": params}})


async def set_share_config(session: Session, asked: ShareOptions) -> None:
    """Set title and picture of the card that a user shares.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 means to call wechatJsSdk.share({default}), but fails;
    ours works.
    """
    session.simulator.mini_program.set_share({name: asked.get(name) for name in ("title", "imgUrl")})


async def trigger_vibrate_short(session: Session, kind: str | None) -> object:
    """Vibrate shortly."""
    session.simulator.mini_program.vibrate(kind if isinstance(kind, str) else None)
    return {}


METHODS: Members = {
    "goDeviceDetailPage": go_device_detail_page,
    "goGroupDetailPage": go_group_detail_page,
    "goFeedBackPage": go_feedback_page,
    "goDeviceInfoPage": go_device_info_page,
    "goEditDeviceNamePage": go_edit_device_name_page,
    "goRoomSettingPage": go_room_setting_page,
    "goShareDevicePage": go_share_device_page,
    "goFirmwareUpgradePage": go_firmware_upgrade_page,
    "goTimingProjectPage": go_timing_project_page,
    "goScenePage": go_scene_page,
    "goGatewayAddSubDevicePage": go_gateway_add_sub_device_page,
    "navigateToMiniprogram": navigate_to_mini_program,
    "navigateToMiniProgram": navigate_to_mini_program,
    "devkit.goBleFirmwareUpgradePage": go_ble_firmware_upgrade_page,
    "devkit.goKuGouAuthPage": go_kugou_auth_page,
    "devkit.goRedirectTo3rdMPPage": redirect_to_mini_program,
    "TRTCManager.goTRTCPage": go_trtc_page,
    "navBack": nav_back,
    "reloadAfterUnmount": reload_after_unmount,
    "setShareConfig": set_share_config,
    "triggerVibrateShort": trigger_vibrate_short,
}
