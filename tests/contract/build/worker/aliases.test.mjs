import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  aliasesOf,
  aliasTarget,
  esbuildAliases,
  specialAliases,
} from '../../../../devkit/build/worker/aliases.mjs'
import { bundle, folderOf, optionsOf, sharedOf } from './panel.mjs'

test('what is in the project becomes a path, everything else stays a package', (t) => {
  const folder = folderOf(t, { 'src/a.js': '' })
  const alias = {
    '@': 'src',
    '~/': './src/',
    '/@': '/src',
    '@/a': 'src/a.js',
    gone: './gone',
    react: 'preact/compat',
  }
  const aliases = aliasesOf(
    { alias: { '@': 'other', ui: 'kit', x: { global: 'x' } } },
    optionsOf(folder, { alias }),
  )
  assert.deepEqual(Object.fromEntries(aliases), {
    '@/a': join(folder, 'src/a.js'),
    react: 'preact/compat',
    gone: join(folder, 'gone'),
    '/@': join(folder, 'src'),
    '@': join(folder, 'src'),
    '~': join(folder, 'src'),
    ui: 'kit',
  })
  assert.equal(aliasTarget('@/a', aliases), join(folder, 'src/a.js'))
  assert.equal(aliasTarget('@/b/c', aliases), join(folder, 'src/b/c'))
  assert.equal(aliasTarget('@scope/b', aliases), null)
  assert.equal('/@' in esbuildAliases(aliases), false)
})

test('names that esbuild refuses are resolved too', async (t) => {
  const files = {
    'src/index.js': "import { a } from '/@/a'; import { v } from 'vue'; import w from 'vue/w'; out(a, v, w)",
    'src/a.js': 'export const a = "one"',
    'src/v.js': 'export const v = "two"',
    'node_modules/vue/w.js': 'export default "three"',
  }
  const folder = folderOf(t, files)
  const shared = sharedOf(folder, { alias: { '/@': 'src', vue$: 'src/v.js' } })
  const plugin = specialAliases(shared.aliases)
  assert.ok(plugin)
  const { js } = await bundle(shared, plugin)
  for (const word of ['"one"', '"two"', '"three"']) assert.ok(js.includes(word), word)
  assert.equal(specialAliases(new Map([['@', folder]])), null)
})
