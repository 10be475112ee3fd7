"""What is known of each action: endpoint, parameters and error codes, one row per action.

A parameter is written name[:type][!][<=max][=default][{choices}]; ! marks what real clients always send.
Types: text, int, json (a JSON text), texts (a list of texts), list, object. "device" stands for ProductId
and DeviceName or DeviceId, "gateway" for GatewayProductId and GatewayDeviceName. Every action may answer
InternalError, InvalidParameterValue and InvalidParameterValue.InvalidAccessToken; errors lists the others.

Source: docs/reference/app-api.yaml actions; the rows of UNDOCUMENTED come from docs/reference/protocol.md
section 5.2 and docs/reference/usage.md "Token API actions".
docs/cloud.md lists where a parameter that the document requires is optional here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

COMMON = ("InternalError", "InvalidParameterValue", "InvalidParameterValue.InvalidAccessToken")


@dataclass(frozen=True)
class Param:
    """One parameter; maximum caps a Limit and bounds other numbers."""

    name: str
    type: str = "text"
    required: bool = False
    maximum: int | None = None
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One row."""

    action: str
    text: str
    errors: tuple[str, ...]
    documented: bool = True
    endpoint: str = "tokenapi"

    @functools.cached_property
    def params(self) -> tuple[Param, ...]:
        """Return the parameters, read when they are needed first."""
        return tuple(_param(word) for word in self.text.split())


_PARAM = re.compile(r"(\w+)(?::(\w+))?(!)?(?:<=(\d+))?(?:=(\w+))?(?:\{(.*)\})?")


def _param(word: str) -> Param:
    found = _PARAM.fullmatch(word)
    if not found:
        raise ValueError(f"{word!r} is not a parameter of the table")
    name, kind, required, maximum, default, choices = found.groups()
    return Param(
        name=name,
        type=name if name in ("device", "gateway") else kind or "text",
        required=bool(required),
        maximum=int(maximum) if maximum else None,
        default=default,
        choices=tuple(choices.split("|")) if choices else (),
    )


def _fact(action: str, params: str = "", errors: str = "", endpoint: str = "tokenapi") -> Fact:
    return Fact(action, params, COMMON + tuple(errors.split()), True, endpoint)


def _other(action: str, params: str = "") -> Fact:
    return Fact(action, params, COMMON + tuple(_OTHER.split()), False)


