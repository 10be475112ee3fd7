"""Firmware: versions, upgrade tasks and their progress."""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.devices import ota
from devkit.cloud.store.schema import FIRMWARES, OTA_TASKS, PRODUCTS
from devkit.language import _


def report_version(call: Call) -> Answer:
    """Note the version that a device runs.

    Source: docs/reference/app-api.yaml actions.AppReportFirmwareVersion.
    """
    device = call.usable_device()
    ota.note_version(call, device, call.text("Version"))
    return {}


def check_update(call: Call) -> Answer:
    """Return the running and the newest version; equal ones mean that there is nothing to do.

    A device whose version changed behind a running task answers DeviceInfoOutdated.
    Source: docs/reference/app-api.yaml actions.AppCheckFirmwareUpdate.
    """
    device = call.usable_device()
    task = ota.task(call, device)
    if task and task["status"] in ota.RUNNING and task["origin"] != device["version"]:
        call.refuse(
            "FailedOperation.DeviceInfoOutdated",
            _(f"The task starts from version {task['origin']}, but the device runs {device['version']}."),
        )
    offered = task["version"] if task and task["status"] != ota.DONE else device["version"]
    return {"CurrentVersion": device["version"], "DstVersion": offered}


def get_ota_info(call: Call) -> Answer:
    """Return the address of the new firmware.

    Source: docs/reference/app-api.yaml actions.AppGetDeviceOTAInfo.
    """
    device = call.usable_device()
    task = ota.task(call, device)
    if task is None:
        call.refuse("ResourceNotFound.DeviceFirmwareTaskNotExist", _("The device has no upgrade task."))
    return {
        "FirmwareURL": call.emulator.firmware.url(call, device["product_id"], task["version"]),
        "TargetVersion": task["version"],
        "UploadVersion": device["version"],
    }


def start_update(call: Call) -> Answer:
    """Start the upgrade that the user has confirmed; one that runs already goes on.

    Source: docs/reference/app-api.yaml actions.AppPublishFirmwareUpdateMessage.
    """
    device = call.usable_device()
    task = ota.task(call, device)
    if not device["version"] or task is None:
        call.refuse("ResourceNotFound.DeviceHasNoFirmware", _("The device has no firmware to upgrade."))
    if not device["online"]:
        call.refuse("offline", _(f"The device {device['device_id']} is offline."))
    device_id, version = device["device_id"], task["version"]
    if call.emulator.devices.upgrading(device_id):
        return {}
    call.tx.change(OTA_TASKS, device_id, status=ota.PENDING, percent=0, message="", updated=call.now)
    url = call.emulator.firmware.url(call, device["product_id"], version)
    call.after(lambda: call.emulator.devices.upgrade(device_id, version, url))
    return {}


def report_status(call: Call) -> Answer:
    """Note the progress that an application reports for its (Bluetooth) device.

    Source: docs/reference/app-api.yaml actions.AppReportOTAStatus.
    """
    device = call.usable_device()
    state = call.text("State")
    if state == "fail" and not call.text("ResultMsg"):
        call.refuse("missing", _("ResultMsg is required when State is fail."))
    task = ota.task(call, device)
    if task is None or task["version"] != call.text("Version"):
        call.refuse("value", _(f"The device has no upgrade task to version {call.text('Version')}."))
    percent = call.number("Persent", task["percent"])
    ota.progress(call, device, state, percent=percent, message=call.text("ResultMsg"))
    return {}


def describe_status(call: Call) -> Answer:
    """Return the progress of the upgrade; without a task both versions are the running one.

    Source: docs/reference/app-api.yaml actions.AppDescribeFirmwareUpdateStatus.
    """
    device = call.usable_device()
    task = ota.task(call, device)
    if task is None:
        version = device["version"]
        return {"OriVersion": version, "DstVersion": version, "ErrMsg": "", "Percent": 0, "Status": ota.DONE}
    offline = not device["online"] and task["status"] in (ota.PENDING, ota.DELIVERED, ota.DOWNLOADING)
    return {
        "OriVersion": task["origin"],
        "DstVersion": task["version"],
        "ErrMsg": task["message"],
        "Percent": task["percent"],
        "Status": ota.OFFLINE if offline else task["status"],
    }


def describe_firmware(call: Call) -> Answer:
    """Return one firmware; ProductID and ProductId are both read.

    Source: docs/reference/app-api.yaml actions.AppDescribeFirmware.
    """
    product_id = call.text("ProductID") or call.text("ProductId")
    if not product_id:
        call.refuse("missing", _("The parameter ProductID is missing."))
    product = call.tx.get(PRODUCTS, product_id)
    if product is None:
        call.refuse("product", _(f"There is no product {product_id}."))
    firmware = call.tx.get(FIRMWARES, product_id, call.text("FirmwareVersion"))
    if firmware is None:
        call.refuse(
            "ResourceNotFound.FirmwareNotExist",
            _(f"The product {product_id} has no firmware {call.text('FirmwareVersion')}."),
        )
    return {
        "ProductId": product_id,
        "Name": firmware["name"],
        "Description": firmware["description"],
        "Md5sum": firmware["md5"],
        "Createtime": firmware["created"] // 1000,
        "ProductName": product["name"],
        "FwType": firmware["fw_type"],
        "Version": firmware["version"],
    }


ACTIONS = {
    "AppReportFirmwareVersion": report_version,
    "AppCheckFirmwareUpdate": check_update,
    "AppGetDeviceOTAInfo": get_ota_info,
    "AppPublishFirmwareUpdateMessage": start_update,
    "AppReportOTAStatus": report_status,
    "AppDescribeFirmwareUpdateStatus": describe_status,
    "AppDescribeFirmware": describe_firmware,
}
