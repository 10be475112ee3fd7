import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wayOf } from '../../../../devkit/build/worker/queries.mjs'
import { places, ran } from './panel.mjs'

/** @type {[string, string, string][]} */
const WAYS = [
  ['./a.txt?raw', './a.txt', 'raw'],
  ['./a.svg?url', './a.svg', 'url'],
  ['./a.svg?react', './a.svg', 'react'],
  ['./w.js?worker&inline', './w.js', 'worker'],
  ['./w.js?worker&url', './w.js', 'worker-url'],
  ['./a.wasm?init', './a.wasm', 'init'],
  ['raw-loader!./a.txt', './a.txt', 'raw'],
  ['!!raw-loader?esModule=false!./a.txt', './a.txt', 'raw'],
  ['-!url-loader?limit=1000!./a.png', './a.png', 'url'],
  ['!!file-loader?name=[name].[ext]!./a.png', './a.png', 'url'],
  ['worker-loader?inline=no-fallback!./w.js', './w.js', 'worker'],
  ['!style-loader!css-loader!less-loader!./a.less', './a.less', ''],
  ['!!./a.js', './a.js', ''],
  ['@svgr/webpack!./a.svg', './a.svg', 'react'],
  ['!svg-inline-loader!./a.svg', './a.svg', 'raw'],
  ['to-string-loader!css-loader!./a.css', './a.css', 'inline'],
]
for (const [request, path, way] of WAYS) {
  test(`${request} is ${path} ${way}`, () => {
    assert.deepEqual(wayOf(request), { path, way })
  })
}

test('parts of Vue files and addresses are none of these', () => {
  assert.equal(wayOf('./a.vue?vue&type=style'), null)
  assert.equal(wayOf('https://x.example/a?raw'), null)
  assert.equal(wayOf('data:text/plain,a?b!c'), null)
})

test('other loaders and queries are said with their place', async (t) => {
  const source = `import a from 'bundle-loader?lazy!./a.js'
import b from './a.js?what'
console.log(a, b)`
  const { errors } = await ran(t, { 'src/index.js': source, 'src/a.js': '' })
  assert.deepEqual(places(errors), ['index.js:1:15'])
  assert.match(errors[0]?.text ?? '', /bundle-loader/)
  assert.doesNotMatch(errors[0]?.hint ?? '', /npm install/)
  const { warnings } = await ran(t, { 'src/index.js': source.split('\n')[1] ?? '', 'src/a.js': '' })
  assert.deepEqual(places(warnings)[0], 'index.js:1:15')
})

test('texts, addresses, YAML and WebAssembly', async (t) => {
  const wasm = Buffer.from('0061736d0100000001050160000001030201000707010361646400000a040102000b', 'hex')
  const source = `
    import text from 'raw-loader!./a.txt'
    import address from '!!url-loader!./a.txt'
    import yaml from './a.yaml'
    import start from './a.wasm?init'
    Object.assign(seen, { text, address, yaml, start: typeof start })`
  const { seen, errors } = await ran(t, {
    'src/index.js': source,
    'src/a.txt': 'text',
    'src/a.yaml': 'name: lamp\nbase: &b {x: 1}\nmore: {<<: *b, list: [1, two]}',
    'src/a.wasm': wasm,
  })
  assert.deepEqual(errors, [])
  assert.deepEqual(seen, {
    text: 'text',
    address: 'data:text/plain;charset=utf-8,text',
    yaml: { name: 'lamp', base: { x: 1 }, more: { x: 1, list: [1, 'two'] } },
    start: 'function',
  })
})

test('an error in YAML has its place', async (t) => {
  const files = { 'src/index.js': "import a from './a.yml'; console.log(a)", 'src/a.yml': 'a: 1\nb: [1, 2' }
  const { errors } = await ran(t, files)
  assert.match(places(errors)[0] ?? '', /^a\.yml:2:/)
})
