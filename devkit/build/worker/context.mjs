// The modules behind require.context, import.meta.glob, and import() or require() of a name that is put together
// at run time: a table of functions, one for each file.
import { basename, extname, relative } from 'node:path'
import { absoluteGlob, contextElements, filesBelow, matches, toPosix } from './folders.mjs'

/** @import { Shared } from './shared' */

/**
 * What require.context asks for, and import() of a text with a variable in it.
 *
 * kept: how the text starts that is called with, in place of "./". query: what is added to each file.
 * wrapped: the project takes .default of what an asset gives. named: tells whether the project's scripts hold a name;
 * of a package's files, these alone are taken.
 *
 * @typedef {{
 *   folder: string,
 *   recursive: boolean,
 *   wanted: RegExp,
 *   mode: string,
 *   kept?: string,
 *   query?: string,
 *   include?: RegExp,
 *   exclude?: RegExp,
 *   wrapped?: boolean,
 *   named?: (name: string) => boolean,
 * }} ContextSpec
 */
/**
 * @typedef {{
 *   patterns: string[],
 *   from: string,
 *   importer: string,
 *   eager: boolean,
 *   named: string,
 *   query: string,
 *   exhaustive: boolean,
 *   base: string,
 * }} GlobSpec
 */
/** @typedef {{ contents: string, read: string[], count: number }} Listing */

const ASYNC = new Set(['eager', 'lazy', 'lazy-once', 'async-weak'])
const SCRIPTS = new Set(['.tsx', '.ts', '.jsx', '.js', '.mjs', '.cjs', '.vue', '.json', '.yaml', '.yml'])
const TEXTS = new Set(['.txt', '.html', '.md', '.css', '.less', '.scss', '.sass'])
export const ASSETS =
  /\.(?:png|jpe?g|gif|webp|avif|svg|bmp|ico|cur|woff2?|ttf|otf|eot|mp3|wav|ogg|m4a|mp4|webm|wasm|pdf)$/i

/** @param {string} file */
const isLoadable = (file) => {
  const suffix = extname(file).toLowerCase()
  return SCRIPTS.has(suffix) || TEXTS.has(suffix) || ASSETS.test(file)
}

/**
 * Return a name for people of what a context holds, as webpack writes it.
 *
 * @param {ContextSpec} spec
 * @param {string} project
 */
export function contextName({ folder, recursive, wanted, mode }, project) {
  const shown = toPosix(relative(project, folder)) || '.'
  return `./${shown} ${mode}${recursive ? ' recursive' : ''} ${wanted.source}`
}

/**
 * Return the CommonJS module of a context.
 *
 * @param {ContextSpec} spec
 * @param {string} project
 * @returns {Listing}
 */
export function contextModule(spec, project) {
  const { folder, recursive, wanted, mode, kept = './', query = '', include, exclude, wrapped, named } = spec
  const { files, read } = filesBelow(folder, { recursive })
  const taken = files.filter(
    (file) =>
      (!include || include.test(toPosix(file))) &&
      !exclude?.test(toPosix(file)) &&
      (!named || named(basename(file, extname(file)))),
  )
  const elements = contextElements(folder, taken, wanted)
  const table = elements.map(([request, file]) => {
    const key = JSON.stringify(kept + request.slice(2))
    return `${key}: ${loaderOf(file, query, ASYNC.has(mode), Boolean(wrapped))}`
  })
  const ids = elements.map(([request, file]) => {
    const id = `./${toPosix(relative(project, file))}`
    return `${JSON.stringify(kept + request.slice(2))}: ${JSON.stringify(id)}`
  })
  const lines = [
    `const files = {${table.join(',\n')}};`,
    `const ids = {${ids.join(',\n')}};`,
    'const missing = (request) =>',
    '  Object.assign(new Error("Cannot find module \'" + request + "\'"), { code: "MODULE_NOT_FOUND" });',
    'const has = (request) => Object.prototype.hasOwnProperty.call(files, request);',
    ASYNC.has(mode)
      ? 'const load = (request) => has(request) ? files[request]() : Promise.reject(missing(request));'
      : 'const load = (request) => { if (!has(request)) throw missing(request); return files[request](); };',
    'load.keys = () => Object.keys(files);',
    'load.resolve = (request) => { if (!has(request)) throw missing(request); return ids[request]; };',
    `load.id = ${JSON.stringify(contextName(spec, project))};`,
    'module.exports = load;',
  ]
  return { contents: lines.join('\n'), read, count: elements.length }
}

