// Workers: their script is bundled by itself and put into the panel as a text that becomes a blob.
import { basename, join } from 'node:path'
import { fromEsbuild } from './diagnostics.mjs'

/** @import { BuildOptions, OnLoadResult, Plugin } from 'esbuild' */
/** @import { Shared } from './shared' */

/**
 * What a worker's bundle takes from the panel's: settings, and plugins for a script that is started by others.
 *
 * @typedef {{ settings: () => BuildOptions, plugins: (starters: string[]) => Plugin[], starters: string[] }} Panel
 */

/**
 * Return the module of a worker: a function that starts it as the default export, or its address without a kind.
 *
 * @param {string} path
 * @param {'Worker' | 'SharedWorker' | ''} kind
 * @param {Shared} shared
 * @param {Panel} panel
 * @returns {Promise<OnLoadResult>}
 */
export async function workerModule(path, kind, shared, panel) {
  if (panel.starters.includes(path)) {
    const text = `${basename(path)} starts itself as a worker; a worker in a panel cannot.`
    return { errors: [{ text }] }
  }
  try {
    return { contents: moduleOf(await bundled(path, shared, panel), kind), loader: 'js' }
  } catch (error) {
    const { errors } = /** @type {{ errors?: import('esbuild').Message[] }} */ (error)
    if (!errors?.length) throw error
    return { errors }
  }
}

/**
 * @param {string} path
 * @param {Shared} shared
 * @param {Panel} panel
 */
async function bundled(path, shared, { settings: ofPanel, plugins, starters }) {
  const { define = {}, ...settings } = ofPanel()
  const { outputFiles, metafile, warnings } = await shared.tools.load('esbuild').build({
    ...settings,
    entryPoints: [path],
    outdir: 'worker',
    format: 'iife',
    globalName: undefined,
    banner: undefined,
    footer: undefined,
    sourcemap: shared.options.sourcemap && !shared.release ? 'inline' : false,
    define: { ...define, global: 'self', 'import.meta.url': 'self.location.href' },
    metafile: true,
    write: false,
    plugins: plugins([...starters, path]),
  })
  const files = Object.keys(metafile.inputs).filter((name) => !/^[\w-]{2,}:/.test(name))
  shared.dependencies.set(
    `${path}?worker`,
    files.map((name) => join(shared.options.project, name)),
  )
  for (const message of warnings) {
    shared.warnings.push(fromEsbuild(message, shared.options.project, 'warning'))
  }
  return outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? ''
}

/**
 * @param {string} code
 * @param {string} kind
 */
function moduleOf(code, kind) {
  const head = [
    `const code = ${JSON.stringify(code)};`,
    'let made;',
    // one address: what is started with it again is the same shared worker
    'const address = () => made || (made = URL.createObjectURL(new Blob([code], { type: "text/javascript" })));',
  ]
  const body = kind
    ? `export default function (options) { return new ${kind}(address(), { name: options && options.name }); }`
    : 'export default address();'
  return [...head, body].join('\n')
}
