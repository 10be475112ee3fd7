"""Every documented error code that a client can cause, each by its cause.

Codes that only a broken backend answers are asked for as faults; SERVER_SIDE names them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from devkit.cloud.api.facts import COMMON, DOCUMENTED
from devkit.cloud.api.signing import sign_binding, sign_registration
from devkit.cloud.limits import Limits
from tests.contract.cloud.world import (
    CALLER,
    GW,
    SUB,
    SUCCESS,
    World,
    gateway_signature,
    wifi_signature,
)

V = "InvalidParameterValue."
Change = Callable[[World], dict[str, Any]]
SERVER_SIDE = {
    "InternalError",
    "InternalError.InternalRPCError",
    "InternalError.InternalServerException",
    "InternalError.InternalServerExceptionDB",
    f"{V}InternalRPCError",
    f"{V}TokenInfoSaveError",
    f"{V}ReadTokenInfoError",
    f"{V}FamilyDeviceCountReadError",
    "UnsupportedOperation.ERR_APP_INVALID_IOTAPPID",
    "ResourceNotFound.AppNotExists",
    f"{V}InvalidAppParameter",
}
PARENTS = {
    "InvalidParameter",
    "UnauthorizedOperation",
    "ResourceNotFound",
    "LimitExceeded",
    "UnsupportedOperation",
    "FailedOperation",
}
ENVELOPE = {"ErrorRequiredParamNotFound", "InvalidAction", f"{V}InvalidJSON"}
UNUSED = {
    ("AppGetTokenByWeiXin", f"{V}ErrorUserNotExists"): "an unknown id gets an account",
    ("AppBindUserShareDevice", f"{V}DeviceBinded"): "the other spelling is answered",
    ("AppGetSceneList", "UnsupportedOperation.SceneRuninProgress"): "reading is allowed while it runs",
    ("AppGatewayUnbindDevice", f"{V}BindDeviceSigMismatch"): "there is no signature",
    ("AppGatewayUnbindDevice", f"{V}BindDeviceNotConnected"): "detaching needs no connection",
    ("AppGatewayUnbindDevice", "LimitExceeded.FamilyDeviceExceedLimit"): "detaching adds nothing",
    ("AppReportDataAsDevice", f"{V}BindDeviceNotConnected"): "the application is the connection",
    ("AppPublishMsgAsDevice", f"{V}BindDeviceNotConnected"): "the application is the connection",
    ("AppReportDeviceEvent", f"{V}BindDeviceNotConnected"): "the application is the connection",
    ("AppGetDeviceInFamily", "UnauthorizedOperation.APPNoPermissionToStudioProduct"): "one application",
    ("AppTokenBindDeviceFamily", "UnauthorizedOperation.APPNoPermissionToStudioProduct"): "one application",
    ("AppSigGatewayBindDevice", "UnauthorizedOperation.APPNoPermissionToStudioProduct"): "one application",
    ("AppGatewayUnbindDevice", "UnauthorizedOperation.APPNoPermissionToStudioProduct"): "one application",
    ("AppGetGatewayBindDeviceList", "ResourceNotFound.StudioMemberNotExist"): "permission is checked first",
    **{
        ("AppKugouUserCommand", code): "left over from binding"
        for code in (
            "UnsupportedOperation.DeviceNotGateway",
            "UnsupportedOperation.NotBindVirtualDevice",
            "UnsupportedOperation.DeviceNotBind",
            "UnsupportedOperation.CannotBindSameFamily",
            "LimitExceeded.FamilyDeviceExceedLimit",
        )
    },
}


def later(world: World, seconds: int) -> dict[str, Any]:
    world.clock._now += seconds * 1000
    return {}


def row(world: World, table: str, *key: str, **columns: Any) -> dict[str, Any]:
    with world.emulator.work() as work:
        work.tx.change(table, *key, **columns)
    return {}


def drop(world: World, table: str, *key: str) -> dict[str, Any]:
    with world.emulator.work() as work:
        work.tx.remove(table, *key)
    return {}


def as_user(name: str) -> Change:
    return lambda world: {"as_": name}


def busy(world: World) -> dict[str, Any]:
    return row(world, "scenes", world.made["scene"], status=1)


def with_pair(**params: Any) -> Change:
    return lambda world: params


def foreign_gateway(world: World) -> dict[str, Any]:
    return {"as_": "stranger"}


NEW_DAY = 90_000
CAUSES: list[tuple[str, str, Change]] = [
    ("AppGetTokenByWeiXin", f"{V}NickNameLengthInvalid", with_pair(NickName="x" * 65)),
    ("AppGetDeviceBindTokenState", f"{V}TokenNotExist", with_pair(Token="none")),
    ("AppGetDeviceBindTokenState", f"{V}TokenIsExpire", lambda w: later(w, 601)),
    ("AppTokenBindDeviceFamily", f"{V}TokenNotExist", as_user("stranger")),
    ("AppTokenBindDeviceFamily", f"{V}TokenIsExpire", lambda w: later(w, 601)),
    ("AppTokenBindDeviceFamily", f"{V}TokenNotBind", lambda w: {"Token": w.made["fresh"]}),
    ("AppTokenBindDeviceFamily", "UnauthorizedOperation.NoPermissionToFamily",
     lambda w: drop(w, "members", w.family_id, w.users["owner"])),
    ("AppTokenBindDeviceFamily", "ResourceNotFound.StudioFamilyNotExist", with_pair(FamilyId="f_none")),
    ("AppTokenBindDeviceFamily", "ResourceNotFound.StudioProductNotExist", with_pair(ProductId="NONE")),
    ("AppTokenBindDeviceFamily", "ResourceNotFound.DeviceNotExist", with_pair(DeviceName="none")),
    ("AppTokenBindDeviceFamily", "UnsupportedOperation.CannotBindSameFamily", with_pair(DeviceName="lamp01")),
    ("AppGetDeviceInFamily", "ResourceNotFound.StudioMemberNotExist", as_user("stranger")),
    ("AppGetGatewayBindDeviceList", "UnsupportedOperation.DeviceNotGateway",
     with_pair(GatewayProductId="K7M2QX9D4A", GatewayDeviceName="lamp01")),
    ("AppGetGatewayBindDeviceList", "UnsupportedOperation.NotSupportVirtualDevice",
     with_pair(GatewayDeviceName="~virtualDev")),
    ("AppGetGatewayBindDeviceList", "ResourceNotFound.DeviceNotExist", with_pair(GatewayDeviceName="none")),
    ("AppGetFamilySubDeviceList", f"{V}NoPermission", as_user("stranger")),
    ("AppGetFamilySubDeviceList", "ResourceNotFound.DeviceNotExist", with_pair(GatewayDeviceName="none")),
    ("AppSigBindDeviceInFamily", f"{V}BindDeviceNotConnected",
     lambda w: row(w, "devices", "K7M2QX9D4A/spare01", connected=0)),
    ("AppSigGatewayBindDevice", f"{V}BindDeviceNotConnected", lambda w: later(w, 301)),
    ("AppSigGatewayBindDevice", f"{V}BindDeviceSigMismatch", with_pair(Signature="x")),
    ("AppSigGatewayBindDevice", "UnsupportedOperation.NotBindVirtualDevice",
     with_pair(DeviceName="~virtualDev")),
    ("AppSigGatewayBindDevice", "UnsupportedOperation.DeviceType",
     with_pair(GatewayProductId="K7M2QX9D4A", GatewayDeviceName="lamp01")),
    ("AppSigGatewayBindDevice", "ResourceNotFound.StudioProductNotExist", with_pair(ProductId="NONE")),
    ("AppSigGatewayBindDevice", "ResourceNotFound.DeviceNotExist", with_pair(DeviceName="none")),
    ("AppSigGatewayBindDevice", "UnauthorizedOperation.NoPermissionToFamily", foreign_gateway),
    ("AppGatewayUnbindDevice", "UnsupportedOperation.NotBindVirtualDevice",
     with_pair(DeviceName="~virtualDev")),
    ("AppGatewayUnbindDevice", "UnsupportedOperation.DeviceType",
     with_pair(GatewayProductId="K7M2QX9D4A", GatewayDeviceName="lamp01")),
    ("AppGatewayUnbindDevice", "ResourceNotFound.StudioProductNotExist", with_pair(ProductId="NONE")),
    ("AppGatewayUnbindDevice", "ResourceNotFound.DeviceNotExist", with_pair(DeviceName="none")),
    ("AppGatewayUnbindDevice", "UnauthorizedOperation.NoPermissionToFamily", foreign_gateway),
    ("AppSendShareDeviceInvite", f"{V}NoPermission", as_user("stranger")),
    ("AppCreateShareDeviceToken", f"{V}NoPermission", as_user("friend")),
    ("AppDescribeShareDeviceToken", f"{V}InvalidShareDeviceToken", lambda w: later(w, 7 * 86400)),
    ("AppBindUserShareDevice", f"{V}InvalidShareDeviceToken", with_pair(ShareDeviceToken="none")),
    ("AppBindUserShareDevice", f"{V}DeviecBinded", as_user("friend")),
    ("AppBindUserShareDevice", f"{V}CannotBindOwnDevice", as_user("owner")),
    ("AppBindUserShareDevice", f"{V}ShareDeviceTokenUsed", lambda w: {"ShareDeviceToken": w.made["used"]}),
    ("AppRemoveUserShareDevice", f"{V}AppDeviceNotExist", as_user("stranger")),
    ("AppRemoveShareDeviceUser", f"{V}AppDeviceNotExist", with_pair(RemoveUserId="0")),
    ("AppRemoveShareDeviceUser", f"{V}NoPermission", as_user("friend")),
    ("AppSendShareFamilyInvite", f"{V}NoPermission", as_user("member")),
    *((action, f"{V}NoPermission", as_user("stranger"))
      for action in ("AppReportFirmwareVersion", "AppCheckFirmwareUpdate", "AppGetDeviceOTAInfo",
                     "AppPublishFirmwareUpdateMessage", "AppReportOTAStatus", "AppCreateScene",
                     "AppGetSceneList", "AppDeleteScene", "AppModifyScene", "AppRunScene",
                     "AppCreateAutomation",
                     "AppGetAutomationList", "AppDescribeAutomation", "AppDeleteAutomation",
                     "AppModifyAutomation", "AppModifyAutomationStatus")),
    ("AppGetDeviceOTAInfo", "ResourceNotFound.DeviceFirmwareTaskNotExist",
     lambda w: drop(w, "firmwares", "K7M2QX9D4A", "1.1.0")),
    ("AppPublishFirmwareUpdateMessage", "ResourceNotFound.DeviceHasNoFirmware",
     lambda w: row(w, "devices", w.device_id, version="")),
    ("AppPublishFirmwareUpdateMessage", "FailedOperation.DeviceOffline",
     lambda w: row(w, "devices", w.device_id, online=0)),
    ("AppDescribeFirmware", "ResourceNotFound.FirmwareNotExist", with_pair(FirmwareVersion="9")),
    ("AppDescribeFirmware", "ResourceNotFound.StudioProductNotExist", with_pair(ProductID="NONE")),
    ("AppDeleteMessage", f"{V}MsgIDInvalid", with_pair(MsgID="x")),
    *((action, "UnsupportedOperation.SceneRuninProgress", busy)
      for action in ("AppDeleteScene", "AppModifyScene", "AppRunScene")),
    ("AppKugouUserCommand", "ResourceNotFound.DeviceNotExist", with_pair(DeviceId="K7M2QX9D4A/none")),
    ("AppKugouUserCommand", "ResourceNotFound.StudioProductNotExist",
     lambda w: drop(w, "products", "K7M2QX9D4A")),
    ("AppKugouUserCommand", "UnauthorizedOperation.APPNoPermissionToStudioProduct",
     lambda w: row(w, "products", "K7M2QX9D4A", services=[])),
]  # fmt: skip


async def answer(world: World, action: str, change: Change) -> str:
    params = {"as_": CALLER.get(action, "owner"), **SUCCESS[action](world)}
    params.update(change(world))
    return await world.code(action, **params)


@pytest.mark.parametrize(
    ("action", "code", "change"), CAUSES, ids=lambda item: item if isinstance(item, str) else ""
)
async def test_cause(world: World, action: str, code: str, change: Change) -> None:
    assert await answer(world, action, change) == code


LIMITS = [
    ("AppTokenBindDeviceFamily", "LimitExceeded.FamilyDeviceExceedLimit", Limits(family_devices=1)),
    ("AppSigGatewayBindDevice", "LimitExceeded.FamilyDeviceExceedLimit", Limits(family_devices=1)),
    ("AppBindUserShareDevice", f"{V}UserBindExceedLimit", Limits(user_shared_devices=0)),
    ("AppBindUserShareDevice", f"{V}DeviceShareExceedLimit", Limits(device_shared_users=1)),
    ("AppCreateAutomation", "LimitExceeded", Limits(automations=1)),
]


@pytest.mark.parametrize(("action", "code", "limits"), LIMITS)
async def test_limit(world: World, action: str, code: str, limits: Limits) -> None:
    world.emulator.limits = limits
    assert await answer(world, action, lambda _: {}) == code


async def test_a_version_that_changed_behind_an_upgrade_is_outdated(world: World) -> None:
    await world.lamp("AppPublishFirmwareUpdateMessage")
    row(world, "devices", world.device_id, version="0.9")
    code = await world.code("AppCheckFirmwareUpdate", DeviceId=world.device_id)
    assert code == "FailedOperation.DeviceInfoOutdated"


def test_every_documented_code_has_a_cause_or_a_reason_why_not() -> None:
    caused = {(action, code) for action, code, _ in CAUSES} | {(action, code) for action, code, _ in LIMITS}
    caused.add(("AppCheckFirmwareUpdate", "FailedOperation.DeviceInfoOutdated"))
    general = SERVER_SIDE | PARENTS | ENVELOPE | set(COMMON)
    open_ends = {
        (fact.action, code)
        for fact in DOCUMENTED
        for code in fact.errors
        if code not in general and (fact.action, code) not in caused and (fact.action, code) not in UNUSED
    }
    assert open_ends == set()


async def test_a_signature_is_checked_in_any_case_and_stale_ones_are_refused(world: World) -> None:
    good = wifi_signature(world)
    assert await world.code("AppSigBindDeviceInFamily", **{**good, "Signature": "0" * 40}) == V[:-1]
    stale = wifi_signature(world, stamp_s=world.clock.now_ms() // 1000 - 301)
    assert await world.code("AppSigBindDeviceInFamily", **stale) == f"{V}BindDeviceNotConnected"
    answer = await world.call("AppSigBindDeviceInFamily", **{**good, "Signature": good["Signature"].lower()})
    assert answer["Data"]["AppDeviceInfo"]["FamilyId"] == world.family_id


async def test_a_device_that_was_reset_moves_to_the_family_that_binds_it(world: World) -> None:
    family = (await world.call("AppCreateFamily", as_="stranger", Name="next"))["Data"]["FamilyId"]
    proof = {**wifi_signature(world, "lamp01"), "FamilyId": family}
    again = await world.call("AppSigBindDeviceInFamily", **{**proof, "FamilyId": world.family_id})
    assert again["Data"]["AppDeviceInfo"]["AliasName"] == "床头灯"
    assert await world.code("AppSigBindDeviceInFamily", as_="stranger", **proof)  # it has served
    later = wifi_signature(world, "lamp01", stamp_s=world.clock.now_ms() // 1000 + 1)
    moved = await world.call("AppSigBindDeviceInFamily", as_="stranger", **{**later, "FamilyId": family})
    assert moved["Data"]["AppDeviceInfo"]["FamilyId"] == family
    assert await world.code("AppGetDeviceData", as_="friend", DeviceId=world.device_id)
    assert (await world.lamp("AppGetTimerList", as_="stranger"))["Total"] == 0


async def test_a_bluetooth_device_need_not_have_been_connected(world: World) -> None:
    row(world, "devices", "K7M2QX9D4A/spare01", connected=0)
    stamp = world.clock.now_ms() // 1000 + 60
    with world.emulator.work() as work:
        psk = (work.tx.get("devices", "K7M2QX9D4A/spare01") or {})["psk"]
    names = {"product_id": "K7M2QX9D4A", "device_name": "spare01"}
    signature = sign_binding("bluetooth_sign", "hmacsha1", conn_id="7", stamp_s=stamp, psk=psk, **names)
    params = {"DeviceTimestamp": stamp, "ConnId": "7", "Signature": signature, "BindType": "bluetooth_sign"}
    bound = {"FamilyId": world.family_id, "DeviceId": "K7M2QX9D4A/spare01"}
    assert await world.code("AppSigBindDeviceInFamily", **bound, **params) == ""


async def test_a_device_registers_itself(world: World) -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    stamp, secret = world.clock.now_ms() // 1000, "secret-of-K7M2QX9D4A"
    signature = sign_registration(
        product_id="K7M2QX9D4A", device_name="spare01", nonce="5", stamp_s=stamp, secret=secret
    )
    params = {"DeviceId": "K7M2QX9D4A/spare01", "DeviceTimestamp": stamp, "Nonce": "5"}
    answer = await world.call("AppDeviceDynamicRegister", Signature=signature, **params)
    cipher = Cipher(algorithms.AES(secret[:16].encode()), modes.CBC(b"0" * 16)).decryptor()
    plain = cipher.update(base64.b64decode(answer["Payload"])) + cipher.finalize()
    with world.emulator.work() as work:
        psk = (work.tx.get("devices", params["DeviceId"]) or {})["psk"]
    text = b'{"encryptionType":2,"psk":"%s"}' % psk.encode()
    assert plain == text.ljust(len(plain), b"\0")
    assert await world.code("AppDeviceDynamicRegister", Signature="x", **params) == V[:-1]
    assert await world.code("AppDeviceDynamicRegister", Signature="x", **{**params, "DeviceTimestamp": 5})


async def test_a_gateways_sub_devices_come_and_go(world: World) -> None:
    gateway = f"{GW['GatewayProductId']}/{GW['GatewayDeviceName']}"
    pushes = world.subscribe(gateway)
    await world.call("AppSigGatewayBindDevice", **gateway_signature(world))
    attached = await world.call("AppGetGatewayBindDeviceList", **GW, Limit=100)
    assert [(item["DeviceName"], item["BindStatus"]) for item in attached["DeviceList"]] == [
        ("sub01", 1),
        ("sub02", 0),
        ("sub03", 0),
    ]
    sub = {"ProductId": SUB, "DeviceName": "sub03"}
    await world.call("AppBindSubDeviceInFamily", **GW, **sub)
    inside = await world.call("AppGetFamilySubDeviceList", **GW)
    assert [item["DeviceType"] for item in inside["DeviceList"]] == [2, 2]
    await world.call("AppDeleteDeviceInFamily", FamilyId=world.family_id, **sub)
    await world.call("AppGatewayUnbindDevice", **GW, **sub)
    await world.settle()
    seen = [await anext(pushes) for _ in range(3)]
    assert [(push.type, push.sub_type) for push in seen] == [
        ("Gateway", "bind"),
        ("Gateway", "unbind"),
        ("Gateway", "unbind"),
    ]
    assert seen[0].payload == [sub]
