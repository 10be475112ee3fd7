// The project's tsconfig.json or jsconfig.json, as far as devkit has to know more of it than esbuild reads.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'

/**
 * @typedef {{
 *   jsx?: string,
 *   jsxImportSource?: string,
 *   jsxFactory?: string,
 *   jsxFragmentFactory?: string,
 *   experimentalDecorators?: boolean,
 *   emitDecoratorMetadata?: boolean,
 *   useDefineForClassFields?: boolean,
 *   verbatimModuleSyntax?: boolean,
 *   target?: string,
 * }} CompilerOptions
 */

/** A text stays; a comment goes. */
const COMMENTS = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
/** A text stays; a comma that nothing follows goes. */
const LAST_COMMAS = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g

/**
 * Return the file of a project: tsconfig.json, else jsconfig.json; '' without one.
 *
 * @param {string} project
 */
export function tsconfigFile(project) {
  return ['tsconfig.json', 'jsconfig.json'].map((name) => join(project, name)).find(existsSync) ?? ''
}

/**
 * Return the compiler options of a project with those that it extends; what cannot be read has none.
 *
 * @param {string} project
 * @returns {CompilerOptions}
 */
export function compilerOptions(project) {
  const file = tsconfigFile(project)
  return file ? optionsIn(file, new Set()) : {}
}

/**
 * @param {string} file
 * @param {Set<string>} seen
 * @returns {CompilerOptions}
 */
function optionsIn(file, seen) {
  if (seen.has(file)) return {}
  seen.add(file)
  const read = jsonIn(file)
  const folder = dirname(file)
  /** @type {CompilerOptions} */
  let options = {}
  for (const name of [read.extends ?? []].flat()) {
    const base = baseFile(String(name), folder)
    if (base) options = { ...options, ...optionsIn(base, seen) }
  }
  const own = read.compilerOptions ?? {}
  // A solution file names the configurations that hold the options (Vite's templates).
  const [reference] = Array.isArray(read.references) ? read.references : []
  if (reference?.path && !read.compilerOptions) {
    const path = resolve(folder, reference.path)
    return optionsIn(path.endsWith('.json') ? path : join(path, 'tsconfig.json'), seen)
  }
  return { ...options, ...own }
}

/** @param {string} file @returns {any} */
function jsonIn(file) {
  try {
    const keep = (/** @type {string} */ _, /** @type {string | undefined} */ text) => text ?? ''
    const plain = readFileSync(file, 'utf8').replace(COMMENTS, keep).replace(LAST_COMMAS, keep)
    return JSON.parse(plain) ?? {}
  } catch {
    return {}
  }
}

/**
 * @param {string} name
 * @param {string} folder
 */
function baseFile(name, folder) {
  const paths = isAbsolute(name) || name.startsWith('.') ? [resolve(folder, name)] : []
  for (const path of paths.flatMap((path) => [path, `${path}.json`])) {
    if (existsSync(path) && path.endsWith('.json')) return path
  }
  try {
    return createRequire(join(folder, 'tsconfig.json')).resolve(name)
  } catch {
    return null
  }
}
