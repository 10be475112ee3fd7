// Imports of SVG files that mean a component: { ReactComponent }, and a default import that is used as a tag.
import { dotted, walk } from './syntax.mjs'

/** @import * as Babel from '@babel/types' */
/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

const COMPONENT_PROPS = new Set(['component', 'icon', 'as', 'is'])

/**
 * @param {Rewriter} rewriter
 * @param {Babel.ImportDeclaration | Babel.ExportNamedDeclaration} node
 * @param {Node[]} _around
 * @param {Babel.Program} program
 */
export function svgImport(rewriter, node, _around, program) {
  const { source, specifiers } = node
  if (!source || !/\.svg$/i.test(source.value)) return
  const taken = specifiers.map((one) => nameOf(one))
  if (taken.includes('ReactComponent')) {
    rewriter.replace(source, JSON.stringify(`${source.value}?svgr`))
    return
  }
  const byDefault = specifiers.find((one) => one.type === 'ImportDefaultSpecifier')
  if (!byDefault) return
  if (isTag(rewriter, byDefault.local.name, program))
    rewriter.replace(source, JSON.stringify(`${source.value}?react`))
}

/**
 * require('./a.svg').ReactComponent, also taken out of it by a pattern.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 * @param {Node[]} around
 */
export function svgRequire(rewriter, node, around) {
  const [first] = node.arguments
  if (dotted(node.callee) !== 'require' || first?.type !== 'StringLiteral' || !/\.svg$/i.test(first.value))
    return
  const outer = around.at(-1)
  const isMember =
    outer?.type === 'MemberExpression' &&
    outer.property.type === 'Identifier' &&
    outer.property.name === 'ReactComponent'
  const pattern =
    outer?.type === 'VariableDeclarator' && outer.id.type === 'ObjectPattern' ? outer.id.properties : []
  const isTaken = pattern.some((one) => one.type === 'ObjectProperty' && textOf(one.key) === 'ReactComponent')
  if (isMember || isTaken) rewriter.replace(first, JSON.stringify(`${first.value}?svgr`))
}

/** @param {Node} specifier */
function nameOf(specifier) {
  if (specifier.type === 'ImportSpecifier') return textOf(specifier.imported)
  return specifier.type === 'ExportSpecifier' ? textOf(specifier.local) : ''
}

/** @param {Node} node */
const textOf = (node) =>
  node.type === 'Identifier' ? node.name : node.type === 'StringLiteral' ? node.value : ''

/**
 * Tell whether a name is used where only a component can be: an address as a tag is dead.
 *
 * @param {Rewriter} rewriter
 * @param {string} name
 * @param {Babel.Program} program
 */
function isTag(rewriter, name, program) {
  let found = false
  walk(rewriter.shared.tools, program, (node) => {
    if (node.type === 'JSXOpeningElement')
      found ||= node.name.type === 'JSXIdentifier' && node.name.name === name
    if (node.type === 'JSXAttribute') found ||= isComponentProp(node, name)
    if (node.type !== 'CallExpression' || !/(?:^|\.)createElement$/.test(dotted(node.callee))) return
    const [first] = node.arguments
    found ||= first?.type === 'Identifier' && first.name === name
  })
  return found
}

/**
 * @param {Babel.JSXAttribute} node
 * @param {string} name
 */
function isComponentProp({ name: prop, value }, name) {
  if (prop.type !== 'JSXIdentifier' || !COMPONENT_PROPS.has(prop.name)) return false
  if (value?.type !== 'JSXExpressionContainer') return false
  return value.expression.type === 'Identifier' && value.expression.name === name
}
