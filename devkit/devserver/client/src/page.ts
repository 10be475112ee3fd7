// The page around the panel: remember how it was before the panel ran, and put it back.

type Descriptors = Map<PropertyKey, PropertyDescriptor>

export interface Change {
  owner: object
  key: PropertyKey
  before: PropertyDescriptor | undefined
}

const KEPT = '[data-devkit], [class^="explorer-"], [class^="dk-"], [id^="explorer-"], [id^="J_offline"]'

/** Shared objects beside window that panels and their polyfills patch. */
function sharedOwners(): object[] {
  const host = window as any
  const found = [
    document,
    history,
    console,
    navigator,
    History.prototype,
    Storage.prototype,
    XMLHttpRequest.prototype,
    EventTarget.prototype,
    Node.prototype,
    Element.prototype,
    HTMLElement.prototype,
    Object.prototype,
    Array.prototype,
    String.prototype,
    Promise.prototype,
    Function.prototype,
    host.React,
    host.ReactDOM,
    host.wx,
  ]
  return found.filter((owner) => owner)
}

/** What programs put something of their own in the place of, and what costs nothing to look at. */
const REPLACEABLE = new RegExp(
  `(?:Array|Error|Observer)$|^(?:${[
    'Object|Function|Number|Boolean|String|Symbol|BigInt|Date|RegExp|Promise|Map|Set|WeakMap|WeakSet|WeakRef|Proxy',
    'Iterator|ArrayBuffer|DataView|JSON|Math|Intl|Reflect|Atomics|WebAssembly|Temporal|CSS|NaN|Infinity|Performance',
    'XMLHttpRequest|WebSocket|EventSource|Headers|Request|Response|URL|URLSearchParams|AbortController|AbortSignal',
    'FormData|Blob|File|FileReader|TextEncoder|TextDecoder|DOMParser|DOMException|EventTarget|Event|CustomEvent|Node|Element',
    'HTMLElement|Document|MouseEvent|TouchEvent|PointerEvent|KeyboardEvent|Image|Audio|Worker|SharedWorker|Notification|BroadcastChannel|MessageChannel|AudioContext',
  ].join('|')})$`,
)

/** The other classes of the browser: it makes each when it is looked at, which takes long for all of them. */
const untouched = new Set<PropertyKey>(
  Object.getOwnPropertyNames(window).filter(
    (name) =>
      /^[A-Z]/.test(name) &&
      !REPLACEABLE.test(name) &&
      !Object.prototype.propertyIsEnumerable.call(window, name),
  ),
)
const NATIVE = /^function \w+\(\) \{\s*\[native code\]\s*\}$/

/** Return the classes of the browser that are others now, which nobody can bring back. */
export function replacedClasses(): string[] {
  return (Array.from(untouched) as string[]).filter((name) => {
    const value: unknown = Reflect.getOwnPropertyDescriptor(window, name)?.value
    if (typeof value === 'function') return !NATIVE.test(Function.prototype.toString.call(value))
    return name in window && Object.prototype.toString.call(value) !== `[object ${name}]`
  })
}

function descriptors(owner: object): Descriptors {
  const found: Descriptors = new Map()
  for (const key of Reflect.ownKeys(owner)) {
    if (owner === window && untouched.has(key)) continue
    const descriptor = Object.getOwnPropertyDescriptor(owner, key)
    if (descriptor) found.set(key, descriptor)
  }
  return found
}

function same(one: PropertyDescriptor, other: PropertyDescriptor): boolean {
  return 'value' in one ? Object.is(one.value, other.value) : one.get === other.get && one.set === other.set
}

function differences(owner: object, old: Descriptors): Change[] {
  const changes: Change[] = []
  for (const [key, now] of descriptors(owner)) {
    const then = old.get(key)
    if (!then || !same(then, now)) changes.push({ owner, key, before: then })
  }
  return changes
}

