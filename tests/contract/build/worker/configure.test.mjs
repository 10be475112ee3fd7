import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { configure } from '../../../../devkit/build/worker/configure.mjs'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { manifestOf, nothingFound } from '../../../../devkit/build/worker/reading.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { folderOf, optionsOf, ran, TOOLCHAIN } from './panel.mjs'

/** @import { TestContext } from 'node:test' */
/** @import { WorkerOptions } from '../../../../devkit/build/worker/messages.generated' */

/**
 * @param {TestContext} t
 * @param {Record<string, string>} files
 * @param {Partial<WorkerOptions>} [changes]
 */
function settingsOf(t, files, changes) {
  const folder = folderOf(t, files)
  const tools = new Tools(folder, TOOLCHAIN)
  const reading = { manifest: manifestOf(folder), found: nothingFound(), paths: () => [] }
  return { folder, tools, ...configure(tools, TOOLCHAIN, optionsOf(folder, changes), reading) }
}

/** @param {ReturnType<typeof settingsOf>} made */
async function built({ tools, settings }) {
  const { outputFiles } = await tools.load('esbuild').build(settings)
  return outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? ''
}

/** @type {[string, Record<string, string>, Record<string, unknown>, string][]} */
const JSX = [
  ['the React of the host', {}, {}, 'transform React.createElement'],
  ['preact', { preact: '10' }, {}, 'automatic preact'],
  [
    'preact as react',
    { preact: '10' },
    { alias: { react: 'preact/compat' } },
    'transform React.createElement',
  ],
  ['preact beside react', { preact: '10', react: '16' }, {}, 'transform React.createElement'],
  ['vue', { vue: '3' }, {}, 'automatic vue'],
  ['bundled React without an install', {}, { react: 'bundle' }, 'transform React.createElement'],
]
for (const [what, dependencies, changes, expected] of JSX) {
  test(`JSX for ${what} is ${expected}`, (t) => {
    const { settings } = settingsOf(t, { 'package.json': JSON.stringify({ dependencies }) }, changes)
    assert.equal(`${settings.jsx} ${settings.jsxFactory ?? settings.jsxImportSource}`, expected)
  })
}

test('JSX for bundled React 17 is automatic', (t) => {
  const files = { 'node_modules/react/package.json': '{}', 'node_modules/react/jsx-runtime.js': '' }
  assert.equal(settingsOf(t, files, { react: 'bundle' }).settings.jsx, 'automatic')
})

test('a release is minified, and its maps are apart', (t) => {
  const { settings } = settingsOf(t, {}, { mode: 'production', sourcemap: true })
  assert.deepEqual([settings.minify, settings.sourcemap], [true, 'external'])
  const { settings: dev } = settingsOf(t, {}, { sourcemap: true })
  assert.deepEqual([dev.minify, dev.sourcemap], [false, 'linked'])
  assert.equal(settingsOf(t, {}).settings.sourcemap, false)
})

for (const [target, kept] of /** @type {[string, boolean][]} */ ([
  ['es2017,ios12,chrome70', true],
  ['es2015, ios10', true],
  ['es2015,ios9', false],
  ['es5', false],
  ['es2017,ie11', false],
])) {
  test(`${target} ${kept ? 'keeps' : 'translates'} destructuring`, (t) => {
    const { settings } = settingsOf(t, {}, { target })
    assert.equal(settings.supported?.destructuring ?? false, kept)
  })
}

test('the style beside an entry without imports is taken, as its own build would', (t) => {
  const taken = (/** @type {string} */ source) =>
    settingsOf(t, { 'src/index.js': source, 'src/index.css': '.a{}' }).settings.entryPoints?.length
  assert.deepEqual([taken('let a'), taken("import './index.css'")], [2, 1])
})

test('a jsconfig.json serves where there is no tsconfig.json', (t) => {
  const { folder, settings } = settingsOf(t, { 'jsconfig.json': '{}' })
  assert.equal(settings.tsconfig, join(folder, 'jsconfig.json'))
  const both = settingsOf(t, { 'jsconfig.json': '{}', 'tsconfig.json': '{}' })
  assert.equal(both.settings.tsconfig, undefined)
})

test('aliases of devkit.toml beat those of package.json; paths of Parcel stay out', (t) => {
  const alias = { '@/': './lib/', a: 'b', './x': './y', 'c*': 'd', e: { global: 'E' } }
  const { settings, folder } = settingsOf(
    t,
    { 'package.json': JSON.stringify({ alias }) },
    { alias: { '@': './src/' } },
  )
  assert.deepEqual(settings.alias, { '@': join(folder, 'src'), a: 'b' })
})

test('variables are there under their names, alone and as a whole', async (t) => {
  const source = `globalThis.seen = JSON.stringify([
    process.env.NODE_ENV, process.env.PANEL_A, import.meta.env.MODE, import.meta.env.DEV, process.env, FLAG])`
  const made = settingsOf(t, { 'src/index.js': source }, { env: { PANEL_A: 'x' }, define: { FLAG: '1 + 1' } })
    .settings.define
  assert.equal(made?.FLAG, '1 + 1')
  const files = { 'src/index.js': source.replace('FLAG', 'FLAG') }
  const page = { seen: '' }
  runInNewContext(await built(settingsOf(t, files, { env: { PANEL_A: 'x' }, define: { FLAG: '2' } })), page)
  const whole = { NODE_ENV: 'development', PANEL_A: 'x' }
  assert.deepEqual(JSON.parse(page.seen), ['development', 'x', 'development', true, whole, 2])
})

