// The values of expressions in a module that is read without running it.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  Call,
  Chain,
  Closure,
  hasUnknown,
  isRecord,
  merged,
  OPEN,
  Package,
  Pattern,
  places,
  Unknown,
} from './values.mjs'

/** @import { Scope } from './static.mjs' */
/** @import { Node } from './values.mjs' */

const PATHS = new Set(['path', 'node:path', 'path/posix'])
export const DEPTH = 60

/** @type {Record<string, (node: Node, scope: Scope) => unknown>} */
const RULES = {
  StringLiteral: ({ value }) => value,
  NumericLiteral: ({ value }) => value,
  BooleanLiteral: ({ value }) => value,
  NullLiteral: () => null,
  RegExpLiteral: ({ pattern, flags }) => new Pattern(pattern, flags),
  Identifier: ({ name }, scope) => scope.get(name),
  TSAsExpression: ({ expression }, scope) => evaluate(expression, scope),
  TSSatisfiesExpression: ({ expression }, scope) => evaluate(expression, scope),
  TSNonNullExpression: ({ expression }, scope) => evaluate(expression, scope),
  ParenthesizedExpression: ({ expression }, scope) => evaluate(expression, scope),
  AwaitExpression: ({ argument }, scope) => evaluate(argument, scope),
  ArrowFunctionExpression: (node, scope) => new Closure(node, scope),
  FunctionExpression: (node, scope) => new Closure(node, scope),
  FunctionDeclaration: (node, scope) => new Closure(node, scope),
  ObjectExpression: object,
  ArrayExpression: array,
  TemplateLiteral: template,
  BinaryExpression: binary,
  LogicalExpression: logical,
  ConditionalExpression: ({ test, consequent, alternate }, scope) =>
    evaluate(truth(evaluate(test, scope)) ? consequent : alternate, scope),
  UnaryExpression: ({ operator, argument }, scope) => {
    const value = evaluate(argument, scope)
    if (operator === '!') return value instanceof Unknown ? value : !value
    return operator === '-' && typeof value === 'number' ? -value : new Unknown(argument, scope.file)
  },
  MemberExpression: member,
  OptionalMemberExpression: member,
  CallExpression: call,
  NewExpression: constructed,
}

/**
 * Return the value of an expression; Unknown where only running it would tell.
 *
 * @param {Node} node
 * @param {Scope} scope
 * @returns {unknown}
 */
export function evaluate(node, scope) {
  const { reader } = scope
  if (reader.depth > DEPTH) return new Unknown(node, scope.file)
  reader.depth++
  try {
    const value =
      RULES[node.type]?.(node, scope) ?? (node.type in RULES ? null : new Unknown(node, scope.file))
    return value instanceof Unknown && !value.line ? new Unknown(node, scope.file) : value
  } finally {
    reader.depth--
  }
}

/** @param {unknown} value */
const truth = (value) => !(value instanceof Unknown) && Boolean(value)

/** @param {Node} node @param {Scope} scope */
function object({ properties, loc }, scope) {
  /** @type {Record<string, unknown>} */
  const made = {}
  places.set(made, { file: scope.file, line: loc?.start.line ?? 0 })
  for (const property of properties) {
    if (property.type === 'SpreadElement') {
      const value = evaluate(property.argument, scope)
      if (isRecord(value)) Object.assign(made, value)
      else if (value instanceof Unknown) Object.assign(made, { [OPEN]: value })
      continue
    }
    const key = property.computed
      ? evaluate(property.key, scope)
      : (property.key.name ?? String(property.key.value))
    if (typeof key !== 'string') continue
    made[key] =
      property.type === 'ObjectMethod' ? new Closure(property, scope) : evaluate(property.value, scope)
  }
  return made
}

/** @param {Node} node @param {Scope} scope */
function array({ elements }, scope) {
  return elements.flatMap((/** @type {Node | null} */ element) => {
    if (!element) return []
    if (element.type !== 'SpreadElement') return [evaluate(element, scope)]
    const value = evaluate(element.argument, scope)
    return Array.isArray(value) ? value : []
  })
}

