import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newsOf, takeValues, valuesOf } from '../../../../devkit/build/worker/hot/values.mjs'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, TOOLCHAIN, write } from './panel.mjs'

const CLASSES = `  // src/a.module.css
  var a_exports = {};
  __export(a_exports, { box: () => box2, default: () => a_default });
  var box2 = "a_box";
  var a_default = { box: box2, "a-b": "a_a-b" };
`

test('values are what a part of a bundle exports', () => {
  const names = { box: 'a_box', 'a-b': 'a_a-b' }
  assert.deepEqual(valuesOf(CLASSES), { box: 'a_box', default: names })
  const later = `var a_default; __export({}, { default: () => a_default });
    var init_a = __esm({ "src/a.json"() { a_default = [1]; } });`
  assert.deepEqual(valuesOf(later), { default: [1] })
})

for (const text of [
  '__export({}, { run: () => () => 1 })',
  '__export({}, { none: () => undefined })',
  '__export({}, { out: () => missing })',
  'var alone = 1',
  'for (;;) {}',
]) {
  test(`${text} is no data`, () => assert.equal(valuesOf(text), null))
}

test('what is no script is sent with the modules that import it, unless another imports it, too', () => {
  const input = (/** @type {string[]} */ ...paths) => ({
    imports: paths.map((path) => ({ path, original: `./${path}`, kind: 'import-statement' })),
  })
  const inputs = { 'a.js': input('a.json', 'b.json', 'c.js'), 'other.js': input('b.json') }
  const parts = () => new Map([...'abc'].map((name) => [`${name}.${name === 'c' ? 'js' : 'json'}`, CLASSES]))
  const modules = /** @type {any} */ (new Map([['a.js', {}]]))
  const rest = parts()
  const values = takeValues(rest, /** @type {any} */ ({ inputs }), modules)
  assert.deepEqual([[...values.keys()], [...rest.keys()]], [['a.json'], ['b.json', 'c.js']])
  const imports = { './a.json': 'a.json' }
  assert.deepEqual(newsOf(imports, values, values), { values: {}, from: [] })
  const now = new Map([['a.json', CLASSES.replace('"a_box"', '"b_box"')]])
  assert.deepEqual(newsOf(imports, values, now)?.from, ['a.json'])
  assert.equal(newsOf(imports, values, new Map([['a.json', 'none()']])), null)
})

test('an open page is sent new names of classes and new JSON, and may restart for neither', async (t) => {
  const folder = folderOf(t, {
    'package.json': '{}',
    'src/index.js':
      'import { all } from "./all"; window.show = all; if (import.meta.hot) import.meta.hot.accept()',
    'src/all.js': `import classes from "./a.module.css"; import data from "./data.json"
export const all = () => [classes.box, data.count]`,
    'src/a.module.css': '.box { color: red }',
    'src/data.json': '{ "count": 1 }',
  })
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  await project.open(optionsOf(folder, { hot: true }))
  const built = async () => {
    const { parts, why } = await project.rebuild()
    return { why, update: JSON.parse(String(Buffer.from(parts?.get('hot') ?? 'null'))) }
  }
  await built()
  write(folder, { 'src/a.module.css': '.box { color: blue }' })
  assert.deepEqual((await built()).update, [])
  write(folder, { 'src/a.module.css': '.frame, .more { color: blue }', 'src/data.json': '{ "count": 2 }' })
  const { update, why } = await built()
  assert.equal(why, undefined)
  assert.deepEqual(
    update.map((/** @type {any} */ one) => [
      one.id,
      one.from,
      Object.keys(one.values['./a.module.css'].default),
    ]),
    [['src/all.js', ['src/a.module.css', 'src/data.json'], ['frame', 'more']]],
  )
  assert.equal(update[0].values['./data.json'].count, 2)
})