test('without variables of its own, process.env costs nothing and has nothing', (t) => {
  const { define } = settingsOf(t, {}).settings
  assert.deepEqual([define?.['process.env'], define?.['import.meta.env']], ['""', '""'])
})

test('umd sets a global, and answers require and AMD', async (t) => {
  const changes = { format: 'umd', global_name: 'My.Panel' }
  const js = await built(settingsOf(t, { 'src/index.js': 'export const a = 1' }, changes))
  const page = { self: { My: { Panel: { a: 0 } } } }
  runInNewContext(js, page)
  assert.equal(page.self.My.Panel.a, 1)
  const module = { exports: { a: 0 } }
  runInNewContext(js, { module })
  assert.equal(module.exports.a, 1)
  let given = /** @type {unknown[]} */ ([])
  const define = Object.assign((/** @type {unknown[]} */ ...all) => (given = all), { amd: {} })
  runInNewContext(js, { define })
  assert.equal(/** @type {() => { a: number }} */ (given[1])().a, 1)
})

for (const [name, manifest] of [
  ['umi', '{"dependencies": {"umi": "3"}}'],
  ['Taro', '{"dependencies": {"@tarojs/taro": "3"}}'],
]) {
  test(`src/app.js is no entry of ${name}, which writes its own`, async (t) => {
    const folder = folderOf(t, { 'src/app.js': 'export const render = 1', 'package.json': manifest ?? '' })
    const project = new Project(folder, TOOLCHAIN)
    t.after(() => project.close())
    await project.open(optionsOf(folder, { entry: join(folder, 'src/app.js'), guessed: true }))
    await assert.rejects(project.rebuild(), new RegExp(`^Error: ${name} writes its entry itself`))
  })
}

test('a release of a module that does nothing is an error', async (t) => {
  const { errors } = await ran(t, { 'src/index.js': '' }, { mode: 'production' })
  assert.match(errors[0]?.text ?? '', /^index\.js gives nothing to run/)
})

test('an address from / is a file of the project, or of public/', async (t) => {
  const { seen, errors } = await ran(t, {
    'src/index.js':
      "import a from '/src/a.js'; import b from '/b.svg?raw'; import './c.css'; seen.x = [a, b]",
    'src/a.js': 'export default 1',
    'src/c.css': 'a { background: url(/b.svg) }',
    'public/b.svg': '<svg/>',
  })
  assert.deepEqual([errors, seen.x], [[], [1, '<svg/>']])
})

const WEBPACK = (/** @type {string} */ config) => ({
  'webpack.config.js': `const webpack = require('webpack'); module.exports = ${config}`,
})

test('what ProvidePlugin provides is there without an import, where it is used', async (t) => {
  const config =
    "{ plugins: [new webpack.ProvidePlugin({ $: 'jq', 'window.jq': 'jq', B: ['big', 'B'], C: ['big', 'B'] })] }"
  const files = {
    'node_modules/jq/package.json': '{}',
    'node_modules/jq/index.js': "module.exports = (text) => 'jq ' + text",
    'node_modules/plug/package.json': '{}',
    'node_modules/plug/index.js': 'exports.plug = $',
    'node_modules/big/package.json': '{}',
    'node_modules/big/index.js': 'seen.big = 1; exports.B = 2',
    ...WEBPACK(config),
  }
  const script = "import { plug } from 'plug'; const B = 'own'; seen.x = [$(1), window.jq(2), plug(3), B]"
  const { seen, errors } = await ran(t, { 'src/index.js': script, ...files })
  assert.deepEqual([errors, seen], [[], { x: ['jq 1', 'jq 2', 'jq 3', 'own'] }])
  const other = await ran(t, { 'src/index.js': 'seen.x = C', ...files })
  assert.deepEqual(other.seen, { x: 2, big: 1 })
  const none = await ran(t, { 'src/index.js': 'seen.x = 1', ...files })
  assert.doesNotMatch(none.js, /jq/)
})

test('what ProvidePlugin provides and nobody has installed is told where it is provided', async (t) => {
  const config = "{\n plugins: [\n new webpack.ProvidePlugin({ $: 'jq', B: ['./src/b', 'B'] })] }"
  const files = { 'src/index.js': 'seen.x = $(1)', 'src/b.js': 'exports.B = 1', ...WEBPACK(config) }
  const { errors, folder } = await ran(t, files)
  assert.deepEqual(
    errors.map(({ text, file, line }) => [text, file, line]),
    [['Could not resolve "jq", which ProvidePlugin gives the name $.', join(folder, 'webpack.config.js'), 3]],
  )
})

test('empty modules, extensions and what stands for a module of Node', async (t) => {
  const config =
    "{ resolve: { alias: { net: false }, fallback: { fs: false }, extensions: ['.h5.js', '...'] }, node: { tls: 'empty' } }"
  const script =
    "import a from 'net'; import b from 'fs'; import c from 'tls'; import d from './d'; seen.x = [a, b, c, d]"
  const files = { 'src/d.js': "export default 'js'", 'src/d.h5.js': "export default 'h5'" }
  const { seen } = await ran(t, { 'src/index.js': script, ...files, ...WEBPACK(config) })
  assert.deepEqual(seen.x, [{}, {}, {}, 'h5'])
  const { errors } = await ran(t, { 'src/index.js': "import 'path'; import 'node:fs'; import 'util'" })
  assert.deepEqual(
    errors.map(({ hint = '' }) => hint.match(/npm install \S+|nothing like it/)?.[0]),
    ['npm install path-browserify,', 'nothing like it', 'npm install util'],
  )
})
