"""The platform's panel SDK (npm qcloud-iotexplorer-h5-panel-sdk), unmodified, on a served emulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import HTMLResponse
from starlette.routing import Route

from devkit.cloud.http.server import served
from devkit.sdk.panel_data import Variant, build_panel_data
from tests.contract.cloud.world import World, make_world
from tests.helpers.real_sdk import PAGE, REGENERATOR, SDK

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.node]

# The SDK asks the platform by name; only the name is changed, on its way out of the page.
RENAME = """
const local = (url, scheme) => String(url).replace(/^(https|wss):\\/\\/iot\\.cloud\\.tencent\\.com/,
  `${scheme}//${location.host}`)
const open = XMLHttpRequest.prototype.open
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  return open.call(this, method, local(url, 'http:'), ...rest)
}
const Socket = WebSocket
window.sockets = []
window.WebSocket = class extends Socket {
  constructor(url, ...rest) {
    super(local(url, 'ws:'), ...rest)
    window.sockets.push(new URL(url).pathname)
  }
}
"""
WATCH = """async () => {
  await h5PanelSdk.ready()
  window.seen = []
  for (const name of ['wsReport', 'wsControl', 'wsStatusChange', 'wsEventReport'])
    h5PanelSdk.on(name, event => seen.push([name, event.deviceData || event.Payload || 0]))
}"""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world()
    yield made
    await made.emulator.aclose()


@pytest.fixture
async def panel(world: World, page: Page) -> AsyncIterator[Page]:
    """A page with the SDK, logged in and following the lamp."""

    async def call(action: str, params: dict[str, Any]) -> dict[str, Any]:
        return await world.call(action, **params)

    data = await build_panel_data(call, "K7M2QX9D4A", "lamp01", Variant())
    content = PAGE % (json.dumps(data), REGENERATOR.read_text(), SDK.read_text())
    content = content.replace("ACCESS_TOKEN = 'stub'", f"ACCESS_TOKEN = '{world.tokens['owner']}'")
    page_route = Route("/h5panel/developing", lambda request: HTMLResponse(content))
    async with served(world.emulator, extra_routes=[page_route]) as url:
        await page.add_init_script(RENAME)
        await page.route("https://**/*", lambda route: route.fulfill(body=""))
        await page.goto(f"{url}/h5panel/developing")
        await page.evaluate(WATCH)
        await page.wait_for_function("sockets.includes('/iotstudio_v2_weapp_1')")
        yield page


async def followed(world: World, page: Page) -> None:
    """Wait until the emulator has the page's subscription."""
    for _ in range(500):
        if world.device_id in world.emulator.pushes.topics:
            return
        await page.evaluate("() => new Promise(done => setTimeout(done, 10))")
    raise AssertionError("the SDK did not subscribe")


async def test_init_data_control_and_reports(world: World, panel: Page) -> None:
    await followed(world, panel)
    shown = await panel.evaluate(
        "({user: h5PanelSdk.userInfo.NickName, data: h5PanelSdk.deviceData.brightness})"
    )
    assert shown == {"user": "小美", "data": 30}
    answer = await panel.evaluate("h5PanelSdk.controlDeviceData({brightness: 55})")
    assert answer["Data"] == ""
    await panel.wait_for_function("seen.length >= 2")
    seen = await panel.evaluate("seen")
    assert [(name, data["brightness"]["Value"]) for name, data in seen] == [
        ("wsControl", 55),
        ("wsReport", 55),
    ]
    assert await panel.evaluate("h5PanelSdk.deviceData.brightness") == 55
    data = await panel.evaluate("h5PanelSdk.getDeviceData({})")
    assert data["brightness"]["Value"] == 55


async def test_status_events_and_errors(world: World, panel: Page) -> None:
    await followed(world, panel)
    device = world.emulator.devices.device(world.device_id)
    await device.post_event("low_voltage", {"voltage": 2.5})
    await device.set_online(online=False)
    await panel.wait_for_function("seen.length >= 2")
    seen = await panel.evaluate("seen")
    assert [name for name, _ in seen] == ["wsEventReport", "wsStatusChange"]
    assert seen[0][1]["params"] == {"voltage": 2.5}
    assert await panel.evaluate("h5PanelSdk.deviceStatus") == 0
    refused = await panel.evaluate("h5PanelSdk.controlDeviceData({brightness: 1}).catch(error => error)")
    assert refused["code"] == "FailedOperation.DeviceOffline"


async def test_firmware_history_and_actions(world: World, panel: Page) -> None:
    versions = await panel.evaluate("h5PanelSdk.checkFirmwareUpgrade({silent: true})")
    assert (versions["CurrentVersion"], versions["DstVersion"]) == ("1.0.0", "1.1.0")
    query = "{FieldName: 'brightness', MinTime: 0, MaxTime: 2e12, Limit: 5}"
    history = await panel.evaluate(f"h5PanelSdk.getDeviceDataHistory({query})")
    assert [row["Value"] for row in history["Results"]] == ["30"]
    done = await panel.evaluate("h5PanelSdk.callDeviceAction({times: 2}, 'blink')")
    assert done["Status"] == "succ"
    product = await panel.evaluate("h5PanelSdk.getProductInfo({})")
    assert product[0]["ProductId"] == "K7M2QX9D4A"


async def test_an_expired_token_is_told_as_the_platform_does(world: World, panel: Page) -> None:
    with world.emulator.work() as work:
        work.tx.change("sessions", world.tokens["owner"], expire_s=1)
    refused = await panel.evaluate("h5PanelSdk.getDeviceData({}).catch(error => error)")
    assert refused["code"] == "VERIFY_LOGIN_FAIL"
