"""Firmware members: checking, offering, downloading and reporting upgrades."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import SdkMethodError, TransportError
from devkit.language import _
from devkit.model.firmware import check_md5
from devkit.phone.download import fetch_firmware
from devkit.sdk.methods.arguments import (
    Args,
    DeviceOptions,
    FirmwareOptions,
    Members,
    ProgressOptions,
    given,
)
from devkit.sdk.methods.device import get_device_status
from devkit.sdk.methods.navigation import go_firmware_upgrade_page
from devkit.sdk.methods.parts import in_parts
from devkit.sdk.methods.token_api import call_cloud

if TYPE_CHECKING:
    from devkit.sdk.session import Session

WAITS_FOR_USER = 8


def is_upgradable(versions: Mapping[str, Any]) -> bool:
    """Tell whether there is a newer firmware.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 firmwareUpgrade.getUpgradeInfo.
    """
    newer = versions.get("DstVersion")
    return bool(newer) and newer != versions.get("CurrentVersion")


async def check_firmware_upgrade(session: Session, asked: FirmwareOptions) -> object:
    """Return {CurrentVersion, DstVersion}; offer an upgrade that waits for the user's word.

    The prompt shows only when not silent and the device is online, and the call does not wait for its answer.
    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 checkFirmwareUpgrade.
    """
    device_id = asked.get("deviceId") or session.device_id
    product_id, _slash, name = str(device_id).partition("/")
    device = {"ProductId": product_id, "DeviceName": name}
    versions, status = await asyncio.gather(
        call_cloud(session, "AppCheckFirmwareUpdate", device),
        call_cloud(session, "AppDescribeFirmwareUpdateStatus", device),
    )
    waits = is_upgradable(versions) and status.get("Status") == WAITS_FOR_USER
    if waits and not asked.get("silent") and await get_device_status(session, {"deviceId": device_id}):
        session.background(_offer(session, device_id, versions))
    return {"CurrentVersion": versions.get("CurrentVersion"), "DstVersion": versions.get("DstVersion")}


async def _offer(session: Session, device_id: str, versions: Mapping[str, Any]) -> None:
    shown = {"CurrentVersion": versions.get("CurrentVersion"), "DstVersion": versions.get("DstVersion")}
    if await session.ask("firmwarePrompt.showUpgradable", shown):
        await go_firmware_upgrade_page(session, {"deviceId": device_id})


async def check_firmware_update(session: Session, asked: FirmwareOptions) -> object:
    """Return {CurrentVersion, DstVersion} of a device.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 checkFirmwareUpdate.
    """
    params = given(ProductId=asked.get("ProductId"), DeviceName=asked.get("DeviceName"))
    return await call_cloud(session, "AppCheckFirmwareUpdate", params)


async def get_device_latest_ota_info(session: Session, asked: DeviceOptions) -> Args:
    """Return {TargetVersion, FirmwareURL}.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 getDeviceLatestOTAInfo.
    """
    device_id = asked.get("deviceId") or session.device_id
    answer = await call_cloud(session, "AppGetDeviceOTAInfo", {"DeviceId": device_id})
    return {"TargetVersion": answer.get("TargetVersion"), "FirmwareURL": answer.get("FirmwareURL")}


async def download_device_ota(session: Session, asked: DeviceOptions) -> object:
    """Fetch the newest firmware, and check it where its MD5 is known.

    Returns {otaData, deviceId}; the page gets otaData as an ArrayBuffer.
    Errors: FirmwareError, whose code is that of reportOTAStatus.
    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 downLoadDeviceOTA, which checks nothing.
    """
    device_id = str(asked.get("deviceId") or session.device_id)
    info = await get_device_latest_ota_info(session, {"deviceId": device_id})
    url = info["FirmwareURL"]
    if not url:
        raise SdkMethodError(_(f"There is no firmware for {device_id}."), code="devkit.NoFirmware")
    data = await fetch_firmware(session.simulator.transport, str(url))
    described = await describe_firmware(session, device_id, str(info["TargetVersion"]))
    check_md5(data, str(described.get("Md5sum") or ""))
    return {"otaData": in_parts(session, data), "deviceId": device_id}


async def describe_firmware(session: Session, device_id: str, version: str) -> Mapping[str, Any]:
    """Return name, description and MD5 of a firmware; {} where the cloud does not tell."""
    params = {"ProductID": device_id.partition("/")[0], "FirmwareVersion": version}
    try:
        return await call_cloud(session, "AppDescribeFirmware", params) or {}
    except TransportError:
        return {}


async def report_firmware_version(session: Session, asked: FirmwareOptions) -> object:
    """Tell the cloud which firmware a device runs.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 reportFirmwareVersion.
    """
    params = given(DeviceId=asked.get("deviceId") or session.device_id, Version=asked.get("version"))
    return await call_cloud(session, "AppReportFirmwareVersion", params)


async def report_ota_status(session: Session, asked: ProgressOptions) -> object:
    """Tell the cloud how far an upgrade is.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 reportOTAStatus.
    """
    params = given(
        DeviceId=asked.get("deviceId") or session.device_id,
        State=asked.get("state"),
        Version=asked.get("version"),
        Persent=asked.get("persent"),
        ResultCode=asked.get("resultCode"),
        ResultMsg=asked.get("resultMsg"),
    )
    return await call_cloud(session, "AppReportOTAStatus", params)


METHODS: Members = {
    "checkFirmwareUpgrade": check_firmware_upgrade,
    "checkFirmwareUpdate": check_firmware_update,
    "getDeviceLatestOTAInfo": get_device_latest_ota_info,
    "downLoadDeviceOTA": download_device_ota,
    "reportFirmwareVersion": report_firmware_version,
    "reportOTAStatus": report_ota_status,
}
