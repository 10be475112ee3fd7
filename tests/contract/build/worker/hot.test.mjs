import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, TOOLCHAIN, write } from './panel.mjs'

/** @import { TestContext } from 'node:test' */
/** @import { Context } from 'node:vm' */

/** Graphs to try. */
const SEEDS = Number(process.env.DEVKIT_TEST_GRAPHS ?? 6)

const EDITS = 14

/** A page that takes builds as the live client does. */
class Page {
  /** @param {string} js */
  constructor(js) {
    this.load(js)
  }

  /** @param {string} js */
  load(js) {
    this.refused = ''
    /** @type {Context} */
    this.context = createContext({ console: { error() {} } })
    runInContext('globalThis.window = globalThis', this.context)
    runInContext(js, this.context)
  }

  /**
   * @param {string} js
   * @param {Uint8Array | undefined} update
   */
  take(js, update) {
    if (!update) return this.load(js)
    const changed = JSON.parse(Buffer.from(update).toString())
    for (const module of changed) {
      runInContext(module.code, this.context)
      module.factory = runInContext('__devkit_hot.taken', this.context)
    }
    this.context.changed = changed
    const { why: refused } = runInContext('__devkit_hot.update(changed)', this.context)
    if (refused) this.load(js)
    this.refused = refused
  }

  get shown() {
    return runInContext('show()', this.context)
  }
}

/** @param {TestContext} context @param {Record<string, string>} files */
async function opened(context, files) {
  const folder = folderOf(context, { 'package.json': '{}', ...files })
  const project = new Project(folder, TOOLCHAIN)
  context.after(() => project.close())
  await project.open(optionsOf(folder, { hot: true }))
  let js = ''
  return {
    folder,
    /** @param {string[]} [names] - What has changed, and nothing else. */
    async build(names = []) {
      const { parts, partial, ...head } = await project.rebuild(names.map((name) => join(folder, name)))
      assert.deepEqual(head.errors ?? [], [])
      js = parts?.get('js') ? Buffer.from(parts.get('js') ?? []).toString() : js
      return { js, update: parts?.get('hot'), why: head.why, partial }
    },
  }
}

/** @param {number} seed */
function random(seed) {
  let state = seed * 2654435761 + 1
  return (/** @type {number} */ below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    return (state >>> 1) % below
  }
}

/**
 * A graph of modules. Some accept themselves, and what they export is read when it is wanted; of the others it is
 * read at once, too, so that an importer that does not run anew shows an old value.
 */
class Graph {
  /** @param {(below: number) => number} pick */
  constructor(pick) {
    this.pick = pick
    /** @type {Map<number, { value: number, accepts: boolean, imports: Set<number> }>} */
    this.modules = new Map()
    for (let number = 0; number < 3 + pick(6); number += 1) this.add(number)
  }

  /** @param {number} number */
  add(number) {
    const { pick } = this
    /** @type {Set<number>} */
    const imports = new Set()
    for (const other of this.modules.keys()) if (other < number && !pick(2)) imports.add(other)
    this.modules.set(number, { value: pick(100), accepts: pick(3) === 0, imports })
  }

  change() {
    const { pick } = this
    const numbers = [...this.modules.keys()]
    const number = numbers[pick(numbers.length)] ?? 0
    const module = this.modules.get(number)
    if (!module) return
    const how = pick(8)
    if (how === 0) this.add(Math.max(...numbers) + 1)
    else if (how === 1 && numbers.length > 2) this.remove(number)
    else if (how === 2) {
      const other = numbers.filter((one) => one < number)[0]
      if (other !== undefined && !module.imports.delete(other)) module.imports.add(other)
    } else module.value = pick(1000)
  }

  /** @param {number} number */
  remove(number) {
    this.modules.delete(number)
    for (const { imports } of this.modules.values()) imports.delete(number)
  }

