// Calls: require.context, import.meta.glob, and import() and require() of more than a literal.
import { relative } from 'node:path'
import { contextName, contextOf, globModule } from './context.mjs'
import { folderOf, toPosix } from './folders.mjs'
import { bare, constantOf, dotted, isGlobal, NotConstantError, piecesOf } from './syntax.mjs'
import { noFile } from './urls.mjs'

/** @import * as Babel from '@babel/types' */
/** @import { ContextSpec, GlobSpec } from './context.mjs' */
/** @import { Rewriter } from './rewrite.mjs' */
/** @import { Node } from './syntax.mjs' */

const DEFAULT_CONTEXT = /^\.\/.*$/
const MODES = new Set(['sync', 'eager', 'lazy', 'lazy-once', 'weak', 'async-weak'])

/** {callee: what is done with its call}.
 * @type {Record<string, (rewriter: Rewriter, node: Babel.CallExpression, around: Node[]) => void>} */
const CALLS = {
  'require.context': requireContext,
  'import.meta.webpackContext': webpackContext,
  'import.meta.glob': glob,
  'import.meta.globEager': glob,
  'require.resolve': resolved,
  'require.resolveWeak': resolved,
  'require.ensure': ensure,
  importScripts,
  require: open,
}

/**
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 * @param {Node[]} around
 */
export function call(rewriter, node, around) {
  if (node.callee.type === 'Import') {
    open(rewriter, node, around)
    return
  }
  const called = dotted(node.callee)
  const name = rewriter.renamed.has(called) ? 'require' : called
  const handle = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined
  if (!handle || (name.startsWith('require') && !isGlobal('require', around))) return
  try {
    handle(rewriter, node, around)
  } catch (error) {
    if (!(error instanceof NotConstantError)) throw error
    const said = error.node.type === 'Identifier' ? ` (${error.node.name})` : ''
    rewriter.say({
      text: `${name}() takes literals only: what it finds is put into the panel when it is built, and this argument${said} is known only at run time.`,
      hint: HINTS[name] ?? 'Write the argument as a literal.',
      node: error.node,
    })
  }
}

/** @type {Record<string, string>} */
const HINTS = {
  'require.context': "Write the arguments out, as in require.context('./icons', true, /\\.svg$/).",
  'import.meta.glob': "Write the patterns out, as in import.meta.glob('./pages/*.jsx').",
  'import.meta.globEager':
    "Write the patterns out, as in import.meta.glob('./pages/*.jsx', { eager: true }).",
}

/** @param {Rewriter} rewriter @param {Babel.CallExpression} node */
function importScripts(rewriter, node) {
  const file = node.arguments.find(
    (one) => one.type === 'StringLiteral' && !/^(?:[a-z]+:|\/\/)/.test(one.value),
  )
  if (file) noFile(rewriter, node, file, 'importScripts')
}

/** @param {Rewriter} rewriter @param {Babel.CallExpression} node */
function requireContext(rewriter, node) {
  const [request, recursive = true, wanted = DEFAULT_CONTEXT, mode = 'sync'] = node.arguments.map(constantOf)
  context(rewriter, node, { request, recursive, wanted, mode })
}

/** @param {Rewriter} rewriter @param {Babel.CallExpression} node */
function webpackContext(rewriter, node) {
  const [request, given] = node.arguments.map(constantOf)
  const options = /** @type {Record<string, any>} */ (given ?? {})
  const { recursive = true, regExp: wanted = DEFAULT_CONTEXT, mode = 'sync', include, exclude } = options
  context(rewriter, node, { request, recursive, wanted, mode, include, exclude })
}

/**
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 * @param {Record<string, any>} given
 */
function context(rewriter, node, { request, recursive, wanted, mode, include, exclude }) {
  const name = dotted(node.callee)
  const [first] = node.arguments
  if (typeof request !== 'string' || !(wanted instanceof RegExp) || !MODES.has(mode)) {
    const text = `${name}() takes a folder, whether to look below it, a regular expression, and a mode of ${[...MODES].join(', ')}.`
    rewriter.say({ text, hint: HINTS['require.context'], node })
    return
  }
  const { shared, from } = rewriter
  const folder = folderOf(request, from, shared)
  if (!folder) {
    rewriter.say({
      text: `${name}() looks into ${JSON.stringify(request)}, which is no folder.`,
      hint: 'Check the spelling of the path, upper and lower case, and the aliases.',
      node: first ?? node,
    })
    return
  }
  const spec = { folder, recursive: Boolean(recursive), wanted, mode, include, exclude }
  replaceByContext(rewriter, node, { ...spec, wrapped: rewriter.wrapped })
}

