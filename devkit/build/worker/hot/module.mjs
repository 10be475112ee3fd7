// Runs in the page: one module of the panel, which may run more than once, and its import.meta.hot.

/**
 * @typedef {Generator<void, void, void>} Running
 * @typedef {(require: (name: string) => unknown, exportOne: (name: string, get: () => unknown) => void, sign: () => unknown, register: (type: unknown, name: string) => void, hot: unknown, call: (name: string) => unknown, load: (name: string) => Promise<unknown>, exportAll: (from: object) => void, exports: object) => Running} Factory
 * @typedef {{ (): Description, (n: number): any }} Describe - A module of the bundle: what it is, and what it imports.
 * @typedef {{ __dk?: Describe }} Imported
 */
/**
 * What the bundle or an update says of a module. own: numbers of relative imports, each a module's Describe and after
 * it all that it exports; packages: numbers of what is imported by name, or of the whole package; loads: dynamic
 * imports; calls: of require(); ids: of the modules that an update's imports mean; values: of imports that are no
 * scripts; from: files of these, when nothing else is another.
 *
 * @typedef {object} Description
 * @property {string} id
 * @property {Factory} factory
 * @property {boolean} refresh
 * @property {Record<string, number>} [own]
 * @property {Record<string, Record<string, number> | number>} [packages]
 * @property {Record<string, () => Promise<Imported>>} [loads]
 * @property {Record<string, () => Imported>} [calls]
 * @property {Record<string, string>} [ids]
 * @property {Record<string, Record<string, unknown>>} [values]
 * @property {string[]} [from]
 */
/**
 * @typedef {object} Refresh
 * @property {(type: unknown, id: string) => void} register
 * @property {() => unknown} createSignatureFunctionForTransform
 * @property {(value: unknown) => boolean} isLikelyComponentType
 * @property {() => unknown} performReactRefresh
 * @property {() => boolean} canDraw - Every React of the page is one for development.
 */
/** @typedef {(exports: any) => void} Callback */

import { asModule, has, packageOf, packages, wholeModule } from './packages.mjs'
import { takeClasses, takeComponent, takeComponents, takeRender, takeStores } from './vue.mjs'

export const page = /** @type {any} */ (globalThis)
/** @type {Refresh | undefined} */
export const refresh = page.__devkit_refresh
page.__devkit_generation = (page.__devkit_generation ?? 0) + 1
const generation = page.__devkit_generation

/** @type {Map<string, Module>} */
export const modules = new Map()
/** @type {Map<string, Set<Callback>>} */
const listeners = new Map()
/** @type {Module[]} */
export const executing = []

/** Why an update cannot be taken in place. */
export class Refused extends Error {}

/** @param {string} id */
export const short = (id) => id.slice(id.lastIndexOf('/') + 1)

/** Export what another module exports. @param {object} own @param {object} from */
function passOn(own, from) {
  for (const name of Object.keys(from)) {
    if (name === 'default' || has(own, name)) continue
    const get = () => /** @type {Record<string, unknown>} */ (from)[name]
    Object.defineProperty(own, name, { get, enumerable: true, configurable: true })
  }
}

export class Module {
  /** @param {string} id */
  constructor(id) {
    this.id = id
    /** Importers keep this one object, whose properties always read the newest version. */
    this.exports = /** @type {Record<string, unknown>} */ ({})
    Object.defineProperty(this.exports, '__esModule', { value: true })
    /** What the running version exports. @type {Record<string, unknown>} */
    this.own = {}
    /** @type {Map<string, string>} */
    this.imports = new Map()
    /** @type {Map<string, unknown>} */
    this.others = new Map()
    /** @type {Record<string, () => Promise<Imported>>} */
    this.loads = {}
    /** @type {Record<string, () => Imported>} */
    this.calls = {}
    this.data = {}
    this.bundled = false
    /** @type {Factory | undefined} */
    this.factory = undefined
    /** @type {boolean | undefined} */
    this.refresh = undefined
    /** How the bundle describes what this module imports of the project. @type {(name: string) => Describe | undefined} */
    this.described = () => undefined
    /** What the bundle has for it of a package. @type {(name: string) => object | undefined} */
    this.packaged = () => undefined
    this.forget()
  }