  files() {
    /** @type {Record<string, string>} */
    const found = {}
    for (const [number, { value, accepts, imports }] of this.modules) {
      const list = [...imports]
      const ways = [
        (/** @type {number} */ one) =>
          `import * as all${one} from './star${one}'; const read${one} = () => all${one}.read(), at${one} = all${one}.at`,
        (/** @type {number} */ one) => `import { read as read${one}, at as at${one} } from './m${one}'`,
        (/** @type {number} */ one) =>
          `const read${one} = async () => (await import('./m${one}')).read(), at${one} = 0`,
      ]
      const lines = list.map((one) => ways[(one + number) % 3]?.(one) ?? '')
      const eager = list.filter((one) => !this.isLate(one)).map((one) => ` + at${one}`)
      lines.push(`export const at = ${value}${eager.join('')}`)
      const late = list.map((one) => ` + ',' + await read${one}()`)
      lines.push(`export async function read() { return '(' + at${late.join('')} + ')' }`)
      if (accepts) lines.push('if (import.meta.hot) import.meta.hot.accept()')
      found[`src/star${number}.js`] = `export * from './m${number}'\n`
      found[`src/m${number}.js`] = `${lines.join('\n')}\n`
    }
    const all = [...this.modules.keys()]
    const imports = all.map((one) => `import { read as read${one} } from './m${one}'`)
    found['src/index.js'] =
      `${imports.join('\n')}\nglobalThis.show = async () => [${all.map((one) => `await read${one}()`).join(', ')}].join(' ')\n`
    return found
  }

  /**
   * Whether a module's value changes without its importers: it accepts, or something below it does and is late.
   *
   * @param {number} number
   */
  isLate(number) {
    return this.modules.get(number)?.accepts === true
  }
}

test('a page shows what a fresh one would, whatever was edited', async (context) => {
  let [kept, quick] = [0, 0]
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const graph = new Graph(random(seed))
    const { folder, build } = await opened(context, graph.files())
    const page = new Page((await build()).js)
    for (let edit = 0; edit < EDITS; edit += 1) {
      const before = graph.files()
      graph.change()
      const files = graph.files()
      for (const name in before) if (!files[name]) rmSync(join(folder, name))
      write(folder, files)
      const edited = Object.keys(files).filter((name) => files[name] !== before[name])
      const first = await build(Object.keys(before).every((name) => files[name]) ? edited : [])
      page.take(first.js, first.update)
      // what is loaded late may be edited before
      const isSeen = graph.pick(2) === 1
      const early = first.partial && isSeen && !page.refused ? await page.shown : undefined
      const { js, why } = first.partial ? await build() : first
      if (first.partial) assert.equal(why, undefined)
      if (page.refused) page.load(js)
      const name = `seed ${seed}, edit ${edit}: ${JSON.stringify(files)}`
      if (early) assert.equal(early, await new Page(js).shown, `before the bundle, ${name}`)
      if (isSeen || edit === EDITS - 1) assert.equal(await page.shown, await new Page(js).shown, name)
      if (early) quick += 1
      if (first.update && !page.refused) kept += 1
    }
  }
  assert.ok(kept > 10, `${kept} updates were taken without a restart`)
  assert.ok(quick > 10, `${quick} updates were taken before the bundle`)
})

test('modules in a cycle see functions of one another at once, and values later', async (context) => {
  const files = {
    'node_modules/lib/index.js': "module.exports = { end: '!' }\n", // CommonJS: each importer has a namespace
    'src/index.js': "import { start } from './a'\nglobalThis.show = start\n",
    'src/a.js':
      "import { early } from './b'\nimport * as lib from 'lib'\nimport { end } from 'lib'\n" +
      "export function name() { return 'a' }\nexport const start = () => early + name() + end + lib.end\n",
    'src/b.js':
      "import { name } from './a'\nimport * as lib from 'lib'\nexport const early = name() + lib.end\n",
  }
  const { folder, build } = await opened(context, files)
  const page = new Page((await build()).js)
  assert.equal(page.shown, 'a!a!!')
  write(folder, { 'src/a.js': files['src/a.js'].replace("'a'", "'c'") })
  const { js, update } = await build()
  page.take(js, update)
  assert.match(page.refused, /index\.js runs at load/)
  assert.equal(page.shown, 'c!c!!')
})

