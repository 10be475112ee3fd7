"""What follows a commit: in order, once, and whatever else fails."""

import asyncio
from typing import Any

import pytest

from devkit.cloud import VirtualDevice
from tests.helpers.home import Home, take


async def test_effects_of_effects_come_after_those_before_them(home: Home) -> None:
    seen: list[str] = []

    def first() -> None:
        seen.append("first")
        with home.emulator.work() as inner:
            inner.after(lambda: seen.append("set off by first"))
        home.emulator.effects.run()

    with home.emulator.work() as work:
        work.after(first)
        work.after(lambda: seen.append("second"))
    home.emulator.effects.run()
    assert seen == ["first", "second", "set off by first"]


async def test_an_effect_that_fails_costs_no_other(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    with home.emulator.work() as work:
        work.after(lambda: seen.append(str(1 / 0)))
        work.after(lambda: seen.append("after"))
    home.emulator.effects.run()
    assert seen == ["after"]
    assert "after an action was committed" in caplog.text


async def test_a_transaction_that_fails_sets_nothing_off(home: Home) -> None:
    pushes = home.subscribe()

    def fail() -> None:
        with home.emulator.work() as work:
            work.push(home.device_id, "Property", "Report", {"params": {}})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    home.emulator.effects.run()
    assert pushes.backlog == 0


async def test_a_report_is_pushed_by_the_time_it_returns(home: Home) -> None:
    pushes = home.subscribe()
    heard: list[Any] = []
    subscription = home.emulator.pushes.subscribe([home.device_id], heard.append)
    await home.emulator.devices.device(home.device_id).report({"brightness": 3})
    assert pushes.backlog == 1
    assert [change.payload["params"] for change in heard] == [{"brightness": 3}]
    subscription.close()
    await home.emulator.devices.device(home.device_id).report({"brightness": 4})
    assert len(heard) == 1
    kinds = [(kind, data.get("act") or data.get("SubType")) for kind, data in home.heard[-4:]]
    assert kinds == [("device", "report"), ("push", "Report")] * 2


async def test_pushes_follow_the_order_of_the_commits(home: Home) -> None:
    pushes = home.subscribe()
    await home.lamp("AppControlDeviceData", Data={"brightness": 1})
    await home.emulator.devices.device(home.device_id).report({"brightness": 2})
    seen = await take(pushes, 3)
    assert home.values()["brightness"] == 1
    assert [(kind, params["brightness"]) for _, kind, params in seen] == [
        ("Push", 1),
        ("Report", 2),
        ("Report", 1),
    ]


async def test_a_control_waits_for_what_the_device_was_told_before(home: Home) -> None:
    pushes = home.subscribe()
    release = asyncio.Event()

    async def busy(device: VirtualDevice) -> None:
        await release.wait()
        await device.report({"brightness": 1})

    home.emulator.devices.tell(home.device_id, busy)
    await home.lamp("AppControlDeviceData", Data={"brightness": 2})
    home.emulator.effects.run()
    assert home.values()["brightness"] != 2
    release.set()
    seen = await take(pushes, 3)
    assert [params["brightness"] for _, kind, params in seen if kind == "Report"] == [1, 2]


async def test_a_control_that_no_longer_fits_is_told(home: Home) -> None:
    device_id = home.device_id
    with home.emulator.work() as work:
        work.after(lambda: home.emulator.devices.control(device_id, {"gone": 1}))
    await home.emulator.devices.idle()
    kind, data = home.heard[-1]
    assert (kind, data["act"]) == ("device", "error")
    assert "gone" in data["message"]
