import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ToolFailure } from '../../../../devkit/build/worker/diagnostics.mjs'
import { compile } from '../../../../devkit/build/worker/postcss.mjs'
import { findPostcssConfig, loadPostcssConfig } from '../../../../devkit/build/worker/postcss_config.mjs'
import { widthFor } from '../../../../devkit/build/worker/px.mjs'
import { folderOf, optionsOf, plain, sharedOf, write } from './panel.mjs'

/** @import { TestContext } from 'node:test' */
/** @import { Manifest, PostcssConfig } from '../../../../devkit/build/worker/shared' */

/** A plugin that makes a colour of another, such as the project's node_modules hold. */
const PLUGIN = {
  'node_modules/paint/package.json': '{}',
  'node_modules/paint/index.js': `module.exports = ({ to = 'lime' } = {}) => ({
    postcssPlugin: 'paint', Declaration(d) { if (d.value === 'red') d.value = to } });
    module.exports.postcss = true`,
}

/**
 * @param {TestContext} t
 * @param {string} code
 * @param {{ files?: Record<string, string>, changes?: object, config?: PostcssConfig | null }} [given]
 */
async function compiled(t, code, { files = {}, changes = {}, config = null } = {}) {
  const folder = folderOf(t, { ...PLUGIN, ...files })
  const shared = sharedOf(folder, changes)
  const job = {
    code,
    map: null,
    path: join(folder, 'a.css'),
    files: new Set([join(folder, 'a.css')]),
    shared,
  }
  const made = await compile({ ...job, config: config ? { value: config } : findPostcssConfig(folder, {}) })
  return { ...made, folder, files: job.files, warnings: shared.warnings }
}

/** @type {[string, Record<string, string>][]} */
const CONFIGS = [
  ['a function', { 'postcss.config.js': 'module.exports = () => ({ plugins: { paint: {} } })' }],
  ['a module', { 'postcss.config.mjs': "import paint from 'paint'; export default { plugins: [paint()] }" }],
  ['an async module', { 'postcss.config.mjs': 'export default async () => ({ plugins: { paint: true } })' }],
  ['a list of names', { 'postcss.config.cjs': "module.exports = { plugins: ['paint', false, null] }" }],
  ['a list of pairs', { 'postcss.config.json': '{"plugins": [["paint", {"to": "lime"}]]}' }],
  ['JSON', { '.postcssrc': '{"plugins": {"paint": {"to": "lime"}}}' }],
]
for (const [what, files] of CONFIGS) {
  test(`the project's configuration runs: ${what}`, async (t) => {
    assert.equal(plain((await compiled(t, '.a{color:red}', { files })).code), '.a{color:lime}')
  })
}

test('false turns a plugin off, and options reach it', async (t) => {
  const painted = async (/** @type {unknown} */ paint) =>
    (await compiled(t, '.a{color:red}', { config: { plugins: { paint } } })).code
  assert.equal(await painted(false), '.a{color:red}')
  assert.equal(await painted({ to: 'navy' }), '.a{color:navy}')
})

test('a function is told the mode and the folder', async (t) => {
  const folder = folderOf(t, {
    'postcss.config.js': 'module.exports = ({ env, mode, cwd }) => { throw Error([env, mode, cwd]) }',
  })
  const loading = loadPostcssConfig(
    { file: join(folder, 'postcss.config.js') },
    sharedOf(folder, { mode: 'production' }),
    join(folder, 'a.css'),
  )
  await assert.rejects(loading, new RegExp(`production,production,${folder}$`))
})

/** @type {[string, Record<string, string>, string][]} */
const FILES = [
  ['the parts of the path', {}, 'file.dirname + file.basename + file.extname'],
  [
    'the text of the path',
    {},
    "path.dirname(file.toString()) + path.basename(String(file)) + path.extname(file + '')",
  ],
  [
    'the path, as postcss-loader 4 does',
    { 'node_modules/postcss-loader/package.json': '{"version":"6.1.0"}' },
    'path.dirname(file) + path.basename(file) + path.extname(file)',
  ],
]
for (const [what, files, to] of FILES) {
  test(`a function is told for each file: ${what}`, async (t) => {
    const config = `const path = require('path')
      module.exports = ({ file }) => ({ plugins: { paint: { to: ${to} } } })`
    const { code, folder } = await compiled(t, 'a{color:red}', {
      files: { ...files, 'postcss.config.js': config },
    })
    assert.equal(code, `a{color:${folder}a.css.css}`)
  })
}

/** @type {[string, object, string][]} */
const WIDTHS = [
  ['src/a.css', {}, '50vw'],
  ['node_modules/antd-mobile/es/a.css', {}, '100vw'],
  ['node_modules/.pnpm/antd-mobile@5/node_modules/antd-mobile/a.css', {}, '100vw'],
  ['node_modules/@nutui/nutui/a.css', { '@nutui/nutui': 0 }, '375px'],
  ['node_modules/other/a.css', {}, '50vw'],
]
for (const [path, more, width] of WIDTHS) {
  test(`the px of ${path} become ${width}`, async (t) => {
    const folder = folderOf(t, {})
    const packages = { 'antd-mobile': 375, ...more }
    const px_rules = { packages, exclude: [], include: [] }
    const shared = sharedOf(folder, { px_to_viewport: 750, px_rules })
    const job = {
      code: 'a{width:375px}',
      map: null,
      path: join(folder, path),
      files: new Set(/** @type {string[]} */ ([])),
    }
    assert.equal((await compile({ ...job, shared, config: null })).code, `a{width:${width}}`)
  })
}

