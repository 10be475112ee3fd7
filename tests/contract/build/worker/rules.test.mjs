import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectOf } from '../../../../devkit/build/worker/rules.mjs'
import { Pattern } from '../../../../devkit/build/worker/values.mjs'
import { places, ran } from './panel.mjs'

const FILES = {
  'src/x.worker.js': "import { add } from './add'; onmessage = ({ data }) => postMessage(add(data))",
  'src/add.js': 'export const add = (one) => one + 1',
  'src/a.txt': 'text',
  'src/a.csv': 'a,b',
  'src/a.css': 'b { color: red }',
  'src/old.js': 'var Old = { size: 3, $: typeof $ }',
  'src/jq.js': 'module.exports = { name: "jq" }',
  'src/a.html': '<p title="x">hi <img src="./a.png" alt="a"></p>',
  'src/a.png': Buffer.from('89504e47', 'hex'),
  'src/a.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="4"/>',
}

/** [rule, script, what it puts into `seen`]. @type {[string, string, unknown][]} */
const WORKS = [
  [
    "{ test: /\\.worker\\.js$/, use: { loader: 'worker-loader', options: { inline: 'fallback' } } }",
    "import W from './x.worker.js'; seen.x = [typeof W, W.toString().includes('new Worker')]",
    ['function', true],
  ],
  [
    "{ test: /\\.worker\\.js$/, loader: 'worker-loader?inline=true' }",
    "import W from './x.worker'; seen.x = [typeof W, W.toString().includes('new Worker')]",
    ['function', true],
  ],
  ["{ test: /\\.csv$/, type: 'asset/source' }", "import a from './a.csv'; seen.x = a", 'a,b'],
  ["{ test: /\\.(csv|txt)$/, use: ['raw-loader'] }", "seen.x = require('./a.csv')", 'a,b'],
  [
    "{ test: /\\.txt$/, loader: 'file-loader' }",
    "import a from './a.txt'; seen.x = a",
    'data:text/plain;charset=utf-8,text',
  ],
  [
    "{ test: /\\.txt$/, type: 'asset/resource' }",
    "import a from './a.txt'; seen.x = a",
    'data:text/plain;charset=utf-8,text',
  ],
  [
    "{ test: /\\.css$/, use: ['to-string-loader', 'css-loader'] }",
    "import a from './a.css'; seen.x = a.trim().slice(0, 3)",
    'b {',
  ],
  ["{ test: /old\\.js$/, use: 'exports-loader?Old' }", "import Old from './old'; seen.x = Old.size", 3],
  [
    "{ test: require.resolve('./src/old.js'), loader: 'exports-loader', options: { type: 'commonjs', exports: 'Old' } }",
    "import Old from './old'; seen.x = Old.size",
    3,
  ],
  [
    "{ test: /old\\.js$/, use: [{ loader: 'exports-loader', options: { exports: 'default Old' } }, { loader: 'imports-loader', options: { imports: ['default ./jq $'] } }] }",
    "import Old from './old'; seen.x = Old.$",
    'object',
  ],
  [
    "{ test: /old\\.js$/, use: ['exports-loader?Old', 'imports-loader?$=./jq,define=>false'] }",
    "import Old from './old'; seen.x = Old.$",
    'object',
  ],
  [
    "{ test: /jq/, loader: 'expose-loader', options: { exposes: ['$', 'jQuery'] } }",
    "import './jq'; seen.x = [window.$.name, window.jQuery.name]",
    ['jq', 'jq'],
  ],
  [
    "{ test: /jq/, loader: 'expose-loader?$!expose-loader?jQuery' }",
    "import jq from './jq'; seen.x = [jq.name, window.$.name]",
    ['jq', 'jq'],
  ],
  [
    "{ test: /\\.html$/, use: ['html-loader'] }",
    "import a from './a.html'; seen.x = a",
    '<p title="x">hi <img src="data:image/png;base64,iVBORw==" alt="a"></p>',
  ],
  [
    "{ oneOf: [{ test: /\\.svg$/, resourceQuery: /text/, use: 'raw-loader' }, { test: /\\.svg$/, use: '@svgr/webpack' }] }",
    "import a from './a.svg?text'; import B from './a.svg'; seen.x = [a.slice(0, 4), typeof B]",
    ['<svg', 'function'],
  ],
  [
    "{ test: /\\.svg$/, issuer: { not: [/index/] }, use: '@svgr/webpack' }",
    "import a from './a.svg'; seen.x = typeof a",
    'string',
  ],
  [
    "{ test: /\\.svg$/, include: [path.resolve(__dirname, 'other')], use: '@svgr/webpack' }",
    "import a from './a.svg'; seen.x = typeof a",
    'string',
  ],
  [
    "{ test: /\\.(jsx?|svg)$/, exclude: /svg/, use: 'raw-loader' }",
    "import a from './a.svg'; seen.x = typeof a",
    'string',
  ],
]
for (const [rule, script, expected] of WORKS) {
  test(`${rule}: ${script}`, async (t) => {
    const config = `const path = require('path'); module.exports = { module: { rules: [${rule}] } }`
    const { seen, errors, warnings } = await ran(t, {
      'src/index.js': script,
      ...FILES,
      'webpack.config.js': config,
    })
    assert.deepEqual([errors, warnings], [[], []])
    assert.deepEqual(seen.x, expected)
  })
}

