/** Boot: put window.h5PanelSdk and its data in place before the panel's script runs. */

import { bluetoothAnswers, rejoinBluetooth } from './bluetooth'
import { type Components, createComponents } from './components'
import { setCurrentLink } from './current'
import type { PanelData } from './data'
import { type DetailHooks, tapped } from './detail'
import { Link } from './link'
import { BindingPort, type Port, WebSocketPort } from './ports'
import { reportErrors } from './report'
import { type Inside, insideOf, PanelSdk } from './sdk'
import { upgradesOf } from './upgrade'
import { words } from './words'
import { createWx } from './wx'

/** What the host page puts into window.__DEVKIT__. */
interface Boot {
  /** Address of the link's WebSocket, token included; or the name of a Playwright binding. */
  url?: string
  binding?: string
  session?: string
  panelData: PanelData
  lang?: 'en' | 'zh'
  ultrafast?: boolean
  live?: { error: unknown }
}

const DETAIL_HOOKS = [
  'onEditName',
  'onDeviceInfo',
  'onGroup',
  'onRoom',
  'onShare',
  'onFirmware',
  'onDelete',
] as const satisfies readonly (keyof DetailHooks)[]

function portOf(boot: Boot): Port {
  if (boot.binding) return new BindingPort((window as any)[boot.binding])
  const url = new URL(boot.url || '/__devkit/link', location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return new WebSocketPort(url.href)
}

function start(boot: Boot): void {
  const global = window as any
  const data = boot.panelData || {}
  global.PANEL_DATA = data
  if (boot.ultrafast) global.PAGE_LOAD_SIMPLIFIED = true
  let sdk: PanelSdk | undefined
  const link = new Link(portOf(boot), boot.session || '', () => contextOf(sdk, data), {
    onEvent: (kind, event) => sdk && insideOf(sdk).deliver(kind, event),
    onAsk: (member, args) => ask(sdk as PanelSdk, components, member, args),
    onWelcome: (fresh) => {
      if (!fresh) return
      void refresh(sdk as PanelSdk, link)
      rejoinBluetooth(sdk as PanelSdk)
    },
    onError: (error) => void sdk?.appDevSdk.emit('wsError', error),
    onClose: (code, reason) => void sdk?.appDevSdk.emit('wsClose', { code, reason }),
  })
  setCurrentLink(link)
  reportErrors(link)
  global.wx = global.wx || createWx(link)
  global.wechatJsSdk = global.wechatJsSdk || global.wx
  const components = createComponents({
    lang: boot.lang || 'zh',
    hooks: hooksOf(() => sdk, link),
    upgrades: upgradesOf(() => sdk, link),
  })
  noteTips(components, link)
  sdk = new PanelSdk(link, components, data)
  const inside = insideOf(sdk)
  global.h5PanelSdk = sdk
  global.iotexplorerH5PanelTips = sdk.tips
  global.iotexplorerH5PanelDeviceDetail = sdk.iotexplorerH5PanelDeviceDetail
  global.__devkit_runtime = {
    reset: (fresh: PanelData) => inside.reset(fresh),
    resetForReload: async () => inside.reset(await link.call('devkit.refresh', [])),
    link,
  }
  window.addEventListener('pagehide', () => link.bye())
  link.open()
  settle(inside, link, Boolean(boot.ultrafast))
}

/** Put every tip into the timeline, where tests wait for it. */
function noteTips({ tips }: Components, link: Link): void {
  const show = tips.show.bind(tips)
  tips.show = (message, options) => {
    link.note('tip', { message: String(message), type: options?.type || 'info' })
    return show(message, options)
  }
}

/** Ultrafast mode: the page is there, its data follows. Source: docs/reference/protocol.md section 4.4. */
function settle(inside: Inside, link: Link, ultrafast: boolean): void {
  if (!ultrafast) {
    inside.becomeReady()
    return
  }
  link.call('devkit.refresh', []).then(
    (data) => {
      inside.applyData(data)
      inside.becomeReady()
    },
    (reason) => inside.failReady(reason),
  )
}

/** After a restart of devkit: what the page knows may be old. */
async function refresh(sdk: PanelSdk, link: Link): Promise<void> {
  const data = await link.call('devkit.refresh', [])
  Object.assign(sdk.deviceData, data.deviceData)
  sdk.deviceStatus = data.deviceStatus
}

function hooksOf(sdk: () => PanelSdk | undefined, link: Link): Record<string, () => unknown> {
  const hooks: Record<string, () => unknown> = {
    onFeedback: () => sdk()?.goFeedBackPage(),
    onBackHome: () => sdk()?.navBack(),
    onNavigateBack: () => link.call('devkit.navigateBack', []),
    onExitPreview: () => link.call('devkit.exitPreview', []),
  }
  for (const name of DETAIL_HOOKS) hooks[name] = () => tapped(sdk() as PanelSdk, name)
  return hooks
}

/** What Python needs to know of a page whose session it has lost. */
function contextOf(sdk: PanelSdk | undefined, data: PanelData): PanelData {
  const { deviceId, productInfo, isShareDevice, groupId, isMock, isStandardBleDevice } = sdk || data
  const product = { ProductId: (productInfo || {}).ProductId }
  return { deviceId, productInfo: product, isShareDevice, groupId, isMock, isStandardBleDevice }
}

/** Functions of the page that Python calls. */
function ask(sdk: PanelSdk, components: Components, member: string, args: any[]): unknown {
  const known: Record<string, (...args: any[]) => unknown> = {
    'tips.confirm': (title, content, options) => components.tips.confirm(title, content, options),
    'tips.showSuccess': (text) => components.tips.showSuccess(text),
    'tips.showError': (error) => components.tips.showError(error),
    'firmwarePrompt.showUpgradable': (versions) => components.firmwarePrompt.showUpgradable(versions),
    'navigationCard.hide': () => components.navigationCard.hide(),
    emit: (name, ...rest) => sdk.emit(name, ...rest),
  }
  const bluetooth = bluetoothAnswers[member]
  if (bluetooth) return bluetooth(sdk, ...args)
  const found = known[member]
  if (!found) throw new Error(words(`The page has no function ${member}.`, `页面没有函数 ${member}。`))
  return found(...args)
}

const boot: Boot | undefined = (window as any).__DEVKIT__
// A page without a session, of an unknown product say, has its layer of errors and no SDK to start.
if (boot && (boot.session || !boot.live?.error)) start(boot)
else if (!boot) console.error('devkit: window.__DEVKIT__ must be set before the runtime loads.')
