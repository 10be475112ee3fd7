// Methods, functions and globals in scripts that the browsers of the target do not have.
import { extname } from 'node:path'
import { placeOf } from './places.mjs'
import { dotted, isGlobal, parse, walk } from './syntax.mjs'

/** @import { Lacking } from './support.mjs' */
/** @import { Node } from './syntax.mjs' */
/** @import { Found, Source } from './too_new.mjs' */
/** @import { Tools } from './tools.mjs' */

const POLYFILL = 'Bundle a polyfill (import the one of core-js), or write it in another way.'
/** What a text holds, for as long as it is the same. @type {WeakMap<Source, { words: Set<string>, called: Set<string>, found: Map<string, Found[]> }>} */
const known = new WeakMap()
const IN_WORDS = /[A-Za-z_$][\w$]*/g
const IN_CALLS = /\.\s*([A-Za-z_$][\w$]*)\s*(?:\?\.)?\s*[(<]/g

/**
 * Return what is missing, each name once for each package; files are parsed only when they hold such a name.
 *
 * @param {Tools} tools
 * @param {Lacking} table
 * @param {string} output
 * @param {Source[]} sources
 * @returns {Found[]}
 */
export function findInScripts(tools, table, output, sources) {
  const words = new Set(output.match(IN_WORDS))
  const names = new Map(
    [...Object.keys(table.methods), ...Object.keys(table.globals)]
      .filter((name) => words.has(name))
      .map((name) => [name, name]),
  )
  for (const name of Object.keys(table.statics)) {
    const [owner = '', member = ''] = name.split('.')
    if (words.has(owner) && words.has(member)) names.set(name, member)
  }
  if (!names.size) return []
  /** @type {Map<string, Found>} */
  const found = new Map()
  const asked = askedInPackages(table, [...names.keys()], sources)
  for (const source of sources) {
    const { file, text } = source
    const read = readIn(source)
    const owner = ownerOf(file)
    const wanted = [...names].flatMap(([name, word]) => {
      const isThere = (table.globals[name] && read.words.has(name)) || read.called.has(word)
      if (!isThere || asked.get(owner)?.has(name)) return []
      return file.endsWith('.vue') || !isAsked(name, text) ? [name] : []
    })
    if (!wanted.length) continue
    const which = wanted
      .map((name) => name + (table.methods[name] ?? table.statics[name] ?? table.globals[name]))
      .join()
    if (!read.found.has(which)) read.found.set(which, inScript(tools, table, new Set(wanted), file, text))
    for (const one of read.found.get(which) ?? []) {
      const key = `${owner} ${one.what}`
      if (!found.has(key)) found.set(key, one)
    }
  }
  return [...found.values()]
}

/** The package of a file, "" for the project's own. @param {string} file */
const ownerOf = (file) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? ''

/**
 * Return {package: globals that one of its files asks for}: others go by what that file says.
 *
 * @param {Lacking} table
 * @param {string[]} names
 * @param {Source[]} sources
 */
function askedInPackages(table, names, sources) {
  /** @type {Map<string, Set<string>>} */
  const asked = new Map()
  const globals = names.filter((name) => Object.hasOwn(table.globals, name))
  for (const source of sources) {
    const owner = ownerOf(source.file)
    if (!owner) continue
    const here = globals.filter((name) => readIn(source).words.has(name) && asking(name).test(source.text))
    asked.set(owner, new Set([...(asked.get(owner) ?? []), ...here]))
  }
  return asked
}

/** @param {Source} source */
function readIn(source) {
  const before = known.get(source)
  if (before) return before
  const { text } = source
  const called = new Set([...text.matchAll(IN_CALLS)].map(([, name = '']) => name))
  /** @type {Map<string, Found[]>} */
  const found = new Map()
  const read = { words: new Set(text.match(IN_WORDS)), called, found }
  known.set(source, read)
  return read
}

/**
 * @param {Tools} tools
 * @param {Lacking} table
 * @param {Set<string>} wanted
 * @param {string} file
 * @param {string} text
 */
function inScript(tools, table, wanted, file, text) {
  const { code, loader } = scriptOf(tools, file, text)
  const tree = parse(tools, code, loader)
  /** @type {Found[]} */
  const found = []
  if (!tree) return found
  /** @type {Set<string>} */
  const imported = new Set()
  walk(tools, tree.program, (node, around) => {
    if (node.type === 'ImportDeclaration') for (const { local } of node.specifiers) imported.add(local.name)
    const one = lackOf(node, around, table, wanted, code, imported)
    if (one) found.push({ ...one, hint: POLYFILL, file, ...placeOf(text, one.at) })
  })
  return found
}

/**
 * Return what a node uses and the target lacks. What the file asks for before it uses it is let pass.
 *
 * @param {Node} node
 * @param {Node[]} around
 * @param {Lacking} table
 * @param {Set<string>} wanted
 * @param {string} code
 * @param {Set<string>} imported
 */
function lackOf(node, around, table, wanted, code, imported) {
  if (node.type === 'CallExpression' || node.type === 'OptionalCallExpression') {
    const { callee } = node
    if (callee.type !== 'MemberExpression' && callee.type !== 'OptionalMemberExpression') return null
    const full = dotted(callee)
    const at = callee.property.start ?? 0
    if (full && wanted.has(full) && table.statics[full] && isGlobal(full.split('.')[0] ?? '', around))
      return isAsked(full, code) ? null : { what: `${full}()`, lacks: table.statics[full], at }
    if (callee.computed || callee.property.type !== 'Identifier') return null
    const { name } = callee.property
    const lacks = table.methods[name]
    if (!lacks || !wanted.has(name) || isOther(callee.object, imported) || isAsked(name, code)) return null
    if (around.some((one) => 'key' in one && one.key.type === 'Identifier' && one.key.name === name))
      return null
    return { what: `.${name}() of an array, a text or a promise (its type is not known)`, lacks, at }
  }
  if (node.type !== 'Identifier' || !wanted.has(node.name)) return null
  const lacks = table.globals[node.name]
  if (!lacks || !isReference(node, around.at(-1)) || !isGlobal(node.name, around)) return null
  if (isAsked(node.name, code) || imported.has(node.name) || isTried(around)) return null
  return { what: node.name, lacks, at: node.start ?? 0 }
}

/**
 * Tell whether a file asks if something is there, or brings it.
 *
 * @param {string} name
 * @param {string} code
 */
function isAsked(name, code) {
  const last = name.split('.').at(-1) ?? name
  return asking(name).test(code) || ['"', "'"].some((quote) => code.includes(quote + last + quote))
}

/** @type {Map<string, RegExp>} */
const askings = new Map()

/**
 * typeof NAME, window.NAME and its like, and what is looked at without a call; a value that is "bigint" is there
 * only with BigInt.
 *
 * @param {string} name
 */
export function asking(name) {
  const last = name.split('.').at(-1) ?? name
  const looked = `${last === name ? '\\.' : '\\b'}${name.replace('.', '\\.')}\\s*(?:\\?(?![.?])|&&|\\|\\||[=!]==?|\\)\\s*[{;\\w])`
  const made =
    askings.get(name) ??
    new RegExp(
      `(?:typeof[\\s(]*${name.replace('.', '\\.')}|\\b(?:window|self|globalThis|global|root|prototype)\\.${last})(?![\\w$])|${looked}` +
        (last === last.toLowerCase() ? '' : `|["']${last.toLowerCase()}["']`),
    )
  askings.set(name, made)
  return made
}

/**
 * Tell whether what is thrown where a node stands is caught.
 *
 * @param {Node[]} around
 */
export function isTried(around) {
  const at = around.map(({ type }) => /Function|Method/.test(type)).lastIndexOf(true)
  return around.some(
    (node, index) =>
      index > at && node.type === 'TryStatement' && node.handler && around[index + 1] === node.block,
  )
}

/**
 * Tell whether a receiver is surely no array, text or promise.
 *
 * @param {Node} object
 * @param {Set<string>} imported
 */
function isOther(object, imported) {
  if (object.type === 'ThisExpression' || object.type === 'Super') return true
  return object.type === 'Identifier' && (imported.has(object.name) || /^(?:[A-Z_$]|_\$)/.test(object.name))
}

/**
 * @param {Node} node
 * @param {Node | undefined} parent
 */
export function isReference(node, parent) {
  if (!parent) return false
  if (parent.type.startsWith('TS') || parent.type.startsWith('JSX')) return false
  if (parent.type === 'MemberExpression' || parent.type === 'OptionalMemberExpression')
    return parent.object === node || parent.computed
  if ('key' in parent && parent.key === node) return 'value' in parent && parent.value === node
  const declares =
    /^(?:Import|Export|Class|Function|Labeled|Break|Continue)|^(?:VariableDeclarator|CatchClause|AssignmentPattern|RestElement|ArrowFunctionExpression)$/
  return (
    !declares.test(parent.type) ||
    ('superClass' in parent && parent.superClass === node) ||
    ('init' in parent && parent.init === node)
  )
}

/**
 * Return the script of a file with the offsets of the file.
 *
 * @param {Tools} tools
 * @param {string} file
 * @param {string} text
 */
function scriptOf(tools, file, text) {
  if (!file.endsWith('.vue')) {
    const kind = extname(file)
      .replace(/^\.[mc]/, '.')
      .slice(1)
    return { code: text, loader: kind === 'js' ? 'jsx' : kind }
  }
  const { descriptor } = tools.load('@vue/compiler-sfc').parse(text)
  const blocks = [descriptor.script, descriptor.scriptSetup].flatMap((block) => (block ? [block] : []))
  let code = text.replace(/[^\n]/g, ' ')
  for (const { loc } of blocks) {
    const { start, end } = loc
    code = code.slice(0, start.offset) + text.slice(start.offset, end.offset) + code.slice(end.offset)
  }
  return { code, loader: blocks.some(({ lang }) => lang?.startsWith('ts')) ? 'tsx' : 'jsx' }
}
