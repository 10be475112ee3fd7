// What scripts import that is no script: the names of a CSS module, JSON, addresses of images. An open page takes
// their new values with the modules that import them.
import { runInNewContext } from 'node:vm'
import { ASSETS } from '../context.mjs'

/** @import { Metafile } from 'esbuild' */
/** @import { Placed } from './hot.mjs' */

/** {input: its part of the bundle}. @typedef {Map<string, string>} Parts */
/** What an open page is told: values by import, and names of what they are from. @typedef {{ values: Record<string, object>, from: string[] }} News */

const VALUES = /\.(?:css|less|s[ac]ss|json5?|ya?ml|txt|html?|md)$/i
const LONGEST_MS = 1000

/**
 * Take the parts that are values out of the rest of a bundle: those that kept modules alone import.
 *
 * @param {Parts} rest
 * @param {Metafile} metafile
 * @param {Map<string, Placed>} modules
 * @returns {Parts}
 */
export function takeValues(rest, { inputs }, modules) {
  const others = new Set()
  for (const [id, { imports }] of Object.entries(inputs)) {
    if (!modules.has(id)) for (const { path } of imports) others.add(path)
  }
  /** @type {Parts} */
  const found = new Map()
  for (const [name, text] of rest) {
    const file = name.replace(/[?#](?!.*\.css$).*/, '')
    const isValue = (VALUES.test(file) || ASSETS.test(file)) && !/[\\/]node_modules[\\/]/.test(name)
    if (isValue && !others.has(name)) found.set(name, text)
  }
  for (const name of found.keys()) rest.delete(name)
  return found
}

/**
 * Return what a module's imports have of new values; null when they cannot be sent.
 *
 * @param {Record<string, string>} imports - {name: input}
 * @param {Parts | undefined} old - That the page has of them.
 * @param {Parts} now
 * @returns {News | null}
 */
export function newsOf(imports, old, now) {
  /** @type {News} */
  const news = { values: {}, from: [] }
  for (const [name, input] of Object.entries(imports)) {
    const text = now.get(input)
    if (text === undefined || text === old?.get(input)) continue
    const values = valuesOf(text)
    if (!values) return null
    news.values[name] = values
    news.from.push(input)
  }
  return news
}

/**
 * Return what a part of a bundle exports, null when it is no plain data.
 *
 * @param {string} text
 * @returns {Record<string, unknown> | null}
 */
export function valuesOf(text) {
  /** @type {Record<string, () => unknown>[]} */
  const exported = []
  const helpers = {
    __export: (/** @type {object} */ _target, /** @type {Record<string, () => unknown>} */ all) =>
      exported.push(all),
    __esm: (/** @type {Record<string, () => void>} */ modules) => {
      for (const run of Object.values(modules)) run()
    },
  }
  try {
    runInNewContext(text, helpers, { timeout: LONGEST_MS })
    const [all] = exported
    if (!all || exported.length > 1) return null
    const values = Object.fromEntries(Object.entries(all).map(([name, get]) => [name, get()]))
    const isData = Object.values(values).every((one) => one !== undefined && typeof one !== 'function')
    return isData ? JSON.parse(JSON.stringify(values)) : null
  } catch {
    return null
  }
}
