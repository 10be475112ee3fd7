"""Every member of the table is there on both links, settles, and does what its row says."""

from typing import Any

import pytest

from devkit.sdk import Simulator
from devkit.sdk.surface import MEMBERS, Member
from tests.contract.sdk.samples import NO_LOGIN, OK, SAMPLES
from tests.helpers.sdk_host import DEVICE, PRODUCT

pytestmark = pytest.mark.browser

FREE_OF_LOGIN = {"getAuthStatus", "goAuthPage", "describeFreeSongList", "describeFreeSongInfo"}
VARIANT_ONLY = {"previewController"}
DEVICE_ADAPTER, ADAPTER = "deviceAdapter.", "blueToothAdapter."
LOOK = """names => names.map(name => {
  const sdk = window.h5PanelSdk
  const roots = { window }
  const parts = name.split('.')
  let owner = roots[parts[0]] ? roots[parts.shift()] : sdk
  while (parts.length > 1) owner = owner[parts.shift()]
  return [name, parts[0] in owner, typeof owner[parts[0]]]
})"""
CALL = """async calls => {
  const sdk = window.h5PanelSdk
  const real = value => value === 'function' ? () => undefined
    : value && value.Data === 'blob' ? { ...value, Data: new Blob(['sound']) } : value
  const results = {}
  for (const [name, args] of calls) {
    const parts = name.split('.')
    let owner = sdk
    while (parts.length > 1) owner = owner[parts.shift()]
    try {
      let answer = owner[parts[0]](...args.map(real))
      if (answer && answer.then) {
        const tick = setInterval(() => sdk.components_.modal.answer(false), 5)
        const late = new Promise(done => setTimeout(done, 5000, 'hung'))
        answer = await Promise.race([answer, late])
        clearInterval(tick)
      }
      results[name] = answer === 'hung' ? 'hung' : 'ok'
    } catch (error) {
      results[name] = String(typeof error === 'string' ? error : error.code || error.msg || error)
    }
  }
  return results
}"""


def rows(*kinds: str) -> list[Member]:
    return [member for member in MEMBERS if member.kind in kinds]


async def test_every_member_is_there(panel: Any) -> None:
    members = {
        member.name: member
        for member in MEMBERS
        if not member.is_event and member.kind != "call" and member.name not in VARIANT_ONLY
        if not member.name.startswith(DEVICE_ADAPTER)  # test_ble_members.py has a device
    }
    found = await panel.evaluate(LOOK, list(members))
    missing = [name for name, there, _ in found if not there]
    assert missing == []
    kinds = {"method": "function", "class": "function"}
    wrong = [name for name, _, kind in found if kind != kinds.get(members[name].kind, kind)]
    assert wrong == []


async def test_every_method_settles_as_the_samples_say(panel: Any, simulator: Simulator) -> None:
    simulator.mini_program.qq_music_login = True
    methods = [item for item in rows("method") if not item.name.startswith((DEVICE_ADAPTER, ADAPTER))]
    missing = [member.name for member in methods if member.name not in SAMPLES]
    assert missing == []
    results = await panel.evaluate(CALL, [[member.name, SAMPLES[member.name][0]] for member in methods])
    wrong = [
        f"{name}: {got}, not {SAMPLES[name][1]}" for name, got in results.items() if got != SAMPLES[name][1]
    ]
    assert "\n".join(wrong) == ""


async def test_music_needs_login(panel: Any) -> None:
    names = [
        member.name
        for member in rows("method")
        if member.name.startswith("qqMusic.") and member.where == "python"
    ]
    results = await panel.evaluate(CALL, [[name, SAMPLES[name][0]] for name in names])
    refused = {name for name, got in results.items() if got == NO_LOGIN}
    assert refused == {name for name in names if name.partition(".")[2] not in FREE_OF_LOGIN}
    assert all(got == OK for name, got in results.items() if name not in refused)


async def test_cloud_calls_reach_the_cloud(panel: Any, simulator: Simulator) -> None:
    names = [member.name.partition("'")[2].removesuffix("')") for member in rows("call")]
    assert len(names) == 6
    params = {"ProductId": PRODUCT, "DeviceName": DEVICE}
    await panel.evaluate(
        """async ([names, params]) => {
          for (const name of names) await h5PanelSdk.requestTokenApi(name, params).catch(() => undefined)
        }""",
        [names, params],
    )
    called = [entry["action"] for entry in simulator.timeline.of_kind("action")]
    assert set(names) <= set(called)


async def test_every_event_reaches_the_panel(panel: Any, simulator: Simulator) -> None:
    names = [
        member.name.removeprefix("event ")
        for member in rows("event")
        if " " not in member.name.removeprefix("event ")
    ]
    await panel.evaluate(
        """names => { window.heard = new Set()
          for (const name of names) h5PanelSdk.on(name, event => heard.add(`${name} ${event}`)) }""",
        names,
    )
    for name in names:
        simulator.emit(name, name.upper())
    await panel.wait_for_function("count => heard.size >= count", arg=len(names))
    heard = await panel.evaluate("[...heard]")
    assert {f"{name} {name.upper()}" for name in names} <= set(heard)


async def test_unknown_members_are_undefined_as_in_the_real_sdk(panel: Any) -> None:
    names = [
        "displayName",
        "requestId",
        "gatewayProductId",
        "GatewayProductId",
        "GatewayDeviceName",
        "noSuch",
    ]
    assert await panel.evaluate("names => names.map(name => typeof h5PanelSdk[name])", names) == [
        "undefined"
    ] * len(names)


NAMES = """() => {
  const names = new Set()
  for (let at = window.h5PanelSdk; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    Object.getOwnPropertyNames(at).forEach(name => names.add(name))
  return [...names].sort()
}"""
OWN = {"constructor", "link_", "components_"}


async def test_the_wechat_sdk_is_promised_once(panel: Any) -> None:
    looks = """async () => {
      const first = h5PanelSdk.wxSdkReady()
      return [first === h5PanelSdk.wxSdkReady(), (await first) === window.wechatJsSdk]
    }"""
    assert await panel.evaluate(looks) == [True, True]
    failing = """async () => {
      __devkit_runtime.reset({ ...PANEL_DATA, deviceId: 'noslash' })
      return [h5PanelSdk.productId, h5PanelSdk.deviceName === undefined, h5PanelSdk.deviceId]
    }"""
    assert await panel.evaluate(failing) == ["noslash", True, "noslash"]


async def test_nothing_but_members_is_seen(panel: Any) -> None:
    known = {member.name.partition(".")[0] for member in MEMBERS} | OWN
    assert [name for name in await panel.evaluate(NAMES) if name not in known] == []
