import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  explain,
  fromEsbuild,
  pluginFailure,
  ToolFailure,
} from '../../../../devkit/build/worker/diagnostics.mjs'
import { folderOf, sharedOf } from './panel.mjs'

/** @import { Message, Plugin } from 'esbuild' */

/** @param {Partial<Message>} changes @returns {Message} */
const said = (changes) => ({
  id: '',
  pluginName: '',
  text: '',
  location: null,
  notes: [],
  detail: undefined,
  ...changes,
})

test('columns of esbuild are bytes from 0; messages count characters from 1', () => {
  const location = {
    file: 'a.js',
    line: 1,
    column: 'const 温度 = '.length + 4,
    lineText: 'const 温度 = ];',
    namespace: '',
    length: 1,
    suggestion: '',
  }
  const found = fromEsbuild(said({ text: 'Unexpected "]"', location }), '/panel')
  assert.deepEqual([found.file, found.line, found.column], [join('/panel', 'a.js'), 1, 12])
})

/** @type {[string, RegExp][]} */
const HINTS = [
  ['Could not resolve "left-pad"', /^Install it with: npm install left-pad$/],
  ['Could not resolve "@/a"', /^@ is neither .* "@" = "src"; a package belongs into package.json\.$/],
  ['Could not resolve "components/a"', /^components is neither/],
  ['Could not resolve "@components/a"', /^@components is neither/],
  ['Could not resolve "./Gone"', /spelling/],
  ['Could not resolve "/logo.png"', /relative path/],
  ['Transforming x to the configured target environment is not supported yet', /Raise `target`/],
  ['No loader is configured for ".glb" files: a.glb', /\.glb can be imported with \?raw or \?url/],
]
for (const [text, hint] of HINTS) {
  test(`there is a way out of: ${text}`, async () => {
    assert.match(fromEsbuild(said({ text }), '/').hint ?? '', hint)
  })
}

test('a package of package.json is installed as it stands there; a folder of the project is an alias', (t) => {
  const dependencies = { '@vant/area-data': '2' }
  const folder = folderOf(t, { 'package.json': JSON.stringify({ dependencies }), 'src/utils/a.js': '' })
  const hint = (/** @type {string} */ name) =>
    fromEsbuild(said({ text: `Could not resolve "${name}"` }), folder).hint
  assert.equal(
    hint('@vant/area-data/x'),
    '@vant/area-data is in package.json; install what is there with: npm install',
  )
  assert.match(hint('utils') ?? '', /\[alias\] "utils" = "src\/utils"/)
  assert.match(hint('@utils/a') ?? '', /\[alias\] "@utils" = "src\/utils"/)
})

test('a file that an alias does not lead to is no package', () => {
  const notes = [
    { text: 'The path "@/a" was remapped to "/panel/src/a" using the alias for "@"', location: null },
  ]
  const { hint } = fromEsbuild(said({ text: 'Could not resolve "/panel/src/a"', notes }), '/panel')
  assert.match(hint ?? '', /^@\/a stands for \/panel\/src\/a by an alias/)
})

test("esbuild's notes are the hint, but for the one on marking a path as external", async () => {
  const notes = ['It is defined here:', 'You can mark the path as external.'].map((text) => ({
    text,
    location: null,
  }))
  assert.equal(fromEsbuild(said({ text: 'Twice', notes }), '/', 'warning').hint, 'It is defined here:')
})

test('the place in a module that a plugin made is that of the file', async (t) => {
  const folder = folderOf(t, { 'App.vue': '<p>\n' })
  const location = {
    file: 'vue-part:App.vue?vue&type=template',
    line: 1,
    column: 0,
    lineText: '',
    namespace: 'vue-part',
    length: 0,
    suggestion: '',
  }
  const found = fromEsbuild(said({ text: 'Odd', location, pluginName: 'vue' }), folder)
  assert.deepEqual([found.file, found.stage, found.severity], [join(folder, 'App.vue'), 'vue', 'error'])
})

test("a tool's failure comes through esbuild with its own place, returned or thrown", async (t) => {
  const folder = folderOf(t, { 'src/index.js': "import './a.odd'\nimport './b.odd'", 'a.odd': 'x' })
  const { tools, options } = sharedOf(folder)
  const failure = (/** @type {string} */ text) =>
    new ToolFailure({ text, file: join(folder, 'a.odd'), line: 1, column: 1, stage: 'odd', hint: 'Do not.' })
  /** @type {Plugin} */
  const plugin = {
    name: 'odd',
    setup(build) {
      build.onResolve({ filter: /\.odd$/ }, ({ path }) => ({ path, namespace: 'odd' }))
      build.onLoad({ filter: /a\.odd/, namespace: 'odd' }, () =>
        pluginFailure(failure('one'), failure('two')),
      )
      build.onLoad({ filter: /b\.odd/, namespace: 'odd' }, () => {
        throw failure('three')
      })
    },
  }
  const building = tools.load('esbuild').build({
    entryPoints: [options.entry],
    bundle: true,
    write: false,
    logLevel: 'silent',
    plugins: [plugin],
  })
  const error = await building.then(
    () => assert.fail('it was built'),
    (/** @type {unknown} */ reason) => reason,
  )
  const found = explain(error, folder)
  assert.deepEqual(found.map((message) => message.text).sort(), ['one', 'three', 'two'])
  for (const message of found) {
    assert.deepEqual([message.stage, message.hint, message.severity], ['odd', 'Do not.', 'error'])
  }
})

test('whatever is thrown has a message', async () => {
  for (const [thrown, text] of [
    [new Error('gone'), 'gone'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [{ message: 'an object' }, 'an object'],
  ]) {
    assert.deepEqual(explain(thrown, '/'), [{ text, stage: 'devkit', severity: 'error' }])
  }
})
