"""The platform's LLSync adapter against the LLSync device in Python."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from devkit.ble.llsync import OtaPlan
from devkit.ble.llsync.codes import OtaRefusal
from devkit.ble.profiles.light import LLSyncLight
from devkit.cloud import Emulator
from devkit.cloud.devices.device import VirtualDevice
from devkit.cloud.seed import seed_home
from devkit.errors import CloudApiError
from tests.contract.ble.conftest import USER
from tests.contract.ble.node_client import FakeCloud, NodeClient, StepError
from tests.helpers.llsync import MAC, NAME, PRODUCT, model
from tests.helpers.pushes import Collected

pytestmark = pytest.mark.node

DEVICE_ID = f"{PRODUCT}/{NAME}"
PSK_KEY = "ble_psk_device_ket"
SERVICE = "0000FFE0-65D0-4E20-B56A-E493541BA4E2"
FIRMWARE = bytes(range(256)) * 24
PLAN = OtaPlan(packets=64, packet_bytes=128, reboot_s=1, retry_s=1)


def light(**options) -> LLSyncLight:
    return LLSyncLight(model(), PRODUCT, NAME, address=MAC, **options)


def bound(**options) -> tuple[LLSyncLight, FakeCloud]:
    """Return a light that belongs to the user, and a cloud that knows its key."""
    device, cloud = light(user_id=USER, **options), FakeCloud()
    cloud.configs[PSK_KEY] = "1a28167f"
    return device, cloud


async def authorize(client: NodeClient) -> dict:
    info = await client.run("search", deviceName=NAME, productId=PRODUCT, serviceId=SERVICE)
    await client.run("connect", **info)
    return await client.run("authenticate", deviceName=NAME)


async def connect_unbound(client: NodeClient) -> None:
    """Find a device that waits for its user, and connect to it."""
    await client.run("startSearch", serviceId=SERVICE)
    await client.until(lambda: any(client.heard("search")))
    info = next(found for found in client.heard("search") if found)[0]
    await client.run("stopSearch")
    await client.run("connect", **{**info, "deviceName": NAME})


async def test_a_bound_device_is_found_by_its_identity_and_authorized(start) -> None:
    device, cloud = bound()
    stranger = LLSyncLight(model(), PRODUCT, "dev02", user_id=USER, address="11:22:33:44:55:77")
    async with start(stranger, device, cloud=cloud) as client:
        assert await authorize(client) == {"mtu": 128, "version": "1.0.0"}
        assert device.authorized
        assert device.mtu == 128
        assert not stranger.connected
        assert client.heard("authorized") == [{"version": 4, "mtu": 128, "otaVersion": "1.0.0"}]
        await client.until(lambda: cloud.of("AppReportFirmwareVersion"))
        assert cloud.of("AppReportFirmwareVersion") == [{"Version": "1.0.0", "DeviceId": DEVICE_ID}]


async def test_controls_reports_status_events_and_actions(start) -> None:
    device, cloud = bound()
    async with start(device, cloud=cloud) as client:
        await authorize(client)
        asked = {"power_switch": 1, "brightness": -5, "name": "abc", "mode": 2, "conf": {"on": 1, "lv": 7}}
        values = {name: {"Value": value} for name, value in asked.items()}
        client.cloud_push("WsControl", {"deviceId": DEVICE_ID, "deviceData": values})
        await client.until(lambda: cloud.of("AppReportDataAsDevice"))
        assert device.controls == [asked]
        assert json.loads(cloud.of("AppReportDataAsDevice")[0]["Data"]) == asked

        taken: list[tuple[int, int]] = []
        device.on_reply = lambda kind, code: taken.append((kind, code))  # type: ignore[method-assign]
        reported = {"power_switch": 0, "temperature": 21.5, "mode": 1, "at": 1_700_000_000, "steps": [1, -1]}
        assert device.report(reported)
        await client.until(lambda: len(cloud.of("AppReportDataAsDevice")) == 2 and taken)
        assert json.loads(cloud.of("AppReportDataAsDevice")[1]["Data"]) == reported

        assert device.report({"name": "x" * 300})
        await client.until(lambda: len(cloud.of("AppReportDataAsDevice")) == 3)
        assert json.loads(cloud.of("AppReportDataAsDevice")[2]["Data"]) == {"name": "x" * 300}

        assert device.fire("low", {"level": 9, "note": "y" * 200})
        await client.until(lambda: len(taken) == 3)
        assert cloud.of("AppReportDeviceEvent")[0]["EventId"] == "low"
        assert json.loads(cloud.of("AppReportDeviceEvent")[0]["Params"]) == {"level": 9, "note": "y" * 200}
        assert taken[-1] == (3, 0)

        cloud.values = {"brightness": 42, "name": "z" * 200}
        assert device.ask_status()
        await client.until(lambda: device.values["brightness"] == 42)
        assert device.values["name"] == "z" * 200

        action = {"actionId": "turn", "params": {"angle": 3}, "clientToken": "c1"}
        client.cloud_push("WsActionPush", {"deviceId": DEVICE_ID, "Payload": action})
        await client.until(lambda: cloud.of("AppPublishMsgAsDevice"))
        reply = json.loads(cloud.of("AppPublishMsgAsDevice")[-1]["Payload"])
        assert (reply["method"], reply["clientToken"], reply["response"]) == (
            "action_reply",
            "c1",
            {"done": 0},
        )


async def test_binding_and_unbinding(start) -> None:
    device, cloud = light(), FakeCloud()
    async with start(device, cloud=cloud) as client:
        await connect_unbound(client)
        assert await client.run("bind", familyId="f", roomId="r") == DEVICE_ID
        assert device.binding.local_psk.hex() == cloud.configs[PSK_KEY]
        assert cloud.of("AppSigBindDeviceInFamily")[0]["BindType"] == "bluetooth_sign"
        await client.run("authenticate", deviceName=NAME)
        await client.run("unbind", familyId="f", deviceName=NAME)
        assert device.binding is None
        assert cloud.of("AppDeleteDeviceInFamily") == [{"FamilyId": "f", "DeviceId": DEVICE_ID}]
        await client.until(lambda: not device.connected)


class Asking(LLSyncLight):
    """A lamp whose owner has to press a button; the answer is given beforehand."""

    answer = True

    async def confirm_binding(self) -> bool:
        """Answer at once."""
        return self.answer


@pytest.mark.parametrize("answer", [True, False])
async def test_a_person_at_the_device_decides(start, answer: bool) -> None:
    device, cloud = Asking(model(), PRODUCT, NAME, address=MAC), FakeCloud()
    device.answer, device.confirm_seconds = answer, 30
    cloud.product_config = {"BleConfig": {"bindingBootConfig": {"confirmRequired": "1"}}}
    async with start(device, cloud=cloud) as client:
        await connect_unbound(client)
        if answer:
            assert await client.run("bind", familyId="f") == DEVICE_ID
        else:
            with pytest.raises(StepError) as caught:
                await client.run("bind", familyId="f")
            assert caught.value.reason["code"] == "GET_USER_CHECK_REJECT"
        assert (device.binding is not None) is answer


async def test_a_cloud_that_refuses_the_binding(start) -> None:
    device, cloud = light(), FakeCloud()
    cloud.refused["AppSigBindDeviceInFamily"] = {"code": "InvalidParameterValue", "msg": "no"}
    async with start(device, cloud=cloud) as client:
        await connect_unbound(client)
        with pytest.raises(StepError) as caught:
            await client.run("bind", familyId="f")
        assert caught.value.reason["code"] == "InvalidParameterValue"
        assert device.binding is None


async def test_false_signatures_and_refused_controls(start) -> None:
    device, cloud = bound()
    device.faults.wrong_signature = True
    async with start(device, cloud=cloud) as client:
        with pytest.raises(StepError) as caught:
            await authorize(client)
        assert caught.value.reason["code"] == "CONNECT_SIGN_AUTH_ERROR"
        assert not device.authorized
        device.faults.wrong_signature = False
        await client.run("authenticate", deviceName=NAME)
        device.faults.control_code = 7
        with pytest.raises(StepError) as caught:
            await client.run("control", deviceData={"power_switch": 1})
        assert caught.value.reason["errCode"] == 7
        assert device.controls == []


def upgradable() -> tuple[LLSyncLight, FakeCloud]:
    device, cloud = bound(ota=PLAN)
    device.restart_ms = 50
    cloud.firmware = ("2.0.0", FIRMWARE)
    return device, cloud


async def test_an_upgrade_with_progress_and_restart(start) -> None:
    device, cloud = upgradable()
    async with start(device, cloud=cloud) as client:
        await authorize(client)
        assert (await client.run("ota"))["code"] == "MODULE_UPDATE_SUCCESS"
        assert device.version == "2.0.0"
        assert zlib.crc32(device.ota.image) == zlib.crc32(FIRMWARE)
        codes = list(dict.fromkeys(step["code"] for step in client.heard("ota")))
        assert codes == [
            "GET_OTA_UPDATE_INFO",
            "GET_OTA_UPDATE_INFO_SUCCESS",
            "DOWNLOADING_OTA_FILE",
            "DOWNLOAD_OTA_FILE_SUCCESS",
            "REQUEST_MODULE_UPDATE",
            "REQUEST_MODULE_UPDATE_SUCCESS",
            "SEND_UPDATE_DATA_START",
            "SEND_UPDATE_DATA_DETAIL",
            "SEND_UPDATE_DATA_SUCCESS",
            "WAITING_MODULE_UPDATE",
            "MODULE_UPDATE_SUCCESS",
        ]
        await client.until(lambda: len(cloud.of("AppReportFirmwareVersion")) == 2)


async def test_an_upgrade_that_breaks_off_goes_on_where_it_stopped(start) -> None:
    device, cloud = upgradable()
    async with start(device, cloud=cloud) as client:
        await authorize(client)
        device.faults.drop_on_write = 20
        with pytest.raises(StepError):
            await client.run("ota")
        received = len(device.ota.receiver.data)
        assert 0 < received < len(FIRMWARE)
        await authorize(client)
        assert (await client.run("ota"))["code"] == "MODULE_UPDATE_SUCCESS"
        starts = [step["progress"] for step in client.heard("ota") if step["progress"] is not None]
        assert starts[-1] > 0
        assert -(-received * 100 // len(FIRMWARE)) in starts
        assert device.ota.image == FIRMWARE


@pytest.mark.parametrize(
    ("fault", "value", "code"),
    [
        ("refuse_ota", OtaRefusal.LOW_BATTERY, "MODULE_DONNOT_ALLOW"),
        ("wrong_crc", True, "MODULE_UPDATE_CHECK_FILE_FAIL"),
    ],
)
async def test_upgrades_that_fail(start, fault: str, value: Any, code: str) -> None:
    device, cloud = upgradable()
    setattr(device.faults, fault, value)
    async with start(device, cloud=cloud) as client:
        await authorize(client)
        with pytest.raises(StepError) as caught:
            await client.run("ota")
        assert code in json.dumps(caught.value.reason)
        assert (device.version, device.ota.image) == ("1.0.0", b"")


class BluetoothOnly(VirtualDevice):
    """A device that the cloud reaches through an app alone."""

    async def on_control(self, values: dict[str, Any]) -> None:
        """Leave it to the app."""


@pytest.fixture
async def home() -> AsyncIterator[tuple[Emulator, Any]]:
    """A family without devices, in an emulator whose clock is real."""
    emulator = Emulator()
    with emulator.work() as work:
        seed = seed_home(work, model(), product_id=PRODUCT, device_name=NAME)
    await emulator.start()
    emulator.devices.script(DEVICE_ID, BluetoothOnly)
    yield emulator, seed
    await emulator.aclose()


def ask_emulator(emulator: Emulator, token: str) -> Callable[[str, dict], Any]:
    async def ask(action: str, params: dict) -> dict:
        known = {name: value for name, value in params.items() if value is not None}
        try:
            return {"data": await emulator.call(action, {"AccessToken": token, **known})}
        except CloudApiError as error:
            return {"error": {"code": str(error.code), "msg": error.message}}

    return ask


async def test_from_binding_to_control_through_the_emulator(start, home) -> None:
    emulator, seed = home
    ask = ask_emulator(emulator, seed.token)
    await ask("AppDeleteDeviceInFamily", {"FamilyId": seed.family_id, "DeviceId": DEVICE_ID})
    with emulator.work() as work:
        secret = work.tx.get("devices", DEVICE_ID)["psk"]
    device = light(secret=secret)
    async with start(device, cloud=ask) as client:
        await connect_unbound(client)
        assert await client.run("bind", familyId=seed.family_id) == DEVICE_ID
        await client.run("authenticate", deviceName=NAME)
        pushes = Collected(lambda subscriber: emulator.pushes.subscribe((DEVICE_ID,), subscriber))
        control = {"DeviceId": DEVICE_ID, "Data": '{"power_switch":1}'}
        assert "error" not in await ask("AppControlDeviceData", control)
        push = await anext(pushes)
        assert (push.type, push.sub_type) == ("Property", "Push")
        values = {name: {"Value": value} for name, value in push.payload["params"].items()}
        client.cloud_push("WsControl", {"deviceId": DEVICE_ID, "deviceData": values})
        push = await asyncio.wait_for(anext(pushes), 10)
        assert (push.type, push.sub_type, push.payload["params"]) == (
            "Property", "Report", {"power_switch": 1},
        )  # fmt: skip
        assert device.values["power_switch"] == 1


async def test_a_device_without_a_key_is_registered_and_bound(start, home) -> None:
    emulator, seed = home
    ask = ask_emulator(emulator, seed.token)
    await ask("AppDeleteDeviceInFamily", {"FamilyId": seed.family_id, "DeviceId": DEVICE_ID})
    with emulator.work() as work:
        psk = work.tx.get("devices", DEVICE_ID)["psk"]
        product_secret = work.tx.get("products", PRODUCT)["secret"]
    device = light(secret="", product_secret=product_secret)
    async with start(device, cloud=ask) as client:
        await connect_unbound(client)
        assert await client.run("bind", familyId=seed.family_id) == DEVICE_ID
        assert device.secret == psk
        assert not device.registers
        await client.run("authenticate", deviceName=NAME)
        assert device.authorized
