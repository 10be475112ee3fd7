/** tips.*: short messages at the top of the panel, and the dialogs. */

import type { Announcer } from './announcer'
import { type Context, createHost, element, plainText, type ShadowHost } from './dom'
import type { Modal, ModalOptions } from './modal'
import { LAYERS } from './theme'

export type TipType = 'info' | 'danger' | 'loading' | 'success'

/** Times in ms. canBeReplace is obeyed only when given as false; left out, the newest tip wins, as in the real SDK. */
export interface TipOptions {
  type?: TipType | 'error'
  waitForHide?: boolean
  duration?: number
  delayDuration?: number
  canClickClose?: boolean
  canBeReplace?: boolean
  mask?: boolean
  noTimeout?: boolean
}

export interface ErrorTipOptions extends TipOptions {
  defaultMsg?: string
}

const HIDE_MS = 200
const TYPES: readonly string[] = ['info', 'danger', 'loading', 'success']

const css = `
:host { position: fixed !important; left: 0 !important; right: 0 !important; top: 0 !important; padding: 12px !important;
  z-index: ${LAYERS.tips} !important; pointer-events: none !important; }
.float-tips { display: flex; align-items: flex-start; gap: 10px; width: fit-content; max-width: 100%; margin: 0 auto;
  padding: 11px 18px 11px 14px; border-radius: 12px; font-size: 15px; line-height: 22px; background: var(--bg);
  color: var(--text); box-shadow: var(--shadow); opacity: 0; transform: translateY(-100%);
  transition: opacity .2s, transform .2s; }
.float-tips.shown { opacity: 1; transform: translateY(0); }
.float-tips.closable { pointer-events: auto; cursor: pointer; }
.tips-message { white-space: pre-line; overflow-wrap: anywhere; min-width: 0; max-height: 60vh; overflow: hidden; }
.tips-icon { flex: none; width: 22px; height: 22px; border-radius: 50%; display: grid; place-items: center;
  color: #fff; font: 700 14px/1 sans-serif; }
.tips-info .tips-icon { background: var(--theme, #06f); }
.tips-info .tips-icon::before { content: "i"; font-family: Georgia, serif; }
.tips-success .tips-icon { background: var(--success); }
.tips-success .tips-icon::before { content: ""; width: 10px; height: 6px; margin-top: -2px; border: solid #fff;
  border-width: 0 0 2px 2px; transform: rotate(-45deg); }
.tips-danger { background: #d9352a; color: #fff; }
.tips-danger .tips-icon { background: #fff; color: #d9352a; }
.tips-danger .tips-icon::before { content: "!"; }
.tips-loading .tips-icon { border: 2px solid var(--line); border-top-color: var(--theme, #06f); animation: turn .8s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .tips-loading .tips-icon { animation: none; border-style: dotted; } }
`

/**
 * Return the text of an error as the real SDK words it; "" for no error. Source: docs/reference/protocol.md
 * section 5.4.
 */
export function errorText(error: unknown, fallback: string): string {
  if (typeof error === 'string') return error
  if (!error) return ''
  const fields = error as Record<string, unknown>
  const named = ['msg', 'Message', 'message', 'errMsg'].map((name) => fields[name]).find(Boolean)
  const text = String(named ?? fallback)
  if (fields['reqId']) return `${text}(${String(fields['reqId'])})`
  return fields['code'] && !/\((\d+)\).+/.test(text) ? `${text}(${String(fields['code'])})` : text
}

export class Tips {
  private readonly shadow: ShadowHost
  private readonly tip: HTMLElement
  private readonly message: HTMLElement
  private timer: number | undefined
  private cancelDelay: (() => void) | undefined
  private settle: (() => void) | undefined
  private locked = false
  private generation = 0

  constructor(
    private readonly context: Context,
    private readonly modal: Modal,
    private readonly announcer: Announcer,
  ) {
    const { document } = context
    this.shadow = createHost(context, { className: 'explorer-h5-tips', css })
    this.message = element(document, 'div', { class: 'tips-message' })
    this.tip = element(
      document,
      'div',
      { class: 'float-tips' },
      element(document, 'span', { class: 'tips-icon', 'aria-hidden': 'true' }),
      this.message,
    )
    this.shadow.root.append(this.tip)
    this.tip.addEventListener('click', () => {
      if (this.tip.classList.contains('closable')) void this.hide()
    })
  }