/**
 * @param {string} file
 * @param {string} query
 * @param {boolean} later
 * @param {boolean} wrapped
 */
function loaderOf(file, query, later, wrapped) {
  const name = JSON.stringify(file + query)
  if (!query && !isLoadable(file)) {
    const text = JSON.stringify(`${basename(file)} is in the folder, but devkit has no loader for it.`)
    return later ? `() => Promise.reject(new Error(${text}))` : `() => { throw new Error(${text}); }`
  }
  if (later) return `() => import(${name})`
  return wrapped && ASSETS.test(file)
    ? `() => { const at = require(${name}); return Object.assign(new String(at), { default: at }); }`
    : `() => require(${name})`
}

/**
 * Return the module of import.meta.glob; its default export is the object.
 *
 * Source: https://vite.dev/guide/features#glob-import
 *
 * @param {GlobSpec} spec
 * @param {Shared} shared
 * @returns {Listing}
 */
export function globModule(spec, shared) {
  const { patterns, importer, eager, named, query, exhaustive, base } = spec
  const { project } = shared.options
  const origin = base ? globBase(base, spec.from, project) : spec.from
  const absolute = patterns.flatMap((pattern) => {
    const isNot = pattern.startsWith('!')
    const found = absoluteGlob(isNot ? pattern.slice(1) : pattern, origin, shared)
    return found ? [(isNot ? '!' : '') + found] : []
  })
  const { files, read } = matches(absolute, exhaustive, shared.tools.load('picomatch'))
  const isRelative = patterns.every((pattern) => /^[!.]/.test(pattern))
  /** @type {string[]} */
  const imports = []
  const entries = files
    .filter((file) => file !== importer)
    .map((file, index) => {
      const key = JSON.stringify(globKey(file, base || isRelative ? origin : '', project))
      const name = JSON.stringify(file + query)
      if (eager) {
        imports.push(
          named && named !== '*'
            ? `import { ${/^[\w$]+$/.test(named) ? named : JSON.stringify(named)} as m${index} } from ${name};`
            : `import * as m${index} from ${name};`,
        )
        return `${key}: m${index}`
      }
      const take = named && named !== '*' ? `.then((all) => all[${JSON.stringify(named)}])` : ''
      return `${key}: () => import(${name})${take}`
    })
  const contents = `${imports.join('\n')}\nexport default {${entries.join(',\n')}};`
  return { contents, read, count: entries.length }
}

/**
 * @param {string} base
 * @param {string} from
 * @param {string} project
 */
function globBase(base, from, project) {
  return base.startsWith('/') ? toPosix(project) + base : `${toPosix(from)}/${base}`
}

/**
 * @param {string} file
 * @param {string} origin - '' for a key from the project's root.
 * @param {string} project
 */
function globKey(file, origin, project) {
  const path = toPosix(relative(origin || project, file))
  if (path.startsWith('.')) return path
  return origin ? `./${path}` : `/${path}`
}

/**
 * Return the regular expression of the files that a text with variables in it may name, and where they are.
 *
 * Source: https://webpack.js.org/guides/dependency-management/#require-with-expression
 *
 * @param {(string | null)[]} pieces - null stands for a variable.
 */
export function contextOf(pieces) {
  const first = pieces.indexOf(null)
  const last = pieces.lastIndexOf(null)
  const prefix = pieces.slice(0, first).join('')
  const suffix = pieces.slice(last + 1).join('')
  const middle = pieces.slice(first + 1, last).map((piece) => (piece === null ? '.*' : escaped(piece)))
  const slash = prefix.lastIndexOf('/') + 1
  const [, path = '', query = ''] = /^([^?]*)(\?.*)?$/.exec(suffix) ?? []
  const start = slash ? `^\\.\\/${escaped(prefix.slice(slash))}` : `^${escaped(prefix)}`
  return {
    folder: prefix.slice(0, slash) || '.',
    kept: slash ? prefix.slice(0, slash) : './',
    wanted: new RegExp(`${start}.*${middle.join('')}${middle.length ? '.*' : ''}${escaped(path)}$`),
    query,
    isOpen: !prefix && !/\//.test(pieces.filter((piece) => piece !== null).join('')),
  }
}

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
