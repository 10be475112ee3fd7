// A script means the same whether pages keep its modules or not.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, TOOLCHAIN, write } from './panel.mjs'

/** @type {Record<string, Record<string, string>>} */
const PANELS = {
  'live bindings, stars, defaults and names that are no identifiers': {
    'src/index.js': `
import * as all from './all'
import count, { add, value } from './count'
import again from './again'
import data, { list } from './data.json'
add(); add()
globalThis.show = () => [Object.keys(all).sort(), all.value, count, again.name, new again().word, data.text, list.length]
`,
    'src/all.js':
      "export * from './count'\nexport * as inner from './count'\nexport { default as start } from './count'\n",
    'src/count.js':
      "export let value = 1\nexport function add() { value += 1 }\nexport default value\nexport { value as 'a-b' }\n",
    'src/again.js': "export default class Again { word = 'word' }\n",
    'src/data.json': '{ "text": "text", "list": [1, 2], "not-a-name": 3 }',
  },
  'TypeScript, and what it leaves out': {
    'tsconfig.json': '{ "compilerOptions": { "target": "es2017", "jsx": "react", "jsxFactory": "h" } }',
    'package.json': '{}',
    'src/index.tsx': `
import { h, type Node } from './h'
import { Kind, Late } from './kind'
import type { Word } from './types'
import { Shape } from './types'
namespace Space { export const inner = 'inner' }
class Base { constructor() { this.set() } set(): void {} }
class Point extends Base { x: number; y = 2; constructor(private z: number) { super() } set() { this.x = 1 } all() { return [this.x, this.y, this.z] } }
const word: Word = 'word' as Word
const node: Node = <p class="x">{word}</p>
const shape = { area: 1 } satisfies Shape
globalThis.show = () => [node, Kind.B, Kind[1], Late.Z, Space.inner, new Point(3).all(), shape.area]
`,
    'src/h.ts':
      'export type Node = string\nexport const h = (...all: unknown[]): Node => JSON.stringify(all)\n',
    'src/kind.ts': "export enum Kind { A, B }\nexport const enum Late { Z = 'z' }\n",
    'src/types.ts': 'export type Word = string\nexport interface Shape { area: number }\n',
  },
  'scripts of another kind, and globs': {
    'src/index.js': `
import { word } from './old'
const pages = import.meta.glob('./pages/*.js', { eager: true })
globalThis.show = () => [word, Object.keys(pages).map((name) => pages[name].title), import.meta.env.DEV, process.env.NODE_ENV]
`,
    'src/old.js': "const { text } = require('./text')\nexports.word = text\n",
    'src/text.js': "import { more } from './more'\nexport const text = 'text' + more\n",
    'src/more.js': "export const more = ' and more'\n",
    'src/pages/a.js': "export const title = 'a'\n",
    'src/pages/b.js': "import { more } from '../more'\nexport const title = 'b' + more\n",
  },
  'a script that is not understood': {
    'src/index.js':
      "import { word } from './word'\nimport { text } from './text'\nglobalThis.show = () => [word, text]\n",
    'src/word.js': "import { 'a-b' as word } from './text'\nexport { word }\n",
    'src/text.js': "export const text = 'text'\nexport { text as 'a-b' }\n",
  },
  'cycles, side effects and their order': {
    'src/index.js': `
globalThis.order = ['index']
import './first'
import { two } from './second'
export const late = () => two()
globalThis.show = () => [globalThis.log, late()]
`,
    'src/first.js':
      "import { two } from './second'\n(globalThis.log ||= []).push('first ' + two())\nexport function one() { return 1 }\n",
    'src/second.js':
      "import { one } from './first'\n(globalThis.log ||= []).push('second')\nexport function two() { return one() }\n",
  },
}

for (const [name, files] of Object.entries(PANELS)) {
  test(`${name}: the same`, async (context) => {
    const folder = folderOf(context, { 'package.json': '{}', ...files })
    const entry = `${folder}/src/index.${'src/index.tsx' in files ? 'tsx' : 'js'}`
    /** @type {string[]} */
    const shown = []
    for (const hot of [false, true]) {
      const project = new Project(folder, TOOLCHAIN)
      context.after(() => project.close())
      await project.open(optionsOf(folder, { hot, entry }))
      const { parts, errors, warnings, why } = await project.rebuild()
      assert.deepEqual([errors ?? [], warnings, hot && why], [[], [], hot && 'the build has started anew'])
      const page = createContext({ console })
      runInContext('globalThis.window = globalThis', page)
      runInContext(Buffer.from(parts?.get('js') ?? []).toString(), page)
      shown.push(JSON.stringify(runInContext('show()', page)))
    }
    assert.equal(shown[1], shown[0])
  })
}

