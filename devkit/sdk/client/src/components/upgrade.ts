/** The mini program's page on which a user upgrades a device: versions, news, progress, and how it ended. */

import { type Context, element } from './dom'

/** How an upgrade stands; status is that of AppDescribeFirmwareUpdateStatus. */
export interface UpgradeProgress {
  status: number
  percent: number
  message: string
}

export interface UpgradeFacts extends UpgradeProgress {
  name: string
  current: string
  latest: string
  upgradable: boolean
  online: boolean
  description: string
}

/** Where the page gets its facts, and what its button does; each may reject with {msg} or an Error. */
export interface UpgradeSource {
  read(deviceId: string): Promise<UpgradeFacts>
  progress(deviceId: string): Promise<UpgradeProgress>
  start(deviceId: string): Promise<unknown>
  /** Upgrade over the panel's own Bluetooth connection, telling of each step. */
  startBluetooth(deviceId: string, tell: (progress: UpgradeProgress) => void): Promise<unknown>
}

const POLL_MS = 500
const FAILED = 5
const DONE = 6
const WAITS_FOR_USER = 8
const AROUND = 2 * Math.PI * 70
const SVG = 'http://www.w3.org/2000/svg'

export const upgradeCss = `
.upgrade { align-items: stretch; background: var(--page); }
.upgrade .hero { display: flex; flex-direction: column; align-items: center; gap: 6px; padding: 28px 20px 20px; text-align: center; }
.upgrade h2 { margin: 0; }
.upgrade .ring { position: relative; width: 168px; height: 168px; margin: 12px 0 6px; }
.upgrade svg { width: 100%; height: 100%; transform: rotate(-90deg); }
.upgrade circle { fill: none; stroke-width: 8; stroke: var(--line); }
.upgrade .arc { stroke: var(--theme, #06f); stroke-linecap: round; transition: stroke-dashoffset .3s linear; }
.upgrade .inside { position: absolute; top: 0; right: 0; bottom: 0; left: 0; display: flex; align-items: center; justify-content: center;
  padding: 0 26px; font-size: 30px; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; line-height: 1.15; }
.upgrade .inside.long { font-size: 19px; }
.upgrade[data-view=done] .arc { stroke: var(--success); }
.upgrade[data-view=done] .inside { color: var(--success); }
.upgrade[data-view=failed] .arc, .upgrade[data-view=unread] .arc { stroke: var(--danger); }
.upgrade[data-view=failed] .inside, .upgrade[data-view=unread] .inside { color: var(--danger); }
.upgrade .state { font-size: 17px; font-weight: 600; }
.upgrade .reason { font-size: 14px; color: var(--weak); overflow-wrap: anywhere; max-width: 420px; }
.upgrade .facts { margin: 0 16px 12px; padding: 4px 16px; border-radius: 12px; background: var(--bg); }
.upgrade .fact { display: flex; justify-content: space-between; gap: 16px; padding: 13px 0; }
.upgrade .fact + .fact { border-top: 1px solid var(--line); }
.upgrade .fact span { color: var(--weak); flex: none; }
.upgrade .fact b { font-weight: 500; overflow-wrap: anywhere; text-align: right; }
.upgrade h3 { margin: 12px 0 4px; font-size: 15px; font-weight: 600; }
.upgrade .news { margin: 0 0 14px; font-size: 14px; color: var(--weak); white-space: pre-wrap; overflow-wrap: anywhere; }
.upgrade .care { margin: 0 20px; font-size: 13px; color: var(--weak); text-align: center; }
.upgrade .actions { margin-top: auto; padding: 20px 16px calc(20px + env(safe-area-inset-bottom)); display: grid; gap: 12px; }
.upgrade .actions button { min-height: 48px; border-radius: 12px; text-align: center; font-weight: 600; margin: 0; }
.upgrade .go { background: var(--theme, #06f); color: #fff; }
.upgrade .go:disabled { opacity: .45; cursor: default; }
.upgrade .back { background: var(--bg); color: var(--text); }
.upgrade [hidden] { display: none !important; }
`

