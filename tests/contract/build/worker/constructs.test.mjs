import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, places, ran, result, TOOLCHAIN, write } from './panel.mjs'

const { SourceMapConsumer } = createRequire(join(TOOLCHAIN, 'package.json'))('source-map-js')

const VUE = `<script setup lang="ts">
import { h } from 'vue'
const all = require.context('./parts', false, /js$/)
const name: string = import.meta.env.VITE_GONE
</script>
<template><i>{{ all.keys() }}{{ name }}{{ h }}</i></template>
`

test('constructs in Vue files work, and what is said has its place in the file', async (t) => {
  const files = {
    'src/index.ts': "import './App.vue'",
    'src/App.vue': VUE,
    'src/parts/a.js': '',
    'node_modules/vue/package.json': '{"version": "3.5.0"}',
    'node_modules/vue/index.js': 'exports.defineComponent = (one) => one',
  }
  const { js, errors, warnings, project } = await ran(t, files)
  assert.deepEqual([errors, places(warnings)], [[], ['App.vue:4:22']])
  assert.match(js, /src\/parts\/a\.js/)
  assert.equal((await result(project)).warnings.length, 1)
  const wrong = VUE.replace("'./parts'", 'h')
  const again = await ran(t, { ...files, 'src/App.vue': wrong }, { mode: 'production' })
  assert.deepEqual(places(again.errors), ['App.vue:3:29'])
})

test('the source map leads to the script as it was written', async (t) => {
  const source = `const a = require.context(
  './parts',
  false,
)
throw new Error(a.keys() + import.meta.env.VITE_X)
`
  const folder = folderOf(t, { 'src/index.js': source, 'src/parts/a.js': '', 'package.json': '{}' })
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  await project.open(optionsOf(folder, { sourcemap: true }))
  const { parts } = await project.rebuild()
  const js = Buffer.from(parts?.get('js') ?? '').toString()
  const map = new SourceMapConsumer(JSON.parse(Buffer.from(parts?.get('js_map') ?? '').toString()))
  const lines = js.split('\n')
  const line = lines.findIndex((text) => text.includes('throw new Error(')) + 1
  const column = lines[line - 1]?.indexOf('throw') ?? 0
  const found = map.originalPositionFor({ line, column })
  assert.deepEqual([found.source, found.line, found.column], ['../src/index.js', 5, 0])
  assert.equal(map.sourceContentFor(found.source), source)
})

test('a syntax error in such a file is told by esbuild, on its line', async (t) => {
  const { errors } = await ran(t, { 'src/index.js': "const a = require.context('./x')\nlet = = 1" })
  assert.deepEqual(places(errors), ['index.js:2:7'])
})

test('variables that nothing sets warn with their place, again with each build', async (t) => {
  const source = `seen.a = process.env.VITE_A + import.meta.env.VITE_B
seen.c = process.env.VITE_C || 'c'
seen.d = import.meta.env.VITE_D ?? 'd'
const { VITE_A, VITE_E = 'e', VITE_F, MODE } = import.meta.env
seen.e = [process.env.NODE_ENV, import.meta.env.MODE, process.env.GIVEN, import.meta.env.BASE_URL]
`
  const changes = { env: { VITE_A: '1' }, define: { 'process.env.GIVEN': '"given"' } }
  const { seen, warnings, project } = await ran(t, { 'src/index.js': source }, changes)
  assert.deepEqual(seen, {
    a: '1undefined',
    c: 'c',
    d: 'd',
    e: ['development', 'development', 'given', './'],
  })
  assert.deepEqual(places(warnings), ['index.js:1:31', 'index.js:4:31'])
  assert.match(warnings[0]?.hint ?? '', /VITE_B=…/)
  assert.equal((await result(project)).warnings.length, 2)
})

test('hot replacement is not there, in modules with imports too', async (t) => {
  const source = `import './a.js'
    if (module.hot) module.hot.accept()
    if (import.meta.hot) import.meta.hot.accept()
    seen.ok = true`
  assert.equal((await ran(t, { 'src/index.js': source, 'src/a.js': '' })).seen.ok, true)
})

