import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readProject } from '../../../../devkit/build/worker/reading.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { folderOf, optionsOf, TOOLCHAIN } from './panel.mjs'

/** What reading cannot tell: the alias comes from a package, the constant from the environment. */
const WEBPACK = `const { alias } = require('own-aliases')
class DefinePlugin { constructor(definitions) { this.definitions = definitions } }
module.exports = (env) => ({ resolve: { alias: alias(__dirname) },
  plugins: [new DefinePlugin({ MODE: JSON.stringify(env.mode + process.pid * 0) })] })`
const PACKAGE = {
  'node_modules/own-aliases/index.js':
    "exports.alias = (folder) => ({ '@': require('path').join(folder, 'src') })",
}
const VITE = {
  'node_modules/vite/package.json': '{"main": "index.js"}',
  'node_modules/vite/index.js': `module.exports['load' + 'ConfigFromFile'] = async ({ command }, file, root) => ({
    config: { resolve: { alias: [{ find: /^@\\//, replacement: root + '/src/' }] }, define: { C: '"' + command + '"' } } })`,
}

/** @type {[string, string, Record<string, string>, Record<string, string>][]} */
const TOOLS = [
  ['webpack', 'webpack.config.js', { ...PACKAGE, 'webpack.config.js': WEBPACK }, { MODE: '"development0"' }],
  ['vite', 'vite.config.js', { ...VITE, 'vite.config.js': 'export default load()' }, { C: '"serve"' }],
]
for (const [tool, name, files, define] of TOOLS) {
  test(`what only running it tells comes from the loader of ${tool}, when the user asks`, async (t) => {
    const folder = folderOf(t, { ...files, 'src/index.js': '' })
    const tools = new Tools(folder, TOOLCHAIN)
    const options = optionsOf(folder, { configurations: { [tool]: join(folder, name) } })
    const read = await readProject(tools, options)
    assert.deepEqual([read.found.settings.alias, read.found.settings.define], [{}, {}])
    assert.ok(read.found.rows.some(({ taken }) => !taken))
    const { found } = await readProject(tools, { ...options, run: true })
    assert.deepEqual([found.settings.alias, found.settings.define], [{ '@': 'src' }, define])
    assert.deepEqual(
      found.rows.filter(({ taken }) => !taken),
      [],
    )
  })
}

test('a configuration that throws is said', async (t) => {
  const folder = folderOf(t, { 'webpack.config.js': "throw new Error('no licence')" })
  const options = optionsOf(folder, {
    run: true,
    configurations: { webpack: join(folder, 'webpack.config.js') },
  })
  const { found } = await readProject(new Tools(folder, TOOLCHAIN), options)
  assert.match(found.rows[0]?.why ?? '', /no licence/)
})

const UMI = `import { defineConfig } from 'umi'
import { names } from './names'
export default defineConfig({
  alias: Object.fromEntries(names().map((name: string) => [name, __dirname + '/src/' + name])),
  define: { PID: process.pid * 0 },
})`
const NAMES = "import own from 'own'; export const names = (): string[] => own.names"
const CRACO = `module.exports = ({ env }) => ({ webpack: {
  alias: Object.fromEntries(['a', 'b'].map((name) => [name, require('path').join(__dirname, 'src', name + process.pid * 0)])) } })`

test('.umirc.ts runs with its modules, craco.config.js without CRACO too', async (t) => {
  const own = { 'node_modules/own/index.js': "exports.names = ['models', 'views']" }
  const folder = folderOf(t, {
    ...own,
    '.umirc.ts': UMI,
    'names.ts': NAMES,
    'craco.config.js': CRACO,
    'src/index.js': '',
  })
  /** @param {string} tool @param {string} name */
  const read = async (tool, name) => {
    const configurations = { [tool]: join(folder, name) }
    return (await readProject(new Tools(folder, TOOLCHAIN), optionsOf(folder, { configurations, run: true })))
      .found
  }
  const umi = await read('umi', '.umirc.ts')
  assert.deepEqual(umi.settings.alias, { models: 'src/models', views: 'src/views', '@': 'src' })
  assert.deepEqual(umi.settings.define, { PID: '0' })
  assert.deepEqual(
    umi.rows.flatMap(({ what, taken }) => (taken ? [] : [what])),
    ['entry'],
  )
  const craco = await read('craco', 'craco.config.js')
  assert.deepEqual(craco.settings.alias, { a: 'src/a0', b: 'src/b0' })
  assert.ok(craco.rows.every(({ taken }) => taken))
})
