"""Users, sessions, messages and sharing."""

import pytest

from tests.helpers.home import Home


async def test_an_unknown_wechat_id_gets_an_account_and_a_known_one_its_own(home: Home) -> None:
    login = {"NickName": "new", "Avatar": "https://a.example.com/1.jpg"}
    first = (await home.call("AppGetTokenByWeiXin", WxOpenID="oA", **login))["Data"]
    again = (await home.call("AppGetTokenByWeiXin", WxOpenID="oA", **{**login, "NickName": "renamed"}))[
        "Data"
    ]
    other = (await home.call("AppGetTokenByWeiXin", WxOpenID="oB", **login))["Data"]
    users = []
    for number, data in enumerate((first, again, other)):
        home.tokens[f"u{number}"] = data["Token"]
        users.append((await home.call("AppGetUser", as_=f"u{number}"))["Data"])
    assert [user["NickName"] for user in users] == ["renamed", "renamed", "new"]
    assert users[0]["UserID"] == users[1]["UserID"] != users[2]["UserID"]
    assert first["ExpireAt"] == home.clock.now_ms() // 1000 + 30 * 86400


async def test_logging_out_ends_one_session(home: Home) -> None:
    login = {"WxOpenID": "oA", "NickName": "n", "Avatar": "https://a.example.com/1.jpg"}
    for name in ("phone", "tablet"):
        home.tokens[name] = (await home.call("AppGetTokenByWeiXin", **login))["Data"]["Token"]
    assert await home.call("AppLogoutUser", as_="phone") == {"Data": "OK"}
    assert await home.code("AppGetUser", as_="phone") == "InvalidParameterValue.InvalidAccessToken"
    assert await home.code("AppGetUser", as_="tablet") == ""


async def test_a_session_ends_by_itself(home: Home, rare_polls: None) -> None:
    await home.settle(30 * 86_400_000 - 1000)
    assert await home.code("AppGetUser") == ""
    await home.settle(2000)
    assert await home.code("AppGetUser") == "InvalidParameterValue.InvalidAccessToken"


async def test_messages_page_by_their_last_row(home: Home) -> None:
    device = home.emulator.devices.device(home.device_id)
    for number in range(25):
        await device.post_event("low_voltage", {"voltage": number % 20})
        await home.settle(1000)
    seen: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        page = (await home.call("AppGetMessages", Category=1, Limit=10, **cursor))["Data"]
        seen += [message["MsgID"] for message in page["Msgs"]]
        if page["Listover"]:
            break
        last = page["Msgs"][-1]
        cursor = {"MsgID": last["MsgID"], "MsgTimestamp": last["MsgTimestamp"]}
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)
    await home.call("AppDeleteMessage", MsgID=int(seen[0]))
    left = (await home.call("AppGetMessages", Category=1, Limit=100))["Data"]["Msgs"]
    assert [message["MsgID"] for message in left] == seen[1:]
    assert await home.code("AppDeleteMessage", as_="stranger", MsgID=seen[1])


async def test_a_share_from_token_to_farewell(home: Home) -> None:
    token = (await home.lamp("AppCreateShareDeviceToken", TokenContext='{"from":"bedroom"}'))[
        "ShareDeviceToken"
    ]
    before = await home.call("AppDescribeShareDeviceToken", as_="stranger", ShareDeviceToken=token)
    assert before["ShareDeviceTokenInfo"]["UserId"] == ""
    await home.lamp("AppBindUserShareDevice", as_="stranger", ShareDeviceToken=token)
    after = await home.call("AppDescribeShareDeviceToken", ShareDeviceToken=token)
    assert after["ShareDeviceTokenInfo"]["UserNick"] == "bo"
    shown = (await home.lamp("AppGetDevice", as_="stranger"))["Data"]
    assert (shown["AliasName"], "FamilyId" in shown) == ("床头灯", False)
    config = await home.lamp("AppGetUserDeviceConfig", as_="stranger", DeviceKey="SHARE_CONTEXT_KEY")
    assert config["Configs"] == {"SHARE_CONTEXT_KEY": '{"from":"bedroom"}'}
    users = (await home.lamp("AppListShareDeviceUsers"))["Users"]
    assert [(user["NickName"], user["PhoneNumber"]) for user in users] == [("bo", "139****5678")]
    await home.lamp("AppRemoveShareDeviceUser", RemoveUserID=home.users["stranger"])
    assert await home.code("AppGetDeviceData", as_="stranger", DeviceId=home.device_id)
    assert (await home.call("AppListUserShareDevices", as_="stranger"))["Total"] == 0


@pytest.mark.parametrize("action", ["AppUpdateDeviceInFamily", "AppCreateShareDeviceToken"])
async def test_a_share_does_not_make_an_owner(home: Home, action: str) -> None:
    token = (await home.lamp("AppCreateShareDeviceToken"))["ShareDeviceToken"]
    await home.lamp("AppBindUserShareDevice", as_="stranger", ShareDeviceToken=token)
    assert await home.code(action, as_="stranger", DeviceId=home.device_id, AliasName="mine")


async def test_invitations_work_once_and_expire(home: Home, rare_polls: None) -> None:
    family = {"FamilyId": home.family_id}
    tokens = [(await home.call("AppInviteMember", **family))["ShareToken"] for _ in range(2)]
    await home.call("AppJoinFamily", as_="stranger", ShareToken=tokens[0])
    assert await home.code("AppJoinFamily", as_="stranger", ShareToken=tokens[0])
    members = (await home.call("AppGetFamilyMemberList", **family))["MemberList"]
    assert [(member["NickName"], member["Role"]) for member in members] == [("小美", 1), ("bo", 0)]
    assert await home.code("AppCreateRoom", as_="stranger", Name="x", **family)
    await home.call("AppExitFamily", as_="stranger", **family)
    await home.settle(7 * 86_400_000)
    assert await home.code("AppJoinFamily", as_="stranger", ShareToken=tokens[1]) == "InvalidParameterValue"
    assert await home.code("AppExitFamily", **family) == "InvalidParameterValue"
