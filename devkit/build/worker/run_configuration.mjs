// Configurations as the tools themselves load them. This runs the project's code: only when the user asks for it.
import { createRequire, Module } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Call, Pattern, Unknown } from './values.mjs'

/** @import { Plugin } from 'esbuild' */
/** @import { WorkerOptions } from './messages.generated' */
/** @import { Tools } from './tools.mjs' */

const DEEPEST = 12
/** Constants that Vue CLI and react-scripts bring themselves; a build here has its own. */
const OWN =
  /^(?:__VUE_\w+|process\.env\.(?:NODE_ENV|BASE_URL|PUBLIC_URL|FAST_REFRESH|WDS_\w+|REACT_APP_\w+))$/

/** @type {Record<string, (file: string, options: WorkerOptions, tools: Tools) => Promise<unknown>>} */
const LOADERS = {
  async vite(file, { project, mode }) {
    const module = await import(pathToFileURL(fromProject(project).resolve('vite')).href)
    const vite = module.loadConfigFromFile ? module : module.default
    const command = mode === 'production' ? 'build' : 'serve'
    return (await vite.loadConfigFromFile({ command, mode }, file, project))?.config
  },
  async vue(file, { project, mode }) {
    const Service = createRequire(file)('@vue/cli-service')
    const service = new Service(project)
    service.init(mode)
    const { resolve, plugins } = service.resolveWebpackConfig()
    const { vue$: _, ...alias } = resolve?.alias ?? {}
    return { configureWebpack: { resolve: { alias }, plugins: plugins.map(withoutOwn) } }
  },
  async craco(file, { project, mode }, tools) {
    process.env.NODE_ENV = process.env.BABEL_ENV = mode
    const config = /** @type {any} */ (await called(tools, file, [{ env: mode, paths: {} }]))
    try {
      const { createWebpackDevConfig, createWebpackProdConfig } = fromProject(project)('@craco/craco')
      const make = mode === 'production' ? createWebpackProdConfig : createWebpackDevConfig
      const { resolve, plugins } = make(config, {}, { verbose: false })
      const { 'react-native': _, ...alias } = resolve?.alias ?? {}
      return { ...config, webpack: { alias, plugins: plugins.map(withoutOwn) } }
    } catch {
      return config // what it makes of webpack's configuration is then read, not run
    }
  },
  umi: (file, _, tools) => called(tools, file, []),
  webpack: (file, { mode }, tools) =>
    called(tools, file, [
      { mode, production: mode === 'production' },
      { mode, env: {} },
    ]),
}

/** @param {string} project */
const fromProject = (project) => createRequire(join(project, 'package.json'))

/**
 * Take what a tool itself brings out of a plugin's definitions.
 *
 * @param {{ definitions?: Record<string, unknown> }} plugin
 */
function withoutOwn(plugin) {
  if (!plugin.definitions) return plugin
  const { 'process.env': env, ...others } = plugin.definitions
  const single = Object.entries(env && typeof env === 'object' ? env : {})
  const all = [...Object.entries(others), ...single.map(([name, value]) => [`process.env.${name}`, value])]
  return new DefinePlugin(Object.fromEntries(all.filter(([name]) => !OWN.test(name))))
}

class DefinePlugin {
  /** @param {Record<string, unknown>} definitions */
  constructor(definitions) {
    this.definitions = definitions
  }
}

/**
 * @param {Tools} tools
 * @param {string} file
 * @param {unknown[]} args
 */
async function called(tools, file, args) {
  const module = /\.[cm]?ts$/.test(file)
    ? await fromTypeScript(tools, file)
    : await import(pathToFileURL(file).href)
  const value = module.default ?? module
  return typeof value === 'function' ? value(...args) : value
}

/** umi's and webpack's helpers that only give types. @type {Plugin} */
const TYPED = {
  name: 'typed',
  setup(build) {
    build.onResolve({ filter: /^(?:umi|@umijs\/max|dumi)$/ }, ({ path }) => ({ path, namespace: 'typed' }))
    build.onLoad({ filter: /./, namespace: 'typed' }, () => ({
      contents: 'module.exports = { defineConfig: (config) => config }',
    }))
  },
}

/**
 * @param {Tools} tools
 * @param {string} file
 */
async function fromTypeScript(tools, file) {
  const { outputFiles } = await tools.load('esbuild').build({
    entryPoints: [file],
    bundle: true,
    write: false,
    packages: 'external',
    plugins: [TYPED],
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    logLevel: 'silent',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
  })
  const module = /** @type {any} */ (new Module(file))
  module.filename = file
  module.paths = /** @type {any} */ (Module)._nodeModulePaths(dirname(file))
  module._compile(outputFiles[0]?.text ?? '', file)
  return module.exports
}

/**
 * Return the configuration of a tool as its own loader gives it; undefined for a tool without one here.
 *
 * @param {string} tool
 * @param {string} file
 * @param {WorkerOptions} options
 * @param {Tools} tools
 */
export async function runConfiguration(tool, file, options, tools) {
  const load = LOADERS[tool]
  if (!load) return undefined
  const here = process.cwd()
  process.chdir(tool === 'webpack' ? options.project : dirname(file))
  try {
    return readable(await load(file, options, tools), 0)
  } finally {
    process.chdir(here)
  }
}

/**
 * Return a live value in the words of values.mjs: instances are calls of their class.
 *
 * @param {unknown} value
 * @param {number} depth
 * @returns {unknown}
 */
export function readable(value, depth) {
  if (typeof value === 'function' || depth > DEEPEST) return new Unknown()
  if (value instanceof RegExp) return new Pattern(value.source, value.flags)
  if (Array.isArray(value)) return value.map((item) => readable(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const made = value.constructor
  if (made && made !== Object) {
    const { definitions } = /** @type {{ definitions?: unknown }} */ (value)
    return new Call(made.name, definitions ? [readable(definitions, depth + 1)] : [], 0)
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, readable(item, depth + 1)]))
}