test('loaders that a plugin is asked to extract with are those in it', async (t) => {
  const config =
    "var E = require('extract-text-webpack-plugin'); module.exports = { module: { loaders: [{ test: /\\.css$/, loader: E.extract({ use: 'css-loader?modules' }) }] } }"
  const script = "import s from './a.css'; seen.x = Object.keys(s)"
  const files = { 'src/index.js': script, 'src/a.css': '.k{color:red}', 'webpack.config.js': config }
  const { seen, errors, warnings } = await ran(t, files)
  assert.deepEqual([errors, warnings, seen.x], [[], [], ['k']])
})

const WORKER = "{ test: /\\.worker\\.js$/, use: { loader: 'worker-loader' } }"
/** @type {[string, string][]} */
const ELSEWHERE = [
  [
    'craco.config.js',
    `module.exports = { webpack: { configure: (config) => { config.module.rules.push(${WORKER}); return config } } }`,
  ],
  [
    'craco.config.js',
    `module.exports = { webpack: { configure: (config) => { const one = config.module.rules.find((rule) => Array.isArray(rule.oneOf)); one.oneOf.unshift(${WORKER}); return config } } }`,
  ],
  ['craco.config.js', `module.exports = { webpack: { configure: { module: { rules: [${WORKER}] } } } }`],
  [
    'config-overrides.js',
    `module.exports = (config) => { config.module.rules[1].oneOf.splice(0, 0, ${WORKER}); return config }`,
  ],
  [
    'config-overrides.js',
    `const { override } = require('customize-cra'); const add = () => (config) => { config.module.rules.forEach((rule) => { if (rule.oneOf) rule.oneOf.unshift(${WORKER}) }); return config }; module.exports = override(add())`,
  ],
  [
    'config-overrides.js',
    `const { override, addWebpackModuleRule } = require('customize-cra'); module.exports = override(addWebpackModuleRule(${WORKER}))`,
  ],
  ['vue.config.js', `module.exports = { configureWebpack: { module: { rules: [${WORKER}] } } }`],
  [
    'vue.config.js',
    "module.exports = { chainWebpack: (config) => { config.module.rule('worker').test(/\\.worker\\.js$/).use('worker').loader('worker-loader').options({ inline: true }).end() } }",
  ],
  [
    'vue.config.js',
    "module.exports = { chainWebpack(config) { const rule = config.module.rule('svg'); rule.uses.clear(); rule.exclude.add(/node_modules/).end(); config.module.rule('w').test(/\\.worker\\.js$/).oneOf('a').use('w').loader('worker-loader').end() } }",
  ],
  [
    '.umirc.js',
    "export default { chainWebpack(memo) { memo.module.rule('w').test(/\\.worker\\.js$/).exclude.add(/node_modules/).end().use('w').loader('worker-loader') } }",
  ],
  [
    'webpack.config.js',
    `const base = require('./build/base'); module.exports = require('webpack-merge')(base, {})`,
  ],
]
for (const [name, config] of ELSEWHERE) {
  test(`a rule of ${name}: ${config}`, async (t) => {
    const files = { ...FILES, 'build/base.js': `module.exports = { module: { rules: [${WORKER}] } }` }
    const script = "import W from './x.worker'; seen.x = W.toString().includes('new Worker')"
    const { seen, errors, warnings } = await ran(t, { 'src/index.js': script, ...files, [name]: config })
    assert.deepEqual([errors, warnings, seen.x], [[], [], true])
  })
}