_V = "InvalidParameterValue"
_OTHER = (
    f"{_V}.NoPermission ResourceNotFound ResourceNotFound.DeviceNotExist"
    " ResourceNotFound.StudioProductNotExist"
)
_SESSION = f"ErrorRequiredParamNotFound InvalidAction {_V}.InvalidJSON"
_TOKEN = f"InvalidParameter {_V}.TokenNotExist {_V}.TokenIsExpire {_V}.ReadTokenInfoError"
_BIND = (
    f"{_V}.TokenNotBind {_V}.FamilyDeviceCountReadError UnauthorizedOperation"
    " UnauthorizedOperation.APPNoPermissionToStudioProduct UnauthorizedOperation.NoPermissionToFamily"
    " ResourceNotFound ResourceNotFound.StudioFamilyNotExist ResourceNotFound.StudioProductNotExist"
    " ResourceNotFound.DeviceNotExist LimitExceeded LimitExceeded.FamilyDeviceExceedLimit"
    " InternalError.InternalServerException InternalError.InternalServerExceptionDB UnsupportedOperation"
    " UnsupportedOperation.CannotBindSameFamily"
)
_GATEWAY = (
    f"InternalError.InternalServerException {_V}.BindDeviceNotConnected {_V}.InvalidAppParameter"
    f" {_V}.BindDeviceSigMismatch UnsupportedOperation UnsupportedOperation.NotBindVirtualDevice"
    " UnsupportedOperation.DeviceType ResourceNotFound ResourceNotFound.StudioProductNotExist"
    " ResourceNotFound.DeviceNotExist ResourceNotFound.AppNotExists UnauthorizedOperation"
    " UnauthorizedOperation.APPNoPermissionToStudioProduct UnauthorizedOperation.NoPermissionToFamily"
    " LimitExceeded LimitExceeded.FamilyDeviceExceedLimit"
)
_SUBLIST = (
    "InternalError.InternalRPCError UnsupportedOperation ResourceNotFound ResourceNotFound.DeviceNotExist"
)
_UNIT = f"{_V}.BindDeviceNotConnected"
_ALLOWED = f"{_V}.NoPermission"
_SCENE = f"InternalError.InternalServerExceptionDB {_V}.NoPermission"
_RUNNING = f"{_SCENE} UnsupportedOperation.SceneRuninProgress"
_VIDEO = f"InvalidParameter {_V}.TokenInfoSaveError"
_MUSIC = (
    f"{_V}.InternalRPCError ResourceNotFound ResourceNotFound.DeviceNotExist"
    " ResourceNotFound.StudioProductNotExist ResourceNotFound.AppNotExists UnsupportedOperation"
    " UnsupportedOperation.DeviceNotGateway UnsupportedOperation.NotBindVirtualDevice"
    " UnsupportedOperation.DeviceNotBind UnsupportedOperation.CannotBindSameFamily LimitExceeded"
    " LimitExceeded.FamilyDeviceExceedLimit UnauthorizedOperation"
    " UnauthorizedOperation.APPNoPermissionToStudioProduct"
)
_SIGNED = "SignMethod=hmacsha256{hmacsha1|hmacsha256} ContentType"
_RULE = (
    "Icon! Name! Status:int!{0|1} MatchType:int!{0|1} Conditions:list! Actions:list! EffectiveBeginTime!"
    " EffectiveEndTime! EffectiveDays!"
)
_TIMER = "TimePoint! Days! Repeat:int!{0|1} Data:json!"
_COMMANDS = (
    "playlist_song|song_url|awesome_everyday|song_infos|playlist_awesome|awesome_newsong|user_logout"
    "|user_info"
)

