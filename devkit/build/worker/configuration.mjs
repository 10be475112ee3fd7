// The configuration that a project already has, read without running it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readBabel } from './babel_config.mjs'
import { textOf } from './diagnostics.mjs'
import { Found } from './found.mjs'
import { pathAliases } from './paths.mjs'
import { Reader } from './static.mjs'
import { Pattern } from './values.mjs'
import { readVite } from './vite_config.mjs'
import { readWebpack } from './webpack_config.mjs'
import { readCraco, readOverrides, readUmi, readVueCli } from './webpack_tools.mjs'

/** @import { WorkerOptions } from './messages.generated' */
/** @import { Manifest } from './shared' */
/** @import { Tools } from './tools.mjs' */

/** @type {Record<string, (found: Found, reader: Reader, config: unknown) => void>} */
const READERS = {
  vite: (found, _, config) => readVite(found, config),
  webpack: (found, _, config) => readWebpack(found, config),
  craco: readCraco,
  vue: readVueCli,
  umi: readUmi,
  'customize-cra': readOverrides,
  babel: (found, _, config) => readBabel(found, config),
}

/** {tool: files that are addresses there and texts, or nothing, here}. Sources: https://vite.dev/guide/assets,
 * https://create-react-app.dev/docs/adding-images-fonts-and-files
 * @type {Record<string, string>} */
const ADDRESSES = {
  'react-scripts': '\\.(?!(?:[cm]?[jt]sx?|vue|json|html?|ejs|css|less|s[ac]ss|svg|ya?ml|png|wasm)$)\\w+$',
  vite: '\\.(?:txt|webmanifest|apng|jfif|pjpeg|pjp|jxl|flac|aac|opus|mov|vtt)$',
}

/**
 * Return what the configurations of a project ask for.
 *
 * @param {Tools} tools
 * @param {Manifest} manifest
 * @param {WorkerOptions} options
 * @param {() => import('./paths.mjs').Paths} paths
 * @param {Record<string, unknown>} [ran] - {tool: what its own loader gave, or an Error}.
 * @returns {Found}
 */
export function readConfiguration(tools, manifest, { project, mode, configurations }, paths, ran = {}) {
  const found = new Found(project)
  const files = Object.entries(configurations)
  if (files.length) {
    const reader = new Reader(tools, project, mode)
    for (const [tool, file] of files) {
      found.tool = tool
      found.file = file
      try {
        // config-overrides.js is a function of webpack's configuration, not one that makes it
        const value = tool === 'customize-cra' ? reader.exportsOf(file).default : reader.configuration(file)
        found.resolved(
          () => READERS[tool]?.(found, reader, value),
          () => READERS[tool]?.(found, reader, ran[tool]),
          ran[tool],
        )
      } catch (error) {
        found.note('configuration', tool, `it cannot be read: ${textOf(error)}`)
      }
    }
  }
  if (manifest.babel) {
    found.tool = 'babel'
    found.file = join(project, 'package.json')
    readBabel(found, manifest.babel)
  }
  const wanted = { ...manifest.devDependencies, ...manifest.dependencies }
  for (const [tool, test] of Object.entries(ADDRESSES))
    if (wanted[tool]) found.rules.push({ test: new Pattern(test, ''), type: 'asset/resource' })
  const referred = ['tsconfig.json', 'jsconfig.json'].map((name) => join(project, name)).find(existsSync)
  // esbuild follows paths itself, but not those of files that tsconfig.json refers to
  if (referred && refersToOthers(tools, project, referred)) {
    found.tool = 'typescript'
    found.file = referred
    found.aliases(pathAliases(paths()))
  }
  return found
}

/**
 * @param {Tools} tools
 * @param {string} project
 * @param {string} file
 */
function refersToOthers(tools, project, file) {
  try {
    const { references } = /** @type {{ references?: unknown }} */ (
      new Reader(tools, project, 'development').exportsOf(file).default ?? {}
    )
    return Array.isArray(references) && references.length > 0
  } catch {
    // esbuild names the mistake, with its place
    return false
  }
}
