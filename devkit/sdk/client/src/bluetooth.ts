/**
 * Bluetooth: the platform's own adapters, whose messages to the mini program go over our link.
 *
 * They are two fifths of this runtime and few panels use them, so they run only once a panel asks for them.
 */

import { adapterFailures } from './report'
import type { PanelSdk } from './sdk'

/** The build turns this into the bundled package, which runs at the first call. */
declare function require(name: string): any

type Class = new (...args: any[]) => any

interface Official {
  core: any
  llsync: any
  Adapter: Class
}

/**
 * Meaning of WeChat's Bluetooth error codes.
 *
 * Source: https://developers.weixin.qq.com/miniprogram/dev/api/device/bluetooth/wx.openBluetoothAdapter.html.
 */
export const ERROR_MESSAGES: Record<string, string> = {
  '-1': '已连接',
  '0': '正常',
  '10000': '未初始化蓝牙适配器',
  '10001': '当前蓝牙适配器不可用',
  '10002': '没有找到指定设备',
  '10003': '连接失败',
  '10004': '没有找到指定服务',
  '10005': '没有找到指定特征',
  '10006': '当前连接已断开',
  '10007': '当前特征不支持此操作',
  '10008': '其余所有系统上报的异常',
  '10009': 'Android 系统特有，系统版本低于 4.3 不支持 BLE',
  '10012': '连接超时',
  '10013': '连接 deviceId 为空或者是格式不正确',
}

const DEVELOPING = '/developing/'
let loaded: Official | undefined

function official(): Official {
  if (!loaded) {
    const core = require('qcloud-iotexplorer-bluetooth-adapter')
    const llsync = require('qcloud-iotexplorer-bluetooth-adapter-llsync')
    loaded = { core, llsync, Adapter: adapterClass(core.BlueToothAdapter4H5) }
  }
  return loaded
}

/** The adapter of the SDK. Source: npm qcloud-iotexplorer-h5-panel-sdk@1.2.11 BlueToothAdapter. */
function adapterClass(Base: Class): Class {
  return class BlueToothAdapter extends Base {
    constructor(private readonly sdk: PanelSdk) {
      super({
        devMode: () => location.href.includes(DEVELOPING),
        h5Websocket: sdk.h5Websocket,
        deviceAdapters: [standardAdapter(sdk)],
        actions: {
          // Called once before the radio is used: the adapters need to know whose phone this is.
          initProductIds: () => sdk.ready().then(() => ({})),
          reportDeviceData: ({ deviceId, data, timestamp }: any) =>
            sdk.requestTokenApi('AppReportDataAsDevice', {
              DeviceId: deviceId,
              Data: JSON.stringify(data),
              DataTimeStamp: timestamp,
            }),
        },
      })
      hide(this, 'sdk')
      letGo((this as any)._blueToothBridge)
    }

    reportDeviceInfo({ productId, deviceName, deviceInfo }: any): Promise<any> {
      const token = `${productId}/${deviceName}-${Math.random().toString(36).slice(2)}`
      return this.sdk.requestTokenApi('AppPublishMsgAsDevice', {
        ProductId: productId,
        DeviceName: deviceName,
        Topic: `$thing/up/property/${productId}/${deviceName}`,
        Payload: JSON.stringify({ method: 'report_info', clientToken: token, params: deviceInfo }),
      })
    }
  }
}

// What the adapters end without waiting for an answer, also when it has ended by itself.
const LET_GO = ['closeBLEConnection', 'stopBluetoothDevicesDiscovery']

/** Let a refusal of these be nobody's unhandled rejection; whoever waits for it still gets it. */
function letGo(bridge: any): void {
  for (const name of LET_GO) {
    const call = bridge[name].bind(bridge)
    bridge[name] = (params: unknown) => {
      const answer = call(params)
      answer.catch(() => {})
      return answer
    }
  }
}

/** Give the adapter an SDK whose failures can be told from those of the panel's own calls. */
function marking(appDevSdk: any): any {
  const requestApi = (...args: unknown[]) =>
    appDevSdk.requestApi(...args).catch((error: unknown) => {
      if (typeof error === 'object' && error !== null) adapterFailures.add(error)
      throw error
    })
  return new Proxy(appDevSdk, {
    get(target, name) {
      const value = name === 'requestApi' ? requestApi : target[name]
      return typeof value === 'function' && name !== 'requestApi' ? value.bind(target) : value
    },
  })
}

