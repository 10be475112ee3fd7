// Turn devkit's options and the project's own files into esbuild settings.
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { aliasesOf, esbuildAliases, specialAliases } from './aliases.mjs'
import { assets } from './assets.mjs'
import { compilerOptions } from './compiler_options.mjs'
import { componentStyles } from './component_styles.mjs'
import { constructs } from './constructs.mjs'
import { ToolFailure } from './diagnostics.mjs'
import { EXTENSIONS } from './folders.mjs'
import { hostGlobals, packageFallback } from './globals.mjs'
import { Hot } from './hot/hot.mjs'
import { obstacle } from './hot/script.mjs'
import { provided, providedNames } from './provided.mjs'
import { plainStyleValues, pxInScripts, StyleUse } from './style_use.mjs'
import { Pipeline, styles } from './styles.mjs'
import { packageFolder } from './tools.mjs'

/** @import { BuildOptions, Loader, Metafile, Plugin } from 'esbuild' */
/** @import { Message, WorkerOptions } from './messages.generated' */
/** @import { Findings, Reading } from './reading.mjs' */
/** @import { Shared } from './shared' */
/** @import { Tools } from './tools.mjs' */

/** @typedef {{ settings: BuildOptions & { metafile: true, write: false }, reads: () => string[], warnings: Message[], dropped: Set<string>, found: Findings, checks: (metafile: Metafile) => Message[], shared: Shared, hot: Hot | null, unkept: string }} Configuration */

/** @type {Record<string, Loader>} */
const LOADERS = { '.js': 'jsx', '.mjs': 'jsx', '.cjs': 'jsx', '.txt': 'text', '.html': 'text', '.md': 'text' }

/**
 * Return esbuild's settings for a project, the files that its plugins have read, and where their warnings go.
 *
 * @param {Tools} tools
 * @param {string} toolchain
 * @param {WorkerOptions} given
 * @param {Reading} reading
 * @returns {Configuration}
 */
export function configure(tools, toolchain, given, reading) {
  const { manifest, found, paths } = reading
  const options = withFound(given, found, manifest)
  /** @type {Shared} */
  const shared = {
    tools,
    toolchain,
    options,
    manifest,
    found,
    aliases: aliasesOf(manifest, options, found.settings.alias),
    paths,
    release: options.mode === 'production',
    styleUse: new StyleUse(tools),
    dropped: new Set(),
    warnings: [],
    dependencies: new Map(),
    virtual: new Map(),
    large: new Map(),
    packageScripts: new Set(),
    parsed: null,
    plain: new Map(),
    named: () => false,
  }
  const pipeline = new Pipeline(shared)
  const special = specialAliases(shared.aliases)
  const names = providedNames(found)
  /** @param {string[]} starters - Workers that lead to the script. @returns {Plugin[]} */
  const plugins = (starters) => [
    provided(found),
    ...[special, componentStyles(found, tools)].filter((plugin) => plugin !== null),
    hostGlobals(shared),
    packageFallback(shared),
    assets(shared, (path) => pipeline.text(path), { settings: () => settings, plugins, starters }),
    constructs(shared),
    styles(shared, pipeline),
    vueLater(shared, pipeline),
  ]
  /** @type {Configuration['settings']} */
  const settings = {
    absWorkingDir: options.project,
    entryPoints: [options.entry, ...styleBeside(options.entry)].map((file) => ({ in: file, out: 'index' })),
    outdir: join(options.project, '.devkit'),
    bundle: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
    platform: 'browser',
    charset: 'utf8',
    target: options.target.split(',').map((name) => name.trim()),
    supported: supportOf(options.target),
    minify: shared.release,
    sourcemap: sourceMaps(options),
    resolveExtensions: [...new Set([...found.extensions, ...EXTENSIONS])],
    inject: names.inject,
    loader: LOADERS,
    alias: esbuildAliases(shared.aliases),
    define: { ...names.define, ...definitions(options) },
    plugins: plugins([]),
    ...formatOf(options),
    ...jsxOf(shared),
    ...tsconfigOf(options),
  }
  const reads = () => [...shared.dependencies.values()].flat()
  /** @param {Metafile} metafile */
  const checks = (metafile) => [
    ...plainStyleValues(metafile, options.project, shared.styleUse, (path) => pipeline.isModule(path)),
    ...(found.styledPx ? [] : pxInScripts(metafile, options)),
  ]
  const unkept = options.hot ? obstacle(options, tools) : ''
  const hot = options.hot && !unkept ? new Hot(tools, options, settings, manifest) : null
  return {
    settings,
    found,
    reads,
    checks,
    warnings: shared.warnings,
    dropped: shared.dropped,
    shared,
    hot,
    unkept,
  }
}

