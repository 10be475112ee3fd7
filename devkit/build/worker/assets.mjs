// Images, fonts, media and data files, and imports that say how: with a query (?raw, ?worker), a scheme (url:) or
// the loaders of webpack (raw-loader!).
import { existsSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative } from 'node:path'
import { ASSETS } from './context.mjs'
import { pluginFailure, ToolFailure, textOf } from './diagnostics.mjs'
import { toPosix } from './folders.mjs'
import { OPTIONS, wayOf } from './queries.mjs'
import { Rules } from './rules.mjs'
import { markup, PLAIN, shimmed } from './shims.mjs'
import { svgBoth, svgComponent, svgVueComponent } from './svg.mjs'
import { spriteSymbol } from './svg_sprite.mjs'
import { isRecord } from './values.mjs'
import { workerModule } from './workers.mjs'

/** @import { Loader, OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild' */
/** @import { Message } from './messages.generated' */
/** @import { Meaning, Use } from './rules.mjs' */
/** @import { Shared } from './shared' */
/** @import { Panel } from './workers.mjs' */

const STYLES = /\.(?:css|less|s[ac]ss)$/
/** @type {Panel} */
const NO_PANEL = { settings: () => ({}), plugins: () => [], starters: [] }
/** @type {Record<string, Loader>} */
const SCRIPT_LOADERS = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx' }
/** A glob's patterns may start with !. */
const GLOB = /^devkit-glob:/
/** Imports that mean something else elsewhere. */
const UNKNOWN = /[./]macro(?:\.js)?$|\.wasm$/
const SCRIPT_KINDS = new Set(['import-statement', 'require-call', 'dynamic-import', 'entry-point'])
const WASM_INIT = (/** @type {string} */ name) => `
import address from ${name};
const bytes = () => Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
export default (imports) => WebAssembly.instantiate(bytes(), imports).then(({ instance }) => instance);
`

/**
 * Return the file that an address from / names: of the project, or of the folder that Vite, CRA and Vue CLI copy.
 *
 * @param {string} address
 * @param {string} project
 */
