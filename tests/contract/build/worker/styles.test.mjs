import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stampOf } from '../../../../devkit/build/worker/stamps.mjs'
import { Pipeline, styles } from '../../../../devkit/build/worker/styles.mjs'
import { bundle, folderOf, plain, sharedOf, write } from './panel.mjs'

const FILES = {
  'src/index.js': "import './a.less'; import './b.scss'; import './c.css'",
  'src/a.less': "@import './vars'; .a { width: @w / 2 }",
  'src/vars.less': '@w: 32px;',
  'src/b.scss': "@use 'vars' as v; .b { width: v.$w }",
  'src/_vars.scss': '$w: 4px;',
  'src/c.css': '.c { width: 16px }',
}

test('every language becomes CSS, and says which files it read', async (t) => {
  const folder = folderOf(t, FILES)
  const shared = sharedOf(folder)
  const { css } = await bundle(shared, styles(shared, new Pipeline(shared)))
  assert.equal(plain(css), '.a{width:16px;}.b{width:4px;}.c{width:16px;}')
  const read = (/** @type {string} */ name) => new Set(shared.dependencies.get(join(folder, 'src', name)))
  assert.deepEqual(read('a.less'), new Set([join(folder, 'src/a.less'), join(folder, 'src/vars.less')]))
  assert.deepEqual(read('b.scss'), new Set([join(folder, 'src/b.scss'), join(folder, 'src/_vars.scss')]))
})

test('plain CSS is left to esbuild unless something needs more', (t) => {
  const touched = (/** @type {object} */ changes, manifest = {}) =>
    new Pipeline(sharedOf(folderOf(t, {}), changes, manifest)).touchesCss
  assert.equal(touched({}), false)
  assert.equal(touched({ px_to_viewport: 375 }), true)
  assert.equal(touched({ target: 'es2015,ios9' }), true)
  assert.equal(touched({}, { postcss: { plugins: [] } }), true)
})

test('a result is kept until a file that it came from changes', async (t) => {
  const folder = folderOf(t, FILES)
  const pipeline = new Pipeline(sharedOf(folder))
  const path = join(folder, 'src/a.less')
  const first = await pipeline.load(path)
  assert.equal(await pipeline.load(path), first)
  write(folder, { 'src/vars.less': '@w: 640px;' })
  const second = await pipeline.load(path)
  assert.match(plain(second.contents), /width:320px/)
})

test('a failure is not kept, and a file that is missing is watched', async (t) => {
  const folder = folderOf(t, { 'src/a.less': "@import './gone'; .a { width: @w }" })
  const shared = sharedOf(folder)
  const pipeline = new Pipeline(shared)
  const path = join(folder, 'src/a.less')
  assert.equal((await pipeline.load(path)).errors?.length, 1)
  assert.deepEqual(shared.dependencies.get(path), [path])
  write(folder, { 'src/gone.less': '@w: 1px;' })
  assert.match(plain((await pipeline.load(path)).contents), /width:1px/)
  await assert.rejects(pipeline.load(join(folder, 'src/none.css')), /ENOENT/)
  assert.ok(shared.dependencies.has(join(folder, 'src/none.css')))
})

test('names ending in .module are CSS modules', async (t) => {
  const folder = folderOf(t, { 'a.module.less': '.a{color:red}', 'a.less': '.a{color:red}' })
  const pipeline = new Pipeline(sharedOf(folder))
  assert.equal((await pipeline.load(join(folder, 'a.module.less'))).loader, 'local-css')
  assert.equal((await pipeline.load(join(folder, 'a.less'))).loader, 'css')
})

test('px become vw in every language, for text too', async (t) => {
  const folder = folderOf(t, FILES)
  const shared = sharedOf(folder, { px_to_viewport: 375 })
  const pipeline = new Pipeline(shared)
  const { css } = await bundle(shared, styles(shared, pipeline))
  assert.equal(plain(css), '.a{width:4.26667vw;}.b{width:1.06667vw;}.c{width:4.26667vw;}')
  assert.match(plain((await pipeline.text(join(folder, 'src/c.css'))).contents), /4\.26667vw/)
})

test('a style as text is small in a release', async (t) => {
  const folder = folderOf(t, FILES)
  const text = async (/** @type {string} */ mode) =>
    (await new Pipeline(sharedOf(folder, { mode })).text(join(folder, 'src/c.css'))).contents
  assert.equal(await text('production'), '.c{width:16px}\n')
  assert.equal(await text('development'), '.c {\n  width: 16px;\n}\n')
})

test('~ names a package in CSS imports and files', async (t) => {
  const folder = folderOf(t, {
    'src/index.js': "import './a.css'",
    'src/a.css': "@import '~ui/base.css'; @import '~./local.css';",
    'src/local.css': '.local{color:red}',
    'node_modules/ui/package.json': '{}',
    'node_modules/ui/base.css': '.base{color:red}',
  })
  const shared = sharedOf(folder)
  assert.match(plain((await bundle(shared, styles(shared, new Pipeline(shared)))).css), /\.base\{.*\.local\{/)
})

test('source maps are inline, and only when they are asked for', async (t) => {
  const folder = folderOf(t, FILES)
  const contents = async (/** @type {boolean} */ sourcemap) =>
    String((await new Pipeline(sharedOf(folder, { sourcemap })).load(join(folder, 'src/a.less'))).contents)
  assert.doesNotMatch(await contents(false), /sourceMappingURL/)
  const [, encoded = ''] = /base64,([\w+/=]+) \*\/$/.exec(await contents(true)) ?? []
  const map = JSON.parse(Buffer.from(encoded, 'base64').toString())
  assert.ok(
    map.sources.some((/** @type {string} */ name) => name.endsWith('a.less')),
    map.sources,
  )
})

test('a stamp tells a file that changed, and one that has gone', (t) => {
  const folder = folderOf(t, { a: '1' })
  const file = join(folder, 'a')
  const before = stampOf([file])
  assert.equal(stampOf([file]), before)
  utimesSync(file, 1, 1)
  assert.notEqual(stampOf([file]), before)
  assert.equal(stampOf([join(folder, 'none')]), 'gone')
})
