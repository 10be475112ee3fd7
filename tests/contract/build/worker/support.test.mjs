import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOf } from '../../../../devkit/build/worker/places.mjs'
import { tableOf } from '../../../../devkit/build/worker/support.mjs'
import { findInScripts } from '../../../../devkit/build/worker/too_new_scripts.mjs'
import { findInStyles } from '../../../../devkit/build/worker/too_new_styles.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { folderOf, TOOLCHAIN } from './panel.mjs'

/**
 * @param {string} ios
 * @param {string} chrome
 * @param {object} [more]
 */
const since = (ios, chrome, more = {}) => ({
  __compat: {
    support: { safari_ios: { version_added: ios, ...more }, chrome: [{ version_added: chrome }] },
    status: { deprecated: false, standard_track: true },
  },
})

const DATA = {
  javascript: {
    builtins: {
      Array: { ...since('1', '1'), at: since('15.4', '92'), find: since('8', '45') },
      String: { ...since('1', '1'), replaceAll: since('13.4', '85') },
      Promise: { ...since('8', '32'), any: since('14', '85') },
      Object: { ...since('1', '1'), fromEntries: since('12.2', '73') },
      Iterator: { ...since('18.4', '122'), find: since('18.4', '122') },
    },
  },
  api: { structuredClone: since('15.4', '98') },
  css: {
    properties: {
      gap: { ...since('10.3', '57'), flex_context: since('14.5', '84') },
      'aspect-ratio': since('15', '88'),
      'user-select': since('16', '54', { prefix: '-webkit-' }),
      color: since('1', '1'),
    },
    'at-rules': { layer: since('15.4', '99'), media: since('1', '1') },
    selectors: { has: since('15.4', '105') },
    types: {
      clamp: since('13.4', '79'),
      color: { 'color-mix': since('16.2', '111') },
      length: {
        viewport_percentage_units_dynamic: since('15.4', '108'),
        container_query_length_units: since('16', '105'),
      },
    },
  },
}

test('the table of a target has what later versions brought, in words', () => {
  const table = tableOf(DATA, 'es2017,ios12,chrome70')
  assert.equal(table.methods['at'], 'iOS before 15.4 and Chrome before 92')
  assert.equal(table.methods['find'], undefined)
  assert.equal(table.statics['Object.fromEntries'], 'iOS before 12.2 and Chrome before 73')
  assert.equal(table.globals['structuredClone'], 'iOS before 15.4 and Chrome before 98')
  assert.equal(table.properties['user-select'], undefined)
  assert.equal(table.units['dvh'], 'iOS before 15.4 and Chrome before 108')
  assert.equal(table.flexGap, 'iOS before 14.5 and Chrome before 84')
  assert.deepEqual(tableOf(DATA, 'ios18.5,chrome130').methods, {})
})

test('scripts are told what they use, where, and not what they ask for', (t) => {
  const tools = new Tools(folderOf(t, {}), TOOLCHAIN)
  const table = tableOf(DATA, 'ios12')
  const text = 'let a = [1]\na.at(0)\nexport const b = structuredClone(a)\nObject.fromEntries([])\n'
  const found = findInScripts(tools, table, text, [{ file: '/p/src/a.ts', text }])
  assert.deepEqual(
    found.map(({ what, line }) => [what.split(' ')[0], line]),
    [
      ['.at()', 2],
      ['structuredClone', 3],
      ['Object.fromEntries()', 4],
    ],
  )
  const asked =
    "if (typeof structuredClone === 'function') structuredClone(1)\nimport * as k from 'k'\nk.at(1)\n"
  assert.deepEqual(findInScripts(tools, table, asked, [{ file: '/p/src/a.js', text: asked }]), [])
})

test('styles are told what is in the output, in the file that has it', (t) => {
  const tools = new Tools(folderOf(t, {}), TOOLCHAIN)
  const table = tableOf(DATA, 'ios12')
  const text =
    'a {\n  display: flex;\n  gap: 1px;\n  width: clamp(1px, 2dvh, 3px)\n}\n@layer x { b:has(i) { color: red } }\n'
  const found = findInStyles(tools, table, text, [{ file: '/p/src/a.less', text }])
  assert.deepEqual(
    found.map(({ what, line }) => [what, line]),
    [
      ['gap of a flex container', 3],
      ['the unit dvh', 4],
      ['the function clamp()', 4],
      ['@layer', 6],
      ['the selector :has', 6],
    ],
  )
  assert.deepEqual(findInStyles(tools, table, '@supports (gap: 1px) { a { aspect-ratio: 1 } }', []), [])
})

test('places count from 1', () => {
  assert.deepEqual(placeOf('ab\ncd', 4), { line: 2, column: 2 })
  assert.deepEqual(placeOf('ab', 0), { line: 1, column: 1 })
})
