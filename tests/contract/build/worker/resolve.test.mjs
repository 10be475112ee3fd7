import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { resolveStyle } from '../../../../devkit/build/worker/resolve.mjs'
import { folderOf, sharedOf } from './panel.mjs'

const FILES = {
  'src/theme/colours.less': '',
  'src/theme/_mixins.scss': '',
  'src/theme/index.scss': '',
  'node_modules/ui/package.json': '{}',
  'node_modules/ui/base.css': '',
  'node_modules/@scope/ui/package.json': '{}',
  'node_modules/@scope/ui/lib/index.less': '',
}

/** @type {[string, string | null][]} */
const NAMES = [
  ['@/theme/colours', 'src/theme/colours.less'],
  ['@/theme/colours.less', 'src/theme/colours.less'],
  ['@/theme/mixins', 'src/theme/_mixins.scss'],
  ['@/theme', 'src/theme/index.scss'],
  ['kit/base', 'node_modules/ui/base.css'],
  ['ui/base.css', 'node_modules/ui/base.css'],
  ['@scope/ui/lib', 'node_modules/@scope/ui/lib/index.less'],
  ['@/theme/gone', null],
  ['none/base.css', null],
]
for (const [name, file] of NAMES) {
  test(`${name} is ${file ?? 'not found'}`, (t) => {
    const folder = folderOf(t, FILES)
    const found = resolveStyle(
      name,
      join(folder, 'src'),
      sharedOf(folder, { alias: { '@': 'src', 'kit/': 'ui' } }),
    )
    assert.equal(found, file && join(folder, file))
  })
}
