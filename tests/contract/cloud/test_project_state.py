"""The cloud of a project, kept in .devkit/cloud.db: what survives the end of `devkit dev`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from devkit.cloud import Emulator
from devkit.cloud.devices import ota
from devkit.cloud.sandbox import clear, move_in, open_store
from devkit.errors import SettingsError
from devkit.settings import load_settings
from devkit.transport.local import LocalTransport, open_local
from tests.browser.devserver.harness import MODEL, make_project, running

DEVICE = "LAMPPROD01/dev01"


@asynccontextmanager
async def opened(project: Path, **flags: Any) -> AsyncIterator[LocalTransport]:
    transport = await open_local(load_settings(project, {"db": "project", **flags}, {}))
    yield transport
    await transport.aclose()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
    return tmp_path


def shown(transport: LocalTransport) -> dict[str, Any]:
    return dict(transport.bench.snapshot()["devices"][DEVICE])


async def test_everything_is_there_after_a_restart(project: Path) -> None:
    async with opened(project) as transport:
        await transport.bench.report(DEVICE, {"brightness": 42})
        await transport.bench.set_online(DEVICE, online=False)
        family = (await transport.call("AppGetFamilyList", {}))["FamilyList"][0]
        await transport.call("AppCreateRoom", {"FamilyId": family["FamilyId"], "Name": "阁楼"})
        await transport.call("AppUpdateDeviceInFamily", {"DeviceId": DEVICE, "AliasName": "床头灯"})
    assert (project / ".devkit" / ".gitignore").read_text("utf-8") == "*\n"
    async with opened(project) as transport:
        assert shown(transport)["properties"]["brightness"] == 42
        assert shown(transport)["online"] is False
        rooms = (await transport.call("AppGetRoomList", {"FamilyId": family["FamilyId"]}))["RoomList"]
        assert [room["RoomName"] for room in rooms][-1] == "阁楼"
        assert (await transport.call("AppGetDevice", {"DeviceId": DEVICE}))["Data"]["AliasName"] == "床头灯"
        past = {"DeviceId": DEVICE, "FieldName": "brightness", "MinTime": 0, "MaxTime": 2**42, "Limit": 9}
        history = await transport.call("AppGetDeviceDataHistory", past)
        assert [row["Value"] for row in history["Results"]] == ["42"]


async def test_a_reset_leaves_a_run_at_work(project: Path) -> None:
    async with opened(project) as transport:
        await transport.bench.report(DEVICE, {"brightness": 42})
        settings = load_settings(project, {"db": "project"}, {})
        with closing(open_store(settings)) as store:
            clear(store)
            move_in(Emulator(store), settings)
        assert shown(transport)["properties"]["brightness"] == 1
        assert (await transport.call("AppGetUser", {}))["Data"]["NickName"] == "小美"


async def test_in_memory_nothing_is_kept(project: Path) -> None:
    async with opened(project, db="memory") as transport:
        await transport.bench.report(DEVICE, {"brightness": 42})
    async with opened(project, db="memory") as transport:
        assert shown(transport)["properties"]["brightness"] != 42
    assert not (project / ".devkit").exists()


async def test_another_thing_model_leaves_the_rest_alone(project: Path) -> None:
    async with opened(project) as transport:
        await transport.bench.report(DEVICE, {"brightness": 42, "power_switch": 1})
        await transport.call("AppUpdateDeviceInFamily", {"DeviceId": DEVICE, "AliasName": "床头灯"})
    brightness = {**MODEL["properties"][1]["define"], "max": "40"}
    heat = {"type": "float", "min": "0", "max": "9", "start": "1.5", "step": "0.5"}
    properties = [
        MODEL["properties"][0],
        {**MODEL["properties"][1], "define": brightness},
        {"id": "heat", "name": "heat", "mode": "rw", "define": heat},
    ]
    (project / "thing-model.json").write_text(json.dumps({**MODEL, "properties": properties}), "utf-8")
    async with opened(project) as transport:
        assert shown(transport)["properties"] == {"power_switch": 1, "brightness": 1, "heat": 1.5}
        assert (await transport.call("AppGetDevice", {"DeviceId": DEVICE}))["Data"]["AliasName"] == "床头灯"


async def test_another_product_and_device_move_in_and_come_first(project: Path) -> None:
    async with opened(project):
        pass
    async with opened(project, product_id="OTHER00001", device_name="second") as transport:
        devices = list(transport.bench.snapshot()["devices"])
        assert devices == ["OTHER00001/second", DEVICE]


async def test_an_upgrade_that_was_cut_off_is_offered_again(project: Path) -> None:
    async with opened(project) as transport:
        await transport.bench.offer_firmware(DEVICE, "2.0.0")
        with transport.emulator.work() as work:
            work.tx.change("ota_tasks", DEVICE, status=ota.DOWNLOADING, percent=40)
    async with opened(project) as transport:
        firmware = shown(transport)["firmware"]
        assert (firmware["offered"], firmware["status"]) == ("2.0.0", ota.WAITING)


async def test_moments_that_passed_meanwhile_are_left_out(project: Path) -> None:
    timers = {"daily": 1, "once": 0}
    async with opened(project) as transport:
        for name, repeat in timers.items():
            timer = {"ProductId": "LAMPPROD01", "DeviceName": "dev01", "TimerName": name, "Days": "1111111"}
            timer.update(TimePoint="08:00", Repeat=repeat, Data='{"brightness":99}')
            await transport.call("AppCreateTimer", timer)
        with transport.emulator.work() as work:
            for row in work.tx.find("timers", {}):
                work.tx.change("timers", row["timer_id"], next_ms=work.now - 3_600_000)
    async with opened(project) as transport:
        await transport.emulator.devices.idle()
        assert shown(transport)["properties"]["brightness"] != 99
        with transport.emulator.work() as work:
            kept = {row["name"]: row for row in work.tx.find("timers", {})}
            assert kept["daily"]["status"] == 1
            assert kept["daily"]["next_ms"] > work.now
            assert (kept["once"]["status"], kept["once"]["next_ms"]) == (0, 0)


class Control:
    """The control API of a running `devkit dev`."""

    def __init__(self, ready: dict[str, Any]) -> None:
        headers = {"authorization": f"Bearer {ready['control_token']}"}
        base = ready["console_url"] + "__devkit/api"
        self.client = httpx.AsyncClient(base_url=base, headers=headers, trust_env=False)

    async def report(self, **values: Any) -> None:
        answer = await self.client.post(f"/devices/{DEVICE}/report", json=values)
        assert answer.status_code == 200, answer.text

    async def values(self) -> Any:
        state = (await self.client.get("/state")).json()
        return state["devices"][DEVICE]["properties"]


@pytest.mark.node
async def test_two_runs_share_a_project_and_a_kill_loses_nothing(tmp_path: Path) -> None:
    project = make_project(tmp_path / "panel")
    async with (
        running(project, "dev", "--no-proxy") as first,
        running(project, "dev", "--no-proxy") as second,
    ):
        one, two = Control(first.ready), Control(second.ready)
        async with one.client, two.client:
            await one.report(brightness=42)
            await two.report(power_switch=1)
            assert await one.values() == await two.values() == {"power_switch": 1, "brightness": 42}
            await one.report(brightness=43)
            first.process.send_signal(signal.SIGKILL)
            await first.process.wait()
            assert (await two.values())["brightness"] == 43
    async with running(project, "dev", "--no-proxy") as third:
        control = Control(third.ready)
        async with control.client:
            assert await control.values() == {"power_switch": 1, "brightness": 43}


def test_a_database_of_no_known_kind_is_refused(project: Path) -> None:
    with pytest.raises(SettingsError, match="mysql://db/x") as caught:
        open_store(load_settings(project, {"db": "mysql://db/x"}, {}))
    assert "postgresql+psycopg://" in caught.value.hint


def test_postgresql_without_the_team_extra_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "devkit.cloud.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match="postgresql needs the package psycopg") as caught:
        open_store(load_settings(project, {"db": "postgresql+psycopg://u@localhost/x"}, {}))
    assert "[team]" in caught.value.hint
