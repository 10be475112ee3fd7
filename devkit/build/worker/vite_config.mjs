// Vite's configuration.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { jsxOptions, readBabel } from './babel_config.mjs'
import { Call, isRecord, lineOf, Pattern, pluginOf } from './values.mjs'
import { readExtensions, readPostcss } from './webpack_config.mjs'

/** @import { Found } from './found.mjs' */

/** Plugins whose work is missing when they do not run: {pattern: the way out}. @type {[RegExp, string][]} */
const MISSED = [
  [
    /unplugin-vue-components|vite-plugin-components/,
    'components without an import are not found: import them.',
  ],
  [/unplugin-auto-import/, 'names without an import are not found: import them.'],
  [/vite-plugin-(?:style-import|imp)\b/, 'import the style sheet of the library.'],
  [
    /vite-plugin-(?:html|mock|pages|vue-layouts)|unplugin-vue-router/,
    'what it makes is missing: write it by hand.',
  ],
]

/** Plugins by which a plain import of an SVG is a component, or its text: {pattern: the loader that is like it}.
 * Source: https://github.com/pd4d10/vite-plugin-svgr, https://github.com/jpkleemans/vite-svg-loader
 * @type {[RegExp, (options: Record<string, unknown>) => string][]} */
const SVG_PLUGINS = [
  [
    /svgr/,
    ({ exportAsDefault, svgrOptions, include }) => {
      const { exportType } = isRecord(svgrOptions) ? svgrOptions : {}
      const isAll = [include].flat().some((one) => /\.svg$/.test(String(one)))
      return exportAsDefault === true || exportType === 'default' || isAll ? '@svgr/webpack' : ''
    },
  ],
  [
    /vite-svg-loader/,
    ({ defaultImport = 'component' }) =>
      ({ component: 'vue-svg-loader', raw: 'raw-loader' })[String(defaultImport)] ?? '',
  ],
]

/**
 * @param {Found} found
 * @param {unknown} config
 */
export function readVite(found, config) {
  if (!isRecord(config)) {
    return found.note('vite', 'configuration', 'only running it tells what it is.', lineOf(config))
  }
  if (isRecord(config.resolve)) {
    found.aliases(config.resolve.alias)
    readExtensions(found, config.resolve.extensions)
  }
  found.aliases(config.alias)
  if (isRecord(config.define)) found.defines(config.define)
  for (const one of [config.assetsInclude].flat()) {
    const [, ending = ''] = /\*(\.\w+)$/.exec(typeof one === 'string' ? one : '') ?? []
    const test = one instanceof Pattern ? one : ending && new Pattern(`\\${ending}$`, '')
    if (test) found.rules.push({ test, type: 'asset/resource' })
    else if (one) found.note('assetsInclude', String(one), 'write ?url where such a file is imported.')
  }
  const root = typeof config.root === 'string' ? resolve(found.project, config.root) : found.project
  const build = isRecord(config.build) ? config.build : {}
  const rollup = isRecord(build.rollupOptions) ? build.rollupOptions : {}
  const input = isRecord(rollup.input) ? Object.values(rollup.input)[0] : rollup.input
  if (typeof input === 'string' && /\.[jt]sx?$/.test(input)) found.entry(input, root)
  else if (isRecord(build.lib)) found.entry(build.lib.entry, root)
  else
    for (const name of ['main', 'index']) {
      const file = ['tsx', 'ts', 'jsx', 'js']
        .map((end) => join(root, 'src', `${name}.${end}`))
        .find(existsSync)
      if (file && root !== found.project) found.entry(file)
    }
  found.externals(rollup.external && isRecord(rollup.output) ? rollup.output.globals : undefined)
  if (isRecord(config.css)) {
    readPostcss(found, config.css.postcss)
    if (isRecord(config.css.modules)) found.cssModules({ auto: true, ...config.css.modules })
    const options = isRecord(config.css.preprocessorOptions) ? config.css.preprocessorOptions : {}
    for (const lang of ['less', 'scss', 'sass']) found.preprocessor(lang, options[lang])
  }
  if (isRecord(config.esbuild)) {
    const { jsxFactory, jsxFragment, jsxImportSource, jsxInject } = config.esbuild
    jsxOptions(found, { jsxImportSource, pragma: jsxFactory, pragmaFrag: jsxFragment })
    if (jsxInject && !/from ['"]react['"]/.test(String(jsxInject)))
      found.note('JSX', 'jsxInject', 'nothing is added to scripts: write the import where JSX stands.')
  }
  for (const plugin of [config.plugins].flat(3)) {
    const [name] = pluginOf(plugin)
    const [, why] = MISSED.find(([pattern]) => pattern.test(name)) ?? []
    if (why) found.note('plugin', name.replace(/\.default$/, ''), why, lineOf(plugin))
    const [, use] = SVG_PLUGINS.find(([pattern]) => pattern.test(name)) ?? []
    const given = plugin instanceof Call && isRecord(plugin.args[0]) ? plugin.args[0] : {}
    if (/plugin-react/.test(name)) {
      jsxOptions(found, given)
      readBabel(found, given.babel)
    }
    const loader = use?.(given)
    if (loader) found.rules.push({ test: new Pattern('\\.svg$', ''), use: [loader] })
  }
}
