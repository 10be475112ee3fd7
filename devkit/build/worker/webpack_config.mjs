// webpack's configuration, and those of the tools around it: Create React App, Vue CLI, umi.
import { join } from 'node:path'
import { componentImports, readBabel, readBabelPlugins } from './babel_config.mjs'
import { LOADERS, shortName } from './queries.mjs'
import { usesOfRule } from './rules.mjs'
import { Call, Chain, Closure, isRecord, lineOf, places, pluginOf, Unknown } from './values.mjs'

/** @import { Found } from './found.mjs' */
/** @import { Reader } from './static.mjs' */

/** A configuration for functions that change one. */
function blank() {
  // react-scripts has its rules in a oneOf, at a place that differs by version
  const oneOf = { oneOf: [] }
  const rules = [oneOf, oneOf, oneOf, oneOf]
  return { resolve: { alias: {}, modules: [], plugins: [] }, module: { rules }, plugins: [] }
}

/**
 * @param {Found} found
 * @param {unknown} config
 */
export function readWebpack(found, config) {
  if (Array.isArray(config)) {
    if (config.length > 1) found.note('entry', `${config.length} configurations`, 'the first one is read.')
    return readWebpack(found, config[0])
  }
  if (!isRecord(config)) {
    if (config) found.note('webpack', 'configuration', 'only running it tells what it is.', lineOf(config))
    return
  }
  const base = typeof config.context === 'string' ? config.context : found.project
  found.entry(config.entry, base)
  if (isRecord(config.resolve)) {
    found.aliases(config.resolve.alias)
    for (const folder of [config.resolve.modules].flat()) found.moduleFolder(folder)
  }
  found.externals(config.externals)
  for (const plugin of [config.plugins].flat()) webpackPlugin(found, plugin)
  if (!isRecord(config.module)) return
  const { rules, loaders } = config.module
  const all = [...new Set([rules ?? loaders].flat())]
  found.rules.push(...all)
  readRules(found, all)
}

/**
 * @param {Found} found
 * @param {unknown} plugin
 */
function webpackPlugin(found, plugin) {
  if (!(plugin instanceof Call)) return
  const name = plugin.name.split('.').pop() ?? ''
  if (name === 'DefinePlugin') found.defines(plugin.args[0])
  else if (name === 'EnvironmentPlugin') {
    if (isRecord(plugin.args[0])) {
      const values = Object.entries(plugin.args[0]).map(([key, value]) => [`process.env.${key}`, value])
      found.defines(Object.fromEntries(values), true)
    }
  } else if (name === 'ProvidePlugin') {
    const names = isRecord(plugin.args[0]) ? Object.keys(plugin.args[0]).join(', ') : ''
    found.note(
      'plugin',
      `ProvidePlugin ${names}`,
      'names without an import are not provided: import them.',
      plugin.line,
    )
  } else if (name === 'ModuleFederationPlugin') {
    found.note('plugin', name, 'a release is one file: bundle what it shares.', plugin.line)
  }
}

/**
 * @param {Found} found
 * @param {unknown} rules
 */
function readRules(found, rules) {
  for (const rule of Array.isArray(rules) ? rules : []) {
    if (!isRecord(rule)) continue
    readRules(found, rule.oneOf)
    readRules(found, rule.rules)
    // a rule for files named *.module.* says what is so without it
    const named = rule.resourceQuery !== undefined || /module/.test(String(rule.test ?? ''))
    for (const { name, options } of usesOfRule(rule)) {
      const given = isRecord(options) ? options : {}
      readLoader(found, name, named ? { ...given, modules: undefined } : given)
      noteRule(found, rule, name)
    }
  }
}

/**
 * Tell of a loader by which an import is something else.
 *
 * @param {Found} found
 * @param {Record<string, unknown>} rule
 * @param {string} name
 */
