// Bundle the page-side code. Each row of ENTRIES is one output file; add a row to add a page script.

import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'

/** @import { BuildOptions, Plugin, PluginBuild } from 'esbuild' */

const here = dirname(fileURLToPath(import.meta.url))
const devserver = '../../devserver/client'

/** Oldest engine that a panel host meets: WeChat's web view on iOS 12 and Android. */
const PANEL_TARGET = ['es2017', 'ios12', 'chrome70']
/** Pages that only a developer's own browser opens. */
const CONSOLE_TARGET = ['es2020']

/**
 * source and output are relative to this folder; a missing source is skipped with a line saying so.
 * limit is the largest gzip size in bytes that the build accepts.
 *
 * @type {{ source: string, output: string, target: string[], limit?: number, globalName?: string, define?: Record<string, string> }[]}
 */
const ENTRIES = [
  { source: 'src/runtime.ts', output: 'dist/runtime.js', target: PANEL_TARGET, limit: 90_000 },
  { source: 'src/official.ts', output: 'dist/official.js', target: PANEL_TARGET },
  { source: `${devserver}/src/live.ts`, output: `${devserver}/dist/live.js`, target: PANEL_TARGET },
  {
    source: `${devserver}/src/refresh.ts`,
    output: `${devserver}/dist/refresh.js`,
    target: PANEL_TARGET,
    define: { 'process.env.NODE_ENV': '"development"' },
  },
  {
    source: `${devserver}/src/guest.ts`,
    output: `${devserver}/dist/guest.js`,
    target: PANEL_TARGET,
    // The dev server puts a function with this parameter around the script.
    define: { 'window.__DEVKIT__': 'devkitGuest' },
  },
  { source: `${devserver}/src/agentless.ts`, output: `${devserver}/dist/agentless.js`, target: PANEL_TARGET },
  { source: `${devserver}/src/debug.ts`, output: `${devserver}/dist/debug.js`, target: PANEL_TARGET },
  {
    source: 'node_modules/chobitsu/dist/cjs/index.js',
    output: `${devserver}/dist/chobitsu.js`,
    target: PANEL_TARGET,
    globalName: 'chobitsu',
  },
  { source: `${devserver}/src/recorder.ts`, output: `${devserver}/dist/recorder.js`, target: PANEL_TARGET },
  { source: `${devserver}/src/pick.ts`, output: `${devserver}/dist/pick.js`, target: PANEL_TARGET },
  { source: `${devserver}/src/frame.ts`, output: `${devserver}/dist/frame.js`, target: PANEL_TARGET },
  { source: `${devserver}/src/worker.ts`, output: `${devserver}/dist/worker.js`, target: PANEL_TARGET },
  { source: `${devserver}/console/main.tsx`, output: `${devserver}/dist/console.js`, target: CONSOLE_TARGET },
]

/**
 * Globals of the host page, taken as published: package, file in it, output.
 *
 * @type {[string, string, string][]}
 */
const COPIES = [
  ['react', 'umd/react.development.js', `${devserver}/dist/react-dev.js`],
  ['react-dom', 'umd/react-dom.development.js', `${devserver}/dist/react-dom-dev.js`],
  ['react', 'umd/react.production.min.js', `${devserver}/dist/react.js`],
  ['react-dom', 'umd/react-dom.production.min.js', `${devserver}/dist/react-dom.js`],
  ['regenerator-runtime', 'runtime.js', `${devserver}/dist/regenerator.js`],
]

/** Modules of the official packages that ours replace: HTTP and WebSocket become calls over the link, logs nothing. */
const STAND_INS = [
  { of: /[\\/]qcloud-iotexplorer-appdev-sdk[\\/]/, request: './request', module: 'src/app_request.ts' },
  { of: /[\\/]qcloud-iotexplorer-appdev-sdk[\\/]/, request: './WebSocket', module: 'src/app_socket.ts' },
  { of: /[\\/]qcloud-iotexplorer-common-libs[\\/]/, request: './crypto-js', module: 'src/adapter_crypto.ts' },
]

