"""What the document says beside its tables: messages, foreign devices, old shadows, and other remarks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from devkit.cloud.seed import add_device
from tests.contract.cloud.world import GATEWAY, RULE, World


async def messages(world: World, category: int, *, as_: str = "owner") -> list[dict[str, Any]]:
    answer = await world.call("AppGetMessages", as_=as_, Category=category, Limit=20)
    found: list[dict[str, Any]] = answer["Data"]["Msgs"]
    return found


async def test_who_shares_hears_that_the_device_was_received(world: World) -> None:
    await world.lamp("AppBindUserShareDevice", as_="stranger", ShareDeviceToken=world.made["open"])
    told = (await messages(world, 3))[0]
    assert (told["MsgType"], told["RelateUserID"]) == (300, world.users["stranger"])
    assert (told["DeviceName"], told["FamilyId"]) == ("lamp01", "")
    assert await messages(world, 3, as_="stranger") == []


async def test_an_invited_user_accepts_with_the_token_of_the_message(world: World) -> None:
    await world.lamp("AppSendShareDeviceInvite", ToUserID=world.users["stranger"])
    device = (await messages(world, 3, as_="stranger"))[0]
    token = device["Attachments"]["ShareToken"]
    await world.lamp("AppBindUserShareDevice", as_="stranger", ShareDeviceToken=token)
    family = (await messages(world, 2, as_="stranger"))[0]
    await world.call("AppJoinFamily", as_="stranger", ShareToken=family["Attachments"]["ShareToken"])
    members = await world.call("AppGetFamilyMemberList", FamilyId=world.family_id)
    assert world.users["stranger"] in [member["UserID"] for member in members["MemberList"]]
    with world.emulator.work() as work:
        rows = work.tx.find("message_tokens", {})
    for row in rows:
        identity = str(65_167_395_785_800_000 + row["message_id"])
        await world.call("AppDeleteMessage", as_="stranger", MsgID=identity)
    with world.emulator.work() as work:
        assert work.tx.find("message_tokens", {}) == []


async def test_a_member_is_removed_without_naming_the_family(world: World) -> None:
    other = (await world.call("AppCreateFamily", Name="office"))["Data"]["FamilyId"]
    invite = await world.call("AppInviteMember", FamilyId=other)
    await world.call("AppJoinFamily", as_="stranger", ShareToken=invite["ShareToken"])
    await world.call("AppDeleteFamilyMember", MemberId=world.users["stranger"])
    members = await world.call("AppGetFamilyMemberList", FamilyId=other)
    assert [member["UserID"] for member in members["MemberList"]] == [world.users["owner"]]
    assert await world.code("AppDeleteFamilyMember", MemberId="1") == "InvalidParameterValue"


async def test_events_are_counted_within_the_times_asked_for(world: World) -> None:
    device = world.emulator.devices.device(world.device_id)
    begin = world.clock.now_ms() // 1000
    for _ in range(3):
        await world.settle(10_000)
        await device.post_event("low_voltage", {"voltage": 3})
    times = {"StartTime": begin + 10, "EndTime": begin + 25}
    answer = await world.lamp("AppListEventHistory", Size=1, **times)
    assert (answer["Total"], answer["Listover"], len(answer["EventHistory"])) == (2, False, 1)
    assert (await world.lamp("AppListEventHistory"))["Total"] == 4


@pytest.mark.parametrize("action", ["AppGetFamilySubDeviceList", "AppBindSubDeviceInFamily"])
async def test_not_a_gateway_is_said_in_a_code_that_the_action_documents(world: World, action: str) -> None:
    pair = {"GatewayProductId": "K7M2QX9D4A", "GatewayDeviceName": "lamp01"}
    code = await world.code(action, ProductId="S6B2NK4H8C", DeviceName="sub02", **pair)
    documented = {"AppGetFamilySubDeviceList": "UnsupportedOperation"}
    assert code == documented.get(action, "InvalidParameterValue")


@pytest.mark.parametrize("name", ["spare01", "others01"])
async def test_a_scene_on_a_foreign_device_is_not_permitted(world: World, name: str) -> None:
    with world.emulator.work() as work:
        add_device(work, "K7M2QX9D4A", "others01", family_id="f_other")
    part = {"ActionType": 0, "ProductId": "K7M2QX9D4A", "DeviceName": name, "Data": '{"power":1}'}
    scene = {"FamilyId": world.family_id, "SceneName": "n", "SceneIcon": "i"}
    assert await world.code("AppCreateScene", Actions=[part], **scene) == "InvalidParameterValue.NoPermission"
    part["DeviceName"] = "none"
    assert await world.code("AppCreateScene", Actions=[part], **scene) == "InvalidParameterValue"


async def test_music_of_an_unknown_product(world: World) -> None:
    params = {"KGCommand": "user_info", "KugouParams": {}}
    code = await world.code("AppKugouUserCommand", DeviceId="NOPE/x", **params)
    assert code == "ResourceNotFound.StudioProductNotExist"
    code = await world.code("AppKugouUserCommand", DeviceId="K7M2QX9D4A/none", **params)
    assert code == "ResourceNotFound.DeviceNotExist"


async def publish(world: World, topic: str, payload: str) -> str:
    return await world.code("AppPublishMsgAsDevice", DeviceId=world.device_id, Topic=topic, Payload=payload)


async def test_what_a_device_tells_of_itself_is_shown(world: World) -> None:
    told = {"fw_ver": "2.0", "mac": "A4CF12B03D7E", "device_label": {"append_info": "x"}}
    message = json.dumps({"method": "report_info", "clientToken": "1", "params": told})
    assert await publish(world, f"$thing/up/property/{world.device_id}", message) == ""
    shown = await world.lamp("AppGetDeviceExtInfo")
    assert (shown["Mac"], shown["FwVer"]) == ("A4CF12B03D7E", "2.0")


async def test_a_report_to_the_old_shadow_is_stored_and_pushed_under_its_type(world: World) -> None:
    pushes = world.subscribe()
    message = {"type": "update", "state": {"reported": {"brightness": 7}}, "clientToken": "1"}
    assert await publish(world, f"$shadow/operation/{world.device_id}", json.dumps(message)) == ""
    push = await anext(pushes)
    assert (push.type, push.sub_type, push.payload) == ("Shadow", "Report", message)
    assert push.topic == f"$shadow/operation/{world.device_id}"
    assert world.values()["brightness"] == 7
    bad = {"type": "update", "state": {"reported": {"brightness": 700}}}
    assert await publish(world, f"$shadow/operation/{world.device_id}", json.dumps(bad))
    assert await publish(world, f"$template/operation/{world.device_id}", '{"type":"get"}') == ""
    assert (await anext(pushes)).type == "Template"


@pytest.mark.parametrize("content", [b"\xff\x00\xfe", b"21.5 degrees", b"[1, 2]", b"\x00", "温度".encode()])
async def test_a_custom_topic_carries_any_bytes(world: World, content: bytes) -> None:
    pushes = world.subscribe()
    topic = f"{world.device_id}/data"
    assert await publish(world, topic, base64.b64encode(content).decode()) == ""
    push = await anext(pushes)
    sent = json.loads(push.frame)["params"]
    if content == b"[1, 2]":
        assert push.payload == [1, 2]
    else:
        assert base64.b64decode(sent["Payload"]) == content
    assert (sent["Type"], sent["Topic"]) == ("UserDefined", topic)


async def test_text_that_is_no_base64_is_published_as_it_is(world: World) -> None:
    pushes = world.subscribe()
    assert await publish(world, f"{world.device_id}/data", "it is 21 °C") == ""
    assert (await anext(pushes)).payload == "it is 21 °C"
    assert await publish(world, f"{GATEWAY}/gw01/data", "x")


async def test_an_upgrade_of_a_device_that_goes_away_is_told_as_offline(world: World) -> None:
    await world.lamp("AppPublishFirmwareUpdateMessage")
    await world.settle(400)
    await world.emulator.devices.device(world.device_id).set_online(online=False)
    assert (await world.lamp("AppDescribeFirmwareUpdateStatus"))["Status"] == 0


async def test_a_control_by_a_scene_has_the_topic_of_a_control(world: World) -> None:
    pushes = world.subscribe()
    await world.call("AppRunScene", SceneId=world.made["scene"])
    await world.settle()
    assert (await anext(pushes)).topic == f"$thing/down/property/{world.device_id}"


async def test_automations_keep_the_name_and_icon_that_were_sent(world: World) -> None:
    named = {"AliasName": "hall", "IconUrl": "https://cdn.example.com/i.png"}
    rule = json.loads(json.dumps(RULE))
    rule["Conditions"][0]["Property"] |= named
    rule["Actions"][0] |= named
    made = await world.call("AppCreateAutomation", FamilyId=world.family_id, **rule)
    shown = (await world.call("AppDescribeAutomation", AutomationId=made["AutomationId"]))["Data"]
    assert named.items() <= shown["Conditions"][0]["Property"].items()
    assert named.items() <= shown["Actions"][0].items()
