// Run the platform's own application SDK, unmodified, against a served emulator.
// Usage: node appdev_client.cjs MODULES BASE_URL SIGNED_LOGIN_JSON DEVICE_ID; prints one JSON object.
const { createRequire } = require('node:module')

const [, , modules, base, login, deviceId] = process.argv
const seen = { requests: [], reports: [], controls: [], statuses: [] }

function local(url) {
  return url.replace(/^(https|wss):\/\/iot\.cloud\.tencent\.com/, (_, scheme) =>
    scheme === 'wss' ? base.replace('http', 'ws') : base,
  )
}

async function request({ url, data, method = 'GET', success, fail, complete }) {
  seen.requests.push(new URL(url).pathname)
  try {
    const answer = await fetch(local(url), { method, body: JSON.stringify(data) })
    success?.({ statusCode: answer.status, data: await answer.json() })
  } catch (error) {
    fail?.({ errMsg: `request:fail ${error.message}` })
  }
  complete?.()
}

function connectSocket({ url }) {
  const socket = new WebSocket(local(url))
  const task = {
    OPEN: 1,
    get readyState() {
      return socket.readyState
    },
    send: ({ data, success }) => {
      socket.send(data)
      success?.()
    },
    close: ({ code = 1000 } = {}) => socket.close(code),
    onOpen: (handler) => socket.addEventListener('open', handler),
    onClose: (handler) => socket.addEventListener('close', handler),
    onError: (handler) => socket.addEventListener('error', handler),
    onMessage: (handler) => socket.addEventListener('message', (event) => handler({ data: event.data })),
  }
  return task
}

const storage = new Map()
globalThis.wx = {
  request,
  connectSocket,
  login: ({ success }) => success({ code: 'js-code' }),
  getSystemInfoSync: () => ({ platform: 'devtools', system: 'iOS 17.0', SDKVersion: '3.0.0' }),
  getStorage: ({ key, success, fail }) =>
    storage.has(key)
      ? success({ data: storage.get(key) })
      : fail({ errMsg: 'getStorage:fail data not found' }),
  setStorage: ({ key, data, success }) => {
    storage.set(key, data)
    success?.({})
  },
  removeStorage: ({ key, success }) => {
    storage.delete(key)
    success?.({})
  },
  onAppShow() {},
  onAppHide() {},
}

function until(condition) {
  return new Promise((resolve, reject) => {
    const end = Date.now() + 15000
    const look = () => {
      if (condition()) resolve()
      else if (Date.now() > end) reject(new Error(`gave up: ${JSON.stringify(seen)}`))
      else setTimeout(look, 5)
    }
    look()
  })
}

async function main() {
  const load = createRequire(`${modules}/x.js`)
  const { AppDevSdk } = load('qcloud-iotexplorer-appdev-sdk')
  const sdk = new AppDevSdk({
    appKey: JSON.parse(login).AppKey,
    getAccessToken: async () => {
      const answer = await fetch(`${base}/api/exploreropen/appapi`, { method: 'POST', body: login })
      return (await answer.json()).Response.Data
    },
  })
  sdk.on('wsReport', (event) => seen.reports.push(event))
  sdk.on('wsControl', (event) => seen.controls.push(event))
  sdk.on('wsStatusChange', (event) => seen.statuses.push(event))
  await sdk.init()
  await sdk.subscribeDevices([deviceId])
  const family = await sdk.getDefaultFamilyId()
  const control = await sdk.requestApi('AppControlDeviceData', {
    DeviceId: deviceId,
    Data: '{"title":"台灯"}',
  })
  await until(() => seen.reports.length && seen.controls.length)
  let refusal
  try {
    await sdk.requestApi('AppControlDeviceData', { DeviceId: deviceId, Data: '{"power":7}' })
  } catch (error) {
    refusal = { code: error.code, msg: error.msg }
  }
  process.stdout.write(
    `${JSON.stringify({ userId: sdk.userId, nickName: sdk.nickName, family, control, refusal, ...seen })}\n`,
  )
  process.exit(0)
}

main().catch((error) => {
  process.stderr.write(`${error.stack || JSON.stringify(error)}\n`)
  process.exit(1)
})
