// Start the panel's new script in the same document, as if the page had been loaded again.

import { native } from './native'
import {
  type Change,
  PageState,
  recordFunctions,
  recordGlobals,
  recordShared,
  replacedClasses,
  undoChanges,
} from './page'
import { rememberPlace } from './place'
import { evaluateAsStart, obstacles, track, undoTracked } from './tracker'

interface HostReactDom {
  render: (...args: any[]) => unknown
  unmountComponentAtNode?: (container: Element) => boolean
}

interface Runtime {
  link: { call(member: string, args: unknown[]): Promise<unknown> }
  reset(data: unknown): void
}

const REFRESH_LIMIT_MS = 4000

const page = new PageState()
const roots = new Set<Element>()
let globals: () => Change[] = recordGlobals()
let shared: () => Change[] = recordShared()
let found: Change[] = []
let version = 0

/** Watch the panel from its first start on. */
export function prepare(): void {
  track((target) => page.isLasting(target))
  const dom = (window as any).ReactDOM as HostReactDom | undefined
  for (const name of ['render', 'hydrate'] as const) {
    const original = (dom as any)?.[name]
    if (typeof original !== 'function') continue
    ;(dom as any)[name] = (element: unknown, container: Element, ...rest: unknown[]) => {
      roots.add(container)
      return original(element, container, ...rest)
    }
  }
  globals = recordGlobals()
  shared = recordShared()
}

/** Note what the first start left behind; call it when the panel's script has run. */
export function started(): void {
  found = globals()
}

/** Return the name that stack traces give to the running script, "" for the one that came with the page. */
export function scriptName(): string {
  return version === 0 ? '' : `/index.js?v=${version}`
}

const sdk = (window as any).h5PanelSdk as object | undefined
const patchedMembers = recordFunctions(sdk)
const runtime = (window as any).__devkit_runtime as Runtime | undefined

/** Return how many places the panel has drawn into and left empty, as React does after an error in drawing. */
export function emptyRoots(): number {
  return [...roots].filter((root) => root.isConnected && !root.firstChild).length
}

/** Tell whether the page can take new code without being loaded again. */
export function canRestart(): boolean {
  for (const name of replacedClasses()) obstacles.add(`${name} is another class now`)
  return obstacles.size === 0 && !!runtime && typeof runtime?.reset === 'function'
}

/** Return the data that a freshly loaded page would get; rejects when it does not come soon. */
export function freshData(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    native.setTimeout(() => reject(new Error('devkit did not answer in time')), REFRESH_LIMIT_MS)
    runtime?.link.call('devkit.refresh', []).then(resolve, reject)
  })
}

function unmount(): void {
  const dom = (window as any).ReactDOM as HostReactDom | undefined
  for (const root of roots) {
    try {
      dom?.unmountComponentAtNode?.(root)
    } catch (error) {
      console.warn('devkit: the old panel failed while it was unmounted', error)
    }
  }
  roots.clear()
  const refresh = (window as { __devkit_refresh?: { unmountAll(): void } }).__devkit_refresh
  try {
    refresh?.unmountAll()
  } catch (error) {
    console.warn('devkit: the old panel failed while it was unmounted', error)
  }
  const app = document.getElementById('app') as { __vue_app__?: { unmount(): void } } | null
  try {
    app?.__vue_app__?.unmount()
  } catch (error) {
    console.warn('devkit: the old panel failed while it was unmounted', error)
  }
}

function evaluate(code: string): boolean {
  let broken = false
  const script = document.createElement('script')
  script.dataset.devkit = 'panel'
  script.textContent = `${code}\n//# sourceURL=${location.origin}/index.js?v=${version}`
  const listener = (event: Event): void => {
    broken = broken || /already been declared|redeclaration/.test((event as ErrorEvent).message)
  }
  native.addEventListener.call(window, 'error', listener)
  document.querySelectorAll('script[data-devkit="panel"]').forEach((old) => {
    old.remove()
  })
  evaluateAsStart(() => document.body.append(script))
  window.removeEventListener('error', listener)
  return !broken
}

/** Stop the running panel and start code in its place; false when only a page load can do it. */
export function restart(code: string, data: unknown): boolean {
  const returnToPlace = rememberPlace()
  unmount()
  undoTracked()
  undoChanges([...found, ...shared(), ...patchedMembers()])
  page.restore()
  runtime?.reset(data)
  Object.assign(window as any, { PANEL_DATA: data, h5PanelSdk: sdk })
  version += 1
  globals = recordGlobals()
  const clean = evaluate(code)
  found = globals()
  returnToPlace()
  return clean
}
