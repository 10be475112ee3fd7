// Parsing of scripts that hold a construct esbuild does not know, and the small questions that are asked of a tree.

/** @import { ParserPlugin } from '@babel/parser' */
/** @import * as Babel from '@babel/types' */
/** @import { Tools } from './tools.mjs' */

/** @typedef {Babel.Node} Node */
/** What a constant expression is; null stands for a part that is known only at run time.
 * @typedef {(string | null)[]} Pieces */

/**
 * Parse a script; null when it has an error, which esbuild then tells in its own words.
 *
 * @param {Tools} tools
 * @param {string} code
 * @param {string} loader
 */
export function parse(tools, code, loader) {
  /** @type {ParserPlugin[]} */
  const plugins = ['decorators-legacy', 'explicitResourceManagement', 'exportDefaultFrom']
  if (loader !== 'ts') plugins.push('jsx')
  if (loader === 'ts' || loader === 'tsx') plugins.push('typescript')
  try {
    return tools.load('@babel/parser').parse(code, {
      sourceType: 'unambiguous',
      plugins,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      allowSuperOutsideMethod: true,
      allowUndeclaredExports: true,
    })
  } catch {
    return null
  }
}

/**
 * Call enter for every node, outermost first, with what stands around it (the nearest last).
 *
 * @param {Tools} tools
 * @param {Node} tree
 * @param {(node: Node, around: Node[]) => void} enter
 */
export function walk(tools, tree, enter) {
  /** @type {Node[]} */
  const around = []
  tools.load('estree-walker').walk(/** @type {any} */ (tree), {
    enter(node) {
      enter(/** @type {any} */ (node), around)
      around.push(/** @type {any} */ (node))
    },
    leave() {
      around.pop()
    },
  })
}

/**
 * Tell whether a name is the global one here: no function around it has a parameter of that name, and no block a
 * declaration.
 *
 * @param {string} name
 * @param {Node[]} around
 */
export function isGlobal(name, around) {
  return !around.some((node) => declares(node, name))
}

/**
 * @param {Node} node
 * @param {string} name
 * @returns {boolean}
 */
function declares(node, name) {
  if ('params' in node && Array.isArray(node.params) && node.params.some((one) => binds(one, name)))
    return true
  if (node.type !== 'Program' && node.type !== 'BlockStatement') return false
  return node.body.some((statement) => {
    const inner =
      statement.type === 'ExportNamedDeclaration' && statement.declaration ? statement.declaration : statement
    if ('declare' in inner && inner.declare) return false // TypeScript's word on a name from elsewhere
    if (inner.type === 'VariableDeclaration') return inner.declarations.some(({ id }) => binds(id, name))
    if (inner.type === 'ImportDeclaration') return inner.specifiers.some(({ local }) => local.name === name)
    const isNamed = inner.type === 'FunctionDeclaration' || inner.type === 'ClassDeclaration'
    return isNamed && inner.id?.name === name
  })
}

/**
 * @param {Node | null} pattern
 * @param {string} name
 * @returns {boolean}
 */
function binds(pattern, name) {
  if (!pattern) return false
  if (pattern.type === 'Identifier') return pattern.name === name
  if (pattern.type === 'ObjectPattern') return pattern.properties.some((one) => binds(one, name))
  if (pattern.type === 'ObjectProperty') return binds(pattern.value, name)
  if (pattern.type === 'ArrayPattern') return pattern.elements.some((one) => binds(one, name))
  if (pattern.type === 'AssignmentPattern') return binds(pattern.left, name)
  return pattern.type === 'RestElement' && binds(pattern.argument, name)
}

/**
 * Return the dotted name of an expression (`import.meta.glob`, `require.context`); '' for any other.
 *
 * @param {Node} node
 * @returns {string}
 */
export function dotted(node) {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`
  if (node.type !== 'MemberExpression' && node.type !== 'OptionalMemberExpression') return ''
  const inner = dotted(bare(node.object))
  if (!inner) return ''
  if (!node.computed && node.property.type === 'Identifier') return `${inner}.${node.property.name}`
  return node.computed && node.property.type === 'StringLiteral' ? `${inner}.${node.property.value}` : ''
}

/**
 * Return the expression without parentheses and types.
 *
 * @param {Node} node
 * @returns {Node}
 */
export function bare(node) {
  const isWrapped =
    node.type === 'ParenthesizedExpression' ||
    node.type === 'TSAsExpression' ||
    node.type === 'TSSatisfiesExpression' ||
    node.type === 'TSNonNullExpression' ||
    node.type === 'TSTypeAssertion'
  return isWrapped ? bare(node.expression) : node
}

/**
 * Return the value of an expression of literals.
 *
 * Errors: NotConstantError at the part that is no literal.
 *
 * @param {Node} given
 * @returns {unknown}
 */
export function constantOf(given) {
  const node = bare(given)
  if (node.type === 'StringLiteral' || node.type === 'BooleanLiteral' || node.type === 'NumericLiteral')
    return node.value
  if (node.type === 'NullLiteral') return null
  if (node.type === 'RegExpLiteral') return new RegExp(node.pattern, node.flags.replace(/[gy]/g, ''))
  if (node.type === 'UnaryExpression' && node.operator === '!') return !constantOf(node.argument)
  if (node.type === 'ArrayExpression') return node.elements.map((one) => (one ? constantOf(one) : undefined))
  if (node.type === 'ObjectExpression') return Object.fromEntries(node.properties.map(entryOf))
  if (node.type === 'NewExpression' && dotted(node.callee) === 'RegExp') {
    const [pattern, flags = ''] = node.arguments.map(constantOf)
    return new RegExp(/** @type {string} */ (pattern), String(flags).replace(/[gy]/g, ''))
  }
  const pieces = piecesOf(node)
  if (pieces.length && pieces.every((piece) => piece !== null)) return pieces.join('')
  throw new NotConstantError(node)
}

/** @param {Node} property */
function entryOf(property) {
  if (property.type !== 'ObjectProperty' || property.computed) throw new NotConstantError(property)
  const { key, value } = property
  const name = key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value : ''
  return [name, constantOf(value)]
}

/** A part of an expression is not a literal. */
export class NotConstantError extends Error {
  /** @param {Node} node */
  constructor(node) {
    super('not a literal')
    this.node = node
  }
}

/**
 * Return the pieces of a text: of a template literal, a concatenation or `.concat`.
 *
 * @param {Node} given
 * @returns {Pieces}
 */
export function piecesOf(given) {
  const node = bare(given)
  if (node.type === 'StringLiteral') return [node.value]
  if (node.type === 'TemplateLiteral') {
    return node.quasis.flatMap((quasi, index) => {
      const next = node.expressions[index]
      return [quasi.value.cooked ?? '', ...(next ? piecesOf(next) : [])]
    })
  }
  if (node.type === 'BinaryExpression' && node.operator === '+')
    return [...piecesOf(node.left), ...piecesOf(node.right)]
  if (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    node.callee.property.type === 'Identifier' &&
    node.callee.property.name === 'concat'
  ) {
    const head = piecesOf(node.callee.object)
    if (head.some((piece) => piece !== null)) return [...head, ...node.arguments.flatMap(piecesOf)]
  }
  return [null]
}