test('what cannot be kept is built as without it, and said', async (context) => {
  const files = {
    'src/index.js': "const { word } = require('./word')\nglobalThis.show = () => word\n",
    'src/word.js': "export const word = 'one'\n",
  }
  const { build } = await opened(context, files)
  const { js, why } = await build()
  assert.equal(why, 'index.js is no script that can be kept')
  assert.equal(new Page(js).shown, 'one')
})

test('nothing of it is in a build without hot, and import.meta.hot is gone', async (context) => {
  const source = 'if (import.meta.hot) { import.meta.hot.accept() }\nglobalThis.show = () => 1\n'
  const folder = folderOf(context, { 'package.json': '{}', 'src/index.js': source })
  const project = new Project(folder, TOOLCHAIN)
  context.after(() => project.close())
  await project.open(optionsOf(folder, { mode: 'production' }))
  const { parts } = await project.rebuild()
  assert.doesNotMatch(Buffer.from(parts?.get('js') ?? []).toString(), /accept|hot|__dk/)
})

test('what is no more taken of a package stays in the page, and can be taken again', async (context) => {
  const part = (/** @type {string} */ names) =>
    `import { ${names} } from 'lib'\nexport const read = () => [${names}]\nif (import.meta.hot) import.meta.hot.accept()\n`
  const files = {
    'node_modules/lib/package.json': '{ "name": "lib", "sideEffects": false, "module": "index.js" }',
    'node_modules/lib/index.js':
      "export const one = 'one'\nexport const two = 'two'\nexport const three = 'three'\n",
    'src/index.js': "import { read } from './part'\nglobalThis.show = () => read().join()\n",
    'src/part.js': part('one, two'),
  }
  const { folder, build } = await opened(context, files)
  const page = new Page((await build()).js)
  for (const [names, why] of [
    ['one', undefined],
    ['two', undefined],
    ['one, two', undefined],
    ['one, three', 'lib is another'],
  ]) {
    write(folder, { 'src/part.js': part(names ?? '') })
    const found = await build()
    assert.equal(found.why, why)
    page.take(found.js, found.update)
    assert.equal(page.shown, names?.replace(', ', ','))
    assert.equal(new Page(found.js).shown, page.shown)
  }
})

test('a module that is loaded late is the newest then, with what it imports', async (context) => {
  /** @type {Record<string, string>} */
  const files = {
    'src/index.js': "import { read } from './part'\nglobalThis.show = () => read()\n",
    'src/part.js':
      "export const read = () => import('./late').then(({ word }) => 'part ' + word)\nif (import.meta.hot) import.meta.hot.accept()\n",
    'src/late.js': "import { below } from './below'\nexport const word = 'late ' + below\n",
    'src/below.js': "export const below = 'below'\n",
  }
  const edits = Object.entries({ late: 'src/late.js', part: 'src/part.js', below: 'src/below.js' })
  for (const order of [[0], [2], [0, 1], [1, 0], [0, 2], [2, 0, 1], [1, 2, 0]]) {
    const { folder, build } = await opened(context, files)
    const page = new Page((await build()).js)
    /** @type {Record<string, string>} */
    const now = { ...files }
    for (const at of order) {
      const [word = '', name = ''] = edits[at] ?? []
      now[name] = (now[name] ?? '').replace(/(['`])(late|part|below)( |')/, '$1new $2$3')
      write(folder, { [name]: now[name] })
      const { js, update } = await build([name])
      page.take(js, update)
      assert.equal(page.refused, '', word)
    }
    const { js } = await build()
    assert.equal(await page.shown, await new Page(js).shown, `edits ${order}`)
  }
})
