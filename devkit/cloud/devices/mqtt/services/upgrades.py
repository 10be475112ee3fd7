"""`$ota`: what a device tells of its firmware, and what it is offered.

Source: docs/reference/device-side.md section 4, OTA.
"""

from __future__ import annotations

from collections.abc import Mapping

from devkit.cloud.devices import ota
from devkit.cloud.devices.mqtt.exchange import Exchange
from devkit.cloud.store.schema import OTA_TASKS, OtaTaskRow
from devkit.cloud.store.work import Work
from devkit.json_types import JSON
from devkit.language import _
from devkit.timeline.kinds import UpgradeProgress

LONGEST_VERSION = 32
ENDED = ("done", "fail")


def take_upgrade(exchange: Exchange) -> None:
    """Take a message on `$ota/report`."""
    report = exchange.message.get("report")
    take = _TYPES.get(str(exchange.message.get("type")))
    if take is None:
        exchange.complain(_(f"There is no type {exchange.message.get('type')!r} on $ota/report."))
    elif not isinstance(report, Mapping):
        exchange.complain(_("Its message on $ota/report has no object report."))
    else:
        take(exchange, report)


def _report_version(exchange: Exchange, report: Mapping[str, JSON]) -> None:
    """Note the version; offer anew what the user has confirmed, since C firmware drops offers at times."""
    version = report.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= LONGEST_VERSION:
        exchange.complain(
            _(f"A version is a text of 1 to {LONGEST_VERSION} characters, not {version!r:.60}.")
        )
        exchange.say({"type": "report_version_rsp", "result_code": 1, "result_msg": _("bad version")})
        return

    def note(work: Work) -> tuple[OtaTaskRow | None, str]:
        device = exchange.row(work)
        ota.note_version(work, device, version)
        task = work.tx.get(OTA_TASKS, exchange.device_id)
        url = exchange.emulator.firmware.url(work, device["product_id"], task["version"]) if task else ""
        return task, url

    task, url = exchange.emulator.perform(note)
    # The C SDK takes anything but 0 for the end of the upgrade.
    exchange.say({"type": "report_version_rsp", "result_code": 0, "result_msg": "success"})
    if task is None or task["status"] not in ota.RUNNING or task["version"] == version:
        return
    if exchange.emulator.devices.upgrading(exchange.device_id):
        exchange.body.offer(task["version"], url)
    else:
        exchange.emulator.devices.upgrade(exchange.device_id, task["version"], url)


def _report_progress(exchange: Exchange, report: Mapping[str, JSON]) -> None:
    """Note a step; percent and result_code come as texts."""
    progress = report.get("progress")
    state = str(progress.get("state")) if isinstance(progress, Mapping) else ""
    if not isinstance(progress, Mapping) or state not in ota.STATES:
        known = ", ".join(ota.STATES)
        exchange.complain(_(f"Its upgrade has the state {state!r:.40}; states are {known}."))
        return
    percent = min(_number(progress.get("percent")), 100)
    message = ""
    if state == "fail":
        message = f"{progress.get('result_msg') or 'failed'} ({progress.get('result_code')})"[:200]
    exchange.emulator.perform(
        lambda work: ota.progress(work, exchange.row(work), state, percent=percent, message=message)
    )
    exchange.emulator.observe(UpgradeProgress(exchange.device_id, state, percent, message or None))
    if state in ENDED:
        exchange.body.upgrade_ended()


def _number(value: JSON) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


_TYPES = {"report_version": _report_version, "report_progress": _report_progress}
