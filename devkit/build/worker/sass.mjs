// Compile Sass with the project's sass, else the toolchain's.
import { readFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ToolFailure, textOf } from './diagnostics.mjs'
import { resolveStyle, styleAt } from './resolve.mjs'

/** @import { Exception, FileImporter, Importer, SourceSpan, Syntax } from 'sass' */
/** @import { Made, Shared, StyleJob } from './shared' */

/** @type {Record<string, Syntax>} */
const SYNTAXES = { '.sass': 'indented', '.css': 'css' }

/**
 * @param {StyleJob} job
 * @returns {Promise<Made>}
 */
export async function compile({ source, path, lang, files, shared }) {
  const { options, tools, warnings } = shared
  /** Sass finds what is beside a file and in node_modules; this finds ~package/file and aliases. @type {FileImporter<'sync'>} */
  const importer = {
    findFileUrl(name, context) {
      const from = context.containingUrl ? dirname(fileURLToPath(context.containingUrl)) : dirname(path)
      const file = resolveStyle(name.replace(/^~/, ''), from, shared)
      return file ? pathToFileURL(file) : null
    },
  }
  const names = [...shared.aliases.keys(), ...shared.paths().map(([pattern]) => pattern)]
  const own = names.some((name) => name.startsWith('#')) ? { importer: hashImporter(shared) } : {}
  try {
    const made = tools.load('sass').compileString(source, {
      syntax: lang === 'sass' ? 'indented' : 'scss',
      url: pathToFileURL(path),
      ...own,
      importers: [importer],
      loadPaths: [join(options.project, 'node_modules')],
      sourceMap: options.sourcemap,
      sourceMapIncludeSources: options.sourcemap,
      quietDeps: true,
      logger: {
        warn(text, { deprecation, span, stack }) {
          if (deprecation) return
          const place = span ? placeOf(span) : placeIn(stack ?? '')
          warnings.push({ text, ...place, stage: 'sass', severity: 'warning' })
        },
        debug() {},
      },
    })
    for (const url of made.loadedUrls) if (url.protocol === 'file:') files.add(fileURLToPath(url))
    return { code: made.css, map: made.sourceMap ?? null }
  } catch (error) {
    throw explained(error, path, files)
  }
}

/**
 * "#/x" is a part of the importing file to Sass, before it asks for more: this finds it, and what is beside a file.
 *
 * @param {Shared} shared
 * @returns {Importer<'sync'>}
 */
function hashImporter(shared) {
  return {
    canonicalize(text) {
      const url = new URL(text, 'none:')
      if (url.protocol !== 'file:') return null
      const { hash } = url
      url.hash = ''
      const path = fileURLToPath(url)
      const file = hash ? resolveStyle(decodeURI(hash), dirname(path), shared) : styleAt(path)
      return file ? pathToFileURL(file) : null
    },
    load(url) {
      const path = fileURLToPath(url)
      const syntax = SYNTAXES[extname(path)] ?? 'scss'
      return { contents: readFileSync(path, 'utf8'), syntax, sourceMapUrl: url }
    },
  }
}

/**
 * @param {SourceSpan | undefined} span
 * @param {string} [otherwise]
 */
function placeOf(span, otherwise = '') {
  if (!span) return { file: otherwise, line: 0, column: 0 }
  const file = span.url?.protocol === 'file:' ? fileURLToPath(span.url) : otherwise
  return { file, line: span.start.line + 1, column: span.start.column + 1 }
}

/**
 * Return where @warn stands, which Sass tells as the first line of a stack alone: "src/a.scss 2:6  root stylesheet".
 *
 * @param {string} stack
 */
function placeIn(stack) {
  const [, name, line, column] = /^(.+?) (\d+):(\d+) {2}/.exec(stack) ?? []
  return name ? { file: resolve(name), line: Number(line), column: Number(column) } : {}
}

/**
 * @param {unknown} error
 * @param {string} path
 * @param {Set<string>} files
 */
function explained(error, path, files) {
  const { span, sassMessage } = /** @type {Partial<Exception>} */ (error ?? {})
  const place = placeOf(span, path)
  files.add(place.file)
  return new ToolFailure({ text: sassMessage ?? textOf(error), ...place, stage: 'sass' })
}
