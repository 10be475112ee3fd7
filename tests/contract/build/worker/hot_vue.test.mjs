import assert from 'node:assert/strict'
import { test } from 'node:test'
import { componentsOf, withComponents } from '../../../../devkit/build/worker/hot/vue_scripts.mjs'

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
