// What is in a bundle besides the modules that pages keep.
import { basename } from 'node:path'

/** @import { Metafile } from 'esbuild' */

/**
 * Return what is different outside the modules that are kept, null when nothing is.
 *
 * @param {Map<string, string>} old
 * @param {Map<string, string>} now
 */
export function difference(old, now) {
  for (const name of now.keys()) if (!old.has(name)) return `${nameOf(name)} is new in it`
  for (const [name, text] of now) if (name && old.get(name) !== text) return `${nameOf(name)} is another`
  for (const name of old.keys()) if (!now.has(name)) return `${nameOf(name)} is no more in it`
  return old.get('') === now.get('') ? null : 'the bundle is put together in another way'
}

/** Return how people call an input: its package or its file. @param {string} name */
function nameOf(name) {
  if (/[\\/]worker[\\/]hot[\\/]/.test(name)) return 'the way the bundle is put together'
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
