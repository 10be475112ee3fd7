"""The platform's LLSync adapter over real stacks: bumble, and bleak on a platform made of bumble."""

import json
import zlib

import pytest

from devkit.ble.llsync import OtaPlan
from devkit.ble.profiles.light import PSK, LLSyncLight
from tests.contract.ble.centrals import open_world, until
from tests.contract.ble.conftest import USER
from tests.contract.ble.node_client import FakeCloud, open_client
from tests.helpers.llsync import MAC, NAME, PRODUCT, model

pytestmark = pytest.mark.node

SERVICE = "0000FFE0-65D0-4E20-B56A-E493541BA4E2"
FIRMWARE = bytes(range(256)) * 16
PLAN = OtaPlan(packets=64, packet_bytes=128, reboot_s=1, retry_s=1, gap_ms=0)


@pytest.mark.parametrize("kind", ["bumble", "bleak"])
async def test_authenticate_control_report_and_upgrade(kind: str) -> None:
    device = LLSyncLight(model(), PRODUCT, NAME, address=MAC, user_id=USER, ota=PLAN)
    device.restart_ms = 50
    cloud = FakeCloud()
    cloud.configs["ble_psk_device_ket"] = PSK
    cloud.firmware = ("2.0.0", FIRMWARE)
    async with open_world(kind, device) as world:
        phone = await world.phone()
        async with open_client("h5", world.radio, cloud, USER, phone.central) as client:
            info = await client.run("search", deviceName=NAME, productId=PRODUCT, serviceId=SERVICE)
            await client.run("connect", **info)
            ready = await client.run("authenticate", deviceName=NAME)
            assert ready["version"] == "1.0.0"
            await client.run("control", deviceData={"power_switch": 1, "name": "x" * 60})
            assert device.controls == [{"power_switch": 1, "name": "x" * 60}]
            seen = len(cloud.of("AppReportDataAsDevice"))
            assert device.report({"brightness": 42, "name": "y" * 300})
            await client.until(lambda: len(cloud.of("AppReportDataAsDevice")) > seen)
            reported = json.loads(cloud.of("AppReportDataAsDevice")[-1]["Data"])
            assert reported == {"brightness": 42, "name": "y" * 300}
            assert (await client.run("ota", limit=60))["code"] == "MODULE_UPDATE_SUCCESS"
            assert zlib.crc32(device.ota.image) == zlib.crc32(FIRMWARE)
            assert device.version == "2.0.0"


async def test_binding_over_the_air() -> None:
    device, cloud = LLSyncLight(model(), PRODUCT, NAME, address=MAC), FakeCloud()
    async with open_world("bumble", device) as world:
        phone = await world.phone()
        async with open_client("mp", world.radio, cloud, USER, phone.central) as client:
            await client.run("startSearch", serviceId=SERVICE)
            await client.until(lambda: any(client.heard("search")))
            info = next(found for found in client.heard("search") if found)[0]
            await client.run("stopSearch")
            await client.run("connect", **{**info, "deviceName": NAME})
            assert await client.run("bind", familyId="f", roomId="r") == f"{PRODUCT}/{NAME}"
            await until(lambda: device.binding)
            assert device.binding.local_psk.hex() == cloud.configs["ble_psk_device_ket"]
