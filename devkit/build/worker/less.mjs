// Compile LESS with the project's less, else the toolchain's.
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ToolFailure, textOf } from './diagnostics.mjs'
import { resolveStyle } from './resolve.mjs'

const CODE_HINT =
  'It would run on this computer. If you trust the people who wrote the project, add --trust once.'

/** @import { Made, Shared, SourceMap, StyleJob } from './shared' */

/**
 * @param {Omit<StyleJob, 'lang'>} job
 * @returns {Promise<Made>}
 */
export async function compile({ source, path, files, shared }) {
  const { options, tools } = shared
  const less = tools.load('less')
  try {
    const made = await less.render(source, {
      filename: path,
      ...(Object.keys(options.less_vars).length ? { modifyVars: options.less_vars } : {}),
      math: /** @type {Less.Options['math']} */ (options.less_math),
      javascriptEnabled: options.trusted, // both run code in this process
      ...(options.trusted ? {} : { disablePluginRule: true }),
      rewriteUrls: 'all',
      plugins: [importer(less, shared, path)],
      ...(options.sourcemap ? { sourceMap: { outputSourceFiles: true } } : {}),
    })
    for (const file of made.imports) files.add(file)
    return { code: made.css, map: made.map ? absoluteSources(made.map, path) : null }
  } catch (error) {
    throw explained(error, path, files, options.trusted)
  }
}

/**
 * Resolve ~package/file, aliases, and packages without ~, after LESS's own way.
 *
 * @param {LessStatic} less
 * @param {Shared} shared
 * @param {string} path
 * @returns {Less.Plugin}
 */
function importer(less, shared, path) {
  class Files extends less.FileManager {
    supports() {
      return true
    }

    supportsSync() {
      return false
    }

    /** @type {Less.FileManager['loadFile']} */
    async loadFile(name, folder, lessOptions, environment) {
      const from = folder || dirname(path)
      if (name.startsWith('~')) {
        const file = resolveStyle(name.slice(1), from, shared)
        if (!file) throw { type: 'File', message: `'${name}' wasn't found.` }
        return super.loadFile(file, '', lessOptions, environment)
      }
      try {
        return await super.loadFile(name, folder, lessOptions, environment)
      } catch (error) {
        const file = resolveStyle(name, from, shared)
        if (!file) throw error
        return super.loadFile(file, '', lessOptions, environment)
      }
    }
  }
  return {
    install(_, manager) {
      manager.addFileManager(new Files())
    },
    minVersion: [3, 0, 0],
  }
}

/**
 * @param {string} text
 * @param {string} path
 */
function absoluteSources(text, path) {
  /** @type {SourceMap} */
  const map = JSON.parse(text)
  map.sources = map.sources.map((name) =>
    name.startsWith('/') || /^[a-z]:/i.test(name) ? pathToFileURL(name).href : name,
  )
  map.file = path
  return map
}

/**
 * @param {unknown} error
 * @param {string} path
 * @param {Set<string>} files
 * @param {boolean} trusted
 */
function explained(error, path, files, trusted) {
  const { filename, line, column } = /** @type {Partial<Less.RenderError>} */ (error ?? {})
  const file = filename ?? path
  files.add(file)
  const refused = !trusted && /@plugin|Inline JavaScript/.test(textOf(error))
  return new ToolFailure({
    text: textOf(error),
    ...(refused ? { hint: CODE_HINT } : {}),
    file,
    line: line ?? 0,
    column: (column ?? -1) + 1,
    stage: 'less',
  })
}