function noteRule(found, rule, name) {
  const way = LOADERS[shortName(name)]
  if (!name || way === '' || way === 'url') return
  const why = way ? '' : 'devkit has no counterpart of it.'
  found.note('loader', `${name} ${[rule.test].flat().join(' ')}`.trim(), why, places.get(rule)?.line)
}

/** @type {[RegExp, (found: Found, options: Record<string, unknown>) => void][]} */
const READERS = [
  [/(?:^|[/-])babel-loader/, readBabel],
  [/(?:^|\/)css-loader/, (found, options) => found.cssModules(options.modules)],
  [/(?:^|\/)less-loader/, (found, options) => found.preprocessor('less', options)],
  [/(?:^|\/)sass-loader/, (found, options) => found.preprocessor('scss', options)],
  [/(?:^|\/)postcss-loader/, readPostcss],
  [
    /(?:^|\/)style-resources-loader|sass-resources-loader/,
    (found, { patterns, resources, preProcessor }) =>
      resourceFiles(found, patterns ?? resources, preProcessor),
  ],
  [
    /(?:^|\/)(?:px2rem-loader|postcss-px2rem)/,
    (found, options) =>
      found.note(
        'loader',
        `px2rem ${options.remUnit ?? ''}`,
        'use px_to_viewport, or postcss-pxtorem in postcss.config.js.',
      ),
  ],
]

/**
 * @param {Found} found
 * @param {string} loader
 * @param {Record<string, unknown>} options
 */
function readLoader(found, loader, options) {
  const [, read] = READERS.find(([pattern]) => pattern.test(loader)) ?? []
  read?.(found, options)
}

/**
 * Options of postcss-loader, and what Vue CLI, CRACO and Vite call postcss.
 *
 * @param {Found} found
 * @param {unknown} options
 */
export function readPostcss(found, options) {
  if (!isRecord(options)) return
  const inner = isRecord(options.postcssOptions) ? options.postcssOptions : options
  const { plugins } = inner
  const list = plugins instanceof Closure ? plugins.scope.reader.call(plugins, []) : plugins
  const entries = isRecord(list) ? Object.entries(list) : Array.isArray(list) ? list : []
  for (const plugin of entries) found.postcssPlugin(plugin)
  if (list instanceof Unknown) found.note('PostCSS', 'plugins', 'move them to postcss.config.js.', list.line)
}

/**
 * @param {Found} found
 * @param {unknown} patterns
 * @param {unknown} language
 */
function resourceFiles(found, patterns, language) {
  for (const pattern of [patterns].flat()) {
    if (typeof pattern !== 'string' || pattern.includes('*')) {
      found.note('style_prelude', String(pattern), 'write the imports under [style_prelude].')
      continue
    }
    const lang = String(language ?? pattern.split('.').pop())
    const text = `@import "${pattern}";\n`
    found.settings.style_prelude[lang] = `${found.settings.style_prelude[lang] ?? ''}${text}`
    found.note('style_prelude', `${lang}: ${found.placed(pattern)}`)
  }
}

/**
 * A configuration that changes webpack's: a record, or a function that gets one.
 *
 * @param {Found} found
 * @param {Reader} reader
 * @param {unknown} change
 */
function readChange(found, reader, change) {
  if (!(change instanceof Closure)) return readWebpack(found, change ?? {})
  const config = blank()
  const given = reader.call(change, [
    config,
    { env: reader.mode, paths: {}, dev: reader.mode === 'development' },
  ])
  readWebpack(found, isRecord(given) ? given : config)
}

/**
 * @param {Found} found
 * @param {Reader} reader
 * @param {unknown} change - A function of webpack-chain's configuration.
 */
