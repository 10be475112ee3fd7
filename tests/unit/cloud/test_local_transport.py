"""The local transport: what a project gets, and the device side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from devkit.cloud import VirtualDevice
from devkit.errors import DeviceNotFoundError, ModelError, PropertyValueError, SettingsError
from devkit.model import read_model
from devkit.settings import load_settings
from devkit.transport import open_transport
from devkit.transport.local import LocalTransport
from tests.helpers.models import LAMP_ID, LAMP_TEXT
from tests.helpers.pushes import pushes_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    return tmp_path


async def opened(project: Path, heard: list[Any] | None = None, **flags: Any) -> LocalTransport:
    settings = load_settings(project, {"device_name": "lamp01", **flags}, {})
    observer = None if heard is None else heard.append
    transport = await open_transport(settings, observer=observer)
    assert isinstance(transport, LocalTransport)
    return transport


@pytest.fixture
async def transport(project: Path) -> AsyncIterator[LocalTransport]:
    made = await opened(project)
    yield made
    await made.aclose()


async def test_a_project_gets_its_product_and_device(project: Path) -> None:
    heard: list[Any] = []
    transport = await opened(project, heard, product_id="OTHER1", display_name="台灯")
    device = (await transport.call("AppGetDevice", {"DeviceId": "OTHER1/lamp01"}))["Data"]
    assert (device["AliasName"], device["DeviceType"]) == ("台灯", 0)
    product = (await transport.call("AppGetProducts", {"ProductIds": ["OTHER1"]}))["Products"][0]
    assert read_model(product["DataTemplate"]).product_id == "OTHER1"
    await transport.bench.report("OTHER1/lamp01", {"power": 1})
    await transport.aclose()
    assert [what.kind for what in heard] == ["action", "action", "device", "push"]
    assert "AccessToken" not in str(heard)


async def test_a_project_without_a_model_still_starts(tmp_path: Path, caplog: Any) -> None:
    transport = await opened(tmp_path)
    assert transport.bench.snapshot()["devices"]["H5PANELDEV/lamp01"]["properties"] == {}
    await transport.aclose()
    assert "is missing" in caplog.text
    with pytest.raises(ModelError, match="no such file"):
        await opened(tmp_path, model=Path("other.json"))


async def test_the_bench_acts_as_the_device(transport: LocalTransport) -> None:
    bench = transport.bench
    pushes = pushes_of(transport, [LAMP_ID])
    await bench.report(LAMP_ID, {"brightness": 9})
    await bench.post_event(LAMP_ID, "low_voltage", {"voltage": 2})
    await bench.set_online(LAMP_ID, online=False)
    seen = [await anext(pushes) for _ in range(3)]
    assert [push.sub_type for push in seen] == ["Report", "Report", "Offline"]
    device = bench.snapshot()["devices"][LAMP_ID]
    assert (device["online"], device["properties"]["brightness"]) == (False, 9)
    assert device["model"]["properties"][0]["id"] == "power"
    with pytest.raises(PropertyValueError):
        await bench.report(LAMP_ID, {"brightness": 900})
    with pytest.raises(DeviceNotFoundError, match="Known devices: K7M2QX9D4A/lamp01"):
        await bench.report("a/b", {})


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"speed": 1}, "Unknown fault 'speed'"),
        ({"latency_ms": -1}, "latency_ms must be"),
        ({"latency_ms": True}, "latency_ms must be"),
        ({"drop": 1.5}, "drop must be"),
        ({"errors": []}, "errors must be an object"),
        ({"errors": {"AppGetUser": {}}}, "must have a code"),
        ({"errors": {"AppGetUsr": {"code": "x"}}}, "no action 'AppGetUsr'.\nDid you mean AppGetUser?"),
    ],
)
def test_faults_that_make_no_sense_change_nothing(fault: dict[str, Any], text: str) -> None:
    from devkit.cloud.faults import Faults

    faults = Faults()
    faults.set({"latency_ms": 5})
    with pytest.raises(SettingsError, match=text):
        faults.set(fault)
    assert faults.snapshot() == {"latency_ms": 5, "drop": 0.0, "errors": {}}


async def test_faults_add_up_and_are_cleared(transport: LocalTransport) -> None:
    transport.bench.set_fault({"errors": {"AppGetUser": {"code": "x"}, "*": {"code": 5}}})
    transport.bench.set_fault({"latency_ms": 7, "errors": {"AppGetUser": None}})
    shown = {"latency_ms": 7, "drop": 0.0, "errors": {"*": {"code": 5, "msg": ""}}}
    assert transport.bench.snapshot()["fault"] == shown
    transport.bench.set_fault({})
    assert transport.bench.snapshot()["fault"] == {"latency_ms": 0, "drop": 0.0, "errors": {}}


async def test_another_model_keeps_what_still_fits(transport: LocalTransport) -> None:
    await transport.bench.report(LAMP_ID, {"brightness": 90, "title": "x"})
    text = (
        '{"properties": [{"id": "brightness", "define": {"type": "int", "min": "0", "max": "50"}},'
        ' {"id": "title", "define": {"type": "string"}}, {"id": "new", "define": {"type": "bool"}}]}'
    )
    transport.bench.set_model("K7M2QX9D4A", read_model(text))
    values = transport.bench.snapshot()["devices"][LAMP_ID]["properties"]
    assert values == {"brightness": 0, "title": "x", "new": 0}


class Shy(VirtualDevice):
    """A device that comes and goes with notice."""

    async def on_online(self) -> None:
        await self.report({"title": "hello"})

    async def on_offline(self) -> None:
        await self.report({"title": "bye"})


async def test_a_script_plays_the_device(transport: LocalTransport) -> None:
    transport.bench.script(LAMP_ID, Shy)
    for online, title in ((False, "bye"), (True, "hello")):
        await transport.bench.set_online(LAMP_ID, online=online)
        assert transport.bench.snapshot()["devices"][LAMP_ID]["properties"]["title"] == title


async def test_places_and_fences(transport: LocalTransport) -> None:
    here = (await transport.call("AppGetDeviceLocation", {"DeviceId": LAMP_ID}))["Data"]
    area = {"Longitude": here["Longitude"], "Latitude": here["Latitude"], "Radius": 500}
    fence = {"DeviceId": LAMP_ID, "FenceName": "home", "FenceArea": area, "AlertType": 3}
    fence_id = (await transport.call("AppCreateFence", fence))["Data"]["FenceId"]
    device = transport.emulator.devices.device(LAMP_ID)
    await device.move(here["Longitude"] + 0.001, here["Latitude"])
    await device.move(here["Longitude"] + 0.1, here["Latitude"])
    await device.move(here["Longitude"], here["Latitude"])
    events = await transport.call("AppGetFenceEventList", {"DeviceId": LAMP_ID})
    assert [event["AlertType"] for event in events["List"]] == ["In", "Out"]
    assert len((await transport.call("AppGetDeviceLocationHistory", {"DeviceId": LAMP_ID}))["Data"]) == 3
    switch = {"DeviceId": LAMP_ID, "FenceId": fence_id}
    await transport.call("AppModifyFenceStatus", {**switch, "Status": 0})
    await transport.call("AppModifyFence", {**switch, "FenceName": "yard"})
    fences = (await transport.call("AppGetFenceList", {"DeviceId": LAMP_ID}))["List"]
    assert [(fence["FenceName"], fence["Status"]) for fence in fences] == [("yard", 0)]
    await transport.call("AppDeleteFence", switch)


async def test_configs_and_groups(transport: LocalTransport) -> None:
    config = {"DeviceId": LAMP_ID, "DeviceKey": "theme", "DeviceValue": '{"dark":1}'}
    for kind in ("Device", "UserDevice"):
        await transport.call(f"AppSet{kind}Config", config)
        got = await transport.call(f"AppGet{kind}Config", {"DeviceId": LAMP_ID, "DeviceKey": "*"})
        assert got["Configs"] == {"theme": '{"dark":1}'}
    family = {"FamilyId": transport.seed.family_id}
    made = {"GroupName": "all", "DeviceIds": [LAMP_ID], **family}
    group = {"GroupId": (await transport.call("AppCreateGroup", made))["Data"]["GroupId"]}
    pushes = pushes_of(transport, [LAMP_ID])
    await transport.call("AppControlGroupDeviceData", {**group, "Data": '{"power":1}'})
    assert [(await anext(pushes)).sub_type for _ in range(2)] == ["Push", "Report"]
    assert (await transport.call("AppDescribeGroup", group))["Data"]["GroupName"] == "all"
    listed = await transport.call("AppGetGroupDeviceList", group)
    assert [device["DeviceId"] for device in listed["DeviceList"]] == [LAMP_ID]
    await transport.call("AppDeleteGroup", group)
