// Scripts with constructs that esbuild does not know, and the virtual modules that stand for them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { contextModule, globModule } from './context.mjs'
import { legacyDecorators, mayDecorate } from './decorators.mjs'
import { pluginFailure, ToolFailure } from './diagnostics.mjs'
import { mayHold, packageMayHold } from './prescan.mjs'
import { Rewriter } from './rewrite.mjs'
import { stampOf } from './stamps.mjs'
import { mayStyle } from './styled_px.mjs'

/** @import { Loader, Metafile, OnLoadResult, Plugin } from 'esbuild' */
/** @import { ContextSpec, GlobSpec } from './context.mjs' */
/** @import { Message } from './messages.generated' */
/** @import { Shared, SourceMap } from './shared' */

/** @typedef {{ stamp: string, answer: OnLoadResult | null, said: Message[] }} Kept */

/** @type {Record<string, Loader>} */
const LOADERS = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx' }

/**
 * Return the plugin that rewrites scripts.
 *
 * @param {Shared} shared
 * @returns {Plugin}
 */
export function constructs(shared) {
  /** @type {Map<string, Kept>} */
  const kept = new Map()

  /** Own scripts as they were when last asked about. @type {Map<string, { stamp: string, code: string }>} */
  const texts = new Map()
  shared.named = (name) =>
    [...new Set([...kept.keys(), ...shared.plain.keys()])].some((path) => {
      if (shared.packageScripts.has(path)) return false
      const stamp = stampOf([path])
      let text = texts.get(path)
      if (text?.stamp !== stamp) {
        text = { stamp, code: existsSync(path) ? readFileSync(path, 'utf8') : '' }
        texts.set(path, text)
      }
      return text.code.includes(`'${name}'`) || text.code.includes(`"${name}"`)
    })

  /** @param {string} path */
  async function load(path) {
    const stamp = stampOf([path])
    let known = kept.get(path)
    if (known?.stamp !== stamp) {
      const other = stamp === 'gone' ? otherCase(path) : ''
      if (other) {
        const text = `${basename(path)} is called ${other}: upper and lower case count.`
        const hint = 'Write the import as the file is called.'
        return pluginFailure(
          new ToolFailure({ text, hint, file: join(dirname(path), other), stage: 'modules' }),
        )
      }
      known = { stamp, ...(await rewritten(path, shared)) }
      kept.set(path, known)
    }
    const errors = known.said.filter(({ severity }) => severity === 'error')
    if (errors.length) return pluginFailure(...errors.map((message) => new ToolFailure(message)))
    shared.warnings.push(...known.said)
    return known.answer
  }

  return {
    name: 'modules',
    setup(build) {
      build.onResolve({ filter: /^devkit-(?:context|glob):/ }, ({ path }) => ({
        path: path.slice('devkit-'.length),
        namespace: 'devkit',
      }))
      build.onLoad({ filter: /./, namespace: 'devkit' }, ({ path }) => virtual(path, shared))
      const { parsed, packageScripts, options } = shared
      if (!parsed)
        build.onLoad({ filter: ownScripts(options.project), namespace: 'file' }, ({ path }) => load(path))
      const paths = [...(parsed ?? []), ...packageScripts]
      if (!paths.length) return
      const filter = new RegExp(`^(?:${paths.map(escaped).join('|')})$`)
      build.onLoad({ filter, namespace: 'file' }, ({ path }) => load(path))
    },
  }
}

/** The name of a file that differs in letter case alone, "" for none. @param {string} path */
function otherCase(path) {
  const wanted = basename(path).toLowerCase()
  try {
    return readdirSync(dirname(path)).find((name) => name.toLowerCase() === wanted) ?? ''
  } catch {
    return ''
  }
}

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/**
 * Return what matches scripts outside node_modules. esbuild takes Go's expressions, which have no lookahead: a
 * folder's name is spelled out as any other than that.
 *
 * @param {string} project
 */
function ownScripts(project) {
  const word = 'node_modules'
  const others = [...word].map((letter, at) => {
    const rest = at ? `(?:[^\\\\/${letter}][^\\\\/]*)?` : `[^\\\\/${letter}][^\\\\/]*`
    return word.slice(0, at) + rest
  })
  const segment = `(?:${others.join('|')}|${word}[^\\\\/]+)`
  const below = `(?:[\\\\/]${segment})*[\\\\/][^\\\\/]+\\.[cm]?[jt]sx?$`
  return new RegExp(`^(?:[a-zA-Z]:)?${below}|^${escaped(project)}${below}`)
}

/**
 * Return the module behind a virtual name.
 *
 * @param {string} path
 * @param {Shared} shared
 * @returns {OnLoadResult}
 */
function virtual(path, shared) {
  const spec = shared.virtual.get(path)
  if (!spec) throw new Error(`${path} is asked for before the script that it belongs to.`)
  const { contents, read } = path.startsWith('glob:')
    ? globModule(/** @type {GlobSpec} */ (spec), shared)
    : contextModule(/** @type {ContextSpec} */ (spec), shared.options.project)
  shared.dependencies.set(path, read)
  return { contents, loader: 'js', resolveDir: shared.options.project }
}

