/** What goes wrong in the page, for the timeline. */

import type { Link } from './link'

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

/** Report console errors and warnings, exceptions and unhandled rejections; the console still shows them. */
export function reportErrors(link: Link): void {
  for (const level of LEVELS) {
    const original = console[level].bind(console)
    console[level] = (...args: unknown[]) => {
      original(...args)
      link.note('console', { level, text: cut(args.map(textOf).join(' ')) })
    }
  }
  window.addEventListener('error', (event) => {
    if (!(event instanceof ErrorEvent)) return
    const place = { file: event.filename, line: event.lineno, column: event.colno }
    link.note('console', { level: 'exception', text: cut(textOf(event.error || event.message)), ...place })
  })
  window.addEventListener('unhandledrejection', (event) => {
    link.note('console', { level: 'rejection', text: cut(textOf(event.reason)) })
  })
}