test('addresses of files become data URLs', async (t) => {
  const source = `
    const name = 'a'
    seen.a = new URL('./pics/a.svg', import.meta.url).href
    seen.b = new URL(\`./pics/\${name}.svg\`, import.meta.url).href
    seen.c = new URL('pics/a.svg', import.meta.url).href
    seen.e = new URL('/src/pics/a.svg', import.meta.url).href
    seen.f = new URL('/b.svg?v=1', import.meta.url).href
    seen.d = new URL('https://x.example/a.svg', import.meta.url).href`
  const { seen, errors } = await ran(t, {
    'src/index.js': source,
    'src/pics/a.svg': '<svg/>',
    'public/b.svg': '<svg/>',
  })
  assert.deepEqual(errors, [])
  for (const one of [seen.a, seen.b, seen.c, seen.e, seen.f]) assert.match(one, /^data:image\/svg\+xml/)
})

test('an open address is said, and import.meta.url alone warns', async (t) => {
  const source = 'const x = location.hash\nnew URL(x, import.meta.url)\n;[import.meta.url]'
  const { errors } = await ran(t, { 'src/index.js': source })
  assert.deepEqual(places(errors), ['index.js:2:1'])
  const alone = await ran(t, { 'src/index.js': 'if (globalThis.x) console.log(import.meta.url)' })
  assert.deepEqual(places(alone.warnings), ['index.js:1:31'])
})

test('workers are bundled into the panel', async (t) => {
  const source = `
    seen.made = []
    class Worker { constructor(address, options) { seen.made.push([String(address).slice(0, 5), options]) } }
    globalThis.Worker = globalThis.SharedWorker = Worker; globalThis.Blob = class { constructor(parts) { seen.code = parts[0] } }
    URL.createObjectURL = () => 'blob:1'
    const { start } = require('./start.js')
    start()`
  const { seen, errors, inputs, folder } = await ran(t, {
    'src/index.js': source,
    'src/start.js': `
      import Plain from './w.js?worker'
      import Inline from './w.js?worker&inline'
      import Loaded from 'worker-loader!./w.js'
      import Shared from './w.js?sharedworker'
      import address from './w.js?worker&url'
      export function start() {
        new Worker(new URL('./w.js', import.meta.url), { type: 'module', name: 'n' })
        const late = new URL('./w.js', import.meta.url); new Worker(late)
        new SharedWorker(new URL('./w.js', import.meta.url), { name: 's' })
        new Plain(); new Inline(); new Loaded(); new Shared(); seen.address = address
      }`,
    'src/w.js': "import { add } from './add.js'; onmessage = ({ data }) => postMessage(add(data))",
    'src/add.js': 'export const add = (n) => n + 1',
  })
  assert.deepEqual(errors, [])
  assert.equal(seen.made.length, 7)
  assert.deepEqual(seen.made[0], ['blob:', { type: 'classic', name: 'n' }])
  assert.equal(seen.address, 'blob:1')
  assert.match(seen.code, /n \+ 1/)
  assert.doesNotMatch(seen.code, /\bimport\b/)
  assert.ok(inputs?.includes(join(folder, 'src/add.js')))
})

test('workers that cannot be in a panel are said', async (t) => {
  const source =
    "new Worker('./w.js')\nnew SharedWorker('./w.js')\nimportScripts('https://x.example/a.js', 'w.js')\n"
  const { errors } = await ran(t, { 'src/index.js': source, 'src/w.js': '' })
  assert.deepEqual(places(errors), ['index.js:1:1', 'index.js:2:1', 'index.js:3:1'])
  const own = await ran(t, {
    'src/index.js': "import W from './w.js?worker'; console.log(W)",
    'src/w.js': "import W from './w.js?worker'; console.log(W)",
  })
  assert.match(own.errors[0]?.text ?? '', /starts itself/)
})

