import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderOf, places, ran, result, write } from './panel.mjs'

const ICONS = {
  'src/icons/a.svg': '<svg/>',
  'src/icons/b.js': 'export default "b"; export const more = 1',
  'src/icons/c.js': 'module.exports = "c"',
  'src/icons/in/d.js': 'export default "d"',
  'src/icons/in/index.js': 'export default "in"',
  'src/icons/read.xyz': '',
  'src/icons/.hidden.js': '',
}

/** @param {string} source @param {object} [files] */
const panel = (source, files = ICONS) => ({ 'src/index.js': source, ...files })

test('require.context has keys, resolve, id, and gives modules', async (t) => {
  const source = `
    const all = require.context('./icons', true, /\\.js$/)
    Object.assign(seen, { keys: all.keys(), id: all.id, at: all.resolve('./in/d.js') })
    seen.values = all.keys().map(all).map((one) => one.default || one)
    try { all('./gone.js') } catch (error) { seen.error = [error.message, error.code] }`
  const { seen, errors } = await ran(t, panel(source))
  assert.deepEqual(errors, [])
  assert.deepEqual(
    { ...seen },
    {
      keys: ['./b.js', './c.js', './in/d.js', './in/index.js'],
      id: './src/icons sync recursive \\.js$',
      at: './src/icons/in/d.js',
      values: ['b', 'c', 'd', 'in'],
      error: ["Cannot find module './gone.js'", 'MODULE_NOT_FOUND'],
    },
  )
})

test('without a pattern a file has its names without extension too; a file without loader throws when asked', async (t) => {
  const source = `
    const all = require.context('./icons', false)
    seen.keys = all.keys()
    try { all('./read.xyz') } catch (error) { seen.error = error.message }`
  const { seen } = await ran(t, panel(source))
  assert.deepEqual([...seen.keys], ['./a.svg', './b', './b.js', './c', './c.js', './read.xyz'])
  assert.match(seen.error, /no loader for it/)
})

for (const mode of ['eager', 'lazy', 'lazy-once']) {
  test(`the mode ${mode} gives promises`, async (t) => {
    const source = `
      const all = require.context('./icons', false, /\\.js$/, '${mode}')
      seen.promise = typeof all('./b.js').then
      all('./b.js').then((one) => { seen.b = one.default })
      all('./c.js').then((one) => { seen.c = one.default })
      all('./x').catch((error) => { seen.code = error.code })`
    const { seen } = await ran(t, panel(source))
    assert.deepEqual({ ...seen }, { promise: 'function', b: 'b', c: 'c', code: 'MODULE_NOT_FOUND' })
  })
}

test('the mode weak, a RegExp object, and a text put together are taken', async (t) => {
  const source =
    "seen.keys = require.context('./' + 'icons', !0, new RegExp('\\\\.SVG$', 'i'), 'weak').keys()"
  assert.deepEqual([...(await ran(t, panel(source))).seen.keys], ['./a.svg'])
})

test('an asset is its address, or an object with one where the script takes .default', async (t) => {
  const plain = "const all = require.context('./icons', true, /svg$/); seen.type = typeof all(all.keys()[0])"
  assert.equal((await ran(t, panel(plain))).seen.type, 'string')
  const wrapped =
    "const all = require.context('./icons', true, /svg$/), one = all('./a.svg'); seen.all = [one.default, String(one)]"
  assert.deepEqual((await ran(t, panel(wrapped))).seen.all, Array(2).fill('data:image/svg+xml,<svg/>'))
})

test('folders are found by aliases of devkit.toml, tsconfig paths, and in packages', async (t) => {
  const source = `
    seen.a = require.context('@/icons', false, /svg$/).keys()
    seen.b = require.context('~icons', false, /svg$/).keys()
    seen.c = require.context('pack/files', false, /js$/).keys()`
  const { seen, errors } = await ran(
    t,
    panel(source, {
      ...ICONS,
      'tsconfig.json': '{ // paths\n "compilerOptions": { "paths": { "@/*": ["./src/*"], }, } }',
      'node_modules/pack/package.json': '{}',
      'node_modules/pack/files/p.js': '',
    }),
    { alias: { '~icons': './src/icons' } },
  )
  assert.deepEqual(errors, [])
  assert.deepEqual([[...seen.a], [...seen.b], [...seen.c]], [['./a.svg'], ['./a.svg'], ['./p.js']])
})

