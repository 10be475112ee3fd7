// The way of a save that changes nothing but what some modules do: what open pages run anew, before any bundle.
import { keyOf, merged, missingName } from './clauses.mjs'
import { TEMPLATE } from './hot.mjs'
import { langOf } from './script.mjs'
import { WHOLE } from './wrapper.mjs'

/** @import { Hot, Placed } from './hot.mjs' */
/** @import { Import, Made } from './script.mjs' */

/**
 * Return the modules that open pages run anew; null where that takes a look at the whole bundle.
 *
 * @param {Hot} hot
 * @param {string[]} paths - Files that have changed since the last build.
 * @param {boolean} isStyled - An update of the style sheet goes along.
 * @returns {Promise<object[] | null>}
 */
export async function quickUpdate(hot, paths, isStyled) {
  const { last } = hot
  if (!last) return null
  /** @type {Map<string, Placed>} */
  const changed = new Map()
  for (const path of paths.flatMap((path) => partsOf(hot, path))) {
    const id = hot.idOf(path)
    const old = last.modules.get(id)
    const made = old ? await remade(hot, id, path).catch(() => null) : null
    const ids = old && made ? idsOf(old, made, last.modules) : null
    if (!made || !ids) return null
    if (old && made !== old.made) changed.set(id, { made, ids, values: old.values })
  }
  const modules = new Map([...last.modules, ...changed])
  if ((!changed.size && !isStyled) || lacksName(changed, modules)) return null
  const update = await Promise.all([...changed.values()].map((placed) => hot.sent(placed)))
  hot.last = { ...last, modules }
  return update
}

/**
 * Return a file, with its template where it is a component of Vue.
 *
 * @param {Hot} hot
 * @param {string} path
 */
function partsOf(hot, path) {
  const template = `${path}${TEMPLATE}`
  return hot.last?.modules.has(hot.idOf(template)) ? [path, template] : [path]
}

/** Let the plugins read a file again. @param {Hot} hot @param {string} path */
export async function reread(hot, path) {
  for (const [load, args] of hot.asked.get(hot.idOf(path)) ?? []) await load(args)
}

/**
 * @param {Hot} hot
 * @param {string} id
 * @param {string} path
 * @returns {Promise<Made | null>}
 */
async function remade(hot, id, path) {
  const owns = async (/** @type {string} */ name) => {
    const known = hot.knownOwn(name)
    if (known === undefined) throw new Error(`${name} is new.`)
    return known
  }
  for (const [load, args] of hot.asked.get(id) ?? []) {
    const answer = await load(args)
    if (answer?.errors?.length) return null
    if (typeof answer?.contents !== 'string') continue
    const script = { id, path, source: answer.contents, lang: answer.loader }
    return (await hot.keep(script, owns)).made
  }
  const lang = langOf(path)
  if (!lang) return null
  return (await hot.keep({ id, path, source: await hot.settled(path), lang }, owns)).made
}

/**
 * Return the ids of a module's imports; null when it takes something that may not be in the page.
 *
 * @param {Placed} old
 * @param {Made} made
 * @param {Map<string, Placed>} modules
 */
function idsOf(old, made, modules) {
  const before = new Map(merged(old.made.imports).map((one) => [keyOf(one), one]))
  for (const one of merged(made.imports)) {
    const known = before.get(keyOf(one))
    if (known ? known.isBare && !one.isBare : one.isOwn || one.isLazy || one.isCall || one.isBare) return null
    if (!one.isOwn && !one.isLazy && !one.isCall && !WHOLE.has(one.name) && !isTaken(one, modules))
      return null
    if (!known && WHOLE.has(one.name) && !isTaken({ ...one, names: new Set() }, modules)) return null
  }
  const names = new Set(made.imports.map(({ name }) => name))
  return Object.fromEntries(Object.entries(old.ids).filter(([name]) => names.has(name)))
}

/**
 * Tell whether all of an import is in the page already.
 *
 * @param {Import} wanted
 * @param {Map<string, Placed>} modules
 */
function isTaken({ name, names }, modules) {
  const open = names && new Set(names)
  for (const { made } of modules.values()) {
    for (const one of made.imports) {
      if (one.name !== name || one.isLazy || one.isCall || one.isBare) continue
      if (!one.names || WHOLE.has(name)) return true
      for (const taken of one.names) open?.delete(taken)
      if (open?.size === 0) return true
    }
  }
  return false
}

/**
 * @param {Map<string, Placed>} changed
 * @param {Map<string, Placed>} modules
 */
function lacksName(changed, modules) {
  for (const [id, { made, ids }] of modules) {
    for (const [name, target] of Object.entries(ids)) {
      if (!changed.has(id) && !changed.has(target)) continue
      const found = modules.get(target)
      if (found && missingName(made, found.made, name)) return true
    }
  }
  return false
}
