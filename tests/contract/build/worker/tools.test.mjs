import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageFolder, readJson, Tools } from '../../../../devkit/build/worker/tools.mjs'
import { folderOf, TOOLCHAIN } from './panel.mjs'

/** @param {string} version */
const less = (version) => ({
  'node_modules/less/package.json': JSON.stringify({ name: 'less', version }),
  'node_modules/less/index.js': `module.exports = { own: '${version}' }`,
})

test("the project's own version wins when it is new enough", (t) => {
  const tools = new Tools(folderOf(t, less('3.13.1')), TOOLCHAIN)
  assert.deepEqual(tools.load('less'), { own: '3.13.1' })
  assert.equal(tools.load('less'), tools.load('less'))
  assert.deepEqual(tools.versionInProject('less'), [3, 13, 1])
})

test('an old version is passed over, and can still be asked for', (t) => {
  const tools = new Tools(folderOf(t, less('2.7.3')), TOOLCHAIN)
  assert.equal(typeof tools.load('less').render, 'function')
  assert.equal(tools.versionInProject('less'), null)
  assert.deepEqual(tools.anyVersionInProject('less'), [2, 7, 3])
})

test('a package.json that cannot be read is none', (t) => {
  const folder = folderOf(t, { 'node_modules/less/package.json': '{', 'a.json': '"text"' })
  assert.equal(new Tools(folder, TOOLCHAIN).anyVersionInProject('less'), null)
  assert.equal(readJson(join(folder, 'node_modules/less/package.json')), null)
  assert.equal(readJson(join(folder, 'a.json')), null)
  assert.equal(readJson(join(folder, 'none.json')), null)
})

test('a package is found from folders below', (t) => {
  const folder = folderOf(t, less('3.0.0'))
  assert.equal(packageFolder('less', join(folder, 'src/deep')), join(folder, 'node_modules/less'))
  assert.equal(packageFolder('none', folder), null)
})

test('modules of the project are imported with their default', async (t) => {
  const folder = folderOf(t, { 'a.mjs': 'export default { a: 1 }', 'b.mjs': 'export const b = 2' })
  const tools = new Tools(folder, TOOLCHAIN)
  assert.deepEqual(await tools.importFromProject(join(folder, 'a.mjs')), { a: 1 })
  assert.equal(/** @type {{ b: number }} */ (await tools.importFromProject(join(folder, 'b.mjs'))).b, 2)
})