  /** Get ready for another run. */
  forget() {
    /** @type {Running | null} */
    this.run = null
    this.started = false
    this.accepts = false
    /** @type {Callback[]} */
    this.callbacks = []
    /** @type {{ ids: string[], callback: (found: unknown[]) => void }[]} */
    this.acceptsOf = []
    /** @type {((data: object) => void)[]} */
    this.disposers = []
    /** @type {(() => void)[]} */
    this.drops = []
    /** @type {((data: object) => void)[]} */
    this.pruners = []
    this.declined = false
    /** Its importers go on with what they have of it, as far as that is the same. */
    this.keeps = false
    /** Takes new names of CSS modules, where it needs no other run for that; tells whether these are all. @type {((values: Record<string, Record<string, unknown>>) => boolean) | undefined} */
    this.takesClasses = undefined
  }

  /** Return what brings this version back. */
  snapshot() {
    const kept = { ...this }
    return () => {
      Object.assign(this, kept)
      this.publish()
    }
  }

  /**
   * Take an update's word.
   *
   * @param {Description} said
   */
  renew({ factory, refresh: transformed, ids = {}, values = {} }) {
    this.factory = factory
    this.takeValues(values)
    this.refresh = transformed
    this.imports = new Map(Object.entries(ids))
  }

  /**
   * Take the bundle's word; what an update has said stays.
   *
   * @param {Describe} ask
   */
  describe(ask) {
    if (this.bundled) return
    const { factory, refresh: transformed, own = {}, packages: taken = {}, loads = {}, calls = {} } = ask()
    this.bundled = true
    const isRenewed = Boolean(this.factory)
    this.factory ??= factory
    this.refresh ??= transformed
    for (const name in own) {
      const n = own[name] ?? 0
      const found = ask(n)
      if (found && !isRenewed) this.imports.set(name, found().id)
      else if (!found && !this.others.has(name)) this.others.set(name, () => wholeModule(ask(n + 1)))
    }
    this.loads = loads
    this.calls = calls
    this.described = (name) => (has(own, name) ? ask(own[name] ?? 0) : undefined)
    // in a cycle of imports, what a module takes is there when it runs
    this.packaged = (name) => (has(taken, name) ? packageOf(name, taken[name] ?? 0, ask) : undefined)
  }

  /** Take what is no script: the names of a CSS module, JSON. @param {Record<string, Record<string, unknown>>} values */
  takeValues(values) {
    for (const [name, exported] of Object.entries(values)) {
      const getters = Object.entries(exported).map(([key, value]) => [key, () => value])
      const made = asModule(Object.fromEntries(getters))
      this.others.set(name, () => made)
    }
  }

  /** Bring the exports into being, as far as they are without running anything: functions, in import cycles. */
  prepare() {
    if (this.run || !this.factory) return
    const own = /** @type {Record<string, unknown>} */ ({})
    this.own = own
    const { factory } = this
    this.run = factory(
      (name) => this.require(name),
      (name, get) => Object.defineProperty(own, name, { get, enumerable: true, configurable: true }),
      () => refresh?.createSignatureFunctionForTransform() ?? ((/** @type {unknown} */ type) => type),
      (type, name) => refresh?.register(type, `${generation} ${this.id} ${name}`),
      hotOf(this),
      (name) => this.call(name),
      (name) => this.load(name),
      (from) => passOn(own, from),
      own,
    )
    this.run.next()
    this.publish()
  }

  execute() {
    if (this.started) return
    this.prepare()
    this.started = true
    executing.push(this)
    try {
      this.run?.next()
    } finally {
      executing.pop()
    }
    this.publish()
    if (this.refresh && refresh) this.registerExports()
  }

  registerExports() {
    for (const name of Object.keys(this.exports)) {
      const value = this.exports[name]
      if (refresh?.isLikelyComponentType(value))
        refresh.register(value, `${generation} ${this.id} export ${name}`)
    }
  }

  publish() {
    const names = new Set(Object.keys(this.own))
    for (const name of Object.keys(this.exports)) if (!names.has(name)) delete this.exports[name]
    for (const name of names) {
      if (has(this.exports, name)) continue
      const get = () => this.own[name]
      Object.defineProperty(this.exports, name, { get, enumerable: true, configurable: true })
    }
  }

  /** @param {string} name */
  require(name) {
    const id = this.imports.get(name)
    if (id === undefined) return this.other(name)
    const describe = this.described(name)
    const found = moduleOf(id, describe)
    found.prepare()
    // while the bundle runs, what it has not started yet is above in a cycle of imports
    if (!turn.starting || describe?.().id !== id) found.execute()
    return found.exports
  }

  /** @param {string} name */
  other(name) {
    const known = this.others.get(name)
    if (known) return /** @type {() => unknown} */ (known)()
    const made = this.packaged(name)
    if (made) this.others.set(name, () => made)
    return made ?? packages.get(name) ?? {}
  }

