// What is in a bundle besides the modules that pages keep.
import { statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** @import { Metafile } from 'esbuild' */

/** A local name with the number that esbuild gives it when another part of the bundle takes the name. */
const NUMBERED = /(?<![\w$"'`])(?<!(?<!\.\.)\.)([A-Za-z_$][\w$]*?)\d+(?![\w$"'`:])/g
const OWN = /[\\/]worker[\\/]hot[\\/]/
const SETTLED = /(?:^|[\\/])(?:node_modules|worker[\\/]hot)[\\/]|^host:/

/**
 * Return what is different outside the modules that are kept, null when nothing is that a page with the old bundle
 * lacks: what is no more in use does no harm there, nor do other numbers behind names.
 *
 * @param {Map<string, string>} old - It has the parts of the page after that, when nothing is different.
 * @param {Map<string, string>} now
 * @param {string} folder
 * @param {number} since - When the old bundle was there; files that have changed after that are others.
 */
export function difference(old, now, folder, since) {
  const isSame = (/** @type {string} */ name) => {
    const { mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {}
    return mtimeMs === undefined || mtimeMs < since // what is no file is made by devkit
  }
  for (const name of now.keys()) if (!old.has(name)) return `${nameOf(name)} is new in it`
  const same = new Map()
  for (const [name, text] of now) {
    const before = old.get(name) ?? ''
    if (before === text) continue
    if (OWN.test(name)) {
      same.set(name, before) // it is always all there, inside a function or not
      continue
    }
    const isSettled = !name || (SETTLED.test(name) && isSame(name))
    if (!isSettled || !isWithin(text, before)) {
      return name ? `${nameOf(name)} is another` : 'the bundle is put together in another way'
    }
    same.set(name, before)
  }
  for (const name of old.keys()) {
    if (!now.has(name) && !SETTLED.test(name)) return `${nameOf(name)} is no more in it`
  }
  for (const [name, text] of now) if (!same.has(name)) old.set(name, text)
  return null
}

/**
 * Tell whether all lines of a text are in another, in order.
 *
 * @param {string} text
 * @param {string} other
 */
function isWithin(text, other) {
  const lines = plain(other)
  let at = -1
  return plain(text).every((line) => {
    at = lines.indexOf(line, at + 1)
    return at >= 0
  })
}

/** @param {string} text */
const plain = (text) => text.replace(NUMBERED, '$1').split('\n')

/** Return how people call an input: its package or its file. @param {string} name */
function nameOf(name) {
  if (OWN.test(name)) return 'the way the bundle is put together'
  const path = name.replace(/^host:/, '')
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? (path === name ? basename(path) : path)
}

/**
 * Return the parts of the bundle that are not kept; esbuild writes a comment with its name before each module.
 *
 * @param {string} js
 * @param {Metafile} metafile
 * @param {Map<string, unknown>} modules
 */
export function restOf(js, { inputs }, modules) {
  /** @type {Map<string, string>} */
  const rest = new Map()
  let section = ''
  const add = (/** @type {string} */ text) => rest.set(section, (rest.get(section) ?? '') + text)
  let from = 0
  let isKept = false
  for (const match of js.matchAll(/^ {2}\/\/ (.+)$/gm)) {
    const name = match[1] ?? ''
    if (!(name in inputs)) continue
    if (!isKept) add(js.slice(from, match.index))
    from = match.index
    section = name
    isKept = modules.has(name)
  }
  if (!isKept) add(js.slice(from))
  return rest
}
