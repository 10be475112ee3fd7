// Configurations as the tools themselves load them. This runs the project's code: only when the user asks for it.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Call, Pattern, Unknown } from './values.mjs'

/** @import { WorkerOptions } from './messages.generated' */

const DEEPEST = 12

/** @type {Record<string, (file: string, options: WorkerOptions) => Promise<unknown>>} */
const LOADERS = {
  async vite(file, { project, mode }) {
    const require = createRequire(join(project, 'package.json'))
    const vite = await import(pathToFileURL(require.resolve('vite')).href)
    const command = mode === 'production' ? 'build' : 'serve'
    return (await vite.loadConfigFromFile({ command, mode }, file, project))?.config
  },
  async vue(file, { project, mode }) {
    const Service = createRequire(file)('@vue/cli-service')
    const service = new Service(project)
    service.init(mode)
    const { resolve, plugins } = service.resolveWebpackConfig()
    return { configureWebpack: { resolve: { alias: resolve?.alias }, plugins } }
  },
  webpack: (file, { mode }) =>
    called(file, [
      { mode, production: mode === 'production' },
      { mode, env: {} },
    ]),
}

/**
 * @param {string} file
 * @param {unknown[]} args
 */
async function called(file, args) {
  const module = await import(pathToFileURL(file).href)
  const value = module.default ?? module
  return typeof value === 'function' ? value(...args) : value
}

/**
 * Return the configuration of a tool as its own loader gives it; undefined for a tool without one here.
 *
 * @param {string} tool
 * @param {string} file
 * @param {WorkerOptions} options
 */
export async function runConfiguration(tool, file, options) {
  const load = LOADERS[tool]
  if (!load) return undefined
  const here = process.cwd()
  process.chdir(tool === 'webpack' ? options.project : dirname(file))
  try {
    return readable(await load(file, options), 0)
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
