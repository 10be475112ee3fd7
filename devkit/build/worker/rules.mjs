// What webpack's rules (module.rules), and plugins of Vite that are like them, make of a plain import.
import { relative } from 'node:path'
import { ASSETS } from './context.mjs'
import { LOADERS, loaderOf, shortName } from './queries.mjs'
import { Call, Closure, isRecord, Pattern, places } from './values.mjs'

/** @import { Message } from './messages.generated' */
/** @import { Shared } from './shared' */

/** @typedef {{ path: string, query: string, issuer: string }} Request */
/** @typedef {{ name: string, options: unknown }} Use */
/** What the rules that meet a request give: loaders, a type of asset, and where that is written.
 * @typedef {{ uses: Use[], type: string, queried: boolean, file: string, line: number }} Effect */
/** @typedef {{ way: string, uses: Use[], queried: boolean, said?: Message }} Meaning */

const SCRIPT = /\.(?:[cm]?[jt]sx?|vue)$/
const STYLE = /\.(?:css|less|s[ac]ss)$/

/**
 * Return what a rule uses, one by one: a list, "a-loader!b-loader", or what a plugin is asked to extract.
 *
 * @param {unknown} use
 * @returns {unknown[]}
 */
export function usesOf(use) {
  if (Array.isArray(use)) return use.flatMap(usesOf)
  if (typeof use === 'string') return use.split('!')
  if (use instanceof Closure) return usesOf(use.scope.reader.call(use, [{}]) ?? [])
  if (use instanceof Call && /extract$/.test(use.name)) {
    const [first] = use.args
    return usesOf(isRecord(first) ? first.use : use.args)
  }
  if (!isRecord(use)) return [use]
  return use.loader instanceof Call || /!/.test(String(use.loader)) ? usesOf(use.loader) : [use]
}

/** @param {Record<string, unknown>} rule */
export const usesOfRule = ({ use, loaders, loader, ...rest }) =>
  [use ?? loaders ?? (loader ? { loader, ...rest } : [])].flatMap(usesOf).map(loaderOf)

/**
 * Return what the rules give for a request.
 *
 * @param {unknown[]} rules
 * @param {Request} request
 * @returns {Effect}
 */
export function effectOf(rules, request) {
  /** @type {Effect} */
  const effect = { uses: [], type: '', queried: false, file: '', line: 0 }
  gather(rules, request, effect, false)
  return effect
}

/**
 * @param {unknown} rules
 * @param {Request} request
 * @param {Effect} effect
 * @param {boolean} isOneOf
 */
function gather(rules, request, effect, isOneOf) {
  for (const rule of Array.isArray(rules) ? rules : []) {
    if (!isRecord(rule) || !meets(rule, request)) continue
    const uses = usesOfRule(rule)
    if (uses.length || rule.type) Object.assign(effect, places.get(rule))
    effect.uses.push(...uses)
    if (typeof rule.type === 'string') effect.type = rule.type
    if (rule.resourceQuery && request.query) effect.queried = true
    gather(rule.oneOf, request, effect, true)
    gather(rule.rules, request, effect, false)
    if (isOneOf) return
  }
}

/**
 * @param {Record<string, unknown>} rule
 * @param {Request} request
 */
function meets(rule, { path, query, issuer }) {
  const { test, resource, include, exclude, resourceQuery, issuer: by, dependency, mimetype } = rule
  return (
    (test === undefined || holds(test, path) === true) &&
    holds(resource, path) !== false &&
    holds(include, path) !== false &&
    (exclude === undefined || holds(exclude, path) !== true) &&
    holds(resourceQuery, query) !== false &&
    holds(by, issuer) !== false &&
    holds(dependency, 'esm') !== false &&
    mimetype === undefined
  )
}

/**
 * Tell whether a condition of webpack holds; null when only running it tells.
 *
 * Source: https://webpack.js.org/configuration/module/#condition
 *
 * @param {unknown} condition
 * @param {string} text
 * @returns {boolean | null}
 */
function holds(condition, text) {
  if (condition === undefined || condition === null) return true
  if (typeof condition === 'string') return text.startsWith(condition)
  if (condition instanceof Pattern)
    return new RegExp(condition.source, condition.flags.replace('g', '')).test(text)
  if (condition instanceof Closure) {
    const said = condition.scope.reader.call(condition, [text])
    return typeof said === 'boolean' ? said : null
  }
  if (Array.isArray(condition)) {
    const said = condition.map((one) => holds(one, text))
    return said.includes(true) || (said.includes(null) ? null : false)
  }
  if (!isRecord(condition)) return null
  const { test, include, exclude, not, and, or } = condition
  const none = [exclude, not].filter((one) => one !== undefined).map((one) => holds(one, text) !== true)
  const all = [test, include, or, ...(Array.isArray(and) ? and : [])].map((one) => holds(one, text) !== false)
  return [...none, ...all].every(Boolean)
}

