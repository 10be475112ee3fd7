"""Firmware upgrades and their states."""

from typing import Any

import pytest

from devkit.cloud import VirtualDevice
from tests.contract.cloud.world import World, make_world
from tests.helpers.home import Home

OFFERED, DONE, FAILED, DELIVERED = 8, 6, 5, 2


@pytest.fixture
async def world() -> Any:
    made = await make_world()
    yield made
    await made.emulator.aclose()


async def status(world: World) -> dict[str, Any]:
    return await world.lamp("AppDescribeFirmwareUpdateStatus")


async def test_a_product_without_firmware_is_up_to_date(home: Home) -> None:
    versions = await home.lamp("AppCheckFirmwareUpdate")
    assert versions == {"CurrentVersion": "1.0.0", "DstVersion": "1.0.0"}
    described = await home.lamp("AppDescribeFirmwareUpdateStatus")
    assert (described["OriVersion"], described["DstVersion"], described["Status"]) == ("1.0.0", "1.0.0", DONE)


async def test_an_upgrade_goes_through_its_states_to_the_end(world: World) -> None:
    assert await world.lamp("AppCheckFirmwareUpdate") == {"CurrentVersion": "1.0.0", "DstVersion": "1.1.0"}
    assert (await status(world))["Status"] == OFFERED
    await world.lamp("AppPublishFirmwareUpdateMessage")
    assert (await status(world))["Status"] == 1
    seen = []
    for _ in range(24):
        await world.settle(150)
        now = await status(world)
        if not seen or seen[-1] != (now["Status"], now["Percent"]):
            seen.append((now["Status"], now["Percent"]))
    assert seen == [(DELIVERED, 0), (3, 0), (3, 25), (3, 50), (3, 75), (20, 100), (4, 100), (DONE, 100)]
    assert await world.lamp("AppCheckFirmwareUpdate") == {"CurrentVersion": "1.1.0", "DstVersion": "1.1.0"}
    assert (await world.lamp("AppGetDeviceExtInfo"))["FwVer"] == "1.1.0"


class Fragile(VirtualDevice):
    """A device that cannot be upgraded."""

    async def on_ota(self, version: str, url: str) -> None:
        await self.report_ota("downloading", percent=10)
        await self.report_ota("fail", message=f"{url} is corrupt")


async def test_a_failed_upgrade_says_why_and_can_be_tried_again(world: World) -> None:
    world.emulator.devices.script(world.device_id, Fragile)
    for _ in range(2):
        await world.lamp("AppPublishFirmwareUpdateMessage")
        await world.settle()
        now = await status(world)
        assert (now["Status"], now["ErrMsg"]) == (FAILED, "https://fw.example.com/1.1.0.bin is corrupt")
        assert (await world.lamp("AppCheckFirmwareUpdate"))["DstVersion"] == "1.1.0"


async def test_an_application_reports_for_its_bluetooth_device(world: World) -> None:
    report = {"Version": "1.1.0", "ResultCode": 0}
    await world.lamp("AppReportOTAStatus", State="downloading", Persent=40, **report)
    assert ((await status(world))["Status"], (await status(world))["Percent"]) == (3, 40)
    failed = {"State": "fail", "Version": "1.1.0", "ResultCode": -4}
    assert await world.code("AppReportOTAStatus", DeviceId=world.device_id, **failed)
    await world.lamp("AppReportOTAStatus", ResultMsg="MD5 differs", **failed)
    assert (await status(world))["ErrMsg"] == "MD5 differs"
    await world.lamp("AppReportOTAStatus", State="done", **report)
    assert (await world.lamp("AppCheckFirmwareUpdate"))["CurrentVersion"] == "1.1.0"
    wrong = {"State": "done", "Version": "9", "ResultCode": 0}
    assert (
        await world.code("AppReportOTAStatus", DeviceId=world.device_id, **wrong) == "InvalidParameterValue"
    )