/**
 * Start watching globals; the returned function says what has changed since. Only what changes while the
 * panel's script runs counts: later globals may be those of a test or of the browser's tools.
 */
export function recordGlobals(): () => Change[] {
  const old = descriptors(window)
  return () => differences(window, old)
}

/** Start watching the functions of the SDK: its data changes all the time, by itself. */
export function recordFunctions(owner: object | undefined): () => Change[] {
  if (!owner) return () => []
  const old = descriptors(owner)
  const isFunction = (found?: PropertyDescriptor): boolean => typeof found?.value === 'function'
  return () =>
    differences(owner, old).filter(
      ({ key, before }) => isFunction(before) || isFunction(Object.getOwnPropertyDescriptor(owner, key)),
    )
}

/** Start watching shared objects, from the first start of the panel to its last. */
export function recordShared(): () => Change[] {
  const before = sharedOwners().map((owner) => ({ owner, old: descriptors(owner) }))
  return () => before.flatMap(({ owner, old }) => differences(owner, old))
}

/** Undo what was recorded; what cannot be deleted becomes undefined. */
export function undoChanges(changes: Change[]): void {
  for (const { owner, key, before } of changes) {
    if (before) {
      Reflect.defineProperty(owner, key, before)
    } else if (!Reflect.deleteProperty(owner, key)) {
      Reflect.set(owner, key, undefined)
    }
  }
}

function attributes(element: Element): Map<string, string> {
  return new Map(Array.from(element.attributes, (attribute) => [attribute.name, attribute.value]))
}

function handlerNames(target: object): string[] {
  const names: string[] = []
  for (const name in target) if (name.startsWith('on')) names.push(name)
  return names
}

/** What the page looks like before the panel runs. */
export class PageState {
  private readonly parents = [document.documentElement, document.head, document.body].map((parent) => ({
    parent,
    children: new Set(Array.from(parent.children)),
    marks: attributes(parent),
  }))
  private readonly title = document.title
  private readonly sheets = document.adoptedStyleSheets ? [...document.adoptedStyleSheets] : null
  private readonly handlers = [window, document, document.body].map((target) => ({
    target: target as any,
    old: handlerNames(target).map((name) => [name, (target as any)[name]] as const),
  }))
  private readonly app = document.getElementById('app')?.cloneNode(false) as HTMLElement

  /** Tell whether an event target stays when #app is replaced. */
  isLasting(target: unknown): boolean {
    if (target instanceof Node)
      return target === document || this.parents.some(({ parent }) => parent === target)
    return (
      target === window ||
      target === window.visualViewport ||
      target === window.screen ||
      target === window.screen?.orientation ||
      target === window.performance ||
      target === document.fonts ||
      target === (navigator as any).connection ||
      target === navigator.serviceWorker ||
      (typeof MediaQueryList !== 'undefined' && target instanceof MediaQueryList)
    )
  }

  /** Remove what was added to html, head and body, restore attributes and handlers, and give a fresh #app. */
  restore(): void {
    for (const { parent, children, marks } of this.parents) {
      this.restoreChildren(parent, children)
      restoreAttributes(parent, marks)
    }
    for (const { target, old } of this.handlers) {
      for (const [name, value] of old) if (target[name] !== value) target[name] = value
    }
    if (this.sheets) document.adoptedStyleSheets = this.sheets
    document.title = this.title
    const fresh = this.app.cloneNode(false) as HTMLElement
    const app = document.getElementById('app')
    if (app) app.replaceWith(fresh)
    else document.body.prepend(fresh)
  }

  private restoreChildren(parent: Element, kept: Set<Element>): void {
    for (const child of Array.from(parent.children)) {
      if (!kept.has(child) && child.id !== 'app' && !child.matches(KEPT)) child.remove()
    }
  }
}

function restoreAttributes(element: Element, marks: Map<string, string>): void {
  for (const { name } of Array.from(element.attributes)) if (!marks.has(name)) element.removeAttribute(name)
  for (const [name, value] of marks) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value)
  }
}
