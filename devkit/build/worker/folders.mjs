// Which files a construct asks for: the elements of webpack's contexts, the matches of Vite's globs, and the
// folders that aliases name.
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path'
import { aliasTarget } from './aliases.mjs'
import { pathTargets } from './paths.mjs'
import { packageFolder } from './tools.mjs'

/** @import { Shared } from './shared' */

/** Of the names without one, in the order in which they are tried. */
export const EXTENSIONS = [
  '.tsx',
  '.ts',
  '.jsx',
  '.js',
  '.mjs',
  '.cjs',
  '.vue',
  '.json',
  '.css',
  '.less',
  '.scss',
]

/**
 * Return the folder that a request names from a file: relative, by an alias or tsconfig paths, or in a package.
 * Null when there is none.
 *
 * @param {string} request
 * @param {string} from - Folder of the file.
 * @param {Pick<Shared, 'aliases' | 'options' | 'paths'>} shared
 */
export function folderOf(request, from, shared) {
  const asked = request.replace(/(.)\/+$/, '$1')
  const names = [asked, asked.replace(/^~(?=[^/])/, '')]
  return names.flatMap((name) => candidates(name, from, shared)).find(isFolder) ?? null
}

/**
 * @param {string} request
 * @param {string} from
 * @param {Pick<Shared, 'aliases' | 'options' | 'paths'>} shared
 * @returns {string[]}
 */
function candidates(request, from, { aliases, options, paths }) {
  const { project } = options
  if (/^\.\.?(?:\/|$)/.test(request)) return [resolve(from, request)]
  const target = aliasTarget(request, aliases)
  if (target) return [resolve(project, target), ...inPackage(target, project)]
  if (isAbsolute(request)) return [request, join(project, request)]
  // `@/*` leads from `@/`, which the name of the folder itself may lack
  const all = [request, `${request}/`].flatMap((name) => pathTargets(name, paths()))
  return [...all, ...inPackage(request, from)]
}

/**
 * @param {string} request
 * @param {string} from
 */
function inPackage(request, from) {
  const [, name, rest = ''] = /^((?:@[^/]+\/)?[^./@][^/]*)(.*)$/.exec(request) ?? []
  const folder = name && packageFolder(name, from)
  return folder ? [join(folder, rest)] : []
}

/** @param {string} path */
const isFolder = (path) => Boolean(statSync(path, { throwIfNoEntry: false })?.isDirectory())

/** @param {string} path */
export const toPosix = (path) => (sep === '/' ? path : path.split(sep).join('/'))

/**
 * Return the files below a folder, and the folders that were read: a new file in one of them is a new result.
 *
 * @param {string} folder
 * @param {{ recursive?: boolean, hidden?: boolean, packages?: boolean }} [how] - hidden: names that start with a
 *   dot too; packages: node_modules too.
 */
export function filesBelow(folder, { recursive = true, hidden = false, packages = false } = {}) {
  /** @type {string[]} */
  const files = []
  /** @type {string[]} */
  const read = []
  /** @type {(path: string, above: Set<string>) => void} */
  const visit = (path, above) => {
    const real = realpathSync(path)
    if (above.has(real)) return
    read.push(path)
    for (const entry of readdirSync(path)) {
      if (!hidden && entry.startsWith('.')) continue
      const state = statSync(join(path, entry), { throwIfNoEntry: false })
      if (state?.isFile()) files.push(join(path, entry))
      if (!state?.isDirectory() || !recursive || (!packages && entry === 'node_modules')) continue
      visit(join(path, entry), new Set([...above, real]))
    }
  }
  if (isFolder(folder)) visit(folder, new Set())
  return { files: files.sort(), read }
}

/**
 * Return what webpack's context module would hold: [request, file], sorted by request. A file can be asked for
 * without its extension too, and an index file by its folder.
 *
 * Source: https://webpack.js.org/guides/dependency-management/#requirecontext
 *
 * @param {string} folder
 * @param {string[]} files
 * @param {RegExp} wanted
 */
export function contextElements(folder, files, wanted) {
  /** @type {Map<string, { file: string, rank: number }>} */
  const found = new Map()
  for (const file of files) {
    const request = `./${toPosix(relative(folder, file))}`
    for (const [name, rank] of requestsOf(request)) {
      if (!wanted.test(name)) continue
      const known = found.get(name)
      if (!known || rank < known.rank) found.set(name, { file, rank })
    }
  }
  return [...found]
    .map(([name, { file }]) => /** @type {[string, string]} */ ([name, file]))
    .sort(([one], [other]) => (one < other ? -1 : 1))
}

/**
 * Return the names of a file with their ranks: of two files with one name, the lower rank answers.
 *
 * @param {string} request
 * @returns {[string, number][]}
 */
function requestsOf(request) {
  /** @type {[string, number][]} */
  const names = [[request, 0]]
  EXTENSIONS.forEach((extension, index) => {
    if (request.endsWith(extension)) names.push([request.slice(0, -extension.length), index + 1])
  })
  for (const [name, rank] of [...names]) {
    if (!name.endsWith('/index')) continue
    names.push([name.slice(0, -'index'.length), rank + 100], [name.slice(0, -'/index'.length), rank + 100])
  }
  return names
}

/**
 * Return the pattern of a glob as an absolute one, in the way of Vite: relative to the file (or the base),
 * from / relative to the project, ** at the start anywhere, or by an alias.
 *
 * @param {string} pattern
 * @param {string} from
 * @param {Pick<Shared, 'aliases' | 'options' | 'paths'>} shared
 */
export function absoluteGlob(pattern, from, shared) {
  const { project } = shared.options
  if (pattern.startsWith('/')) return posix.join(toPosix(project), pattern)
  if (/^\.\.?\//.test(pattern)) return posix.join(toPosix(from), pattern)
  if (pattern.startsWith('**')) return posix.join(toPosix(project), pattern)
  const [plain = ''] = /^[^*?{}[\]()!+@]*\//.exec(pattern.replace(/^@/, '\0')) ?? []
  const head = plain.replace('\0', '@')
  const folder = head ? folderOf(head, from, shared) : null
  return folder ? posix.join(toPosix(folder), pattern.slice(head.length)) : null
}

/**
 * Return the files that match absolute patterns, and the folders that were read.
 *
 * @param {string[]} patterns - Those that start with ! take away.
 * @param {boolean} exhaustive - Hidden files and node_modules too.
 * @param {typeof import('picomatch')} picomatch
 */
export function matches(patterns, exhaustive, picomatch) {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'))
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  const isWanted = picomatch(wanted, { dot: exhaustive, ignore: unwanted })
  /** @type {Set<string>} */
  const files = new Set()
  /** @type {Set<string>} */
  const read = new Set()
  for (const pattern of wanted) {
    const { base, glob } = picomatch.scan(pattern)
    const folder = glob ? base : dirname(pattern)
    const below = filesBelow(folder, {
      recursive: /\*\*|\/./.test(glob),
      hidden: exhaustive,
      packages: exhaustive || pattern.includes('node_modules'),
    })
    for (const path of below.read) read.add(path)
    for (const file of below.files) if (isWanted(toPosix(file))) files.add(file)
  }
  return { files: [...files].sort(), read: [...read] }
}
