import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfiguration } from '../../../../devkit/build/worker/configuration.mjs'
import { Tools } from '../../../../devkit/build/worker/tools.mjs'
import { tsconfigPaths } from '../../../../devkit/build/worker/tsconfig.mjs'
import { folderOf, optionsOf, TOOLCHAIN } from './panel.mjs'

/** @import { TestContext } from 'node:test' */

/**
 * @param {TestContext} t
 * @param {string} tool
 * @param {string} name
 * @param {string} source
 * @param {Record<string, string>} [files]
 */
function foundIn(t, tool, name, source, files = {}) {
  const folder = folderOf(t, { 'src/main.js': '', 'src/styles/a.less': '', [name]: source, ...files })
  const tools = new Tools(folder, TOOLCHAIN)
  const options = optionsOf(folder, { configurations: tool ? { [tool]: join(folder, name) } : {} })
  const found = readConfiguration(tools, {}, options, () => tsconfigPaths(tools, folder))
  return { ...found, summary: found.summary() }
}

/** A throw or a process.exit would end the test: nothing here may run. */
const BOMB = "throw new Error('this must not run'); process.exit(3);\n"

/** @type {[string, string, string, string][]} */
const ALIASES = [
  [
    'path.resolve',
    'webpack',
    'webpack.config.js',
    "const path = require('path'); module.exports = { resolve: { alias: { '@': path.resolve(__dirname, 'src') } } }",
  ],
  [
    'a helper function',
    'webpack',
    'webpack.config.js',
    "const path = require('path'); function resolve(dir) { return path.join(__dirname, dir) }; module.exports = { resolve: { alias: { '@': resolve('src') } } }",
  ],
  [
    'a function of mode',
    'webpack',
    'webpack.config.js',
    "const { resolve } = require('path'); module.exports = (env, argv) => { const dev = argv.mode === 'development'; const config = { resolve: {} }; config.resolve.alias = { '@': resolve(__dirname, dev ? 'src' : 'lib') }; return config }",
  ],
  [
    'webpack-merge',
    'webpack',
    'webpack.config.js',
    "const { merge } = require('webpack-merge'); const base = require('./base'); module.exports = merge(base, { mode: 'x' })",
  ],
  [
    'defineConfig',
    'vite',
    'vite.config.ts',
    "import { defineConfig } from 'vite'; import { fileURLToPath, URL } from 'node:url'; export default defineConfig({ resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } } })",
  ],
  [
    'a list of aliases',
    'vite',
    'vite.config.js',
    "import path from 'path'; export default { resolve: { alias: [{ find: /^@\\//, replacement: path.resolve(__dirname, './src') + '/' }, { find: /^~/, replacement: '' }] } }",
  ],
  [
    'a function of Vite',
    'vite',
    'vite.config.ts',
    "import { defineConfig, loadEnv } from 'vite'; import { resolve } from 'path'; const root: string = process.cwd(); export default defineConfig(({ mode }) => { const env = loadEnv(mode, root); return { base: env.X, resolve: { alias: { '@': resolve(root, 'src') } } } })",
  ],
  [
    'CRACO',
    'craco',
    'craco.config.js',
    "const path = require('path'); module.exports = { webpack: { alias: { '@': path.resolve(__dirname, 'src/') } } }",
  ],
  [
    "CRACO's function",
    'craco',
    'craco.config.js',
    "const path = require('path'); module.exports = { webpack: { configure: (config) => { config.resolve.alias['@'] = path.resolve('src'); config.plugins.push(1); return config } } }",
  ],
  [
    'statements: loops, branches, switch, a module that is a function, filter(Boolean), fs',
    'webpack',
    'webpack.config.js',
    `const path = require('path'); const fs = require('fs'); const list = [false, 'src'].filter(Boolean)
    const alias = {}; for (const name of list) alias['@'] = path.resolve(fs.realpathSync(process.cwd()), name)
    Object.keys({ k: 1 }).forEach((key) => { alias[key] = path.resolve('lib') })
    if (process.env.NOBODY_SETS_THIS) alias.bad = 'x'
    else if (fs.existsSync(path.resolve('src'))) alias.there = path.resolve('src')
    switch (alias.k) { case 'x': alias.no = 'x'; break; default: alias.y = path.resolve('lib') }
    try { alias.z = path.resolve('lib') } catch {}
    module.exports = require('./made')({ resolve: { alias } })`,
  ],
  ['Vue CLI', 'vue', 'vue.config.js', 'module.exports = { publicPath: "./" }'],
  [
    'webpack-chain',
    'vue',
    'vue.config.js',
    "const path = require('path'); module.exports = { chainWebpack: (config) => { config.resolve.alias.set('@', path.join(__dirname, 'src')).set('x', 'y') } }",
  ],
  [
    'umi',
    'umi',
    '.umirc.ts',
    "import { defineConfig } from 'umi'; export default defineConfig({ hash: true })",
  ],
  [
    'customize-cra',
    'customize-cra',
    'config-overrides.js',
    "const { override, addWebpackAlias } = require('customize-cra'); const path = require('path'); module.exports = override(addWebpackAlias({ '@': path.resolve(__dirname, 'src') }))",
  ],
  [
    'react-app-rewired',
    'customize-cra',
    'config-overrides.js',
    "const path = require('path'); module.exports = function override(config, env) { Object.assign(config.resolve.alias, { '@': path.resolve(__dirname, 'src') }); return config }",
  ],
  [
    'babel',
    'babel',
    '.babelrc',
    '{ // comment\n "plugins": [["module-resolver", { "alias": { "@": "./src" } }]] }',
  ],
]
for (const [what, tool, name, source] of ALIASES) {
  test(`aliases are read without running the file: ${what}`, (t) => {
    const bomb = name === '.babelrc' ? '' : BOMB
    const base =
      "const path = require('path'); module.exports = { resolve: { alias: { '@': path.resolve('src') } } }"
    const { settings, rows } = foundIn(t, tool, name, bomb + source, {
      'base.js': BOMB + base,
      'made.js': 'module.exports = (config) => config',
    })
    assert.equal(settings.alias['@'], 'src', JSON.stringify(rows))
  })
}

