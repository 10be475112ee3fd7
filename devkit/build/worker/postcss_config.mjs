// The project's own PostCSS configuration, in the places and shapes that postcss-load-config takes. That package
// keeps what it has read for the life of the process; here a saved configuration counts for the next build.
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import { codeOf, ToolFailure, textOf } from './diagnostics.mjs'

/** @import { AcceptedPlugin, Parser, Syntax } from 'postcss' */
/** @import { WorkerOptions } from './messages.generated' */
/** @import { Manifest, PluginEntry, PostcssConfig, PostcssSource, Shared } from './shared' */
/** @import { Tools } from './tools.mjs' */

/** @typedef {{ plugins: AcceptedPlugin[], parser?: Parser | Syntax, syntax?: Syntax }} Configured */

const CONFIGS = [
  'postcss.config.js',
  'postcss.config.cjs',
  'postcss.config.mjs',
  'postcss.config.json',
  '.postcssrc',
  '.postcssrc.json',
  '.postcssrc.js',
  '.postcssrc.cjs',
]

/**
 * Return where the configuration of a project is, or null.
 *
 * @param {string} project
 * @param {Manifest} manifest
 * @returns {PostcssSource | null}
 */
export function findPostcssConfig(project, manifest) {
  const file = CONFIGS.map((name) => join(project, name)).find((path) =>
    statSync(path, { throwIfNoEntry: false }),
  )
  if (file) return { file }
  return manifest.postcss ? { value: manifest.postcss } : null
}

/**
 * Read a configuration, as it is for a style file, and load what it names.
 *
 * @param {PostcssSource} source
 * @param {Pick<Shared, 'tools' | 'options'>} shared
 * @param {string} path - The style file.
 * @returns {Promise<Configured>}
 */
export async function loadPostcssConfig(source, { tools, options }, path) {
  const { project, mode } = options
  try {
    let value = 'file' in source ? await readConfig(source.file, tools) : source.value
    if (typeof value === 'function') {
      value = await value(contextOf(path, { project, mode }, tools))
    }
    const { plugins = [], parser, syntax } = /** @type {PostcssConfig} */ (value ?? {})
    return {
      plugins: toPlugins(plugins, project),
      parser: /** @type {Parser} */ (loaded(parser, project)),
      syntax: /** @type {Syntax} */ (loaded(syntax, project)),
    }
  } catch (error) {
    throw new ToolFailure({
      text: `The PostCSS configuration cannot be used: ${textOf(error)}`,
      file: 'file' in source ? source.file : join(project, 'package.json'),
      stage: 'postcss',
      hint: codeOf(error) === 'MODULE_NOT_FOUND' ? 'Install the packages that it names: npm install' : '',
    })
  }
}

/**
 * What a configuration that is a function is called with, as postcss-load-config and postcss-loader do. Up to
 * postcss-loader 3 `file` had the parts of the path; from 4 on it is the path.
 *
 * @param {string} path
 * @param {Pick<WorkerOptions, 'project' | 'mode'>} options
 * @param {Tools} tools
 */
function contextOf(path, { project, mode }, tools) {
  const parts = { dirname: dirname(path), basename: basename(path), extname: extname(path) }
  const [loader = 0] = tools.anyVersionInProject('postcss-loader') ?? []
  const file = loader >= 4 ? path : Object.assign(Object(path), parts)
  const webpackLoaderContext = { resourcePath: path, rootContext: project, context: parts.dirname, mode }
  return {
    env: mode,
    mode,
    cwd: project,
    file,
    options: {},
    from: path,
    to: path,
    map: false,
    webpackLoaderContext,
  }
}

/**
 * @param {string} file
 * @param {Tools} tools
 * @returns {Promise<unknown>}
 */
async function readConfig(file, tools) {
  if (/(?:\.json|rc)$/.test(file)) return JSON.parse(readFileSync(file, 'utf8'))
  if (file.endsWith('.mjs')) return tools.importFromProject(file)
  try {
    const require = createRequire(file)
    delete require.cache[file]
    return require(file)
  } catch (error) {
    if (codeOf(error) !== 'ERR_REQUIRE_ESM' && !(error instanceof SyntaxError)) throw error
    return tools.importFromProject(file)
  }
}

/**
 * @param {unknown} name
 * @param {string} project
 * @returns {unknown}
 */
function loaded(name, project) {
  return typeof name === 'string' ? createRequire(join(project, 'package.json'))(name) : name
}

/**
 * Plugins come as a list of functions or names, or as {name: options}; false turns one off.
 *
 * @param {PluginEntry[] | Record<string, unknown>} plugins
 * @param {string} project
 * @returns {AcceptedPlugin[]}
 */
function toPlugins(plugins, project) {
  const require = createRequire(join(project, 'package.json'))
  /** @type {(name: string, options?: unknown) => AcceptedPlugin} */
  const make = (name, options) => {
    const module = require(name)
    return (module.default ?? module)(...(options && options !== true ? [options] : []))
  }
  /** @type {PluginEntry[]} */
  const entries = Array.isArray(plugins) ? plugins : Object.entries(plugins)
  return entries.flatMap((entry) => {
    if (!entry) return []
    if (typeof entry === 'string') return [make(entry)]
    if (!Array.isArray(entry)) return [entry]
    const [name, options] = entry
    return options === false ? [] : [make(name, options)]
  })
}