DOCUMENTED = (
    _fact(
        "AppGetTokenByWeiXin",
        "WxOpenID! NickName! Avatar!",
        f"{_SESSION} {_V}.NickNameLengthInvalid {_V}.ErrorUserNotExists",
        "appapi",
    ),
    _fact("AppLogoutUser", "", _SESSION),
    _fact("AppCreateDeviceBindToken", "", f"InvalidParameter {_V}.TokenInfoSaveError"),
    _fact("AppGetDeviceBindTokenState", "Token!", _TOKEN),
    _fact("AppTokenBindDeviceFamily", "Token! device! FamilyId! RoomId", f"{_TOKEN} {_BIND}"),
    _fact(
        "APPGetWechatDeviceTicket",
        "ProductId! Devicename! IsThirdApp:int!{1} ModelId MiniProgramAppId",
        _VIDEO,
    ),
    _fact("AppGetProducts", "ProductIds:texts! DeviceIds:texts"),
    _fact("AppDeleteDeviceInFamily", "FamilyId! RoomId device!"),
    _fact("AppGetFamilyDeviceList", "FamilyId! RoomId Offset:int Limit:int<=50"),
    _fact("AppGetDeviceStatuses", "DeviceIds:texts!"),
    _fact("AppUpdateDeviceInFamily", "device! AliasName!"),
    _fact(
        "AppGetDeviceInFamily",
        "device! FamilyId!",
        "UnauthorizedOperation UnauthorizedOperation.APPNoPermissionToStudioProduct ResourceNotFound"
        " ResourceNotFound.StudioMemberNotExist",
    ),
    _fact("AppGetDeviceExtInfo", "device!"),
    _fact("AppModifyFamilyDeviceRoom", "FamilyId! RoomId! device!"),
    _fact("AppBindSubDeviceInFamily", "gateway! device!"),
    _fact(
        "AppGetGatewayBindDeviceList",
        "ProductId gateway! Offset:int Limit:int<=50",
        f"{_SUBLIST} UnsupportedOperation.NotSupportVirtualDevice UnsupportedOperation.DeviceNotGateway"
        " ResourceNotFound.StudioMemberNotExist",
    ),
    _fact(
        "AppGetFamilySubDeviceList",
        "gateway! Offset:int Limit:int<=50",
        f"{_SUBLIST} {_V}.NoPermission UnsupportedOperation.ERR_APP_INVALID_IOTAPPID",
    ),
    _fact("AppReportDataAsDevice", "device! Data:json! TimeStamp:int DataTimeStamp:int", _UNIT),
    _fact("AppPublishMsgAsDevice", "device! Topic! Payload!", _UNIT),
    _fact(
        "AppReportDeviceEvent",
        "device! EventId! Params:json! Method=reported{ReportEventAsDevice|reported} EventTimeStamp:int",
        _UNIT,
    ),
    _fact(
        "AppSigBindDeviceInFamily",
        "FamilyId! device! RoomId DeviceTimestamp:int! ConnId Signature!"
        " BindType=wifi_sign{wifi_sign|bluetooth_sign|other_sign} SignMethod=hmacsha1{hmacsha1|hmacsha256}",
        _UNIT,
    ),
    _fact("AppSigGatewayBindDevice", "device! gateway! DeviceTimestamp:int! Nonce! Signature!", _GATEWAY),
    _fact("AppGatewayUnbindDevice", "device! gateway!", _GATEWAY),
    _fact("AppControlDeviceData", "device! Data:json!"),
    _fact("AppCallDeviceActionSync", "device! ActionId! InputParams:json"),
    _fact("AppCallDeviceActionAsync", "device! ActionId! InputParams:json"),
    _fact("AppSendShareDeviceInvite", "device! ToUserID!", _ALLOWED),
    _fact("AppCreateShareDeviceToken", "FamilyId device! TokenContext", _ALLOWED),
    _fact("AppDescribeShareDeviceToken", "ShareDeviceToken!", f"{_V}.InvalidShareDeviceToken"),
    _fact(
        "AppBindUserShareDevice",
        "ShareDeviceToken! device!",
        f"{_V}.DeviecBinded {_V}.DeviceBinded {_V}.UserBindExceedLimit {_V}.DeviceShareExceedLimit"
        f" {_V}.CannotBindOwnDevice {_V}.ShareDeviceTokenUsed {_V}.InvalidShareDeviceToken",
    ),
    _fact("AppListUserShareDevices", "Offset:int<=500 Limit:int<=100=10"),
    _fact("AppRemoveUserShareDevice", "device!", f"{_V}.AppDeviceNotExist"),
    _fact("AppListShareDeviceUsers", "device! Offset:int<=500 Limit:int<=100=10"),
    _fact(
        "AppRemoveShareDeviceUser",
        "RemoveUserId RemoveUserID device!",
        f"{_V}.AppDeviceNotExist {_V}.NoPermission",
    ),
    _fact("AppCreateFamily", "Name! Address"),
    _fact("AppDeleteFamily", "Name! FamilyId!"),
    _fact("AppModifyFamily", "Name! FamilyId! Address!"),
    _fact("AppGetFamilyList", "Offset:int Limit:int<=50"),
    _fact("AppDescribeFamily", "FamilyId!"),
    _fact("AppCreateRoom", "FamilyId! Name!"),
    _fact("AppModifyRoom", "FamilyId! Name RoomId!"),
    _fact("AppDeleteRoom", "FamilyId! RoomId!"),
    _fact("AppGetRoomList", "Offset:int Limit:int<=50 FamilyId"),
    _fact("AppInviteMember", "FamilyId!"),
    _fact("AppJoinFamily", "ShareToken!"),
    _fact("AppDeleteFamilyMember", "FamilyId MemberId!"),
    _fact("AppExitFamily", "FamilyId!"),
    _fact("AppGetFamilyMemberList", "Offset:int Limit:int<=50 FamilyId!"),
    _fact("AppSendShareFamilyInvite", "FamilyId! ToUserID!", _ALLOWED),
    _fact("AppCreateTimer", f"device! TimerName! {_TIMER}"),
    _fact("AppModifyTimer", f"device! TimerName! TimerId! {_TIMER}"),
    _fact("AppDeleteTimer", "device! TimerId!"),
    _fact("AppModifyTimerStatus", "device! TimerId! Status:int{0|1}"),
    _fact("AppGetTimerList", "device! Offset:int Limit:int<=50"),
    _fact("AppReportFirmwareVersion", "device! Version!", _ALLOWED),
    _fact(
        "AppCheckFirmwareUpdate",
        "device!",
        f"{_ALLOWED} FailedOperation FailedOperation.DeviceInfoOutdated",
    ),
    _fact(
        "AppGetDeviceOTAInfo",
        "device!",
        f"{_ALLOWED} ResourceNotFound ResourceNotFound.DeviceFirmwareTaskNotExist",
    ),
    _fact(
        "AppPublishFirmwareUpdateMessage",
        "device!",
        f"{_ALLOWED} ResourceNotFound ResourceNotFound.DeviceHasNoFirmware FailedOperation"
        " FailedOperation.DeviceOffline",
    ),
    _fact(
        "AppReportOTAStatus",
        "device! Version! State!{downloading|fail|done|burning|updating} ResultCode:int!{0|-1|-2|-3|-4|-5}"
        " ResultMsg Persent:int<=100",
        _ALLOWED,
    ),
    _fact("AppDescribeFirmwareUpdateStatus", "device!"),
    _fact(
        "AppDescribeFirmware",
        "ProductID ProductId FirmwareVersion!",
        "InternalError.InternalRPCError ResourceNotFound.FirmwareNotExist"
        " ResourceNotFound.StudioProductNotExist",
    ),
    _fact("AppGetMessages", "Category:int!{1|2|3} MsgID MsgTimestamp:int Limit:int!<=100"),
    _fact("AppDeleteMessage", "MsgID!", f"{_V}.MsgIDInvalid"),
    _fact("AppCreateScene", "FamilyId! SceneName! SceneIcon! Actions:list!", _SCENE),
    _fact("AppGetSceneList", "FamilyId! Offset:int Limit:int<=50", _RUNNING),
    _fact("AppDeleteScene", "SceneId!", _RUNNING),
    _fact("AppModifyScene", "SceneId! SceneName! SceneIcon! Actions:list!", _RUNNING),
    _fact("AppRunScene", "SceneId!", _RUNNING),
    _fact("AppCreateAutomation", f"FamilyId! {_RULE}", f"{_SCENE} LimitExceeded"),
    _fact("AppGetAutomationList", "FamilyId!", _SCENE),
    _fact("AppDescribeAutomation", "AutomationId!", _SCENE),
    _fact("AppDeleteAutomation", "AutomationId!", _SCENE),
    _fact("AppModifyAutomation", f"AutomationId! {_RULE}", f"{_SCENE} LimitExceeded"),
    _fact("AppModifyAutomationStatus", "AutomationId! Status:int!{0|1}", _SCENE),
    _fact("AppGetDeviceData", "device!"),
    _fact("AppGetDeviceDataHistory", "device! FieldName! Context MinTime:int! MaxTime:int! Limit:int!"),
    _fact(
        "AppListEventHistory",
        "device! Type{alert|fault|info|} StartTime:int EndTime:int Context Size:int EventId",
    ),
    _fact(
        "IotVideoDescribeCloudStorageEvents",
        "device! StartTime:int EndTime:int Context Size:int=10 EventId UserId ChannelId:int",
        _VIDEO,
    ),
    _fact("IotVideoDescribeCloudStorageThumbnail", "device! Thumbnail!", _VIDEO),
    _fact("IotVideoDescribeCloudStorageDate", "device! UserId", _VIDEO),
    _fact("IotVideoDescribeCloudStorageTime", "device! Date! StartTime:int EndTime:int UserId", _VIDEO),
    _fact("IotVideoGenerateSignedVideoURL", "ProductId! DeviceName VideoURL! ExpireTime:int!", _VIDEO),
    _fact("IotVideoDescribeCloudStorageStreamData", "device! StartTime:int!", _VIDEO),
    _fact("AppKugouUserCommand", f"KGCommand!{{{_COMMANDS}}} device! KugouParams:object!", _MUSIC),
)

