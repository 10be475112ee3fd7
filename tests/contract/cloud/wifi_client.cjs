// Follow a provisioning token with the platform's own Wi-Fi plugin, unmodified, against a served emulator.
// Usage: node wifi_client.cjs MODULES BASE_URL ACCESS_TOKEN OPTIONS_JSON; prints one JSON object.
const { createRequire } = require('node:module')

const [, , modules, base, accessToken, options] = process.argv
globalThis.wx = {
  getSystemInfoSync: () => ({ platform: 'devtools', system: 'iOS 17.0', SDKVersion: '3.0.0' }),
}
globalThis.navigator ??= { userAgent: '' }
const load = createRequire(`${modules}/`)
const { queryTokenStateAndBind } = load(
  'qcloud-iotexplorer-appdev-plugin-wificonf-core/lib/WifiConfProtocolBase/queryTokenStateAndBind',
)

async function requestApi(action, params) {
  const body = JSON.stringify({ Action: action, AccessToken: accessToken, ...params })
  const answer = await fetch(`${base}/api/exploreropen/tokenapi`, { method: 'POST', body })
  const { code, msg, data } = await answer.json()
  if (code) throw { code, msg }
  return data
}

const reporter = { info: () => undefined, warn: () => undefined, error: () => undefined }
console.log = () => undefined
queryTokenStateAndBind({
  ...JSON.parse(options),
  onProgress: () => undefined,
  sdk: { requestApi, reporter },
}).then(
  (found) => process.stdout.write(JSON.stringify(found)),
  (error) => process.stdout.write(JSON.stringify({ failed: error.code, msg: error.msg })),
)