test('files are left out by folder, file, package, glob and regular expression', (t) => {
  const folder = folderOf(t, {})
  const { tools } = sharedOf(folder)
  /** @type {(path: string, exclude: string[], include?: string[]) => number} */
  const width = (path, exclude, include = []) => {
    const options = optionsOf(folder, { px_to_viewport: 375, px_rules: { packages: {}, exclude, include } })
    return widthFor(join(folder, path), options, () => tools.load('picomatch'))
  }
  assert.equal(width('src/a.css', ['lib', './src/b.css', 'kit', '/NODE_MODULES/i', 'src/*.less']), 375)
  for (const out of ['src', './src/', 'src/a.css', 'src/**/*.css', '/a\\.css$/'])
    assert.equal(width('src/a.css', [out]), 0)
  assert.equal(width('node_modules/kit/a.css', ['kit']), 0)
  assert.equal(width('src/a.css', [], ['src/pages']), 0)
  assert.equal(width('src/pages/a.css', [], ['src/pages']), 375)
})

test('package.json can hold the configuration, and a file comes before it', (t) => {
  const manifest = /** @type {Manifest} */ ({ postcss: { plugins: {} } })
  const folder = folderOf(t, {})
  assert.deepEqual(findPostcssConfig(folder, manifest), { value: manifest.postcss })
  write(folder, { '.postcssrc': '{}' })
  assert.deepEqual(findPostcssConfig(folder, manifest), { file: join(folder, '.postcssrc') })
  assert.equal(findPostcssConfig(folderOf(t, {}), {}), null)
})

test('a saved configuration counts for the next build', async (t) => {
  const config = (/** @type {string} */ to) => ({
    'postcss.config.js': `module.exports = { plugins: { paint: { to: '${to}' } } }`,
  })
  const folder = folderOf(t, { ...PLUGIN, ...config('lime') })
  const job = {
    code: '.a{color:red}',
    map: null,
    path: join(folder, 'a.css'),
    files: new Set(['']),
    shared: sharedOf(folder),
  }
  const build = async () => (await compile({ ...job, config: findPostcssConfig(folder, {}) })).code
  assert.equal(await build(), '.a{color:lime}')
  write(folder, config('navy'))
  assert.equal(await build(), '.a{color:navy}')
})

test('a configuration that cannot be used names its file and the way out', async (t) => {
  const files = { 'postcss.config.js': 'module.exports = { plugins: { none: {} } }' }
  const error = await compiled(t, '', { files }).catch((reason) => reason)
  assert.ok(error instanceof ToolFailure)
  assert.match(error.found.text, /^The PostCSS configuration cannot be used: Cannot find module 'none'/)
  assert.match(error.found.file ?? '', /postcss\.config\.js$/)
  assert.match(error.found.hint ?? '', /npm install/)
  const inManifest = await compiled(t, '', { config: { plugins: ['none'] } }).catch((reason) => reason)
  assert.match(inManifest.found.file, /package\.json$/)
})

test('prefixes are added for old targets, once', async (t) => {
  const changes = { target: 'es2015,ios8,chrome30' }
  assert.match((await compiled(t, '.a{display:flex}', { changes })).code, /display: ?-webkit-flex/)
  const { code } = await compiled(t, '.a{color:red}', { changes })
  assert.equal(code, '.a{color:red}')
})

test("px of the project's plugins become vw too", async (t) => {
  const config = { plugins: { paint: { to: '16px' } } }
  const { code } = await compiled(t, '.a{width:red}', { config, changes: { px_to_viewport: 375 } })
  assert.equal(code, '.a{width:4.26667vw}')
})

test('what plugins read and say is passed on', async (t) => {
  const plugin = (/** @type {string} */ type) => ({
    postcssPlugin: 'reader',
    /** @param {import('postcss').Root} root @param {import('postcss').Helpers} helpers */
    Once(root, { result }) {
      result.messages.push({ type, plugin: 'reader', file: '/read/this', dir: '/read', parent: '' })
      result.warn('odd', { node: root.first })
    },
  })
  const { files, warnings, unkept } = await compiled(t, '\n.a{}', {
    config: { plugins: [plugin('dependency')] },
  })
  assert.deepEqual([files.has('/read/this'), unkept], [true, false])
  assert.deepEqual([warnings[0]?.text, warnings[0]?.line, warnings[0]?.severity], ['odd', 2, 'warning'])
  assert.equal((await compiled(t, '', { config: { plugins: [plugin('dir-dependency')] } })).unkept, true)
})

test('CSS with a syntax error is said with its place', async (t) => {
  const error = await compiled(t, '.a{color:red}\n.b{', { changes: { px_to_viewport: 375 } }).catch(
    (reason) => reason,
  )
  assert.ok(error instanceof ToolFailure)
  assert.deepEqual([error.found.text, error.found.line, error.found.column], ['Unclosed block', 2, 1])
})
