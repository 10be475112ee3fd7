import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { ToolFailure } from '../../../../devkit/build/worker/diagnostics.mjs'
import { compile } from '../../../../devkit/build/worker/less.mjs'
import { folderOf, plain, sharedOf } from './panel.mjs'

/** @import { TestContext } from 'node:test' */

/**
 * @param {TestContext} t
 * @param {string} source
 * @param {{ files?: Record<string, string>, changes?: object }} [given]
 */
async function compiled(t, source, { files = {}, changes = {} } = {}) {
  const folder = folderOf(t, files)
  /** @type {Set<string>} */
  const read = new Set()
  const path = join(folder, 'src/a.less')
  const made = await compile({ source, path, files: read, shared: sharedOf(folder, changes) })
  return { ...made, folder, read }
}

test('packages and aliases are found with ~, and packages without it', async (t) => {
  const files = {
    'node_modules/ui/package.json': '{}',
    'node_modules/ui/a.less': '@a: 1px;',
    'node_modules/ui/b.less': "@import './c'; @b: @c;",
    'node_modules/ui/c.less': '@c: 2px;',
    'src/theme/d.less': '@d: 3px;',
  }
  const source = "@import '~ui/a'; @import 'ui/b.less'; @import '~@/theme/d'; .x { margin: @a @b @d }"
  const { code, folder, read } = await compiled(t, source, { files, changes: { alias: { '@': './src' } } })
  assert.equal(plain(code), '.x{margin:1px2px3px;}')
  assert.deepEqual(
    read,
    new Set(
      Object.keys(files)
        .slice(1)
        .map((name) => join(folder, name)),
    ),
  )
})

test('math is that of LESS 3 unless the project says otherwise', async (t) => {
  const source = '.x { width: 30px / 2 }'
  assert.equal(plain((await compiled(t, source)).code), '.x{width:15px;}')
  const { code } = await compiled(t, source, { changes: { less_math: 'parens-division' } })
  assert.equal(plain(code), '.x{width:30px/2;}')
})

test('urls of files in other folders lead there', async (t) => {
  const files = { 'src/theme/d.less': '.d { background: url(a.png) }' }
  assert.match((await compiled(t, "@import './theme/d';", { files })).code, /url\(\.?\/?theme\/a\.png\)/)
})

for (const [what, source, place, text] of /** @type {[string, string, [number, number], RegExp][]} */ ([
  ['a variable', '.a {\n  color: @none;\n}', [2, 10], /@none is undefined/],
  ['a file', "\n@import './gone';", [2, 1], /gone/],
  ['a package', "@import '~gone/x';", [1, 1], /'~gone\/x' wasn't found/],
])) {
  test(`${what} that is missing is said with its place`, async (t) => {
    const error = await compiled(t, source).catch((reason) => reason)
    assert.ok(error instanceof ToolFailure)
    assert.match(error.found.text, text)
    assert.deepEqual([error.found.line, error.found.column, error.found.stage], [...place, 'less'])
  })
}

test('an error in an imported file names that file, and watches it', async (t) => {
  const files = { 'src/b.less': '\n.b { color: @none }' }
  /** @type {Set<string>} */
  const read = new Set()
  const folder = folderOf(t, files)
  const job = {
    source: "@import './b';",
    path: join(folder, 'src/a.less'),
    files: read,
    shared: sharedOf(folder),
  }
  await assert.rejects(compile(job), (/** @type {ToolFailure} */ error) => {
    assert.deepEqual([error.found.file, error.found.line], [join(folder, 'src/b.less'), 2])
    return true
  })
  assert.ok(read.has(join(folder, 'src/b.less')))
})

test('the source of a map is the file', async (t) => {
  const { map, folder } = await compiled(t, '.a { color: red }', { changes: { sourcemap: true } })
  assert.deepEqual(
    map?.sources.map((name) => resolve(folder, 'src', name)),
    [join(folder, 'src/a.less')],
  )
})
