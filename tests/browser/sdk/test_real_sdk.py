"""The same probes on the platform's SDK and on ours: the answers are the same."""

import json
from typing import Any

import pytest

from devkit.cloud.seed import add_device, add_product
from devkit.sdk.surface import MEMBERS
from tests.helpers.real_sdk import real_sdk
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on
from tests.helpers.sdk_probe import PROBE, steady

pytestmark = [pytest.mark.browser, pytest.mark.node]

MOCK_PROBE = """async names => {
  const sdk = window.h5PanelSdk
  await sdk.sdkReady()
  const results = {}
  for (const name of names) {
    results[name] = await Promise.resolve(sdk[name]({})).then(
      value => ['ok', String(value)], error => ['rejected', error])
  }
  const seen = []
  sdk.on('wsReport', event => seen.push([event.deviceId, event.deviceData.power_switch]))
  results.control = typeof sdk.controlDeviceData({ power_switch: 1 })
  results.seen = seen.map(([id, { Value, LastUpdate }]) => [id, Value, String(LastUpdate).length])
  return results
}"""


async def test_a_preview_without_device_refuses_the_same_members(context: Any) -> None:
    names = sorted(member.name for member in MEMBERS if member.mock)
    async with simulator_on() as simulator, host_on(simulator) as host:
        page = await context.new_page()
        data = await simulator.panel_data(PRODUCT, DEVICE, mock=True)
        async with real_sdk(simulator.transport, page, data):
            expected = await page.evaluate(MOCK_PROBE, names)
        await page.close()
        host.variant = {"mock": True}
        page = await context.new_page()
        async with open_panel(host, page, "websocket"):
            got = await page.evaluate(MOCK_PROBE, names)
    assert got == expected
    assert all(got[name] == ["rejected", ""] for name in names)


async def test_the_probe_gives_the_same_on_both(context: Any) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host:
        page = await context.new_page()
        data = await simulator.panel_data(PRODUCT, DEVICE)
        async with real_sdk(simulator.transport, page, data) as real:
            expected = await page.evaluate(PROBE)
            expected_calls = await page.evaluate("window.__calls")
            expected_bridge = [item["action"] for item in real.bridge if item]
        await page.close()
    async with simulator_on() as simulator, host_on(simulator) as host:
        page = await context.new_page()
        async with open_panel(host, page, "websocket"):
            got = await page.evaluate(PROBE)
        calls = [[call.api, call.url] for call in simulator.mini_program.calls]
    wrong = [
        f"{name}\n  real {json.dumps(steady(expected[name]), ensure_ascii=False)[:600]}"
        f"\n  ours {json.dumps(steady(got[name]), ensure_ascii=False)[:600]}"
        for name in expected
        if steady(expected[name]) != steady(got[name])
    ]
    assert "\n".join(wrong) == ""
    assert steady(calls) == steady(expected_calls)
    assert "vibrateShort" in expected_bridge


GROUP_PROBE = """async () => {
  const sdk = window.h5PanelSdk
  await sdk.sdkReady()
  await sdk.ready()
  const settle = call => Promise.resolve().then(call).then(value => value, error => ({ error }))
  const plain = value => value === undefined ? null : JSON.parse(JSON.stringify(value))
  return {
    basics: [sdk.isGroup, sdk.groupName, sdk.deviceId, sdk.deviceName, sdk.isShareGroup],
    info: plain(await settle(() => sdk.getGroupInfo())),
    devices: plain(await settle(() => sdk.getGroupDeviceList({}))),
    control: plain(await settle(() => sdk.controlDeviceData({ power_switch: 1 }))),
    refused: plain(await settle(() => sdk.controlGroupData({ brightness: 1000 }, sdk.groupId))),
    page: plain(await settle(() => sdk.goDeviceDetailPage({ reload: true }))),
  }
}"""


