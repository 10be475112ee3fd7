"""Several frames in one message: each is dealt with as if it had come alone, over both links."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest

from devkit.sdk import Simulator
from tests.helpers.sdk_host import DEVICE, PRODUCT, SdkHost, open_panel

pytestmark = pytest.mark.browser
ID = f"{PRODUCT}/{DEVICE}"


async def report(simulator: Simulator, *values: int) -> None:
    bench: Any = simulator.transport.bench
    for value in values:
        await bench.report(ID, {"brightness": value})


async def test_what_waits_for_a_frame_runs_before_the_next(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate(
        """() => { window.steps = []
          h5PanelSdk.on('wsReport', async event => {
            const { Value } = event.deviceData.brightness
            for (let step = 0; step < 5; step += 1) { steps.push([Value, step]); await null }
          }) }"""
    )
    await report(simulator, *range(20))
    await panel.wait_for_function("steps.length === 100")
    assert await panel.evaluate("steps") == [[value, step] for value in range(20) for step in range(5)]


async def test_the_answer_comes_before_the_control_and_the_report(panel: Any) -> None:
    order = await panel.evaluate(
        """async () => {
          const order = []
          const reported = new Promise(done => {
            h5PanelSdk.on('wsReport', () => { order.push('report'); done() })
          })
          h5PanelSdk.on('wsControl', () => order.push('control'))
          h5PanelSdk.controlDeviceData({ brightness: 21 }).then(() => order.push('answer'))
          await reported
          return order
        }"""
    )
    assert order == ["answer", "control", "report"]


async def test_a_raw_push_holds_its_texts(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate("() => { window.raw = new Promise(done => h5PanelSdk.on('wsPush', done)) }")
    await report(simulator, 12)
    message = json.loads(await panel.evaluate("async () => JSON.stringify(await raw)"))
    params = message["params"]
    assert (message["push"], message["action"]) == (True, "DeviceChange")
    assert (params["DeviceId"], params["Type"], params["SubType"]) == (ID, "Property", "Report")
    assert datetime.fromisoformat(params["Time"]).tzinfo
    assert json.loads(base64.b64decode(params["Payload"]))["params"] == {"brightness": 12}


async def test_drawing_and_timers_go_on_while_frames_wait(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate(
        """() => { window.count = 0; window.ticks = new Set()
          setInterval(() => ticks.add(count), 1)
          h5PanelSdk.on('wsReport', () => {
            const end = performance.now() + 2
            while (performance.now() < end) ;
            count += 1
          }) }"""
    )
    await report(simulator, *(number % 100 for number in range(200)))
    await panel.wait_for_function("count === 200")
    assert await panel.evaluate("[...ticks].filter(seen => seen > 0 && seen < 200).length") > 5


async def test_a_cut_in_the_middle_of_a_batch_repeats_and_loses_nothing(
    host: SdkHost, page: Any, simulator: Simulator
) -> None:
    async with open_panel(host, page, "websocket"):
        await page.evaluate(
            """() => { window.seen = []; window.closes = 0; window.slow = 2
              h5PanelSdk.onWsClose(() => { closes += 1 })
              h5PanelSdk.on('wsReport', event => {
                const end = performance.now() + slow
                while (performance.now() < end) ;
                seen.push(event.deviceData.brightness.Value)
              }) }"""
        )
        burst = [number % 100 for number in range(400)]
        for done in (0, 400):
            await report(simulator, *burst)
            # The page is busy with the batch for longer than it takes to come back.
            await page.wait_for_function("count => seen.length > count", arg=done + 5)
            await host.cut()
        await page.wait_for_function("closes === 2 && __devkit_runtime.link.connected")
        await page.wait_for_function("seen.length >= 800")
        await report(simulator, 100)
        await page.wait_for_function("seen[seen.length - 1] === 100")
        assert await page.evaluate("seen") == [*burst, *burst, 100]
