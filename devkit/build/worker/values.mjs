// What is read out of JavaScript that is not run, besides plain values.

/** @typedef {{ type: string, start?: number, loc?: { start: { line: number, column: number } }, [key: string]: any }} Node */
/** @import { Scope } from './static.mjs' */

/** What cannot be told without running the code; node says where it is. */
export class Unknown {
  /**
   * @param {Node} [node]
   * @param {string} [file]
   */
  constructor(node, file = '') {
    this.file = file
    this.line = node?.loc?.start.line ?? 0
  }
}

/** A call of a function that is not run, such as a plugin's factory. */
export class Call {
  /**
   * @param {string} name - The module that the function comes from, or how it is written.
   * @param {unknown[]} args
   * @param {number} line
   */
  constructor(name, args, line) {
    this.name = name
    this.args = args
    this.line = line
  }
}

/** A module that is not read: a package. */
export class Package {
  /** @param {string} name */
  constructor(name) {
    this.name = name
  }
}

/** A regular expression as it is written. */
export class Pattern {
  /**
   * @param {string} source
   * @param {string} flags
   */
  constructor(source, flags) {
    this.source = source
    this.flags = flags
  }

  toString() {
    return `/${this.source}/${this.flags}`
  }
}

/** Methods of webpack-chain that give a part of the configuration by its name. */
const NAMED = /^(?:rule|oneOf|use|plugin|minimizer|entry)$/

/** Calls that a function makes on an object such as webpack-chain's: {path, args, line} each. */
export class Chain {
  /**
   * @param {{ path: string, args: unknown[], line: number }[]} calls
   * @param {string[]} [path]
   */
  constructor(calls, path = []) {
    this.calls = calls
    this.path = path
  }

  /** @param {unknown} name */
  at(name) {
    return new Chain(this.calls, [...this.path, String(name)])
  }

  /**
   * Note a call, and return what it gives: a part that it names, what is around (end), else what it was called on.
   *
   * @param {unknown[]} args
   * @param {number} line
   */
  called(args, line) {
    const method = this.path.at(-1) ?? ''
    const owner = this.path.slice(0, -1)
    this.calls.push({ path: this.path.join('.'), args, line })
    if (NAMED.test(method)) return new Chain(this.calls, [...owner, `${method}(${args[0]})`])
    return new Chain(this.calls, method === 'end' ? owner.slice(0, -1) : owner)
  }
}

/** A function with the place that it was written in. */
export class Closure {
  /**
   * @param {Node} node
   * @param {Scope} scope
   */
  constructor(node, scope) {
    this.node = node
    this.scope = scope
  }
}

/** The key in a record of what was spread into it and cannot be told. */
export const OPEN = Symbol('open')

/** Where a record was written. @type {WeakMap<object, { file: string, line: number }>} */
export const places = new WeakMap()

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isRecord(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/**
 * Return records put together as webpack-merge does: lists joined, records merged.
 *
 * @param {Record<string, unknown>[]} records
 * @returns {Record<string, unknown>}
 */
export function merged(...records) {
  /** @type {Record<string, unknown>} */
  const made = {}
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) {
      const before = made[key]
      if (Array.isArray(before) && Array.isArray(value)) made[key] = [...before, ...value]
      else made[key] = isRecord(before) && isRecord(value) ? merged(before, value) : value
    }
  }
  return made
}

/** Tell whether something in a value could not be read. @param {unknown} value @returns {boolean} */
export function hasUnknown(value) {
  if (Array.isArray(value)) return value.some(hasUnknown)
  if (isRecord(value)) return Object.values(value).some(hasUnknown)
  return (
    value instanceof Unknown || value instanceof Call || value instanceof Package || value instanceof Closure
  )
}

/** @param {unknown} value @returns {number} */
export function lineOf(value) {
  if (value instanceof Unknown || value instanceof Call) return value.line
  const inner = isRecord(value) ? Object.values(value) : Array.isArray(value) ? value : []
  return inner.map(lineOf).find(Boolean) ?? 0
}

/**
 * Return the name and the options of a plugin as configurations write it.
 *
 * @param {unknown} plugin
 * @returns {[name: string, options: unknown]}
 */
export function pluginOf(plugin) {
  if (typeof plugin === 'string') return [plugin, undefined]
  if (plugin instanceof Call) return [plugin.name, plugin.args[0]]
  if (Array.isArray(plugin)) return [pluginOf(plugin[0])[0], plugin[1]]
  const named = /** @type {{ name?: unknown } | null} */ (plugin)
  return [typeof named?.name === 'string' ? named.name : '', undefined]
}

/** Return a value with real regular expressions. @param {unknown} value @returns {unknown} */
export function plainValue(value) {
  if (value instanceof Pattern) return new RegExp(value.source, value.flags)
  if (Array.isArray(value)) return value.map(plainValue)
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]))
  return value
}

/** The name that /^@\//, /^@/ and their like stand for. @param {Pattern} pattern */
export function plainName({ source }) {
  const [, name] = /^\^([@~\w-]+)(?:\\?\/)?$/.exec(source) ?? []
  return name
}

/** What esbuild replaces. */
export const NAME = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/

/**
 * Return the code of a constant as esbuild takes it, JSON or a name; '' when it is neither.
 *
 * @param {string} code
 */
export function codeOfDefine(code) {
  const [, inner] = /^'([^'"\\\n]*)'$/.exec(code) ?? []
  if (inner !== undefined) return JSON.stringify(inner)
  try {
    return JSON.stringify(JSON.parse(code))
  } catch {
    return NAME.test(code) ? code : ''
  }
}
