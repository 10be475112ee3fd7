"""The one table of everything that window.h5PanelSdk offers.

The page's surface (client/src/surface.generated.ts) and the table in docs/sdk.md are generated from it:
`python -m devkit.sdk.generate`.

Where a name comes from: a number is a row of docs/reference/sdk-members.md; "1.2.11" is the released SDK,
"0.0.5" its type package, "panels" what published panels use (docs/reference/usage.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PAGE = "page"
PYTHON = "python"


@dataclass(frozen=True)
class Member:
    """One member.

    name is a path from the SDK object; a name that starts with "event " is an event, and one in
    requestTokenApi('…') a cloud action. kind is attribute, method, event, class, object, call or static.
    where is PAGE or PYTHON. mock: with isMock the method shows a tip and rejects with "". source is a row
    number or a name from above.
    """

    name: str
    kind: str
    where: str = PAGE
    source: str = ""
    mock: bool = False
    note: str = ""

    @property
    def is_event(self) -> bool:
        """Tell whether this is an event rather than something on an object."""
        return self.kind == "event"


def _plain(kind: str, where: str, source: str, names: str, *, prefix: str = "") -> Iterator[Member]:
    for name in names.split():
        yield Member(prefix + name, kind, where, source)


def _attributes(first: int, names: str) -> Iterator[Member]:
    for offset, name in enumerate(names.split()):
        yield Member(name, "attribute", PAGE, str(first + offset))


def _events(first: int, names: str) -> Iterator[Member]:
    for offset, name in enumerate(names.split()):
        yield Member(f"event {name}", "event", PAGE, str(first + offset))


def _methods(
    where: str, source: str, names: str, *, prefix: str = "", mock: bool = False
) -> Iterator[Member]:
    for offset, name in enumerate(names.split()):
        row = str(int(source) + offset) if source.isdigit() else source
        yield Member(prefix + name, "method", where, row, mock)


def _bluetooth() -> Iterator[Member]:
    adapter = "blueToothAdapter."
    yield Member("blueToothAdapter", "object", PAGE, "83", note="the official package on our bridge")
    yield Member(f"{adapter}addAdapter", "method", PAGE, "84")
    yield from _methods(
        PAGE,
        "85",
        "init startSearch stopSearch searchDevice connectDevice getDeviceAdapter reportDeviceInfo",
        prefix=adapter,
    )
    yield Member(f"{adapter}on", "method", PAGE, "92")
    yield Member(f"{adapter}off", "method", PAGE, "93")
    yield Member("event blueToothAdapter adapterStateChange", "event", PAGE, "94")
    yield from _methods(PAGE, "0.0.5", "searchAndConnectDevice", prefix=adapter)
    yield from _device_adapter("deviceAdapter.")


def _device_adapter(device: str) -> Iterator[Member]:
    yield Member("DeviceAdapter", "class", PAGE, "95", note="official")
    yield Member("DeviceAdapter.serviceId", "static", PAGE, "96")
    yield Member("DeviceAdapter.deviceFilter", "static", PAGE, "97")
    yield Member(f"{device}handleBLEMessage", "method", PAGE, "98", note="for panels to write")
    for row, name in enumerate(
        ["explorerDeviceId", "isConnected", "deviceId", "serviceId", "originName", "characteristicsMap"], 99
    ):
        yield Member(device + name, "attribute", PAGE, str(row))
    yield from _methods(
        PAGE,
        "105",
        "disconnectDevice getBLEDeviceServices getBLEDeviceCharacteristics setBLEMTU"
        " readBLECharacteristicValue getBLEDeviceRSSI notifyBLECharacteristicValueChange write",
        prefix=device,
    )
    yield Member(f"{device}on", "method", PAGE, "113")
    yield Member(f"{device}off", "method", PAGE, "114")
    for row, name in enumerate(["connect", "disconnect", "message", "bLEConnectionStateChange"], 115):
        yield Member(f"event deviceAdapter {name}", "event", PAGE, str(row))
    yield Member("StandardDeviceAdapter", "class", PAGE, "119", note="official, there from the start")
    yield Member("StandardDeviceAdapter.serviceId", "static", PAGE, "120")
    yield Member(f"{device}authenticateConnection", "method", PAGE, "121")
    for row, name in enumerate(["bleVersion", "mtu", "otaVersion", "extendInfo.macStr", "authorized"], 122):
        yield Member(device + name, "attribute", PAGE, str(row))
    combo = "BleComboDualModeDeviceAdapter4H5"
    yield Member(combo, "class", PAGE, "127", note="the panel bundles its own; ours stands in for its name")
    yield Member(f"{combo}.injectOptions", "static", PAGE, "128")
    yield Member(f"{combo}.serviceId", "static", PAGE, "129")
    yield from _methods(
        PAGE,
        "0.0.5",
        "reconnectDevice unbindDevice controlDevice controlAction startListenLLEvents connectDevice"
        " bindDevice",
        prefix=device,
    )
    yield from _methods(PAGE, "1.2.11", "startOta cancelOta", prefix=device)
    yield from _plain("event", PAGE, "1.2.11", "bind authorized", prefix="event deviceAdapter ")
    yield Member("getBleDeviceAdapter", "method", PAGE, "1.2.11")
    yield Member("ERROR_MESSAGES", "attribute", PAGE, "1.2.11")


def _music() -> Iterator[Member]:
    names = (
        "getAuthStatus goAuthPage describeSongInfoBatch describeLyric describeNewTrack pickSongInfoForSync"
        " syncSongList describeSelfSongList describeSongList operateSquareSongList describeMVList describeMV"
        " searchMusic searchSingerList describeSingerList describeSinger describeRecentPlay reportRecentPlay"
        " describeHomepageSongList describeIndividualRadio describeDailySongs describeTopList"
        " describeTopListInfo describeFreeSongList describeFreeSongInfo"
    )
    yield Member("qqMusic", "object", PAGE, "140-164")
    for row, name in enumerate(names.split(), 140):
        where = PAGE if name == "pickSongInfoForSync" else PYTHON
        yield Member(f"qqMusic.{name}", "method", where, str(row))
    for name in ("QQMusicQualityType", "QQMusicPlayListType"):
        yield Member(f"qqMusic.{name}", "attribute", PAGE, "document")


def _cloud_storage() -> Iterator[Member]:
    names = (
        "IotVideoDescribeCloudStorageEvents IotVideoDescribeCloudStorageThumbnail"
        " IotVideoDescribeCloudStorageDate IotVideoDescribeCloudStorageTime IotVideoGenerateSignedVideoURL"
        " IotVideoDescribeCloudStorageStreamData"
    )
    for row, name in enumerate(names.split(), 134):
        yield Member(f"requestTokenApi('{name}')", "call", PYTHON, str(row))


def _documented() -> Iterator[Member]:
    yield from _device_members()
    yield from _page_members()
    yield from _bluetooth()
    yield from _services()


def _device_members() -> Iterator[Member]:
    yield Member("window.h5PanelSdk", "object", PAGE, "1")
    yield Member("sdkReady", "method", PAGE, "2")
    yield from _attributes(
        3,
        "deviceId productId deviceName deviceInfo roomList roomName dataTemplate deviceStatus"
        " deviceDisplayName isShareDevice familyId roomId familyInfo isFamilyOwner userInfo productInfo",
    )
    yield from _methods(PYTHON, "19", "getProductInfo getDeviceInfo", mock=True)
    yield from _methods(PYTHON, "21", "getSubDeviceList")
    yield Member("controlDeviceData", "method", PYTHON, "22", note="isMock: wsReport at once, no cloud")
    yield from _methods(PYTHON, "23", "callDeviceAction")
    yield from _methods(PYTHON, "24", "getDeviceData getDeviceDataHistory getDeviceStatus", mock=True)
    yield from _methods(PYTHON, "27", "deleteDevice getShareParams checkFirmwareUpgrade", mock=True)
    yield from _methods(
        PYTHON,
        "30",
        "getDeviceLatestOTAInfo downLoadDeviceOTA reportFirmwareVersion reportOTAStatus checkFirmwareUpdate",
    )
    yield from _methods(PYTHON, "35", "goFirmwareUpgradePage", mock=True)
    yield from _methods(PYTHON, "36", "getUserInfo")


def _page_members() -> Iterator[Member]:
    yield from _methods(
        PAGE,
        "37",
        "show hide showLoading hideLoading showSuccess showInfo showError showModal confirm alert",
        prefix="tips.",
    )
    yield from _methods(PAGE, "47", "offlineTip.show showOfflineTip offlineTip.hide hideOfflineTip")
    yield Member("showDeviceDetail", "method", PAGE, "51", mock=True)
    yield Member("hideDeviceDetail", "method", PAGE, "52")
    yield Member("goDeviceDetailPage", "method", PYTHON, "53", mock=True)
    yield from _methods(PYTHON, "54", "goGatewayAddSubDevicePage goFeedBackPage")
    yield from _methods(
        PYTHON,
        "56",
        "goDeviceInfoPage goEditDeviceNamePage goDevicePanelPage goRoomSettingPage goShareDevicePage",
        mock=True,
    )
    yield from _methods(
        PYTHON,
        "61",
        "reloadAfterUnmount navigateToMiniprogram navBack setShareConfig goTimingProjectPage"
        " triggerVibrateShort goVideoPanelPage requestTokenApi",
    )
    yield from _methods(PAGE, "69", "on off")
    yield from _events(
        71,
        "wsClose wsError wsControl wsReport wsStatusChange wsEventReport wsActionPush wsActionReport appShow"
        " appHide pageShow pageHide",
    )


def _services() -> Iterator[Member]:
    yield Member("voiceRecognition", "method", PYTHON, "130")
    yield Member("event asrResponse", "event", PAGE, "131")
    yield Member("getAsrDownloadUrl", "method", PYTHON, "132")
    yield Member("TRTCManager.goTRTCPage", "method", PYTHON, "133")
    yield from _cloud_storage()
    yield from _music()
    yield Member("appDevSdk", "object", PAGE, "165", note="the official package on our link")
    yield Member("wx", "object", PAGE, "166")
    yield Member("wxSdkReady", "method", PAGE, "167")


def _undocumented() -> Iterator[Member]:
    yield from _plain(
        "attribute",
        PAGE,
        "1.2.11",
        "deviceData productConfig isStandardBleDevice isMock debug lid quid uin born thirdPlatformId"
        " thirdAccessToken groupId groupInfo groupName isShareGroup belongGroups isGroup bleDeviceId"
        " themeColorMap",
    )
    yield from _plain(
        "object",
        PAGE,
        "1.2.11",
        "tips offlineTip firmwareUpgrade dingDangManager TRTCManager wxapi insightReportor h5Websocket"
        " _appBridge iotexplorerH5PanelDeviceDetail",
    )
    yield from _undocumented_members()


def _undocumented_members() -> Iterator[Member]:
    yield Member("previewController", "object", PAGE, "1.2.11", note="only with previewVersionInfo")
    yield Member("h5WebSocket", "object", PAGE, "0.0.5", note="the same as h5Websocket")
    yield from _methods(PAGE, "1.2.11", "once emit ready setTriggerVibrateShortFilter checkIsMock")
    yield from _methods(PAGE, "1.2.11", "callMpApi getHealthBaikeUrl getTMESdk setBleDeviceAdapter")
    yield from _methods(
        PAGE,
        "1.2.11",
        "onWsClose onWsError onWsPush onWsControl onWsReport onWsStatusChange onWsEventReport onWsActionPush"
        " onWsActionReport onWsDeviceBind onWsDeviceUnbind onWsSubDeviceBind onWsSubDeviceUnbind"
        " onWsSubDeviceChange",
    )
    yield from _methods(
        PYTHON,
        "1.2.11",
        "createWifiBindToken getDevicesByBindToken controlGroupData getGroupInfo getGroupDeviceList"
        " getFirstOnlineDevice goScenePage",
    )
    yield from _methods(PYTHON, "1.2.11", "goGroupDetailPage", mock=True)
    yield from _methods(PAGE, "1.2.11", "isTRTCDevice", prefix="TRTCManager.")
    yield from _methods(
        PYTHON, "1.2.11", "goQQMusicAuthPage goDingDangActivationPage", prefix="dingDangManager."
    )
    yield from _methods(PYTHON, "0.0.5", "getInitData getFamilyInfo getAllFamilyList getRoomList")
    yield from _methods(PYTHON, "1.2.11", "deleteGroup", mock=True)
    yield from _methods(PAGE, "1.2.11", "showGroupDetail", mock=True)
    yield from _methods(PAGE, "1.2.11", "enableBlueToothBridge")
    yield from _methods(PAGE, "0.0.5", "use")
    yield Member("_isAppDevSdkLogin", "attribute", PAGE, "0.0.5")
    yield Member("navigateToMiniProgram", "method", PYTHON, "panels", note="spelling of the public demo")
    yield from _plain(
        "event",
        PAGE,
        "1.2.11",
        "wsPush wsDeviceBind wsDeviceUnbind wsSubDeviceBind wsSubDeviceUnbind wsSubDeviceChange"
        " subDeviceChange",
        prefix="event ",
    )


MEMBERS: tuple[Member, ...] = (*_documented(), *_undocumented())
DOCUMENTED_ROWS = 167

PRIVATE = "a private part of the SDK's start; panels cannot use it"
PRIVATE_STATE = "private state"
TYPE_PACKAGE_ONLY: dict[str, str] = {
    **dict.fromkeys(
        ("_initAppBridge", "_initAppDevSdk", "_initBleAdapter", "_initComponents", "_initH5Websocket"),
        PRIVATE,
    ),
    **dict.fromkeys(("_initLogger", "_initSdkData", "injectEventsHandler"), PRIVATE),
    **dict.fromkeys(("_h5DeviceDetailOption", "_h5DeviceDetailShow", "_sdkReadyTimeoutTimer"), PRIVATE_STATE),
    **dict.fromkeys(("_bleDeviceId", "_productInfo", "_sdkReadyPromise"), PRIVATE_STATE),
    **dict.fromkeys(
        ("_shouldTriggerVibrateShort", "_triggerVibrateShortFilter", "_triggerVibrateShortType"),
        PRIVATE_STATE,
    ),
    "_TMESdk": "appears after getTMESdk(), as in the real SDK",
}