test('constants, entries, externals and CSS modules of webpack', (t) => {
  const source = `const webpack = require('webpack')
    module.exports = {
      entry: { main: ['./polyfill', './src/main.js'] },
      externals: { react: 'React', jquery: '$' },
      plugins: [new webpack.DefinePlugin({ V: JSON.stringify('1'), 'process.env': { API: '"x"' }, T: Date.now() })],
      module: { rules: [{ oneOf: [{ test: /\\.less$/, use: ['style-loader',
        { loader: 'css-loader', options: { modules: true } },
        { loader: require.resolve('less-loader'), options: { lessOptions: { modifyVars: { '@brand': 'red' } } } }] }] }] },
    }`
  const { settings, rows, summary } = foundIn(t, 'webpack', 'webpack.config.js', source)
  assert.deepEqual(
    [settings.entry, settings.css_modules, settings.define, settings.less_vars],
    ['src/main.js', 'all', { V: '"1"', 'process.env.API': '"x"' }, { brand: 'red' }],
  )
  const open = rows.filter(({ taken }) => !taken).map(({ what, value, line }) => [what, value, line])
  assert.deepEqual(open, [
    ['external', 'jquery = $', 0],
    ['define', 'T', 5],
  ])
  assert.match(
    summary,
    /^Read webpack\.config\.js: entry, external, 2 × define, css_modules, less_vars, 2 more need a hand/,
  )
})

/** @type {[string, string, string | undefined][]} */
const CSS_MODULES = [
  ['on for all', "{ test: /\\.less$/, use: [{ loader: 'css-loader', options: { modules: true } }] }", 'all'],
  [
    'on with options',
    "{ use: [{ loader: 'css-loader', options: { modules: { localIdentName: '[hash]' } } }] }",
    'all',
  ],
  ['of webpack 1', "{ loader: 'style-loader!css-loader?modules&importLoaders=1' }", 'all'],
  [
    'in an extracting plugin',
    "{ use: Extract.extract({ use: [{ loader: 'css-loader', options: { modules: true } }] }) }",
    'all',
  ],
  ['by name', "{ use: [{ loader: 'css-loader', options: { modules: { auto: true } } }] }", undefined],
  [
    'in a rule for such names',
    "{ test: /\\.module\\.css$/, use: [{ loader: 'css-loader', options: { modules: true } }] }",
    undefined,
  ],
  [
    'in a rule of Vue',
    "{ resourceQuery: /module/, use: [{ loader: 'css-loader', options: { modules: true } }] }",
    undefined,
  ],
  ['off', "{ use: ['style-loader', 'css-loader'] }", undefined],
]
for (const [what, rule, expected] of CSS_MODULES) {
  test(`CSS modules of webpack: ${what}`, (t) => {
    const source = `const Extract = require('extract-text-webpack-plugin'); module.exports = { module: { rules: [${rule}] } }`
    assert.equal(foundIn(t, 'webpack', 'webpack.config.js', source).settings.css_modules, expected)
  })
}

test('constants that esbuild cannot put in are said', (t) => {
  const source = `const { DefinePlugin } = require('webpack'); module.exports = { plugins: [new DefinePlugin({
    A: "'1.0'", B: '"b"', C: 'window.c', D: '1 + 1', 'typeof window': '"object"', E: 3, F: JSON.stringify({ g: 1 }) })] }`
  const { settings, rows } = foundIn(t, 'webpack', 'webpack.config.js', source)
  assert.deepEqual(settings.define, { A: '"1.0"', B: '"b"', C: 'window.c', E: '3', F: '{"g":1}' })
  assert.deepEqual(
    rows.filter(({ taken }) => !taken).map(({ value }) => value),
    ['D', 'typeof window'],
  )
})

