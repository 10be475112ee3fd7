/**
 * Beside the platform's own SDK: bring its requests to this server, and stand for WeChat around the page.
 *
 * The SDK itself runs unmodified. It asks iot.cloud.tencent.com by name; only the name is changed, on its way out of
 * the page. What the mini program tells a page comes over the link and goes into the SDK's own bridge socket.
 */

import { Link } from './link'
import css from './official.css'
import { WebSocketPort } from './ports'
import { reportErrors } from './report'
import { createWx } from './wx'

interface Boot {
  url: string
  session: string
  panelData: Record<string, any>
}

const PLATFORM = /^(?:https?|wss?):\/\/iot\.cloud\.tencent\.com(?=[/?]|$)/
const BRIDGE = '/studioh5'
const STATES = ['appShow', 'appHide', 'pageShow', 'pageHide']

/** Return a URL of the platform as one of this server; others stay as they are. */
function local(url: unknown): string {
  const text = String(url)
  const found = PLATFORM.exec(text)
  if (!found) return text
  const scheme = text.startsWith('ws') ? location.protocol.replace('http', 'ws') : location.protocol
  return `${scheme}//${location.host}${text.slice(found[0].length)}`
}

function bringHome(session: string, bridges: Set<WebSocket>): void {
  const { open } = XMLHttpRequest.prototype
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, method: string, url: unknown, ...rest: any[]) {
    return (open as any).call(this, method, local(url), ...rest)
  } as typeof open
  const { fetch } = window
  window.fetch = (input, init) => {
    if (input instanceof Request) return fetch(input.url === local(input.url) ? input : new Request(local(input.url), input), init)
    return fetch(local(input), init)
  }
  const beacon = navigator.sendBeacon.bind(navigator)
  navigator.sendBeacon = (url, data) => beacon(local(url), data)
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      const address = new URL(local(url), location.href)
      const bridge = address.host === location.host && address.pathname === BRIDGE
      if (bridge) address.searchParams.set('session', session)
      super(address.href, protocols)
      if (!bridge) return
      bridges.add(this)
      this.addEventListener('close', () => bridges.delete(this))
    }
  }
}

/** Return the push of the mini program that an event of the session stands for. Source: protocol.md 4.3, 4.4. */
function pushOf(kind: string, data: any, deviceId: string): object | undefined {
  if (kind === 'emit' && STATES.includes(data.n)) return { action: data.n, payload: data.a[0] || {} }
  if (kind === 'update') return { action: 'dataUpdate', payload: { ...data, deviceId } }
  return undefined
}

/** The SDK takes the icons of its tips from the network; offline a tip is shown without. */
function hideMissingIcons(): void {
  for (const kind of ['load', 'error']) {
    document.addEventListener(
      kind,
      ({ target }) => {
        if (target instanceof HTMLImageElement && target.classList.contains('tips-icon')) target.hidden = kind === 'error'
      },
      true,
    )
  }
}

function start(boot: Boot): void {
  const global = window as any
  const bridges = new Set<WebSocket>()
  const { deviceId, groupId, isShareDevice, isMock } = boot.panelData
  const link = new Link(new WebSocketPort(boot.url), boot.session, () => ({ deviceId, groupId, isShareDevice, isMock }), {
    onEvent: (kind, data) => {
      const push = pushOf(kind, data, deviceId)
      if (!push) return
      for (const socket of bridges) socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ data: push }) }))
    },
    onAsk: (member) => {
      throw new Error(`The official SDK has no function ${member}.`)
    },
    onWelcome: () => undefined,
    onError: () => undefined,
    onClose: () => undefined,
  })
  link.open()
  reportErrors(link)
  bringHome(boot.session, bridges)
  global.wx = global.wx || createWx(link)
  global.wechatJsSdk = global.wechatJsSdk || global.wx
  window.addEventListener('pagehide', () => link.bye())
  hideMissingIcons()
  const style = document.createElement('style')
  style.textContent = css
  document.head.append(style)
}

start((window as any).__DEVKIT__)