/**
 * The Bluetooth adapters bring an older appdev-sdk and libraries of their own, twice: they get ours, once. What
 * they have for mini programs is left out.
 */
const ADAPTER = /[\\/]qcloud-iotexplorer-bluetooth-adapter(-llsync)?[\\/]/
const CONFIG = /[\\/]iotexplorer-ui-dev-config[\\/]/
const SHARED = /^(qcloud-iotexplorer-appdev-sdk|event-emitter-for-miniprogram)$/
const LIBRARIES =
  'node_modules/qcloud-iotexplorer-bluetooth-adapter/node_modules/qcloud-iotexplorer-common-libs/lib/index.js'

/** @param {PluginBuild} build */
function shareWithAdapters(build) {
  build.onResolve({ filter: SHARED }, ({ path, importer, pluginData }) =>
    ADAPTER.test(importer) && !pluginData
      ? build.resolve(path, { resolveDir: here, kind: 'import-statement', pluginData: 'shared' })
      : undefined,
  )
  build.onResolve({ filter: /^qcloud-iotexplorer-common-libs$/ }, ({ importer }) =>
    ADAPTER.test(importer) ? { path: resolve(here, LIBRARIES) } : undefined,
  )
  build.onResolve({ filter: /^spark-md5$/ }, () => ({ path: resolve(here, 'src/adapter_md5.ts') }))
  build.onResolve({ filter: /^tslib$/ }, ({ importer }) =>
    ADAPTER.test(importer) || CONFIG.test(importer)
      ? { path: resolve(here, 'src/adapter_helpers.ts') }
      : undefined,
  )
  build.onResolve({ filter: /^\.\/(miniprogram|nativeBluetoothApi)$/ }, ({ path, importer }) =>
    ADAPTER.test(importer) ? { path, namespace: 'left-out' } : undefined,
  )
  build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
}

/**
 * The agent of DevTools starts with the page: what draws pictures waits until it is called, and what the target
 * has anyway is left out.
 *
 * @param {PluginBuild} build
 */
function slimAgent(build) {
  build.onResolve({ filter: /^html2canvas$/ }, ({ path, pluginData }) =>
    pluginData ? undefined : { path, namespace: 'called-later' },
  )
  build.onLoad({ filter: /.*/, namespace: 'called-later' }, ({ path }) => ({
    contents: `module.exports = (...given) => require('${path}')(...given)`,
    resolveDir: here,
    pluginData: 'itself',
  }))
  build.onResolve({ filter: /^(core-js|path2d-polyfill)/ }, ({ path }) => ({ path, namespace: 'left-out' }))
}

/** @type {Plugin} */
const standIns = {
  name: 'stand-ins',
  setup(build) {
    shareWithAdapters(build)
    slimAgent(build)
    build.onResolve({ filter: /^\.\/(request|WebSocket|crypto-js)$/ }, ({ path, importer }) => {
      const found = STAND_INS.find((item) => item.of.test(importer) && item.request === path)
      return found ? { path: resolve(here, found.module) } : undefined
    })
    build.onResolve({ filter: /^qcloud-iotexplorer-logger$/ }, () => ({
      path: resolve(here, 'src/app_logger.ts'),
    }))
  },
}

/**
 * {output folder: names of the packages whose code is in it}, for the licence notices.
 *
 * @type {Map<string, Set<string>>}
 */
const shipped = new Map()

/**
 * @param {string} output
 * @param {string[]} packages
 */
function ship(output, packages) {
  const folder = resolve(here, dirname(output))
  shipped.set(folder, new Set([...(shipped.get(folder) ?? []), ...packages]))
}

/**
 * Return the packages that a build took code from.
 *
 * @param {string[]} inputs
 */
function packagesOf(inputs) {
  return inputs.flatMap((file) => file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? [])
}

/**
 * Return the licence text of a package, as published.
 *
 * @param {string} name
 */
