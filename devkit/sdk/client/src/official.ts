/**
 * Beside the platform's own SDK: bring its requests to this server, and stand for WeChat around the page.
 *
 * The SDK itself runs unmodified. It asks iot.cloud.tencent.com by name; only the name is changed, on its way out of
 * the page. Its bridge to the mini program names the page's session, which answers in Python.
 */

import { Link } from './link'
import css from './official.css'
import { WebSocketPort } from './ports'
import { reportErrors } from './report'
import { words } from './words'
import { createWx } from './wx'

interface Boot {
  url: string
  session: string
  panelData: Record<string, any>
}

const PLATFORM = /^(?:https?|wss?):\/\/iot\.cloud\.tencent\.com(?=[/?]|$)/
const BRIDGE = '/studioh5'

/** Return a URL of the platform as one of this server; others stay as they are. */
function local(url: unknown): string {
  const text = String(url)
  const found = PLATFORM.exec(text)
  if (!found) return text
  const scheme = text.startsWith('ws') ? location.protocol.replace('http', 'ws') : location.protocol
  return `${scheme}//${location.host}${text.slice(found[0].length)}`
}

function bringHome(session: string): void {
  const { open } = XMLHttpRequest.prototype
  XMLHttpRequest.prototype.open = function (
    this: XMLHttpRequest,
    method: string,
    url: unknown,
    ...rest: any[]
  ) {
    return (open as any).call(this, method, local(url), ...rest)
  } as typeof open
  const { fetch } = window
  window.fetch = (input, init) => {
    if (input instanceof Request)
      return fetch(input.url === local(input.url) ? input : new Request(local(input.url), input), init)
    return fetch(local(input), init)
  }
  const beacon = navigator.sendBeacon.bind(navigator)
  navigator.sendBeacon = (url, data) => beacon(local(url), data)
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      const address = new URL(local(url), location.href)
      if (address.host === location.host && address.pathname === BRIDGE)
        address.searchParams.set('session', session)
      super(address.href, protocols)
    }
  }
}

/** The SDK takes the icons of its tips from the network; offline a tip is shown without. */
function hideMissingIcons(): void {
  for (const kind of ['load', 'error']) {
    document.addEventListener(
      kind,
      ({ target }) => {
        if (target instanceof HTMLImageElement && target.classList.contains('tips-icon'))
          target.hidden = kind === 'error'
      },
      true,
    )
  }
}

function start(boot: Boot): void {
  const global = window as any
  const { deviceId, groupId, isShareDevice, isMock } = boot.panelData
  const link = new Link(
    new WebSocketPort(boot.url),
    boot.session,
    () => ({ deviceId, groupId, isShareDevice, isMock }),
    {
      onEvent: () => undefined,
      onAsk: (member) => {
        throw new Error(words(`The official SDK has no function ${member}.`, `官方 SDK 没有函数 ${member}。`))
      },
      onWelcome: () => undefined,
      onError: () => undefined,
      onClose: () => undefined,
    },
  )
  link.open()
  reportErrors(link)
  bringHome(boot.session)
  global.wx = global.wx || createWx(link)
  global.wechatJsSdk = global.wechatJsSdk || global.wx
  global.__devkit_runtime = { link }
  window.addEventListener('pagehide', () => link.bye())
  hideMissingIcons()
  const style = document.createElement('style')
  style.textContent = css
  document.head.append(style)
}

start((window as any).__DEVKIT__)
