// Find and load the npm packages that builds use: the project's own version wins over the toolchain's.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * What a package is when it is required.
 *
 * @typedef {{
 *   esbuild: typeof import('esbuild'),
 *   less: LessStatic,
 *   sass: typeof import('sass'),
 *   postcss: import('postcss').Postcss,
 *   autoprefixer: typeof import('autoprefixer'),
 *   'postcss-value-parser': import('postcss-value-parser').ValueParser,
 *   'es-module-lexer': typeof import('es-module-lexer'),
 *   'oxc-transform': typeof import('oxc-transform'),
 *   '@jridgewell/sourcemap-codec': typeof import('@jridgewell/sourcemap-codec'),
 *   'oxc-minify': { minify: (name: string, source: string, options: object) => Promise<{ code: string, map?: object, errors: object[] }> },
 *   '@vue/compiler-sfc': typeof import('@vue/compiler-sfc'),
 *   typescript: unknown,
 *   '@babel/parser': typeof import('@babel/parser'),
 *   'estree-walker': { walk: (tree: object, visitor: { enter?: (node: object) => void, leave?: (node: object) => void }) => void },
 *   'magic-string': typeof import('magic-string'),
 *   picomatch: typeof import('picomatch'),
 *   'source-map-js': typeof import('source-map-js'),
 *   yaml: typeof import('yaml'),
 *   '@vue/compiler-dom': typeof import('@vue/compiler-dom'),
 * }} Packages
 */

/**
 * Oldest version of a project's package whose interface is used here; an older one is passed over.
 *
 * @type {Record<string, [number, number]>}
 */
const OLDEST = {
  esbuild: [0, 21],
  'es-module-lexer': [1, 4],
  less: [3, 0],
  sass: [1, 45],
  postcss: [8, 0],
  autoprefixer: [10, 0],
  '@vue/compiler-sfc': [3, 3],
  vue: [3, 2],
  // The worker's own: a project's version may be any.
  '@babel/parser': [Number.POSITIVE_INFINITY, 0],
  'oxc-transform': [Number.POSITIVE_INFINITY, 0],
  '@jridgewell/sourcemap-codec': [Number.POSITIVE_INFINITY, 0],
  'estree-walker': [Number.POSITIVE_INFINITY, 0],
  'magic-string': [Number.POSITIVE_INFINITY, 0],
  picomatch: [Number.POSITIVE_INFINITY, 0],
  'source-map-js': [Number.POSITIVE_INFINITY, 0],
  yaml: [Number.POSITIVE_INFINITY, 0],
  '@vue/compiler-dom': [Number.POSITIVE_INFINITY, 0],
  'oxc-minify': [Number.POSITIVE_INFINITY, 0],
}

/** The packages of one project. */
export class Tools {
  /**
   * @param {string} project
   * @param {string} toolchain
   */
  constructor(project, toolchain) {
    this.project = project
    this.fromProject = createRequire(join(project, 'package.json'))
    this.fromToolchain = createRequire(join(toolchain, 'package.json'))
    /** @type {Map<string, unknown>} */
    this.loaded = new Map()
  }

  /**
   * Return the module, loaded once.
   *
   * @template {keyof Packages} Name
   * @param {Name} name
   * @returns {Packages[Name]}
   */
  load(name) {
    if (!this.loaded.has(name)) {
      const require = this.versionInProject(name) ? this.fromProject : this.fromToolchain
      this.loaded.set(name, require(name))
    }
    return /** @type {Packages[Name]} */ (this.loaded.get(name))
  }

  /**
   * Return the version of the project's package when it is new enough, else null.
   *
   * @param {string} name
   */
  versionInProject(name) {
    const version = packageVersion(this.fromProject, name)
    const [major, minor] = OLDEST[name] ?? [0, 0]
    if (!version) return null
    const [ownMajor = 0, ownMinor = 0] = version
    return (ownMajor - major || ownMinor - minor) >= 0 ? version : null
  }

  /**
   * Return the version of the project's package, however old.
   *
   * @param {string} name
   */
  anyVersionInProject(name) {
    return packageVersion(this.fromProject, name)
  }

  /**
   * @param {string} file
   * @returns {Promise<unknown>}
   */
  async importFromProject(file) {
    const module = await import(pathToFileURL(file).href)
    return module.default ?? module
  }
}

/**
 * Return the numbers of an installed package's version, or null.
 *
 * @param {NodeJS.Require} require
 * @param {string} name
 * @returns {number[] | null}
 */
function packageVersion(require, name) {
  for (const folder of require.resolve.paths(name) ?? []) {
    const { version } = readJson(join(folder, name, 'package.json')) ?? {}
    if (typeof version === 'string') return version.split('.').map(Number)
  }
  return null
}

/**
 * Return the folder of an installed package as seen from a folder, or null.
 *
 * @param {string} name
 * @param {string} from
 */
export function packageFolder(name, from) {
  const require = createRequire(join(from, 'package.json'))
  const folders = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name))
  return folders.find((folder) => existsSync(join(folder, 'package.json'))) ?? null
}

/**
 * Return the object in a JSON file; null when there is none.
 *
 * @param {string} file
 * @returns {Record<string, unknown> | null}
 */
export function readJson(file) {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8'))
    return value && typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