/** @param {Node} node @param {Scope} scope */
function template({ quasis, expressions }, scope) {
  let text = ''
  for (const [index, quasi] of quasis.entries()) {
    text += quasi.value.cooked
    if (index >= expressions.length) continue
    const value = evaluate(expressions[index], scope)
    if (typeof value !== 'string' && typeof value !== 'number')
      return new Unknown(expressions[index], scope.file)
    text += value
  }
  return text
}

/** @param {Node} node @param {Scope} scope */
function binary({ operator, left, right }, scope) {
  const one = evaluate(left, scope)
  const other = evaluate(right, scope)
  if (one instanceof Unknown || other instanceof Unknown) return new Unknown(left, scope.file)
  if (operator === '===' || operator === '==') return one === other
  if (operator === '!==' || operator === '!=') return one !== other
  if (operator === '+') return /** @type {any} */ (one) + other
  if (operator === '*') return Number(one) * Number(other)
  if (operator === '/') return Number(one) / Number(other)
  return new Unknown(left, scope.file)
}

/** @param {Node} node @param {Scope} scope */
function logical({ operator, left, right }, scope) {
  const value = evaluate(left, scope)
  const known = value instanceof Unknown ? undefined : value
  if (operator === '&&') return known ? evaluate(right, scope) : value
  if (operator === '||') return known || evaluate(right, scope)
  return known ?? evaluate(right, scope)
}

/** @param {Node} node @param {Scope} scope */
function member(node, scope) {
  const path = nameOf(node)
  if (path === 'process.env.NODE_ENV') return scope.reader.mode
  if (path === 'import.meta.url') return pathToFileURL(scope.file).href
  if (path === 'import.meta.dirname') return dirname(scope.file)
  const name = node.computed ? evaluate(node.property, scope) : node.property.name
  return memberOf(evaluate(node.object, scope), name)
}

/**
 * @param {unknown} value
 * @param {unknown} name
 * @returns {unknown}
 */
export function memberOf(value, name) {
  if (value instanceof Package)
    return name === 'default' || name === '*' ? value : new Package(`${value.name}.${name}`)
  if (value instanceof Chain) return value.at(name)
  if (name === '*') return value
  if (isRecord(value) || Array.isArray(value)) {
    const found = /** @type {Record<string, unknown>} */ (value)[String(name)]
    return found === undefined && name === 'default' ? value : found
  }
  return new Unknown()
}

/** @param {Node} node @param {Scope} scope */
function call(node, scope) {
  const { callee } = node
  const args = () => array({ type: '', elements: node.arguments }, scope)
  const written = nameOf(callee)
  if (written === 'require' || written === 'require.resolve') return required(node, scope, written)
  if (written === 'process.cwd') return scope.reader.project
  if (written === 'JSON.stringify') {
    const [value] = args()
    return hasUnknown(value) ? new Unknown(node, scope.file) : JSON.stringify(value)
  }
  const [, about = ''] = /^Object\.(entries|fromEntries|keys|values)$/.exec(written) ?? []
  if (about) {
    const [value] = args()
    return isRecord(value) || Array.isArray(value)
      ? /** @type {any} */ (Object)[about](value)
      : new Unknown(node, scope.file)
  }
  if (written === 'Array.isArray') return Array.isArray(args()[0])
  if (written === 'Object.assign') {
    const [target, ...more] = args().filter(isRecord)
    return Object.assign(target ?? {}, ...more)
  }
  if (callee.type === 'MemberExpression' && LIST_METHODS.test(callee.property.name)) {
    const list = evaluate(callee.object, scope)
    if (Array.isArray(list)) return ofList(list, callee.property.name, args(), scope)
  }
  if (written === 'Promise.resolve') return args()[0]
  const given = evaluate(callee, scope)
  // what a module exports when that is a function
  const called = isRecord(given) && given.default instanceof Closure ? given.default : given
  if (called instanceof Closure) return scope.reader.call(called, args())
  if (called instanceof Chain) return called.called(args(), node.loc?.start.line ?? 0)
  if (called instanceof Package) return packageCall(called.name, node, scope, args())
  return new Unknown(node, scope.file)
}

