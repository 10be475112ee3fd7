"""The same probes on the platform's SDK and on ours: the answers are the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from devkit.sdk.surface import MEMBERS
from tests.helpers.real_sdk import real_sdk
from tests.helpers.sdk_host import DEVICE, PRODUCT, host_on, open_panel, simulator_on

pytestmark = [pytest.mark.browser, pytest.mark.node]
PROBE = (Path(__file__).parent / "probe.js").read_text("utf-8").partition("\n")[2]
VOLATILE = {"RequestId", "reqId", "LastUpdate", "lastUpdate", "stack", "UpdateTime", "CreateTime", "Token"}

RANDOM_IDS = re.compile(r"\b[fr]_[0-9a-f]{32}")


def steady(value: Any) -> Any:
    """Return value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, str):
        return RANDOM_IDS.sub("id", value)
    return [steady(item) for item in value] if isinstance(value, list) else value


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