test('a new file in a folder is in the next build, and the folder is told to the watcher', async (t) => {
  const source = "seen.keys = require.context('./icons', true, /\\.js$/).keys()"
  const { project, folder, inputs } = await ran(t, panel(source))
  assert.ok(inputs?.includes(join(folder, 'src/icons')))
  assert.ok(inputs?.includes(join(folder, 'src/icons/in')))
  write(folder, { 'src/icons/new.js': '' })
  assert.deepEqual((await result(project)).seen.keys.length, 5)
})

test('a folder that leads back to itself ends', async (t) => {
  const folder = folderOf(t, {})
  mkdirSync(join(folder, 'loop'))
  symlinkSync(join(folder, 'loop'), join(folder, 'loop/again'))
  const source = `seen.keys = require.context(${JSON.stringify(join(folder, 'loop'))}, true).keys()`
  assert.deepEqual([...(await ran(t, panel(source))).seen.keys], [])
})

test('what is known only at run time is said with its place', async (t) => {
  const source = `const where = './icons'
require.context(where, true, /x/)
import(where)
import.meta.glob(\`./\${where}/*.js\`)
require(where)
require.context('./nowhere')
require(['a', 'b'], () => {})
`
  const { errors } = await ran(t, panel(source))
  assert.deepEqual(
    places(errors).map((place) => place.replace('index.js:', '')),
    ['2:17', '3:1', '4:18', '5:1', '6:17', '7:1'],
  )
  assert.match(errors[0]?.text ?? '', /require\.context\(\) takes literals only.*\(where\)/)
  assert.match(errors[1]?.hint ?? '', /@vite-ignore/)
  for (const { hint } of errors) assert.ok(hint)
})

test('a name of its own that is called require is left alone', async (t) => {
  const source = "const f = (require) => require('x' + 1); seen.x = f((name) => name)"
  const { seen, errors } = await ran(t, panel(source))
  assert.deepEqual([seen.x, errors], ['x1', []])
})

test('what TypeScript says of a name from elsewhere changes nothing, and casts are looked through', async (t) => {
  const source = `declare const require: any
declare const seen: any
seen.a = require.context('./icons').keys().length
seen.b = (require as any).context('./icons').keys().length
seen.c = Object.keys((import.meta as any).glob('./icons/*.js')).length
seen.d = (<any>require).context('./icons').keys().length
`
  const { seen, errors } = await ran(t, { ...panel(''), 'src/index.js': 'import "./b"', 'src/b.ts': source })
  assert.deepEqual(errors, [])
  assert.ok(seen.a > 1 && seen.c > 0)
  assert.deepEqual([seen.b, seen.d], [seen.a, seen.a])
})

for (const target of ['es2017,ios12,chrome70', 'esnext', 'chrome100']) {
  test(`import() and require() of names put together, for ${target}`, async (t) => {
    const source = `
      const name = 'd', file = 'in/d.js'
      import(\`./icons/in/\${name}.js\`).then((one) => { seen.a = one.default })
      import(/* webpackChunkName: "x" */ './icons/' + file).then((one) => { seen.b = one.default })
      seen.c = require('./icons/in/' + name).default
      seen.d = require("./icons/".concat(name === 'd' ? 'c' : 'b', ".js"))
      seen.e = require(name ? './icons/c' : './icons/b')
      import('./icons/' + 'b' + '.js').then((one) => { seen.f = one.default })
      import('./icons/' + 'gone' + name).catch((error) => { seen.g = error.code })`
    const { seen, errors } = await ran(t, panel(source), { target })
    assert.deepEqual(errors, [])
    assert.deepEqual({ ...seen }, { a: 'd', b: 'd', c: 'd', d: 'c', e: 'c', f: 'b', g: 'MODULE_NOT_FOUND' })
  })
}

