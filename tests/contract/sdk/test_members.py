"""What members do beyond answering: pages, prompts, removal, sharing, speech, music."""

from typing import Any

import pytest

from devkit.cloud import VirtualDevice
from devkit.cloud.seed import add_device
from devkit.errors import CloudApiError
from devkit.sdk import Simulator
from tests.helpers.sdk_host import DEVICE, PRODUCT, SdkHost, open_panel

pytestmark = pytest.mark.browser
ID = f"{PRODUCT}/{DEVICE}"


async def test_navigation_is_recorded_covers_the_page_and_comes_back(
    panel: Any, simulator: Simulator
) -> None:
    await panel.evaluate(
        """async () => { window.states = []
          for (const name of ['pageHide', 'pageShow']) h5PanelSdk.on(name, () => states.push(name))
          window.answer = await h5PanelSdk.goDeviceDetailPage({ shareParams: { a: 1 } }) }"""
    )
    call = simulator.mini_program.last
    assert call
    assert call.api == "navigateTo"
    assert call.url == (
        f"/pages/Device/DeviceDetail/DeviceDetail?deviceId={ID}&isShareDevice=false&reload=false"
        "&shareParams=%7B%22a%22%3A1%7D&trigger=h5panel"
    )
    assert call.query["shareParams"] == '{"a":1}'
    assert await panel.evaluate("answer") == {"errMsg": "navigateTo:ok"}
    await (
        panel.get_by_role("button", name="返回面板")
        .or_(panel.get_by_role("button", name="Back"))
        .first.click()
    )
    await panel.wait_for_function("states.length === 2")
    assert await panel.evaluate("states") == ["pageHide", "pageShow"]


async def test_a_failing_mini_program_call_resolves_to_nothing(panel: Any, simulator: Simulator) -> None:
    simulator.mini_program.failures["navigateTo"] = {"errMsg": "navigateTo:fail page not found"}
    assert await panel.evaluate("h5PanelSdk.goFeedBackPage().then(answer => answer === undefined)")
    failed = await panel.evaluate(
        "new Promise(fail => wx.miniProgram.navigateTo({ url: '/x', fail, success: () => fail('no') }))"
    )
    assert failed["errMsg"] == "navigateTo:fail page not found"