type View = 'reading' | 'unread' | 'newest' | 'found' | 'running' | 'done' | 'failed'

export class UpgradePage {
  readonly root: HTMLElement
  private readonly parts: ReturnType<UpgradePage['build']>
  private facts: UpgradeFacts | undefined
  private view: View = 'reading'
  private timer = 0
  private closed = false

  constructor(
    private readonly context: Context,
    private readonly source: UpgradeSource,
    private readonly deviceId: string,
    private readonly bluetooth: boolean,
    title: string,
    back: () => void,
  ) {
    this.parts = this.build(title, back)
    this.root = this.parts.root
    void this.load()
  }

  /** Stop asking; an upgrade that runs goes on without the page. */
  close(): void {
    this.closed = true
    clearTimeout(this.timer)
  }

  private get words(): Context['strings']['upgradePage'] {
    return this.context.strings.upgradePage
  }

  /** A Bluetooth device upgrades from this page alone, so that none runs when the page opens. */
  private async load(): Promise<void> {
    this.draw('reading')
    try {
      this.facts = await this.source.read(this.deviceId)
    } catch (error) {
      this.draw('unread', reasonOf(error))
      return
    }
    const { status, upgradable, message } = this.facts
    if (!upgradable) this.draw('newest')
    else if (status === FAILED) this.draw('failed', message)
    else if (this.bluetooth || status === WAITS_FOR_USER || status === DONE) this.draw('found')
    else this.follow(this.facts)
  }

  private async start(): Promise<void> {
    if (this.view === 'unread') return this.load()
    this.follow({ status: 1, percent: 0, message: '' }, !this.bluetooth)
    try {
      if (this.bluetooth) {
        await this.source.startBluetooth(this.deviceId, (progress) => this.follow(progress, false))
        this.draw('done')
      } else {
        await this.source.start(this.deviceId)
      }
    } catch (error) {
      clearTimeout(this.timer)
      this.draw('failed', reasonOf(error))
    }
  }

  /** Show how it stands, and ask again while it goes on. */
  private follow(progress: UpgradeProgress, poll = true): void {
    clearTimeout(this.timer)
    if (this.closed) return
    if (progress.status === DONE) this.draw('done')
    else if (progress.status === FAILED) this.draw('failed', progress.message)
    else {
      this.draw('running', '', progress)
      if (poll) this.timer = window.setTimeout(() => void this.poll(), POLL_MS)
    }
  }

  private async poll(): Promise<void> {
    try {
      this.follow(await this.source.progress(this.deviceId))
    } catch {
      // The upgrade goes on all the same; the next answer may come through.
      if (!this.closed) this.timer = window.setTimeout(() => void this.poll(), 2 * POLL_MS)
    }
  }

  private draw(view: View, reason = '', progress?: UpgradeProgress): void {
    if (this.closed) return
    const { words, parts } = this
    const facts = this.facts
    this.view = view
    const running = view === 'running' && progress
    const part = running ? progress.percent / 100 : view === 'done' || view === 'newest' ? 1 : 0
    const offline = view === 'found' && facts !== undefined && !facts.online && !this.bluetooth
    const version = (text: string | undefined): string => text || words.unknown
    const current = view === 'done' ? facts?.latest : facts?.current
    const inside = {
      reading: '…',
      unread: '!',
      newest: version(current),
      found: version(facts?.latest),
      running: `${Math.round(progress?.percent ?? 0)} %`,
      done: '✓',
      failed: '!',
    }[view]
    this.root.dataset['view'] = view
    parts.arc.style.strokeDashoffset = String(
      AROUND * (1 - (view === 'failed' || view === 'unread' ? 1 : part)),
    )
    parts.ring.setAttribute('aria-valuenow', String(Math.round(part * 100)))
    set(parts.inside, inside)
    parts.inside.classList.toggle('long', inside.length > 7)
    set(parts.title, facts?.name || parts.fallback)
    set(
      parts.state,
      running ? (words.states[String(progress.status)] ?? '') : words[view as Exclude<View, 'running'>],
    )
    set(parts.reason, offline ? words.offline : reason)
    set(parts.current, version(current))
    set(parts.latest, version(facts?.latest))
    set(parts.news, facts?.description || words.noNews)
    const upgrade = facts?.upgradable === true
    parts.facts.hidden = facts === undefined
    parts.latestRow.hidden = !upgrade || view === 'done'
    parts.newsBox.hidden = !upgrade
    parts.care.hidden = view !== 'running'
    parts.go.hidden = view === 'newest' || view === 'done' || view === 'reading'
    parts.go.disabled = view === 'running' || offline
    set(parts.go, view === 'failed' ? words.retry : view === 'unread' ? words.reload : words.now)
  }