/**
 * @param {Rewriter} rewriter
 * @param {Node} node
 * @param {ContextSpec} spec
 */
function replaceByContext(rewriter, node, spec) {
  rewriter.replace(node, `require(${virtualContext(rewriter, spec)})`)
}

/**
 * @param {Rewriter} rewriter
 * @param {ContextSpec} spec
 */
export function virtualContext(rewriter, spec) {
  const { project } = rewriter.shared.options
  const { include, exclude, wanted, kept = '', query = '', wrapped } = spec
  const rest = [wanted.flags, include, exclude, kept, query, wrapped ? 'default' : ''].filter(Boolean)
  return rewriter.virtual('context', spec, [contextName(spec, project), ...rest].join(' '))
}

/** @param {Rewriter} rewriter @param {Babel.CallExpression} node */
function glob(rewriter, node) {
  const [given, how] = node.arguments.map(constantOf)
  const patterns = [given].flat()
  const options = /** @type {Record<string, any>} */ (how ?? {})
  if (!patterns.length || patterns.some((one) => typeof one !== 'string')) throw new NotConstantError(node)
  const query = queryOf(options.query ?? (options.as ? { [options.as]: '' } : ''))
  const isText = ['?raw', '?url'].includes(query)
  /** @type {GlobSpec} */
  const spec = {
    patterns: /** @type {string[]} */ (patterns),
    from: rewriter.from,
    importer: rewriter.script.path,
    eager: Boolean(options.eager) || dotted(node.callee) === 'import.meta.globEager',
    named: options.import ?? (options.as && isText ? 'default' : ''),
    query,
    exhaustive: Boolean(options.exhaustive),
    base: String(options.base ?? ''),
  }
  const { from, ...told } = spec
  const shown = toPosix(relative(rewriter.shared.options.project, from))
  const importer = toPosix(relative(rewriter.shared.options.project, spec.importer))
  const name = rewriter.virtual('glob', spec, JSON.stringify({ ...told, from: shown, importer }))
  rewriter.replace(node, `require(${name}).default`)
  const { count } = globModule(spec, rewriter.shared)
  if (count) return
  rewriter.say({
    text: `import.meta.glob() matches no file: ${spec.patterns.join(', ')}.`,
    hint: 'A pattern starts with ./ or ../ (from this file), / (from the project) or an alias.',
    severity: 'warning',
    node,
  })
}

/** @param {unknown} query */
function queryOf(query) {
  if (typeof query === 'string') return query && !query.startsWith('?') ? `?${query}` : query
  const pairs = Object.entries(/** @type {object} */ (query ?? {}))
  return pairs.length ? `?${pairs.map(([key, value]) => (value ? `${key}=${value}` : key)).join('&')}` : ''
}

/**
 * require.resolve gives the name of a module, and loads nothing.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 */
function resolved(rewriter, node) {
  const request = String(constantOf(node.arguments[0] ?? node))
  const { project } = rewriter.shared.options
  const isRelative = /^\.\.?\//.test(request)
  const id = isRelative ? `./${toPosix(relative(project, `${rewriter.from}/${request}`))}` : request
  rewriter.replace(node, JSON.stringify(id))
}

/**
 * require.ensure(names, callback): everything is in the one file, so the callback runs soon.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 */
function ensure(rewriter, node) {
  const [names, callback] = node.arguments
  if (!names || !callback) return
  rewriter.cut(Number(node.start), Number(callback.start), 'Promise.resolve().then(')
  rewriter.cut(Number(callback.end), Number(node.end), ')')
  const [own] = 'params' in callback ? callback.params : []
  if (own?.type !== 'Identifier' || own.name !== 'require') return
  rewriter.replace(own, '_require')
  own.name = '_require'
}

/**
 * import() and require() of what is more than a literal.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 * @param {Node[]} around
 */
