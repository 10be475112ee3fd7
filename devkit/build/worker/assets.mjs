// Images, fonts, media and data files, and imports that say how: with a query (?raw, ?worker), a scheme (url:) or
// the loaders of webpack (raw-loader!).
import { readFile, stat } from 'node:fs/promises'
import { basename, extname, relative } from 'node:path'
import { ASSETS } from './context.mjs'
import { pluginFailure, ToolFailure, textOf } from './diagnostics.mjs'
import { toPosix } from './folders.mjs'
import { wayOf } from './queries.mjs'
import { svgBoth, svgComponent, svgVueComponent } from './svg.mjs'
import { spriteSymbol, svgRule } from './svg_rules.mjs'
import { workerModule } from './workers.mjs'

/** @import { OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild' */
/** @import { Shared } from './shared' */
/** @import { Panel } from './workers.mjs' */

const STYLES = /\.(?:css|less|s[ac]ss)$/
/** @type {Panel} */
const NO_PANEL = { settings: () => ({}), plugins: () => [], starters: [] }
const SCRIPT_KINDS = new Set(['import-statement', 'require-call', 'dynamic-import', 'entry-point'])
const WASM_INIT = (/** @type {string} */ name) => `
import address from ${name};
const bytes = () => Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
export default (imports) => WebAssembly.instantiate(bytes(), imports).then(({ instance }) => instance);
`

/**
 * @param {Shared} shared
 * @param {(path: string) => Promise<OnLoadResult>} styleText - The CSS of a style file as text.
 * @param {Panel} [panel] - For workers and components.
 * @returns {Plugin}
 */
export function assets(shared, styleText, panel = NO_PANEL) {
  const { options } = shared
  /** @type {import('./svg_rules.mjs').SvgRule | undefined} */
  let rule

  /** @param {string} path @param {string} key - What esbuild calls the module. @returns {Promise<OnLoadResult>} */
  async function inlined(path, key) {
    const { size } = await stat(path)
    shared.large.delete(key)
    if (size > options.inline_limit) shared.large.set(key, tooLarge(path, size, options.inline_limit))
    return { contents: await readFile(path), loader: 'dataurl' }
  }

  /** {way: what it makes of a file}. @type {Record<string, (path: string) => Promise<OnLoadResult> | OnLoadResult>} */
  const ways = {
    raw: async (path) => ({ contents: await readFile(path), loader: 'text' }),
    url: (path) => inlined(path, `asset-text:${path}?url`),
    inline: (path) => (STYLES.test(path) ? styleText(path) : inlined(path, `asset-text:${path}?inline`)),
    react: (path) => svgComponent(path, shared, panel.settings()),
    svgr: (path) => svgBoth(path),
    component: (path) => svgVueComponent(path, shared),
    sprite: (path) => spriteSymbol(path, rule ?? svgRule(shared)),
    worker: (path) => workerModule(path, false, shared, panel),
    'worker-url': (path) => workerModule(path, true, shared, panel),
    init: (path) => ({ contents: WASM_INIT(JSON.stringify(`${path}?url`)), loader: 'js' }),
  }

  /** @param {OnLoadArgs} args @returns {Promise<OnLoadResult>} */
  async function queried({ path, suffix }) {
    try {
      const made = await ways[suffix.slice(1)]?.(path)
      return { resolveDir: options.project, ...made }
    } catch (error) {
      if (error instanceof ToolFailure) return pluginFailure(error)
      throw error
    }
  }

  return {
    name: 'assets',
    setup(build) {
      /** @type {(path: string, way: string, args: OnResolveArgs) => Promise<OnResolveResult>} */
      const resolved = async (path, way, { importer, resolveDir, kind }) => {
        const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: { asked: true } })
        if (found.errors.length) return { errors: found.errors }
        if (!way) return found
        const name = `${found.path}?${way}`
        if (!shared.dependencies.has(name)) shared.dependencies.set(name, [found.path])
        return { path: found.path, suffix: `?${way}`, namespace: 'asset-text' }
      }
      build.onResolve({ filter: /[?!]/ }, async (args) => {
        if (!SCRIPT_KINDS.has(args.kind) || args.pluginData?.asked) return null
        const found = wayOf(args.path)
        if (!found) return null
        if (found.error) return { errors: [{ text: found.error, notes: [{ text: found.hint ?? '' }] }] }
        const made = await resolved(found.path, found.way, args)
        return found.warning ? { ...made, warnings: [{ text: found.warning }] } : made
      })
      build.onResolve({ filter: /^(?:data-url|url|bundle-text):/ }, (args) => {
        const at = args.path.indexOf(':')
        const path = args.path.slice(at + 1)
        const asText = args.path.startsWith('bundle-text:')
        return resolved(path, asText ? (STYLES.test(path) ? 'inline' : 'raw') : 'url', args)
      })
      build.onResolve({ filter: /\.svg$/ }, async (args) => {
        if (!SCRIPT_KINDS.has(args.kind) || args.pluginData?.asked) return null
        rule ??= svgRule(shared)
        if (rule.kind === 'url') return null
        if (rule.kind === 'component') return resolved(args.path, 'react', args)
        const made = await resolved(args.path, 'sprite', args)
        const isIn = !rule.folders.length || rule.folders.some((folder) => made.path?.startsWith(folder))
        return isIn ? made : null
      })
      build.onLoad({ filter: /./, namespace: 'asset-text' }, queried)
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
