// Record what the panel leaves in the page outside #app, so that a restart can undo it.
//
// Only calls whose direct caller is a script of the panel count: the host's React, the SDK runtime and
// test drivers share the same globals and must keep what they did.

type Undo = () => void
type AnyFunction = (...args: any[]) => any

const OWN_SCRIPTS = '/__devkit/'
const PANEL_SCRIPTS = /(?:https?|blob|webpack-internal):/

const timers = new Set<number>()
const frames = new Set<number>()
const idles = new Set<number>()
const open = new Set<{ close?: Undo; disconnect?: Undo; terminate?: Undo }>()
const listeners = new Map<EventTarget, Map<string, Set<EventListenerOrEventListenerObject>>>()
const late: { target: EventTarget; type: string; listener: EventListenerOrEventListenerObject }[] = []
let restarting = false
let lasting: (target: unknown) => boolean = () => false

/** Why the page cannot be restarted in place; empty while it can. */
export const obstacles = new Set<string>()

/** Tell whether the function that called our wrapper belongs to the panel. */
function calledByPanel(): boolean {
  const engine = Error as ErrorConstructor & { stackTraceLimit?: number }
  const limit = engine.stackTraceLimit
  engine.stackTraceLimit = 4
  const stack = new Error().stack ?? ''
  engine.stackTraceLimit = limit
  for (const line of stack.split('\n')) {
    if (line.includes('/__devkit/live.js') || line === 'Error') continue
    return PANEL_SCRIPTS.test(line) && !line.includes(OWN_SCRIPTS)
  }
  return false
}

function replace<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
  make: (original: AnyFunction) => AnyFunction,
): void {
  const original = owner[name] as unknown as AnyFunction | undefined
  if (typeof original !== 'function') return
  const wrapper = make(original)
  Object.defineProperty(wrapper, 'name', { value: String(name), configurable: true })
  Object.defineProperty(owner, name, { value: wrapper, writable: true, configurable: true, enumerable: true })
}

function trackTimers(): void {
  const track = (name: string, ids: Set<number>, repeats: boolean): void => {
    replace(window as any, name, (original) => (handler: unknown, ...rest: unknown[]) => {
      if (typeof handler !== 'function' || !calledByPanel()) return original.call(window, handler, ...rest)
      const run = function (this: unknown, ...args: unknown[]): unknown {
        if (!repeats) ids.delete(id)
        return handler.apply(this, args)
      }
      const id: number = original.call(window, run, ...rest)
      ids.add(id)
      return id
    })
  }
  const untrack = (name: string, ids: Set<number>): void => {
    replace(window as any, name, (original) => (id: number) => {
      ids.delete(id)
      return original.call(window, id)
    })
  }
  track('setTimeout', timers, false)
  track('setInterval', timers, true)
  track('requestAnimationFrame', frames, false)
  track('requestIdleCallback', idles, false)
  untrack('clearTimeout', timers)
  untrack('clearInterval', timers)
  untrack('cancelAnimationFrame', frames)
  untrack('cancelIdleCallback', idles)
}

function captures(options: unknown): string {
  return typeof options === 'object' && options !== null
    ? String(!!(options as AddEventListenerOptions).capture)
    : String(!!options)
}

function trackListeners(): void {
  replace(EventTarget.prototype, 'addEventListener', (original) => {
    return function (this: EventTarget | undefined, type: string, listener: any, options?: unknown) {
      const target = this ?? window
      if (listener && lasting(target) && calledByPanel()) remember(target, type, listener, options)
      return original.call(target, type, listener, options)
    }
  })
  replace(EventTarget.prototype, 'removeEventListener', (original) => {
    return function (this: EventTarget | undefined, type: string, listener: any, options?: unknown) {
      const target = this ?? window
      listeners
        .get(target)
        ?.get(`${captures(options)} ${type}`)
        ?.delete(listener)
      return original.call(target, type, listener, options)
    }
  })
  if (typeof MediaQueryList === 'undefined') return
  replace(MediaQueryList.prototype as any, 'addListener', () => {
    return function (this: MediaQueryList, listener: any) {
      if (listener && calledByPanel()) remember(this, 'change', listener, false)
      EventTarget.prototype.addEventListener.call(this, 'change', listener)
    }
  })
}

function remember(target: EventTarget, type: string, listener: any, options: unknown): void {
  const kinds = listeners.get(target) ?? new Map<string, Set<EventListenerOrEventListenerObject>>()
  listeners.set(target, kinds)
  const key = `${captures(options)} ${type}`
  const group = kinds.get(key) ?? new Set()
  kinds.set(key, group.add(listener))
  if (restarting && (type === 'DOMContentLoaded' || (type === 'load' && target === window))) {
    late.push({ target, type, listener })
  }
}

function trackObjects(): void {
  const names = [
    'MutationObserver',
    'ResizeObserver',
    'IntersectionObserver',
    'PerformanceObserver',
    'WebSocket',
    'EventSource',
    'Worker',
    'BroadcastChannel',
    'AudioContext',
    'webkitAudioContext',
  ]
  for (const name of names) {
    const original = (window as any)[name]
    if (typeof original !== 'function') continue
    ;(window as any)[name] = new Proxy(original, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget)
        if (calledByPanel()) open.add(made)
        return made
      },
    })
  }
}

function trackObstacles(): void {
  const watch = (owner: object | undefined, name: string, reason: string): void => {
    if (!owner) return
    replace(owner as any, name, (original) => {
      return function (this: unknown, ...args: unknown[]) {
        if (calledByPanel()) obstacles.add(reason)
        return original.apply(this, args)
      }
    })
  }
  watch(window.customElements, 'define', 'customElements.define')
  watch(navigator.serviceWorker, 'register', 'navigator.serviceWorker.register')
  watch(document, 'open', 'document.open')
}

/** Start recording. isLasting tells which event targets outlive #app. */
export function track(isLasting: (target: unknown) => boolean): void {
  lasting = isLasting
  trackTimers()
  trackListeners()
  trackObjects()
  trackObstacles()
}

/** Stop everything that the panel started. */
export function undoTracked(): void {
  for (const id of timers) clearTimeout(id)
  for (const id of frames) cancelAnimationFrame(id)
  for (const id of idles) window.cancelIdleCallback?.(id)
  for (const [target, kinds] of listeners) {
    for (const [key, group] of kinds) {
      const [capture, type] = [key.startsWith('true'), key.slice(key.indexOf(' ') + 1)]
      for (const listener of [...group]) target.removeEventListener(type, listener, capture)
    }
  }
  for (const object of open) {
    try {
      ;(object.disconnect ?? object.terminate ?? object.close)?.call(object)
    } catch {
      // Closing a socket that is still connecting, or an audio context twice, may throw; it is gone all the same.
    }
  }
  for (const set of [timers, frames, idles, open]) set.clear()
  listeners.clear()
  late.length = 0
}

/** Run the new script; listeners for events of the page's start are called, since those events are over. */
export function evaluateAsStart(evaluate: () => void): void {
  restarting = true
  try {
    evaluate()
  } finally {
    restarting = false
  }
  for (const { target, type, listener } of late.splice(0)) {
    const event = new Event(type)
    if (typeof listener === 'function') listener.call(target, event)
    else listener.handleEvent(event)
  }
}

/** Return how much is recorded, for tests and for the console. */
export function tracked(): Record<string, number> {
  let count = 0
  for (const kinds of listeners.values()) for (const group of kinds.values()) count += group.size
  return { timers: timers.size, frames: frames.size, listeners: count, open: open.size }
}
