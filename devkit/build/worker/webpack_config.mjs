// webpack's configuration.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readBabel } from './babel_config.mjs'
import { LOADERS, shortName } from './queries.mjs'
import { usesOfRule } from './rules.mjs'
import { Call, Closure, isRecord, lineOf, places, Unknown } from './values.mjs'

/** @import { Found } from './found.mjs' */

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
    const { alias, fallback, extensions } = config.resolve
    found.aliases(withoutEmpty(found, alias, (value) => value === false))
    const missing = isRecord(fallback)
      ? Object.entries(fallback).filter(([name]) => !existsSync(join(found.project, 'node_modules', name)))
      : []
    found.aliases(withoutEmpty(found, Object.fromEntries(missing), (value) => value === false))
    readExtensions(found, extensions)
    for (const folder of [config.resolve.modules].flat()) found.moduleFolder(folder)
  }
  withoutEmpty(found, config.node, (value) => value === 'empty')
  found.externals(config.externals)
  for (const plugin of [config.plugins].flat()) webpackPlugin(found, plugin)
  if (!isRecord(config.module)) return
  const { rules, loaders } = config.module
  const all = [...new Set([rules ?? loaders].flat())]
  found.rules.push(...all)
  readRules(found, all)
}

/**
 * Note the modules that are empty (alias: { fs: false }, node: { fs: 'empty' }), and return the others.
 *
 * @param {Found} found
 * @param {unknown} table
 * @param {(value: unknown) => boolean} isEmpty
 */
function withoutEmpty(found, table, isEmpty) {
  if (!isRecord(table)) return table
  const empty = Object.keys(table).filter((name) => isEmpty(table[name]))
  for (const name of empty) found.empty.add(name.replace(/\$$/, ''))
  if (empty.length) found.note('empty modules', empty.join(', '))
  return Object.fromEntries(
    Reflect.ownKeys(table).flatMap((key) =>
      empty.includes(String(key)) ? [] : [[key, table[/** @type {string} */ (key)]]],
    ),
  )
}

/** @param {Found} found @param {unknown} extensions */
export function readExtensions(found, extensions) {
  const given = [extensions].flat().filter((one) => typeof one === 'string' && /^\.\w[\w.]*$/.test(one))
  if (given.length) found.extensions = /** @type {string[]} */ (given)
}

/**
 * @param {Found} found
 * @param {unknown} plugin
 */
export function webpackPlugin(found, plugin) {
  if (!(plugin instanceof Call)) return
  const name = plugin.name.split('.').pop() ?? ''
  if (name === 'DefinePlugin') found.defines(plugin.args[0])
  else if (name === 'EnvironmentPlugin') {
    if (isRecord(plugin.args[0])) {
      const values = Object.entries(plugin.args[0]).map(([key, value]) => [`process.env.${key}`, value])
      found.defines(Object.fromEntries(values), true)
    }
  } else if (name === 'ProvidePlugin') {
    for (const [global, value] of Object.entries(isRecord(plugin.args[0]) ? plugin.args[0] : {})) {
      const parts = [value].flat()
      if (parts.every((one) => typeof one === 'string'))
        found.provided[global] = {
          parts: /** @type {string[]} */ (parts),
          file: found.file,
          line: plugin.line,
        }
      else
        found.note('plugin', `ProvidePlugin ${global}`, 'its module cannot be read: import it.', plugin.line)
    }
    found.note('plugin', `ProvidePlugin ${Object.keys(found.provided).join(', ')}`, '', plugin.line)
  } else if (name === 'ModuleFederationPlugin') {
    found.note('plugin', name, 'a release is one file: bundle what it shares.', plugin.line)
  }
}

/**
 * @param {Found} found
 * @param {unknown} rules
 */
export function readRules(found, rules) {
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
export function resourceFiles(found, patterns, language) {
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
