// Read values out of JavaScript without running it: literals, paths, spreads, local modules, choices by mode.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DEPTH, evaluate, memberOf, nameOf } from './expressions.mjs'
import { Closure, isRecord, Package, Unknown } from './values.mjs'

/** @import { Tools } from './tools.mjs' */
/** @import { Node } from './values.mjs' */

const SUFFIXES = ['', '.js', '.ts', '.cjs', '.mjs', '.json', '/index.js', '/index.ts']

/** Names of one module, evaluated when they are asked for. */
export class Scope {
  /**
   * @param {Reader} reader
   * @param {string} file
   * @param {Scope | null} parent
   */
  constructor(reader, file, parent = null) {
    this.reader = reader
    this.file = file
    this.parent = parent
    /** @type {Map<string, () => unknown>} */
    this.names = new Map()
  }

  /** @param {string} name @returns {unknown} */
  get(name) {
    const found = this.names.get(name)
    if (found) return found()
    if (this.parent) return this.parent.get(name)
    if (name === '__dirname') return dirname(this.file)
    if (name === '__filename') return this.file
    if (name === 'undefined') return undefined
    return new Unknown()
  }
}

/** Reads the modules of one project; mode is "development" or "production", env the variables it is read with. */
export class Reader {
  /**
   * @param {Tools} tools
   * @param {string} project
   * @param {string} mode
   */
  constructor(tools, project, mode) {
    this.parser = tools.load('@babel/parser')
    this.project = project
    this.mode = mode
    /** @type {Map<string, Record<string, unknown>>} */
    this.modules = new Map()
    this.depth = 0
  }

  /**
   * Return the default export of a module (or module.exports), called as tools call a configuration that is a
   * function.
   *
   * @param {string} file
   * @returns {unknown}
   */
  configuration(file) {
    const value = this.exportsOf(file).default
    return value instanceof Closure ? this.configured(value) : value
  }

  /**
   * Call a configuration that is a function as webpack and Vite do.
   *
   * @param {Closure} closure
   * @returns {unknown}
   */
  configured(closure) {
    const { mode } = this
    const production = mode === 'production'
    const env = { mode, command: production ? 'build' : 'serve', env: mode, production }
    return this.call(closure, [env, { mode, env: {} }])
  }

  /**
   * Return what a module exports: {default, name…}; JSON with comments is a module too.
   *
   * @param {string} file
   * @returns {Record<string, unknown>}
   */
  exportsOf(file) {
    const known = this.modules.get(file)
    if (known) return known
    /** @type {Record<string, unknown>} */
    const exported = {}
    this.modules.set(file, exported)
    const source = readFileSync(file, 'utf8')
    const scope = new Scope(this, file)
    if (/\.json$|rc$/.test(file)) {
      exported.default = evaluate(/** @type {Node} */ (this.parser.parseExpression(source || '{}')), scope)
      return exported
    }
    const language = /\.[cm]?ts$/.test(file) ? 'typescript' : 'jsx'
    const { program } = this.parser.parse(source, {
      sourceType: 'unambiguous',
      errorRecovery: true,
      allowReturnOutsideFunction: true,
      plugins: [language, 'decorators-legacy'],
    })
    const body = /** @type {Node[]} */ (program.body)
    hoist(body, scope)
    for (const statement of body) exporting(statement, scope, exported)
    return exported
  }

  /**
   * Return what a module of the project exports; a package is not read.
   *
   * @param {string} name
   * @param {string} from - File that asks for it.
   * @returns {unknown}
   */
  load(name, from) {
    if (!/^[./]/.test(name)) return new Package(name.replace(/^node:(?=path|url)/, ''))
    const base = resolve(dirname(from), name)
    const file = SUFFIXES.map((suffix) => base + suffix).find(
      (path) => existsSync(path) && statSync(path).isFile(),
    )
    return file && !file.includes('node_modules') ? this.exportsOf(file) : new Unknown()
  }