async def test_page_and_app_states_come_from_python(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate(
        """() => { window.states = []
          for (const name of ['pageHide', 'pageShow', 'appHide', 'appShow'])
            h5PanelSdk.on(name, payload => states.push([name, payload])) }"""
    )
    simulator.mini_program.hide_page()
    simulator.mini_program.show_page({"scene": 1001})
    simulator.mini_program.hide_app()
    simulator.mini_program.show_app()
    await panel.wait_for_function("states.length === 4")
    assert await panel.evaluate("states") == [
        ["pageHide", None],
        ["pageShow", {"scene": 1001}],
        ["appHide", None],
        ["appShow", None],
    ]


async def test_share_and_vibration_are_kept(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate(
        """async () => {
          await h5PanelSdk.setShareConfig({ title: '我的灯', imgUrl: 'https://a.example/b.png' })
          const isBool = property => property.define.type === 'bool'
          h5PanelSdk.setTriggerVibrateShortFilter(isBool, { vibrateShortType: 'heavy' })
          await h5PanelSdk.controlDeviceData({ brightness: 3 })
          await h5PanelSdk.controlDeviceData({ power_switch: 1 })
          await h5PanelSdk.triggerVibrateShort('light')
        }"""
    )
    assert simulator.mini_program.share == {"title": "我的灯", "imgUrl": "https://a.example/b.png"}
    assert simulator.mini_program.vibrations == ["heavy", "light"]


async def test_firmware_is_offered_only_online_and_aloud(panel: Any, simulator: Simulator) -> None:
    bench: Any = simulator.transport.bench
    await bench.offer_firmware(ID, "2.0.0")
    silent = await panel.evaluate("h5PanelSdk.checkFirmwareUpgrade({ silent: true })")
    assert silent["DstVersion"] == "2.0.0"
    await bench.set_online(ID, online=False)
    await panel.evaluate("h5PanelSdk.checkFirmwareUpgrade()")
    assert await panel.get_by_role("dialog").count() == 0
    await bench.set_online(ID, online=True)
    await panel.evaluate("h5PanelSdk.checkFirmwareUpgrade()")
    await panel.get_by_role("dialog").get_by_role("button", name="立即升级").click()
    await settled(simulator, lambda: bool(simulator.mini_program.navigations))
    assert (
        simulator.mini_program.navigations[-1].path
        == "/pages/Device/DeviceUpgradeFirmware/DeviceUpgradeFirmware"
    )


async def test_a_device_that_brings_the_wifi_token_is_in_the_family(panel: Any, simulator: Simulator) -> None:
    bench: Any = simulator.transport.bench
    token = await panel.evaluate("h5PanelSdk.createWifiBindToken()")
    assert await panel.evaluate("token => h5PanelSdk.getDevicesByBindToken(token)", token) == []
    await bench.provision(f"{PRODUCT}/new01", token)
    found = await panel.evaluate("token => h5PanelSdk.getDevicesByBindToken(token)", token)
    assert found == [{"ProductId": PRODUCT, "DeviceName": "new01", "State": 2}]
    device = await panel.evaluate("id => h5PanelSdk.getDeviceInfo({ deviceId: id })", f"{PRODUCT}/new01")
    assert device["FamilyId"] == await panel.evaluate("h5PanelSdk.familyId")


async def settled(simulator: Simulator, condition: Any) -> None:
    """Wait until condition() holds; every change shows in the timeline."""
    async for _ in simulator.timeline.follow(0):
        if condition():
            return


async def test_firmware_downloads_as_bytes_and_its_progress_is_reported(
    panel: Any, simulator: Simulator
) -> None:
    bench: Any = simulator.transport.bench
    await bench.offer_firmware(ID, "2.0.0")
    found = await panel.evaluate(
        """async () => {
          const { TargetVersion } = await h5PanelSdk.getDeviceLatestOTAInfo()
          const { otaData, deviceId } = await h5PanelSdk.downLoadDeviceOTA()
          const text = new TextDecoder().decode(otaData)
          return [TargetVersion, deviceId, otaData instanceof ArrayBuffer, text.split('\\n')[0]]
        }"""
    )
    assert found == ["2.0.0", ID, True, f"{PRODUCT} 2.0.0"]


async def test_a_bluetooth_device_asks_twice_before_it_goes(host: SdkHost, page: Any) -> None:
    host.variant = {"fields": {"isStandardBleDevice": True}}
    async with open_panel(host, page, "websocket"):
        await page.evaluate("() => { window.done = h5PanelSdk.deleteDevice() }")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_text("确认删除设备吗？").wait_for()
        await dialog.get_by_role("button", name="删除").click()
        await dialog.get_by_text("确认删除该蓝牙设备吗？").wait_for()
        await dialog.get_by_role("button", name="取消").click()
        await page.evaluate("done")
    assert host.simulator.mini_program.calls == []


async def test_deletion_asks_and_leaves(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate("() => { window.done = h5PanelSdk.deleteDevice() }")
    dialog = panel.get_by_role("dialog")
    await dialog.get_by_text("确认删除设备吗？").wait_for()
    await dialog.get_by_role("button", name="取消").click()
    await panel.evaluate("done")
    assert not [entry for entry in simulator.timeline.of_kind("action") if "Delete" in entry["action"]]
    await panel.evaluate("() => { window.done = h5PanelSdk.deleteDevice() }")
    await dialog.get_by_role("button", name="删除").click()
    await panel.evaluate("done")
    assert [call.api for call in simulator.mini_program.calls] == ["postMessage", "navigateBack"]
    with pytest.raises(CloudApiError):
        await simulator.cloud("AppGetDeviceData", {"DeviceId": ID})


async def test_a_refused_token_is_renewed_once_in_silence(panel: Any, simulator: Simulator) -> None:
    bench: Any = simulator.transport.bench
    bench.set_fault({"errors": {"AppGetDeviceStatuses": {"code": "InvalidAccessToken", "msg": "expired"}}})
    before = len(simulator.timeline.of_kind("action"))
    error = await panel.evaluate("h5PanelSdk.getDeviceStatus().catch(error => error)")
    assert error["code"] == "VERIFY_LOGIN_FAIL"
    assert error["msg"] == "登录态验证失败，请重新登录"
    assert error["reqId"]
    actions = [entry["action"] for entry in simulator.timeline.of_kind("action")[before:]]
    assert actions == ["AppGetDeviceStatuses", "AppGetUser", "AppGetDeviceStatuses"]


async def test_an_unreachable_cloud_rejects_as_the_real_sdk(panel: Any, simulator: Simulator) -> None:
    bench: Any = simulator.transport.bench
    bench.set_fault({"drop": 1.0})
    errors = await panel.evaluate(
        """() => Promise.all([h5PanelSdk.getDeviceInfo(), h5PanelSdk.appDevSdk.requestApi('AppGetUser')]
          .map(call => call.catch(error => error)))"""
    )
    assert errors == [{"code": 0, "msg": ""}] * 2


async def test_ultrafast_mode_has_no_data_at_first(host: SdkHost, page: Any, link: str) -> None:
    host.variant = {"ultrafast": True}
    host.panel = """
      window.early = [h5PanelSdk.deviceId, h5PanelSdk.dataTemplate.properties, {...h5PanelSdk.deviceData}]
      window.order = []; h5PanelSdk.sdkReady().then(() => order.push('ready')); order.push('script')"""
    async with open_panel(host, page, link):
        await page.evaluate("h5PanelSdk.sdkReady()")
        assert await page.evaluate("early") == [ID, None, {}]
        assert await page.evaluate("order") == ["script", "ready"]
        assert await page.evaluate("h5PanelSdk.dataTemplate.properties.length") == 6
        assert "power_switch" in await page.evaluate("h5PanelSdk.deviceData")


async def test_a_shared_device_has_no_family_and_is_given_back(host: SdkHost, page: Any, link: str) -> None:
    host.variant = {"share": True}
    async with open_panel(host, page, link):
        seen = await page.evaluate(
            "[h5PanelSdk.isShareDevice, h5PanelSdk.familyId, h5PanelSdk.roomId, h5PanelSdk.isFamilyOwner]"
        )
        await page.evaluate("() => { window.done = h5PanelSdk.deleteDevice() }")
        await page.get_by_role("dialog").get_by_text("确认移除该分享设备吗？").wait_for()
    assert seen == [True, None, None, False]


async def test_speech_comes_in_shards_to_every_tab(panel: Any, simulator: Simulator) -> None:
    simulator.asr.recognise = lambda recording: ["一", "二", "三"]
    result = await panel.evaluate(
        """async () => {
          const shards = [], controls = []
          h5PanelSdk.on('wsControl', ({ deviceId, deviceData }) =>
            controls.push({ deviceId, data: JSON.parse(deviceData._sys_asr_response.Value) }))
          const all = new Promise(done => h5PanelSdk.on('asrResponse', event => {
            shards.push(event); if (shards.length === event.data.total_num) done() }))
          const Data = new File(['sound'], 'a.wav')
          const { ResourceToken } = await h5PanelSdk.voiceRecognition({ AudioType: 'file', Data })
          await all
          const DeviceId = h5PanelSdk.deviceId
          const { ResourceURL } = await h5PanelSdk.getAsrDownloadUrl({ DeviceId, ResourceToken })
          const sound = await (await fetch(ResourceURL)).text()
          return { shards, controls, ResourceToken, sound }
        }"""
    )
    shards = [shard["data"] for shard in result["shards"]]
    assert result["sound"] == "sound"
    assert result["controls"] == result["shards"]
    assert simulator.asr.recordings[result["ResourceToken"]].name == "a.wav"
    assert [shard["seq"] for shard in shards] != [1, 2, 3]
    texts = sorted((shard["seq"], shard["res_text"].partition("]  ")[2].strip()) for shard in shards)
    assert texts == [(1, "一"), (2, "二"), (3, "三")]
    assert all(shard["resource_token"] == result["ResourceToken"] for shard in shards)


async def test_music_logs_in_on_the_way_back_and_reaches_the_device(panel: Any, simulator: Simulator) -> None:
    received: list[tuple[str, Any]] = []

    class Speaker(VirtualDevice):
        async def on_message(self, topic: str, payload: Any) -> None:
            received.append((topic, payload))

    transport: Any = simulator.transport
    transport.bench.script(ID, Speaker)
    assert await panel.evaluate("h5PanelSdk.qqMusic.getAuthStatus()") is False
    await panel.evaluate("h5PanelSdk.qqMusic.goAuthPage()")
    await panel.evaluate("__devkit_runtime.link.call('devkit.navigateBack', [])")
    picked = await panel.evaluate(
        """async () => {
          const { qqMusic } = h5PanelSdk
          if (!await qqMusic.getAuthStatus()) return 'not logged in'
          const songs = await qqMusic.describeDailySongs()
          const quality = qqMusic.QQMusicQualityType.SQ
          const SongList = qqMusic.pickSongInfoForSync(songs, { quality })
          const Type = qqMusic.QQMusicPlayListType.SongList
          await qqMusic.syncSongList({ Id: '201', Name: '我喜欢', Type, Quality: 8, SongList,
            Total: SongList.length, Page: 1, PageSize: 30, PlaySongId: SongList[0].SongId })
          const bad = songs.find(song => song.UnplayableMsg && !song.Try30SUrl)
          let refusal
          const necessarySongId = bad.SongId
          try { qqMusic.pickSongInfoForSync(songs, { quality, necessarySongId }) }
          catch (error) { refusal = error }
          const trial = songs.find(song => song.UnplayableMsg && song.Try30SUrl)
          const sample = qqMusic.pickSongInfoForSync([trial], { quality })[0]
          let strict
          try { qqMusic.pickSongInfoForSync(songs, { quality, necessarySongId: trial.SongId }) }
          catch (error) { strict = error }
          const free = await qqMusic.describeFreeSongList()
          const both = free.SongList === free[0].SongList
          return { count: songs.length, picked: SongList.length, refusal, strict, both,
            sample: [sample.SongURL === trial.Try30SUrl, sample.SongPlayTime] }
        }"""
    )
    assert picked["count"] == 30
    assert picked["picked"] == 28
    assert picked["refusal"]["msg"]
    assert (picked["strict"]["code"], picked["sample"], picked["both"]) == ("2", [True, 30], True)
    assert received[0][1]["Name"] == "我喜欢"


async def test_app_dev_sdk_is_the_official_package_on_our_link(panel: Any) -> None:
    found = await panel.evaluate(
        """async () => {
          const { appDevSdk } = h5PanelSdk
          await appDevSdk.init()
          const error = await appDevSdk.requestApi('AppNothing').catch(error => error)
          const params = { ProductId: h5PanelSdk.productId, DeviceIds: [h5PanelSdk.deviceId] }
          const statuses = await appDevSdk.requestApi('AppGetDeviceStatuses', params)
          const utils = Object.keys(appDevSdk.utils).length
          return { login: appDevSdk.isLogin, name: appDevSdk.nickName, utils, code: error.code,
            events: appDevSdk.constants.EventTypes.WsReport, status: statuses.DeviceStatuses[0].Online }
        }"""
    )
    assert found["login"] is True
    assert found["name"] == "小美"
    assert found["utils"] > 10
    assert found["events"] == "wsReport"
    assert found["code"]
    assert found["status"] == 1


async def test_a_reload_in_place_forgets_the_old_panel(panel: Any, simulator: Simulator) -> None:
    await panel.evaluate(
        """() => { window.old = 0; h5PanelSdk.on('wsReport', () => { old += 1 })
          h5PanelSdk.onWsReport(() => { old += 1 }); h5PanelSdk.tips.showLoading('x', { delayDuration: 0 })
          h5PanelSdk.showDeviceDetail(); h5PanelSdk.showOfflineTip() }"""
    )
    await panel.evaluate("__devkit_runtime.resetForReload()")
    await panel.evaluate("() => { window.fresh = 0; h5PanelSdk.on('wsReport', () => { fresh += 1 }) }")
    bench: Any = simulator.transport.bench
    await bench.report(ID, {"brightness": 9})
    await panel.wait_for_function("fresh === 1")
    assert await panel.evaluate("[old, h5PanelSdk.deviceData.brightness]") == [0, 9]
    assert await panel.evaluate("h5PanelSdk.components_.deviceDetail.visible") is False


async def test_a_new_name_reaches_open_pages(panel: Any, simulator: Simulator) -> None:
    families = await simulator.cloud("AppGetFamilyList", {"Offset": 0, "Limit": 1})
    params = {"ProductId": PRODUCT, "DeviceName": DEVICE, "FamilyId": families["FamilyList"][0]["FamilyId"]}
    await panel.evaluate("h5PanelSdk.showDeviceDetail()")
    await simulator.cloud("AppUpdateDeviceInFamily", {**params, "AliasName": "床头灯"})
    await simulator.update_pages()
    await panel.wait_for_function("h5PanelSdk.deviceDisplayName === '床头灯' && document.title === '床头灯'")
    assert await panel.evaluate("h5PanelSdk.deviceInfo.AliasName") == "床头灯"
    await panel.get_by_text("床头灯").first.wait_for()


async def test_subscriptions_bring_pushes_of_other_devices(panel: Any, simulator: Simulator) -> None:
    transport: Any = simulator.transport
    with transport.emulator.work() as work:
        seed = transport.seed
        add_device(work, PRODUCT, "other", family_id=seed.family_id, user_id=seed.user_id, online=True)
    other = f"{PRODUCT}/other"
    await panel.evaluate(
        """async other => { window.seen = []
          h5PanelSdk.on('wsReport', event => seen.push([event.deviceId, h5PanelSdk.deviceData.brightness]))
          h5PanelSdk.deviceData.brightness = 1
          await h5PanelSdk.ready()
          await h5PanelSdk.appDevSdk.subscribeDevices([h5PanelSdk.deviceId, other])
          await __devkit_runtime.link.call('devkit.echo', []) }""",
        other,
    )
    await transport.bench.report(other, {"brightness": 50})
    await panel.wait_for_function("seen.length === 1")
    assert await panel.evaluate("seen") == [[other, 1]]


async def test_a_preview_of_a_version_shows_its_bar(host: SdkHost, page: Any, link: str) -> None:
    host.variant = {"fields": {"previewVersionInfo": {"ConfigVersion": "1.0.3"}}}
    async with open_panel(host, page, link):
        assert await page.evaluate("typeof h5PanelSdk.previewController.render") == "function"
        await page.get_by_text("1.0.3").wait_for()


async def test_plugins_install_themselves(panel: Any) -> None:
    found = await panel.evaluate(
        """() => {
          const seen = []
          const plugin = { install: (sdk, options) => seen.push(sdk === h5PanelSdk, options) }
          const same = h5PanelSdk.use(plugin, 5) === h5PanelSdk
          h5PanelSdk.use(class { static install(sdk) { seen.push(sdk.deviceId) } })
          let refused; try { h5PanelSdk.use(7) } catch (error) { refused = error.name }
          return [same, refused, ...seen]
        }"""
    )
    assert found == [True, "TypeError", True, 5, ID]


@pytest.mark.parametrize(
    ("line", "url"),
    [
        (
            "设备名称",
            "/pages/CommonForm/CommonForm?namespace=DeviceDetail%2FEditName&trigger=h5panel&deviceId={}&name=",
        ),
        ("设备信息", "/pages/Device/DeviceDetail/DeviceInfo/DeviceInfo?deviceId={}"),
        ("房间设置", "/pages/Device/DeviceDetail/DeviceChooseRoom/DeviceChooseRoom?deviceId={}"),
        ("设备分享", "/pages/Device/DeviceDetail/ShareList/ShareList?deviceId={}&params=%7B%22a%22%3A1%7D"),
        ("创建群组", "trigger=h5panel&deviceId={}"),
    ],
)
async def test_lines_of_the_device_detail_lead_to_their_pages(
    host: SdkHost, page: Any, line: str, url: str
) -> None:
    async with open_panel(host, page, "websocket"):
        await page.evaluate("h5PanelSdk.showDeviceDetail({ shareParams: { a: 1 } })")
        await page.get_by_role("button", name=line).click()
        await settled(host.simulator, lambda: bool(host.simulator.mini_program.navigations))
        assert url.format(ID) in host.simulator.mini_program.navigations[-1].url


async def test_a_panels_own_lines_and_buttons_are_there(panel: Any) -> None:
    await panel.evaluate(
        """() => { window.taps = []
          h5PanelSdk.showDeviceDetail({
            extendItems: [{ label: '定时', content: '3 个', onClick: () => taps.push('item') }],
            extendButtons: [{ text: '重启', type: 'primary', onClick: () => taps.push('button') }] }) }"""
    )
    await panel.get_by_role("button", name="定时").click()
    await panel.get_by_role("button", name="重启").click()
    assert await panel.evaluate("taps") == ["item", "button"]
    await panel.evaluate("h5PanelSdk.hideDeviceDetail()")
    assert not await panel.get_by_text("重启").is_visible()
