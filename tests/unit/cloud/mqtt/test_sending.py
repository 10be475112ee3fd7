"""Calls, broadcasts, raw data, log levels and files: what the cloud sends, and what comes back."""

import json
from typing import Any

import pytest

from devkit.cloud.devices.mqtt.codec import Publish
from devkit.cloud.devices.real import FirmwareBody
from devkit.cloud.seed import add_device
from devkit.errors import DeviceNotFoundError, SettingsError
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home
from tests.unit.cloud.mqtt.conftest import said

P = "K7M2QX9D4A"


def body(lamp: Firmware) -> FirmwareBody:
    return lamp.broker.emulator.devices.real_one(lamp.id)


def published(firmware: Firmware) -> list[tuple[str, bytes, int]]:
    return [(item.topic, item.payload, item.qos) for item in firmware.packets() if isinstance(item, Publish)]


def words(home: Home, what: str = "up") -> list[dict[str, Any]]:
    return [data for kind, data in home.heard if kind == "mqtt" and data.get("what") == what]


async def test_a_call_is_answered_once(home: Home, lamp: Firmware) -> None:
    lamp.subscribe("$rrpc/rxd", qos=0)  # not the topic of calls
    with pytest.raises(SettingsError, match="not subscribed"):
        body(lamp).send({"rrpc": "ping"})
    lamp.send_subscription(f"$rrpc/rxd/{lamp.id}/+")
    body(lamp).send({"rrpc": "ping"})
    ((topic, payload, qos),) = published(lamp)
    assert (payload, qos) == (b"ping", 0)
    number = topic.removeprefix(f"$rrpc/rxd/{lamp.id}/")
    lamp.send(Publish(f"$rrpc/txd/{lamp.id}/{number}", b'"pong"'))
    answer = words(home)[-1]
    assert answer["words"] == f"answers the call {number}"
    assert answer["payload"] == "pong"
    assert answer["ms"] >= 0
    lamp.send(Publish(f"$rrpc/txd/{lamp.id}/{number}", b'"pong"'))
    assert "Nobody waits for an answer to the call" in said(home, "warning")


async def test_a_broadcast_reaches_every_connected_device_of_the_product(home: Home, lamp: Firmware) -> None:
    with home.emulator.work() as work:
        add_device(work, P, "other")
    other = Firmware(lamp.broker, f"{P}/other").start()
    for firmware in (lamp, other):
        firmware.subscribe("$broadcast/rxd")
    body(lamp).send({"broadcast": "lights out"})
    assert [payload for _, payload, _ in published(lamp) + published(other)] == [b"lights out"] * 2


async def test_raw_bytes_go_down_as_they_are(lamp: Firmware) -> None:
    lamp.subscribe("$thing/down/raw", qos=1)
    body(lamp).send({"raw": "00 ff 7b"})
    assert published(lamp) == [(f"$thing/down/raw/{lamp.id}", b"\x00\xff{", 0)]


async def test_the_log_level_is_told_and_asked_for(lamp: Firmware) -> None:
    question = {"type": "get_log_level", "clientToken": "l-1"}
    lamp.subscribe("$log/operation/result")
    assert lamp.ask("$log/operation", question)["log_level"] == 0
    body(lamp).send({"log_level": 4})
    ((_, payload, _),) = published(lamp)
    assert json.loads(payload) == {"type": "get_log_level", "log_level": 4}
    assert lamp.ask("$log/operation", question) == {**question, "log_level": 4}


async def test_a_file_is_offered_where_firmware_listens(home: Home, lamp: Firmware) -> None:
    with pytest.raises(SettingsError, match="takes no file"):
        body(lamp).send(
            {"file": "a.txt", "text": "abc"}
        )  # its service could end at a method it does not know
    version = {"method": "report_version", "report": {"resource_list": []}}
    assert lamp.ask("$thing/up/service", version)["result_code"] == 0
    body(lamp).send({"file": "a.txt", "text": "abc"})
    (offer,) = (message for _, message in lamp.messages())
    assert (offer["method"], offer["resource_name"], offer["file_size"]) == ("update_resource", "a.txt", 3)
    lamp.subscribe("$resource/down/service", qos=1)
    body(lamp).send({"file": "a.txt", "text": "abc"})
    (offer,) = (message for _, message in lamp.messages())
    assert (offer["type"], offer["size"], offer["md5sum"]) == (
        "download",
        3,
        "900150983cd24fb0d6963f7d28e17f72",
    )
    done = {"type": "report_download_progress", "name": "a.txt", "progress": {"state": "done"}}
    assert lamp.ask("$resource/up/service", done) == {
        "type": "report_download_progress_rsp", "result_code": 0, "result_msg": "ok",
    }  # fmt: skip


@pytest.mark.parametrize(
    "task",
    [
        {"size": 3, "name": "x"},
        {"size": "3", "name": "x", "md5sum": "0"},
        {"size": 1 << 40, "name": "x", "md5sum": "0"},
        {"size": 3, "name": "", "md5sum": "0"},
        {"size": 3, "name": "x" * 999, "md5sum": "0"},
    ],
)
async def test_uploads_that_cannot_be_are_refused(home: Home, lamp: Firmware, task: dict[str, Any]) -> None:
    lamp.subscribe("$resource/down/service", qos=1)
    answer = lamp.ask("$resource/up/service", {"type": "create_upload_task", **task})
    assert answer["result_code"] == 1
    assert "create_upload_task is not taken" in said(home, "refused")


async def test_unknown_types_and_results_get_no_answer(home: Home, lamp: Firmware) -> None:
    lamp.subscribe("$resource/down/service", qos=1)
    lamp.publish("$resource/up/service", {"type": "wish"})
    lamp.publish("$thing/up/service", {"method": "report_post_result", "report": {"progress": {}}})
    assert published(lamp) == []
    assert "no type 'wish'" in said(home, "refused")


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"rrpc": "a", "raw": "00"},
        {"raw": "no hex"},
        {"log_level": 5},
        {"file": "", "text": ""},
        {"text": "a"},
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_said(lamp: Firmware, what: dict[str, Any]) -> None:
    lamp.subscribe("$resource/down/service", "$thing/down/raw")
    with pytest.raises(SettingsError):
        body(lamp).send(what)


async def test_without_firmware_nothing_is_sent(home: Home) -> None:
    with pytest.raises(DeviceNotFoundError, match="No firmware is connected as"):
        home.emulator.devices.real_one(home.device_id)