test('the source of JSX that a comment or tsconfig.json names is used', async (t) => {
  const files = {
    'node_modules/e/package.json': '{}',
    'node_modules/e/jsx-runtime.js': "exports.jsx = (type, props) => 'e:' + type + props.css",
    'node_modules/e/jsx-dev-runtime.js': "exports.jsxDEV = (type, props) => 'e:' + type + props.css",
  }
  const source = 'seen.x = <i css="c" />'
  const comment = await ran(t, { 'src/index.js': `/** @jsxImportSource e */ ${source}`, ...files })
  assert.deepEqual([comment.seen, comment.errors], [{ x: 'e:ic' }, []])
  const tsconfig = '{"compilerOptions": {"jsx": "react-jsx", "jsxImportSource": "e"}}'
  assert.deepEqual((await ran(t, { 'src/index.js': source, 'tsconfig.json': tsconfig, ...files })).seen, {
    x: 'e:ic',
  })
  const factory = '{"compilerOptions": {"jsx": "react", "jsxFactory": "h"}}'
  const own = `const h = (type) => 'h:' + type; ${source}`
  assert.deepEqual((await ran(t, { 'src/index.js': own, 'tsconfig.json': factory })).seen, { x: 'h:i' })
})

test('an asset over the limit counts when it is in the output', async (t) => {
  const files = {
    'src/index.js': "import { small } from './icons'; import './a.css'; seen.x = small",
    'src/icons.js': "export { default as small } from './s.svg'; export { default as big } from './b.svg'",
    'src/s.svg': '<svg/>',
    'src/b.svg': `<svg>${' '.repeat(300)}</svg>`,
    'src/a.css': '',
  }
  const release = { mode: 'production', inline_limit: 100 }
  const { errors, seen } = await ran(t, files, release)
  assert.deepEqual([errors, typeof seen.x], [[], 'string'])
  const used = { ...files, 'src/a.css': '.a { background: url(./b.svg) }' }
  assert.deepEqual(places((await ran(t, used, release)).errors), ['b.svg:undefined:undefined'])
  assert.equal((await ran(t, used, { inline_limit: 100 })).warnings[0]?.severity, 'warning')
})

test('a save that takes the construct away is built as it is', async (t) => {
  const { project, folder } = await ran(t, {
    'src/index.js': "seen.x = require.context('./p').keys().length",
    'src/p/a.js': '',
  })
  write(folder, { 'src/index.js': 'seen.x = "plain and longer"' })
  assert.equal((await result(project)).seen.x, 'plain and longer')
})

/** [configuration, its text, the factory that JSX is given to]. @type {[string, string, string][]} */
const JSX = [
  ['.babelrc', '{"presets": ["@emotion/babel-preset-css-prop"]}', 'runtime'],
  [
    'babel.config.js',
    "module.exports = { presets: [['@babel/preset-react', { importSource: '@emotion/react' }]] }",
    'runtime',
  ],
  ['.babelrc', '{"plugins": [["@babel/plugin-transform-react-jsx", {"pragma": "h"}]]}', 'h'],
  [
    'vite.config.js',
    "import react from '@vitejs/plugin-react'; export default { plugins: [react({ jsxImportSource: '@emotion/react' })] }",
    'runtime',
  ],
  ['vite.config.js', "export default { esbuild: { jsxFactory: 'h' } }", 'h'],
]
for (const [name, text, expected] of JSX) {
  test(`JSX is what the configuration says: ${text}`, async (t) => {
    const runtime = "exports.jsx = exports.jsxDEV = () => 'runtime'"
    const { seen, errors } = await ran(t, {
      'src/index.jsx': "const h = () => 'h'; seen.x = <i css='c' />",
      'node_modules/@emotion/react/package.json': '{}',
      'node_modules/@emotion/react/jsx-runtime.js': runtime,
      'node_modules/@emotion/react/jsx-dev-runtime.js': runtime,
      [name]: text,
    })
    assert.deepEqual([errors, seen.x], [[], expected])
  })
}

test('syntax of Babel presets: export a from, and types of Flow', async (t) => {
  const { seen, errors } = await ran(t, {
    'src/index.js':
      "// @flow\nimport type { A } from './a'\nimport { a, c, d } from './b'\nconst x: number = a + c + d\nseen.x = x",
    'src/b.js': "export a from './a'\nexport c, { d } from './c'",
    'src/a.js': 'export default 1',
    'src/c.js': 'export default 2; export const d = 3',
  })
  assert.deepEqual([errors, seen.x], [[], 6])
})

