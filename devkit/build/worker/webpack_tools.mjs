// The tools around webpack: CRACO, react-app-rewired, Vue CLI and umi.
import { join } from 'node:path'
import { componentImports, readBabel, readBabelPlugins } from './babel_config.mjs'
import { Call, Chain, Closure, isRecord, places, pluginOf } from './values.mjs'
import { readPostcss, readRules, readWebpack, resourceFiles, webpackPlugin } from './webpack_config.mjs'

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
