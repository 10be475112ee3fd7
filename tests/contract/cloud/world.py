"""A home in which every action can succeed, and the parameters with which each does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from devkit.cloud.api.handlers.homes.families import MEMBER, add_member
from devkit.cloud.api.handlers.homes.users import create_user, open_session
from devkit.cloud.api.signing import sign_binding, sign_gateway
from devkit.cloud.limits import Limits
from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.memory import Store
from devkit.model import read_model
from tests.helpers.home import Home, make_home
from tests.unit.cloud.test_automations import when
from tests.unit.cloud.test_rules import action

GATEWAY, SUB = "G3W8RT5Y1Z", "S6B2NK4H8C"
EMPTY = read_model('{"properties": []}')


class World(Home):
    """A home with friends, a gateway, firmware and one of everything; made holds their ids."""

    made: dict[str, Any]


async def make_world(store: Store | None = None, limits: Limits | None = None) -> World:
    """Build the world on a store."""
    world = World(**vars(make_home(store, limits)))
    world.made = {}
    await world.emulator.start()
    _add_people_and_things(world)
    await _add_objects(world)
    return world


def _add_people_and_things(world: World) -> None:
    emulator, family = world.emulator, world.family_id
    with emulator.work() as work:
        for name in ("member", "friend"):
            user = create_user(work, nick_name=name, phone_number="13700001111", country_code="86")
            world.users[name], world.tokens[name] = user, open_session(work, user)[0]
        add_member(work, family, world.users["member"], MEMBER)
        add_product(work, GATEWAY, EMPTY, gateway=True)
        add_product(work, SUB, EMPTY)
        home: dict[str, Any] = {"family_id": family, "user_id": world.users["owner"]}
        gateway = add_device(work, GATEWAY, "gw01", online=True, **home)
        add_device(work, SUB, "sub01", gateway_id=gateway, online=True, **home)
        add_device(work, SUB, "sub02", gateway_id=gateway, online=True)
        add_device(work, SUB, "sub03", online=True)
        add_device(work, "K7M2QX9D4A", "spare01", online=True)
        product = work.tx.get("products", "K7M2QX9D4A") or {}
        work.tx.put("products", {**product, "services": ["KuGou"]})
        work.tx.put(
            "firmwares",
            {
                "product_id": "K7M2QX9D4A",
                "version": "1.1.0",
                "name": "lamp fw",
                "description": "fixes",
                "md5": "1a5c386576074d22a604b795e8917e1a",
                "fw_type": "mcu",
                "url": "https://fw.example.com/1.1.0.bin",
                "created": work.stamp,
            },
        )


async def _add_objects(world: World) -> None:
    made, family = world.made, {"FamilyId": world.family_id}
    device = world.emulator.devices.device(world.device_id)
    await device.report({"brightness": 30})
    await device.post_event("low_voltage", {"voltage": 3.1})
    for name in ("used", "open"):
        made[name] = (await world.lamp("AppCreateShareDeviceToken", TokenContext="hi"))["ShareDeviceToken"]
    await world.lamp("AppBindUserShareDevice", as_="friend", ShareDeviceToken=made["used"])
    made["invite"] = (await world.call("AppInviteMember", **family))["ShareToken"]
    timer = {"TimerName": "wake", "Days": "0111110", "TimePoint": "06:30", "Repeat": 1, "Data": {"power": 1}}
    made["timer"] = (await world.lamp("AppCreateTimer", **timer))["Data"]["TimerId"]
    scene = {
        "SceneName": "movie",
        "SceneIcon": "i",
        "Actions": [action(power=1), {"ActionType": 1, "Data": "9"}],
    }
    made["scene"] = (await world.call("AppCreateScene", **family, **scene))["SceneId"]
    made["automation"] = (await world.call("AppCreateAutomation", **family, **RULE))["AutomationId"]
    await world.call("AppSendShareFamilyInvite", **family, ToUserID=world.users["stranger"])
    tokens = [(await world.call("AppCreateDeviceBindToken"))["Token"] for _ in range(2)]
    made["fresh"], made["usable"] = tokens
    with world.emulator.work() as work:
        work.tx.change("bind_tokens", made["usable"], state=2, product_id="K7M2QX9D4A", device_name="spare01")
        made["message"] = work.tx.find("messages", {"user_id": world.users["stranger"]})[-1]["id"]
    group = {"GroupName": "all", "DeviceIds": [world.device_id]}
    made["group"] = (await world.call("AppCreateGroup", **family, **group))["Data"]["GroupId"]
    await world.settle()


RULE: dict[str, Any] = {
    "Icon": "i",
    "Name": "evening",
    "Status": 1,
    "MatchType": 1,
    "Conditions": [when("brightness", "gt", 90)],
    "Actions": [action(color=1)],
    "EffectiveBeginTime": "00:00",
    "EffectiveEndTime": "23:59",
    "EffectiveDays": "1111111",
}


def wifi_signature(world: World, name: str = "spare01", **changes: Any) -> dict[str, Any]:
    """Return the parameters of a device that proves itself."""
    with world.emulator.work() as work:
        device = work.tx.get("devices", f"K7M2QX9D4A/{name}") or {}
    stamp = changes.get("stamp_s", world.clock.now_ms() // 1000)
    signature = sign_binding(
        "wifi_sign",
        "hmacsha1",
        product_id="K7M2QX9D4A",
        device_name=name,
        conn_id="48213",
        stamp_s=stamp,
        psk=device["psk"],
    )
    return {
        "FamilyId": world.family_id,
        "ProductId": "K7M2QX9D4A",
        "DeviceName": name,
        "DeviceTimestamp": stamp,
        "ConnId": "48213",
        "Signature": signature.upper(),
    }


def gateway_signature(world: World, name: str = "sub03") -> dict[str, Any]:
    """Return the parameters of a sub-device that is attached to the gateway."""
    stamp = world.clock.now_ms() // 1000
    signature = sign_gateway(
        product_id=SUB, device_name=name, nonce="48213", stamp_s=stamp, secret=f"secret-of-{SUB}"
    )
    pair = {"ProductId": SUB, "DeviceName": name}
    return {**pair, **GW, "DeviceTimestamp": stamp, "Nonce": "48213", "Signature": signature}


GW = {"GatewayProductId": GATEWAY, "GatewayDeviceName": "gw01"}
SPAN = {"MinTime": 0, "MaxTime": 2_000_000_000_000}
CLIP = "low_voltage_1750000000.jpg"
Params = Callable[[World], Mapping[str, Any]]


def _lamp(**params: Any) -> Params:
    return lambda world: {"ProductId": "K7M2QX9D4A", "DeviceName": "lamp01", **params}


def _family(**params: Any) -> Params:
    return lambda world: {"FamilyId": world.family_id, **params}


def _made(parameter: str, name: str, **params: Any) -> Params:
    return lambda world: {parameter: world.made[name], **params}


def _lamp_timer(**params: Any) -> Params:
    return lambda world: {**_lamp(**params)(world), "TimerId": world.made["timer"]}


TIMER = {"TimerName": "late", "Days": "1000001", "TimePoint": "9:30", "Repeat": 0, "Data": {"power": 0}}
SUCCESS: Mapping[str, Params] = {
    "AppGetTokenByWeiXin": lambda w: {"WxOpenID": "oNew", "NickName": "mei", "Avatar": "https://a/x.jpg"},
    "AppLogoutUser": lambda w: {},
    "AppCreateDeviceBindToken": lambda w: {},
    "AppGetDeviceBindTokenState": _made("Token", "usable"),
    "AppTokenBindDeviceFamily": lambda w: {
        "Token": w.made["usable"],
        "ProductId": "K7M2QX9D4A",
        "DeviceName": "spare01",
        "FamilyId": w.family_id,
        "RoomId": "0",
    },
    "APPGetWechatDeviceTicket": lambda w: {
        "ProductId": "K7M2QX9D4A",
        "Devicename": "lamp01",
        "IsThirdApp": 1,
    },
    "AppGetProducts": lambda w: {"ProductIds": ["K7M2QX9D4A"]},
    "AppDeleteDeviceInFamily": lambda w: {**_lamp()(w), "FamilyId": w.family_id},
    "AppGetFamilyDeviceList": _family(RoomId=""),
    "AppGetDeviceStatuses": lambda w: {"DeviceIds": [w.device_id]},
    "AppUpdateDeviceInFamily": _lamp(AliasName="reading lamp"),
    "AppGetDeviceInFamily": lambda w: {**_lamp()(w), "FamilyId": w.family_id},
    "AppGetDeviceExtInfo": lambda w: {"DeviceId": w.device_id},
    "AppModifyFamilyDeviceRoom": lambda w: {**_lamp(RoomId="0")(w), "FamilyId": w.family_id},
    "AppBindSubDeviceInFamily": lambda w: {**GW, "ProductId": SUB, "DeviceName": "sub02"},
    "AppGetGatewayBindDeviceList": lambda w: {**GW, "ProductId": SUB, "Offset": 0, "Limit": 50},
    "AppGetFamilySubDeviceList": lambda w: {**GW, "Offset": 0, "Limit": 100},
    "AppReportDataAsDevice": lambda w: {"DeviceId": w.device_id, "Data": {"power": 1}, "TimeStamp": 1},
    "AppPublishMsgAsDevice": _lamp(
        Topic="$thing/up/property/K7M2QX9D4A/lamp01", Payload='{"method":"report","params":{"power":1}}'
    ),
    "AppReportDeviceEvent": lambda w: {
        "DeviceId": w.device_id,
        "EventId": "low_voltage",
        "Params": {"voltage": 3.1},
    },
    "AppSigBindDeviceInFamily": wifi_signature,
    "AppSigGatewayBindDevice": gateway_signature,
    "AppGatewayUnbindDevice": lambda w: {**GW, "ProductId": SUB, "DeviceName": "sub02"},
    "AppControlDeviceData": _lamp(Data={"power": 1}),
    "AppCallDeviceActionSync": _lamp(ActionId="blink", InputParams={"times": 2}),
    "AppCallDeviceActionAsync": _lamp(ActionId="blink", InputParams={"times": 2}),
    "AppSendShareDeviceInvite": lambda w: {**_lamp()(w), "ToUserID": w.users["stranger"]},
    "AppCreateShareDeviceToken": _lamp(),
    "AppDescribeShareDeviceToken": _made("ShareDeviceToken", "open"),
    "AppBindUserShareDevice": lambda w: {**_lamp()(w), "ShareDeviceToken": w.made["open"]},
    "AppListUserShareDevices": lambda w: {"Offset": 0, "Limit": 10},
    "AppRemoveUserShareDevice": _lamp(),
    "AppListShareDeviceUsers": _lamp(Offset=0, Limit=10),
    "AppRemoveShareDeviceUser": lambda w: {**_lamp()(w), "RemoveUserId": w.users["friend"]},
    "AppCreateFamily": lambda w: {"Name": "home", "Address": "1 River Road"},
    "AppDeleteFamily": _family(Name="我的家"),
    "AppModifyFamily": _family(Name="summer house", Address="2 Lake Road"),
    "AppGetFamilyList": lambda w: {"Offset": 0, "Limit": 100},
    "AppDescribeFamily": _family(),
    "AppCreateRoom": _family(Name="study"),
    "AppModifyRoom": lambda w: {"FamilyId": w.family_id, "RoomId": w.room_id, "Name": "nursery"},
    "AppDeleteRoom": lambda w: {"FamilyId": w.family_id, "RoomId": w.room_id},
    "AppGetRoomList": _family(Offset=0, Limit=50),
    "AppInviteMember": _family(),
    "AppJoinFamily": _made("ShareToken", "invite"),
    "AppDeleteFamilyMember": lambda w: {"FamilyId": w.family_id, "MemberId": w.users["member"]},
    "AppExitFamily": _family(),
    "AppGetFamilyMemberList": _family(Offset=0, Limit=100),
    "AppSendShareFamilyInvite": lambda w: {"FamilyId": w.family_id, "ToUserID": w.users["stranger"]},
    "AppCreateTimer": _lamp(**TIMER),
    "AppModifyTimer": _lamp_timer(**TIMER),
    "AppDeleteTimer": _lamp_timer(),
    "AppModifyTimerStatus": _lamp_timer(Status=0),
    "AppGetTimerList": _lamp(Offset=0, Limit=50),
    "AppReportFirmwareVersion": _lamp(Version="1.0.5"),
    "AppCheckFirmwareUpdate": _lamp(),
    "AppGetDeviceOTAInfo": _lamp(),
    "AppPublishFirmwareUpdateMessage": _lamp(),
    "AppReportOTAStatus": _lamp(Version="1.1.0", State="downloading", ResultCode=0, Persent=20),
    "AppDescribeFirmwareUpdateStatus": _lamp(),
    "AppDescribeFirmware": lambda w: {"ProductID": "K7M2QX9D4A", "FirmwareVersion": "1.1.0"},
    "AppGetMessages": lambda w: {"Category": 2, "MsgID": "", "MsgTimestamp": 0, "Limit": 20},
    "AppDeleteMessage": lambda w: {"MsgID": 65_167_395_785_800_000 + w.made["message"]},
    "AppCreateScene": _family(SceneName="movie", SceneIcon="i", Actions=[action(power=1)]),
    "AppGetSceneList": _family(Offset=0, Limit=10),
    "AppDeleteScene": _made("SceneId", "scene"),
    "AppModifyScene": _made("SceneId", "scene", SceneName="c", SceneIcon="i", Actions=[action(power=0)]),
    "AppRunScene": _made("SceneId", "scene"),
    "AppCreateAutomation": _family(**RULE),
    "AppGetAutomationList": _family(),
    "AppDescribeAutomation": _made("AutomationId", "automation"),
    "AppDeleteAutomation": _made("AutomationId", "automation"),
    "AppModifyAutomation": _made("AutomationId", "automation", **RULE),
    "AppModifyAutomationStatus": _made("AutomationId", "automation", Status=1),
    "AppGetDeviceData": _lamp(),
    "AppGetDeviceDataHistory": lambda w: {
        "DeviceId": w.device_id,
        "FieldName": "brightness",
        "Limit": 20,
        **SPAN,
    },
    "AppListEventHistory": _lamp(Type="alert", StartTime=0, EndTime=0, Context="", Size=5, EventId=""),
    "IotVideoDescribeCloudStorageEvents": _lamp(StartTime=0, EndTime=0, Context="", Size=10),
    "IotVideoDescribeCloudStorageThumbnail": _lamp(Thumbnail=CLIP),
    "IotVideoDescribeCloudStorageDate": _lamp(),
    "IotVideoDescribeCloudStorageTime": _lamp(Date="2025-06-15"),
    "IotVideoGenerateSignedVideoURL": _lamp(VideoURL="https://v/x.m3u8", ExpireTime=1_900_000_000),
    "IotVideoDescribeCloudStorageStreamData": _lamp(StartTime="1750000000"),
    "AppKugouUserCommand": lambda w: {
        "KGCommand": "playlist_song",
        "DeviceId": w.device_id,
        "KugouParams": {"playlist_id": "9001"},
    },
}
CALLER = {
    "AppBindUserShareDevice": "stranger",
    "AppListUserShareDevices": "friend",
    "AppRemoveUserShareDevice": "friend",
    "AppJoinFamily": "stranger",
    "AppExitFamily": "member",
    "AppGetMessages": "stranger",
    "AppDeleteMessage": "stranger",
}


def rows(world: World) -> dict[str, list[dict[str, Any]]]:
    """Return everything that the store holds."""
    from devkit.cloud.store.schema import TABLES

    with world.emulator.store.transaction() as tx:
        return {table: tx.find(table, {}) for table in TABLES}