function readChain(found, reader, change) {
  if (!(change instanceof Closure)) return
  /** @type {Chain['calls']} */
  const calls = []
  reader.call(change, [new Chain(calls), { env: reader.mode }])
  for (const { path, args } of calls) {
    const [first] = args
    if (path === 'resolve.alias.set') found.alias(first, args[1])
    else if (path === 'externals') found.externals(first)
    else if (/^plugin\(.*\)\.use$/.test(path)) webpackPlugin(found, asPlugin(first, args[1]))
    else if (path === 'plugin(define).tap' && first instanceof Closure) {
      const [table] = [reader.call(first, [[{}]])].flat()
      found.defines(table)
    } else if (/\.options$/.test(path) && isRecord(first)) {
      found.preprocessor(/sass|scss/.test(path) ? 'scss' : 'less', first)
    }
  }
  const rules = chainedRules(calls, found.file)
  found.rules.push(...rules)
  readRules(found, rules)
}

/** @param {unknown} plugin @param {unknown} args */
function asPlugin(plugin, args) {
  const name = pluginOf(plugin)[0]
  return new Call(name || String(plugin), Array.isArray(args) ? args : [], 0)
}

/**
 * Return the rules that calls of webpack-chain make.
 *
 * @param {Chain['calls']} calls
 * @param {string} file
 */
function chainedRules(calls, file) {
  /** @type {Map<string, Record<string, any>>} */
  const parts = new Map()
  /** @type {(path: string, line: number, owner?: string, list?: string) => Record<string, any>} */
  const part = (path, line, owner = '', list = '') => {
    const known = parts.get(path) ?? {}
    if (!parts.has(path)) {
      places.set(known, { file, line })
      parts.set(path, known)
      if (owner) part(owner, line)[list] = [...(part(owner, line)[list] ?? []), known]
    }
    return known
  }
  for (const { path, args, line } of calls) {
    const [, rule = '', one = '', use = '', method = ''] =
      /^module\.(rule\([^)]*\))(?:\.(oneOf\([^)]*\)))?(?:\.(use\([^)]*\)))?\.([\w.]+)$/.exec(path) ?? []
    if (!rule) continue
    const owner = one ? `${rule}.${one}` : rule
    const made = one ? part(owner, line, rule, 'oneOf') : part(rule, line)
    if (use) part(`${owner}.${use}`, line, owner, 'use')[method] = args[0]
    else if (/^(?:include|exclude)\.add$/.test(method)) {
      const [list = ''] = method.split('.')
      made[list] = [...(made[list] ?? []), args[0]]
    } else if (/^(?:test|type|resourceQuery|issuer)$/.test(method)) made[method] = args[0]
  }
  return [...parts].filter(([path]) => !path.includes('.')).map(([, rule]) => rule)
}

/**
 * @param {Found} found
 * @param {Reader} reader
 * @param {unknown} config
 */
export function readCraco(found, reader, config) {
  if (!isRecord(config)) return readWebpack(found, config)
  const { webpack, babel, style, plugins } = config
  if (isRecord(webpack)) {
    found.aliases(webpack.alias)
    for (const plugin of [isRecord(webpack.plugins) ? webpack.plugins.add : webpack.plugins].flat()) {
      webpackPlugin(found, Array.isArray(plugin) ? plugin[0] : plugin)
    }
    readChange(found, reader, webpack.configure)
  }
  readBabel(found, babel)
  if (isRecord(style)) {
    readPostcss(
      found,
      isRecord(style.postcss) && style.postcss.loaderOptions ? style.postcss.loaderOptions : style.postcss,
    )
    if (isRecord(style.css) && isRecord(style.css.loaderOptions))
      found.cssModules(style.css.loaderOptions.modules)
  }
  for (const item of Array.isArray(plugins) ? plugins.filter(isRecord) : []) {
    const options = isRecord(item.options) ? item.options : {}
    const loader = options.lessLoaderOptions ?? options.sassLoaderOptions
    if (loader) found.preprocessor(options.lessLoaderOptions ? 'less' : 'scss', loader)
    if (options.aliases) found.aliases(options.aliases)
  }
}

