/** window.h5PanelSdk: the members that must be in the page. All others are calls to Python. */

import EventEmitter from 'event-emitter-for-miniprogram'
import { createAppDevSdk, deliverPush, type PushData, pushEvents } from './app_dev_sdk'
import { addBluetooth, deliverBluetooth, forgetBluetooth, forgetListeners, panelAddress } from './bluetooth'
import type { Components } from './components'
import { dataTemplateOf, fieldsOf, mockReport, type PanelData, roomName } from './data'
import { showDeviceDetail, showGroupDetail } from './detail'
import type { Link } from './link'
import { createManagers } from './managers'
import { createQqMusic } from './music'
import { readBlob, wholeFile } from './parts'
import { passOnPushes } from './pushes'
import { badPlugin, needsKugou, notImplemented } from './rejections'
import { deferred, hide } from './shaping'
import { MOCK_METHODS, PYTHON_METHODS } from './surface.generated'

const MOCK_TEXT = '虚拟设备暂不支持该功能'
/** Fields that a dataUpdate push replaces. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11. */
const UPDATED = [
  'belongGroups',
  'groupInfo',
  'deviceDisplayName',
  'groupName',
  'userInfo',
  'roomList',
  'deviceInfo',
]

type Method = (...args: any[]) => any

/** The declarations that the templates ship; panels may write to all of it. The emitter has its own. */
type Declared = {
  -readonly [Name in Exclude<keyof H5Panel.Sdk, 'on' | 'once' | 'off' | 'emit' | 'use'>]: H5Panel.Sdk[Name]
}

/** What the declarations leave out is any. */
export interface PanelSdk extends Declared {
  [member: string]: any
}

/** What the runtime does to the SDK, out of a panel's sight. */
export interface Inside {
  /** Take PANEL_DATA over; the ultrafast mode calls this when the data came. */
  applyData(data: PanelData): void
  becomeReady(): void
  failReady(reason: unknown): void
  /** An event of the session. */
  deliver(kind: string, data: any): void
  /** Forget what a panel left behind, for the next one in the same page. */
  reset(data: PanelData): void
}

const insides = new WeakMap<PanelSdk, Inside>()