  /**
   * @param {Closure} closure
   * @param {unknown[]} args
   * @returns {unknown}
   */
  call({ node, scope }, args) {
    if (this.depth > DEPTH) return new Unknown(node, scope.file)
    this.depth++
    try {
      const inner = new Scope(this, scope.file, scope)
      node.params.forEach((/** @type {Node} */ param, /** @type {number} */ index) => {
        if (param.type === 'RestElement') bind(param.argument, () => args.slice(index), inner)
        else bind(param, () => args[index], inner)
      })
      if (node.body.type !== 'BlockStatement') return evaluate(node.body, inner)
      const returned = run(node.body.body, inner)
      return returned ? returned.value : undefined
    } finally {
      this.depth--
    }
  }
}

/**
 * Declare the names of statements; their values are evaluated when they are asked for.
 *
 * @param {Node[]} body
 * @param {Scope} scope
 */
function hoist(body, scope) {
  for (const item of body) {
    const statement = item.type === 'ExportNamedDeclaration' && item.declaration ? item.declaration : item
    if (statement.type === 'FunctionDeclaration') {
      scope.names.set(statement.id.name, () => new Closure(statement, scope))
    } else if (statement.type === 'VariableDeclaration') {
      for (const { id, init } of statement.declarations) {
        bind(
          id,
          once(() => (init ? evaluate(init, scope) : undefined)),
          scope,
        )
      }
    } else if (statement.type === 'ImportDeclaration') {
      const module = once(() => scope.reader.load(statement.source.value, scope.file))
      for (const { type, local, imported } of statement.specifiers) {
        const name = type === 'ImportDefaultSpecifier' ? 'default' : (imported?.name ?? imported?.value)
        scope.names.set(local.name, () =>
          memberOf(module(), type === 'ImportNamespaceSpecifier' ? '*' : name),
        )
      }
    }
  }
}

/**
 * @param {Node} statement
 * @param {Scope} scope
 * @param {Record<string, unknown>} exported
 */
function exporting(statement, scope, exported) {
  if (statement.type === 'ExportDefaultDeclaration') {
    exported.default = evaluate(statement.declaration, scope)
  } else if (statement.type === 'ExportNamedDeclaration') {
    const { declaration, specifiers } = statement
    const ids = declaration?.declarations?.map((/** @type {Node} */ item) => item.id) ?? [declaration?.id]
    for (const id of ids) if (id?.name) exported[id.name] = scope.get(id.name)
    for (const { local, exported: as } of specifiers) exported[as.name ?? as.value] = scope.get(local.name)
  } else if (!/Declaration$/.test(statement.type)) {
    run([statement], scope, exported)
  }
}

/**
 * @param {Node} left
 * @param {Node} right
 * @param {Scope} scope
 * @param {Record<string, unknown>} exported
 */
function exportAs(left, right, scope, exported) {
  const path = nameOf(left)
  if (path === 'module.exports') {
    const value = evaluate(right, scope)
    if (isRecord(value)) Object.assign(exported, value)
    exported.default = value
    return true
  }
  if (!/^(?:module\.)?exports\.\w+$/.test(path)) return false
  const name = path.split('.').pop() ?? ''
  exported[name] = evaluate(right, scope)
  if (name !== 'default' && !('default' in exported)) exported.default = exported
  return true
}

/**
 * Run statements until one returns; {value} of it.
 *
 * @param {Node[]} body
 * @param {Scope} scope
 * @param {Record<string, unknown> | null} [exported] - Of a module, outside of its functions.
 * @returns {{ value: unknown } | null}
 */
function run(body, scope, exported = null) {
  hoist(body, scope)
  for (const statement of body) {
    if (statement.type === 'ReturnStatement') {
      return { value: statement.argument ? evaluate(statement.argument, scope) : undefined }
    }
    if (statement.type === 'BreakStatement') return null
    if (statement.type === 'ExpressionStatement') {
      const { expression } = statement
      const { left, right } = expression
      if (expression.type !== 'AssignmentExpression') evaluate(expression, scope)
      else if (!exported || !exportAs(left, right, scope, exported)) assign(left, right, scope)
    }
    for (const [inner, where] of within(statement, scope)) {
      const returned = run(inner, where, exported)
      if (returned) return returned
    }
  }
  return null
}

