"""`$resource`, and the resource methods of `$thing/up/service`: files that devices upload and fetch.

Source: https://github.com/TencentCloud/tencentcloud-iot-sdk-embedded-c docs/IoT_Hub/resource_mqtt_sample, and
for the methods docs/reference/device-side.md section 4, report_version to report_post_result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from devkit.errors import SettingsError
from devkit.json_types import JSON
from devkit.language import _

if TYPE_CHECKING:
    from devkit.cloud.devices.mqtt.exchange import Exchange

PROGRESS = ("report_upload_progress", "report_download_progress")
SILENT = ("report_progress", "report_result", "del_result", "report_post_result")
METHODS = ("report_version", "request_url", *SILENT)


def take_resource(exchange: Exchange) -> None:
    """Take a message on `$resource/up/service`."""
    kind = exchange.message.get("type")
    if kind == "create_upload_task":
        _upload(exchange)
    elif kind in PROGRESS:
        exchange.say({"type": f"{kind}_rsp", "result_code": 0, "result_msg": "ok"})
    else:
        exchange.complain(_(f"There is no type {kind!r:.60} on $resource/up/service."))


def _upload(exchange: Exchange) -> None:
    told = {name: exchange.message.get(name) for name in ("size", "name", "md5sum")}
    size = told["size"]
    try:
        if (
            not isinstance(size, int)
            or not isinstance(told["name"], str)
            or not isinstance(told["md5sum"], str)
        ):
            raise SettingsError(_("It needs size, a number, and name and md5sum, texts."))
        path = exchange.broker.files.expect(exchange.device_id, told["name"], size, told["md5sum"])
    except SettingsError as error:
        exchange.complain(_(f"Its create_upload_task is not taken: {error.message}"))
        exchange.say({"type": "create_upload_task_rsp", "result_code": 1, "result_msg": error.message})
        return
    exchange.say({"type": "create_upload_task_rsp", **told, "url": f"{exchange.broker.files_url}{path}"})


def take_resource_method(exchange: Exchange) -> None:
    """Take one of METHODS. Those that tell a result get no answer: the C SDK has none for them."""
    exchange.body.has_resources = True
    report = exchange.message.get("report")
    if exchange.method == "report_version":
        exchange.say({"method": "report_version_rsp", "result_code": 0, "result_msg": "success"})
    elif exchange.method == "request_url":
        _address(exchange, report if isinstance(report, Mapping) else {})


def _address(exchange: Exchange, report: Mapping[str, JSON]) -> None:
    name = report.get("resource_name")
    try:
        path = exchange.broker.files.expect(exchange.device_id, name if isinstance(name, str) else "")
    except SettingsError as error:
        exchange.complain(_(f"Its request_url is not taken: {error.message}"))
        return
    request_id = exchange.message.get("request_id")
    url, token = f"{exchange.broker.files_url}{path}", path.rpartition("/")[2]
    exchange.say(
        {"method": "request_url_resp", "request_id": request_id, "resource_url": url, "resource_token": token}
    )
