"""Device members: data, history, status, information, actions, deletion and share parameters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devkit.json_types import JSON
from devkit.sdk.methods.arguments import (
    Args,
    DeviceOptions,
    HistoryOptions,
    Members,
    ProductOptions,
    given,
)
from devkit.sdk.methods.token_api import call_cloud
from devkit.sdk.wire import RejectWith, to_text

if TYPE_CHECKING:
    from devkit.sdk.session import Session

SHARE_CONTEXT_KEY = "SHARE_CONTEXT_KEY"
ACTION_UNREACHABLE = "FailedOperation.ActionUnreachable"


def as_json_text(value: JSON) -> JSON:
    """Return value as JSON text; texts and nothing pass unchanged, as in the real SDK."""
    if value is None or isinstance(value, str):
        return value
    return to_text(value)


async def control_device_data(session: Session, data: JSON, device_id: str | None) -> object:
    """Set properties of a device, or of the group whose panel this is.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 controlDeviceData, AppControlDeviceData.
    """
    if session.data.get("groupId"):
        return await control_group_data(session, data, session.data["groupId"])
    params = given(Data=as_json_text(data), DeviceId=device_id or session.device_id)
    return await call_cloud(session, "AppControlDeviceData", params)


async def control_group_data(session: Session, data: JSON, group_id: str | None) -> object:
    """Set properties of every device of a group.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 controlGroupData, AppControlGroupDeviceData.
    """
    params = given(Data=as_json_text(data), GroupId=group_id, FamilyId=session.data.get("familyId"))
    return await call_cloud(session, "AppControlGroupDeviceData", params)


async def call_device_action(
    session: Session,
    data: JSON,
    action_id: str | None,
    device_id: str | None,
) -> object:
    """Call an action and wait for its output.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 callDeviceAction, which throws when the device was not
    reached.
    """
    params = given(
        ActionId=action_id, InputParams=as_json_text(data), DeviceId=device_id or session.device_id
    )
    answer = await call_cloud(session, "AppCallDeviceActionSync", params)
    if answer.get("Status") == ACTION_UNREACHABLE:
        raise RejectWith({"$error": f"action发送失败:{ACTION_UNREACHABLE}"})
    return answer


async def get_device_data(session: Session, asked: DeviceOptions) -> object:
    """Return {property id: {Value, LastUpdate}}; {} when the cloud's text is not JSON.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getDeviceData.
    """
    device_id = asked.get("deviceId") or session.device_id
    answer = await call_cloud(session, "AppGetDeviceData", {"DeviceId": device_id})
    try:
        return json.loads(answer.get("Data", ""))
    except (TypeError, ValueError):
        return {}


async def get_device_data_history(session: Session, asked: HistoryOptions) -> object:
    """Return the history of one property of the panel's own device.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getDeviceDataHistory.
    """
    names = ("FieldName", "MaxTime", "MinTime", "Context", "Limit")
    params = given(**{name: asked.get(name) for name in names}, DeviceId=session.device_id)
    return await call_cloud(session, "AppGetDeviceDataHistory", params)


async def get_device_status(session: Session, asked: DeviceOptions) -> int:
    """Return 1 when the device is online, else 0.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getDeviceStatus.
    """
    device_id = asked.get("deviceId") or session.device_id
    params = {"ProductId": session.product_id, "DeviceIds": [device_id]}
    answer = await call_cloud(session, "AppGetDeviceStatuses", params)
    statuses = answer.get("DeviceStatuses") or []
    return int(statuses[0].get("Online", 0)) if statuses else 0


async def get_device_info(session: Session, asked: DeviceOptions) -> Args | None:
    """Return the record of a device.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getDeviceInfo, AppGetDevice.
    """
    device_id = asked.get("deviceId") or session.device_id
    kind = "shared" if session.data.get("isShareDevice") else ""
    answer = await call_cloud(session, "AppGetDevice", {"DeviceId": device_id, "PriorityDeviceType": kind})
    return answer.get("Data")


async def get_product_info(session: Session, asked: ProductOptions) -> object:
    """Return the list of products with this id; the page adds the first one's fields to the list.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getProductInfo gives the list, the guide the product.
    """
    product_id = asked.get("productId") or session.product_id
    answer = await call_cloud(session, "AppGetProducts", {"ProductIds": [product_id]})
    return answer.get("Products")


async def get_share_params(session: Session, asked: DeviceOptions) -> object:
    """Return the sharer's own parameters; nothing when there are none.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getShareParams.
    """
    device_id = asked.get("deviceId") or session.device_id
    params = {"DeviceId": device_id, "DeviceKey": SHARE_CONTEXT_KEY}
    answer = await call_cloud(session, "AppGetUserDeviceConfig", params)
    configs = answer.get("Configs") or {}
    found = configs.get(SHARE_CONTEXT_KEY) if isinstance(configs, dict) else None
    if isinstance(found, str) and "{" in found:
        try:
            return json.loads(found)
        except ValueError:
            return None
    return found


METHODS: Members = {
    "controlDeviceData": control_device_data,
    "controlGroupData": control_group_data,
    "callDeviceAction": call_device_action,
    "getDeviceData": get_device_data,
    "getDeviceDataHistory": get_device_data_history,
    "getDeviceStatus": get_device_status,
    "getDeviceInfo": get_device_info,
    "getProductInfo": get_product_info,
    "getShareParams": get_share_params,
}
