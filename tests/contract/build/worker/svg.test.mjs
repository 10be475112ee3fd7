import assert from 'node:assert/strict'
import { test } from 'node:test'
import { places, ran } from './panel.mjs'

const SVG = `<?xml version="1.0"?><!DOCTYPE svg>
<!-- made by hand -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="k" viewBox="0 0 8 8">
  <style>.a { fill: red }</style>
  <g fill-rule="evenodd" data-name="x-y" style="stroke-width: 2; fill: url(#g)"><use xlink:href="#a"/></g>
  <linearGradient id="g" gradientUnits="userSpaceOnUse"/>
</svg>`
const FILES = { 'src/a.svg': SVG }

/** @type {[string, string][]} */
const IMPORTS = [
  ['index.jsx', "import Icon from './a.svg?react'; seen.x = <Icon width='20' />"],
  ['index.jsx', "import Icon from './a.svg'; seen.x = <Icon width='20' />"],
  ['index.tsx', "import Icon from './a.svg'; seen.x = React.createElement(Icon, { width: '20' })"],
  ['index.jsx', "import { ReactComponent as Icon } from './a.svg'; seen.x = <Icon width='20' />"],
  [
    'index.jsx',
    "import url, { ReactComponent as Icon } from './a.svg'; seen.x = <Icon width='20' />; seen.url = url",
  ],
  ['index.jsx', "const { ReactComponent: Icon } = require('./a.svg'); seen.x = <Icon width='20' />"],
  ['index.jsx', "const Icon = require('./a.svg').ReactComponent; seen.x = <Icon width='20' />"],
  ['index.jsx', "import * as icons from './icons'; const { Icon } = icons; seen.x = <Icon width='20' />"],
]
for (const [name, source] of IMPORTS) {
  test(`${source} is a component`, async (t) => {
    const icons = "export { ReactComponent as Icon } from './a.svg'"
    const { seen, errors } = await ran(t, { [`src/${name}`]: source, 'src/icons.js': icons, ...FILES })
    assert.deepEqual(errors, [])
    assert.equal(seen.x.type, 'svg')
    const { xmlnsXlink, className, viewBox, width } = seen.x.props
    assert.deepEqual(
      [xmlnsXlink, className, viewBox, width],
      ['http://www.w3.org/1999/xlink', 'k', '0 0 8 8', '20'],
    )
    const [, style, group] = seen.x.children
    assert.deepEqual(style.children, ['.a { fill: red }'])
    assert.deepEqual(group.props, {
      fillRule: 'evenodd',
      'data-name': 'x-y',
      style: { strokeWidth: '2', fill: 'url(#g)' },
    })
    assert.equal(group.children[0].props.xlinkHref, '#a')
    if (source.includes('url')) assert.match(seen.url, /^data:image\/svg/)
  })
}

test('an import that is used as an address stays one', async (t) => {
  const source = "import icon from './a.svg'; seen.x = <img src={icon} />"
  assert.match((await ran(t, { 'src/index.jsx': source, ...FILES })).seen.x.props.src, /^data:image/)
})

test('a title can be given', async (t) => {
  const source = "import Icon from './a.svg?react'; seen.x = <Icon title='lamp' titleId='t' />"
  const { seen } = await ran(t, { 'src/index.jsx': source, ...FILES })
  assert.deepEqual(seen.x.children[0], { type: 'title', props: { id: 't' }, children: ['lamp'] })
  assert.equal(seen.x.props['aria-labelledby'], 't')
})

test("the project's own svgr is used", async (t) => {
  const source = "import Icon from './a.svg?react'; seen.x = <Icon />"
  const { seen } = await ran(t, {
    'src/index.jsx': source,
    ...FILES,
    'node_modules/@svgr/core/package.json': '{"version": "8.1.0"}',
    'node_modules/@svgr/core/index.js':
      "exports.transform = async (code, config, state) => 'export default () => ' + JSON.stringify([config.exportType, state.caller.defaultPlugins[0]].join(' '))",
    'node_modules/@svgr/plugin-jsx/package.json': '{"version": "8.1.0"}',
    'node_modules/@svgr/plugin-jsx/index.js': "module.exports = 'jsx'",
  })
  assert.equal(seen.x, 'default jsx')
})

