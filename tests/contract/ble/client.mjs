// The platform's own Bluetooth adapters, driven line by line over stdio: JSON in, JSON out.
// In : {run, step, args} starts a step · {reply, result} answers a question · {push, payload} · {ws, data}
// Out: {ask, kind: "control"|"cloud", action, payload} · {done, result|error} · {event, data}
import { createInterface } from 'node:readline'

const mode = process.argv[2]
const userId = process.argv[3]
const quiet = () => {}
Object.assign(console, { log: quiet, warn: quiet, error: quiet, info: quiet })

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const questions = new Map()
let number = 0

function ask(kind, action, payload) {
  number += 1
  const ask = number
  send({ ask, kind, action, payload })
  return new Promise((resolve) => questions.set(ask, resolve))
}

function plain(value) {
  return JSON.parse(JSON.stringify(value ?? null))
}

const toHex = (buffer) => Buffer.from(buffer).toString('hex').toUpperCase()
const toBuffer = (list) => Uint8Array.from(list, (digits) => parseInt(digits, 16)).buffer

// What WeChat's `wx` is to code in a mini program: callbacks and ArrayBuffers.
const wxHandlers = new Map()
const FROM_LISTS = {
  onBLECharacteristicValueChange: (data) => ({ ...data, value: toBuffer(data.value) }),
  onBluetoothDeviceFound: (data) => ({ ...data, devices: data.devices.map(withBuffer) }),
  getBluetoothDevices: (data) => ({ ...data, devices: data.devices.map(withBuffer) }),
}
function withBuffer(device) {
  return { ...device, advertisData: toBuffer(device.advertisData) }
}

const storage = new Map()
const files = new Map()
const special = {
  getStorage: ({ key, success, fail }) =>
    storage.has(key)
      ? success({ data: storage.get(key) })
      : fail({ errMsg: 'getStorage:fail data not found' }),
  setStorage: ({ key, data, success }) => {
    storage.set(key, data)
    success?.({ errMsg: 'setStorage:ok' })
  },
  downloadFile: ({ url, success }) => {
    ask('cloud', 'download', { url }).then(({ data }) => {
      files.set(url, new Uint8Array(Buffer.from(data.hex, 'hex')).buffer)
      success({ tempFilePath: url })
    })
    return { onProgressUpdate: quiet }
  },
  getFileSystemManager: () => ({
    readFile: ({ filePath, success }) => success({ data: files.get(filePath) }),
  }),
}

async function callWx(api, { success, fail, ...params } = {}) {
  if (params.value instanceof ArrayBuffer) params.value = toHex(params.value)
  const result = await ask('control', 'callApi', { api, params })
  if (String(result.errMsg).includes(':fail')) return fail?.(result)
  return success?.(FROM_LISTS[api] ? FROM_LISTS[api](result) : result)
}

globalThis.wx = new Proxy(special, {
  get(target, name) {
    if (mode !== 'mp' || name in target || !/Bluetooth|BLE|^getSystemInfo$/.test(String(name)))
      return target[name]
    if (name.startsWith('on')) return (handler) => wxHandlers.set(name, handler)
    if (name.startsWith('off')) return () => wxHandlers.delete(`on${name.slice(3)}`)
    return (options) => void callWx(name, options)
  },
})

const { AppDevSdk } = (await import('qcloud-iotexplorer-appdev-sdk')).default
const core = (await import('qcloud-iotexplorer-bluetooth-adapter')).default
const llsync = (await import('qcloud-iotexplorer-bluetooth-adapter-llsync')).default