test('what only a plugin makes is said with its place', async (t) => {
  const script =
    "import tw from 'twin.macro'\nimport('./a.wasm')\nimport 'virtual:uno.css'\nawait 1\nconsole.log(tw)"
  const { errors } = await ran(t, { 'src/index.js': script, 'src/a.wasm': '' })
  assert.deepEqual(places(errors).slice(0, 3), ['index.js:1:16', 'index.js:2:8', 'index.js:3:8'])
  assert.match(errors[2]?.hint ?? '', /plugin of Vite/)
})

test('once all scripts were read, a build asks about those alone that hold a construct', async (t) => {
  const { project, folder, warnings } = await ran(t, {
    'src/index.js': "import { b } from './b'; import './c'; seen.x = b",
    'src/b.js': 'export const b = 1',
    'src/c.js': 'seen.c = process.env.VITE_NO',
    'src/p/a.js': '',
  })
  assert.equal(warnings.length, 1)
  await project.narrow()
  const { parsed, plain } = project.opened?.shared ?? {}
  assert.deepEqual([[...(parsed ?? [])], plain?.size], [[join(folder, 'src/c.js')], 2])
  project.forget()
  const same = await result(project)
  assert.deepEqual([same.seen.x, same.warnings.length], [1, 1])
  write(folder, { 'src/b.js': "export const b = require.context('./p', true, /js$/).keys()[0]" })
  assert.equal((await result(project)).seen.x, './a.js')
  const added = "import { d } from './d'; seen.x = d"
  write(folder, {
    'src/index.js': added,
    'src/d.js': "export const d = Object.keys(import.meta.glob('./p/*'))[0]",
  })
  const { seen, errors } = await result(project)
  assert.deepEqual([errors, seen.x], [[], './p/a.js'])
  write(folder, { 'src/d.js': 'export const d =' })
  assert.deepEqual(places((await result(project)).errors), ['d.js:1:17'])
  write(folder, { 'src/d.js': "export const d = 'plain'" })
  assert.equal((await result(project)).seen.x, 'plain')
})

test('globals of Node and of webpack are said where nothing asks for them', async (t) => {
  const source = `export function never() {
  process.nextTick(never)
  Buffer.from('x'); Buffer.from('y')
  setImmediate(never)
  System.import('./a')
  define([], never)
  return [process.env.NODE_ENV, process.browser, __webpack_hash__]
}
seen.x = 1`
  const { warnings, errors } = await ran(t, { 'src/index.js': source })
  assert.deepEqual(errors, [])
  assert.deepEqual(
    warnings.map(({ line }) => line),
    [2, 3, 4, 5, 6, 7],
  )
  const asked = `if (typeof Buffer !== 'undefined') Buffer.from('x')
    try { setImmediate(1) } catch {}
    function define() {} define(); const process = { pid: 1 }; console.log(process.pid)
    customElements.define; seen.x = 1`
  const page = {
    'src/index.js': `window.customElements = { define: 1 }\n${asked.replace('customElements.', 'window.customElements.')}`,
  }
  assert.deepEqual((await ran(t, page)).warnings, [])
})

test('a file whose name differs in letter case is said by its name', async (t) => {
  const { errors } = await ran(t, { 'src/index.js': "import a from './A'; seen.x = a", 'src/a.js': '' })
  assert.match(errors[0]?.text ?? '', /A\.js is called a\.js/)
})

test('directives in JSX of Vue are said with what to write in their place', async (t) => {
  const source = `const App = () => <div>
  <input v-model={seen.x} />
  <p v-show={seen.x} v-focus="x"
    vHtml={seen.x}>v-text</p>
</div>
seen.x = App`
  const build = (/** @type {object} */ dependencies) =>
    ran(t, { 'package.json': JSON.stringify({ dependencies }), 'src/index.jsx': source })
  const { errors } = await build({ vue: '3' })
  assert.deepEqual(
    errors.map(({ text, line, column }) => [text.split(' ')[0], line, column]),
    [
      ['v-model', 2, 10],
      ['v-show', 3, 6],
      ['v-focus', 3, 22],
      ['vHtml', 4, 5],
    ],
  )
  assert.match(errors[3]?.hint ?? '', /innerHTML/)
  assert.deepEqual((await build({ react: '18' })).errors, [])
})
