"""User, family and group members, and the tokens that bind new devices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from devkit.sdk.methods.arguments import GroupOptions, Members, RoomOptions, given
from devkit.sdk.methods.navigation import encode, js_text, open_page, share_text
from devkit.sdk.methods.removal import Removal, remove
from devkit.sdk.methods.token_api import call_cloud

if TYPE_CHECKING:
    from devkit.sdk.session import Session

PAGE_SIZE = 100
INIT_FIELDS = (
    "userInfo",
    "productInfo",
    "productConfig",
    "deviceInfo",
    "deviceData",
    "deviceStatus",
    "familyInfo",
    "roomList",
)


def mask_phone(number: str) -> str:
    """Return a phone number with its middle hidden: 138****1234.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getUserInfo.
    """
    return f"{number[:3]}****{number[7:]}" if len(number) >= 7 else number


async def get_user_info(session: Session) -> object:
    """Return the user with a masked phone number, and the number itself as originPhoneNumber."""
    answer = await call_cloud(session, "AppGetUser", {})
    user = dict(answer.get("Data") or {})
    if user.get("PhoneNumber"):
        user["originPhoneNumber"] = user["PhoneNumber"]
        user["PhoneNumber"] = mask_phone(str(user["PhoneNumber"]))
    return user


async def get_family_info(session: Session) -> object:
    """Return the panel's family.

    Source: npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5; docs/reference/app-api.yaml
    actions.AppDescribeFamily.
    """
    answer = await call_cloud(session, "AppDescribeFamily", {"FamilyId": session.data.get("familyId", "")})
    return answer.get("Data") or session.data.get("familyInfo")


async def get_all_family_list(session: Session) -> object:
    """Return every family of the user.

    Source: npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5.
    """
    families: list[Any] = []
    while True:
        params = {"Offset": len(families), "Limit": PAGE_SIZE}
        answer = await call_cloud(session, "AppGetFamilyList", params)
        page = answer.get("FamilyList") or []
        families += page
        if not page or len(families) >= answer.get("Total", 0):
            return families


async def get_room_list(session: Session, asked: RoomOptions) -> object:
    """Return rooms of the panel's family.

    Source: npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5.
    """
    params = {
        "FamilyId": session.data.get("familyId", ""),
        "Offset": asked.get("Offset") or 0,
        "Limit": asked.get("Limit") or PAGE_SIZE,
    }
    answer = await call_cloud(session, "AppGetRoomList", params)
    return answer.get("RoomList") or []


async def get_init_data(session: Session) -> object:
    """Return the data that the page starts with.

    Source: npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5.
    """
    data = await session.read_data()
    return {name: data.get(name) for name in INIT_FIELDS}


async def create_wifi_bind_token(session: Session, family: str | None, room: str | None) -> object:
    """Return a token with which a new device binds itself.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 createWifiBindToken.
    """
    params = given(
        FamilyId=family or session.data.get("familyId"),
        RoomId=room or session.data.get("roomId"),
        ProductId=session.product_id,
        DeviceName=session.device_name,
    )
    return (await call_cloud(session, "AppCreateMultiDeviceBindToken", params)).get("Token")


async def get_devices_by_bind_token(session: Session, token: str | None) -> object:
    """Return the devices that used a token.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getDevicesByBindToken.
    """
    answer = await call_cloud(session, "AppGetMultiDeviceBindTokenState", {"Token": token})
    return answer.get("Data") or []


def _group_params(session: Session, asked: GroupOptions) -> dict[str, Any]:
    return {
        "FamilyId": asked.get("familyId") or session.data.get("familyId", ""),
        "GroupId": asked.get("groupId") or session.data.get("groupId") or session.group_id,
    }


async def get_group_info(session: Session, asked: GroupOptions) -> object:
    """Return a group.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getGroupInfo.
    """
    return (await call_cloud(session, "AppDescribeGroup", _group_params(session, asked))).get("Data")


async def get_group_device_list(session: Session, asked: GroupOptions) -> object:
    """Return the devices of a group.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getGroupDeviceList.
    """
    answer = await call_cloud(session, "AppGetGroupDeviceList", _group_params(session, asked))
    return answer.get("DeviceList")


async def get_first_online_device(session: Session) -> object:
    """Return the first device of the group that is online, else its first; nothing without a group.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getFirstOnlineDevice means this, but fails; ours works.
    """
    devices = (session.data.get("groupInfo") or {}).get("deviceList") or []
    if not session.group_id or not devices:
        return None

    async def with_status(device: dict[str, Any]) -> dict[str, Any]:
        product_id, name = device.get("ProductId", ""), device.get("DeviceName", "")
        params = {"ProductId": product_id, "DeviceIds": [f"{product_id}/{name}"]}
        answer = await call_cloud(session, "AppGetDeviceStatuses", params)
        statuses = answer.get("DeviceStatuses") or [{}]
        return {"deviceName": name, "productId": product_id, "status": statuses[0].get("Online", 0)}

    found = await asyncio.gather(*map(with_status, devices))
    return next((device for device in found if device["status"] == 1), devices[0])


async def delete_group(session: Session, asked: GroupOptions) -> None:
    """Ask, then dissolve a group, or leave it when it was shared.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 deleteGroup.
    """
    group_id = asked.get("groupId") or session.group_id
    if session.data.get("isShareGroup"):
        removal = Removal(
            "确认移除该分享群组吗？", "", "移除", "移除成功", "AppUnBindUserShareGroup", {"GroupId": group_id}
        )
    else:
        removal = Removal(
            "确认拆散群组吗？",
            "群组拆解后将无法对群组中设备进行批量控制，并以单个设备形式展示",
            "删除",
            "删除成功",
            "AppDeleteGroup",
            {"GroupId": group_id, "FamilyId": session.data.get("familyId", "")},
        )
    await remove(session, removal)


async def go_group_manage_page(session: Session, asked: GroupOptions) -> object:
    """Open the page that puts devices into groups, for a group or for the panel's device."""
    device_id = asked.get("deviceId") or session.device_id
    target = f"&groupId={asked['groupId']}" if asked.get("groupId") else f"&deviceId={device_id}"
    family = js_text(session.data.get("familyId"))
    return await open_page(
        session,
        f"/pages/Device/GroupDetail/GroupManage/GroupManage?familyId={family}&trigger=h5panel{target}",
    )


