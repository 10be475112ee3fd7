// What the browsers of a target lack, from MDN's compatibility data.
// Read are javascript.builtins, api and css of npm's @mdn/browser-compat-data; of its 20 MB a table for the target is
// kept beside the toolchain, so that they are read once.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { enginesOf } from './targets.mjs'

/**
 * For each kind of feature {name: the browsers that lack it, in words}.
 *
 * @typedef {{
 *   methods: Record<string, string>,
 *   statics: Record<string, string>,
 *   globals: Record<string, string>,
 *   properties: Record<string, string>,
 *   atRules: Record<string, string>,
 *   selectors: Record<string, string>,
 *   functions: Record<string, string>,
 *   units: Record<string, string>,
 *   flexGap: string,
 * }} Lacking
 */
/** @typedef {{ version_added?: unknown, prefix?: string, alternative_name?: string, flags?: unknown }} Statement */
/** @typedef {{ support: Record<string, Statement | Statement[]>, status?: { deprecated: boolean, standard_track: boolean } }} Compat */
/** @typedef {{ __compat?: Compat } & Record<string, any>} Branch */

/** {esbuild's name: [the data's name, in words]}. @type {Record<string, [string, string]>} */
const BROWSERS = {
  ios: ['safari_ios', 'iOS'],
  safari: ['safari', 'Safari'],
  chrome: ['chrome', 'Chrome'],
  firefox: ['firefox', 'Firefox'],
  edge: ['edge', 'Edge'],
  opera: ['opera', 'Opera'],
}
/** Values whose methods are told by name, since no type is known. */
const VALUES = /** @type {const} */ (['Array', 'String', 'Promise'])
const DYNAMIC_UNITS = {
  viewport_percentage_units_dynamic: 'd',
  viewport_percentage_units_large: 'l',
  viewport_percentage_units_small: 's',
}
const VIEWPORT = ['vh', 'vw', 'vmin', 'vmax', 'vi', 'vb']
const CONTAINER = ['cqw', 'cqh', 'cqi', 'cqb', 'cqmin', 'cqmax']

/**
 * Return what the target lacks.
 *
 * @param {string} toolchain
 * @param {string} target
 * @returns {Lacking}
 */
export function lacking(toolchain, target) {
  const require = createRequire(join(toolchain, 'package.json'))
  const name = createHash('sha1').update(`2 ${target}`).digest('hex').slice(0, 16)
  const file = join(toolchain, 'support', `${name}.json`)
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    const table = tableOf(require('@mdn/browser-compat-data'), target)
    keep(file, JSON.stringify(table))
    return table
  }
}

/**
 * @param {string} file
 * @param {string} text
 */
function keep(file, text) {
  try {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(`${file}.${process.pid}`, text)
    renameSync(`${file}.${process.pid}`, file)
  } catch {
    // A cache that cannot be written costs time, nothing else.
  }
}

/**
 * @param {Branch} data
 * @param {string} target
 * @returns {Lacking}
 */
export function tableOf(data, target) {
  /** @param {Branch | undefined} branch */
  const words = (branch) => wordsOf(branch?.__compat, target)
  /** @param {Branch} branch */
  const all = (branch) =>
    Object.fromEntries(
      Object.keys(branch).flatMap((key) => (words(branch[key]) ? [[key, words(branch[key])]] : [])),
    )
  const { builtins } = data.javascript
  return {
    methods: methods(data, words),
    statics: statics(builtins, words),
    globals: { ...all(builtins), ...all(data.api) },
    properties: { ...all(data.css.properties), cursor: '' }, // nothing points at a touch screen
    atRules: all(data.css['at-rules']),
    selectors: all(data.css.selectors),
    functions: { ...all(data.css.types), ...all(data.css.types.color) },
    units: units(data.css.types.length, words),
    flexGap: words(data.css.properties.gap.flex_context),
  }
}

/**
 * Return the methods of arrays, texts and promises that are missing, without names that anything older has.
 *
 * @param {Branch} data
 * @param {(branch: Branch) => string} words
 */
function methods(data, words) {
  /** @type {Set<string>} */
  const known = new Set()
  for (const owner of [...Object.values(data.javascript.builtins), ...Object.values(data.api)])
    for (const [name, branch] of Object.entries(owner)) if (branch.__compat && !words(branch)) known.add(name)
  /** @type {Record<string, string>} */
  const found = {}
  for (const value of VALUES) {
    for (const [name, branch] of Object.entries(/** @type {Branch} */ (data.javascript.builtins[value]))) {
      if (!branch.__compat || known.has(name) || name in globalThis[value]) continue
      if (words(branch)) found[name] = words(branch)
    }
  }
  return found
}

/**
 * @param {Branch} builtins
 * @param {(branch: Branch) => string} words
 */
function statics(builtins, words) {
  /** @type {Record<string, string>} */
  const found = {}
  for (const [owner, branch] of Object.entries(builtins)) {
    const value = Object(/** @type {any} */ (globalThis)[owner])
    for (const name of Object.keys(branch)) {
      const isFunction = typeof Object.getOwnPropertyDescriptor(value, name)?.value === 'function'
      if (isFunction && words(branch[name])) found[`${owner}.${name}`] = words(branch[name])
    }
  }
  return found
}

/**
 * @param {Branch} length
 * @param {(branch: Branch) => string} words
 */
function units(length, words) {
  /** @type {Record<string, string>} */
  const found = {}
  for (const [key, letter] of Object.entries(DYNAMIC_UNITS))
    for (const unit of VIEWPORT) if (words(length[key])) found[letter + unit] = words(length[key])
  const container = words(length.container_query_length_units)
  for (const unit of CONTAINER) if (container) found[unit] = container
  return found
}

/**
 * Return the browsers of a target that lack a feature which later ones have, '' when none does.
 *
 * @param {Compat | undefined} compat
 * @param {string} target
 */
function wordsOf(compat, target) {
  if (!compat || compat.status?.deprecated || compat.status?.standard_track === false) return ''
  const found = enginesOf(target).flatMap(({ engine, version }) => {
    const [name, shown] = BROWSERS[engine] ?? []
    const statements = name ? [compat.support[name] ?? []].flat() : []
    const added = statements.map(({ version_added }) => version_added)
    // A prefix is esbuild's or autoprefixer's affair, or the author knows it.
    if (statements.some((one) => one.prefix || one.alternative_name)) return []
    // What was there in part before counts from then on: outline without round corners is an outline.
    const [since] = added
      .filter((one) => typeof one === 'string')
      .filter((one) => /^\d/.test(one))
      .sort((one, other) => (isOlder(one, other) ? -1 : 1))
    if (!since || !isOlder(version, since)) return []
    return [`${shown} before ${since}`]
  })
  return [...new Set(found)].join(' and ')
}

/**
 * @param {string} one
 * @param {string} other
 */
function isOlder(one, other) {
  const [major = 0, minor = 0] = one.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}
