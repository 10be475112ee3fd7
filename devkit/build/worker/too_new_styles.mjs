// Properties, rules, selectors, functions and units in styles that the browsers of the target do not have.
import { placeOf } from './places.mjs'

/** @import { AtRule, ChildNode, Container, Document } from 'postcss' */
/** @import { Lacking } from './support.mjs' */
/** @import { Found, Source } from './too_new.mjs' */
/** @import { Tools } from './tools.mjs' */

const GAPS = new Set(['gap', 'row-gap', 'column-gap'])
const WITHOUT = 'Old web views leave it out: write what they need before it, or in @supports not.'

/**
 * Return what is missing, each name once. The output is read: what esbuild has translated for the target is gone.
 *
 * @param {Tools} tools
 * @param {Lacking} table
 * @param {string} output
 * @param {Source[]} sources
 * @returns {Found[]}
 */
export function findInStyles(tools, table, output, sources) {
  if (!output) return []
  /** @type {Map<string, Found>} */
  const found = new Map()
  /**
   * @param {string} what
   * @param {string | undefined} lacks
   * @param {RegExp} place
   */
  const add = (what, lacks, place) => {
    if (lacks && !found.has(what)) found.set(what, { what, lacks, hint: WITHOUT, ...search(place, sources) })
  }
  const root = tools.load('postcss').parse(output)
  const flexible = flexSelectors(root)
  root.walkDecls((declaration) => {
    if (isAsked(declaration)) return
    const { prop, value } = declaration
    const parent = /** @type {any} */ (declaration.parent)
    const isGap = GAPS.has(prop) && flexible.has(parent?.selector)
    if (isGap) add(`${prop} of a flex container`, table.flexGap, /(?<![\w-])(?:row-|column-)?gap\s*:/)
    else
      add(`the property ${prop}`, own(table.properties, prop), new RegExp(`(?<![\\w-])${escaped(prop)}\\s*:`))
    for (const [, unit = ''] of value.matchAll(/\d([a-z]{2,6})\b/g))
      add(`the unit ${unit}`, own(table.units, unit), new RegExp(`\\d${unit}\\b`))
    for (const [, name = ''] of value.matchAll(/(?<![\w-])([a-z][a-z-]*)\(/g))
      add(`the function ${name}()`, own(table.functions, name), new RegExp(`(?<![\\w-])${name}\\(`))
  })
  root.walkAtRules((rule) => {
    if (!isAsked(rule))
      add(`@${rule.name}`, own(table.atRules, rule.name), new RegExp(`@${escaped(rule.name)}\\b`))
  })
  root.walkRules((rule) => {
    if (isAsked(rule)) return
    for (const [, name = ''] of rule.selector.matchAll(/:([a-z-]+)/g))
      add(`the selector :${name}`, own(table.selectors, name), new RegExp(`:${escaped(name)}\\b`))
  })
  return [...found.values()]
}

/**
 * @param {Record<string, string>} table
 * @param {string} name
 */
function own(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[^\w-]/g, '\\$&')
}

/**
 * Return the selectors of flex containers.
 *
 * @param {Container<ChildNode>} root
 */
function flexSelectors(root) {
  /** @type {Set<string>} */
  const found = new Set()
  root.walkDecls('display', ({ value, parent }) => {
    if (/^(?:inline-)?flex\b|-webkit-(?:inline-)?(?:flex|box)/.test(value))
      found.add(/** @type {any} */ (parent)?.selector)
  })
  return found
}

/**
 * Tell whether something stands in @supports: it is used only where it is there.
 *
 * @param {ChildNode} node
 */
function isAsked(node) {
  /** @type {ChildNode | Container | Document | undefined} */
  let around = node.parent
  while (around) {
    if (around.type === 'atrule' && /** @type {AtRule} */ (around).name === 'supports') return true
    around = around.parent
  }
  return false
}

/**
 * Return where a source has it first.
 *
 * @param {RegExp} wanted
 * @param {Source[]} sources
 */
function search(wanted, sources) {
  for (const { file, text } of sources) {
    const at = text.search(wanted)
    if (at >= 0) return { file, ...placeOf(text, at) }
  }
  return {}
}
