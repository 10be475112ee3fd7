// A panel in a folder of its own, and what the worker's parts take; gone after the test.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { aliasesOf } from '../../../../devkit/build/worker/aliases.mjs'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { nothingFound } from '../../../../devkit/build/worker/reading.mjs'
import { StyleUse } from '../../../../devkit/build/worker/style_use.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { tsconfigPaths } from '../../../../devkit/build/worker/tsconfig.mjs'

/** @import { TestContext } from 'node:test' */
/** @import { Plugin } from 'esbuild' */
/** @import { WorkerOptions } from '../../../../devkit/build/worker/messages.generated' */
/** @import { Manifest, Shared } from '../../../../devkit/build/worker/shared' */

/** The packages that the client's lock file pins are those of the toolchain. */
export const TOOLCHAIN = fileURLToPath(new URL('../../../../devkit/sdk/client', import.meta.url))

/**
 * Write files into a new folder, and return it.
 *
 * @param {Pick<TestContext, 'after'>} test
 * @param {Record<string, string | Uint8Array>} files
 */
export function folderOf(test, files) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'worker-')))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  write(folder, files)
  return folder
}

/**
 * @param {string} folder
 * @param {Record<string, string | Uint8Array>} files
 */
export function write(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/**
 * @param {string} project
 * @param {Partial<WorkerOptions>} [changes]
 * @returns {WorkerOptions}
 */
export function optionsOf(project, changes = {}) {
  return {
    project,
    entry: join(project, 'src/index.js'),
    guessed: false,
    mode: 'development',
    target: 'es2017,ios12,chrome70',
    react: 'host',
    format: 'iife',
    global_name: '',
    px_to_viewport: 0,
    px_rules: { packages: {}, exclude: [], include: [] },
    less_math: 'always',
    trusted: true,
    inline_limit: 65536,
    hot: false,
    sourcemap: false,
    alias: {},
    define: {},
    css_modules: 'auto',
    less_vars: {},
    style_prelude: {},
    configurations: {},
    given: [],
    run: false,
    env: {},
    said: [],
    ...changes,
  }
}

/**
 * Return what the plugins share.
 *
 * @param {string} project
 * @param {Partial<WorkerOptions>} [changes]
 * @param {Manifest} [manifest]
 * @returns {Shared}
 */
export function sharedOf(project, changes, manifest = {}) {
  const options = optionsOf(project, changes)
  const tools = new Tools(project, TOOLCHAIN)
  return {
    tools,
    toolchain: TOOLCHAIN,
    options,
    manifest,
    aliases: aliasesOf(manifest, options),
    paths: () => tsconfigPaths(tools, project),
    release: options.mode === 'production',
    found: nothingFound(),
    styleUse: new StyleUse(tools),
    dropped: new Set(),
    warnings: [],
    dependencies: new Map(),
    virtual: new Map(),
    large: new Map(),
    packageScripts: new Set(),
    parsed: null,
    plain: new Map(),
    named: () => false,
  }
}

/**
 * Bundle src/index.js with one plugin, and return the texts of {index.js, index.css}.
 *
 * @param {Shared} shared
 * @param {Plugin} plugin
 */
export async function bundle({ tools, options }, plugin) {
  const { outputFiles } = await tools.load('esbuild').build({
    absWorkingDir: options.project,
    entryPoints: [options.entry],
    bundle: true,
    write: false,
    outdir: 'out',
    logLevel: 'silent',
    charset: 'utf8',
    plugins: [plugin],
  })
  const text = (/** @type {string} */ suffix) =>
    outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? ''
  return { js: text('.js'), css: text('.css') }
}

/** {tool: its file}, as devkit/build/project/configurations.py has them. @type {[string, RegExp][]} */
const TOOLS = [
  ['webpack', /^webpack\.config\./],
  ['vite', /^vite\.config\./],
  ['vue', /^vue\.config\./],
  ['craco', /^craco\.config\./],
  ['umi', /^\.umirc\./],
  ['customize-cra', /^config-overrides\./],
  ['babel', /^(?:\.babelrc|babel\.config\.)/],
]

/**
 * Build src/index.js with the whole worker, run it, and return what it put into `seen`, with what was said.
 *
 * @param {Pick<TestContext, 'after'>} test
 * @param {Record<string, string | Uint8Array>} files
 * @param {Partial<WorkerOptions>} [changes]
 */
export async function ran(test, files, changes = {}) {
  const folder = folderOf(test, { 'package.json': '{}', ...files })
  const project = new Project(folder, TOOLCHAIN)
  test.after(() => project.close())
  const entry = join(folder, Object.keys(files).find((name) => /^src\/index\./.test(name)) ?? '')
  const found = Object.keys(files).flatMap((name) => {
    const [tool] = TOOLS.find(([, pattern]) => pattern.test(name)) ?? []
    return tool ? [[tool, join(folder, name)]] : []
  })
  await project.open(optionsOf(folder, { entry, configurations: Object.fromEntries(found), ...changes }))
  return { folder, project, ...(await result(project)) }
}

/**
 * Build once more, and run what it gives.
 *
 * @param {Project} project
 */
export async function result(project) {
  /** @type {import('../../../../devkit/build/worker/project.mjs').ProjectReply} */
  const reply = await project.rebuild().catch((error) => ({ errors: project.explain(error) }))
  const { parts, errors = [], warnings = [] } = reply
  /** @type {string[]} */
  const inputs = reply.inputs ?? []
  /** @type {any} */
  const seen = {}
  const page = { seen, URL, atob, setTimeout, console, React: { createElement } }
  const js = Buffer.from(parts?.get('js') ?? '').toString()
  runInNewContext(js, Object.assign(page, { window: page }))
  await new Promise((resolve) => setTimeout(resolve, 0))
  return { seen: JSON.parse(JSON.stringify(seen)), js, errors, warnings, inputs }
}

/** @param {unknown} type @param {object | null} props @param {unknown[]} children */
const createElement = (type, props, ...children) =>
  typeof type === 'function' ? type(props ?? {}) : { type, props: props ?? {}, children }

/**
 * What a message says and where, without the folder.
 *
 * @param {{ text: string, file?: string, line?: number, column?: number }[]} messages
 */
export const places = (messages) =>
  messages.map(({ file = '', line, column }) => `${file.split('/').at(-1)}:${line}:${column}`)

/** Without the blanks, which compilers place as they like. @param {string | Uint8Array | undefined} css */
export function plain(css) {
  return String(css)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, '')
}
