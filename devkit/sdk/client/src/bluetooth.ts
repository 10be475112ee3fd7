/** Bluetooth: the classes that panels subclass and the adapter that they register with. The radio comes later. */

import EventEmitter from 'event-emitter-for-miniprogram'
import { LATER_METHODS } from './surface.generated'

export interface NotImplemented {
  code: 'devkit.NotImplemented'
  msg: string
}

export function notImplemented(member: string, why = ''): NotImplemented {
  return { code: 'devkit.NotImplemented', msg: `${member} is not in this SDK yet${why ? `: ${why}` : ''}.` }
}

/** Meaning of WeChat's Bluetooth error codes. Source: WeChat's document of wx.openBluetoothAdapter. */
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

/** Base class of a panel's own protocol. */
export class DeviceAdapter extends EventEmitter {
  static serviceId = ''
  static deviceFilter(_device: unknown): unknown {
    return null
  }
  static injectOptions(_options: unknown): void {}

  explorerDeviceId = ''
  isConnected = false
  deviceId = ''
  serviceId = ''
  originName = ''
  characteristicsMap: Record<string, unknown> = {};
  [member: string]: unknown

  constructor(device: Record<string, any> = {}) {
    super()
    const { deviceId = '', serviceId, productId, deviceName, name = '' } = device || {}
    this.deviceId = deviceId
    this.serviceId = serviceId || (this.constructor as typeof DeviceAdapter).serviceId
    this.originName = name || deviceName || ''
    this.explorerDeviceId = productId ? `${productId}/${deviceName}` : ''
  }

  handleBLEMessage(_hex: string, _source: unknown): Record<string, unknown> {
    return {}
  }
}

for (const path of LATER_METHODS) {
  const [owner, name] = path.split('.')
  if (owner === 'deviceAdapter' && name) {
    Object.defineProperty(DeviceAdapter.prototype, name, {
      value: () => Promise.reject(notImplemented(path)),
      writable: true,
      configurable: true,
    })
  }
}

/** LLSync. Source: ble.md, service FFE0 of the platform's base UUID. */
export class StandardDeviceAdapter extends DeviceAdapter {
  static serviceId = '0000FFE0-65D0-4E20-B56A-E493541BA4E2'
  bleVersion = 0
  mtu = 0
  otaVersion = ''
  authorized = false
  extendInfo: Record<string, unknown> = { macStr: '' }
}

/** Stands in for the class of the same name that panels bundle from the platform's package. */
export class BleComboDualModeDeviceAdapter4H5 extends DeviceAdapter {
  static serviceId = ''
}

export class BlueToothAdapter extends EventEmitter {
  readonly adapters: unknown[] = [StandardDeviceAdapter];
  [member: string]: unknown

  addAdapter(adapter: unknown, force = false): void {
    if (force || !this.adapters.includes(adapter)) this.adapters.push(adapter)
  }
}