/**
 * Return the options with what was found for those that are not given.
 *
 * @param {WorkerOptions} options
 * @param {Findings} found
 * @param {Shared['manifest']} manifest
 * @returns {WorkerOptions}
 */
function withFound(options, { settings }, manifest) {
  const open = (/** @type {string} */ name) => !options.given.includes(name)
  const { px_to_viewport: px, css_modules, entry } = settings
  const made = {
    ...options,
    define: { ...settings.define, ...options.define },
    less_vars: { ...settings.less_vars, ...options.less_vars },
    style_prelude: { ...settings.style_prelude, ...options.style_prelude },
  }
  if (css_modules && open('css_modules')) made.css_modules = css_modules
  if (px && open('px_to_viewport')) {
    const packages = { ...px.packages, ...options.px_rules.packages }
    Object.assign(made, { px_to_viewport: px.width, px_rules: { ...px, packages } })
  }
  if (entry && options.guessed) made.entry = join(options.project, entry)
  else if (options.guessed && /^app\.[jt]sx?$/.test(basename(made.entry))) noOwnEntry(options, manifest)
  if (made.entry) return made
  throw new ToolFailure({
    text: 'No entry module: src/ has none of the usual names, and the configuration of the project names none.',
    hint: 'Create src/index.jsx, or name the module in devkit.toml: entry = "src/main.jsx".',
    file: Object.values(options.configurations)[0] ?? '',
    stage: 'devkit',
  })
}

/**
 * src/app.js is no entry in frameworks that write theirs: it only exports what they call.
 *
 * @param {WorkerOptions} options
 * @param {Shared['manifest']} manifest
 */
function noOwnEntry({ entry, configurations }, { dependencies, devDependencies }) {
  const wanted = { ...devDependencies, ...dependencies }
  const name = configurations.umi || wanted.umi ? 'umi' : wanted['@tarojs/taro'] ? 'Taro' : ''
  if (!name) return
  throw new ToolFailure({
    text: `${name} writes its entry itself, and ${basename(entry)} is none: it renders nothing.`,
    hint: `Write a module that renders the page into #app, and name it in devkit.toml: entry = "src/main.jsx"; or build with ${name}, and run the files: devkit preview --js FILE.`,
    ...{ file: entry, line: 1, column: 1, stage: 'devkit' },
  })
}

/**
 * A panel without imports has its styles in the file beside it, as the esbuild-py engine reads them.
 *
 * @param {string} entry
 */
function styleBeside(entry) {
  const style = entry.replace(/\.[^.]+$/, '.css')
  if (!existsSync(style) || !existsSync(entry)) return []
  return /^\s*import\b/m.test(readFileSync(entry, 'utf8')) ? [] : [style]
}

/**
 * esbuild counts an engine with a bug in a rare form of destructuring (iOS before 14.1), or of const and let (iOS
 * before 11), as one without it, and cannot translate it; the usual forms work from iOS 10 on.
 *
 * @param {string} target
 * @returns {Record<string, boolean>}
 */
function supportOf(target) {
  const old = /\bes(?:3|5)\b|\b(?:ios|safari)[1-9](?![\d])|\bie\d/.test(target)
  return old ? {} : { destructuring: true, 'const-and-let': true }
}

/**
 * @param {WorkerOptions} options
 * @returns {BuildOptions['sourcemap']}
 */
function sourceMaps({ sourcemap, mode }) {
  if (!sourcemap) return false
  return mode === 'production' ? 'external' : 'linked'
}

/**
 * @param {WorkerOptions} options
 * @returns {Pick<BuildOptions, 'format' | 'globalName' | 'banner' | 'footer'>}
 */
function formatOf({ format, global_name: name }) {
  if (format !== 'umd') return { format: 'iife', ...(name ? { globalName: name } : {}) }
  const exported = name
    ? `else root${name
        .split('.')
        .map((part) => `[${JSON.stringify(part)}]`)
        .join('')} = factory();`
    : 'else factory();'
  const head =
    '(function (root, factory) {' +
    'if (typeof define === "function" && define.amd) define([], factory);' +
    'else if (typeof module === "object" && module.exports) module.exports = factory();' +
    `${exported}` +
    '})(typeof self !== "undefined" ? self : this, function () {'
  return {
    format: 'iife',
    globalName: '__panel',
    banner: { js: head },
    footer: { js: 'return __panel;});' },
  }
}

