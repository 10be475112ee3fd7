// Variables that a script reads of process.env and import.meta.env, and that nothing has set.
import { ASSETS } from './context.mjs'
import { dotted } from './syntax.mjs'

/** @import * as Babel from '@babel/types' */
/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

/** What the build sets by itself. */
const BUILT_IN = new Set(['NODE_ENV', 'MODE', 'DEV', 'PROD', 'BASE_URL', 'PUBLIC_URL', 'SSR'])

const UNCALLED = new Set(['require.context', 'import.meta.glob'])

/**
 * Warn of an unknown variable, and of import.meta.url where it cannot be what is meant.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.MemberExpression} node
 * @param {Node[]} around
 */
export function member(rewriter, node, around) {
  if (defaultOfAsset(rewriter, node)) return
  const name = dotted(node)
  if (UNCALLED.has(name) && isTaken(node, around)) {
    rewriter.say({
      text: `${name} has to be called where it stands: what it finds is put into the panel when it is built.`,
      hint: `Write ${name}(…) with literals in place of a name for it.`,
      node,
    })
  }
  if (name === 'import.meta.url') {
    rewriter.say({
      text: "import.meta.url is the page's own address in a panel, which is one script.",
      hint: "The address of a file is new URL('./file.svg', import.meta.url), written in one expression.",
      severity: 'warning',
      node,
    })
  }
  const [, variable] = /^(?:process|import\.meta)\.env\.([^.]+)$/.exec(name) ?? []
  if (variable && !isExpected(node, around)) unset(rewriter, name, variable, node)
}

/**
 * Warn of an unknown variable that a pattern takes: const { VITE_A } = import.meta.env.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.VariableDeclarator} node
 */
export function taken(rewriter, { id, init }) {
  const from = init ? dotted(init) : ''
  if (id.type !== 'ObjectPattern' || !/^(?:process|import\.meta)\.env$/.test(from)) return
  for (const one of id.properties) {
    if (
      one.type !== 'ObjectProperty' ||
      one.key.type !== 'Identifier' ||
      one.value.type === 'AssignmentPattern'
    )
      continue
    unset(rewriter, `${from}.${one.key.name}`, one.key.name, one)
  }
}

/**
 * @param {Rewriter} rewriter
 * @param {string} name
 * @param {string} variable
 * @param {Node} node
 */
function unset(rewriter, name, variable, node) {
  const { env, define } = rewriter.shared.options
  if (BUILT_IN.has(variable) || Object.hasOwn(env, variable) || Object.hasOwn(define, name)) return
  rewriter.say({
    text: `${name} is not set: it is undefined in the panel.`,
    hint: `Set it in .env, as ${variable}=…; only names that start with PANEL_ (env_prefix), VITE_, REACT_APP_ or VUE_APP_ are read.`,
    severity: 'warning',
    node,
  })
}

/**
 * An asset is its address, where file-loader made it an object with one: require('./a.png').default.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.MemberExpression} node
 */
function defaultOfAsset(rewriter, { object, property, end }) {
  if (property.type !== 'Identifier' || property.name !== 'default') return false
  if (object.type !== 'CallExpression' || dotted(object.callee) !== 'require') return false
  const [first] = object.arguments
  if (first?.type !== 'StringLiteral' || !ASSETS.test(first.value)) return false
  rewriter.text.remove(Number(object.end), Number(end))
  return true
}

/**
 * Tell whether a construct is given to something: a call of it has been dealt with, and a test of it is harmless.
 *
 * @param {Node} node
 * @param {Node[]} around
 */
function isTaken(node, around) {
  const outer = around.at(-1)
  if (outer?.type === 'CallExpression' || outer?.type === 'OptionalCallExpression')
    return outer.callee !== node
  return !['UnaryExpression', 'LogicalExpression', 'IfStatement', 'MemberExpression'].includes(
    outer?.type ?? '',
  )
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