  /**
   * Show a message.
   *
   * Resolves when the tip is hidden again (duration + 200 ms) if waitForHide and duration > 0, else once it shows; a
   * tip that another replaces, or that hide() cancels, resolves then. Dropped calls resolve at once.
   * Source: docs/reference/protocol.md section 5.4. The real SDK leaves the promise of a replaced tip pending
   * and lets the older timer hide the newer tip; both are mended here.
   */
  async show(message: unknown, options?: TipOptions | null): Promise<void> {
    const given = options ?? {}
    const { duration = 1500, delayDuration = 0, waitForHide = true } = given
    if (this.locked) return
    this.cancelDelay?.()
    if (delayDuration > 0 && !(await this.delay(delayDuration))) return
    this.settle?.()
    this.settle = undefined
    this.locked = given.canBeReplace === false
    this.paint(plainText(message), given)
    const generation = ++this.generation
    clearTimeout(this.timer)
    if (!(duration > 0)) return
    this.timer = window.setTimeout(() => {
      if (generation === this.generation) void this.hide()
    }, duration)
    if (!waitForHide) return
    await new Promise<void>((resolve) => {
      this.settle = resolve
    })
  }

  /** Hide the tip, or cancel one that waits for its delay; resolves after the 200 ms of fading out. */
  async hide(): Promise<void> {
    this.cancelDelay?.()
    clearTimeout(this.timer)
    this.locked = false
    const generation = ++this.generation
    this.tip.classList.remove('shown')
    await new Promise((resolve) => setTimeout(resolve, HIDE_MS))
    if (generation !== this.generation) return
    this.shadow.hide()
    this.settle?.()
    this.settle = undefined
  }

  /** Show a turning wheel until hideLoading. */
  showLoading(message?: unknown, options: TipOptions = {}): Promise<void> {
    const text = plainText(message ?? this.context.strings.loading)
    const defaults = {
      type: 'loading',
      canBeReplace: true,
      duration: 0,
      delayDuration: 200,
      canClickClose: false,
    } as const
    return this.show(text.endsWith('…') ? text : `${text}…`, { ...defaults, ...options })
  }

  /** Hide the wheel. */
  hideLoading(): Promise<void> {
    return this.hide()
  }

  /** Show a message with a tick. */
  showSuccess(message: unknown, options: TipOptions = {}): Promise<void> {
    return this.show(message, { type: 'success', ...options })
  }

  /** Show a plain message. */
  showInfo(message: unknown, options: TipOptions = {}): Promise<void> {
    return this.show(message, { type: 'info', ...options })
  }

  /** Show an Error, a {code, msg} or a text for 3 s; nothing for a falsy error. */
  async showError(error: unknown, options: ErrorTipOptions = {}): Promise<void> {
    const text = errorText(error, this.context.strings.networkError)
    if (text) await this.show(text, { type: 'danger', duration: 3000, ...options })
  }

  /** Ask; true when confirmed. */
  showModal(options: ModalOptions = {}): Promise<boolean> {
    return this.modal.show(options)
  }

  /** Ask with a title. */
  confirm(title?: string, content = '', options: ModalOptions = {}): Promise<boolean> {
    return this.modal.show({ ...(title === undefined ? {} : { title }), content, ...options })
  }

  /** Tell something that must be read; no cancel button. */
  alert(content?: string, options: ModalOptions = {}): Promise<boolean> {
    return this.modal.show({ ...(content === undefined ? {} : { content }), showCancel: false, ...options })
  }

  private delay(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (passed: boolean): void => {
        clearTimeout(timer)
        this.cancelDelay = undefined
        resolve(passed)
      }
      const timer = setTimeout(() => end(true), ms)
      this.cancelDelay = () => end(false)
    })
  }

  private paint(text: string, options: TipOptions): void {
    const wanted = options.type === 'error' ? 'danger' : (options.type ?? 'info')
    const type = TYPES.includes(wanted) ? wanted : 'info'
    this.shadow.show()
    this.tip.className = `float-tips tips-${type}`
    this.tip.classList.toggle('closable', options.canClickClose !== false)
    this.message.textContent = text
    this.announcer.say(text, type === 'danger')
    void this.tip.offsetWidth // the browser must have seen the start of the transition
    this.tip.classList.add('shown')
  }
}