/** @type {Record<string, (found: Found, reader: Reader, args: unknown[]) => void>} */
const OVERRIDES = {
  addWebpackAlias: (found, _, [table]) => found.aliases(table),
  fixBabelImports: (found, _, [library, options]) =>
    componentImports(found, { libraryName: library, ...(isRecord(options) ? options : {}) }),
  addBabelPlugin: (found, _, [plugin]) => readBabelPlugins(found, [plugin]),
  addBabelPlugins: (found, _, plugins) => readBabelPlugins(found, plugins),
  addLessLoader: (found, _, [options]) => found.preprocessor('less', options),
  addPostcssPlugins: (found, _, [plugins]) => readPostcss(found, { plugins }),
  addWebpackPlugin: (found, _, [plugin]) => webpackPlugin(found, plugin),
  addDecoratorsLegacy: (found) => {
    found.legacyDecorators = true
  },
  addWebpackModuleRule: (found, _, [rule]) => readWebpack(found, { module: { rules: [rule] } }),
  addWebpackExternals: (found, _, [table]) => found.externals(table),
}

/**
 * config-overrides.js of react-app-rewired, with customize-cra or without.
 *
 * @param {Found} found
 * @param {Reader} reader
 * @param {unknown} value
 */
export function readOverrides(found, reader, value) {
  const config = isRecord(value) && value.webpack ? value.webpack : value
  if (!(config instanceof Call)) return readChange(found, reader, config)
  for (const item of config.args) {
    if (item instanceof Closure) readChange(found, reader, item)
    if (!(item instanceof Call)) continue
    const name = item.name.split('.').pop() ?? ''
    if (OVERRIDES[name]) OVERRIDES[name](found, reader, item.args)
  }
}

/**
 * @param {Found} found
 * @param {Reader} reader
 * @param {unknown} config
 */
export function readVueCli(found, reader, config) {
  if (!isRecord(config)) return readWebpack(found, config)
  found.entry(config.pages)
  // Vue CLI's own alias
  found.alias('@', join(found.project, 'src'))
  readChange(found, reader, config.configureWebpack)
  readChain(found, reader, config.chainWebpack)
  const css = isRecord(config.css) ? config.css : {}
  if (css.requireModuleExtension === false || css.modules === true) found.cssModules(true)
  const options = isRecord(css.loaderOptions) ? css.loaderOptions : {}
  if (isRecord(options.css)) found.cssModules(options.css.modules)
  for (const [name, lang] of [
    ['less', 'less'],
    ['sass', 'scss'],
    ['scss', 'scss'],
  ])
    found.preprocessor(lang ?? '', options[name ?? ''])
  readPostcss(found, options.postcss)
  const resources = isRecord(config.pluginOptions) ? config.pluginOptions['style-resources-loader'] : null
  if (isRecord(resources)) resourceFiles(found, resources.patterns, resources.preProcessor)
}

/**
 * umi, which also brings @ for src and CSS modules by the way that a style is imported.
 *
 * @param {Found} found
 * @param {Reader} reader
 * @param {unknown} config
 */
export function readUmi(found, reader, config) {
  const given = isRecord(config) ? config : {}
  found.aliases(given.alias)
  found.alias('@', join(found.project, 'src'))
  found.defines(given.define, true)
  found.externals(given.externals)
  if (!given.disableCSSModules) {
    found.settings.css_modules = 'named'
    found.note('css_modules', 'named')
  }
  found.legacyDecorators = true
  readBabelPlugins(found, [given.extraBabelPlugins, given.babelPlugins].flat())
  readPostcss(found, { plugins: given.extraPostCSSPlugins })
  for (const vars of [given.theme, isRecord(given.lessLoader) && given.lessLoader.modifyVars]) {
    if (isRecord(vars)) found.lessVars(vars)
  }
  readChain(found, reader, given.chainWebpack)
  found.note(
    'entry',
    'src/pages',
    'umi writes its entry itself: name a module of yours (entry = "src/main.tsx").',
  )
}