/**
 * With the React of the host page there is no jsx-runtime, so that JSX becomes React.createElement.
 *
 * @param {Shared} shared
 * @returns {Pick<BuildOptions, 'jsx' | 'jsxImportSource' | 'jsxFactory' | 'jsxFragment'>}
 */
function jsxOf({ manifest, options, aliases, found }) {
  const wanted = { ...manifest.devDependencies, ...manifest.dependencies }
  if (wanted.preact && !wanted.react && !aliases.has('react'))
    return { jsx: 'automatic', jsxImportSource: 'preact' }
  if (wanted.vue && !wanted.react) return { jsx: 'automatic', jsxImportSource: 'vue' }
  const said = { ...compilerOptions(options.project), ...found.jsx }
  if (said.jsxImportSource && said.jsxImportSource !== 'react')
    return { jsx: 'automatic', jsxImportSource: said.jsxImportSource }
  if (said.jsxFactory) {
    return { jsx: 'transform', jsxFactory: said.jsxFactory, jsxFragment: said.jsxFragmentFactory }
  }
  if (options.react === 'bundle') {
    const folder = packageFolder('react', options.project)
    if (folder && existsSync(join(folder, 'jsx-runtime.js'))) return { jsx: 'automatic' }
  }
  return { jsx: 'transform', jsxFactory: 'React.createElement', jsxFragment: 'React.Fragment' }
}

/**
 * @param {WorkerOptions} options
 * @returns {Pick<BuildOptions, 'tsconfig'>}
 */
function tsconfigOf({ project }) {
  const own = join(project, 'tsconfig.json')
  const other = join(project, 'jsconfig.json')
  return !existsSync(own) && existsSync(other) ? { tsconfig: other } : {}
}

/**
 * @param {WorkerOptions} options
 * @returns {Record<string, string>}
 */
function definitions({ mode, env, define }) {
  const production = mode === 'production'
  const known = { NODE_ENV: mode, PUBLIC_URL: '', BASE_URL: './', ...env }
  const meta = { MODE: mode, DEV: !production, PROD: production, BASE_URL: './', SSR: false, ...env }
  /** @type {(object: Record<string, unknown>, prefix: string) => [string, string][]} */
  const single = (object, prefix) =>
    Object.entries(object).map(([name, value]) => [`${prefix}.${name}`, JSON.stringify(value)])
  /**
   * esbuild puts an object into every lazily run module. Without variables of the project's own, an empty text
   * does as well: ''.ANYTHING is undefined too, and costs nothing.
   *
   * @param {Record<string, unknown>} object
   */
  const whole = (object) => (Object.keys(env).length ? JSON.stringify(object) : '""')
  return {
    global: 'window',
    __dirname: '"/"',
    __filename: '"/index.js"',
    'module.hot': 'undefined',
    'import.meta.hot': 'undefined',
    'import.meta.webpackHot': 'undefined',
    'import.meta.url': 'window.location.href',
    'process.browser': 'true',
    'process.env': whole({ NODE_ENV: mode, ...env }),
    'import.meta.env': whole(meta),
    ...Object.fromEntries([...single(known, 'process.env'), ...single(meta, 'import.meta.env')]),
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    ...define,
  }
}

/**
 * The Vue plugin is loaded with the first .vue file.
 *
 * @param {Shared} shared
 * @param {Pipeline} pipeline
 * @returns {Plugin}
 */
function vueLater(shared, pipeline) {
  /** @type {Promise<import('./vue.mjs').Vue> | undefined} */
  let compiler
  const load = () => {
    compiler ??= import('./vue.mjs').then(({ Vue }) => new Vue(shared, pipeline))
    return compiler
  }
  return {
    name: 'vue',
    setup(build) {
      build.onResolve({ filter: /\.vue\?vue&/ }, ({ path, resolveDir }) => {
        const [file = '', query] = path.split('?')
        const namespace = query === 'vue&type=template' ? 'file' : 'vue-part'
        return { path: join(resolveDir, file), suffix: `?${query}`, namespace }
      })
      build.onLoad({ filter: /\.vue$/, namespace: 'file' }, async ({ path, suffix }) =>
        suffix.startsWith('?vue&') ? (await load()).part(path, suffix) : (await load()).component(path),
      )
      build.onLoad({ filter: /./, namespace: 'vue-part' }, async ({ path, suffix }) =>
        (await load()).part(path, suffix),
      )
    },
  }
}