const FLOW = /^[^;{]*@flow\b/

/**
 * Tell whether a script of the project is more than esbuild itself can read.
 *
 * @param {string} path
 * @param {string} source
 * @param {Shared} shared
 */
export function mayNeed(path, source, shared) {
  if (mayHold(source) || mayStyle(path, source, shared.found.styledPx)) return true
  if (!source.includes('@')) return false
  return FLOW.test(source.slice(0, 500)) || source.includes('@jsxImportSource') || mayDecorate(source)
}

/**
 * Return what esbuild is given for a script; no answer when it can read the file as it is.
 *
 * @param {string} path
 * @param {Shared} shared
 * @returns {Promise<Omit<Kept, 'stamp'>>}
 */
async function rewritten(path, shared) {
  const isPackage = shared.packageScripts.has(path)
  const source = await readFile(path, 'utf8')
  // types of Flow that TypeScript has, too, go
  const isFlow = !isPackage && FLOW.test(source.slice(0, 500))
  const loader = LOADERS[extname(path)] ?? (isFlow ? 'tsx' : 'jsx')
  /** @type {OnLoadResult | null} */
  let answer = isFlow ? { contents: source, loader, resolveDir: dirname(path) } : null
  /** @type {Message[]} */
  let said = []
  let code = source
  if (isPackage ? packageMayHold(source) : mayHold(source) || mayStyle(path, source, shared.found.styledPx)) {
    const made = new Rewriter({ path, code, loader, isPackage }, shared).run()
    if (made) {
      code = made.code + mapComment(made.map, path)
      said = made.said
      if (made.map) answer = { contents: code, loader, resolveDir: dirname(path) }
    }
  }
  if (!isPackage) answer = await furtherSteps({ path, code, source, loader, answer }, shared, said)
  return { answer, said }
}

/**
 * Decorators that esbuild would read as another kind, and a comment that it would pass over.
 *
 * @param {{ path: string, code: string, source: string, loader: Loader, answer: OnLoadResult | null }} script
 * @param {Shared} shared
 * @param {Message[]} said
 * @returns {Promise<OnLoadResult | null>}
 */
async function furtherSteps({ path, code, source, loader, answer }, shared, said) {
  let made = answer
  const plain = source.includes('@')
    ? await legacyDecorators({ path, code, source, loader }, shared, said)
    : null
  if (plain) made = { contents: plain, loader: 'jsx', resolveDir: dirname(path) }
  // With the classic runtime in the settings, the comment alone is not read.
  if (source.includes('@jsxImportSource') && !source.includes('@jsxRuntime')) {
    const contents = `/** @jsxRuntime automatic */ ${made?.contents ?? source}`
    made = { contents, loader: made?.loader ?? loader, resolveDir: dirname(path) }
  }
  return made
}

/**
 * Rewrite what another compiler has made of a file; said gains messages with their places in that file.
 *
 * @template {{ code: string, map: SourceMap | null, loader: Loader }} Compiled
 * @param {Compiled} script
 * @param {string} path
 * @param {Shared} shared
 * @param {Message[]} said
 * @returns {Compiled}
 */
export function rewriteCompiled(script, path, shared, said) {
  const { code, map, loader } = script
  if (!mayHold(code)) return script
  const made = new Rewriter({ path, code, loader, isPackage: false }, shared).run()
  if (!made) return script
  const { SourceMapConsumer, SourceMapGenerator } = shared.tools.load('source-map-js')
  const original = map && new SourceMapConsumer(/** @type {any} */ (map))
  for (const message of made.said) {
    const place = { line: message.line ?? 1, column: (message.column ?? 1) - 1 }
    const { line, column } = original?.originalPositionFor(place) ?? {}
    said.push({ ...message, line: line ?? 1, column: (column ?? 0) + 1 })
  }
  if (!made.map || !original) return { ...script, code: made.code }
  const combined = SourceMapGenerator.fromSourceMap(new SourceMapConsumer(/** @type {any} */ (made.map)))
  combined.applySourceMap(original, made.map.sources[0])
  return { ...script, code: made.code, map: /** @type {any} */ (combined.toJSON()) }
}

/**
 * @param {SourceMap | null} map
 * @param {string} path
 */
function mapComment(map, path) {
  if (!map) return ''
  const text = JSON.stringify({ ...map, sources: [basename(path)], file: basename(path) })
  return `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString('base64')}`
}

/**
 * Find scripts of packages that a build has read and that hold a construct of ours; tells whether there are new
 * ones, so that a build is needed that rewrites them.
 *
 * @param {Shared} shared
 * @param {Set<string>} seen - Paths that need no second look.
 * @param {Metafile} metafile
 */
export async function findPackageScripts(shared, seen, { inputs }) {
  const before = shared.packageScripts.size
  const unseen = Object.keys(inputs).filter(
    (name) => name.includes('node_modules/') && /\.[cm]?js$/.test(name) && !seen.has(name),
  )
  await Promise.all(
    unseen.map(async (name) => {
      seen.add(name)
      const path = join(shared.options.project, name)
      const code = await readFile(path, 'utf8').catch(() => '')
      if (!packageMayHold(code)) return
      if (new Rewriter({ path, code, loader: 'jsx', isPackage: true }, shared).run()?.map)
        shared.packageScripts.add(path)
    }),
  )
  return shared.packageScripts.size > before
}
