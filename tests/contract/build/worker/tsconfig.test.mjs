import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathAliases, pathTargets } from '../../../../devkit/build/worker/paths.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { tsconfigPaths } from '../../../../devkit/build/worker/tsconfig.mjs'
import { folderOf, TOOLCHAIN } from './panel.mjs'

/** @type {[string, Record<string, string>][]} */
const CONFIGS = [
  ['tsconfig.json', { 'tsconfig.json': '{"compilerOptions":{"baseUrl":".","paths":{"@/*":["src/*"]}}}' }],
  ['jsconfig.json', { 'jsconfig.json': '{"compilerOptions":{"paths":{"@/*":["./src/*"]}}}' }],
  [
    'comments and trailing commas',
    {
      'tsconfig.json':
        '{\n// paths\n"compilerOptions": { /* a */ "baseUrl": "src", "paths": {"@/*": ["*",],}, }, }',
    },
  ],
  [
    'what it extends',
    {
      'tsconfig.json': '{"extends":"./config/base"}',
      'config/base.json': '{"compilerOptions":{"baseUrl":"..","paths":{"@/*":["src/*"]}}}',
    },
  ],
  [
    'what a package gives',
    {
      'tsconfig.json': '{"extends":["kit/tsconfig"]}',
      'node_modules/kit/package.json': '{}',
      'node_modules/kit/tsconfig.json': '{"compilerOptions":{"paths":{"@/*":["../../src/*"]}}}',
    },
  ],
  [
    'what it refers to',
    {
      'tsconfig.json': '{"files":[],"references":[{"path":"./tsconfig.app.json"}]}',
      'tsconfig.app.json': '{"compilerOptions":{"paths":{"@/*":["./src/*"]}}}',
    },
  ],
]
for (const [what, files] of CONFIGS) {
  test(`paths are read from ${what}`, (t) => {
    const folder = folderOf(t, files)
    const paths = tsconfigPaths(new Tools(folder, TOOLCHAIN), folder)
    assert.deepEqual(paths, [['@/*', [join(folder, 'src/*')]]])
    assert.deepEqual(pathAliases(paths), { '@': join(folder, 'src') })
  })
}

test('a project without paths, with a broken file, or a circle has none', (t) => {
  for (const text of [
    '',
    '{}',
    '{"compilerOptions":',
    '{"extends":"./tsconfig.json"}',
    '[]',
    '{"references":1}',
  ]) {
    const folder = folderOf(t, { 'tsconfig.json': text })
    assert.deepEqual(tsconfigPaths(new Tools(folder, TOOLCHAIN), folder), [])
  }
  const folder = folderOf(t, {})
  assert.deepEqual(tsconfigPaths(new Tools(folder, TOOLCHAIN), folder), [])
})

test('the longest pattern comes first, and a name without * stands for itself', () => {
  /** @type {import('../../../../devkit/build/worker/paths.mjs').Paths} */
  const paths = [
    ['*', ['/any/*']],
    ['@/*', ['/src/*', '/lib/*']],
    ['@/ui/*.less', ['/ui/*.less']],
    ['vars', ['/vars.less']],
  ]
  assert.deepEqual(pathTargets('@/ui/a.less', paths), [
    '/ui/a.less',
    '/src/ui/a.less',
    '/lib/ui/a.less',
    '/any/@/ui/a.less',
  ])
  assert.deepEqual(pathTargets('vars', paths), ['/vars.less', '/any/vars'])
})