async function notice(name) {
  const folder = resolve(here, 'node_modules', name)
  const { version, license } = JSON.parse(await readFile(resolve(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file ? await readFile(resolve(folder, file), 'utf8') : ''
  return `${name} ${version} (${license ?? 'see the package'})\n\n${text.trim()}`
}

/** The build worker as a wheel has it; a checkout runs it as it is written. */
const WORKER = { source: '../../build/worker', output: 'dist/worker' }

/** @param {string} [inner] - Folder of the worker. */
async function minifyWorker(inner = '.') {
  const folder = resolve(here, WORKER.source, inner)
  const output = resolve(here, WORKER.output, inner)
  await mkdir(output, { recursive: true })
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await minifyWorker(join(inner, entry.name))
    if (!entry.name.endsWith('.mjs')) continue
    const source = await readFile(join(folder, entry.name), 'utf8')
    const { code } = await esbuild.transform(source, { minify: true, charset: 'utf8', target: 'node18' })
    await writeFile(join(output, entry.name), code)
  }
}

const watch = process.argv.includes('--watch')
/** Names of outputs to build, such as `node build.mjs runtime`; all when none is given. */
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

for (const [name, source, output] of COPIES) {
  await mkdir(dirname(resolve(here, output)), { recursive: true })
  const file = resolve(here, 'node_modules', name, source)
  if (source.includes('.development.')) {
    const { code } = await esbuild.transform(await readFile(file, 'utf8'), {
      minify: true,
      target: PANEL_TARGET,
    })
    await writeFile(resolve(here, output), code)
  } else await copyFile(file, resolve(here, output))
  ship(output, [name])
}

for (const entry of ENTRIES) {
  if (wanted.length && !wanted.some((name) => entry.output.endsWith(`/${name}.js`))) continue
  const source = resolve(here, entry.source)
  if (!existsSync(source)) {
    console.log(`${entry.source}: not there, skipped`)
    continue
  }
  const outfile = resolve(here, entry.output)
  /** @type {BuildOptions} */
  const options = {
    entryPoints: [source],
    outfile,
    bundle: true,
    minify: !watch,
    format: 'iife',
    target: entry.target,
    ...(entry.globalName ? { globalName: entry.globalName } : {}),
    // iOS 12 lacks corner cases of destructuring that this code does not use.
    supported: { destructuring: true },
    charset: 'utf8',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    nodePaths: [resolve(here, 'node_modules')],
    loader: { '.css': 'text', '.svg': 'text' },
    define: { 'process.env.NODE_ENV': '"production"', global: 'window', ...entry.define },
    // The adapters log each message.
    pure: ['console.log'],
    plugins: [standIns],
    logLevel: 'warning',
  }
  if (watch) {
    await (await esbuild.context(options)).watch()
    continue
  }
  const { metafile } = await esbuild.build({ ...options, metafile: true })
  ship(entry.output, packagesOf(Object.keys(metafile.inputs)))
  // a function in parentheses is compiled while it is read, an arrow is read twice
  const text = (await readFile(outfile, 'utf8')).replace(/^((?:"use strict";)?)\(\(\)=>\{/, '$1(function(){')
  await writeFile(outfile, text)
  const bytes = Buffer.from(text)
  const gzip = gzipSync(bytes, { level: 9 }).length
  console.log(`${entry.output}: ${bytes.length} bytes, ${gzip} gzip`)
  if (entry.limit && gzip > entry.limit) {
    console.error(`${entry.output}: ${gzip} bytes gzip is over the limit of ${entry.limit}.`)
    process.exitCode = 1
  }
}

if (!watch && !wanted.length) {
  await rm(resolve(here, WORKER.output), { recursive: true, force: true })
  await minifyWorker()
  for (const [folder, packages] of shipped) {
    const notices = await Promise.all([...packages].sort().map(notice))
    await writeFile(resolve(folder, 'LICENSES.txt'), `${notices.join(`\n\n${'='.repeat(78)}\n\n`)}\n`)
  }
}