function standardAdapter(sdk: PanelSdk): Class {
  const { StandardDeviceAdapter4H5 } = official().llsync
  StandardDeviceAdapter4H5.injectOptions({ appDevSdk: marking(sdk.appDevSdk) })
  const { writeMtuResult } = StandardDeviceAdapter4H5.prototype
  // It writes without waiting for an answer, also when Bluetooth has just been switched off.
  StandardDeviceAdapter4H5.prototype.writeMtuResult = function (result: string) {
    const write = (...args: unknown[]) => {
      const answer = this.write(...args)
      answer.catch(() => {})
      return answer
    }
    writeMtuResult.call(Object.create(this, { write: { value: write } }), result)
  }
  return StandardDeviceAdapter4H5
}

/** Stands in for the class of the same name that panels bundle from the platform's package. */
function comboAdapter(): Class {
  return class BleComboDualModeDeviceAdapter4H5 extends official().core.DeviceAdapter4H5 {
    static serviceId = ''
    static injectOptions(_options: unknown): void {}
  }
}

const PARTS: Record<string, (sdk: PanelSdk) => unknown> = {
  DeviceAdapter: () => official().core.DeviceAdapter4H5,
  StandardDeviceAdapter: standardAdapter,
  BleComboDualModeDeviceAdapter4H5: comboAdapter,
  blueToothAdapter: (sdk) => new (official().Adapter)(sdk),
}

/** Give the SDK its Bluetooth members, each made when it is read first. */
export function addBluetooth(sdk: PanelSdk): void {
  sdk.ERROR_MESSAGES = ERROR_MESSAGES
  for (const name of Object.keys(PARTS)) {
    const become = (value: unknown) =>
      Object.defineProperty(sdk, name, { value, enumerable: true, configurable: true, writable: true })
    Object.defineProperty(sdk, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        const value = PARTS[name]?.(sdk)
        become(value)
        return value
      },
      set: become,
    })
  }
}

/** A push of the mini program, as it comes out of its socket. */
export function deliverBluetooth(sdk: PanelSdk, { push, d }: { push: string; d: unknown }): void {
  void sdk.h5Websocket.emit('message', { action: push, payload: d })
}

/** After a restart of devkit: the adapter opens its phone's Bluetooth anew, and learns what is not connected. */
export function rejoinBluetooth(sdk: PanelSdk): void {
  void sdk.h5Websocket.emit('message', { action: 'connect' })
}

/** Return the address of a device's panel, seen from the page that has found it. */
export function panelAddress({ pathname, search }: Location, deviceId: string): string {
  const [productId = '', deviceName = ''] = deviceId.split('/')
  const query = new URLSearchParams(search)
  query.set('productId', productId)
  query.set('deviceName', deviceName)
  return `${pathname.replace(/\/bluetooth-search\/?$/, '')}?${query}`
}

/** The adapter of the page's own device, if it can be told to forget its owner. */
function boundAdapter(sdk: PanelSdk): any {
  const made = Object.getOwnPropertyDescriptor(sdk, 'blueToothAdapter')
  const adapter = made && made.value && sdk.getBleDeviceAdapter()
  return adapter && adapter.isConnected && adapter.authorized ? adapter : undefined
}

/** Questions of Python: unbind the connected device, or tell whether that is possible. */
export const bluetoothAnswers: Record<string, (sdk: PanelSdk, ...args: any[]) => unknown> = {
  'bluetooth.canUnbind': (sdk) => Boolean(boundAdapter(sdk)),
  'bluetooth.unbind': async (sdk, options: unknown) => {
    try {
      await boundAdapter(sdk).unbindDevice(options)
    } catch (error) {
      throw new Error(String((error as any)?.msg || error))
    }
  },
}

/** End what a panel did with Bluetooth, for the next one in the same page. */
export function forgetBluetooth(sdk: PanelSdk): void {
  const made = Object.getOwnPropertyDescriptor(sdk, 'blueToothAdapter')
  const adapter = made && made.value
  if (adapter && adapter._inited) {
    const devices = adapter._deviceAdapterStore.getAll()
    // The old panel must not take the end of its connections for a loss, and connect again.
    for (const emitter of [adapter, ...devices]) forgetListeners(emitter)
    for (const device of devices) if (device.isConnected) device.disconnectDevice()
    if (adapter._discovering) adapter.stopSearch()
  }
  addBluetooth(sdk)
}

/** Take every listener off. Source: npm event-emitter-for-miniprogram@3.0.115, which keeps them in __ee__. */
export function forgetListeners(emitter: any): void {
  const known = emitter && emitter.__ee__
  for (const type of Object.keys(known || {})) known[type].length = 0
}

function hide(target: object, name: string): void {
  Object.defineProperty(target, name, { value: (target as any)[name], enumerable: false, configurable: true })
}
