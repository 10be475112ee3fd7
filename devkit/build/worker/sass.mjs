// Compile Sass with the project's sass, else the toolchain's.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolveStyle } from './styles.mjs'

export async function compile({ source, path, lang, files, shared }) {
  const { options, tools, aliases, warnings } = shared
  const sass = tools.load('sass')
  const importer = {
    findFileUrl(name, context) {
      const from = context?.containingUrl ? dirname(fileURLToPath(context.containingUrl)) : dirname(path)
      const file = resolveStyle(name.replace(/^~/, ''), from, aliases, options.project)
      return file ? pathToFileURL(file) : null
    },
  }
  try {
    const made = sass.compileString(source, {
      syntax: lang === 'sass' ? 'indented' : 'scss',
      url: pathToFileURL(path),
      importer: relative(path),
      importers: [importer],
      loadPaths: [join(options.project, 'node_modules')],
      sourceMap: options.sourcemap,
      sourceMapIncludeSources: options.sourcemap,
      quietDeps: true,
      logger: { warn: (text, detail) => warn(warnings, text, detail), debug() {} },
    })
    for (const url of made.loadedUrls) if (url.protocol === 'file:') files.add(fileURLToPath(url))
    return { code: made.css, map: made.sourceMap ?? null }
  } catch (error) {
    throw explained(error, path, files)
  }
}

// Imports relative to the file itself.
function relative(path) {
  const suffixes = [
    '',
    '.scss',
    '.sass',
    '.css',
    '/_index.scss',
    '/index.scss',
    '/_index.sass',
    '/index.sass',
  ]
  const candidates = (base) => {
    const [folder, name] = [dirname(base), base.slice(dirname(base).length + 1)]
    return suffixes.flatMap((suffix) => [join(folder, name + suffix), join(folder, `_${name}${suffix}`)])
  }
  return {
    canonicalize(name, { containingUrl } = {}) {
      if (/^(?!file:)[a-z][\w+.-]+:/i.test(name)) return null
      const base = name.startsWith('file:')
        ? fileURLToPath(name)
        : join(containingUrl ? dirname(fileURLToPath(containingUrl)) : dirname(path), name)
      for (const file of candidates(base)) {
        if (/\.(?:scss|sass|css)$/.test(file) && readable(file) !== null) return pathToFileURL(file)
      }
      return null
    },
    load(url) {
      const file = fileURLToPath(url)
      const syntax = { '.sass': 'indented', '.css': 'css' }[/\.\w+$/.exec(file)?.[0]] ?? 'scss'
      return { contents: readable(file) ?? '', syntax, sourceMapUrl: url }
    },
  }
}

function readable(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function warn(warnings, text, { deprecation, span }) {
  if (deprecation) return
  warnings.push({ text, ...placeOf(span), stage: 'sass', severity: 'warning' })
}

function placeOf(span, otherwise = '') {
  if (!span) return { file: otherwise, line: 0, column: 0 }
  const file = span.url?.protocol === 'file:' ? fileURLToPath(span.url) : otherwise
  return { file, line: span.start.line + 1, column: span.start.column + 1 }
}

function explained(error, path, files) {
  const place = placeOf(error.span, path)
  files.add(place.file)
  const text = error.sassMessage ?? error.message ?? String(error)
  return Object.assign(new Error(text), { devkit: { text, ...place, stage: 'sass', severity: 'error' } })
}
