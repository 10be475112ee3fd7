/** The card that stands for a mini program page which the panel opened, with a way back. */

import type { Announcer } from './announcer'
import { type Context, createHost, element, type ShadowHost, trapFocus } from './dom'
import { LAYERS } from './theme'
import { UpgradePage, type UpgradeSource, upgradeCss } from './upgrade'

/** url is the page's path with its query; params holds what else was passed. title defaults to the page's own. */
export interface NavigationEntry {
  api: string
  url: string
  title?: string
  params?: Record<string, unknown>
}

export interface NavigationHooks {
  onNavigateBack(): void
  /** Where pages of firmware upgrades get their facts; without one, they are cards like the others. */
  upgrades: UpgradeSource | undefined
}

/** Last parts of the paths of upgrade pages; the second is for standard Bluetooth devices. */
const UPGRADE_PAGES = ['DeviceUpgradeFirmware', 'BleDeviceUpgradeFirmware']

const css = `
:host { position: fixed !important; top: 0 !important; right: 0 !important; bottom: 0 !important; left: 0 !important; z-index: ${LAYERS.navigation} !important; }
.page { position: absolute; top: 0; right: 0; bottom: 0; left: 0; overflow: auto; display: flex; flex-direction: column; background: var(--page);
  animation: slide .22s ease-out; }
.card { margin: 24px 16px; padding: 24px 20px; border-radius: 16px; background: var(--bg); }
h2 { font-size: 20px; font-weight: 600; line-height: 1.4; margin-bottom: 8px; overflow-wrap: anywhere; }
.lead { display: flex; align-items: center; gap: 10px; font-size: 15px; color: var(--weak); }
.lead::before { content: ""; flex: none; width: 28px; height: 28px; border-radius: 9px; background: #07c160;
  box-shadow: inset 0 0 0 7px #07c160, inset 0 0 0 9px #fff; }
dl { margin-top: 16px; display: grid; gap: 12px; }
dt { font-size: 13px; color: var(--weak); }
dd { font: 14px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
.empty { font-size: 14px; color: var(--weak); }
.back { display: block; margin: 0 16px 24px; min-height: 48px; border-radius: 12px; text-align: center; font-weight: 600;
  background: var(--theme, #06f); color: #fff; }
@keyframes slide { from { transform: translateX(24px); opacity: 0; } }
${upgradeCss}`

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const CALLBACKS = ['url', 'success', 'fail', 'complete']

/** Return the path of a page and its parameters as text: those of the query, then others of the call. */
export function readTarget(entry: NavigationEntry): { path: string; params: [string, string][] } {
  const [path = '', query = ''] = entry.url.split(/\?(.*)/s)
  const asked = query
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split(/=(.*)/s).map(decode))
  const others = Object.entries(entry.params ?? {}).filter(
    ([name, value]) => value !== undefined && !CALLBACKS.includes(name),
  )
  const show = (value: unknown): string =>
    typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value))
  return { path, params: [...asked, ...others].map(([name, value]) => [String(name), show(value ?? '')]) }
}

export class NavigationCard {
  private shadow: ShadowHost | undefined
  private release: (() => void) | undefined
  private upgrade: UpgradePage | undefined

  constructor(
    private readonly context: Context,
    private readonly hooks: NavigationHooks,
    private readonly announcer: Announcer,
  ) {}

  /** Tell whether a page covers the panel. */
  get visible(): boolean {
    return this.shadow?.visible ?? false
  }

  /** Cover the panel with a page; a page that is shown already is replaced. */
  show(entry: NavigationEntry): void {
    const shadow = (this.shadow ??= this.createHost())
    const release = this.release
    this.upgrade?.close()
    this.upgrade = this.upgradePage(entry)
    const page = this.upgrade?.root ?? this.render(entry)
    shadow.root.querySelector('.page')?.remove()
    shadow.root.append(page)
    shadow.show()
    release?.()
    const first = page.querySelector<HTMLElement>('.back')
    if (first) this.release = trapFocus(this.context, shadow.root, first)
    this.announcer.say(`${this.lead(entry)}: ${this.title(entry)}`)
  }

  /** Uncover the panel, without calling the hook. */
  hide(): void {
    this.upgrade?.close()
    this.upgrade = undefined
    this.shadow?.hide()
    this.release?.()
    this.release = undefined
  }

  private back(): void {
    this.hide()
    this.hooks.onNavigateBack()
  }

  private upgradePage(entry: NavigationEntry): UpgradePage | undefined {
    const { path, params } = readTarget(entry)
    const name = path.split('/').pop() ?? ''
    const deviceId = params.find(([key]) => key === 'deviceId')?.[1]
    const { upgrades } = this.hooks
    if (!upgrades || !deviceId || !UPGRADE_PAGES.includes(name)) return undefined
    const bluetooth = name === UPGRADE_PAGES[1]
    return new UpgradePage(this.context, upgrades, deviceId, bluetooth, this.title(entry), () => this.back())
  }

  private lead(entry: NavigationEntry): string {
    const { strings } = this.context
    return entry.api === 'navigateToMiniprogram' ? strings.openedProgram : strings.openedPage
  }

  private title(entry: NavigationEntry): string {
    const { strings } = this.context
    const name = readTarget(entry).path.split('/').pop() ?? ''
    return entry.title || strings.pages[name] || strings.miniProgram
  }

  private createHost(): ShadowHost {
    const shadow = createHost(this.context, { className: 'explorer-h5-navigation', css })
    shadow.root.addEventListener('keydown', (event) => {
      if (!(event instanceof KeyboardEvent) || event.key !== 'Escape') return
      event.stopPropagation()
      this.back()
    })
    return shadow
  }

  private render(entry: NavigationEntry): HTMLElement {
    const { document, strings } = this.context
    const { path, params } = readTarget(entry)
    const rows: [string, string][] = [[strings.page, path], ...params]
    const back = element(document, 'button', { type: 'button', class: 'back' }, strings.back)
    back.addEventListener('click', () => this.back())
    const list = rows.map(([name, value]) =>
      element(
        document,
        'div',
        { 'data-param': name },
        element(document, 'dt', {}, name),
        element(document, 'dd', {}, value),
      ),
    )
    const title = element(document, 'h2', { id: 'title' }, this.title(entry))
    return element(
      document,
      'div',
      { class: 'page', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title' },
      element(
        document,
        'div',
        { class: 'card' },
        title,
        element(document, 'p', { class: 'lead' }, this.lead(entry)),
        element(document, 'dl', {}, ...list),
        params.length === 0 && element(document, 'p', { class: 'empty' }, strings.noParameters),
      ),
      back,
    )
  }
}
