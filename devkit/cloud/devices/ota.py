"""Firmware upgrades: the task of a device and its states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devkit.cloud.store.schema import DEVICES, FIRMWARES, OTA_TASKS, DeviceRow, FirmwareRow, OtaTaskRow
from devkit.cloud.store.work import Work

# Source: docs/reference/app-api.yaml actions.AppDescribeFirmwareUpdateStatus.status_values
OFFLINE, PENDING, DELIVERED, DOWNLOADING, BURNING, FAILED, DONE, PROCESSING, WAITING, DOWNLOADED = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 8),
    20,
)
RUNNING = (PENDING, DELIVERED, DOWNLOADING, BURNING, PROCESSING, DOWNLOADED)
STATES: Mapping[str, int] = {
    "downloading": DOWNLOADING,
    "burning": BURNING,
    "updating": PROCESSING,
    "done": DONE,
    "fail": FAILED,
}


def latest_firmware(work: Work, product_id: str) -> FirmwareRow | None:
    """Return the newest firmware of a product; None when there is none."""
    rows = work.tx.find(FIRMWARES, {"product_id": product_id}, order="created", descending=True, limit=1)
    return rows[0] if rows else None


def task(work: Work, device: DeviceRow) -> OtaTaskRow | None:
    """Return the upgrade task of a device, offered when the product has firmware that the device lacks."""
    found = work.tx.get(OTA_TASKS, device["device_id"])
    firmware = latest_firmware(work, device["product_id"])
    if firmware is None or firmware["version"] == device["version"]:
        return found
    if found is None or found["version"] != firmware["version"]:
        found = {
            "device_id": device["device_id"],
            "version": firmware["version"],
            "origin": device["version"],
            "status": WAITING,
            "percent": 0,
            "message": "",
            "updated": work.now,
        }
        work.tx.put(OTA_TASKS, found)
    return found


def progress(work: Work, device: DeviceRow, state: str, *, percent: int = 0, message: str = "") -> None:
    """Note a step of the upgrade; the last one sets the device's version.

    That a download at 100 percent counts as downloaded is unverified.
    """
    found = task(work, device)
    if found is None:
        return
    changes: dict[str, Any] = {"status": STATES[state], "percent": percent, "updated": work.now}
    if state == "downloading" and percent >= 100:
        changes["status"] = DOWNLOADED
    changes["message"] = message if state == "fail" else ""
    if state == "done":
        changes["percent"] = 100
        work.tx.change(DEVICES, device["device_id"], version=found["version"])
    work.tx.change(OTA_TASKS, device["device_id"], **changes)


def delivered(work: Work, device_id: str) -> None:
    """Note that the device has the message that its user's confirmation set off."""
    found = work.tx.get(OTA_TASKS, device_id)
    if found and found["status"] == PENDING:
        work.tx.change(OTA_TASKS, device_id, status=DELIVERED, updated=work.now)


def offer_again(work: Work) -> None:
    """Offer the upgrades anew that ended with the process that ran them.

    One that another process still runs on the same store goes on: its next step sets the state.
    """
    for status in RUNNING:
        for found in work.tx.find(OTA_TASKS, {"status": status}):
            work.tx.change(OTA_TASKS, found["device_id"], status=WAITING, percent=0, updated=work.now)


def note_version(work: Work, device: DeviceRow, version: str) -> None:
    """Note the version that a device runs; it ends the task that was to bring the device there.

    Source: docs/reference/app-api.yaml actions.AppReportFirmwareVersion; that a report ends the task is
    unverified.
    """
    found = work.tx.get(OTA_TASKS, device["device_id"])
    work.tx.change(DEVICES, device["device_id"], version=version)
    if found and found["version"] == version and found["status"] in RUNNING:
        changes = {"status": DONE, "percent": 100, "message": "", "updated": work.now}
        work.tx.change(OTA_TASKS, device["device_id"], **changes)