async def test_a_groups_panel_is_the_same(context: Any) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host:
        families = await simulator.cloud("AppGetFamilyList", {"Offset": 0, "Limit": 1})
        family = families["FamilyList"][0]["FamilyId"]
        made = await simulator.cloud(
            "AppCreateGroup",
            {"FamilyId": family, "GroupName": "所有的灯", "DeviceIds": [f"{PRODUCT}/{DEVICE}"]},
        )
        group = made["Data"]["GroupId"] if "Data" in made else made["GroupId"]
        page = await context.new_page()
        data = await simulator.panel_data(PRODUCT, DEVICE, group_id=group)
        async with real_sdk(simulator.transport, page, data):
            expected = await page.evaluate(GROUP_PROBE)
            expected_calls = await page.evaluate("window.__calls")
        await page.close()
        host.variant = {"group_id": group}
        page = await context.new_page()
        async with open_panel(host, page, "websocket"):
            got = await page.evaluate(GROUP_PROBE)
            online = await page.evaluate("h5PanelSdk.getFirstOnlineDevice()")
    assert steady(got) == steady(expected)
    assert [[call.api, call.url] for call in simulator.mini_program.calls] == expected_calls
    assert online == {"deviceName": DEVICE, "productId": PRODUCT, "status": 1}


GATEWAY_PROBE = """async () => {
  await h5PanelSdk.sdkReady()
  await h5PanelSdk.ready()
  const ids = list => list.map(device => device.DeviceId).sort()
  const { subDeviceList, syncFailList } = await h5PanelSdk.getSubDeviceList()
  return [ids(subDeviceList), ids(syncFailList)]
}"""


async def test_a_gateway_brings_its_sub_devices_into_the_family(context: Any) -> None:
    async def gateway(simulator: Any) -> None:
        transport = simulator.transport
        home = transport.seed
        with transport.emulator.work() as work:
            model = transport.emulator.model(work.tx, PRODUCT)
            add_product(work, "GATEWAY001", model, gateway=True)
            add_product(work, "SENSOR0001", model)
            add_device(work, "GATEWAY001", "gw", family_id=home.family_id, user_id=home.user_id, online=True)
            for name, family in (("inside", home.family_id), ("outside", "")):
                add_device(
                    work,
                    "SENSOR0001",
                    name,
                    family_id=family,
                    gateway_id="GATEWAY001/gw",
                    user_id=home.user_id,
                )

    results = []
    for real in (True, False):
        async with simulator_on() as simulator, host_on(simulator) as host:
            await gateway(simulator)
            page = await context.new_page()
            if real:
                data = await simulator.panel_data("GATEWAY001", "gw")
                async with real_sdk(simulator.transport, page, data):
                    results.append(await page.evaluate(GATEWAY_PROBE))
            else:
                host.product = "GATEWAY001"
                async with open_panel(host, page, "websocket", "?device=gw"):
                    results.append(await page.evaluate(GATEWAY_PROBE))
            await page.close()
    assert results[0] == results[1]
    assert results[1] == [["SENSOR0001/inside", "SENSOR0001/outside"], []]


SERVICES_PROBE = """async () => {
  const sdk = window.h5PanelSdk
  await sdk.sdkReady()
  sdk.bleDeviceId = 'a1'
  await sdk.TRTCManager.goTRTCPage('audio')
  await sdk.dingDangManager.goQQMusicAuthPage()
  await sdk.dingDangManager.goDingDangActivationPage()
  await sdk.goFirmwareUpgradePage()
  await sdk.goDeviceDetailPage()
  await sdk.goTimingProjectPage()
  const services = [sdk.TRTCManager.isTRTCDevice(), sdk.dingDangManager.isMasterDevice()]
  return [sdk.bleDeviceId, sdk.isShareDevice, ...services]
}"""


async def test_services_sharing_and_bluetooth_lead_to_the_same_pages(context: Any) -> None:
    async with simulator_on() as simulator, host_on(simulator) as host:
        page = await context.new_page()
        own = await simulator.panel_data(PRODUCT, DEVICE)
        product = {**own["productInfo"], "Services": ["TRTC", "TVS"]}
        fields = {"productInfo": product, "isShareDevice": True, "isStandardBleDevice": True}
        data = await simulator.panel_data(PRODUCT, DEVICE, fields=fields)
        async with real_sdk(simulator.transport, page, data):
            expected = await page.evaluate(SERVICES_PROBE)
            expected_calls = await page.evaluate("window.__calls")
        await page.close()
        host.variant = {"fields": fields}
        page = await context.new_page()
        async with open_panel(host, page, "websocket"):
            got = await page.evaluate(SERVICES_PROBE)
    assert got == expected
    assert len(expected_calls) == 6
    assert [[call.api, call.url] for call in simulator.mini_program.calls] == expected_calls