  private build(title: string, leave: () => void) {
    const { document, strings } = this.context
    const { words } = this
    const fact = (name: string, value: HTMLElement) =>
      element(document, 'div', { class: 'fact' }, element(document, 'span', {}, name), value)
    const svg = document.createElementNS(SVG, 'svg')
    svg.setAttribute('viewBox', '0 0 160 160')
    svg.setAttribute('aria-hidden', 'true')
    const circles = ['', 'arc'].map((name) => {
      const circle = document.createElementNS(SVG, 'circle')
      for (const [key, value] of [
        ['cx', 80],
        ['cy', 80],
        ['r', 70],
      ] as const)
        circle.setAttribute(key, String(value))
      if (name) circle.setAttribute('class', name)
      return circle
    })
    svg.append(...circles)
    const arc = circles[1] as SVGCircleElement
    arc.style.strokeDasharray = String(AROUND)
    const heading = element(document, 'h2', { id: 'title' })
    const inside = element(document, 'div', { class: 'inside' })
    const bounds = { role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': title }
    const ring = element(document, 'div', { class: 'ring', ...bounds }, inside)
    ring.prepend(svg)
    const state = element(document, 'p', { class: 'state', role: 'status' })
    const reason = element(document, 'p', { class: 'reason', role: 'alert' })
    const current = element(document, 'b', { 'data-fact': 'current' })
    const latest = element(document, 'b', { 'data-fact': 'latest' })
    const latestRow = fact(words.latest, latest)
    const news = element(document, 'p', { class: 'news' })
    const newsBox = element(
      document,
      'div',
      { class: 'facts' },
      element(document, 'h3', {}, words.news),
      news,
    )
    const facts = element(document, 'div', { class: 'facts' }, fact(words.current, current), latestRow)
    const care = element(document, 'p', { class: 'care' }, words.care)
    const go = element(document, 'button', { type: 'button', class: 'go' }, words.now)
    go.addEventListener('click', () => void this.start())
    const back = element(document, 'button', { type: 'button', class: 'back' }, strings.back)
    back.addEventListener('click', leave)
    const root = element(
      document,
      'div',
      { class: 'page upgrade', role: 'dialog', 'aria-modal': 'true', 'aria-label': title },
      element(document, 'div', { class: 'hero' }, heading, ring, state, reason),
      facts,
      newsBox,
      care,
      element(document, 'div', { class: 'actions' }, go, back),
    )
    return {
      root,
      ring,
      arc,
      inside,
      title: heading,
      fallback: title,
      state,
      reason,
      current,
      latest,
      latestRow,
      news,
      newsBox,
      facts,
      care,
      go,
    }
  }
}

/** Change a text only when it is another one, so that screen readers do not say it again. */
function set(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

function reasonOf(error: unknown): string {
  const { msg, message, code } = (error ?? {}) as { msg?: unknown; message?: unknown; code?: unknown }
  return String(msg || message || code || error || '')
}
