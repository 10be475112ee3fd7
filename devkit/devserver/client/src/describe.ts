/** An element in the words of a test: role and name, else text, else a selector. */

import type { Touch } from '../console/timeline.generated'

/** What was touched, in the words that a recording has for it. */
export interface Touched extends Omit<Touch, 'act' | 'value'> {
  element: Element
}

const ROLES: Record<string, string> = {
  A: 'link',
  BUTTON: 'button',
  SELECT: 'combobox',
  TEXTAREA: 'textbox',
  SUMMARY: 'button',
}
const INPUTS: Record<string, string> = {
  checkbox: 'checkbox',
  radio: 'radio',
  range: 'slider',
  number: 'spinbutton',
  button: 'button',
  submit: 'button',
}
const WORKED = 'button, a[href], input, select, textarea, summary, [role]'
const PASSIVE =
  /^(main|region|group|radiogroup|list|listitem|status|alert|img|presentation|none|banner|navigation|form|dialog|tablist|heading)$/
const LONGEST_NAME = 60

function roleOf(element: Element): string {
  const given = element.getAttribute('role')
  if (given) return given
  if (element instanceof HTMLInputElement) return INPUTS[element.type] || 'textbox'
  return ROLES[element.tagName] || ''
}

function short(text: string | null | undefined): string {
  return (text || '').replace(/\s+/g, ' ').trim().slice(0, LONGEST_NAME)
}

function nameOf(element: Element): string {
  const labelled = (element.getAttribute('aria-labelledby') || '')
    .split(/\s+/)
    .map((id) => (id && document.getElementById(id)?.textContent) || '')
  const labels = Array.from((element as HTMLInputElement).labels || [], (label) => label.textContent)
  const own = /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ? '' : element.textContent
  return (
    short(element.getAttribute('aria-label')) ||
    short(labelled.join(' ')) ||
    short(labels.join(' ')) ||
    short(own) ||
    short(element.getAttribute('title')) ||
    short(element.getAttribute('placeholder'))
  )
}

/** Return the element that an event meant, across shadow roots: the nearest that one can work. */
export function worked(event: Event): Element | null {
  let at = event.composedPath()[0] ?? null
  while (at instanceof Element) {
    if (at.matches(WORKED) && !PASSIVE.test(roleOf(at))) return at
    const root: Node = at.getRootNode()
    at = at.parentElement ?? (root instanceof ShadowRoot ? root.host : null)
  }
  return null
}

function selectorOf(element: Element): string {
  const parts: string[] = []
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
    if (at.id) {
      parts.unshift(`#${CSS.escape(at.id)}`)
      break
    }
    const siblings = Array.from(at.parentElement ? at.parentElement.children : [at])
    parts.unshift(`${at.tagName.toLowerCase()}:nth-child(${1 + siblings.indexOf(at)})`)
  }
  return parts.join(' > ')
}

/** Describe what an event meant. */
export function describe(event: Event): Touched {
  const element = worked(event)
  if (element) {
    const role = roleOf(element)
    const name = nameOf(element)
    const root = element.getRootNode() as Document | ShadowRoot
    const alike = Array.from(root.querySelectorAll(WORKED)).filter(
      (other) => roleOf(other) === role && nameOf(other) === name,
    )
    return { element, role, name, nth: alike.indexOf(element), of: alike.length }
  }
  const target = event.composedPath()[0] as Element
  const text = short(target.textContent)
  return text && target.children.length === 0
    ? { element: target, text }
    : { element: target, css: selectorOf(target) }
}
