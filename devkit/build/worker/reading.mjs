// What a project's own configuration says, read when there is any: most panels have none, and wait for nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson } from './tools.mjs'

/** @import { WorkerOptions } from './messages.generated' */
/** @import { Found } from './found.mjs' */
/** @import { Paths } from './paths.mjs' */
/** @import { Manifest } from './shared' */
/** @import { Tools } from './tools.mjs' */

/** @typedef {Pick<Found, 'rows' | 'settings' | 'postcss' | 'libraries' | 'rules' | 'legacyDecorators' | 'looseFields' | 'provided' | 'empty' | 'extensions' | 'jsx' | 'styledPx' | 'summary'>} Findings */
/** @typedef {{ manifest: Manifest, found: Findings, paths: () => Paths }} Reading */

/** @returns {Findings} */
export function nothingFound() {
  const settings = { alias: {}, define: {}, style_prelude: {}, less_vars: {} }
  const nothing = {
    rows: [],
    postcss: [],
    libraries: [],
    rules: [],
    legacyDecorators: false,
    looseFields: false,
    jsx: {},
    provided: {},
    empty: new Set(),
    extensions: [],
    styledPx: null,
  }
  return { ...nothing, settings, summary: () => '' }
}

/** @param {string} project */
export function manifestOf(project) {
  return /** @type {Manifest} */ (readJson(join(project, 'package.json')) ?? {})
}

/**
 * Read package.json and what the project's tools are told.
 *
 * @param {Tools} tools
 * @param {WorkerOptions} options
 * @returns {Promise<Reading>}
 */
export async function readProject(tools, options) {
  const { project, configurations } = options
  const manifest = manifestOf(project)
  const text =
    ['tsconfig.json', 'jsconfig.json'].map((name) => textOf(join(project, name))).find(Boolean) ?? ''
  const tsconfig = /"(?:paths|extends|references)"/.test(text) ? await import('./tsconfig.mjs') : null
  /** @type {Paths | undefined} */
  let known
  const paths = () => {
    known ??= tsconfig ? tsconfig.tsconfigPaths(tools, project) : []
    return known
  }
  const wanted = { ...manifest.devDependencies, ...manifest.dependencies }
  const addresses = wanted.vite || wanted['react-scripts']
  const needed =
    addresses || Object.keys(configurations).length || manifest.babel || text.includes('"references"')
  if (!needed) return { manifest, found: nothingFound(), paths }
  const { readConfiguration } = await import('./configuration.mjs')
  /** @type {Record<string, unknown>} */
  const ran = {}
  for (const [tool, file] of options.run ? Object.entries(configurations) : []) {
    const { runConfiguration } = await import('./run_configuration.mjs')
    const value = await runConfiguration(tool, file, options, tools).catch((error) => error)
    if (value !== undefined) ran[tool] = value
  }
  return { manifest, found: readConfiguration(tools, manifest, options, paths, ran), paths }
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
