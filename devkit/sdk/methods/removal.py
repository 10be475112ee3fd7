"""Remove a device or a group: ask, do it, say so, and leave the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.errors import DevkitError
from devkit.sdk.methods.arguments import Members, RemovalOptions
from devkit.sdk.methods.navigation import nav_back, reload_after_unmount
from devkit.sdk.methods.token_api import call_cloud
from devkit.sdk.wire import RejectWith, error_to_wire

if TYPE_CHECKING:
    from devkit.sdk.session import Session

DANGER = "#ff584c"
BLUETOOTH_QUESTION = (
    "确认删除该蓝牙设备吗？",
    "当前设备已经断开蓝牙连接，直接删除不会重置蓝牙，请手动初始化",
)
ENGLISH = {
    BLUETOOTH_QUESTION[0]: "Delete this Bluetooth device?",
    BLUETOOTH_QUESTION[1]: "It is not connected, so that deleting does not reset it; do that by hand.",
    "确认移除该分享设备吗？": "Remove this shared device?",
    "确认删除设备吗？": "Delete this device?",
    "删除设备后与其相关的任务将会失效。": "Tasks that use the device will stop working.",
    "确认移除该分享群组吗？": "Remove this shared group?",
    "确认拆散群组吗？": "Dissolve this group?",
    "群组拆解后将无法对群组中设备进行批量控制，并以单个设备形式展示": (
        "Its devices can then no longer be controlled together, and show one by one."
    ),
    "移除": "Remove",
    "删除": "Delete",
    "移除成功": "Removed",
    "删除成功": "Deleted",
}


@dataclass(frozen=True)
class Removal:
    """What to ask and what to do; bluetooth adds a question for a standard Bluetooth device.

    The words are the real SDK's; ENGLISH has them for --lang en.
    """

    title: str
    content: str
    confirm: str
    done: str
    action: str
    params: Mapping[str, Any]
    bluetooth: bool = False


async def remove(session: Session, removal: Removal) -> None:
    """Ask, remove, and go back; a failure shows as a tip and does not reject.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 deleteDevice.
    """
    english = session.simulator.settings.lang == "en"

    def words(text: str) -> str:
        return ENGLISH.get(text, text) if english else text

    style = {"confirmText": words(removal.confirm), "confirmColor": DANGER}
    questions = [(removal.title, removal.content)]
    standard = removal.bluetooth and session.data.get("isStandardBleDevice")
    unbinds = standard and await session.ask("bluetooth.canUnbind")
    if standard and not unbinds:
        questions.append(BLUETOOTH_QUESTION)
    for title, content in questions:
        if not await session.ask("tips.confirm", words(title), words(content), style):
            return
    try:
        if unbinds:
            await session.ask("bluetooth.unbind", _unbinding(session))
        else:
            await call_cloud(session, removal.action, dict(removal.params))
        await reload_after_unmount(session)
        await session.ask("tips.showSuccess", words(removal.done))
        await nav_back(session)
    except (DevkitError, RejectWith) as error:
        await session.ask("tips.showError", error_to_wire(error))


def _unbinding(session: Session) -> dict[str, str]:
    """Return what the device's adapter needs; it takes the device out of the family itself."""
    return {"familyId": str(session.data.get("familyId", "")), "deviceName": session.device_name}


async def delete_device(session: Session, asked: RemovalOptions) -> None:
    """Ask, then take a device out of its family, or give a shared one back.

    Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 deleteDevice; reserveData of 0.0.5 is passed on when
    given.
    """
    device_id = asked.get("deviceId") or session.device_id
    if session.data.get("isShareDevice"):
        removal = Removal(
            "确认移除该分享设备吗？",
            "",
            "移除",
            "移除成功",
            "AppRemoveUserShareDevice",
            {"DeviceId": device_id},
        )
    else:
        params = {"FamilyId": session.data.get("familyId", ""), "DeviceId": device_id}
        if asked.get("reserveData") is not None:
            params["ReserveData"] = int(bool(asked["reserveData"]))
        removal = Removal(
            "确认删除设备吗？",
            "删除设备后与其相关的任务将会失效。",
            "删除",
            "删除成功",
            "AppDeleteDeviceInFamily",
            params,
            bluetooth=True,
        )
    await remove(session, removal)


METHODS: Members = {"deleteDevice": delete_device}