class Emitter {
  #handlers = []
  on(name, handler) {
    this.#handlers.push([name, handler])
    return this
  }
  off(name, handler) {
    this.#handlers = this.#handlers.filter(([n, h]) => n !== name || (handler && h !== handler))
    return this
  }
  emit(name, data) {
    for (const [n, handler] of [...this.#handlers]) if (n === name) handler(data)
  }
}

// The websocket between a panel and the mini program; docs/reference/protocol.md section 4.1 has the rejections.
class BridgeSocket extends Emitter {
  async send(_kind, { action, payload }) {
    const result = (await ask('control', action, payload ?? null)) ?? {}
    const { code, msg, errMsg, ...rest } = result
    if (code) throw { code, msg, ...rest }
    if (String(errMsg).includes(':fail')) throw { code: -1, msg: errMsg, ...rest }
    return result
  }
}

class AppSdk extends Emitter {
  loginManager = { userInfo: { UserID: userId } }
  reporter = { info: quiet, error: quiet }
  async requestApi(action, params) {
    const { data, error } = await ask('cloud', action, params)
    if (error) throw error
    return data
  }
}

const appDevSdk = new AppSdk()
const h5Websocket = new BridgeSocket()
const Standard = mode === 'h5' ? llsync.StandardDeviceAdapter4H5 : llsync.StandardDeviceAdapter4Mp
const Base = mode === 'h5' ? core.DeviceAdapter4H5 : core.DeviceAdapter4Mp
const Adapter = mode === 'h5' ? core.BlueToothAdapter4H5 : core.BlueToothAdapter4Mp
Standard.injectOptions({ appDevSdk })

class ThermometerAdapter extends Base {
  static serviceId = '0000FFF0-0000-1000-8000-00805F9B34FB'
  static deviceFilter(device) {
    if (!device.advertisServiceUUIDs?.includes(ThermometerAdapter.serviceId)) return null
    const data = core.blueToothHelper.arrayBufferToHexStringArray(device.advertisData)
    return { ...device, deviceName: data.slice(2).join(':'), serviceId: ThermometerAdapter.serviceId }
  }
  handleBLEMessage(hex) {
    const [, type, , , , , high, low] = hex
    if (type !== 'D9') return { type: 'unknown' }
    const celsius = (parseInt(high[1], 10) * 256 + parseInt(low, 16)) / 10
    return { type: 'temperature', celsius, reportData: { temperature: celsius } }
  }
}

const actions = {
  initProductIds: async () => ({ [ThermometerAdapter.serviceId]: 'THERMO0001' }),
  reportDeviceData: ({ deviceId, data }) =>
    appDevSdk.requestApi('AppReportDataAsDevice', { DeviceId: deviceId, Data: JSON.stringify(data) }),
}
if (mode === 'mp') {
  actions.registerDevice = (device) => ask('cloud', 'registerDevice', device)
  actions.bindDevice = (device) => ask('cloud', 'bindDevice', device)
}
const adapter = new Adapter({
  deviceAdapters: [Standard, ThermometerAdapter],
  actions,
  h5Websocket: mode === 'h5' ? h5Websocket : undefined,
  devMode: true,
})
adapter.on('adapterStateChange', (data) => send({ event: 'adapterStateChange', data }))

let device
function watch(made) {
  if (made === device) return
  device = made
  for (const name of ['connect', 'disconnect', 'message', 'bLEConnectionStateChange', 'authorized', 'bind']) {
    device.on(name, (data) => send({ event: name, data: plain(data) }))
  }
}

const steps = {
  idle: () => null,
  // The link alone: writes as the adapter's last words on the way out, one after the other.
  bareWrites: async ({ count, params }) => {
    const start = performance.now()
    for (let done = 0; done < count; done += 1) {
      await ask('control', 'callApi', { api: 'writeBLECharacteristicValue', params })
    }
    return (performance.now() - start) / count
  },
  init: () => adapter.init(),
  search: (args) => adapter.searchDevice({ ignoreWarning: true, disableCache: true, ...args }),
  startSearch: (args) =>
    adapter.startSearch({ ...args, onSearch: (data) => send({ event: 'search', data: plain(data) }) }),
  stopSearch: () => adapter.stopSearch(),
  connect: async (info) => {
    watch(await adapter.connectDevice(info))
    return { isConnected: device.isConnected, characteristics: device.characteristicsMap }
  },
  bind: (args) => device.bindDevice(args),
  authenticate: (args) =>
    device.authenticateConnection(args).then(() => ({ mtu: device.mtu, version: device.otaVersion })),
  unbind: (args) => device.unbindDevice(args),
  write: ({ hex, ...options }) => device.write(hex, options),
  read: (args) => device.readBLECharacteristicValue(args),
  rssi: () => device.getBLEDeviceRSSI({}),
  services: () => device.getBLEDeviceServices(),
  disconnect: () => device.disconnectDevice(),
  control: (args) => device.controlDevice(args),
  ota: () =>
    device.startOta({
      onProgress: ({ code, detail }) =>
        send({ event: 'ota', data: { code, progress: detail?.progress ?? null } }),
    }),
}

async function run({ run, step, args }) {
  try {
    send({ done: run, result: plain(await steps[step](args)) })
  } catch (error) {
    const named = error instanceof Error ? { message: error.message, stack: error.stack } : error
    send({ done: run, error: plain(named) ?? 'nothing' })
  }
}

const WS = AppDevSdk.constants.EventTypes
function take(message) {
  if ('run' in message) void run(message)
  else if ('reply' in message) questions.get(message.reply)(message.result)
  else if ('ws' in message) appDevSdk.emit(WS[message.ws], message.data)
  else if (mode === 'h5') h5Websocket.emit('message', { action: message.push, payload: message.payload })
  else wxHandlers.get(message.push)?.(FROM_LISTS[message.push]?.(message.payload) ?? message.payload)
}

// Each message is a task of its own, as those of a websocket or of WeChat are: what waits for an answer goes
// on before the next message comes.
let last = Promise.resolve()
createInterface({ input: process.stdin })
  .on('line', (line) => {
    last = last.then(() => new Promise((next) => setImmediate(() => next(take(JSON.parse(line))))))
  })
  .on('close', () => process.exit(0))
process.on('unhandledRejection', (error) => send({ event: 'unhandled', data: plain(error) }))
send({ event: 'ready', data: mode })