const LIST_METHODS =
  /^(?:push|unshift|concat|splice|map|flatMap|filter|find|some|every|forEach|flat|slice|reduce|includes|join)$/

/**
 * A method of a list; a function that it is given is read as one that is called.
 *
 * @param {any} list
 * @param {string} method
 * @param {unknown[]} args
 * @param {Scope} scope
 */
function ofList(list, method, args, scope) {
  const [first] = args
  // the only function that is not the configuration's own: filter(Boolean)
  if (first instanceof Unknown) return method === 'filter' ? list.filter(truth) : first
  if (!(first instanceof Closure)) return list[method](...args)
  const isQuestion = /^(?:filter|find|some|every)$/.test(method)
  const given = (/** @type {unknown[]} */ ...values) => {
    const value = scope.reader.call(first, values)
    return isQuestion ? truth(value) : value
  }
  return list[method](given, ...args.slice(1))
}

/**
 * @param {string} name
 * @param {Node} node
 * @param {Scope} scope
 * @param {unknown[]} args
 */
function packageCall(name, node, scope, args) {
  const [, module = name, method = ''] = /^(.*?)\.([^.]*)$/.exec(name) ?? []
  if (PATHS.has(module) && args.every((item) => typeof item === 'string')) {
    const texts = /** @type {string[]} */ (args)
    if (method === 'resolve') return resolve(scope.reader.project, ...texts)
    if (method === 'join') return join(...texts)
    if (method === 'dirname') return dirname(texts[0] ?? '')
  }
  if (/^(?:node:)?fs$/.test(module) && typeof args[0] === 'string') {
    if (method === 'realpathSync') return args[0]
    if (method === 'existsSync') return existsSync(args[0])
  }
  if (method === 'fileURLToPath' && /url$/.test(module)) {
    const text = String(isRecord(args[0]) ? args[0].href : (args[0] ?? ''))
    return text.startsWith('file:') ? fileURLToPath(text) : new Unknown(node, scope.file)
  }
  const merges = module === 'webpack-merge' || name === 'webpack-merge' || /^merge(?:Config)?$/.test(method)
  if (merges && args.every(isRecord)) return merged(.../** @type {Record<string, unknown>[]} */ (args))
  // defineConfig and its like return what they are given
  if (/^(?:define|merge)Config$/.test(method)) {
    return args[0] instanceof Closure ? scope.reader.configured(args[0]) : args[0]
  }
  return new Call(name, args, node.loc?.start.line ?? 0)
}

/** @param {Node} node @param {Scope} scope */
function constructed(node, scope) {
  const written = nameOf(node.callee)
  const args = array({ type: '', elements: node.arguments }, scope)
  if (written === 'URL' && args.every((/** @type {unknown} */ item) => typeof item === 'string')) {
    const { href, pathname } = new URL(String(args[0]), args[1])
    return { href, pathname: href.startsWith('file:') ? fileURLToPath(href) : pathname, toString: href }
  }
  const called = evaluate(node.callee, scope)
  const name = called instanceof Package ? called.name : written
  return new Call(name, args, node.loc?.start.line ?? 0)
}

/** @param {Node} node @param {Scope} scope @param {string} written */
function required(node, scope, written) {
  const name = evaluate(node.arguments[0], scope)
  if (typeof name !== 'string') return new Unknown(node, scope.file)
  if (written === 'require') return scope.reader.load(name, scope.file)
  return name.startsWith('.') ? resolve(dirname(scope.file), name) : name
}

/** The path of a.b.c as it is written; '' for anything else. @param {Node} node @returns {string} */
export function nameOf(node) {
  if (node.type === 'Identifier') return node.name
  if (node.type === 'MetaProperty') return 'import.meta'
  if (node.type !== 'MemberExpression' || node.computed) return ''
  const object = nameOf(node.object)
  return object && `${object}.${node.property.name}`
}
