// Runs in the page: new versions of Vue's components and pinia's stores take the place of the old ones.

/** @import { Module } from './module.mjs' */

/**
 * What Vue knows a component by; a class has its options beside it.
 *
 * @typedef {Record<string, any> & { __hmrId?: string, __vccOpts?: Component }} Component
 */
/** @typedef {((pinia: unknown, hot?: unknown) => unknown) & { $id: string, _pinia?: any }} Store */
/** @typedef {{ createRecord: (id: string, first: Component) => boolean, rerender: (id: string, render: unknown) => void, reload: (id: string, now: Component) => void }} VueRuntime */

const page = /** @type {any} */ (globalThis)
/** Components as they were first: all that holds one holds this object, which every version is put into. @type {Map<string, Component>} */
const known = new Map()
/** Versions that are not on the screen yet. @type {Map<string, Component>} */
const fresh = new Map()
/** Templates of the same. @type {Map<string, unknown>} */
const renders = new Map()
/** Stores as they are now. @type {Map<string, Store>} */
const stores = new Map()
/** @type {any} */
let pinia
/** Flags of Vue's nodes: what <KeepAlive> marks them with. */
const SHOULD_KEEP_ALIVE = 256
const KEPT_ALIVE = 512

/**
 * Take a component of a module; returns what its importers hold.
 *
 * @param {Module} module
 * @param {string} id
 * @param {Component} made
 */
export function takeComponent(module, id, made) {
  const options = made.__vccOpts ?? made
  // of a function, an importer has to take the new one
  if (typeof options !== 'object') return made
  module.keeps = true
  options.__hmrId = id
  const first = known.get(id)
  if (!first) known.set(id, made)
  else fresh.set(id, options)
  return first ?? made
}

/**
 * Take the exports that are made with defineComponent().
 *
 * @param {Module} module
 * @param {string[]} names
 */
export function takeComponents(module, names) {
  const exports = module.own
  for (const name of names) {
    const made = exports[name]
    if (typeof made !== 'object' || made === null) continue
    const held = takeComponent(module, `${module.id} ${name}`, made)
    Object.defineProperty(exports, name, { get: () => held, enumerable: true, configurable: true })
  }
}

/** Take the stores among the exports of a module. @param {Module} module */
export function takeStores(module) {
  for (const [name, made] of Object.entries(module.own)) {
    if (!isStore(made)) continue
    module.keeps = true
    const id = `${module.id} ${name}`
    const before = stores.get(id)
    pinia = before?._pinia ?? pinia
    stores.set(id, made)
    const running = pinia?._s.get(made.$id)
    if (before && running) made(pinia, running)
  }
}

/**
 * Take new names of CSS modules into a component; tells whether values are nothing else.
 *
 * @param {string} id
 * @param {Record<string, string>} classes - {key in the component: import}
 * @param {Record<string, Record<string, unknown>>} values
 */
export function takeClasses(id, classes, values) {
  const options = known.get(id)
  const taken = Object.entries(classes).filter(([, name]) => values[name])
  if (!options || taken.length !== Object.keys(values).length) return false
  for (const [key, name] of taken) options.__cssModules[key] = values[name]?.default
  renders.set(id, options.render)
  return true
}

/** @param {string} id @param {unknown} render */
export function takeRender(id, render) {
  renders.set(id, render)
}

/**
 * Tell whether a module's importers can go on with what they have of it: components and stores, and nothing new.
 *
 * @param {Record<string, unknown>} now
 * @param {Record<string, unknown>} old
 */
export function isKept(now, old) {
  const names = new Set([...Object.keys(now), ...Object.keys(old)])
  return [...names].every((name) => {
    const [one, other] = [now[name], old[name]]
    return one === other || (isStore(one) && isStore(other) && one.$id === other.$id)
  })
}

/** Bring the new versions on the screen. */
export function drawVue() {
  const updates = [...fresh]
  const templates = [...renders].filter(([id]) => !fresh.has(id))
  fresh.clear()
  renders.clear()
  for (const [id, render] of templates) {
    const first = known.get(id)
    if (first) bring(id, first, (vue) => vue.rerender(id, render))
  }
  for (const [id, now] of updates) {
    const first = known.get(id)
    if (!first) continue
    reload(id, first, now)
    for (const [other, made] of known) {
      if (other !== id && isMadeFrom(made.__vccOpts ?? made, first)) reload(other, made, made)
    }
  }
}

/** @param {string} id @param {Component} first @param {Component} now */
function reload(id, first, now) {
  for (const instance of instances()) if (instance.__v_cache) forget(instance, first)
  bring(id, first, (vue) => vue.reload(id, now.__vccOpts ?? now))
}

/**
 * Let Vue bring a version to the screen. What goes wrong it says in the console alone, with advice that is not so.
 *
 * @param {string} id
 * @param {Component} first
 * @param {(vue: VueRuntime) => void} act
 */
function bring(id, first, act) {
  const vue = /** @type {VueRuntime | undefined} */ (page.__VUE_HMR_RUNTIME__)
  if (!vue) return
  const { error: say, warn } = console
  console.error = (...said) => {
    if (said[0] instanceof Error) Promise.reject(said[0])
    say.apply(console, said)
  }
  console.warn = (...said) => {
    if (!String(said[0]).startsWith('[HMR]')) warn.apply(console, said)
  }
  try {
    vue.createRecord(id, first)
    act(vue)
  } finally {
    Object.assign(console, { error: say, warn })
  }
}

/** Take what <KeepAlive> has put away of a component from it: Vue would bring it back as it was. @param {any} keepAlive @param {Component} component */
function forget(keepAlive, component) {
  for (const [key, vnode] of keepAlive.__v_cache) {
    if (vnode.type !== component || !vnode.component?.isDeactivated) continue
    vnode.shapeFlag &= ~(SHOULD_KEEP_ALIVE | KEPT_ALIVE)
    keepAlive.ctx.renderer.um(vnode, keepAlive, keepAlive.suspense, true)
    keepAlive.__v_cache.delete(key)
  }
}

/** Tell whether a component could not start, or none could: there is nothing that a new version could take the place of. */
export function hasVueFailed() {
  if (!known.size || !page.__VUE_HMR_RUNTIME__) return false
  const found = [...instances()]
  if (!found.length) return !page.document?.getElementById('app')?.firstElementChild
  return found.some((one) => (!one.subTree && !one.asyncDep) || one.isUnmounted)
}

/** Return the running components of the page. @returns {Generator<any>} */
function* instances() {
  for (const root of page.document?.querySelectorAll('[data-v-app]') ?? []) yield* instancesIn(root._vnode)
}

/** @param {any} vnode @returns {Generator<any>} */
function* instancesIn(vnode) {
  if (!vnode || typeof vnode !== 'object') return
  const { component, suspense, children } = vnode
  if (component) {
    yield component
    yield* instancesIn(component.subTree)
  } else if (suspense) yield* instancesIn(suspense.activeBranch)
  else if (Array.isArray(children)) for (const child of children) yield* instancesIn(child)
}

/** Tell whether a component has another as a mixin or extends it. @param {Component} made @param {Component} base @returns {boolean} */
function isMadeFrom({ mixins = [], extends: parent }, base) {
  return [parent, ...mixins].some((one) => one && (one === base || isMadeFrom(one, base)))
}

/** @param {unknown} value @returns {value is Store} */
const isStore = (value) => typeof value === 'function' && '$id' in value && typeof value.$id === 'string'