test('a loader without a counterpart is said, where the file is imported', async (t) => {
  const config = `module.exports = { module: { rules: [
    { test: /\\.csv$/, use: 'csv-loader' },
    { test: /\\.js$/, exclude: /node_modules/, use: ['babel-loader', 'ifdef-loader'] },
    { test: /\\.html$/, use: 'underscore-template-loader' },
    { test: /x\\.worker/, use: 'workerize-loader' } ] } }`
  /** @type {(script: string) => Promise<any>} */
  const said = async (script) => ran(t, { 'src/index.js': script, ...FILES, 'webpack.config.js': config })
  for (const [file, line, place] of [
    ['a.csv', 2, 'index.js:1:15'],
    ['a.html', 4, 'index.js:1:15'],
    ['x.worker', 5, 'webpack.config.js:5:1'],
  ]) {
    const { errors } = await said(`import a from './${file}'; seen.x = a`)
    assert.deepEqual(places(errors), [place], String(file))
    assert.match(errors[0]?.text ?? '', new RegExp(`^webpack\\.config\\.js:${line} gives src/${file}`))
  }
  const { seen, warnings } = await said("import { add } from './add'; seen.x = add(1)")
  assert.deepEqual([seen.x, warnings.length], [2, 1])
  assert.match(warnings[0].text, /ifdef-loader/)
})

test('conditions of webpack', () => {
  const path = '/p/src/a.js'
  /** @param {object} rule */
  const meets = (rule) =>
    effectOf([{ use: 'x', ...rule }], { path, query: '?b', issuer: '/p/src/c.ts' }).uses.length > 0
  const js = new Pattern('\\.js$', '')
  const ts = new Pattern('\\.ts$', '')
  for (const rule of [
    {},
    { test: js },
    { test: [ts, js] },
    { include: '/p/src' },
    { resource: { and: [js, '/p'], not: [ts] } },
    { resourceQuery: new Pattern('b', ''), issuer: { test: ts, exclude: js } },
    { test: { or: [js, ts] } },
    { issuer: { not: js } },
    { dependency: { not: ['url'] } },
  ])
    assert.equal(meets(rule), true, JSON.stringify(rule))
  for (const rule of [
    { test: ts },
    { test: js, exclude: ['/q', '/p/src'] },
    { resource: { not: [js] } },
    { issuer: js },
    { resourceQuery: { not: [new Pattern('b', '')] } },
    { dependency: 'url' },
  ])
    assert.equal(meets(rule), false, JSON.stringify(rule))
})

/** [package.json, vite.config.js, file, whether it is an address]. @type {[string, string, string, boolean][]} */
const ADDRESSES = [
  ['{"dependencies": {"react-scripts": "5"}}', '', 'a.txt', true],
  ['{"dependencies": {"react-scripts": "5"}}', '', 'a.csv', true],
  ['{"dependencies": {"react-scripts": "5"}}', '', 'a.html', false],
  ['{"devDependencies": {"vite": "5"}}', '', 'a.txt', true],
  ['{"devDependencies": {"vite": "5"}}', "assetsInclude: ['**/*.csv']", 'a.csv', true],
  ['{"devDependencies": {"vite": "5"}}', 'assetsInclude: [/csv$/]', 'a.csv', true],
  ['{}', '', 'a.txt', false],
]
for (const [manifest, vite, file, isAddress] of ADDRESSES) {
  test(`${file} is ${isAddress ? 'an address' : 'a text'} with ${manifest} ${vite}`, async (t) => {
    const { seen, errors } = await ran(t, {
      ...FILES,
      'src/index.js': `import a from './${file}'; seen.x = a.startsWith('data:')`,
      'package.json': manifest,
      ...(vite ? { 'vite.config.js': `export default { ${vite} }` } : {}),
    })
    assert.deepEqual([errors, seen.x], [[], isAddress])
  })
}
