// Plugins of Babel that change what a panel gets: imports of single components, aliases, px in scripts.
import { join } from 'node:path'
import { isRecord, lineOf, Pattern, pluginOf } from './values.mjs'

/** @import { Found } from './found.mjs' */

/** Presets that turn the old kind of decorators on. */
const LEGACY_PRESETS =
  /(?:^|\/)(?:@vue\/(?:cli-plugin-babel\/preset|(?:babel-preset-)?app)|@?babel-preset-umi|umi)$/

/**
 * @param {Found} found
 * @param {unknown} config - A Babel configuration.
 */
export function readBabel(found, config) {
  if (!isRecord(config)) {
    if (config) found.note('Babel', 'configuration', 'only running it tells what it is.', lineOf(config))
    return
  }
  readBabelPlugins(found, config.plugins)
  for (const preset of [config.presets].flat(1)) {
    const [name, options] = pluginOf(preset)
    if (LEGACY_PRESETS.test(name)) found.legacyDecorators = true
    if (isRecord(options) && options.loose === true) found.looseFields = true
    if (/react(?:-app)?$/.test(name)) jsxOptions(found, isRecord(options) ? options : {})
    if (/^@emotion\/(?:babel-preset-)?css-prop$/.test(name))
      jsxOptions(found, { importSource: '@emotion/react' })
  }
  const { assumptions } = config
  if (isRecord(assumptions) && assumptions.setPublicClassFields === true) found.looseFields = true
  if (isRecord(config.env)) for (const inner of Object.values(config.env)) readBabel(found, inner)
  for (const inner of Array.isArray(config.overrides) ? config.overrides : []) readBabel(found, inner)
}

/** @type {[RegExp, (found: Found, options: Record<string, unknown>, name: string) => void][]} */
const PLUGINS = [
  [/^(?:babel-plugin-)?import$/, componentImports],
  [
    /^(?:babel-plugin-)?component$/,
    (found, options) => componentImports(found, { style: 'css', libraryDirectory: 'lib', ...options }),
  ],
  [/^(?:babel-plugin-)?module-resolver$/, moduleResolver],
  [/styled(?:-components)?-px2(?:vw|rem|vp)/, styledPx],
  [
    /^(?:babel-plugin-)?react-css-modules$/,
    (found, _, name) => found.note('Babel', name, 'styleName is not read: use className={styles.name}.'),
  ],
  [
    /(?:^|[/-])(?:plugin-)?(?:proposal-|syntax-|transform-)?decorators(?:-legacy)?$/,
    (found, { legacy, version }, name) => {
      if (legacy === true || version === 'legacy' || name.endsWith('-legacy')) found.legacyDecorators = true
    },
  ],
  [
    /class-properties$/,
    (found, { loose }) => {
      if (loose === true) found.looseFields = true
    },
  ],
  [/transform-react-jsx(?:-development)?$/, jsxOptions],
  [/jsx-pragmatic$/, (found, { module }) => jsxOptions(found, { importSource: module })],
  [
    /styled-jsx\/babel/,
    (found, _, name) =>
      found.note('Babel', name, '<style jsx> is not read: write the styles in a .module.css file.'),
  ],
  [/macros$/, (found, _, name) => found.note('Babel', name, 'macros are not run: write what they make.')],
]

/**
 * @param {Found} found
 * @param {unknown} plugins
 */
export function readBabelPlugins(found, plugins) {
  for (const plugin of Array.isArray(plugins) ? plugins : []) {
    const [name, options] = pluginOf(plugin)
    const [, read] = PLUGINS.find(([pattern]) => pattern.test(name)) ?? []
    read?.(found, isRecord(options) ? options : {}, name)
  }
}

/**
 * babel-plugin-import adds the style of each component that is used.
 *
 * @param {Found} found
 * @param {Record<string, unknown>} options
 */
export function componentImports(found, options) {
  const { libraryName: library, libraryDirectory: folder = 'lib', style } = options
  if (typeof library !== 'string') return
  const how = style === true ? 'style/index' : style === 'css' ? 'style/css' : ''
  if (style && !how) {
    return found.note(
      'Babel',
      `import ${library}`,
      'its style is a function: import the sheet of the library.',
    )
  }
  found.libraries.push({ library, folder: String(folder), style: how })
  found.note('Babel', `import ${library}${how ? ` with ${how}` : ''}`)
}

/**
 * Take what JSX becomes: of @babel/preset-react and its like, and of Vite's plugin.
 *
 * @param {Found} found
 * @param {Record<string, unknown>} options
 */
export function jsxOptions(found, { importSource, jsxImportSource = importSource, pragma, pragmaFrag }) {
  if (typeof jsxImportSource === 'string') found.jsx.jsxImportSource = jsxImportSource
  if (typeof pragma === 'string') found.jsx.jsxFactory = pragma
  if (typeof pragmaFrag === 'string') found.jsx.jsxFragmentFactory = pragmaFrag
  const said = [jsxImportSource, pragma].filter((one) => typeof one === 'string').join(' ')
  if (said) found.note('JSX', said)
}

/**
 * Source: https://github.com/jackluson/babel-plugin-styled-components-px2vw#options,
 * https://github.com/xuyuanxiang/babel-plugin-styled-components-px2rem#options
 *
 * @param {Found} found
 * @param {Record<string, unknown>} options
 * @param {string} name
 */
function styledPx(found, options, name) {
  const { rootValue = 100, viewportWidth = 750, viewportUnit = 'vw', unitPrecision = 5, tags } = options
  const isRem = /px2rem/.test(name)
  const base = isRem ? rootValue : viewportWidth
  const { minPixelValue = isRem ? 0 : 1, transformRuntime = false, include, exclude } = options
  if (typeof base !== 'number')
    return found.note('Babel', name, 'its width cannot be read: write the number.', lineOf(base))
  const files = (/** @type {unknown} */ given) =>
    [given].flat().flatMap((one) => (one instanceof Pattern ? [new RegExp(one.source, one.flags)] : []))
  found.styledPx = {
    unit: isRem ? 'rem' : String(viewportUnit),
    factor: (isRem ? 1 : 100) / base,
    precision: Number(unitPrecision),
    least: Number(minPixelValue),
    tags: Array.isArray(tags) ? tags.map(String) : ['styled', 'css', 'createGlobalStyle', 'keyframes'],
    runtime: transformRuntime === true,
    skip: files(exclude),
    only: files(include),
  }
  found.note('Babel', `${name} ${base}`)
}

/**
 * @param {Found} found
 * @param {Record<string, unknown>} options
 */
function moduleResolver(found, { alias, root, cwd }) {
  const base = typeof cwd === 'string' && cwd !== 'babelrc' ? cwd : found.project
  if (isRecord(alias)) {
    found.aliases(
      Object.fromEntries(
        Object.entries(alias).map(([name, value]) => {
          const local = typeof value === 'string' && /^\.{1,2}(?:\/|$)/.test(value)
          return [name.replace(/^\^|\/?\(\.[+*]\)$|\$$/g, ''), local ? join(base, value) : value]
        }),
      ),
    )
  }
  for (const folder of [root].flat()) found.moduleFolder(folder)
}
