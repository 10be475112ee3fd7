"""Recording a session on any transport, and playing it back."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from devkit.errors import CloudApiError, SettingsError, TransportError
from devkit.settings import load_settings
from devkit.transport import Push, Transport, open_transport
from tests.helpers.models import LAMP_ID, LAMP_TEXT
from tests.helpers.pushes import pushes_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "thing-model.json").write_text(LAMP_TEXT, "utf-8")
    return tmp_path


async def opened(project: Path, heard: list[Any] | None = None, **flags: Any) -> Transport:
    flags = {"device_name": "lamp01", **{name: Path(value) for name, value in flags.items()}}
    observer = None if heard is None else heard.append
    return await open_transport(load_settings(project, flags, {}), observer=observer)


async def control(transport: Transport, value: int) -> dict[str, Any]:
    params = {"DeviceId": LAMP_ID, "Data": json.dumps({"brightness": value})}
    return await transport.call("AppControlDeviceData", params)


async def session(transport: Transport) -> list[Any]:
    """Do what a panel does; return all that came of it."""
    pushes = pushes_of(transport, [LAMP_ID])
    seen: list[Any] = [(await transport.call("AppGetUser", {}))["Data"]["NickName"]]
    for value in (7, 8):
        await control(transport, value)
        seen += [shape(await anext(pushes)) for _ in range(2)]
    for _ in range(2):
        data = await transport.call("AppGetDeviceData", {"DeviceId": LAMP_ID})
        seen.append(json.loads(data["Data"])["brightness"]["Value"])
        await control(transport, 9)
        seen += [shape(await anext(pushes)) for _ in range(2)]
    with pytest.raises(CloudApiError) as caught:
        await control(transport, 900)
    return [*seen, caught.value.code, caught.value.message]


def shape(push: Push) -> Any:
    return push.type, push.sub_type, push.payload["params"]


async def test_a_session_plays_back_as_it_was(project: Path) -> None:
    transport = await opened(project, record="session.jsonl")
    first = await session(transport)
    await transport.aclose()
    heard: list[Any] = []
    replay = await opened(project, heard, replay="session.jsonl")
    assert replay.bench is None
    assert await session(replay) == first
    await replay.aclose()
    assert [what.kind for what in heard].count("push") == 8


async def test_no_secret_is_kept(project: Path) -> None:
    transport = await opened(project, record="session.jsonl")
    await transport.call("AppGetUser", {})
    family = (await transport.call("AppGetFamilyList", {}))["FamilyList"][0]["FamilyId"]
    invitation = (await transport.call("AppInviteMember", {"FamilyId": family}))["ShareToken"]
    binding = (await transport.call("AppCreateDeviceBindToken", {}))["Data"]["Token"]
    await transport.call("AppGetDeviceBindTokenState", {"Token": binding})
    await transport.aclose()
    assert stat.S_IMODE((project / "session.jsonl").stat().st_mode) == 0o600
    text = (project / "session.jsonl").read_text("utf-8")
    for secret in (invitation, binding, "13800138000", "AccessToken"):
        assert secret not in text
    replay = await opened(project, replay="session.jsonl")
    state = await replay.call("AppGetDeviceBindTokenState", {"Token": "***"})
    assert state["Data"]["State"] == 1
    await replay.aclose()


async def test_what_was_not_recorded_is_named(project: Path) -> None:
    transport = await opened(project, record="session.jsonl")
    await control(transport, 1)
    await transport.aclose()
    replay = await opened(project, replay="session.jsonl")
    assert (await control(replay, 1))["Data"] == ""
    assert (await control(replay, 1))["Data"] == ""
    with pytest.raises(TransportError, match="no call of AppControlDeviceData with these parameters"):
        await control(replay, 2)
    waiting = pushes_of(replay, [LAMP_ID])
    await replay.aclose()
    assert waiting.backlog == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "push"}', '{"kind": "action"}'])
async def test_a_broken_recording_is_named_with_its_line(project: Path, text: str) -> None:
    good = '{"kind": "action", "action": "AppGetUser"}'
    (project / "bad.jsonl").write_text(f"{good}\n{text}\n")
    with pytest.raises(SettingsError, match=r"bad\.jsonl:2"):
        await opened(project, replay="bad.jsonl")


async def test_files_that_cannot_be_used(project: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        await opened(project, replay="none.jsonl")
    with pytest.raises(SettingsError, match="cannot be written"):
        await opened(project, record="no/folder.jsonl")
