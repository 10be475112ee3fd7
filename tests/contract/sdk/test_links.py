"""What a link must stand: cuts, big and broken payloads, throwing panels, many pushes, two tabs."""

import asyncio
from typing import Any

import pytest

from devkit.sdk import Simulator
from tests.helpers.sdk_host import DEVICE, PRODUCT, SdkHost, open_panel

pytestmark = pytest.mark.browser
ID = f"{PRODUCT}/{DEVICE}"
COLLECT = """() => { window.seen = []
  h5PanelSdk.on('wsReport', event => seen.push(event.deviceData.brightness.Value)) }"""


async def report(simulator: Simulator, *values: int) -> None:
    bench = simulator.transport.bench
    assert bench
    for value in values:
        await bench.report(ID, {"brightness": value})


async def test_a_cut_link_rejects_calls_at_once(host: SdkHost, page: Any, simulator: Simulator) -> None:
    bench = simulator.transport.bench
    assert bench
    async with open_panel(host, page, "websocket"):
        bench.set_fault({"latency_ms": 5000})
        await page.evaluate(
            "() => { window.outcome = h5PanelSdk.getDeviceInfo().then(() => 'answered', error => error) }"
        )
        await page.evaluate("h5PanelSdk.callMpApi('postMessage', {})")
        await host.cut()
        outcome = await page.evaluate("outcome")
        bench.set_fault({})
    assert outcome["code"] == "devkit.LinkClosed"
    assert "getDeviceInfo" in outcome["msg"]


async def test_pushes_during_a_cut_arrive_once_and_in_order(
    host: SdkHost, page: Any, simulator: Simulator
) -> None:
    async with open_panel(host, page, "websocket"):
        await page.evaluate(COLLECT)
        await page.evaluate("() => { window.closes = []; h5PanelSdk.onWsClose(event => closes.push(event)) }")
        for cuts, start in enumerate((0, 20, 40), 1):
            await report(simulator, *range(start, start + 10))
            await host.cut()
            await report(simulator, *range(start + 10, start + 20))
            await page.wait_for_function(
                "cuts => closes.length === cuts && __devkit_runtime.link.connected", arg=cuts
            )
        await page.wait_for_function("seen.length >= 60")
        assert await page.evaluate("seen") == list(range(60))
        assert (await page.evaluate("closes.map(event => event.code)")) == [1012] * 3
        assert (
            await page.evaluate("h5PanelSdk.controlDeviceData({ power_switch: 1 }).then(() => 'works')")
            == "works"
        )


async def test_calls_made_while_the_link_is_down_wait_for_it(
    host: SdkHost, page: Any, simulator: Simulator
) -> None:
    async with open_panel(host, page, "websocket"):
        await host.cut()
        await page.wait_for_function("!__devkit_runtime.link.connected")
        assert await page.evaluate("h5PanelSdk.getDeviceStatus()") == 1


async def test_a_page_outlives_a_restart_of_devkit(host: SdkHost, page: Any, simulator: Simulator) -> None:
    async with open_panel(host, page, "websocket"):
        for session in list(simulator.sessions.values()):
            simulator.drop(session)
        await report(simulator, 77)
        await host.cut()
        await page.wait_for_function("h5PanelSdk.deviceData.brightness === 77")
        await page.evaluate(COLLECT)
        await report(simulator, 78)
        await page.wait_for_function("seen.length === 1")


async def test_pushes_between_boot_and_connection_are_not_lost(
    host: SdkHost, page: Any, simulator: Simulator
) -> None:
    host.panel = (
        "window.seen = []; h5PanelSdk.on('wsReport', event => seen.push(event.deviceData.brightness.Value))"
    )

    async def late_runtime(route: Any) -> None:
        await report(simulator, 3, 4)
        await route.continue_()

    await page.route("**/runtime.js", late_runtime)
    async with open_panel(host, page, "websocket"):
        await page.wait_for_function("seen.length === 2")
        assert await page.evaluate("[seen, h5PanelSdk.deviceData.brightness]") == [[3, 4], 4]


async def test_cyclic_and_impossible_arguments_are_refused(panel: Any) -> None:
    codes = await panel.evaluate(
        """async () => {
          const ring = {}; ring.ring = ring
          const calls = [
            () => h5PanelSdk.controlDeviceData(ring), () => h5PanelSdk.requestTokenApi('AppGetUser', ring),
            () => h5PanelSdk.controlDeviceData({ brightness: 10n }), () => h5PanelSdk.requestTokenApi(),
            () => h5PanelSdk.requestTokenApi(42), () => h5PanelSdk.getDeviceData('text'),
            () => h5PanelSdk.getDeviceData(7), () => h5PanelSdk.goDevicePanelPage(),
            () => h5PanelSdk.goScenePage({ type: 'none' }),
            () => h5PanelSdk.voiceRecognition({ AudioType: 'file' }),
            () => h5PanelSdk.qqMusic.syncSongList([]),
          ]
          return Promise.all(calls.map(call => call().then(() => 'accepted', error => error.code)))
        }"""
    )
    assert codes == ["devkit.InvalidArgument"] * (len(codes) - 1) + [
        "InvalidParameterValue.OAuthClientNotExist"
    ]


