import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { componentsOf, withComponents } from '../../../../devkit/build/worker/hot/vue_scripts.mjs'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, plain, TOOLCHAIN, write } from './panel.mjs'

/** @type {[string, string[]][]} */
const COMPONENTS = [
  ['export default defineComponent({})', ['default']],
  ['export const Card = defineComponent(() => () => null)', ['Card']],
  ['const Card: Type = defineComponent({}); export { Card as Tile, other }', ['Tile']],
  ['const Page = defineComponent({})\nexport default Page', ['default']],
  ['export const Card = /*#__PURE__*/ defineComponent({}), other = 1', ['Card']],
  ['export const columns = { render() {} }; const Inner = defineComponent({})', []],
  ["export { Card } from './Card'; const Card = defineComponent({})", []],
  ['export const Card = () => null', []],
]
for (const [source, names] of COMPONENTS) {
  test(`components of ${JSON.stringify(source)}`, () => assert.deepEqual(componentsOf(source), names))
}

test('a script tells of its components and stores, and keeps its lines', () => {
  const source = 'export const useStore = defineStore("a", {})\nexport default defineComponent({})'
  const lines = withComponents(source).split('\n')
  assert.deepEqual(lines.slice(0, 2), source.split('\n'))
  assert.equal(lines[2], 'import.meta.hot?.__components(["default"]); import.meta.hot?.__stores();')
  assert.equal(withComponents('export const a = 1'), 'export const a = 1')
})

test('a store that accepts itself is left alone', () => {
  const source = 'const useStore = defineStore("a", {}); import.meta.hot.accept(acceptHMRUpdate(useStore))'
  assert.equal(withComponents(source), source)
})

const COMPONENT = `<template><p class="a">one</p></template>
<script setup>
const at = 1
</script>
<style scoped>
.a { color: red }
</style>`

test('a save of a component is sent ahead of the bundle: its template, its script, its style sheet', async (t) => {
  const folder = folderOf(t, {
    'package.json': '{"dependencies": {"vue": "3"}}',
    'node_modules/vue/package.json': '{"name": "vue", "version": "3.5.0", "main": "index.js"}',
    'node_modules/vue/index.js':
      'export const openBlock = 1, createElementBlock = 2, toDisplayString = 3, createElementVNode = 4',
    'src/index.js': 'import App from "./App.vue"; window.App = App',
    'src/App.vue': COMPONENT,
  })
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  await project.open(optionsOf(folder, { hot: true }))
  assert.deepEqual((await project.rebuild()).errors ?? [], [])
  const path = join(folder, 'src/App.vue')
  const saved = async (/** @type {string} */ old, /** @type {string} */ now) => {
    assert.ok(COMPONENT.includes(old))
    write(folder, { 'src/App.vue': COMPONENT.replace(old, now) })
    const { partial = false, parts } = await project.rebuild([path])
    const modules = JSON.parse(String(Buffer.from(parts?.get('hot') ?? 'null')))
    const ids = modules?.map((/** @type {{ id: string }} */ { id }) => id)
    write(folder, { 'src/App.vue': COMPONENT })
    await project.rebuild()
    return [partial, ids, plain(parts?.get('css')).includes('blue')]
  }
  const [script, template] = ['src/App.vue', 'src/App.vue?vue&type=template']
  assert.deepEqual(await saved('one', 'two'), [true, [template], false])
  assert.deepEqual(await saved('at = 1', 'at = 2'), [true, [script], false])
  assert.deepEqual(await saved('.a { color: red', '.a { color: blue'), [true, [], true])
  assert.deepEqual(await saved('one</p></template>', 'two</p></template>\n'), [true, [template], false])
  // another block, or names that scripts take, are a matter for the whole bundle
  assert.equal((await saved('<style scoped>', '<style module>'))[0], false)
  assert.equal((await saved('<style scoped>', '<style>'))[0], false)
})
