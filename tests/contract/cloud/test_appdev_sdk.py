"""The platform's application SDK (npm qcloud-iotexplorer-appdev-sdk) as a client, unmodified, under Node."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from devkit.clock import SystemClock
from devkit.cloud.api.signing import sign_call
from devkit.cloud.http.server import served
from devkit.cloud.seed import APP_KEY, APP_SECRET
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
