import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { hostGlobals, packageFallback } from '../../../../devkit/build/worker/globals.mjs'
import { bundle, folderOf, sharedOf } from './panel.mjs'

/** @param {string} js @param {Record<string, unknown>} globals */
function run(js, globals) {
  const page = /** @type {Record<string, unknown>} */ ({ ...globals })
  page.window = page
  runInNewContext(js, page)
  return page
}

const REACT = {
  createElement: (/** @type {unknown[]} */ ...given) => given,
  Fragment: 'fragment',
}

test("React and the SDK are the host page's", async (t) => {
  const folder = folderOf(t, {
    'src/index.js': `
      import sdk from 'qcloud-iotexplorer-h5-panel-sdk'
      import React from 'react'
      import { render } from 'react-dom'
      import { jsx, Fragment } from 'react/jsx-runtime'
      window.seen = [sdk, React.Fragment, render, Fragment]
      window.elements = [jsx('i', { a: 1 }), jsx('i', { a: 1 }, 'k')]`,
  })
  const shared = sharedOf(folder)
  const { js } = await bundle(shared, hostGlobals(shared))
  const page = run(js, { h5PanelSdk: 'sdk', React: REACT, ReactDOM: { render: 'render' } })
  assert.deepEqual([.../** @type {unknown[]} */ (page.seen)], ['sdk', 'fragment', 'render', 'fragment'])
  assert.equal(JSON.stringify(page.elements), '[["i",{"a":1}],["i",{"a":1,"key":"k"}]]')
})

test('the roots of React 18 render with the React of the host', async (t) => {
  const folder = folderOf(t, {
    'src/index.js': `
      import { createRoot, hydrateRoot } from 'react-dom/client'
      createRoot('box').render('element')
      hydrateRoot('other', 'more').unmount()`,
  })
  const shared = sharedOf(folder)
  const { js } = await bundle(shared, hostGlobals(shared))
  /** @type {unknown[][]} */
  const calls = []
  const ReactDOM = {
    render: (/** @type {unknown[]} */ ...given) => calls.push(given),
    unmountComponentAtNode: (/** @type {unknown[]} */ ...given) => calls.push(given),
  }
  run(js, { ReactDOM })
  assert.deepEqual(calls, [['element', 'box'], ['more', 'other'], ['other']])
})

test('an alias takes a module away from the host, and package.json can name globals', async (t) => {
  const folder = folderOf(t, {
    'src/index.js': "import React from 'react'; import jquery from 'jquery'; window.seen = [React, jquery]",
    'node_modules/react/package.json': '{}',
    'node_modules/react/index.js': "module.exports = 'own'",
  })
  const shared = sharedOf(folder, { alias: { react: './other' } }, { alias: { jquery: { global: '$' } } })
  const { js } = await bundle(shared, hostGlobals(shared))
  assert.deepEqual([.../** @type {unknown[]} */ (run(js, { $: 'dollar' }).seen)], ['own', 'dollar'])
})

test('with React bundled, only the SDK is the host page', async (t) => {
  const folder = folderOf(t, { 'src/index.js': "import React from 'react'; window.seen = React.version" })
  const shared = sharedOf(folder, { react: 'bundle' })
  assert.equal(
    await bundle(shared, hostGlobals(shared)).then(
      () => 'built',
      () => 'refused',
    ),
    'refused',
  )
  const { js } = await bundle(shared, packageFallback(shared))
  assert.match(js, /react\.development|react\.production/)
})

test('the toolchain lends no package that the project has, and none that nobody has', async (t) => {
  const folder = folderOf(t, {
    'src/index.js': "import React from 'react'; window.seen = React",
    'node_modules/react/package.json': '{}',
    'node_modules/react/index.js': "module.exports = 'own'",
  })
  const shared = sharedOf(folder, { react: 'bundle' })
  const { js } = await bundle(shared, packageFallback(shared))
  assert.equal(run(js, {}).seen, 'own')
  const none = sharedOf(folderOf(t, { 'src/index.js': "import 'left-pad'" }))
  await assert.rejects(bundle(none, packageFallback(none)), /Could not resolve "left-pad"/)
})