async def go_edit_group_name_page(session: Session, asked: GroupOptions) -> object:
    """Open the form with the group's name."""
    return await open_page(
        session,
        "/pages/CommonForm/CommonForm?namespace=GroupDetail%2FEditName&trigger=h5panel"
        f"&familyId={js_text(session.data.get('familyId'))}&groupId={js_text(asked.get('groupId'))}"
        f"&name={encode(asked.get('name'))}",
    )


async def go_group_room_setting_page(session: Session, asked: GroupOptions) -> object:
    """Open the choice of rooms for a group."""
    group = js_text(asked.get("groupId"))
    return await open_page(
        session, f"/pages/Device/GroupDetail/GroupChooseRoom/GroupChooseRoom?groupId={group}"
    )


async def go_share_group_page(session: Session, asked: GroupOptions) -> object:
    """Open the list of people whom the group is shared with."""
    params = encode(share_text(asked.get("shareParams")))
    return await open_page(
        session,
        f"/pages/Device/GroupDetail/ShareList/ShareList?groupId={js_text(asked.get('groupId'))}&params={params}",
    )


METHODS: Members = {
    "getUserInfo": get_user_info,
    "getFamilyInfo": get_family_info,
    "getAllFamilyList": get_all_family_list,
    "getRoomList": get_room_list,
    "getInitData": get_init_data,
    "createWifiBindToken": create_wifi_bind_token,
    "getDevicesByBindToken": get_devices_by_bind_token,
    "getGroupInfo": get_group_info,
    "getGroupDeviceList": get_group_device_list,
    "getFirstOnlineDevice": get_first_online_device,
    "deleteGroup": delete_group,
    "devkit.goGroupManagePage": go_group_manage_page,
    "devkit.goEditGroupNamePage": go_edit_group_name_page,
    "devkit.goGroupRoomSettingPage": go_group_room_setting_page,
    "devkit.goShareGroupPage": go_share_group_page,
}
