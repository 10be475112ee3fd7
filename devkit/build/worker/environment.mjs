// Variables that a script reads of process.env and import.meta.env, and that nothing has set.
import { dotted } from './syntax.mjs'

/** @import * as Babel from '@babel/types' */
/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

/** What the build sets by itself. */
const BUILT_IN = new Set(['NODE_ENV', 'MODE', 'DEV', 'PROD', 'BASE_URL', 'PUBLIC_URL', 'SSR'])

/**
 * Warn of an unknown variable, and of import.meta.url where it cannot be what is meant.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.MemberExpression} node
 * @param {Node[]} around
 */
export function member(rewriter, node, around) {
  const name = dotted(node)
  if (name === 'import.meta.url') {
    rewriter.say({
      text: "import.meta.url is the page's own address in a panel, which is one script.",
      hint: "The address of a file is new URL('./file.svg', import.meta.url), written in one expression.",
      severity: 'warning',
      node,
    })
  }
  const [, variable] = /^(?:process|import\.meta)\.env\.([^.]+)$/.exec(name) ?? []
  const { env, define } = rewriter.shared.options
  if (!variable || BUILT_IN.has(variable) || Object.hasOwn(env, variable)) return
  if (Object.hasOwn(define, name) || isExpected(node, around)) return
  rewriter.say({
    text: `${name} is not set: it is undefined in the panel.`,
    hint: `Set it in .env, as ${variable}=…; only names that start with PANEL_ (env_prefix), VITE_, REACT_APP_ or VUE_APP_ are read.`,
    severity: 'warning',
    node,
  })
}

/**
 * Tell whether the script is ready for a variable without a value, or sets it.
 *
 * @param {Node} node
 * @param {Node[]} around
 */
function isExpected(node, around) {
  const outer = around.at(-1)
  if (outer?.type === 'LogicalExpression') return outer.operator !== '&&' && outer.left === node
  if (outer?.type === 'AssignmentExpression') return outer.left === node
  return outer?.type === 'UnaryExpression' && outer.operator === 'typeof'
}
