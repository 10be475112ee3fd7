import assert from 'node:assert/strict'
import { test } from 'node:test'
import { places, ran } from './panel.mjs'

const LOGGED = `
const logged = (target, key, found) => ({ ...found, value() { return key + ' ' + found.value.call(this) } })
const named = (type) => { type.label = 'named' }
const noted = (target, key) => { (target.notes = target.notes || []).push(key) }
@named
export class Lamp {
  @noted level = 1
  @logged name() { return 'lamp' }
}
const lamp = new Lamp()
seen.x = [lamp.name(), Lamp.label, lamp.notes, lamp.level]
seen.at = 'a@b.example'
`
const EXPECTED = ['name lamp', 'named', ['level'], 1]
/** @type {[string, string][]} */
const CONFIGS = [
  ['.babelrc', '{"plugins": [["@babel/plugin-proposal-decorators", {"legacy": true}]] /* note */ }'],
  ['.babelrc.json', '{"plugins": [["@babel/plugin-proposal-decorators", {"version": "legacy"}]]}'],
  [
    'babel.config.js',
    "module.exports = () => ({ plugins: [[require.resolve('x'), {}], ['@babel/plugin-proposal-decorators', { legacy: !0 }]] })",
  ],
  ['babel.config.js', "module.exports = { presets: ['@vue/cli-plugin-babel/preset'] }"],
  ['babel.config.json', '{"plugins": ["transform-decorators-legacy"]}'],
  ['package.json', '{"babel": {"plugins": [["@babel/plugin-proposal-decorators", {"legacy": true}]]}}'],
]
for (const [name, text] of CONFIGS) {
  test(`Babel's legacy decorators by ${name}: ${text}`, async (t) => {
    const { seen, errors } = await ran(t, { 'src/index.jsx': LOGGED, [name]: text })
    assert.deepEqual([errors, seen.x], [[], EXPECTED])
  })
}

/** What Babel 7's legacy plugin gives for it. */
const FIELDS = `
const readonly = (target, key, found) => ({ ...found, writable: false })
const doubled = (target, key, found) => { const { initializer } = found; found.initializer = function () { return initializer.call(this) * 2 } }
const lazy = (target, key, { initializer }) => ({ get() { return initializer.call(this) + 'lazy' }, configurable: true })
const noted = (target, key, found) => { found.enumerable = found.initializer === null }
class Base { @readonly x = (1, 2); own = this.x }
const A = class extends Base {
  @readonly fixed = 5
  plain = this.fixed + 1
  @doubled
  twice = this.plain // six
  @lazy late = this.twice; @noted empty; @noted full = 1
  @readonly static stat = 4
  @doubled arrow = (() => 3)()
}
const a = new A()
seen.values = [a.x, a.own, a.fixed, a.plain, a.twice, a.late, a.empty ?? null, A.stat]
seen.writes = [[a, 'fixed'], [A, 'stat'], [a, 'x'], [a, 'twice']].map(([one, key]) => Reflect.set(one, key, 1))
seen.keys = Object.keys(a)
`
test('decorators of fields are given descriptors, and what they return is what the field is', async (t) => {
  const { seen, errors } = await ran(t, { 'src/index.js': FIELDS, '.babelrc': CONFIGS[0]?.[1] ?? '' })
  assert.deepEqual(errors, [])
  assert.deepEqual(seen, {
    values: [2, 2, 5, 6, 12, '12lazy', null, 4],
    writes: [false, false, false, true],
    keys: ['x', 'own', 'fixed', 'plain', 'twice', 'empty', 'arrow'],
  })
})

test('fields are defined, or set where Babel is told to', async (t) => {
  const source = `class A { set x(value) { seen.set = value } }
    class B extends A { x = 1; @((target, key, found) => found) y = 2 }
    seen.own = Object.keys(new B())`
  const plugins = [['@babel/plugin-proposal-decorators', { legacy: true }]]
  const defined = await ran(t, { 'src/index.js': source, '.babelrc': JSON.stringify({ plugins }) })
  assert.deepEqual(defined.seen, { own: ['x', 'y'] })
  const loose = { plugins: [...plugins, ['@babel/plugin-proposal-class-properties', { loose: true }]] }
  const set = await ran(t, { 'src/index.js': source, '.babelrc': JSON.stringify(loose) })
  assert.deepEqual(set.seen, { set: 1, own: ['y'] })
})

test('without such a configuration they are the standard ones', async (t) => {
  const source = `
    const logged = (found, { kind, name }) => function () { return kind + ' ' + name + ' ' + found.call(this) }
    class Lamp { @logged name() { return 'lamp' } }
    seen.x = new Lamp().name()`
  assert.equal((await ran(t, { 'src/index.js': source })).seen.x, 'method name lamp')
})

test("TypeScript's decorators are those of tsconfig.json", async (t) => {
  const files = {
    'src/index.ts': `declare const seen: any\n${LOGGED.replace(/\((target, key, found|type|target, key)\)/g, (_, names) => `(${names.replace(/\w+/g, '$&: any')})`)}`,
  }
  const tsconfig = '{"compilerOptions": {"experimentalDecorators": true}}'
  const { seen, errors } = await ran(t, { ...files, 'tsconfig.json': tsconfig })
  assert.deepEqual([errors, seen.x], [[], EXPECTED])
})

const METADATA = `
declare const seen: any
const typed: any = (target: any, key: string) => { seen.x = (Reflect as any).types }
class Lamp { @typed level: number = 1 }
seen.y = new Lamp().level
`
const WITH_METADATA = '{"compilerOptions": {"experimentalDecorators": true, "emitDecoratorMetadata": true}}'

test('types of decorated fields come from the TypeScript of the project', async (t) => {
  const compiler = `exports.ScriptTarget = {}; exports.ModuleKind = {}; exports.JsxEmit = {}
    exports.transpileModule = (code, { compilerOptions }) => ({ outputText: 'seen.x = ' + compilerOptions.emitDecoratorMetadata })`
  const { seen } = await ran(t, {
    'src/index.ts': METADATA,
    'tsconfig.json': WITH_METADATA,
    'node_modules/typescript/package.json': '{"version": "5.4.0"}',
    'node_modules/typescript/index.js': compiler,
  })
  assert.deepEqual(seen, { x: true })
})

test('without one it is said with the place', async (t) => {
  const files = { 'src/index.ts': METADATA, 'tsconfig.json': WITH_METADATA }
  assert.deepEqual(places((await ran(t, files)).warnings), ['index.ts:4:14'])
  assert.deepEqual(places((await ran(t, files, { mode: 'production' })).errors), ['index.ts:4:14'])
})
