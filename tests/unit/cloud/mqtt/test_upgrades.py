"""`$ota`: an upgrade of connected firmware from the app's confirmation to the new version."""

from typing import Any

import pytest

from devkit.cloud.devices import ota
from devkit.cloud.devices.mqtt.broker import Broker
from devkit.model.firmware import md5_of
from tests.helpers.firmware import Firmware
from tests.helpers.home import Home
from tests.unit.cloud.mqtt.conftest import said

DATA = b"firmware 2" * 100


@pytest.fixture
async def updating(home: Home, lamp: Firmware) -> Firmware:
    """Offer firmware 2.0.0 to the lamp, which runs 1.0.0, and let the user confirm it."""
    home.emulator.firmware.add("K7M2QX9D4A", "2.0.0", DATA)
    lamp.subscribe("$ota/update", qos=1)
    assert version(lamp, "1.0.0") == [
        {"type": "report_version_rsp", "result_code": 0, "result_msg": "success"}
    ]
    name = {"ProductId": "K7M2QX9D4A", "DeviceName": "lamp01"}
    await home.lamp("AppCheckFirmwareUpdate", **name)
    await home.lamp("AppPublishFirmwareUpdateMessage", **name)
    await home.settle()
    return lamp


def version(lamp: Firmware, running: str) -> list[dict[str, Any]]:
    lamp.publish("$ota/report", {"type": "report_version", "report": {"version": running}}, qos=1)
    return [message for _, message in lamp.messages()]


def progress(lamp: Firmware, state: str, percent: str = "0", code: str = "0", text: str = "") -> None:
    told = {"state": state, "percent": percent, "result_code": code, "result_msg": text}
    report = {"progress": told, "version": "2.0.0"}
    lamp.publish("$ota/report", {"type": "report_progress", "report": report})


async def status(home: Home) -> dict[str, Any]:
    return await home.lamp("AppDescribeFirmwareUpdateStatus", ProductId="K7M2QX9D4A", DeviceName="lamp01")


async def test_files_on_port_80_have_no_port(home: Home, lamp: Firmware) -> None:
    lamp.broker.files_url = "http://192.0.2.1"
    home.emulator.firmware.add("K7M2QX9D4A", "2.0.0", DATA)
    lamp.subscribe("$ota/update", qos=1)
    with home.emulator.work() as work:
        url = home.emulator.firmware.url(work, "K7M2QX9D4A", "2.0.0")
    lamp.broker.body(lamp.id).offer("2.0.0", url)
    ((_, offer),) = list(lamp.messages())
    assert offer["url"].startswith("http://192.0.2.1/firmware/")
    assert said(home, "note") == ""


async def test_an_upgrade_goes_to_its_end(home: Home, updating: Firmware, broker: Broker) -> None:
    ((topic, offer),) = list(updating.messages())
    assert topic == "$ota/update"
    assert offer["type"] == "update_firmware"
    assert (offer["version"], offer["md5sum"], offer["file_size"]) == ("2.0.0", md5_of(DATA), len(DATA))
    assert home.emulator.firmware.fetch(offer["url"]).data == DATA
    assert "use --mqtt-http-port 80" in said(home, "note")
    for percent, expected in (("0", ota.DOWNLOADING), ("40", ota.DOWNLOADING), ("100", ota.DOWNLOADED)):
        progress(updating, "downloading", percent)
        found = await status(home)
        assert (found["Status"], found["Percent"]) == (expected, int(percent))
    progress(updating, "burning", "100")
    assert (await status(home))["Status"] == ota.BURNING
    progress(updating, "done", "100")
    assert (await status(home))["Status"] == ota.DONE
    again = Firmware(broker, home.device_id).start()
    again.subscribe("$ota/update")
    assert len(version(again, "2.0.0")) == 1
    await home.settle()
    assert not home.emulator.devices.upgrading(home.device_id)


async def test_firmware_that_restarts_without_saying_done_is_done_by_its_version(
    home: Home, updating: Firmware, broker: Broker
) -> None:
    progress(updating, "burning", "100")
    updating.connection.connection_lost(None)
    again = Firmware(broker, home.device_id).start()
    again.subscribe("$ota/update")
    version(again, "2.0.0")
    assert (await status(home))["Status"] == ota.DONE


async def test_a_failure_reaches_the_app_and_the_offer_comes_anew(home: Home, updating: Firmware) -> None:
    list(updating.messages())
    progress(updating, "fail", "30", "-4", "md5 mismatch")
    await home.settle()
    found = await status(home)
    assert (found["Status"], found["ErrMsg"]) == (ota.FAILED, "md5 mismatch (-4)")
    assert len(version(updating, "1.0.0")) == 1  # what failed waits for the user


async def test_an_offer_that_firmware_dropped_comes_with_its_next_version_report(updating: Firmware) -> None:
    list(updating.messages())
    answers = version(updating, "1.0.0")
    assert [answer["type"] for answer in answers] == ["report_version_rsp", "update_firmware"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "invented", "report": {}},
        {"type": "report_progress"},
        {"type": "report_progress", "report": {"progress": {"state": "flying"}}},
        {"type": "report_version", "report": {"version": "x" * 33}},
        {"type": "report_version", "report": {"version": 2}},
    ],
)
async def test_what_is_none_is_told(home: Home, lamp: Firmware, message: dict[str, Any]) -> None:
    lamp.publish("$ota/report", message)
    assert said(home, "refused")
    assert lamp.ask("$thing/up/property", {"method": "get_status"})["code"] == 0


async def test_an_upgrade_of_firmware_that_does_not_listen_fails_in_words(home: Home, lamp: Firmware) -> None:
    home.emulator.firmware.add("K7M2QX9D4A", "2.0.0", DATA)
    await home.lamp("AppPublishFirmwareUpdateMessage", ProductId="K7M2QX9D4A", DeviceName="lamp01")
    await home.settle()
    assert "not subscribed to $ota/update" in (await status(home))["ErrMsg"]
