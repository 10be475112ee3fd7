// What the imports of a script take.

import { basename, extname } from 'node:path'

/** @import { Import, Made } from './script.mjs' */

/** @param {Import} one */
export const keyOf = ({ isLazy, isCall, name }) => `${isLazy} ${isCall} ${name}`

/**
 * One entry for each name, as a script may import a module in several statements.
 *
 * @param {Import[]} imports
 */
export function merged(imports) {
  /** @type {Map<string, Import>} */
  const found = new Map()
  for (const one of imports) {
    const key = keyOf(one)
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

/**
 * Return a name that one module imports and the other lacks, "" when there is none.
 *
 * @param {Made} importer
 * @param {Made} target
 * @param {string | undefined} original
 */
export function missingName(importer, target, original) {
  if (target.passesOn) return ''
  const isTypeScript = /^\.[cm]?tsx?$/.test(extname(importer.path))
  for (const { name, names } of importer.imports) {
    if (name !== original) continue
    for (const one of names ?? []) {
      if (!target.exports.has(one) && !(isTypeScript && importer.exports.has(one))) return one
    }
  }
  return ''
}

/**
 * Say which name is imported that is not there, which esbuild is to explain; "" when all are.
 *
 * @param {import('esbuild').Metafile} metafile
 * @param {(id: string) => Made | null} madeOf
 */
export function missingIn({ inputs }, madeOf) {
  for (const [id, { imports }] of Object.entries(inputs)) {
    const importer = madeOf(id)
    if (!importer) continue
    for (const { path, original } of imports) {
      const target = madeOf(path)
      const name = target ? missingName(importer, target, original) : ''
      if (name) return `${name} is not in ${basename(path)}`
    }
  }
  return ''
}