test('where oxc cannot be loaded, the panel restarts at each save, and it is said why', async (context) => {
  const folder = folderOf(context, {
    'package.json': '{}',
    'src/index.js': 'globalThis.show = () => 1\nexport {}\n',
  })
  const project = new Project(folder, TOOLCHAIN)
  context.after(() => project.close())
  const { tools } = project
  const load = tools.load.bind(tools)
  tools.load = (name) => {
    if (name === 'oxc-transform') throw new Error('no native binding\nof this kind')
    return load(name)
  }
  await project.open(optionsOf(folder, { hot: true }))
  for (const changed of [[], [join(folder, 'src/index.js')]]) {
    const { parts, partial, why } = await project.rebuild(changed)
    assert.equal(why, 'oxc-transform cannot be loaded on this machine (no native binding)')
    assert.equal(partial ?? parts?.has('hot'), false)
  }
})

test('a style is sent ahead as the whole build has it; one whose names scripts take is not', async (context) => {
  const folder = folderOf(context, {
    'package.json': '{}',
    'src/index.js':
      "import './b.less'\nimport './a.css'\nimport './d.css'\nimport names from './c.module.css'\nglobalThis.show = () => names.box\n",
    'src/a.css': '.a { color: red }\n',
    'src/b.less': "@import './vars.less';\n.b { color: @main }\n",
    'src/d.css': "@import './e.css' print;\n.d { color: red }\n",
    'src/e.css': '.e { color: red }\n',
    'src/vars.less': '@main: #123456;\n',
    'src/c.module.css': '.box { color: blue }\n',
  })
  const project = new Project(folder, TOOLCHAIN)
  context.after(() => project.close())
  await project.open(optionsOf(folder, { hot: true }))
  await project.rebuild()
  for (const [name, text] of [
    ['src/a.css', '.a { color: green }\n'],
    ['src/vars.less', '@main: #654321;\n'],
    ['src/a.css', ''],
    ['src/a.css', '.a { color: blue }\n.a::before { content: "\\a/* src/b.less */\\a" }\n'],
  ]) {
    write(folder, { [String(name)]: String(text) })
    const early = await project.rebuild([join(folder, String(name))])
    const { parts } = await project.rebuild()
    assert.deepEqual([early.partial, early.parts?.get('hot')], [true, Buffer.from('[]')])
    assert.equal(String(early.parts?.get('css')), Buffer.from(parts?.get('css') ?? []).toString())
  }
  for (const [name, text] of [
    ['src/c.module.css', '.other { color: blue }\n'],
    ['src/e.css', '.e { color: green }\n'],
    ['src/d.css', '.d { color: green }\n'],
  ]) {
    write(folder, { [String(name)]: String(text) })
    assert.equal((await project.rebuild([join(folder, String(name))])).partial, undefined, name)
  }
})

test('a build that is stopped leaves the way ahead of the bundle open', async (context) => {
  const folder = folderOf(context, {
    'package.json': '{}',
    'src/index.js': "import { word } from './word'\nimport './a.css'\nglobalThis.show = () => word\n",
    'src/word.js': "export const word = 'one'\n",
    'src/a.css': '.a { color: red }\n',
  })
  const project = new Project(folder, TOOLCHAIN)
  context.after(() => project.close())
  await project.open(optionsOf(folder, { hot: true }))
  await project.rebuild()
  for (const word of ['two', 'three']) {
    write(folder, { 'src/word.js': `export const word = '${word}'\n` })
    const stopped = project.rebuild()
    project.stop()
    assert.deepEqual(await stopped, { stopped: true })
    const early = await project.rebuild([join(folder, 'src/word.js')])
    assert.deepEqual([early.partial, String(early.parts?.get('hot')).includes(word)], [true, true])
  }
  const { parts, why } = await project.rebuild()
  assert.deepEqual([why, String(parts?.get('hot'))], [undefined, '[]'])
  assert.match(String(Buffer.from(parts?.get('js') ?? [])), /three/)
})
