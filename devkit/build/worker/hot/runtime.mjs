// Runs in the page, inside the bundle of a dev server: keeps every module of the panel
// with its importers, and runs again what a save has changed, up to the modules that accept it.

import { executing, Module, moduleOf, modules, page, Refused, refresh, short, tell, turn } from './module.mjs'
import { drawVue, hasVueFailed, isKept } from './vue.mjs'

/** @import { Describe, Description } from './module.mjs' */

/** @param {Module} module */
function importersOf(module) {
  return [...modules.values()].filter((other) => [...other.imports.values()].includes(module.id))
}

/**
 * Find what must run again, from the changed modules up to those that accept.
 *
 * @typedef {{ stale: Set<Module>, accepting: Set<Module>, informed: Map<Module, Set<string>> }} Plan
 * @param {Module} module
 * @param {Plan} plan
 */
function climb(module, plan) {
  if (plan.stale.has(module)) return
  plan.stale.add(module)
  if (module.declined) throw new Refused(`${short(module.id)} declines updates`)
  if (module.isBoundary()) {
    plan.accepting.add(module)
    return
  }
  climbImporters(module, plan)
}

/** Say why no component is a boundary. */
function frozen() {
  return refresh && !refresh.canDraw() ? ", and the page's React is none for development" : ''
}

/** @param {Module} module @param {Plan} plan */
function climbImporters(module, plan) {
  const importers = importersOf(module)
  if (!importers.length) throw new Refused(`${short(module.id)} runs at load${frozen()}`)
  for (const importer of importers) {
    if (importer.acceptsOf.some(({ ids }) => ids.includes(module.id))) {
      plan.informed.set(importer, (plan.informed.get(importer) ?? new Set()).add(module.id))
    } else {
      climb(importer, plan)
    }
  }
}

/** @param {Module} module */
function leave(module) {
  for (const dispose of module.disposers) dispose(module.data)
  for (const drop of module.drops) drop()
}

/** @param {Plan} plan @param {Map<string, Description>} fresh */
function perform({ stale, accepting, informed }, fresh) {
  const before = new Map([...accepting].map((module) => [module, { ...module.exports }]))
  const callbacks = new Map([...accepting].map((module) => [module, module.callbacks]))
  for (const module of stale) {
    undo.push(module.snapshot())
    if (module.started) leave(module)
    module.forget()
    const said = fresh.get(module.id)
    if (said) module.renew(said)
  }
  for (const module of accepting) module.execute()
  for (const [importer, ids] of informed) {
    for (const id of ids) modules.get(id)?.execute()
    for (const { ids: wanted, callback } of importer.acceptsOf) {
      if (wanted.some((id) => ids.has(id))) {
        callback(wanted.map((id) => (ids.has(id) ? modules.get(id)?.exports : undefined)))
      }
    }
  }
  for (const [module, waiting] of callbacks) for (const callback of waiting) callback(module.exports)
  for (const [module, old] of before) {
    if (module.keeps && !isKept(module.exports, old)) turn.invalidated.add(module)
    if (module.refresh && refresh && !callbacks.get(module)?.length && !isRefreshed(module, old)) {
      turn.invalidated.add(module)
    }
  }
}

/** As Vite's React plugin decides. @param {Module} module @param {Record<string, unknown>} old */
function isRefreshed({ exports: now, accepts }, old) {
  if (accepts) return true
  const names = Object.keys(now)
  if ([...names, ...Object.keys(old)].some((name) => !(name in now && name in old))) return false
  return names.every((name) => refresh?.isLikelyComponentType(now[name]) || now[name] === old[name])
}

/** @param {Description} said */
function renewed(said) {
  const module = modules.get(said.id) ?? new Module(said.id)
  modules.set(said.id, module)
  module.renew(said)
}

/** @param {string} id @param {Record<string, string>} ids */
function checkImports(id, ids) {
  const module = modules.get(id)
  for (const [name, wanted] of Object.entries(ids)) {
    if (module?.started && !modules.has(wanted) && !module.loads[name]) {
      throw new Refused(`${short(wanted)} is not loaded yet`)
    }
  }
}

/** What a failed update was to bring; the next one brings it. @type {Map<string, Description>} */
const debt = new Map()
/** Bring back the modules that an update has begun to replace. @type {(() => void)[]} */
let undo = []

