import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilerOptions } from '../../../../devkit/build/worker/compiler_options.mjs'
import { folderOf } from './panel.mjs'

test('options are those of the file over those that it extends; comments and last commas are passed over', (t) => {
  const folder = folderOf(t, {
    'tsconfig.json': '{ "extends": "./base", /* a */ "compilerOptions": { "jsx": "react-jsx", // "b"\n }, }',
    'base.json': '{ "compilerOptions": { "jsx": "preserve", "jsxImportSource": "https://x" } }',
  })
  assert.deepEqual(compilerOptions(folder), { jsx: 'react-jsx', jsxImportSource: 'https://x' })
})

test('a solution file leads to the first project; a broken file, a circle and none have no options', (t) => {
  const solution = folderOf(t, {
    'tsconfig.json': '{"files": [], "references": [{"path": "./tsconfig.app.json"}]}',
    'tsconfig.app.json': '{"compilerOptions": {"jsx": "react"}}',
  })
  assert.deepEqual(compilerOptions(solution), { jsx: 'react' })
  assert.deepEqual(compilerOptions(folderOf(t, { 'tsconfig.json': '{' })), {})
  assert.deepEqual(compilerOptions(folderOf(t, { 'jsconfig.json': '{"extends": "./jsconfig.json"}' })), {})
  assert.deepEqual(compilerOptions(folderOf(t, {})), {})
})