UNDOCUMENTED = (
    _other("AppGetUser"),
    _other("AppGetDevice", "device! PriorityDeviceType"),
    _other("AppGetProductsConfig", "ProductIds:texts!"),
    _other("AppSetDeviceConfig", "device! DeviceKey! DeviceValue"),
    _other("AppGetDeviceConfig", "device! DeviceKey DeviceKeys:texts"),
    _other("AppSetUserDeviceConfig", "device! DeviceKey! DeviceValue"),
    _other("AppGetUserDeviceConfig", "device! DeviceKey DeviceKeys:texts"),
    _other("AppCreateMultiDeviceBindToken", "FamilyId RoomId ProductId DeviceName"),
    _other("AppGetMultiDeviceBindTokenState", "Token!"),
    _other("AppDeviceDynamicRegister", "device! DeviceTimestamp:int! Nonce! Signature!"),
    _other("AppDeviceCustomSignature", f"device! Content! {_SIGNED}{{hex|text|}}"),
    _other("AppDeviceCustomSignatureAgitated", f"device! Content! {_SIGNED}=hex{{hex|text}}"),
    _other("AppGetLLsyncSecretEncryptKey", "device! AppNonce! DeviceNonce! DeviceNonceSign!"),
    _other("AppSecureAddDeviceInFamily", "DeviceSignature! FamilyId! RoomId"),
    _other("AppGetResourceUploadURL", "ProductId! UserResourceName! FileSize:int! ResourceVer!"),
    _other("AppNotifyVirtualDeviceStatus", "device! Status:int!{0|1}"),
    _other("AppCreateGroup", "FamilyId! RoomId GroupName! DeviceIds:texts!"),
    _other("AppControlGroupDeviceData", "GroupId! FamilyId Data:json!"),
    _other("AppDescribeGroup", "GroupId! FamilyId"),
    _other("AppGetGroupDeviceList", "GroupId! FamilyId Offset:int Limit:int<=50"),
    _other("AppDeleteGroup", "GroupId! FamilyId"),
    _other("AppUnBindUserShareGroup", "GroupId!"),
    _other("AppDescribeH5ToMpConfig", "MpAppId!"),
    _other("AppGetCategoryPanelInfoById", "CategoryId:int!"),
    _other("AppGetDeviceAggsData", "device! FieldName! MinTime:int! MaxTime:int! Interval:int! Agg"),
    _other("AppGetDeviceLocation", "device!"),
    _other("AppGetDeviceLocationHistory", "device! StartTime:int EndTime:int"),
    _other("AppCreateFence", "device! FenceName! FenceArea:object! AlertType:int{1|2|3}"),
    _other("AppModifyFence", "device! FenceId! FenceName FenceArea:object AlertType:int{1|2|3}"),
    _other("AppModifyFenceStatus", "device! FenceId! Status:int!{0|1}"),
    _other("AppDeleteFence", "device! FenceId!"),
    _other("AppGetFenceList", "device! Offset:int Limit:int<=50"),
    _other("AppGetFenceEventList", "device! Offset:int Limit:int<=50"),
    _other("AppDeleteDeviceDataHistory", "device! FieldName! MinTime:int MaxTime:int"),
)

FACTS: Mapping[str, Fact] = {fact.action: fact for fact in DOCUMENTED + UNDOCUMENTED}


def nearest(action: str) -> str:
    """Return the action whose name is most like one that there is not; "" when none is."""
    import difflib

    return next(iter(difflib.get_close_matches(action, FACTS, n=1)), "")
