// Runs in the page: what modules of the panel take of packages, which are parts of the bundle.

/** @import { Describe } from './module.mjs' */

/** {package: what the bundle has of it}. @type {Map<string, Record<string, unknown>>} */
export const packages = new Map()
/** Those of which it is everything. */
const wholes = new Set()

/** @param {object} owner @param {string} name */
export const has = (owner, name) => Object.hasOwn(owner, name)

/** @param {Record<string, (() => unknown)>} getters */
export function asModule(getters) {
  /** @type {Record<string, unknown>} */
  const made = {}
  Object.defineProperty(made, '__esModule', { value: true })
  for (const name of Object.keys(getters)) {
    Object.defineProperty(made, name, { get: getters[name], enumerable: true })
  }
  return made
}

/** @param {Record<string, unknown>} namespace */
export function wholeModule(namespace) {
  /** @type {Record<string, () => unknown>} */
  const getters = {}
  for (const name of Object.getOwnPropertyNames(namespace)) {
    if (name !== '__esModule') getters[name] = () => namespace[name]
  }
  return asModule(getters)
}

/**
 * Return what a module has of a package. Where that is nothing of its own it is the object that all share, in which a
 * later version of the module finds what others take of the package already.
 *
 * @param {string} name
 * @param {Record<string, number> | number} what
 * @param {Describe} ask
 */
export function packageOf(name, what, ask) {
  const known = packages.get(name) ?? asModule({})
  packages.set(name, known)
  const whole = typeof what === 'number' ? ask(what) : null
  const numbers = typeof what === 'number' ? [] : Object.entries(what)
  // each importer of a package in CommonJS has another namespace of the same
  const isShared = whole
    ? wholes.has(name) && isOne(known.default, whole.default)
    : numbers.every(([key, n]) => has(known, key) && isOne(known[key], ask(n)))
  if (isShared) return known
  const made = whole
    ? wholeModule(whole)
    : asModule(Object.fromEntries(numbers.map(([key, n]) => [key, () => ask(n)])))
  Object.setPrototypeOf(made, known)
  for (const key of Object.keys(made)) {
    const descriptor = Object.getOwnPropertyDescriptor(made, key)
    if (descriptor && !has(known, key)) Object.defineProperty(known, key, descriptor)
  }
  if (whole) wholes.add(name)
  return made
}

/** @param {unknown} one @param {unknown} other */
const isOne = (one, other) =>
  one === other && (typeof one === 'function' || (typeof one === 'object' && one !== null))