test('what is no SVG is said', async (t) => {
  const source = "import Icon from './a.svg?react'; seen.x = <Icon />"
  const { errors } = await ran(t, { 'src/index.jsx': source, 'src/a.svg': 'hello' })
  assert.deepEqual(places(errors), ['a.svg:1:1'])
})

const CONFIGURED = "import icon from './a.svg'; seen.x = typeof icon"
/** @type {[string, string, string][]} */
const RULES = [
  [
    'webpack.config.js',
    "module.exports = { module: { rules: [{ test: /svg$/, use: ['@svgr/webpack'] }] } }",
    'function',
  ],
  [
    'webpack.config.js',
    "module.exports = { module: { rules: [{ test: /svg$/, loader: '@svgr/webpack' }] } }",
    'function',
  ],
  [
    'webpack.config.js',
    "module.exports = { module: { rules: [{ use: ['@svgr/webpack', 'url-loader'] }] } }",
    'string',
  ],
  [
    'vite.config.ts',
    "import svgr from 'vite-plugin-svgr'; export default { plugins: [svgr({ svgrOptions: { exportType: 'default' } })] }",
    'function',
  ],
  [
    'vite.config.js',
    "import svgr from 'vite-plugin-svgr'; export default { plugins: [svgr({ exportAsDefault: true })] }",
    'function',
  ],
  [
    'vite.config.js',
    "import svgr from 'vite-plugin-svgr'; export default { plugins: [svgr({ include: '**/*.svg' })] }",
    'function',
  ],
  ['vite.config.js', 'export default { plugins: [svgr()] }', 'string'],
  ['webpack.config.js', "// '@svgr/webpack'\nmodule.exports = {}", 'string'],
]
for (const [name, text, expected] of RULES) {
  test(`a plain import is a ${expected} with ${text}`, async (t) => {
    const files = { 'src/index.jsx': CONFIGURED, [name]: text, ...FILES }
    assert.equal((await ran(t, files)).seen.x, expected)
  })
}

test('a style may name the file while scripts take the component', async (t) => {
  const [name, text] = RULES[0] ?? ['', '']
  const files = { 'src/index.jsx': "import './a.css'", 'src/a.css': '.a{background:url(./a.svg)}', ...FILES }
  assert.deepEqual((await ran(t, { ...files, [name]: text })).errors, [])
})

test('svg-sprite-loader gives symbols, in the folders of its rule', async (t) => {
  const rule =
    "module.exports = { module: { rules: [{ test: /svg$/, include: [require('path').resolve(__dirname, 'src/icons')], loader: 'svg-sprite-loader', options: { symbolId: 'icon-[name]' } }] } }"
  const source =
    "import a from './icons/a.svg'; import b from './a.svg'; seen.a = [a.id, a.viewBox, a.url]; seen.b = typeof b"
  const prelude = `
    const node = { setAttribute() {}, appendChild() {}, getAttribute: () => '0 0 8 8', style: {}, querySelector: () => null }
    window.document = { createElementNS: () => node, getElementById: () => node, body: node }
    window.DOMParser = class { parseFromString() { return { documentElement: node } } }`
  const { seen, errors } = await ran(t, {
    'src/index.jsx': `import './prelude'; ${source}`,
    'src/prelude.js': prelude,
    'src/icons/a.svg': SVG,
    'webpack.config.js': rule,
    ...FILES,
  })
  assert.deepEqual(errors, [])
  assert.deepEqual(seen, { a: ['icon-a', '0 0 8 8', '#icon-a'], b: 'string' })
})
