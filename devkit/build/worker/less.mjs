// Compile LESS with the project's less, else the toolchain's.
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { resolveStyle } from './styles.mjs'

export async function compile({ source, path, files, shared }) {
  const { options, tools } = shared
  const less = tools.load('less')
  const settings = {
    filename: path,
    math: options.less_math,
    javascriptEnabled: true,
    rewriteUrls: 'all',
    plugins: [importer(less, shared)],
    ...(options.sourcemap ? { sourceMap: { outputSourceFiles: true } } : {}),
  }
  try {
    const made = await less.render(source, settings)
    for (const file of made.imports) files.add(file)
    return { code: made.css, map: made.map ? absoluteSources(made.map, path) : null }
  } catch (error) {
    throw explained(error, path, files)
  }
}

// Resolve ~package/file, aliases, and packages without ~, after LESS's own way.
function importer(less, { aliases, options }) {
  const Base = less.FileManager
  class Files extends Base {
    supports() {
      return true
    }

    supportsSync() {
      return false
    }

    async loadFile(name, folder, lessOptions, environment) {
      const from = folder || dirname(lessOptions.filename)
      if (name.startsWith('~')) {
        const file = resolveStyle(name.slice(1), from, aliases, options.project)
        if (!file) throw { type: 'File', message: `'${name}' wasn't found.` }
        return super.loadFile(file, '', lessOptions, environment)
      }
      try {
        return await super.loadFile(name, folder, lessOptions, environment)
      } catch (error) {
        const file = resolveStyle(name, from, aliases, options.project)
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

function absoluteSources(text, path) {
  const map = JSON.parse(text)
  map.sources = map.sources.map((name) =>
    name.startsWith('/') || /^[a-z]:/i.test(name) ? pathToFileURL(name).href : name,
  )
  map.file = path
  return map
}

function explained(error, path, files) {
  const file = error.filename ?? path
  files.add(file)
  return Object.assign(new Error(error.message), {
    devkit: {
      text: error.message ?? String(error),
      file,
      line: error.line ?? 0,
      column: (error.column ?? -1) + 1,
      stage: 'less',
      severity: 'error',
    },
  })
}