export function fromRoot(address, project) {
  const [, path = '', query = ''] = /^([^?#]*)(.*)$/.exec(address) ?? []
  const file = ['.', 'public', 'static'].map((folder) => join(project, folder, path)).find(isFile)
  return file ? file + query : ''
}

/** @param {string} path */
const isFile = (path) => Boolean(statSync(path, { throwIfNoEntry: false })?.isFile())

/** @param {string} path */
const isScript = (path) => /\.(?:[cm]?[jt]sx?|vue)$/.test(path)

/** @param {string} path */
const loaderOf = (path) => SCRIPT_LOADERS[extname(path)] ?? 'jsx'

/** The pattern of a symbol's id. @param {Use[]} uses */
function symbolId(uses) {
  const given = uses.map(({ options }) => (isRecord(options) ? options.symbolId : undefined))
  return String(given.find((one) => typeof one === 'string') ?? '[name]')
}

/**
 * @param {Shared} shared
 * @param {(path: string) => Promise<OnLoadResult>} styleText - The CSS of a style file as text.
 * @param {Panel} [panel] - For workers and components.
 * @returns {Plugin}
 */
export function assets(shared, styleText, panel = NO_PANEL) {
  const { options } = shared
  const rules = new Rules(shared)
  /** Loaders with their options of what is asked for. @type {Use[][]} */
  const asked = []

  /** @param {string} path @param {string} key - What esbuild calls the module. @returns {Promise<OnLoadResult>} */
  async function inlined(path, key) {
    const { size } = await stat(path)
    shared.large.delete(key)
    if (size > options.inline_limit) shared.large.set(key, tooLarge(path, size, options.inline_limit))
    return { contents: await readFile(path), loader: 'dataurl' }
  }

  /** @param {Message} said */
  const warn = (said) => {
    if (!shared.warnings.some(({ text }) => text === said.text)) shared.warnings.push(said)
  }

  /** @param {string} path @param {Use[]} uses */
  const shim = async (path, uses) => {
    const contents = shimmed(path, await readFile(path, 'utf8'), uses)
    return { contents, loader: loaderOf(path), resolveDir: dirname(path) }
  }

  /** {way: what it makes of a file}.
   * @type {Record<string, (path: string, uses: Use[]) => Promise<OnLoadResult> | OnLoadResult>} */
  const ways = {
    raw: async (path) => ({ contents: await readFile(path), loader: 'text' }),
    url: (path) => inlined(path, `asset-text:${path}?url`),
    inline: (path) => (STYLES.test(path) ? styleText(path) : inlined(path, `asset-text:${path}?inline`)),
    react: (path) => svgComponent(path, shared, panel.settings()),
    svgr: (path) => svgBoth(path),
    component: (path) => svgVueComponent(path, shared),
    sprite: (path, uses) => spriteSymbol(path, symbolId(uses)),
    worker: (path) => workerModule(path, 'Worker', shared, panel),
    sharedworker: (path) => workerModule(path, 'SharedWorker', shared, panel),
    'worker-url': (path) => workerModule(path, '', shared, panel),
    init: (path) => ({ contents: WASM_INIT(JSON.stringify(`${path}?url`)), loader: 'js' }),
    html: async (path) => ({
      contents: markup(await readFile(path, 'utf8'), shared.tools),
      resolveDir: dirname(path),
    }),
    script: async (path) => ({ contents: `(0, eval)(${JSON.stringify(await readFile(path, 'utf8'))})` }),
    exports: shim,
    imports: shim,
    expose: shim,
  }

  /** @param {string} path @param {string} way @param {Use[]} uses @returns {Promise<OnLoadResult>} */
  async function made(path, way, uses) {
    try {
      return { resolveDir: options.project, ...(await ways[way]?.(path, uses)) }
    } catch (error) {
      if (error instanceof ToolFailure) return pluginFailure(error)
      throw error
    }
  }

  /**
   * A script that a rule makes something else of; one that is bundled as a worker is itself.
   *
   * @param {OnLoadArgs} args
   */
  async function ruledScript({ path, suffix }) {
    if (suffix || !isScript(path) || panel.starters.at(-1) === path || path === options.entry) return null
    const meaning = rules.of({ path, query: '', issuer: options.entry })
    if (!meaning) return null
    const { said, way, uses } = meaning
    if (!said) return made(path, way, uses)
    if (said.severity === 'error') return pluginFailure(new ToolFailure(said))
    warn(said)
    return null
  }

  return {
    name: 'assets',
    setup(build) {
      /** @type {(path: string, way: string, args: OnResolveArgs, uses?: Use[]) => Promise<OnResolveResult>} */
      const resolved = async (path, way, { importer, resolveDir, kind }, uses = []) => {
        const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: { asked: true } })
        if (found.errors.length) return { errors: found.errors }
        if (!way) return found
        const name = `${found.path}?${way}`
        if (!shared.dependencies.has(name)) shared.dependencies.set(name, [found.path])
        // what has options is a module of its own
        const mark = uses.length ? `~${asked.push(uses) - 1}` : ''
        return { path: found.path, suffix: `?${way}${mark}`, namespace: 'asset-text' }
      }
      /** @type {(request: string, query: string, args: OnResolveArgs) => Promise<{ given: OnResolveResult, meaning: Meaning } | null>} */
      const ruled = async (request, query, args) => {
        const { importer, resolveDir, kind } = args
        const found = await build.resolve(request, {
          importer,
          resolveDir,
          kind,
          pluginData: { asked: true },
        })
        if (found.errors.length || found.namespace !== 'file' || isScript(found.path)) return null
        const meaning = rules.of({ path: found.path, query, issuer: importer || options.entry })
        if (!meaning) return null
        const { said, way, uses } = meaning
        if (said?.severity === 'error')
          return { given: { errors: [{ text: said.text, notes: [{ text: said.hint ?? '' }] }] }, meaning }
        if (said) warn(said)
        return { given: await resolved(found.path, way, args, OPTIONS.has(way) ? uses : []), meaning }
      }
      build.onResolve({ filter: /[?!]/ }, async (args) => {
        if (!SCRIPT_KINDS.has(args.kind) || args.pluginData?.asked || GLOB.test(args.path)) return null
        const found = wayOf(args.path)
        if (!found) return null
        const query = /^[^!]*?(\?.*)$/.exec(args.path)?.[1]
        const rule = rules.all.length && query ? await ruled(found.path, query, args) : null
        if (rule && (rule.meaning.queried || !found.way)) return rule.given
        if (found.error) return { errors: [{ text: found.error, notes: [{ text: found.hint ?? '' }] }] }
        const given = await resolved(found.path, found.way, args, found.uses)
        return found.warning ? { ...given, warnings: [{ text: found.warning }] } : given
      })
      build.onResolve({ filter: /^(?:data-url|url|bundle-text):/ }, (args) => {
        const at = args.path.indexOf(':')
        const path = args.path.slice(at + 1)
        const asText = args.path.startsWith('bundle-text:')
        return resolved(path, asText ? (STYLES.test(path) ? 'inline' : 'raw') : 'url', args)
      })
      build.onResolve({ filter: /^\// }, (args) => {
        const { path, kind } = args
        if (kind === 'entry-point' || existsSync(path.replace(/[?#].*$/, ''))) return null
        const file = fromRoot(path, options.project)
        if (!file) return null
        const { importer, resolveDir } = args
        return build.resolve(file, { importer, resolveDir, kind })
      })
      build.onResolve({ filter: UNKNOWN }, ({ path, kind }) => {
        const isMacro = !path.endsWith('.wasm')
        if (!SCRIPT_KINDS.has(kind) || (!isMacro && kind !== 'dynamic-import')) return null
        const text = isMacro
          ? `${path} is a macro of Babel: it works only where Babel runs it.`
          : `import(${JSON.stringify(path)}) gives the address of the file here, not what the module exports.`
        const hint = isMacro
          ? 'Write what it makes, or import the package without /macro.'
          : 'Write ?init: import start from "./file.wasm?init"; start().then(({ exports }) => …).'
        return { errors: [{ text, notes: [{ text: hint }] }] }
      })
      build.onResolve({ filter: new RegExp(`^${PLAIN}`) }, ({ path }) => ({
        path: path.slice(PLAIN.length),
        suffix: '?plain',
      }))
      if (rules.all.length) {
        build.onResolve({ filter: /\.[A-Za-z0-9]+$/ }, async (args) => {
          if (!SCRIPT_KINDS.has(args.kind) || args.pluginData?.asked || isScript(args.path)) return null
          return (await ruled(args.path, '', args))?.given ?? null
        })
        const filter = rules.scripts()
        if (filter) build.onLoad({ filter, namespace: 'file' }, ruledScript)
      }
      build.onLoad({ filter: /./, namespace: 'asset-text' }, ({ path, suffix }) => {
        const [way = '', number] = suffix.slice(1).split('~')
        return made(path, way, asked[Number(number)] ?? [])
      })
      build.onLoad({ filter: ASSETS, namespace: 'file' }, ({ path }) =>
        inlined(path, toPosix(relative(options.project, path))),
      )
      build.onLoad({ filter: /\.ya?ml$/, namespace: 'file' }, ({ path }) => yaml(path, shared))
    },
  }
}

/**
 * @param {string} path
 * @param {Shared} shared
 * @returns {Promise<OnLoadResult>}
 */
async function yaml(path, { tools }) {
  try {
    const value = tools.load('yaml').parse(await readFile(path, 'utf8'), { merge: true })
    return { contents: JSON.stringify(value ?? null), loader: 'json' }
  } catch (error) {
    const [{ line = 0, col: column = 0 } = {}] = /** @type {any} */ (error)?.linePos ?? []
    const text =
      textOf(error)
        .split('\n')[0]
        ?.replace(/ at line \d+, column \d+:?$/, '') ?? ''
    return pluginFailure(new ToolFailure({ text, file: path, line, column, stage: 'yaml' }))
  }
}

/**
 * @param {string} path
 * @param {number} size
 * @param {number} limit
 */
function tooLarge(path, size, limit) {
  return new ToolFailure({
    text: `${basename(path)} is ${size} bytes, over inline_limit (${limit}); a release has only one JS and one CSS file, so it cannot be a file of its own.`,
    hint: `Make the ${extname(path).slice(1)} smaller, load it from an https:// address, or raise inline_limit in devkit.toml.`,
    file: path,
    stage: 'assets',
  })
}
