/** Build DOM and shadow hosts without HTML text, so that data stays data. */

import type { Lang, Strings } from './strings'
import { baseCss } from './theme'

export interface Context {
  readonly document: Document
  readonly lang: Lang
  readonly strings: Strings
  readonly themeColor: string
  readonly colorScheme: ColorScheme
}

export type ColorScheme = 'auto' | 'light' | 'dark'
type Attributes = Record<string, string | number | boolean | undefined>
type Child = Node | string | null | undefined | false

/** Return a new element. Attributes that are undefined or false are left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  document: Document,
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : String(value))
  }
  node.append(...children.filter((child): child is Node | string => Boolean(child)))
  return node
}

const MAX_TEXT = 20_000

/** Return the text of a message as panels pass it: any value, with <br> for a new line; what is too long is cut. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return ''
  let text: string
  try {
    text = String(value)
  } catch {
    return ''
  }
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  return shown.replace(/<br\s*\/?>/gi, '\n')
}

/** Return the class names of a text that a panel gave. */
export function classNames(value: unknown): string {
  return typeof value === 'string' ? value.trim().replace(/\s+/g, ' ') : ''
}

export interface ShadowHost {
  readonly host: HTMLElement
  readonly root: ShadowRoot
  show(): void
  hide(): void
  readonly visible: boolean
}

interface HostOptions {
  id?: string
  className?: string
  css: string
  parent?: Element | null
}

/**
 * Append a hidden host with its own shadow root to <html>, or to parent.
 *
 * Its own rules are !important: those win over any rule of the page, important or not. The class "hide" is the real
 * SDK's.
 */
export function createHost(context: Context, options: HostOptions): ShadowHost {
  const { document } = context
  const host = element(document, 'div', {
    id: options.id,
    class: `${options.className ?? ''} hide`.trim(),
    lang: context.lang === 'zh' ? 'zh-CN' : 'en',
    'data-devkit-component': true,
  })
  if (context.colorScheme !== 'auto') host.dataset['scheme'] = context.colorScheme
  host.style.setProperty('--theme', context.themeColor)
  const root = host.attachShadow({ mode: 'open' })
  const style = element(document, 'style')
  style.textContent = baseCss + options.css
  root.append(style)
  ;(options.parent ?? document.documentElement).append(host)
  return {
    host,
    root,
    show: () => {
      // A panel may have emptied the page.
      if (!host.isConnected) document.documentElement.append(host)
      host.classList.remove('hide')
    },
    hide: () => host.classList.add('hide'),
    get visible() {
      return !host.classList.contains('hide')
    },
  }
}

/** Return the element that has the focus, inside shadow roots too. */
export function deepActiveElement(document: Document): HTMLElement | null {
  let active: Element | null = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active instanceof HTMLElement && active !== document.body ? active : null
}

const FOCUSABLE = "button:not([disabled]), a[href], input, [tabindex='0']"

/** Those that keep the focus now; only the newest does, or two would take it from each other for ever. */
const traps: ShadowRoot[] = []

/** Keep Tab inside a shadow root; returns the function that ends it and gives the focus back. */
export function trapFocus(context: Context, root: ShadowRoot, first: HTMLElement): () => void {
  const before = deepActiveElement(context.document)
  const onKeydown = (event: Event): void => {
    if (!(event instanceof KeyboardEvent) || event.key !== 'Tab') return
    const all = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)]
    const from = all.indexOf(root.activeElement as HTMLElement)
    const next = all[(from + (event.shiftKey ? -1 : 1) + all.length) % all.length]
    event.preventDefault()
    next?.focus()
  }
  const onFocusAway = (): void => {
    if (traps[traps.length - 1] === root && !root.activeElement) first.focus()
  }
  traps.push(root)
  root.addEventListener('keydown', onKeydown)
  context.document.addEventListener('focusin', onFocusAway)
  first.focus()
  return () => {
    const place = traps.indexOf(root)
    if (place >= 0) traps.splice(place, 1)
    root.removeEventListener('keydown', onKeydown)
    context.document.removeEventListener('focusin', onFocusAway)
    if (before?.isConnected) before.focus()
  }
}
