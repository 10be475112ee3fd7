// Runs on the real SDK and on ours; the answers must be the same. Each probe: [name, function].
;async () => {
  const sdk = window.h5PanelSdk
  await sdk.sdkReady()
  await sdk.ready()
  const id = sdk.deviceId
  const wait = (name) => new Promise((done) => sdk.once(name, done))
  const probes = [
    ['deviceId', () => sdk.deviceId],
    ['productId', () => sdk.productId],
    ['deviceName', () => sdk.deviceName],
    ['deviceData', () => ({ ...sdk.deviceData })],
    ['deviceStatus', () => sdk.deviceStatus],
    ['deviceDisplayName', () => sdk.deviceDisplayName],
    ['deviceInfo', () => sdk.deviceInfo],
    ['productInfo', () => sdk.productInfo],
    ['dataTemplate', () => sdk.dataTemplate],
    ['familyId', () => sdk.familyId],
    ['familyInfo', () => sdk.familyInfo],
    ['isFamilyOwner', () => sdk.isFamilyOwner],
    ['roomId', () => sdk.roomId],
    ['roomName', () => sdk.roomName],
    ['roomList', () => sdk.roomList],
    ['userInfo', () => sdk.userInfo],
    ['uin', () => sdk.uin],
    ['flags', () => [sdk.isShareDevice, sdk.isMock, sdk.isStandardBleDevice, sdk.isGroup, sdk.isShareGroup]],
    ['born is a time', () => typeof sdk.born],
    ['themeColorMap', () => sdk.themeColorMap],
    [
      'bleDeviceId',
      () => {
        sdk.bleDeviceId = 'x'
        return sdk.bleDeviceId
      },
    ],
    ['unknown members', () => [typeof sdk.displayName, typeof sdk.gatewayProductId, typeof sdk.noSuch]],
    ['enumerable basics', () => ['deviceId', 'deviceData', 'userInfo'].map((name) => name in sdk)],
    ['getDeviceData', async () => Object.keys(await sdk.getDeviceData()).sort()],
    ['getDeviceData of nobody', () => sdk.getDeviceData({ deviceId: 'NOBODY/none' })],
    ['getDeviceStatus', () => sdk.getDeviceStatus()],
    ['getDeviceStatus of nobody', () => sdk.getDeviceStatus({ deviceId: 'NOBODY/none' })],
    ['getDeviceInfo', () => sdk.getDeviceInfo()],
    ['getDeviceInfo of nobody', () => sdk.getDeviceInfo({ deviceId: 'NOBODY/none' })],
    ['getProductInfo', async () => [...(await sdk.getProductInfo())]],
    ['getProductInfo of nobody', () => sdk.getProductInfo({ productId: 'NOBODY' })],
    ['getUserInfo', () => sdk.getUserInfo()],
    ['userInfo after getUserInfo', () => sdk.userInfo.PhoneNumber],
    [
      'getDeviceDataHistory',
      () => sdk.getDeviceDataHistory({ FieldName: 'brightness', MinTime: 0, MaxTime: 1, Limit: 5 }),
    ],
    ['getDeviceDataHistory of nothing', () => sdk.getDeviceDataHistory({})],
    ['getShareParams', () => sdk.getShareParams()],
    ['getDevicesByBindToken', () => sdk.getDevicesByBindToken('none')],
    ['createWifiBindToken', async () => typeof (await sdk.createWifiBindToken())],
    ['getSubDeviceList', () => sdk.getSubDeviceList()],
    ['checkFirmwareUpgrade', () => sdk.checkFirmwareUpgrade({ silent: true })],
    [
      'checkFirmwareUpdate',
      () => sdk.checkFirmwareUpdate({ ProductId: sdk.productId, DeviceName: sdk.deviceName }),
    ],
    ['checkFirmwareUpdate of nothing', () => sdk.checkFirmwareUpdate({})],
    ['getDeviceLatestOTAInfo', () => sdk.getDeviceLatestOTAInfo()],
    ['reportFirmwareVersion', () => sdk.reportFirmwareVersion({ version: '1.0.0' })],
    ['getGroupInfo of none', () => sdk.getGroupInfo({ groupId: 'none' })],
    ['getGroupDeviceList of none', () => sdk.getGroupDeviceList({ groupId: 'none' })],
    ['controlDeviceData', () => sdk.controlDeviceData({ power_switch: 1 })],
    ['controlDeviceData of a text', () => sdk.controlDeviceData('{"power_switch":0}')],
    ['controlDeviceData out of range', () => sdk.controlDeviceData({ brightness: 1000 })],
    ['controlDeviceData of nobody', () => sdk.controlDeviceData({ power_switch: 1 }, 'NOBODY/none')],
    ['controlDeviceData of an unknown property', () => sdk.controlDeviceData({ nothing: 1 })],
    ['controlDeviceData of nothing', () => sdk.controlDeviceData()],
    [
      'callDeviceAction',
      async () => {
        const { Status, OutputParams } = await sdk.callDeviceAction({ times: 1 }, 'blink')
        return { Status, OutputParams }
      },
    ],
    ['callDeviceAction unknown', () => sdk.callDeviceAction({}, 'none')],
    [
      'requestTokenApi',
      async () => Object.keys(await sdk.requestTokenApi('AppGetFamilyList', { Offset: 0, Limit: 10 })).sort(),
    ],
    ['requestTokenApi unknown', () => sdk.requestTokenApi('AppDoNothing')],
    [
      'requestTokenApi default family',
      () =>
        sdk
          .requestTokenApi('AppGetRoomList', { FamilyId: 'default', Offset: 0, Limit: 1 })
          .then((found) => found.Total),
    ],
    [
      'wsControl and wsReport',
      async () => {
        const seen = []
        const control = wait('wsControl').then((event) =>
          seen.push(['control', event, sdk.deviceData.brightness]),
        )
        const report = wait('wsReport').then((event) =>
          seen.push(['report', event, sdk.deviceData.brightness]),
        )
        await sdk.controlDeviceData({ brightness: 33 })
        await Promise.all([control, report])
        return seen
      },
    ],
    [
      'deviceData is the same object',
      async () => {
        const held = sdk.deviceData
        const report = wait('wsReport')
        await sdk.controlDeviceData({ brightness: 34 })
        await report
        return [held === sdk.deviceData, held.brightness]
      },
    ],
    ['on gives the sdk', () => sdk.on('x', () => 0) === sdk],
    ['off gives the sdk', () => sdk.off('x') === sdk],
    ['on without a function', () => sdk.on('x')],
    [
      'once',
      async () => {
        let count = 0
        sdk.once('y', () => {
          count += 1
        })
        await sdk.emit('y')
        await sdk.emit('y')
        return count
      },
    ],
    [
      'off one listener',
      async () => {
        const seen = []
        const first = () => seen.push(1)
        const second = () => seen.push(2)
        sdk.on('z', first)
        sdk.on('z', second)
        sdk.off('z', first)
        await sdk.emit('z')
        sdk.off('z')
        await sdk.emit('z')
        return seen
      },
    ],
    [
      'emit gives the results',
      () => {
        sdk.on('w', () => 7)
        return sdk.emit('w')
      },
    ],
    ['emit without listeners', () => typeof sdk.emit('nobody')],
    [
      'onWsReport',
      async () => {
        const seen = new Promise((done) => {
          window.chained = sdk.onWsReport((event) => done(event.deviceId)) === sdk
        })
        await sdk.controlDeviceData({ brightness: 35 })
        const found = [await seen, window.chained]
        sdk.onWsReport(undefined)
        return found
      },
    ],
    ['goDeviceDetailPage', () => sdk.goDeviceDetailPage()],
    [
      'goDeviceDetailPage full',
      () => sdk.goDeviceDetailPage({ reload: 1, isShareDevice: true, shareParams: { a: '灯 &' } }),
    ],
    ['goFeedBackPage', () => sdk.goFeedBackPage()],
    ['goDeviceInfoPage', () => sdk.goDeviceInfoPage()],
    ['goEditDeviceNamePage', () => sdk.goEditDeviceNamePage({ name: "小'灯!(*)" })],
    ['goEditDeviceNamePage default', () => sdk.goEditDeviceNamePage()],
    ['goRoomSettingPage', () => sdk.goRoomSettingPage({ deviceId: 'A/b' })],
    ['goShareDevicePage', () => sdk.goShareDevicePage()],
    ['goShareDevicePage params', () => sdk.goShareDevicePage({ shareParams: { k: [1, true, null] } })],
    ['goFirmwareUpgradePage', () => sdk.goFirmwareUpgradePage()],
    ['goTimingProjectPage', () => sdk.goTimingProjectPage()],
    [
      'goTimingProjectPage feature',
      () => sdk.goTimingProjectPage({ featureId: 'power_switch', isShareDevice: true }),
    ],
    ['goScenePage', () => sdk.goScenePage()],
    ['goScenePage manual', () => sdk.goScenePage({ type: 'manual' })],
    ['goScenePage auto', () => sdk.goScenePage({ type: 'auto' })],
    ['goGroupDetailPage', () => sdk.goGroupDetailPage({ groupId: 'g1' })],
    ['goGatewayAddSubDevicePage', () => sdk.goGatewayAddSubDevicePage('G/w')],
    ['goDevicePanelPage', () => sdk.goDevicePanelPage(id, { passThroughParams: { a: '1' } })],
    ['goDevicePanelPage redirect', () => sdk.goDevicePanelPage(id, { redirect: true })],
    [
      'navigateToMiniprogram',
      () => sdk.navigateToMiniprogram({ appid: 'wx1', extraData: { a: 1 }, envVersion: 'trial' }),
    ],
    ['navBack', () => sdk.navBack()],
    ['reloadAfterUnmount', () => sdk.reloadAfterUnmount()],
    ['callMpApi', () => sdk.callMpApi('redirectTo', { url: '/pages/a' })],
    ['callMpApi unknown', () => sdk.callMpApi('noSuchApi', {})],
    ['TRTCManager', () => sdk.TRTCManager.goTRTCPage('video')],
    ['TRTC is off', () => Boolean(sdk.TRTCManager.isTRTCDevice())],
    ['dingDangManager', () => sdk.dingDangManager.goQQMusicAuthPage()],
    ['getTMESdk', () => sdk.getTMESdk()],
    ['getHealthBaikeUrl', () => typeof sdk.getHealthBaikeUrl()],
    ['triggerVibrateShort', () => sdk.triggerVibrateShort('light')],
    ['setTriggerVibrateShortFilter without a filter', () => sdk.setTriggerVibrateShortFilter()],
    [
      'vibration filter sees properties',
      async () => {
        const seen = []
        sdk.setTriggerVibrateShortFilter((property) => {
          seen.push([property.id, property.define.type])
          return false
        })
        await sdk.controlDeviceData({ power_switch: 1, brightness: 5 })
        sdk.setTriggerVibrateShortFilter(() => false)
        return seen
      },
    ],
    ['wxSdkReady', async () => typeof (await sdk.wxSdkReady()).share],
    ['tips without waiting', () => sdk.tips.show('a', { waitForHide: false, duration: 10 })],
    [
      'tips waits',
      async () => {
        const from = Date.now()
        await sdk.tips.show('a', { duration: 20 })
        return Date.now() - from >= 15
      },
    ],
    [
      'tips loading',
      async () => {
        await sdk.tips.showLoading()
        return sdk.tips.hideLoading()
      },
    ],
    ['tips error of nothing', () => sdk.tips.showError(null)],
    ['hideDeviceDetail', () => sdk.hideDeviceDetail()],
    ['appDevSdk', () => [sdk.appDevSdk.isLogin, sdk.appDevSdk.uin, sdk.appDevSdk.nickName]],
    [
      'appDevSdk.requestApi',
      async () => (await sdk.appDevSdk.requestApi('AppGetFamilyList', { Offset: 0, Limit: 1 })).Total,
    ],
    ['appDevSdk.requestApi unknown', () => sdk.appDevSdk.requestApi('AppDoNothing')],
    ['appDevSdk default family', async () => (await sdk.appDevSdk.getDefaultFamilyId()) === sdk.familyId],
    [
      'bluetooth classes',
      () => [typeof sdk.DeviceAdapter, typeof sdk.StandardDeviceAdapter, sdk.StandardDeviceAdapter.serviceId],
    ],
    [
      'bluetooth subclass',
      () => {
        class Own extends sdk.DeviceAdapter {}
        Own.serviceId = 'X'
        Own.deviceFilter = () => null
        sdk.blueToothAdapter.addAdapter(Own)
        return typeof Own.prototype.write
      },
    ],
    ['ERROR_MESSAGES', () => typeof sdk.ERROR_MESSAGES],
    ['isStandardBle members', () => typeof sdk.getBleDeviceAdapter],
  ]
  const plain = (value) =>
    value === undefined
      ? '<undefined>'
      : value instanceof Error
        ? { error: value.message }
        : JSON.parse(JSON.stringify(value))
  const results = {}
  for (const [name, probe] of probes) {
    try {
      results[name] = [
        'ok',
        plain(await Promise.race([probe(), new Promise((_, no) => setTimeout(no, 4000, 'timeout'))])),
      ]
    } catch (error) {
      results[name] = ['rejected', plain(error)]
    }
  }
  return results
}