test("webpack's comments narrow what is taken; an ignored import is the browser's", async (t) => {
  const source = `
    const name = 'b'
    import(/* webpackInclude: /b\\.js$/, webpackMode: "eager" */ './icons/' + name + '.js')
      .then((one) => { seen.b = one.default })
    export const later = () => import(/* webpackIgnore: true */ name)`
  const { seen, js, errors } = await ran(t, panel(source))
  assert.deepEqual([seen.b, errors], ['b', []])
  assert.doesNotMatch(js, /icons\/c\.js/)
  assert.match(js, /return import\(u\)/)
})

test('require.resolve is a name, require.ensure runs soon, and the public path can be set', async (t) => {
  const source = `
    seen.name = require.resolve('./icons/b.js')
    require.ensure(['./icons/c'], function (require) { seen.c = require('./icons/c') }, 'chunk')
    __webpack_public_path__ = '/x/'
    seen.path = __webpack_public_path__
    if (module.hot) module.hot.accept()`
  const { seen, errors } = await ran(t, panel(source))
  assert.deepEqual(errors, [])
  assert.deepEqual({ ...seen }, { name: './src/icons/b.js', c: 'c', path: '/x/' })
})

test('contexts of packages work too', async (t) => {
  const { seen, errors } = await ran(t, {
    'src/index.js': "import all from 'pack'; seen.all = all",
    'node_modules/pack/package.json': '{"main": "main.js"}',
    'node_modules/pack/main.js':
      "const one = require.context('./parts', false, /js$/); module.exports = one.keys()",
    'node_modules/pack/parts/p.js': '',
  })
  assert.deepEqual([[...seen.all], errors], [['./p.js'], []])
})

test("of moment's locales those are taken that the project's scripts name", async (t) => {
  const { seen, errors, project, folder } = await ran(t, {
    'src/index.js': "import moment from 'moment'; seen.x = ['zh-cn', 'fr'].map(moment.locale)",
    'node_modules/moment/package.json': '{"main": "moment.js"}',
    'node_modules/moment/moment.js': `(function (global, factory) { module.exports = factory() })(this, function () {
      function locale(name) {
        var aliasedRequire
        try { aliasedRequire = require; aliasedRequire('./locale/' + name); return name } catch (e) { return 'en' }
      }
      return { locale: locale }
    })`,
    'node_modules/moment/locale/zh-cn.js': '',
    'node_modules/moment/locale/de.js': 'seen.de = 1',
  })
  assert.deepEqual([seen.x, errors], [['zh-cn', 'en'], []])
  write(folder, {
    'src/index.js': "import moment from 'moment'; seen.x = ['zh-cn', 'de'].map(moment.locale)",
  })
  const again = await result(project)
  assert.deepEqual(again.seen, { x: ['zh-cn', 'de'], de: 1 })
})

test('a construct that is only named, and what is of webpack alone, are said', async (t) => {
  const source = `const context = require.context
if (typeof require.context === 'function' && require.context) __webpack_require__.c
const glob = import.meta.glob
`
  const { errors } = await ran(t, { 'src/index.js': source })
  assert.deepEqual(places(errors), ['index.js:1:17', 'index.js:2:63', 'index.js:3:14'])
})

test("an asset's default is its address with require too", async (t) => {
  const source =
    "seen.x = [require('./icons/a.svg').default, require('./icons/a.svg'), require('./icons/b').default]"
  const { seen } = await ran(t, panel(source))
  assert.deepEqual(seen.x, ['data:image/svg+xml,<svg/>', 'data:image/svg+xml,<svg/>', 'b'])
})

test('a script that is ready for a missing require is warned of', async (t) => {
  const source = `const load = (name) => typeof require === 'function' && require(name)
try { require(load) } catch { seen.x = 1 }
`
  const { seen, errors, warnings } = await ran(t, { 'src/index.js': source })
  assert.deepEqual([seen.x, errors, places(warnings)], [1, [], ['index.js:1:57', 'index.js:2:7']])
})

test('an image by a name put together is its address, whatever else the script takes .default of', async (t) => {
  const source = `const name = 'a'
    seen.x = require('./icons/' + name + '.svg')
    seen.y = require('./icons/' + name + '.svg').default
    seen.b = require('./icons/b').default`
  const { seen } = await ran(t, panel(source))
  assert.deepEqual(seen, { x: 'data:image/svg+xml,<svg/>', y: 'data:image/svg+xml,<svg/>', b: 'b' })
})
