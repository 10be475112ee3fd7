// Globals of Node and of webpack's own output, which a panel does not have.
import { isGlobal } from './syntax.mjs'
import { asking, isReference, isTried } from './too_new_scripts.mjs'

/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

/** {name: what to write}. @type {Record<string, string>} */
const HINTS = {
  process:
    'Only process.env is there: leave the rest out, or import it from a package (npm install process).',
  Buffer: "Use Uint8Array and TextEncoder, or import { Buffer } from 'buffer' (npm install buffer).",
  setImmediate: 'Write setTimeout(f, 0).',
  clearImmediate: 'Write clearTimeout(…).',
  define: 'Write import and export: modules of AMD are not read.',
  System: 'Write import().',
  __webpack_hash__: "It is a part of webpack's own output: leave it out.",
  __webpack_modules__: "It is a part of webpack's own output: leave it out.",
  __resourceQuery: "It is a part of webpack's own output: leave it out.",
}

/**
 * Warn of the first use of such a name, where nothing asks for it before or provides it.
 *
 * @param {Rewriter} rewriter
 * @param {import('@babel/types').Identifier} node
 * @param {Node[]} around
 */
export function nodeGlobal(rewriter, node, around) {
  const { name } = node
  if (!Object.hasOwn(HINTS, name) || rewriter.script.isPackage || rewriter.missing.has(name)) return
  const outer = around.at(-1)
  const member =
    outer?.type === 'MemberExpression' && outer.object === node && outer.property.type === 'Identifier'
      ? outer.property.name
      : ''
  if (name === 'process' && (!member || /^(?:env|browser)$/.test(member))) return
  if (name === 'System' && member !== 'import') return
  if (name === 'define' && !(outer?.type === 'CallExpression' && outer.callee === node)) return
  if (!isReference(node, outer) || !isGlobal(name, around) || isTried(around)) return
  const { options, found } = rewriter.shared
  const given = [...Object.keys(options.define), ...Object.keys(found.provided)]
  if (given.includes(name) || given.includes(`${name}.${member}`) || asking(name).test(rewriter.script.code))
    return
  rewriter.missing.add(name)
  rewriter.say({
    text: `${member ? `${name}.${member}` : name} is not there in a panel: using it throws.`,
    hint: HINTS[name],
    severity: 'warning',
    node,
  })
}
