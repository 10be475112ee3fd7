/** The smaller objects on the SDK: bridge to the mini program, firmware, calls, music box, insight log. */

import EventEmitter from 'event-emitter-for-miniprogram'
import type { PanelSdk } from './sdk'

/**
 * The bridge socket's API; its messages go over our link. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11
 * h5Websocket.
 */
class H5Websocket extends EventEmitter {
  constructor(private readonly sdk: PanelSdk) {
    super()
  }

  isConnected(): boolean {
    return this.sdk.link_.connected
  }

  connect(): Promise<void> {
    return Promise.resolve()
  }

  disconnect(): void {}

  onConnect(callback: () => void): void {
    this.on('connect', callback)
  }

  onDisconnect(callback: () => void): void {
    this.on('disconnect', callback)
  }

  send(action: string, data: any = {}): Promise<any> {
    return this.sendControlAction(data.action || action, data.payload)
  }

  /** Source: docs/reference/protocol.md section 4.1, for the answers that are failures. */
  async sendControlAction(action: string, payload: unknown = {}): Promise<any> {
    const answer = await this.sdk.link_.call('devkit.control', [action, payload])
    const { code, msg, errMsg, ...rest } = answer || {}
    if (code) throw { code, msg, ...rest }
    if (typeof errMsg === 'string' && errMsg.includes(':fail')) throw { code: -1, msg: errMsg, ...rest }
    return answer
  }
}

/**
 * wx APIs that the mini program runs for the panel. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 wxapi.
 */
class H5WxApi {
  private audio: any

  constructor(private readonly sdk: PanelSdk) {}

  scanCode(params: unknown = {}): Promise<any> {
    return this.sdk.link_.call('devkit.wx', ['scanCode', params])
  }

  getBackgroundAudioManager(): any {
    this.audio = this.audio || backgroundAudio(this.sdk)
    return this.audio
  }
}

function backgroundAudio(sdk: PanelSdk): any {
  const manager: any = new EventEmitter()
  const act = (api: string, params: unknown) =>
    sdk.link_.call('devkit.wx', [`backgroundAudio.${api}`, params])
  for (const name of ['play', 'pause', 'stop', 'seek'])
    manager[name] = (value?: unknown) => act(name, { value })
  manager.setBackgroundAudioAttribute = (values: object) => {
    Object.assign(manager, values)
    return act('set', values)
  }
  for (const name of [
    'Play',
    'Pause',
    'Stop',
    'Ended',
    'Error',
    'TimeUpdate',
    'Canplay',
    'Waiting',
    'Prev',
    'Next',
  ]) {
    manager[`on${name}`] = (callback: (...args: any[]) => unknown) => manager.on(name, callback)
  }
  return manager
}

/** Reports of the panel go to the timeline instead of the platform's insight service. */
class InsightReportor {
  constructor(private readonly sdk: PanelSdk) {}

  report(event: string, params: any = {}): void {
    this.sdk.link_.note('insight', { event, ...params })
  }

  info(event: string, params: any = {}): void {
    this.report(event, { ...params, level: 0 })
  }

  warn(event: string, params: any = {}): void {
    this.report(event, { ...params, level: 1 })
  }

  error(event: string, params: any = {}): void {
    this.report(event, { ...params, level: 2, error: describe(params.error) })
  }

  startReportPolling(): void {}

  stopReportPolling(): void {}
}

function describe(error: any): unknown {
  return error instanceof Error ? error.message : error
}

/**
 * Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 and npm qcloud-iotexplorer-h5-panel-sdk-type@0.0.5
 * firmwareUpgrade.
 */
class FirmwareUpgrade {
  constructor(private readonly sdk: PanelSdk) {}

  async getUpgradeInfo({ deviceId }: { deviceId?: string } = {}): Promise<any> {
    const found = await this.sdk.link_.call('checkFirmwareUpgrade', [{ deviceId, silent: true }])
    const { CurrentVersion, DstVersion } = found
    return { CurrentVersion, DstVersion, IsUpgradable: Boolean(DstVersion) && CurrentVersion !== DstVersion }
  }

  async showCheckUpgradeModal({ deviceId }: { deviceId?: string } = {}): Promise<void> {
    const wanted = await this.sdk.components_.firmwarePrompt.showCheck(() =>
      this.getUpgradeInfo({ deviceId }),
    )
    if (wanted) await this.goFirmwareUpgradePage({ deviceId })
  }

  async showUpgradableModal({
    deviceId,
    dstVersion,
  }: {
    deviceId?: string
    dstVersion?: string
  } = {}): Promise<void> {
    const versions = { CurrentVersion: '', DstVersion: dstVersion || '' }
    if (await this.sdk.components_.firmwarePrompt.showUpgradable(versions)) {
      await this.goFirmwareUpgradePage({ deviceId })
    }
  }

  goFirmwareUpgradePage(options: { deviceId?: string } = {}): Promise<any> {
    return this.sdk.link_.call('goFirmwareUpgradePage', [options])
  }

  getDeviceLatestOTAInfo(options: { deviceId?: string } = {}): Promise<any> {
    return this.sdk.link_.call('getDeviceLatestOTAInfo', [options])
  }

  getFirmwareUpdateStatus(params: object): Promise<any> {
    return this.sdk.requestTokenApi('AppDescribeFirmwareUpdateStatus', params)
  }

  renderRedDot(): string {
    return '<span class="right-red-hint"></span>'
  }

  async refreshRedDot({ deviceId }: { deviceId?: string } = {}): Promise<void> {
    this.setRedDotVisible((await this.getUpgradeInfo({ deviceId })).IsUpgradable)
  }