/**
 * Return the statements in a statement that are run, each list with its names: a branch, the rounds of a loop.
 *
 * @param {Node} statement
 * @param {Scope} scope
 * @returns {[Node[], Scope][]}
 */
function within(statement, scope) {
  const list = (/** @type {Node | null} */ node) =>
    node?.type === 'BlockStatement' ? node.body : node ? [node] : []
  if (statement.type === 'IfStatement') {
    const test = evaluate(statement.test, scope)
    const isTrue = Boolean(test) && !(test instanceof Unknown)
    return [[list(isTrue ? statement.consequent : statement.alternate), scope]]
  }
  if (statement.type === 'TryStatement' || statement.type === 'BlockStatement')
    return [[list(statement.block ?? statement), scope]]
  if (statement.type === 'SwitchStatement') {
    const value = evaluate(statement.discriminant, scope)
    const { cases } = statement
    const found = cases.findIndex((/** @type {Node} */ { test }) => test && evaluate(test, scope) === value)
    const start = found < 0 ? cases.findIndex((/** @type {Node} */ { test }) => !test) : found
    const inner = start < 0 ? [] : cases.slice(start).flatMap((/** @type {Node} */ one) => one.consequent)
    return [
      [inner.flatMap((/** @type {Node} */ one) => (one.type === 'BlockStatement' ? one.body : [one])), scope],
    ]
  }
  if (statement.type !== 'ForOfStatement' && statement.type !== 'ForInStatement') return []
  const all = evaluate(statement.right, scope)
  const values =
    statement.type === 'ForInStatement' && isRecord(all) ? Object.keys(all) : Array.isArray(all) ? all : []
  return values.map((value) => {
    const inner = new Scope(scope.reader, scope.file, scope)
    const [{ id } = { id: statement.left }] = statement.left.declarations ?? []
    bind(id, () => value, inner)
    return [list(statement.body), inner]
  })
}

/**
 * @param {Node} left
 * @param {Node} right
 * @param {Scope} scope
 */
function assign(left, right, scope) {
  if (left.type !== 'MemberExpression') return
  const target = evaluate(left.object, scope)
  const name = left.computed ? evaluate(left.property, scope) : left.property.name
  if (isRecord(target) && typeof name === 'string') target[name] = evaluate(right, scope)
}

/**
 * @param {Node} pattern
 * @param {() => unknown} value
 * @param {Scope} scope
 */
function bind(pattern, value, scope) {
  if (pattern.type === 'Identifier') scope.names.set(pattern.name, value)
  else if (pattern.type === 'AssignmentPattern') {
    bind(pattern.left, () => value() ?? evaluate(pattern.right, scope), scope)
  } else if (pattern.type === 'ObjectPattern') {
    const keys = pattern.properties.map((/** @type {Node} */ { key }) => key?.name ?? key?.value)
    for (const { type, key, value: inner, argument } of pattern.properties) {
      if (type === 'ObjectProperty') bind(inner, () => memberOf(value(), key.name ?? key.value), scope)
      else bind(argument, () => without(value(), keys), scope)
    }
  } else if (pattern.type === 'ArrayPattern') {
    for (const [index, inner] of pattern.elements.entries()) {
      if (inner?.type === 'RestElement') {
        bind(inner.argument, () => /** @type {unknown[]} */ ([value()].flat()).slice(index), scope)
      } else if (inner) bind(inner, () => memberOf(value(), index), scope)
    }
  }
}

/** @param {unknown} value @param {unknown[]} keys */
function without(value, keys) {
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

/** @param {() => unknown} make */
function once(make) {
  /** @type {{ value: unknown } | null} */
  let made = null
  let busy = false
  return () => {
    if (made) return made.value
    if (busy) return new Unknown()
    busy = true
    made = { value: make() }
    return made.value
  }
}
