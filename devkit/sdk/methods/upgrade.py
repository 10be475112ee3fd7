"""What the simulated upgrade page of the mini program asks: how an upgrade stands, and to start it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from devkit.phone.download import fetch_firmware
from devkit.sdk.methods.arguments import Args, Members
from devkit.sdk.methods.device import get_device_info, get_device_status
from devkit.sdk.methods.firmware import describe_firmware, is_upgradable, report_ota_status
from devkit.sdk.methods.parts import in_parts
from devkit.sdk.methods.token_api import call_cloud

if TYPE_CHECKING:
    from devkit.sdk.session import Session


async def upgrade_page(session: Session, device_id: str | None) -> object:
    """Return what the page shows at first.

    {name, current, latest, upgradable, online, description} and the fields of upgrade_progress.
    """
    device, params = _params(device_id)
    versions, progress, online, info = await asyncio.gather(
        call_cloud(session, "AppCheckFirmwareUpdate", params),
        upgrade_progress(session, device),
        get_device_status(session, {"deviceId": device}),
        get_device_info(session, {"deviceId": device}),
    )
    latest = str(versions.get("DstVersion") or "")
    upgradable = is_upgradable(versions)
    firmware = await describe_firmware(session, device, latest) if upgradable else {}
    return {
        "name": str((info or {}).get("AliasName") or device.partition("/")[2]),
        "current": str(versions.get("CurrentVersion") or ""),
        "latest": latest,
        "upgradable": upgradable,
        "online": bool(online),
        "description": str(firmware.get("Description") or ""),
        **progress,
    }


async def upgrade_progress(session: Session, device_id: str | None) -> Args:
    """Return {status, percent, message}; status is that of AppDescribeFirmwareUpdateStatus."""
    answer = await call_cloud(session, "AppDescribeFirmwareUpdateStatus", _params(device_id)[1])
    return {
        "status": answer.get("Status"),
        "percent": answer.get("Percent") or 0,
        "message": str(answer.get("ErrMsg") or ""),
    }


async def start_upgrade(session: Session, device_id: str | None) -> object:
    """Confirm the upgrade, as the user does on the page."""
    return await call_cloud(session, "AppPublishFirmwareUpdateMessage", _params(device_id)[1])


async def fetch(session: Session, url: str | None) -> object:
    """Return a firmware as devkit.part goes on with it: wx.downloadFile of the adapters.

    Errors: FirmwareError.
    """
    return in_parts(session, await fetch_firmware(session.simulator.transport, str(url)))


def _params(device_id: object) -> tuple[str, dict[str, Any]]:
    device = str(device_id)
    product_id, _, name = device.partition("/")
    return device, {"ProductId": product_id, "DeviceName": name}


METHODS: Members = {
    "devkit.upgradePage": upgrade_page,
    "devkit.upgradeProgress": upgrade_progress,
    "devkit.startUpgrade": start_upgrade,
    "devkit.reportUpgrade": report_ota_status,
    "devkit.fetchFirmware": fetch,
}
