"""A panel's first steps over both links: data in place, ready, control, report."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from devkit.sdk import Simulator
from tests.helpers.sdk_host import DEVICE, PRODUCT, SdkHost, host_on, open_panel, simulator_on

pytestmark = pytest.mark.browser
DEVICE_ID = f"{PRODUCT}/{DEVICE}"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with simulator_on() as simulator:
        yield simulator


@pytest.fixture
async def host(simulator: Simulator) -> AsyncIterator[SdkHost]:
    async with host_on(simulator) as host:
        yield host


@pytest.fixture(params=["websocket", "binding"])
async def panel(request: pytest.FixtureRequest, host: SdkHost, page: Any) -> AsyncIterator[Any]:
    async with open_panel(host, page, request.param) as panel:
        yield panel


async def test_data_is_there_before_the_panels_script(host: SdkHost, page: Any) -> None:
    host.panel = (
        "window.seen = {id: h5PanelSdk.deviceId, data: {...h5PanelSdk.deviceData},"
        " properties: h5PanelSdk.dataTemplate.properties.length, status: h5PanelSdk.deviceStatus}"
    )
    async with open_panel(host, page, "websocket"):
        seen = await page.evaluate("seen")
    assert seen["id"] == DEVICE_ID
    assert seen["data"]["power_switch"] in (0, 1)
    assert seen["properties"] == 6
    assert seen["status"] == 1


async def test_control_is_answered_and_reported(panel: Any) -> None:
    result = await panel.evaluate(
        """async () => {
          const sdk = h5PanelSdk
          await sdk.sdkReady()
          const order = []
          const report = new Promise(done => sdk.on('wsReport', event => {
            order.push(['report', event, sdk.deviceData.brightness]); done()
          }))
          sdk.on('wsControl', event => order.push(['control', event, sdk.deviceData.brightness]))
          sdk.deviceData.brightness = 1
          const answer = await sdk.controlDeviceData({ brightness: 42 })
          order.push(['answer', answer])
          await report
          return { order, now: sdk.deviceData.brightness }
        }"""
    )
    kinds = [item[0] for item in result["order"]]
    assert kinds == ["answer", "control", "report"]
    assert "RequestId" in result["order"][0][1]
    control, report = result["order"][1], result["order"][2]
    assert control[1]["deviceId"] == DEVICE_ID
    assert control[2] == 1
    assert report[1]["deviceData"]["brightness"]["Value"] == 42
    assert report[1]["deviceData"]["brightness"]["lastUpdate"] > 1_600_000_000_000
    assert report[2] == 42
    assert result["now"] == 42
