"""Our surface against the platform's type package, name by name."""

import re
from typing import Any

import pytest

from devkit.sdk.surface import MEMBERS, TYPE_PACKAGE_ONLY
from tests.helpers.real_sdk import MODULES
from tests.helpers.sdk_host import host_on, open_panel, simulator_on

pytestmark = [pytest.mark.browser, pytest.mark.node]
TYPES = MODULES / "qcloud-iotexplorer-h5-panel-sdk-type"
MEMBER = re.compile(r"^    (?:set |get |static )?([A-Za-z_]\w*)\s*[(:?]", re.MULTILINE)
PARTS = {
    "tips": "components/Tips/Tips.d.ts",
    "offlineTip": "components/OfflineTip/OfflineTip.d.ts",
    "firmwareUpgrade": "components/FirmwareUpgrade/FirmwareUpgrade.d.ts",
    "TRTCManager": "libs/TRTCManager/index.d.ts",
    "_appBridge": "appBridge/WeappBridge.d.ts",
    "h5Websocket": "libs/h5-websocket.d.ts",
}
INTERNAL_NAMES = """sdk render deviceId weappBridgeLogger h5WebsocketLogger ws options requestHandlerMap
canBeReplace canClickClose delayReject tipsTimer tipsPromise promiseResolve startHeadBeat isWsManuallyClose
reconnectWs onWebsocketClose doConnectWs activeConnect"""
INTERNAL = frozenset(INTERNAL_NAMES.split())


def declared(file: str, after: str = "") -> set[str]:
    text = (TYPES / file).read_text("utf-8")
    return {name for name in MEMBER.findall(text[text.index(after) :]) if name != "constructor"}


def test_every_declared_member_is_ours_or_has_a_reason() -> None:
    ours = {member.name for member in MEMBERS}
    missing = declared("sdk.d.ts", "export class H5PanelSdk") - ours
    assert missing == TYPE_PACKAGE_ONLY.keys()
    assert all(TYPE_PACKAGE_ONLY.values())


async def test_every_declared_part_is_on_the_objects(page: Any) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host, open_panel(host, page, "websocket"):
        for owner, file in PARTS.items():
            wanted = sorted(name for name in declared(file) - INTERNAL if not name.startswith("_"))
            assert wanted
            there = await page.evaluate(
                "([owner, names]) => names.filter(name => !(name in h5PanelSdk[owner]))", [owner, wanted]
            )
            assert there == [], owner