/** Return the inside of an SDK. */
export function insideOf(sdk: PanelSdk): Inside {
  return insides.get(sdk) as Inside
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the rows of the surface define the declared members
export class PanelSdk extends EventEmitter {
  #product: any
  #template: any = {}
  #bleId: string | undefined
  #vibrateFilter: Method | undefined
  #vibrateType: string | undefined
  #wxReady: Promise<any> | undefined
  readonly #ready = deferred()

  constructor(
    readonly link_: Link,
    readonly components_: Components,
    data: PanelData,
  ) {
    super()
    hide(this, ['link_', 'components_'])
    insides.set(this, {
      applyData: (fresh) => this.#applyData(fresh),
      becomeReady: () => this.#becomeReady(),
      failReady: (reason) => this.#ready.reject(reason),
      deliver: (kind, event) => this.#deliver(kind, event),
      reset: (fresh) => this.#reset(fresh),
    })
    this.debug = Boolean((window as any).IS_DEBUG)
    this.born = Date.now()
    this.#applyData(data)
    addBluetooth(this)
    this.wx = (window as any).wx
    this.tips = components_.tips
    this.offlineTip = components_.offlineTip
    this.iotexplorerH5PanelDeviceDetail = components_.deviceDetail
    this.themeColorMap = {
      primary: '#0066ff',
      success: '#29cc85',
      grey: '#bbb',
      danger: '#ff584c',
      weak: '#6c7078',
      muted: '#bbb',
    }
    if (data.previewVersionInfo) {
      this.previewController = components_.previewController
      components_.previewController.render(data.previewVersionInfo)
    }
    this._isAppDevSdkLogin = false
    this.appDevSdk = createAppDevSdk(data, this.debug)
    this.qqMusic = createQqMusic(link_) as unknown as H5Panel.QQMusic
    Object.assign(this, createManagers(this))
    this.#addRemoteMethods()
    passOnPushes(this)
  }

  get productInfo(): any {
    return this.#product
  }

  set productInfo(value: any) {
    const template = dataTemplateOf(value)
    if (template !== undefined) this.#template = template
    this.#product = value
  }

  get dataTemplate(): any {
    return this.#template
  }

  set dataTemplate(value: any) {
    this.#template = value
  }

  get isGroup(): boolean {
    return Boolean(this.groupInfo && this.groupInfo.GroupId)
  }

  /** Undefined until set, and only standard Bluetooth devices keep it. */
  get bleDeviceId(): string {
    return this.#bleId as string
  }

  set bleDeviceId(value: string) {
    if (this.isStandardBleDevice) this.#bleId = value
  }

  sdkReady(): Promise<void> {
    return this.#ready.promise
  }

  ready(): Promise<void> {
    return this.appDevSdk.init()
  }

  /** One promise for all; after a failure the next call tries again. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 wxSdkReady. */
  wxSdkReady(): Promise<any> {
    const js = (window as any).wechatJsSdk || this.wx
    this.#wxReady ||= new Promise<any>((resolve, reject) => {
      if (typeof js?.init === 'function') js.init((error: unknown) => (error ? reject(error) : resolve(js)))
      else resolve(js)
    }).catch(() => {
      this.#wxReady = undefined
      return js
    })
    return this.#wxReady
  }

  checkIsMock(_name?: string): Promise<void> {
    if (!this.isMock) return Promise.resolve()
    void this.tips.showInfo(MOCK_TEXT)
    return Promise.reject('')
  }

  /** Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11: a mock gives undefined, its report has seconds. */
  controlDeviceData(data: any, deviceId?: string): Promise<any> | undefined {
    if (this.isGroup) return this.controlGroupData(data, this.groupId)
    this.#vibrateIfWanted(data)
    if (this.isMock) {
      this.emit('wsReport', { deviceId: this.deviceId, deviceData: mockReport(data) })
      return undefined
    }
    return this.link_.call('controlDeviceData', [data, deviceId])
  }

  async controlGroupData(data: any, groupId?: string): Promise<any> {
    this.#vibrateIfWanted(data)
    if (this.isMock) {
      console.warn('暂不支持mock模式')
      return undefined
    }
    return this.link_.call('controlGroupData', [data, groupId])
  }

  /** Both shapes at once: the released SDK gives the list, the document promises the product. */
  async getProductInfo(options?: unknown): Promise<any> {
    await this.checkIsMock('getProductInfo')
    const list = await this.link_.call('getProductInfo', [options])
    return Array.isArray(list) ? Object.assign(list, list[0]) : list
  }

  async getUserInfo(): Promise<any> {
    this.userInfo = await this.link_.call('getUserInfo', [])
    return this.userInfo
  }

  /** Source: docs/reference/sdk-members.md row 130; the file's own name is the default of ResourceName. */
  async voiceRecognition(options: any = {}): Promise<any> {
    const { Data, ...rest } = options
    const bytes = Data instanceof Blob ? await readBlob(Data) : Data
    return this.link_.call('voiceRecognition', [{ ResourceName: Data && Data.name, ...rest, Data: bytes }])
  }

  async downLoadDeviceOTA(options?: any): Promise<any> {
    const found = await this.link_.call('downLoadDeviceOTA', [options])
    return { ...found, otaData: await wholeFile(this.link_, found.otaData) }
  }

  /** Any wx.miniProgram call. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11, which swallows failures. */
  async callMpApi(api: string, params: object = {}): Promise<any> {
    try {
      return await new Promise((success, fail) => {
        this.wx.miniProgram[api]({ ...params, success, fail })
      })
    } catch (error) {
      this.link_.note('miniProgram', { api, params, error: String((error as any)?.errMsg || error) })
      return undefined
    }
  }

  async triggerVibrateShort(type?: string): Promise<any> {
    this.components_.vibration.show(type)
    return this.link_.call('triggerVibrateShort', [type])
  }

  setTriggerVibrateShortFilter(
    filter: Method,
    { vibrateShortType }: { vibrateShortType?: string } = {},
  ): void {
    if (!filter) throw '缺少参数filter'
    this.#vibrateFilter = filter
    this.#vibrateType = vibrateShortType
  }

  showOfflineTip(): void {
    this.offlineTip.show()
  }

  hideOfflineTip(): void {
    this.offlineTip.hide()
  }

  /** A group's panel shows its group, unless it names a device. */
  async showDeviceDetail(options: Record<string, any> = {}): Promise<void> {
    if (this.isGroup && !options.deviceInfo)
      return this.showGroupDetail({ ...options, groupId: this.groupId })
    await this.checkIsMock('showDeviceDetail')
    await showDeviceDetail(this, options)
  }

  async showGroupDetail(options: Record<string, any> = {}): Promise<void> {
    await this.checkIsMock('showGroupDetail')
    await showGroupDetail(this, options)
  }

  hideDeviceDetail(): void {
    this.components_.deviceDetail.hide()
  }

  getHealthBaikeUrl(): string | undefined {
    return (window as any).healthBaikeUrl
  }

  async getTMESdk(): Promise<any> {
    const services: unknown = (this.productInfo || {}).Services
    if (!Array.isArray(services) || !services.includes('KuGou')) {
      return Promise.reject({ msg: '当前设备未开通酷狗音乐增值服务' })
    }
    const { TMESDK } = window as any
    if (!TMESDK) return Promise.reject(notImplemented('getTMESdk', needsKugou()))
    this._TMESdk = this._TMESdk || new TMESDK.TMESdkForH5(this)
    return this._TMESdk
  }

  setBleDeviceAdapter(adapter: unknown): void {
    this.deviceInfo.deviceAdapter = adapter
  }

  getBleDeviceAdapter(): any {
    return this.blueToothAdapter.getDeviceAdapter({
      deviceId: this.bleDeviceId,
      explorerDeviceId: this.deviceId,
    })
  }

  enableBlueToothBridge(): Promise<void> {
    return this.blueToothAdapter.init()
  }

  /** Install a plugin: an object or class with install(sdk), or a function. */
  use(plugin: any, options?: unknown): this {
    if (plugin && typeof plugin.install === 'function') plugin.install(this, options)
    else if (typeof plugin === 'function') plugin(this, options)
    else throw badPlugin()
    return this
  }

  #applyData(data: PanelData): void {
    const fields = fieldsOf(data)
    Object.keys(fields).forEach((name) => {
      this[name] = fields[name]
    })
  }

  /** Take what a dataUpdate push brought, and show it. */
  #updateData(data: PanelData): void {
    for (const name of UPDATED) this[name] = data[name]
    this.uin = (data.userInfo || {}).UserID
    this.roomName = roomName(data.roomList, data.deviceInfo)
    document.title = (this.isGroup ? data.groupName : data.deviceDisplayName) || ''
    this.components_.deviceDetail.refresh()
  }

  #becomeReady(): void {
    this.#ready.resolve()
    this.#login()
  }

  #deliver(kind: string, data: any): void {
    if (kind === 'push') deliverPush(this.appDevSdk, data as PushData)
    else if (kind === 'emit') this.#emitted(data)
    else if (kind === 'update') this.#updateData(data)
    else if (kind === 'ble') deliverBluetooth(this, data)
    else if (kind === 'navigation') this.#navigated(data)
  }

  /** A page of the mini program covers the panel, or the search page leads to the panel of what it has found. */
  #navigated(data: any): void {
    if (data.panel) location.assign(panelAddress(location, data.panel))
    else this.components_.navigationCard.show(data)
  }

  /** An event of the mini program; when the panel's page shows again, nothing covers it. */
  #emitted(data: any): void {
    if (data.n === 'pageShow') this.components_.navigationCard.hide()
    void this.emit(data.n, ...data.a)
  }

  #reset(data: PanelData): void {
    forgetBluetooth(this)
    for (const emitter of [this, this.appDevSdk, this.h5Websocket]) forgetListeners(emitter)
    for (const name of pushEvents()) this[`_${name}Handler`] = undefined
    this.#vibrateFilter = undefined
    passOnPushes(this)
    void this.tips.hide()
    this.components_.modal.answer(false)
    this.hideDeviceDetail()
    this.hideOfflineTip()
    this.components_.navigationCard.hide()
    this.#applyData(data)
  }

  /** Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11: log in at start, then follow the own device. */
  #login(): void {
    this.appDevSdk.init().then(
      () => {
        this._isAppDevSdkLogin = true
        return this.appDevSdk.subscribeDevices([this.deviceId])
      },
      (error: unknown) =>
        this.link_.note('console', { level: 'warn', text: `login failed: ${JSON.stringify(error)}` }),
    )
  }

  #vibrateIfWanted(data: any): void {
    if (typeof this.#vibrateFilter !== 'function' || !data || typeof data !== 'object') return
    const properties: any[] = (this.dataTemplate || {}).properties || []
    const wanted = properties
      .filter((property) => property.id in data)
      .some((property) => this.#vibrateFilter?.({ define: {}, ...property }))
    if (wanted) void this.triggerVibrateShort(this.#vibrateType).catch(() => undefined)
  }

  #addRemoteMethods(): void {
    const mocked = new Set(MOCK_METHODS)
    for (const path of PYTHON_METHODS) {
      this.#define(path, async (...args) => {
        if (mocked.has(path)) await this.checkIsMock(path)
        return this.link_.call(path, args)
      })
    }
  }

  /** Add a method unless the class has it already. */
  #define(path: string, method: Method): void {
    const [owner, name] = path.includes('.') ? (path.split('.') as [string, string]) : ['', path]
    const target = owner ? this[owner] : this
    if (target[name] === undefined)
      Object.defineProperty(target, name, { value: method, writable: true, configurable: true })
  }
}