/** The rules of a project that change what an import gives. */
export class Rules {
  /** @param {Pick<Shared, 'found' | 'options'>} shared */
  constructor({ found, options }) {
    this.options = options
    this.all = found.rules.filter((rule) => isRecord(rule) && changes(rule))
  }

  /** Go's expressions have no lookahead: then every script is looked at. @returns {RegExp | null} */
  scripts() {
    const sources = this.all.flatMap((rule) => testsOf(rule)).map((test) => test?.source ?? '(?=')
    if (!sources.length) return null
    const isPlain = sources.every((source) => !/\(\?|\\\d|\\b/.test(source))
    return isPlain ? new RegExp(sources.map((source) => `(?:${source})`).join('|')) : SCRIPT
  }

  /**
   * Return what the rules make of a file; null when it is what devkit does anyway.
   *
   * @param {Request} request
   * @returns {Meaning | null}
   */
  of(request) {
    const { uses, type, queried, file, line } = effectOf(this.all, request)
    if (!uses.length && !type) return null
    const { path } = request
    const names = uses.map(({ name }) => shortName(name))
    const unknown = uses.flatMap(({ name }) =>
      name && !Object.hasOwn(LOADERS, shortName(name)) ? [name] : [],
    )
    const ways = names.map((name) => LOADERS[name] ?? '').filter(Boolean)
    if (type === 'asset/source') ways.push('raw')
    else if (/^asset/.test(type)) ways.push('url')
    const css = uses.find(({ name }) => shortName(name) === 'css')?.options
    if (isRecord(css) && css.exportType === 'string') ways.push('inline')
    // @svgr/webpack before url-loader gives the address, and the component by its name
    const [first = ''] = ways
    const way = first === 'react' && ways.includes('url') ? '' : first
    if (unknown.length && (!way || way === 'html')) return this.unknown(unknown, request, file, line)
    const isUsual =
      way === '' || (way === 'url' && ASSETS.test(path)) || (way === 'raw' && /\.(?:txt|md)$/.test(path))
    return isUsual ? null : { way, uses, queried }
  }

  /**
   * @param {string[]} names
   * @param {Request} request
   * @param {string} file
   * @param {number} line
   * @returns {Meaning}
   */
  unknown(names, { path }, file, line) {
    // one that meets every script makes it another script: the panel may do without
    const isStyle = STYLE.test(path)
    const entry = effectOf(this.all, { path: this.options.entry, query: '', issuer: '' })
    const ofAll = new Set(entry.uses.map((use) => use.name))
    const special = isStyle || !SCRIPT.test(path) ? names[0] : names.find((one) => !ofAll.has(one))
    const name = special ?? names[0]
    const isWarning = isStyle || !special
    const posix = (/** @type {string} */ one) => relative(this.options.project, one).replaceAll('\\', '/')
    const given = isWarning ? (isStyle ? 'styles' : 'scripts') : posix(path)
    const text = `${posix(file)}:${line} gives ${given} to the loader ${name}, and devkit has no counterpart of it.`
    const hint = isWarning
      ? 'They are bundled without it: do in the sources what it did.'
      : 'Import the text with ?raw or the address with ?url and do in the script what the loader did, or import a module that it made once.'
    /** @type {Message} */
    const said = {
      text,
      hint,
      file,
      line,
      column: 1,
      stage: 'rules',
      severity: isWarning ? 'warning' : 'error',
    }
    return { way: '', uses: [], queried: false, said }
  }
}

/** @param {Record<string, unknown>} rule @returns {boolean} */
function changes(rule) {
  const inner = [rule.oneOf, rule.rules].flat().filter(isRecord)
  if (inner.some(changes)) return true
  const ways = usesOfRule(rule).map(({ name }) => LOADERS[shortName(name)] ?? (name ? '?' : ''))
  if (rule.type === 'asset/source') return true
  const isAddress = (/^asset/.test(String(rule.type)) || ways.includes('url')) && !holds(rule.test, '/a.png')
  return isAddress || ways.some((way) => way && way !== 'url')
}

/** @param {unknown} rule @returns {(Pattern | null)[]} */
function testsOf(rule) {
  if (!isRecord(rule)) return []
  if (rule.test === undefined) return [rule.oneOf, rule.rules].flat().flatMap(testsOf)
  return [rule.test].flat().map((test) => (test instanceof Pattern && !test.flags ? test : null))
}
