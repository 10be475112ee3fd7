import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { releaseDetails } from '../../../../devkit/build/worker/outputs.mjs'
import { Project } from '../../../../devkit/build/worker/project.mjs'
import { folderOf, optionsOf, TOOLCHAIN, write } from './panel.mjs'

/** @import { TestContext } from 'node:test' */

const FILES = {
  'src/index.js': "import './a.less'; import { b } from './b.js'; console.log(b)",
  'src/a.less': '.a { color: red }',
  'src/b.js': 'export const b = 1',
}

/**
 * @param {TestContext} t
 * @param {Record<string, string>} files
 * @param {object} [changes]
 */
async function opened(t, files, changes) {
  const folder = folderOf(t, files)
  const project = new Project(folder, TOOLCHAIN)
  t.after(() => project.close())
  const options = optionsOf(folder, changes)
  await project.open(options)
  return { folder, project, options }
}

test('a build has its parts, its inputs and its time', async (t) => {
  const { folder, project } = await opened(t, FILES, { sourcemap: true })
  const { parts, same, inputs, warnings, ms } = await project.rebuild()
  assert.deepEqual([...(parts?.keys() ?? [])].sort(), ['css', 'css_map', 'js', 'js_map'])
  assert.deepEqual(
    inputs,
    Object.keys(FILES)
      .map((name) => join(folder, name))
      .sort(),
  )
  assert.deepEqual([same, warnings], [[], []])
  assert.ok(ms && ms > 0)
})

test('only what has changed is sent again', async (t) => {
  const { folder, project, options } = await opened(t, FILES)
  await project.rebuild()
  const again = await project.rebuild()
  assert.deepEqual(
    [[...(again.parts?.keys() ?? [])], again.same?.slice().sort(), again.inputs],
    [[], ['css', 'js'], undefined],
  )
  write(folder, { 'src/a.less': '.a { color: blue }' })
  const third = await project.rebuild()
  assert.deepEqual([[...(third.parts?.keys() ?? [])], third.same], [['css'], ['js']])
  await project.open(options)
  const fresh = await project.rebuild()
  assert.deepEqual([fresh.parts?.size, fresh.inputs?.length], [2, 3])
})

test('a failed build throws, and the next one is whole', async (t) => {
  const { folder, project } = await opened(t, FILES)
  await project.rebuild()
  write(folder, { 'src/b.js': 'export const b = ;' })
  const error = await project.rebuild().catch((reason) => reason)
  const [found] = project.explain(error)
  assert.deepEqual([found?.file, found?.line, found?.severity], [join(folder, 'src/b.js'), 1, 'error'])
  write(folder, { 'src/b.js': 'export const b = 2' })
  assert.ok((await project.rebuild()).parts?.has('js'))
})

test('warnings are those of the last build alone', async (t) => {
  const { folder, project } = await opened(t, {
    ...FILES,
    'src/b.js': 'export const b = typeof x === "nmber"',
  })
  const { warnings } = await project.rebuild()
  assert.deepEqual(
    warnings?.map(({ severity, stage }) => [severity, stage]),
    [['warning', 'esbuild']],
  )
  write(folder, { 'src/b.js': 'export const b = 1' })
  assert.deepEqual((await project.rebuild()).warnings, [])
})

test('options that cannot be used are the error of the build', async (t) => {
  const { project } = await opened(t, FILES, { target: 'netscape4' })
  const error = await project.rebuild().catch((reason) => reason)
  assert.match(project.explain(error)[0]?.text ?? '', /netscape4/)
})

test('without a project open there is an error, not a crash', async (t) => {
  const project = new Project(folderOf(t, {}), TOOLCHAIN)
  await assert.rejects(project.rebuild(), /No project is open/)
})

test('a release says its modules inputs, and what stays outside', async (t) => {
  const source = "import { b } from './b.js'; console.log(b); import('https://example.com/x.js')"
  const files = { 'src/index.js': source, 'src/b.js': 'export const b = [1]' }
  const { folder, project } = await opened(t, files, { mode: 'production' })
  const { modules, external } = await project.rebuild()
  assert.deepEqual(modules?.map(([name]) => name).sort(), ['src/b.js', 'src/index.js'])
  assert.deepEqual(external, [['https://example.com/x.js', join(folder, 'src/index.js')]])
})

test('an import that no output has kept is not outside', () => {
  const inputs = {
    'a.ts': {
      bytes: 1,
      imports: [{ path: './types', kind: /** @type {const} */ ('import-statement'), external: true }],
    },
  }
  assert.deepEqual(releaseDetails({ inputs, outputs: {} }, '/p'), { modules: [], external: [], imports: [] })
})

test('a release says what an import of a package brings, and what goes with it', async (t) => {
  const { project } = await opened(
    t,
    {
      'src/index.js':
        "import big from 'big'; import small from 'small'; import './more.js'; console.log(big, small)",
      'src/more.js': "import big from 'big'; console.log(big)",
      'node_modules/big/package.json': '{"name": "big", "main": "i.js"}',
      'node_modules/big/i.js': "module.exports = [require('small'), require('./own.js')]",
      'node_modules/big/own.js': "module.exports = 'nobody else imports this'",
      'node_modules/small/package.json': '{"name": "small", "main": "i.js"}',
      'node_modules/small/i.js': "module.exports = 'both import this'",
    },
    { mode: 'production' },
  )
  const { modules, imports } = await project.rebuild()
  const size = Object.fromEntries(modules ?? [])
  const alone = (size['node_modules/big/i.js'] ?? 0) + (size['node_modules/big/own.js'] ?? 0)
  const shared = size['node_modules/small/i.js'] ?? 0
  assert.ok(alone > 30 && shared > 10)
  assert.deepEqual(
    imports?.map(([name, files, ...costs]) => [name, files.slice().sort(), ...costs]),
    [
      ['big', ['src/index.js', 'src/more.js'], alone + shared, alone],
      ['small', ['src/index.js'], shared, 0],
    ],
  )
})