function open(rewriter, node, around) {
  const [argument] = node.arguments
  if (!argument) return
  const isImport = node.callee.type === 'Import'
  if (bare(argument).type === 'StringLiteral') return
  if (bare(argument).type === 'ArrayExpression' && !isImport) {
    sayAmd(rewriter, node)
    return
  }
  if (choice(rewriter, node, bare(argument))) return
  const pieces = piecesOf(argument)
  if (!pieces.includes(null)) {
    rewriter.replace(argument, JSON.stringify(pieces.join('')))
    return
  }
  const comments = commentsOf(rewriter, argument)
  if (isImport && comments.ignored) {
    // esbuild would make a require() of it for targets without import().
    rewriter.cut(Number(node.start), Number(argument.start), 'new Function("u", "return import(u)")(')
    return
  }
  const { isOpen, folder: name, ...rest } = contextOf(pieces)
  // Built packages have loaders of their own kind, whose names lead nowhere.
  if (rewriter.script.isPackage && /^\.*\/?$/.test(name)) return
  const folder = isOpen ? null : folderOf(name, rewriter.from, rewriter.shared)
  if (!folder) {
    sayOpen(rewriter, node, around, isOpen ? '' : name)
    return
  }
  const mode = isImport ? (comments.webpackMode ?? 'lazy') : 'sync'
  const { webpackInclude: include, webpackExclude: exclude } = comments
  // moment hides its require from bundlers: webpack takes all of its 130 locales, CRA none
  const outer = around.at(-1)
  const wrapped = outer?.type === 'MemberExpression' && dotted(outer.property) === 'default'
  const named = rewriter.renamed.has(dotted(node.callee)) ? rewriter.shared.named : undefined
  /** @type {ContextSpec} */
  const spec = { folder, recursive: true, mode, named, include, exclude, wrapped, ...rest }
  rewriter.cut(Number(node.start), Number(argument.start), `require(${virtualContext(rewriter, spec)})(`)
  const last = node.arguments.at(-1)
  if (last && last !== argument) rewriter.text.remove(Number(argument.end), Number(last.end))
}

/**
 * One of two literals becomes one of two calls.
 *
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 * @param {Node} argument
 */
function choice(rewriter, node, argument) {
  if (argument.type !== 'ConditionalExpression') return false
  const branches = [argument.consequent, argument.alternate]
  const names = branches.map(piecesOf)
  if (names.some((pieces) => pieces.includes(null))) return false
  const [start, end] = [Number(node.start), Number(node.end)]
  rewriter.cut(start, Number(argument.test.start), '(')
  branches.forEach((branch, index) => {
    const name = JSON.stringify(names[index]?.join(''))
    rewriter.replace(branch, `${rewriter.sourceOf(node.callee)}(${name})`)
  })
  rewriter.cut(Number(argument.alternate.end), end, ')')
  return true
}

/** @param {Rewriter} rewriter @param {Node} node */
function sayAmd(rewriter, node) {
  rewriter.say({
    text: 'require([…]) of AMD modules loads files at run time, which a panel of one file does not have.',
    hint: "Write import, import() or require('./name').",
    node,
  })
}

/**
 * @param {Rewriter} rewriter
 * @param {Babel.CallExpression} node
 * @param {Node[]} around
 * @param {string} folder - '' when the whole name is open.
 */
function sayOpen(rewriter, node, around, folder) {
  const what = node.callee.type === 'Import' ? 'import()' : 'require()'
  const isGuarded = around.some((one) => guards(rewriter, one)) || /\.min\.\w+$/.test(rewriter.script.path)
  rewriter.say({
    text: folder
      ? `${what} of a name that is put together looks into ${JSON.stringify(folder)}, which is no folder.`
      : `${what} of a variable: which file it names is known only at run time, and the panel has only one.`,
    hint: `Start the name with a folder, as in ${what.slice(0, -1)}\`./pages/\${name}.js\`), so that all that it may name is put into the panel${what === 'import()' ? '; for an address, write import(/* @vite-ignore */ address)' : ''}.`,
    severity: isGuarded ? 'warning' : 'error',
    node,
  })
}

/**
 * Tell whether a script is ready for a call that fails, or asks first whether there is a require at all.
 *
 * @param {Rewriter} rewriter
 * @param {Node} node
 */
function guards(rewriter, node) {
  if (node.type === 'TryStatement') return true
  const isTest = node.type === 'IfStatement' || node.type === 'ConditionalExpression'
  const test = isTest ? node.test : node.type === 'LogicalExpression' ? node.left : null
  return (
    Boolean(test) && /typeof (?:require|module|process)\b/.test(rewriter.sourceOf(/** @type {Node} */ (test)))
  )
}

/**
 * Return what webpack's magic comments before an argument say.
 *
 * @param {Rewriter} rewriter
 * @param {Node} argument
 * @returns {{ ignored: boolean, webpackMode?: string, webpackInclude?: RegExp, webpackExclude?: RegExp }}
 */
function commentsOf(rewriter, argument) {
  const comments = (argument.leadingComments ?? []).map(({ value }) => value)
  const ignored = comments.some((text) => text.includes('@vite-ignore') || /webpackIgnore:\s*true/.test(text))
  /** @type {Record<string, unknown>} */
  const told = {}
  for (const text of comments.filter((one) => one.includes('webpack'))) {
    try {
      const tree = rewriter.shared.tools.load('@babel/parser').parseExpression(`({${text}})`)
      Object.assign(told, constantOf(tree))
    } catch {
      // A comment that is no list of settings is only a comment.
    }
  }
  return { ignored, ...told }
}
