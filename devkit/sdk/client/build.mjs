// Bundle the page-side code. Each row of ENTRIES is one output file; add a row to add a page script.
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const devserver = '../../devserver/client'

/** Oldest engine that a panel host meets: WeChat's web view on iOS 12 and Android. */
const PANEL_TARGET = ['es2017', 'ios12', 'chrome70']
/** Pages that only a developer's own browser opens. */
const CONSOLE_TARGET = ['es2020']

/**
 * source and output are relative to this folder; a missing source is skipped with a line saying so.
 * limit is the largest gzip size in bytes that the build accepts.
 */
const ENTRIES = [
  { source: 'src/runtime.ts', output: 'dist/runtime.js', target: PANEL_TARGET, limit: 90_000 },
  { source: `${devserver}/src/live.ts`, output: `${devserver}/dist/live.js`, target: PANEL_TARGET },
  { source: `${devserver}/console/main.tsx`, output: `${devserver}/dist/console.js`, target: CONSOLE_TARGET },
]

/** Globals of the host page, taken as published: [file in node_modules, output]. */
const COPIES = [
  ['react/umd/react.production.min.js', `${devserver}/dist/react.js`],
  ['react-dom/umd/react-dom.production.min.js', `${devserver}/dist/react-dom.js`],
  ['regenerator-runtime/runtime.js', `${devserver}/dist/regenerator.js`],
]

/** Modules of the official packages that ours replace: HTTP and WebSocket become calls over the link. */
const STAND_INS = [
  { of: /[\\/]qcloud-iotexplorer-appdev-sdk[\\/]/, request: './request', module: 'src/app_request.ts' },
  { of: /[\\/]qcloud-iotexplorer-appdev-sdk[\\/]/, request: './WebSocket', module: 'src/app_socket.ts' },
]

const standIns = {
  name: 'stand-ins',
  setup(build) {
    build.onResolve({ filter: /^\.\/(request|WebSocket)$/ }, ({ path, importer }) => {
      const found = STAND_INS.find((item) => item.of.test(importer) && item.request === path)
      return found ? { path: resolve(here, found.module) } : undefined
    })
  },
}

const watch = process.argv.includes('--watch')
/** Names of outputs to build, such as `node build.mjs runtime`; all when none is given. */
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

for (const [source, output] of COPIES) {
  await mkdir(dirname(resolve(here, output)), { recursive: true })
  await copyFile(resolve(here, 'node_modules', source), resolve(here, output))
}

for (const entry of ENTRIES) {
  if (wanted.length && !wanted.some((name) => entry.output.endsWith(`/${name}.js`))) continue
  const source = resolve(here, entry.source)
  if (!existsSync(source)) {
    console.log(`${entry.source}: not there, skipped`)
    continue
  }
  const options = {
    entryPoints: [source],
    outfile: resolve(here, entry.output),
    bundle: true,
    minify: !watch,
    format: 'iife',
    target: entry.target,
    // iOS 12 lacks corner cases of destructuring that this code does not use.
    supported: { destructuring: true },
    charset: 'utf8',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    nodePaths: [resolve(here, 'node_modules')],
    loader: { '.css': 'text', '.svg': 'text' },
    define: { 'process.env.NODE_ENV': '"production"', global: 'window', ...entry.define },
    alias: entry.alias ?? {},
    plugins: [standIns],
    logLevel: 'warning',
  }
  if (watch) {
    await (await esbuild.context(options)).watch()
    continue
  }
  await esbuild.build(options)
  const bytes = await readFile(options.outfile)
  const gzip = gzipSync(bytes, { level: 9 }).length
  console.log(`${entry.output}: ${bytes.length} bytes, ${gzip} gzip`)
  if (entry.limit && gzip > entry.limit) {
    console.error(`${entry.output}: ${gzip} bytes gzip is over the limit of ${entry.limit}.`)
    process.exitCode = 1
  }
}