test('an alias of React to its own package leaves it to the host page', (t) => {
  const source = `const path = require('path'); module.exports = { resolve: { alias: {
    react: path.resolve(__dirname, 'node_modules/react'), 'react-dom$': path.resolve('node_modules/react-dom/index.js'),
    vue$: 'vue/dist/vue.esm.js' }, modules: [path.resolve('src'), 'node_modules'] } }`
  const { settings } = foundIn(t, 'webpack', 'webpack.config.js', source, { 'src/react.js': '' })
  assert.deepEqual(settings.alias, { vue$: 'vue/dist/vue.esm.js', main: 'src/main.js', styles: 'src/styles' })
})

test('px and preludes of Vite', (t) => {
  const source = `import pxToViewport from 'postcss-px-to-viewport'
    import Components from 'unplugin-vue-components/vite'
    export default {
      plugins: [Components({})], define: { __V__: JSON.stringify('2'), __N__: 3 },
      css: { preprocessorOptions: { scss: { additionalData: '@import "@/a.scss";' } },
        postcss: { plugins: [pxToViewport({ viewportWidth: 750, exclude: [/node_modules/i] })] } } }`
  const { settings, rows } = foundIn(t, 'vite', 'vite.config.ts', source)
  assert.deepEqual(settings.px_to_viewport, {
    width: 750,
    packages: {},
    exclude: ['/node_modules/i'],
    include: [],
  })
  assert.deepEqual(settings.style_prelude, { scss: '@import "@/a.scss";' })
  assert.deepEqual(settings.define, { __V__: '"2"', __N__: '3' })
  assert.deepEqual(
    rows.filter(({ taken }) => !taken).map(({ value }) => value),
    ['unplugin-vue-components/vite'],
  )
})

test("umi's CSS modules, constants, theme and px", (t) => {
  const source = `import px2vw from 'postcss-px-to-viewport'
    export default { define: { API: 'x' }, theme: { '@brand': '#123' }, extraPostCSSPlugins: [px2vw({ viewportWidth: 375 })],
      extraBabelPlugins: [['import', { libraryName: 'antd-mobile', libraryDirectory: 'es', style: true }]] }`
  const { settings, libraries } = foundIn(t, 'umi', 'config/config.ts', source)
  assert.deepEqual(
    [settings.css_modules, settings.define, settings.less_vars, settings.px_to_viewport?.width],
    ['named', { API: '"x"' }, { brand: '#123' }, 375],
  )
  assert.deepEqual(libraries, [{ library: 'antd-mobile', folder: 'es', style: 'style/index' }])
})

test('px to rem is run by the plugin that the project has', (t) => {
  const source =
    "module.exports = { css: { loaderOptions: { postcss: { plugins: [require('postcss-pxtorem')({ rootValue: 37.5, propList: ['*'] })] } } } }"
  const missing = foundIn(t, 'vue', 'vue.config.js', source)
  assert.match(missing.rows.find(({ what }) => what === 'PostCSS')?.why ?? '', /npm install/)
  const there = foundIn(t, 'vue', 'vue.config.js', source, {
    'node_modules/postcss-pxtorem/package.json': '{}',
  })
  assert.deepEqual(there.postcss, [['postcss-pxtorem', { rootValue: 37.5, propList: ['*'] }]])
})

test('what cannot be read is said, with the file', (t) => {
  for (const source of [
    'module.exports = require("./build")(x)',
    'module.exports = {',
    'export default await load()',
  ]) {
    const { rows, settings } = foundIn(t, 'webpack', 'webpack.config.js', source)
    assert.deepEqual(settings.alias, {})
    assert.equal(rows.length, 1, source)
    assert.equal(rows[0]?.taken, false)
  }
  const { rows } = foundIn(
    t,
    'webpack',
    'webpack.config.js',
    'module.exports = { resolve: { alias: make() } }',
  )
  assert.deepEqual([rows[0]?.what, rows[0]?.line], ['alias', 1])
})

test('paths of files that tsconfig.json refers to are aliases', (t) => {
  const paths = { 'tsconfig.app.json': '{"compilerOptions":{"paths":{"@/*":["./src/*"]}}}' }
  const { settings } = foundIn(
    t,
    '',
    'tsconfig.json',
    '{"files":[],"references":[{"path":"./tsconfig.app.json"}]}',
    paths,
  )
  assert.deepEqual(settings.alias, { '@': 'src' })
})

test('a project without any configuration has nothing to tell', (t) => {
  const { rows, summary } = foundIn(t, '', 'package.json', '{}')
  assert.deepEqual([rows, summary], [[], ''])
})
