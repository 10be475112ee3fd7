"""The platform's application SDK (npm qcloud-iotexplorer-appdev-sdk) as a client, unmodified, under Node."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from devkit.clock import SystemClock
from devkit.cloud.api.signing import sign_call
from devkit.cloud.devices.provisioning import bring_token
from devkit.cloud.http.server import served
from devkit.cloud.seed import APP_KEY, APP_SECRET, add_device
from tests.helpers.home import make_home

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "devkit" / "sdk" / "client" / "node_modules"

pytestmark = pytest.mark.node


async def test_logs_in_controls_and_hears_reports() -> None:
    home = make_home()
    home.emulator.clock = SystemClock()
    await home.emulator.start()
    login = {
        "Action": "AppGetTokenByWeiXin",
        "RequestId": "login",
        "AppKey": APP_KEY,
        "Timestamp": home.emulator.clock.now_ms() // 1000,
        "Nonce": 4711,
        "WxOpenID": "oX3aP0qRs7TuVwXyZ",
        "NickName": "小美",
        "Avatar": "https://a.example.com/x.jpg",
    }
    login["Signature"] = sign_call(login, APP_SECRET)
    async with served(home.emulator) as url:
        script = Path(__file__).parent / "appdev_client.cjs"
        node = await asyncio.create_subprocess_exec(
            *("node", "--no-warnings", "--experimental-websocket", str(script)),
            *(str(MODULES), url, json.dumps(login), home.device_id),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(node.communicate(), 60)
    await home.emulator.aclose()
    assert node.returncode == 0, errors.decode()
    told = json.loads(output.splitlines()[-1])
    assert (told["userId"], told["nickName"]) == (home.users["owner"], "小美")
    assert told["family"] == home.family_id
    assert told["control"]["Data"] == ""
    assert told["refusal"]["code"] == "InvalidParameterValue"
    assert "power must be 0 (off) or 1 (on), not 7." in told["refusal"]["msg"]
    assert told["reports"][0]["deviceId"] == home.device_id
    assert told["reports"][0]["deviceData"]["title"]["Value"] == "台灯"
    assert told["controls"][0]["deviceData"]["title"]["Value"] == "台灯"
    assert set(told["requests"]) == {"/api/exploreropen/tokenapi"}


@pytest.mark.parametrize("version", [2, 3])
async def test_the_wifi_plugin_follows_a_token_to_its_end(version: int) -> None:
    home = make_home()
    place = {"FamilyId": home.family_id, "RoomId": home.room_id}
    kind = "MultiDevice" if version == 3 else "Device"
    made = await home.call(f"AppCreate{kind}BindToken", **(place if version == 3 else {}))
    with home.emulator.work() as work:
        add_device(work, "K7M2QX9D4A", "new01", online=True)
    options = {"token": made["Token"], "familyId": home.family_id, "roomId": home.room_id}
    asked = asyncio.Event()
    home.emulator.observe = lambda what: asked.set()  # type: ignore[method-assign]
    async with served(home.emulator) as url:
        node = await asyncio.create_subprocess_exec(
            *("node", "--no-warnings", str(Path(__file__).parent / "wifi_client.cjs"), str(MODULES), url),
            *(home.tokens["owner"], json.dumps({**options, "newTokenVersion": version == 3})),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await asyncio.wait_for(asked.wait(), 30)
        with home.emulator.work() as work:
            bring_token(work, "K7M2QX9D4A", "new01", made["Token"])
        output, errors = await asyncio.wait_for(node.communicate(), 60)
    listed = await home.call("AppGetFamilyDeviceList", **place)
    await home.emulator.aclose()
    assert node.returncode == 0, errors.decode()
    assert json.loads(output) == {"productId": "K7M2QX9D4A", "deviceName": "new01"}
    assert "new01" in [device["DeviceName"] for device in listed["DeviceList"]]
