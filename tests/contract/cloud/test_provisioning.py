"""Provisioning from the app's token to the device in its family, as the platform's clients go through it."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.cloud.devices.provisioning import bring_token
from devkit.cloud.seed import add_device
from devkit.errors import CloudApiError, DeviceNotFoundError
from tests.contract.cloud.world import World

LAMP = "K7M2QX9D4A"


def bring(world: World, token: str, name: str = "spare01") -> str:
    """Let a device bring a token; return the code of a refusal."""
    found = None
    try:
        with world.emulator.work() as work:
            bring_token(work, LAMP, name, token)
    except CloudApiError as error:
        found = error
    return str(found.code) if found else ""


def add_spare(world: World, name: str) -> None:
    with world.emulator.work() as work:
        add_device(work, LAMP, name, online=True)


async def state(world: World, token: str) -> dict[str, Any]:
    return await world.call("AppGetDeviceBindTokenState", Token=token)


async def bound(world: World, name: str = "spare01") -> str:
    with world.emulator.work() as work:
        row = work.tx.get("devices", f"{LAMP}/{name}")
    assert row
    return str(row["family_id"])


async def test_a_plain_token_reaches_state_2_and_binds(world: World) -> None:
    token = (await world.call("AppCreateDeviceBindToken"))["Data"]["Token"]
    assert (await state(world, token))["Data"] == {"State": 1}
    pair = {"ProductId": LAMP, "DeviceName": "spare01", "FamilyId": world.family_id}
    refused = await world.code("AppTokenBindDeviceFamily", Token=token, **pair)
    assert refused == "InvalidParameterValue.TokenNotBind"
    assert bring(world, token) == ""
    told = await state(world, token)
    assert (told["Data"], told["ProductId"], told["DeviceName"]) == ({"State": 2}, LAMP, "spare01")
    pushes = world.subscribe(f"{LAMP}/spare01")
    add_spare(world, "spare02")
    other = {**pair, "DeviceName": "spare02"}
    assert await world.code("AppTokenBindDeviceFamily", Token=token, **other) == refused
    await world.call("AppTokenBindDeviceFamily", Token=token, **pair)
    assert await bound(world) == world.family_id
    assert (await anext(pushes)).sub_type == "Bind"
    again = await world.code("AppTokenBindDeviceFamily", Token=token, **pair)
    assert again == "InvalidParameterValue.TokenNotExist"


async def test_a_plain_token_serves_one_device(world: World) -> None:
    token = (await world.call("AppCreateDeviceBindToken"))["Data"]["Token"]
    add_spare(world, "spare02")
    assert bring(world, token) == bring(world, token) == ""
    assert bring(world, token, "spare02") == "InvalidParameterValue.TokenNotExist"


async def test_a_token_of_a_family_takes_every_device_into_its_room(world: World) -> None:
    place = {"FamilyId": world.family_id, "RoomId": world.room_id}
    token = (await world.call("AppCreateMultiDeviceBindToken", **place))["Token"]
    assert (await world.call("AppGetMultiDeviceBindTokenState", Token=token))["Data"] == []
    add_spare(world, "spare02")
    assert bring(world, token, "spare02") == bring(world, token) == ""
    told = await world.call("AppGetMultiDeviceBindTokenState", Token=token)
    assert told["Data"] == [
        {"ProductId": LAMP, "DeviceName": name, "State": 2} for name in ("spare02", "spare01")
    ]
    listed = await world.call("AppGetFamilyDeviceList", **place)
    assert {"spare01", "spare02"} <= {device["DeviceName"] for device in listed["DeviceList"]}


async def test_a_device_that_is_too_late_or_never_comes(world: World) -> None:
    token = (await world.call("AppCreateDeviceBindToken"))["Data"]["Token"]
    await world.settle(600_000)
    assert (
        await world.code("AppGetDeviceBindTokenState", Token=token) == "InvalidParameterValue.TokenIsExpire"
    )
    assert bring(world, token) == "InvalidParameterValue.TokenIsExpire"
    assert bring(world, "unknown") == "InvalidParameterValue.TokenNotExist"


async def test_a_token_of_a_family_that_its_maker_has_left(world: World) -> None:
    place = {"FamilyId": world.family_id}
    token = (await world.call("AppCreateMultiDeviceBindToken", as_="member", **place))["Token"]
    await world.call("AppExitFamily", as_="member", **place)
    assert bring(world, token)
    assert await bound(world) == ""


async def test_a_device_without_a_token_takes_the_newest(world: World) -> None:
    await world.settle(1000)
    token = (await world.call("AppCreateDeviceBindToken"))["Data"]["Token"]
    assert bring(world, "") == ""
    assert (await state(world, token))["State"] == 2


async def test_a_device_that_does_not_exist_brings_nothing(world: World) -> None:
    token = world.made["fresh"]
    for name in ("none", "~virtualDev"):
        with pytest.raises(DeviceNotFoundError, match="no device"), world.emulator.work() as work:
            bring_token(work, LAMP, name, token)
    assert (await state(world, token))["State"] == 1