async def test_extra_arguments_are_ignored(panel: Any) -> None:
    assert await panel.evaluate("h5PanelSdk.getDeviceStatus({}, 1, 2, 3)") == 1
    assert await panel.evaluate("h5PanelSdk.getDeviceStatus(undefined, () => 1)") == 1


async def test_ten_megabytes_go_through(panel: Any) -> None:
    length = await panel.evaluate(
        """async () => {
          const text = '0123456789'.repeat(2 ** 20)
          const back = await __devkit_runtime.link.call('devkit.echo', [{ text }])
          const bytes = new Uint8Array(2 ** 20).fill(7)
          const same = await __devkit_runtime.link.call('devkit.echo', [bytes])
          const middle = new Uint8Array(same)[9999]
          return [back.text === text, same instanceof ArrayBuffer, same.byteLength, middle]
        }"""
    )
    assert length == [True, True, 2**20, 7]


async def test_a_listener_that_throws_costs_no_later_push(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate("h5PanelSdk.once('wsReport', () => { throw new Error('from the panel') })")
    await report(simulator, 1)
    await panel.evaluate(COLLECT)
    await report(simulator, 2, 3)
    await panel.wait_for_function("seen.length >= 2")
    texts = [entry["text"] for entry in simulator.timeline.of_kind("console")]
    assert any("from the panel" in text for text in texts)


async def test_console_errors_and_rejections_are_in_the_timeline(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate(
        """() => { console.error('one', { two: 2 }); console.warn('careful')
          Promise.reject({ code: 'three' }); setTimeout(() => { throw new Error('four') }) }"""
    )
    wanted = [("error", 'one {"two":2}'), ("warn", "careful"), ("rejection", "three"), ("exception", "four")]

    async def noted() -> None:
        async for _ in simulator.timeline.follow(0):
            entries = simulator.timeline.of_kind("console")
            if all(any(e["level"] == level and text in e["text"] for e in entries) for level, text in wanted):
                return

    await asyncio.wait_for(noted(), 5)


async def test_two_tabs_see_every_report(
    host: SdkHost, context: Any, simulator: Simulator, link: str
) -> None:
    first, second = await context.new_page(), await context.new_page()
    async with open_panel(host, first, link), open_panel(host, second, link):
        for page in (first, second):
            await page.evaluate(COLLECT)
        await first.evaluate("h5PanelSdk.controlDeviceData({ brightness: 61 })")
        await report(simulator, 62)
        for page in (first, second):
            await page.wait_for_function("seen.length === 2")
            assert await page.evaluate("seen") == [61, 62]


async def test_ten_thousand_pushes_to_a_hidden_tab(
    host: SdkHost, context: Any, simulator: Simulator, link: str
) -> None:
    page = await context.new_page()
    async with open_panel(host, page, link):
        await page.evaluate("() => { window.count = 0; window.last = 0; h5PanelSdk.on('wsReport', event => {"
                            " count += 1; last = event.deviceData.brightness.Value }) }")  # fmt: skip
        other = await context.new_page()
        await other.bring_to_front()
        for number in range(10_000):
            simulator.emit("wsReport", {"deviceId": ID, "deviceData": {"brightness": {"Value": number}}})
        await page.wait_for_function("count >= 10000", polling=50)
        assert await page.evaluate("[count, last]") == [10_000, 9_999]


async def test_every_call_is_in_the_timeline_with_its_result(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate("h5PanelSdk.getDeviceStatus()")
    await panel.evaluate("h5PanelSdk.requestTokenApi('AppNothing').catch(() => 0)")
    calls = {entry["member"]: entry for entry in simulator.timeline.of_kind("sdk")}
    assert calls["getDeviceStatus"]["result"] == 1
    assert calls["getDeviceStatus"]["ms"] >= 0
    assert calls["requestTokenApi"]["error"]["code"]


async def test_a_panel_that_throws_at_load_and_forever_leaves_the_sdk_working(
    host: SdkHost, page: Any, simulator: Simulator, link: str
) -> None:
    host.panel = "setInterval(() => { throw new Error('again') }, 1); throw new Error('at load')"
    async with open_panel(host, page, link):
        assert (
            await page.evaluate("h5PanelSdk.controlDeviceData({ power_switch: 1 }).then(() => 'works')")
            == "works"
        )

        async def drowned() -> None:
            async for entry in simulator.timeline.follow(0):
                if entry.kind == "console" and "其余从略" in entry.data["text"]:
                    return

        await asyncio.wait_for(drowned(), 10)
    texts = [entry["text"] for entry in simulator.timeline.of_kind("console")]
    assert any("at load" in text for text in texts)


async def test_a_reloaded_page_works_and_the_old_one_is_forgotten(
    host: SdkHost, page: Any, simulator: Simulator, link: str
) -> None:
    async with open_panel(host, page, link):
        for _ in range(3):
            await page.reload()
            await page.wait_for_function("window.__devkit_runtime && __devkit_runtime.link.connected")
            await page.evaluate(COLLECT)
            assert await page.evaluate("h5PanelSdk.getDeviceStatus()") == 1
        await report(simulator, 5)
        await page.wait_for_function("seen.length === 1")
        attached = [session for session in simulator.sessions.values() if session.attached]
        assert len(attached) == 1
