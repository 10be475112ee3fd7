import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ToolFailure } from '../../../../devkit/build/worker/diagnostics.mjs'
import { compile } from '../../../../devkit/build/worker/sass.mjs'
import { folderOf, plain, sharedOf } from './panel.mjs'

/** @import { TestContext } from 'node:test' */

/**
 * @param {TestContext} t
 * @param {string} source
 * @param {{ files?: Record<string, string>, lang?: string, changes?: object }} [given]
 */
async function compiled(t, source, { files = {}, lang = 'scss', changes = {} } = {}) {
  const folder = folderOf(t, files)
  const shared = sharedOf(folder, changes)
  /** @type {Set<string>} */
  const read = new Set()
  const made = await compile({ source, path: join(folder, `src/a.${lang}`), lang, files: read, shared })
  return { ...made, folder, read, warnings: shared.warnings }
}

for (const alias of ['@', '#', '~', '#lib']) {
  test(`partials, indexes, plain CSS, packages and aliases are found: ${alias}`, async (t) => {
    const files = {
      'src/_one.scss': '$v: 1px;',
      'src/two/_index.scss': "@use 'three'; $v: three.$v;",
      'src/two/_three.sass': '$v: 2px',
      'src/four.css': '.four { color: red }',
      'node_modules/ui/package.json': '{}',
      'node_modules/ui/_five.scss': '$v: 5px;',
      'node_modules/kit/package.json': '{}',
      'node_modules/kit/six.scss': "@use './seven'; $v: seven.$v;",
      'node_modules/kit/_seven.scss': '$v: 7px;',
      'src/theme/_eight.scss': '$v: 8px;',
    }
    const source = `
    @use 'one'; @use './two'; @use 'four'; @use '~ui/five'; @use 'kit/six'; @use '${alias}/theme/eight' as eight;
    .x { margin: one.$v two.$v five.$v six.$v eight.$v }`
    const { code, folder, read } = await compiled(t, source, {
      files,
      changes: { alias: { [alias]: './src' } },
    })
    assert.equal(plain(code), '.four{color:red;}.x{margin:1px2px5px7px8px;}')
    for (const name of Object.keys(files).filter((file) => !file.endsWith('.json'))) {
      assert.ok(read.has(join(folder, name)), name)
    }
  })
}

test('the indented syntax is another language', async (t) => {
  assert.equal(plain((await compiled(t, '.a\n  color: red\n', { lang: 'sass' })).code), '.a{color:red;}')
})

for (const [what, source, line, text] of /** @type {[string, string, number, RegExp][]} */ ([
  ['a variable', '.a {\n  color: $none;\n}', 2, /Undefined variable/],
  ['a file', '\n@use "gone";', 2, /Can't find stylesheet/],
])) {
  test(`${what} that is missing is said with its place`, async (t) => {
    const error = await compiled(t, source).catch((reason) => reason)
    assert.ok(error instanceof ToolFailure)
    assert.match(error.found.text, text)
    assert.deepEqual([error.found.line, error.found.stage], [line, 'sass'])
    assert.match(error.found.file ?? '', /src\/a\.scss$/)
  })
}

test('an error in an imported file names that file, and watches it', async (t) => {
  const folder = folderOf(t, { 'src/_b.scss': '\n.b { color: $none }' })
  /** @type {Set<string>} */
  const files = new Set()
  const job = {
    source: "@use 'b';",
    path: join(folder, 'src/a.scss'),
    lang: 'scss',
    files,
    shared: sharedOf(folder),
  }
  await assert.rejects(compile(job), (/** @type {ToolFailure} */ error) => {
    assert.deepEqual([error.found.file, error.found.line], [join(folder, 'src/_b.scss'), 2])
    return true
  })
  assert.ok(files.has(join(folder, 'src/_b.scss')))
})

test('@warn is a warning with its place; what is deprecated is not shown', async (t) => {
  const files = { 'src/_b.scss': '$v: 1px;' }
  const { warnings, folder } = await compiled(t, '@import "b";\n.a { @warn "careful"; width: $v }', { files })
  assert.equal(warnings.length, 1)
  const [found] = warnings
  assert.deepEqual([found?.text, found?.stage, found?.severity], ['careful', 'sass', 'warning'])
  assert.deepEqual([found?.file, found?.line, found?.column], [join(folder, 'src/a.scss'), 2, 6])
})
