import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '../../../../devkit/build/worker/context.mjs'
import { places, ran, result, write } from './panel.mjs'

const PAGES = {
  'src/pages/A.js': 'export default "A"; export const setup = "sA"',
  'src/pages/B.js': 'export default "B"; export const setup = "sB"',
  'src/pages/in/C.js': 'export default "C"',
  'src/pages/note.md': 'text',
  'src/pages/pic.svg': '<svg/>',
}
/** @type {[string, unknown][]} */
const GLOBS = [
  ["Object.keys(import.meta.glob('./pages/*.js'))", ['./pages/A.js', './pages/B.js']],
  ["Object.keys(import.meta.glob('./pages/**/*.js'))", ['./pages/A.js', './pages/B.js', './pages/in/C.js']],
  ["Object.keys(import.meta.glob(['./pages/*.js', '!**/B.js']))", ['./pages/A.js']],
  ["Object.keys(import.meta.glob('/src/pages/{A,B}.js'))", ['/src/pages/A.js', '/src/pages/B.js']],
  ["Object.keys(import.meta.glob('@/pages/in/*.js'))", ['/src/pages/in/C.js']],
  ["Object.keys(import.meta.glob('./**/*.js', { base: './pages/in' }))", ['./C.js']],
  ["typeof import.meta.glob('./pages/A.js')['./pages/A.js']", 'function'],
  ["import.meta.glob('./pages/A.js', { eager: true })['./pages/A.js'].setup", 'sA'],
  ["import.meta.glob('./pages/A.js', { eager: true, import: 'setup' })['./pages/A.js']", 'sA'],
  ["import.meta.globEager('./pages/A.js')['./pages/A.js'].default", 'A'],
  [
    "import.meta.glob('./pages/*.md', { query: '?raw', import: 'default', eager: true })['./pages/note.md']",
    'text',
  ],
  ["import.meta.glob('./pages/*.md', { as: 'raw', eager: true })['./pages/note.md']", 'text'],
  [
    "import.meta.glob('./pages/*.svg', { query: { url: '' }, import: 'default', eager: true })['./pages/pic.svg'].slice(0, 9)",
    'data:imag',
  ],
  ["Object.keys(import.meta.glob('./*.js'))", []],
]

for (const [source, expected] of GLOBS) {
  test(source, async (t) => {
    const files = { 'src/index.js': `seen.x = ${source}`, ...PAGES }
    const { seen, errors } = await ran(t, files, { alias: { '@': './src' } })
    assert.deepEqual(errors, [])
    assert.deepEqual(JSON.parse(JSON.stringify(seen.x)), expected)
  })
}

test('lazy entries are functions that give promises', async (t) => {
  const source = `
    import.meta.glob('./pages/A.js')['./pages/A.js']().then((one) => { seen.a = one.default })
    import.meta.glob('./pages/A.js', { import: 'setup' })['./pages/A.js']().then((one) => { seen.b = one })`
  const { seen } = await ran(t, { 'src/index.js': source, ...PAGES })
  assert.deepEqual({ ...seen }, { a: 'A', b: 'sA' })
})

test('a glob in TypeScript is live, and one that matches nothing warns with its place', async (t) => {
  const source = `const some = 1
  ;(globalThis as any).seen.x = Object.keys(import.meta.glob<{ a: string }>('./none/*.js', { eager: true } as const))`
  const { seen, warnings, project, folder } = await ran(t, { 'src/index.ts': source })
  assert.deepEqual([[...seen.x], places(warnings)], [[], ['index.ts:2:45']])
  write(folder, { 'src/none/a.js': '' })
  assert.deepEqual([...(await result(project)).seen.x], ['./none/a.js'])
})

test('the text with variables says which files it may name', () => {
  /** @type {[(string | null)[], string, string, string][]} */
  const cases = [
    [['./a/', null, '.js'], './a/', './x.js', './x.css'],
    [['./a/b-', null], './a/', './b-x', './x'],
    [[null, '/x.js'], '.', './in/x.js', './in/y.js'],
    [['./', null, '/m/', null, '.js?raw'], './', './a/m/b.js', './a/n/b.js'],
  ]
  for (const [pieces, folder, yes, no] of cases) {
    const found = contextOf(pieces)
    assert.deepEqual([found.folder, found.wanted.test(yes), found.wanted.test(no)], [folder, true, false])
  }
  assert.equal(contextOf([null]).isOpen, true)
})
