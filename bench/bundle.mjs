// A whole-process build by webpack or Rspack, as a project's own configuration would do it: one JS and one CSS file.
// Arguments: webpack or rspack, the folder with the packages, the project, and JSON {entry, script, style, styles,
// icons, react, bundler} of bench/source_projects.py.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [tool = '', packages = '', project = '', json = '{}'] = process.argv.slice(2)
const kind = JSON.parse(json)
const require = createRequire(join(packages, 'package.json'))
const isRspack = tool === 'rspack'
const bundler = require(isRspack ? '@rspack/core' : 'webpack')
const CssPlugin = isRspack ? bundler.CssExtractRspackPlugin : require('mini-css-extract-plugin')
const TARGETS = ['ios >= 12', 'chrome >= 70']
const { decorators, import: imports, modules, svgr } = kind.bundler

const { DefinePlugin } = bundler
const plugins = [
  new CssPlugin({ filename: 'index.css' }),
  new DefinePlugin({
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  }),
  // one file, as a panel is
  new bundler.optimize.LimitChunkCountPlugin({ maxChunks: 1 }),
]

const babel = {
  loader: require.resolve('babel-loader'),
  options: {
    babelrc: false,
    configFile: false,
    presets: [
      [require.resolve('@babel/preset-env'), { targets: TARGETS, modules: false }],
      require.resolve('@babel/preset-react'),
      ...(kind.script === 'tsx' ? [require.resolve('@babel/preset-typescript')] : []),
    ],
    plugins: [
      ...(decorators ? [[require.resolve('@babel/plugin-proposal-decorators'), { legacy: true }]] : []),
      ...(imports ?? []).map((/** @type {[string, object]} */ [name, options]) => [
        require.resolve(`babel-plugin-${name}`),
        options,
      ]),
    ],
  },
}
const swc = {
  loader: 'builtin:swc-loader',
  options: {
    env: { targets: TARGETS },
    jsc: {
      parser:
        kind.script === 'tsx'
          ? { syntax: 'typescript', tsx: true }
          : { syntax: 'ecmascript', jsx: true, decorators: true },
      transform: { legacyDecorator: true, react: { runtime: 'classic' } },
    },
    // babel-plugin-import
    rspackExperiments: imports
      ? { import: imports.map((/** @type {[string, object]} */ [, options]) => options) }
      : {},
  },
}

/** @param {unknown} local */
const css = (local) => [
  CssPlugin.loader,
  {
    loader: require.resolve('css-loader'),
    options: { modules: local, esModule: true },
  },
]
const less = { loader: require.resolve('less-loader'), options: { lessOptions: { math: 'always' } } }
const sass = { loader: require.resolve('sass-loader') }
const named = { namedExport: false, localIdentName: '[hash:base64:5]' }
const own = /[\\/]src[\\/]/
const local = modules === 'all' || kind.styles === 'named' ? named : { ...named, auto: true }

/** @type {any[]} */
const rules = [
  {
    test: /\.[jt]sx?$/,
    exclude: /node_modules/,
    use: [isRspack ? swc : babel],
    type: 'javascript/auto',
  },
  { test: /\.less$/, include: own, use: [...css(local), less] },
  { test: /\.scss$/, include: own, use: [...css(local), sass] },
  { test: /\.css$/, use: css(false) },
]
const icons = join(project, 'src/icons')
if (kind.icons === 'sprite')
  rules.push({
    test: /\.svg$/,
    include: icons,
    use: [{ loader: require.resolve('svg-sprite-loader'), options: { extract: false } }],
  })
else if (svgr)
  rules.push({
    test: /\.svg$/,
    use: [{ loader: require.resolve('@svgr/webpack'), options: { exportType: 'named' } }],
  })
else rules.push({ test: /\.svg$/, type: 'asset/inline' })
if (kind.script === 'vue') {
  rules.push({ test: /\.vue$/, use: [require.resolve('vue-loader')] })
  plugins.push(new (require('vue-loader').VueLoaderPlugin)())
}

const minimizer = isRspack
  ? [
      new bundler.SwcJsMinimizerRspackPlugin(),
      new bundler.LightningCssMinimizerRspackPlugin({ minimizerOptions: { targets: TARGETS } }),
    ]
  : [
      new (require('terser-webpack-plugin'))({ extractComments: false }),
      new (require('css-minimizer-webpack-plugin'))(),
    ]

const compiler = bundler({
  mode: 'production',
  context: project,
  devtool: false,
  target: ['web', 'es2017'],
  entry: kind.entry,
  output: { path: join(project, tool), filename: 'index.js', publicPath: '' },
  resolve: {
    extensions: ['.tsx', '.ts', '.jsx', '.js', '.mjs', '.vue', '.json'],
    alias: { '@': join(project, 'src') },
    modules: [join(packages, 'node_modules')],
  },
  resolveLoader: { modules: [join(packages, 'node_modules')] },
  externals:
    kind.react === 'host' && kind.script !== 'vue' ? { react: 'React', 'react-dom': 'ReactDOM' } : {},
  module: { rules },
  optimization: { minimizer },
  performance: false,
  plugins,
})
compiler.run((/** @type {Error | null} */ error, /** @type {any} */ stats) => {
  const errors = error ? [error] : stats.toJson({ all: false, errors: true }).errors
  for (const { message } of errors) console.error(message)
  process.exit(errors.length ? 1 : 0)
})
