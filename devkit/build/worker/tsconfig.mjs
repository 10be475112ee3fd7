// `paths` of tsconfig.json or jsconfig.json, for what esbuild does not give them to: styles, and referenced files.
import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Reader } from './static.mjs'
import { packageFolder } from './tools.mjs'
import { isRecord } from './values.mjs'

/** @import { Paths } from './paths.mjs' */
/** @import { Tools } from './tools.mjs' */

/**
 * Return the paths of a project's tsconfig.json, else jsconfig.json, else of the files that it refers to.
 *
 * @param {Tools} tools
 * @param {string} project
 * @returns {Paths}
 */
export function tsconfigPaths(tools, project) {
  const file = ['tsconfig.json', 'jsconfig.json'].map((name) => join(project, name)).find(existsSync)
  if (!file) return []
  try {
    return pathsOf(file, new Reader(tools, project, 'development'), new Set())
  } catch {
    // esbuild names the mistake, with its place
    return []
  }
}

/**
 * @param {string} file
 * @param {Reader} reader
 * @param {Set<string>} seen
 * @returns {Paths}
 */
function pathsOf(file, reader, seen) {
  if (seen.has(file) || !existsSync(file)) return []
  seen.add(file)
  const config = reader.exportsOf(file).default
  if (!isRecord(config)) return []
  const options = isRecord(config.compilerOptions) ? config.compilerOptions : {}
  if (isRecord(options.paths)) {
    const base = resolve(dirname(file), typeof options.baseUrl === 'string' ? options.baseUrl : '.')
    return Object.entries(options.paths).flatMap(([pattern, targets]) =>
      Array.isArray(targets) ? [[pattern, targets.map((target) => resolve(base, String(target)))]] : [],
    )
  }
  for (const name of [config.extends].flat().reverse()) {
    const found = typeof name === 'string' ? pathsOf(extended(name, dirname(file)), reader, seen) : []
    if (found.length) return found
  }
  const references = Array.isArray(config.references) ? config.references : []
  for (const { path } of references.filter(isRecord)) {
    const target = resolve(dirname(file), String(path))
    const inner = statSync(target, { throwIfNoEntry: false })?.isDirectory()
    const found = pathsOf(inner ? join(target, 'tsconfig.json') : target, reader, seen)
    if (found.length) return found
  }
  return []
}

/**
 * @param {string} name
 * @param {string} from
 */
function extended(name, from) {
  const [, packageName = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(name) ?? []
  const base = /^[./]/.test(name)
    ? resolve(from, name)
    : join(packageFolder(packageName, from) ?? '', rest || 'tsconfig.json')
  return [base, `${base}.json`].find((path) => statSync(path, { throwIfNoEntry: false })?.isFile()) ?? base
}
