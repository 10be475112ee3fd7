/** What goes wrong in the page, for the timeline. */

import type { Link } from './link'
import { words } from './words'

const LEVELS = ['error', 'warn'] as const
const MAX_TEXT = 2000

function textOf(value: unknown): string {
  if (value instanceof Error) return value.stack || value.message
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}

/** Let so many notes through in a second; a panel that fails forever must not drown the rest. */
const MAX_A_SECOND = 50

function limited(link: Link): (data: Record<string, unknown>) => void {
  let second = 0
  let count = 0
  return (data) => {
    const now = Math.floor(Date.now() / 1000)
    count = now === second ? count + 1 : 1
    second = now
    if (count <= MAX_A_SECOND) link.note('console', data)
    else if (count === MAX_A_SECOND + 1)
      link.note('console', {
        level: 'warn',
        text: words('Too many errors in a second; more are left out.', '一秒内错误过多，其余从略。'),
      })
  }
}

const CONNECTION_ENDED = 10006

/** Failures of cloud calls that the platform's Bluetooth adapters make by themselves. */
export const adapterFailures = new WeakSet<object>()

/**
 * The platform's Bluetooth adapters do not wait for all that they do. A connection that ends then, or a cloud call
 * of theirs that fails, is no failure of the panel: warn, where an unhandled rejection would be told as one.
 */
function excuseAdapters(): void {
  const excuse = (event: PromiseRejectionEvent): void => {
    const { reason } = event
    if (reason?.errCode !== CONNECTION_ENDED && !adapterFailures.has(reason)) return
    event.preventDefault()
    event.stopImmediatePropagation()
    console.warn('devkit: the Bluetooth adapter did not wait for something that failed.', textOf(reason))
  }
  window.addEventListener('unhandledrejection', excuse, true)
}

/** Report console errors and warnings, exceptions and unhandled rejections; the console still shows them. */
export function reportErrors(link: Link): void {
  const note = limited(link)
  excuseAdapters()
  for (const level of LEVELS) {
    const original = console[level].bind(console)
    console[level] = (...args: unknown[]) => {
      original(...args)
      note({ level, text: cut(args.map(textOf).join(' ')) })
    }
  }
  window.addEventListener('error', (event) => {
    if (!(event instanceof ErrorEvent)) return
    const place = { file: event.filename, line: event.lineno, column: event.colno }
    note({ level: 'exception', text: cut(textOf(event.error || event.message)), ...place })
  })
  window.addEventListener('unhandledrejection', (event) => {
    note({ level: 'rejection', text: cut(textOf(event.reason)) })
  })
}