  setRedDotVisible(visible: boolean): void {
    this.sdk.components_.deviceDetail.setRedDot(visible)
  }
}

/** Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 TRTCManager, which throws rather than rejects. */
class TRTCManager {
  constructor(private readonly sdk: PanelSdk) {}

  isTRTCDevice(): boolean {
    return hasService(this.sdk, 'TRTC')
  }

  goTRTCPage(callType: string): Promise<any> {
    if (!this.isTRTCDevice()) throw { code: 'TRTC:invalidDevice', msg: '当前设备未开通实时音视频增值服务' }
    return this.sdk.link_.call('TRTCManager.goTRTCPage', [callType])
  }
}

/** The music box of voice speakers. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 dingDangManager. */
class DingDangManager {
  constructor(private readonly sdk: PanelSdk) {}

  isMasterDevice(): boolean {
    return hasService(this.sdk, 'TVS')
  }

  check(): void {
    if (!this.isMasterDevice()) throw { code: 'dingdang:invalidDevice', msg: '当前设备不属于云小微主控设备' }
  }

  isMasterDeviceActive(): boolean {
    const reply = (this.sdk.deviceData || {})._sys_tvs_auth_reply
    try {
      const { cmd, result, code } = JSON.parse(reply.Value || reply)
      return cmd === 'auth_result' && result === 'success' && Number(code) === 0
    } catch {
      return false
    }
  }

  checkQQMusicAuth(): Promise<any> {
    return this.control('onDingDangCheckQQMusicAuth')
  }

  fetchMusicContent(params: unknown): Promise<any> {
    return this.control('onDingDangFetchMusicContent', params)
  }

  musicControl(params: unknown): Promise<any> {
    return this.control('onDingDangMusicControl', params)
  }

  goQQMusicAuthPage(): Promise<any> {
    this.check()
    return this.sdk.link_.call('dingDangManager.goQQMusicAuthPage', [])
  }

  goDingDangActivationPage(): Promise<any> {
    this.check()
    return this.sdk.link_.call('dingDangManager.goDingDangActivationPage', [])
  }

  private control(action: string, params?: unknown): Promise<any> {
    this.check()
    return this.sdk.h5Websocket.sendControlAction(action, params)
  }
}

/** Pages of the bridge that are no members of the SDK itself: [name, member in Python]. */
const BRIDGE_PAGES: readonly [string, string][] = [
  ['goGroupManagePage', 'devkit.goGroupManagePage'],
  ['goEditGroupNamePage', 'devkit.goEditGroupNamePage'],
  ['goGroupRoomSettingPage', 'devkit.goGroupRoomSettingPage'],
  ['goShareGroupPage', 'devkit.goShareGroupPage'],
  ['goLLsyncBleFirmwareUpgradePage', 'devkit.goBleFirmwareUpgradePage'],
  ['goRedirectTo3rdMPPage', 'devkit.goRedirectTo3rdMPPage'],
  ['goKuGouAuthPage', 'devkit.goKuGouAuthPage'],
  ['goGatewayAddSubDevice', 'goGatewayAddSubDevicePage'],
  ['goQQMusicAuthPage', 'dingDangManager.goQQMusicAuthPage'],
  ['goDingDangActivationPage', 'dingDangManager.goDingDangActivationPage'],
]
/** Pages of the bridge that the SDK has under the same name. */
const SAME_PAGES = [
  'goDeviceDetailPage',
  'goGroupDetailPage',
  'goFeedBackPage',
  'goDeviceInfoPage',
  'goEditDeviceNamePage',
  'goRoomSettingPage',
  'goShareDevicePage',
  'goFirmwareUpgradePage',
  'goTimingProjectPage',
  'goScenePage',
  'navBack',
  'reloadAfterUnmount',
  'setShareConfig',
]

/**
 * The mini program bridge. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 and npm
 * qcloud-iotexplorer-h5-panel-sdk-type@0.0.5 WeappBridge.
 */
function createBridge(sdk: PanelSdk): Record<string, unknown> {
  const bridge: Record<string, unknown> = {
    platform: 'weapp',
    sdk,
    ready: () => Promise.resolve(sdk),
    wxSdkReady: () => sdk.wxSdkReady(),
    callMpApi: (api: string, params?: object) => sdk.callMpApi(api, params),
    goTRTCPage: ({ callType }: { callType?: string } = {}) =>
      sdk.link_.call('TRTCManager.goTRTCPage', [callType]),
  }
  for (const name of SAME_PAGES) bridge[name] = (options?: unknown) => sdk.link_.call(name, [options])
  for (const [name, member] of BRIDGE_PAGES)
    bridge[name] = (options?: unknown) => sdk.link_.call(member, [options])
  Object.defineProperty(bridge, 'sdk', { enumerable: false })
  return bridge
}

function hasService(sdk: PanelSdk, service: string): boolean {
  const services: unknown = (sdk.productInfo || {}).Services
  return Array.isArray(services) && services.includes(service)
}

export function createManagers(sdk: PanelSdk): Record<string, unknown> {
  const h5Websocket = new H5Websocket(sdk)
  return {
    h5Websocket,
    h5WebSocket: h5Websocket,
    wxapi: new H5WxApi(sdk),
    insightReportor: new InsightReportor(sdk),
    firmwareUpgrade: new FirmwareUpgrade(sdk),
    TRTCManager: new TRTCManager(sdk),
    dingDangManager: new DingDangManager(sdk),
    _appBridge: createBridge(sdk),
  }
}
