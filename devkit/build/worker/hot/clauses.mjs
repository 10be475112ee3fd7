// What the imports of a script take.

/** @import { Import } from './script.mjs' */

/**
 * One entry for each name, as a script may import a module in several statements.
 *
 * @param {Import[]} imports
 */
export function merged(imports) {
  /** @type {Map<string, Import>} */
  const found = new Map()
  for (const one of imports) {
    const key = `${one.isLazy} ${one.name}`
    const known = found.get(key)
    if (!known) found.set(key, { ...one })
    else if (known.isBare) found.set(key, { ...one })
    else if (!one.isBare) known.names = known.names && one.names && new Set([...known.names, ...one.names])
  }
  return [...found.values()]
}

/**
 * Return what a static import or export-from takes; null for what is not understood.
 *
 * @param {string} statement
 * @returns {{ names: Set<string> | null, isBare: boolean } | null}
 */
export function clauseOf(statement) {
  const match = /^(import|export)\b\s*([^'"]*?)\s*(?:\bfrom\s*)?(?:"[^"\n]*"|'[^'\n]*')\s*;?$/.exec(statement)
  if (!match) return null
  const [, keyword, clause = ''] = match
  if (!clause) return { names: new Set(), isBare: true }
  if (clause.includes('*')) return { names: null, isBare: false }
  const names = new Set()
  const [, braces] = /\{([^}]*)\}/.exec(clause) ?? []
  if (keyword === 'import' && /^[\w$]/.test(clause)) names.add('default')
  for (const part of braces?.split(',') ?? []) {
    const [name] = part.trim().split(/\s+/)
    if (name) names.add(name)
  }
  return { names, isBare: names.size === 0 }
}