  /** What require() gives. @param {string} name */
  call(name) {
    if (this.isHere(name, this.calls)) return this.require(name)
    return this.arrived(name, this.calls[name]?.())
  }

  /** @param {string} name */
  load(name) {
    if (this.isHere(name, this.loads)) return Promise.resolve().then(() => this.require(name))
    const load = this.loads[name]
    if (!load) return Promise.reject(new Error(`${name} is not in this page.`))
    return load().then((found) => this.arrived(name, found))
  }

  /**
   * Tell whether a module that is asked for late can run: an update alone does not bring what it imports.
   *
   * @param {string} name
   * @param {object} bundled
   */
  isHere(name, bundled) {
    const found = modules.get(this.imports.get(name) ?? '')
    return found !== undefined && (found.bundled || !has(bundled, name))
  }

  /** @param {string} name @param {Imported | undefined} found */
  arrived(name, found) {
    const known = this.imports.get(name)
    if (known === undefined || !modules.has(known)) {
      if (!found?.__dk) return found
      this.imports.set(name, found.__dk().id)
    }
    return this.require(name)
  }

  /** Tell whether a new version can take this one's place with no importer knowing. */
  isBoundary() {
    if (this.accepts || this.keeps) return true
    if (!this.refresh || !refresh?.canDraw()) return false
    const names = Object.keys(this.exports)
    return names.some((name) => refresh.isLikelyComponentType(this.exports[name]))
  }
}

/**
 * @param {string} id
 * @param {Describe | undefined} describe
 */
export function moduleOf(id, describe) {
  const known = modules.get(id)
  if (known) return known
  if (!describe) throw new Refused(`${short(id)} is not loaded yet`)
  const made = new Module(id)
  modules.set(id, made)
  made.describe(describe)
  return made
}

/** @param {Module} module */
function hotOf(module) {
  /** @param {string} name */
  const idOf = (name) => module.imports.get(name) ?? name
  return {
    get data() {
      return module.data
    },
    accept(/** @type {unknown} */ names, /** @type {unknown} */ callback) {
      if (typeof names === 'string') {
        const one = /** @type {Callback | undefined} */ (callback)
        module.acceptsOf.push({ ids: [idOf(names)], callback: ([found]) => one?.(found) })
      } else if (Array.isArray(names)) {
        const many = /** @type {((found: unknown[]) => void) | undefined} */ (callback)
        module.acceptsOf.push({ ids: names.map(idOf), callback: (found) => many?.(found) })
      } else {
        module.accepts = true
        if (typeof names === 'function') module.callbacks.push(/** @type {Callback} */ (names))
      }
    },
    acceptExports(/** @type {unknown} */ _names, /** @type {unknown} */ callback) {
      module.accepts = true
      if (typeof callback === 'function') module.callbacks.push(/** @type {Callback} */ (callback))
    },
    dispose: (/** @type {(data: object) => void} */ callback) => module.disposers.push(callback),
    prune: (/** @type {(data: object) => void} */ callback) => module.pruners.push(callback),
    decline: () => {
      module.declined = true
    },
    invalidate: (/** @type {string | undefined} */ message) => {
      tell('vite:invalidate', { path: module.id, message })
      turn.invalidated.add(module)
      if (!turn.updating) page.__devkit_hot?.onInvalidate?.(`${short(module.id)} asked for it`)
    },
    on: (/** @type {string} */ event, /** @type {Callback} */ callback) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(callback))
      module.drops.push(() => listeners.get(event)?.delete(callback))
    },
    off: (/** @type {string} */ event, /** @type {Callback} */ callback) =>
      listeners.get(event)?.delete(callback),
    send() {},
    __component(
      /** @type {string} */ id,
      /** @type {any} */ made,
      /** @type {string} */ template,
      /** @type {Record<string, string> | undefined} */ classes,
    ) {
      module.takesClasses = classes && ((values) => takeClasses(id, classes, values))
      if (template) this.accept(template, (/** @type {any} */ { render }) => takeRender(id, render))
      return takeComponent(module, id, made)
    },
    __components: (/** @type {string[]} */ names) => takeComponents(module, names),
    __stores: () => takeStores(module),
  }
}

/** @param {string} event @param {unknown} payload */
export function tell(event, payload) {
  for (const callback of listeners.get(event) ?? []) callback(payload)
}

/**
 * What is going on: modules of the bundle that are being started, an update, and modules that gave up while it was.
 *
 * @type {{ starting: number, updating: boolean, invalidated: Set<Module> }}
 */
export const turn = { starting: 0, updating: false, invalidated: new Set() }