/**
 * Take new versions of modules; what has changed is among them with its description. failed: the panel's own code
 * threw; what was on the screen stays, as far as it can.
 *
 * @param {Description[]} sent
 * @returns {{ why: string, failed: boolean }} why is "" when the page shows them, else why it cannot.
 */
function update(sent) {
  for (const said of sent) debt.delete(said.id)
  const changed = [...debt.values(), ...sent]
  turn.updating = true
  turn.invalidated.clear()
  undo = []
  const fresh = new Map(changed.map((said) => [said.id, said]))
  try {
    if (hasVueFailed()) throw new Refused('the panel had failed')
    /** @type {Plan} */
    let plan = { stale: new Set(), accepting: new Set(), informed: new Map() }
    for (const said of changed) {
      const known = modules.get(said.id)
      if (known?.started && said.from?.length && known.takesClasses?.(said.values ?? {})) {
        known.takeValues(said.values ?? {})
      } else if (known?.started) climb(known, plan)
      else renewed(said)
    }
    for (const { id, ids = {} } of changed) checkImports(id, ids)
    tell('vite:beforeUpdate', { type: 'update', updates: changed.map(({ id }) => ({ path: id })) })
    perform(plan, fresh)
    while (turn.invalidated.size) {
      plan = { stale: new Set(), accepting: new Set(), informed: new Map() }
      for (const module of turn.invalidated) climbImporters(module, plan)
      turn.invalidated.clear()
      perform(plan, new Map())
    }
    debt.clear()
    sweep()
    const failed = !draw(changed)
    tell('vite:afterUpdate', { type: 'update', updates: changed.map(({ id }) => ({ path: id })) })
    return { why: '', failed }
  } catch (error) {
    if (error instanceof Refused) return { why: error.message, failed: false }
    for (const bringBack of undo) bringBack()
    for (const said of changed) debt.set(said.id, said)
    report(error)
    return { why: '', failed: true }
  } finally {
    turn.updating = false
    undo = []
  }
}

/** Let the page tell of an error as of any other that the panel does not catch. @param {unknown} error */
function report(error) {
  page.setTimeout(() => {
    throw error
  })
}

/** Tells whether React could draw; it tries again with the next update. @param {Description[]} changed */
function draw(changed) {
  try {
    refresh?.performReactRefresh()
  } catch (error) {
    console.error(error)
    return false
  }
  try {
    drawVue()
    return true
  } catch (error) {
    throw new Refused(`${changed.map(({ id }) => short(id)).join(', ')} failed while it was drawn: ${error}`)
  }
}

/** Let go of modules that nothing imports any more. */
function sweep() {
  const reached = new Set()
  /** @param {Module | undefined} module */
  const reach = (module) => {
    if (!module || reached.has(module)) return
    reached.add(module)
    for (const id of module.imports.values()) reach(modules.get(id))
  }
  for (const root of roots) reach(root)
  for (const [id, module] of modules) {
    if (reached.has(module) || !module.started) continue // what has not run yet may be loaded later
    leave(module)
    for (const prune of module.pruners) prune(module.data)
    modules.delete(id)
  }
}

/** @type {Set<Module>} */
const roots = new Set()

/** Listeners that a module gave the SDK while it ran go with it. */
function followSdk() {
  const sdk = page.h5PanelSdk
  if (!refresh || typeof sdk?.on !== 'function') return
  for (const name of ['on', 'once']) {
    const original = sdk[name]
    sdk[name] = function (/** @type {any[]} */ ...args) {
      const module = executing[executing.length - 1]
      if (module) module.drops.push(() => sdk.off(...args))
      return original.apply(this, args)
    }
  }
}

followSdk()

/**
 * Run a module of the bundle, the modules that it imports first.
 *
 * @param {Describe} describe
 * @param {boolean} isEntry
 */
export function start(describe, isEntry) {
  const module = moduleOf(describe().id, describe)
  module.describe(describe)
  if (isEntry) roots.add(module)
  turn.starting += 1
  try {
    module.execute()
  } finally {
    turn.starting -= 1
  }
}

page.__devkit_hot = { update, onInvalidate: null }
