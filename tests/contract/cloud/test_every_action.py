"""What every action keeps to: its parameters, its errors, and no partial write."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devkit.cloud.api.facts import DOCUMENTED, FACTS, Fact
from devkit.cloud.faults import Faults
from devkit.errors import CloudApiError
from tests.contract.cloud.world import CALLER, SUCCESS, World, make_world, rows

ACTIONS = [fact.action for fact in DOCUMENTED]
BASE_CODES = {"InternalError", "InvalidParameterValue", "InvalidParameterValue.InvalidAccessToken"}


async def perform(world: World, action: str, params: dict[str, Any]) -> dict[str, Any]:
    return await world.call(action, as_=CALLER.get(action, "owner"), **params)


def required(fact: Fact) -> list[str]:
    return [param.name for param in fact.params if param.required]


def test_every_documented_action_is_covered() -> None:
    assert len(ACTIONS) == 84
    assert set(SUCCESS) == set(ACTIONS)


@pytest.mark.parametrize(
    ("action", "name"), [(fact.action, name) for fact in DOCUMENTED for name in required(fact)]
)
async def test_a_missing_parameter_is_named(world: World, action: str, name: str) -> None:
    params = dict(SUCCESS[action](world))
    for spelling in _spellings(name):
        params.pop(spelling, None)
    before = rows(world)
    with pytest.raises(CloudApiError, match="is missing") as caught:
        await perform(world, action, params)
    assert caught.value.code in FACTS[action].errors
    assert rows(world) == before


def _spellings(name: str) -> tuple[str, ...]:
    if name == "device":
        return "DeviceId", "ProductId", "DeviceName"
    if name == "gateway":
        return "GatewayProductId", "GatewayDeviceName"
    return (name,)


@pytest.mark.parametrize(
    ("action", "name"), [(fact.action, param.name) for fact in DOCUMENTED for param in fact.params]
)
async def test_a_wrong_type_is_refused(world: World, action: str, name: str) -> None:
    before = rows(world)
    for junk in (True, [5], 1.5, {"a": [1]}):
        params = dict(SUCCESS[action](world))
        params[_spellings(name)[0]] = junk
        if name in ("device", "gateway"):
            params[_spellings(name)[-1]] = junk
        kind = next(param.type for param in FACTS[action].params if param.name == name)
        if (kind, type(junk)) == ("object", dict):
            continue
        with pytest.raises(CloudApiError) as caught:
            await perform(world, action, params)
        assert caught.value.code in FACTS[action].errors
    assert rows(world) == before


TOKEN_ACTIONS = [fact.action for fact in FACTS.values() if fact.endpoint == "tokenapi"]


@pytest.mark.parametrize("action", TOKEN_ACTIONS)
async def test_needs_a_session(world: World, action: str) -> None:
    code = "InvalidParameterValue.InvalidAccessToken"
    for token in ("none", 5, ["x"], {}):
        with pytest.raises(CloudApiError) as caught:
            await world.emulator.call(action, {"AccessToken": token})
        assert caught.value.code == code
    with pytest.raises(CloudApiError, match="AccessToken is missing"):
        await world.emulator.call(action, {})
    with world.emulator.work() as work:
        work.tx.change("sessions", world.tokens["owner"], expire_s=work.now_s)
    assert await world.code(action) == code


OPEN_TO_ALL = {
    *("AppLogoutUser", "AppCreateDeviceBindToken", "AppGetProducts", "AppListUserShareDevices"),
    *("AppCreateFamily", "AppGetFamilyList", "AppGetMessages", "AppDescribeFirmware", "AppJoinFamily"),
    *("AppDescribeShareDeviceToken", "AppBindUserShareDevice", "AppGetTokenByWeiXin", "AppGetDeviceStatuses"),
}


@pytest.mark.parametrize("action", [action for action in ACTIONS if action not in OPEN_TO_ALL])
async def test_what_belongs_to_others_is_refused(world: World, action: str) -> None:
    with world.emulator.work() as work:
        work.tx.remove("shares", world.device_id, world.users["friend"])
    before = rows(world)
    code = await world.code(action, as_="friend", **SUCCESS[action](world))
    assert code in FACTS[action].errors
    assert rows(world) == before


async def test_the_online_state_of_foreign_devices_is_not_told(world: World) -> None:
    answer = await world.call("AppGetDeviceStatuses", as_="stranger", DeviceIds=[world.device_id, "no/one"])
    assert answer["DeviceStatuses"] == []


@pytest.mark.parametrize("action", ACTIONS)
async def test_every_documented_code_can_be_asked_for_as_a_fault(world: World, action: str) -> None:
    before = rows(world)
    for code in FACTS[action].errors:
        world.emulator.faults.set({"errors": {action: {"code": code}}})
        assert await world.code(action, **SUCCESS[action](world)) == code
    assert rows(world) == before
    world.emulator.faults = Faults()
    assert set(FACTS[action].errors) >= BASE_CODES


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
NAMES = sorted(
    {spelling for fact in FACTS.values() for param in fact.params for spelling in _spellings(param.name)}
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SUCCESS)), st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=3))
async def test_any_parameters_give_an_answer_or_a_documented_code(action: str, junk: dict[str, Any]) -> None:
    world = await make_world()
    try:
        before = rows(world)
        refused = None
        try:
            answer = await perform(world, action, {**SUCCESS[action](world), **junk})
            json.dumps(answer)
        except CloudApiError as error:
            refused = error
        assert refused is None or (refused.code in FACTS[action].errors and rows(world) == before)
    finally:
        await world.emulator.aclose()
