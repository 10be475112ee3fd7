// With hot = "components" every script of the project is a function that the page keeps and can run anew
// (runtime.mjs). Packages stay part of the bundle, so that only what is used of them is in it.
import { readFile } from 'node:fs/promises'
import { basename, extname, join, relative, sep } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { clauseOf, paused } from './clauses.mjs'
import { inlineMap, Refresh } from './refresh.mjs'
import { difference, restOf } from './rest.mjs'
import { PARAMETERS, WHOLE, wrapped } from './wrapper.mjs'

/** @import { Message, Metafile, Plugin, PluginBuild } from 'esbuild' */
/** @import { WorkerOptions } from '../messages.generated' */
/** @import { Manifest } from '../shared' */
/** @import { Tools } from '../tools.mjs' */

/**
 * names: what is imported, null for all of it. isBare: for its effect alone.
 *
 * @typedef {{ name: string, names: Set<string> | null, isBare: boolean, isLazy: boolean, isOwn: boolean }} Import
 */
/**
 * One script. code runs as the body of a function; contents is what esbuild bundles.
 *
 * @typedef {{ id: string, path: string, code: string, map: string, refresh: boolean, imports: Import[],
 *   exports: Set<string>, passesOn: boolean, warnings: Message[], contents: string }} Made
 */

/** @typedef {import('../configure.mjs').Configuration['settings']} Settings */
/**
 * A build, and the modules that open pages run anew, or why they start the panel again.
 *
 * @typedef {{ result: import('esbuild').BuildResult<Settings>, update?: object[], why?: string }} Rebuilt
 */

const RUNTIME = fileURLToPath(new URL('runtime.mjs', import.meta.url))
/** A file that is empty now and was not before may be in the middle of a save. */
const UNSETTLED_MS = 15
const UNSETTLED_TURNS = 3
const TYPESCRIPT = /\.[cm]?tsx?$/
const HOT = '__devkit_hot__'
const SCRIPT = /\.[cm]?[jt]sx?$/
/** What says that a script is no ES module through and through. */
const OTHER_KIND = /(?<![.\w$])(?:require\s*\(|module\s*\.\s*exports|exports\s*[.[]|eval\s*\()/

/**
 * Return why the panel of these options restarts at each save, "" when its modules can be kept.
 *
 * @param {WorkerOptions} options
 * @param {Manifest} manifest
 */
export function obstacle(options, manifest) {
  const wanted = { ...manifest.devDependencies, ...manifest.dependencies }
  if (options.format === 'umd' || options.global_name) return 'the panel exports a global'
  if (wanted.vue && !wanted.react) return 'components of Vue are not kept yet'
  return ''
}

export class Hot {
  /**
   * @param {Tools} tools
   * @param {WorkerOptions} options
   * @param {Settings} settings
   */
  constructor(tools, options, settings) {
    this.esbuild = tools.load('esbuild')
    /** @type {typeof import('es-module-lexer')} */
    this.lexer = tools.load('es-module-lexer')
    this.options = options
    this.base = settings
    /** Why no module of the project can be kept. */
    this.failure = ''
    this.refresh = new Refresh(tools, settings)
    /** @type {Map<string, { source: string, made: Made | null }>} */
    this.kept = new Map()
    /** Names of imports that are no relative paths, and whether they mean files of the project. @type {Map<string, boolean>} */
    this.owned = new Map()
    /** @type {{ rest: Map<string, string>, modules: Map<string, { made: Made, ids: Record<string, string> }> } | null} */
    this.last = null
  }

  /** @returns {Settings} */
  settings() {
    const { base } = this
    return {
      ...base,
      plugins: [...(base.plugins ?? []), this.plugin()],
      logOverride: { 'import-is-undefined': 'silent' },
    }
  }

  /**
   * Build; where the modules cannot be kept, as without this plugin, which also says best what is wrong.
   *
   * @param {{ kept: () => Promise<Rebuilt['result']>, plain: () => Promise<Rebuilt['result']> }} builds
   * @returns {Promise<Rebuilt>}
   */
  async rebuild({ kept, plain }) {
    let why = 'the build failed'
    if (!this.failure) {
      const result = await kept().catch(() => null)
      why = result ? this.check(result.metafile) : why
      if (result && !why) {
        const js = result.outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? ''
        return {
          result: { ...result, warnings: this.warnings(result) },
          ...this.compare(result.metafile, js),
        }
      }
    }
    const result = await plain()
    this.last = null
    return { result, why: this.failure || why }
  }

  /** @returns {Plugin} */
  plugin() {
    return {
      name: 'hot',
      setup: (build) => {
        build.onResolve({ filter: /^devkit-hot$/ }, () => ({ path: RUNTIME }))
        build.onLoad({ filter: SCRIPT, namespace: 'file' }, async ({ path }) => {
          if (path === RUNTIME || /[\\/]node_modules[\\/]/.test(path)) return null
          const made = await this.make(path, build)
          return made && { contents: made.contents, loader: 'js' }
        })
      },
    }
  }

  /**
   * Return the module of a script, null when esbuild is to read it as it is, also to explain what is wrong.
   *
   * @param {string} path
   * @param {PluginBuild} build
   */
  async make(path, build) {
    let source = await readFile(path, 'utf8')
    const known = this.kept.get(path)
    for (let turn = 0; !source && known?.source && turn < UNSETTLED_TURNS; turn += 1) {
      await setTimeout(UNSETTLED_MS)
      source = await readFile(path, 'utf8')
    }
    if (known?.source === source) return known.made
    const made = await this.transform(source, path, build).catch(() => null)
    this.kept.set(path, { source, made })
    return made
  }

  /**
   * @param {string} source
   * @param {string} path
   * @param {PluginBuild} build
   * @returns {Promise<Made | null>}
   */
  async transform(source, path, build) {
    await this.lexer.init
    const marked = this.refresh.mark(source, path)
    const isTypeScript = TYPESCRIPT.test(path)
    const plain = marked || !isTypeScript ? await this.javascript(source, path) : await this.script(path)
    const script = marked ?? plain.text
    const [found, exported] = this.lexer.parse(script)
    if (OTHER_KIND.test(script)) return null
    if (!found.length && !exported.length) return null
    /** @type {Import[]} */
    const imports = []
    let text = script
    for (const { n: name, ss: from, se: to, d: at } of found) {
      if (at === -2) continue
      if (name === undefined) return null
      const isLazy = at > -1
      if (isLazy) text = `${text.slice(0, from)}dkLoad${text.slice(from + 6)}`
      const isOwn = await this.isOwn(name, path, build)
      const clause = isLazy ? { names: null, isBare: false } : clauseOf(script.slice(from, to))
      if (!clause) return null
      imports.push({ name, isLazy, isOwn, ...clause })
    }
    const { target, supported, define } = this.base
    const { code, map } = await this.esbuild.transform(text, {
      loader: 'js',
      format: 'cjs',
      target,
      supported,
      define: { ...define, 'import.meta.hot': HOT },
      sourcemap: true,
      sourcefile: basename(path),
      charset: 'utf8',
    })
    const id = relative(this.options.project, path).split(sep).join('/')
    const passesOn = /^__reExport\(/m.test(code)
    const made = {
      id,
      path,
      code: paused(code),
      map,
      refresh: marked !== null,
      imports,
      passesOn,
      warnings: plain.warnings,
    }
    const exports = new Set(exported.map((one) => one.n))
    return { ...made, exports, contents: wrapped(made, this.options) }
  }

  /**
   * Return what script() returns, where nothing but JSX and warnings are wanted: in a third of the time.
   *
   * @param {string} source
   * @param {string} path
   */
  async javascript(source, path) {
    const { target, supported, define, jsx, jsxFactory, jsxFragment, jsxImportSource } = this.base
    const { code, warnings } = await this.esbuild.transform(source, {
      target,
      supported,
      define: { ...define, 'import.meta.hot': HOT },
      jsx,
      jsxFactory,
      jsxFragment,
      jsxImportSource,
      loader: TYPESCRIPT.test(path) ? (/x$/.test(path) ? 'tsx' : 'ts') : 'jsx',
      format: 'esm',
      charset: 'utf8',
      sourcemap: 'inline',
      sourcefile: relative(this.options.project, path).split(sep).join('/'),
      logLevel: 'silent',
    })
    return { text: code, warnings }
  }

  /**
   * Return the script as plain JavaScript, with esbuild's warnings; TypeScript and JSX mean what the project's tsconfig.json says.
   *
   * @param {string} path
   */
  async script(path) {
    const {
      absWorkingDir,
      target,
      supported,
      define,
      loader,
      tsconfig,
      jsx,
      jsxFactory,
      jsxFragment,
      jsxImportSource,
    } = this.base
    const { outputFiles, warnings } = await this.esbuild.build({
      absWorkingDir,
      target,
      supported,
      loader,
      tsconfig,
      jsx,
      jsxFactory,
      jsxFragment,
      jsxImportSource,
      entryPoints: [path],
      bundle: false,
      write: false,
      format: 'esm',
      charset: 'utf8',
      sourcemap: 'inline',
      define: { ...define, 'import.meta.hot': HOT },
      outdir: join(path, '..'),
      logLevel: 'silent',
    })
    return { text: outputFiles[0]?.text ?? '', warnings }
  }

  /**
   * Tell whether an import means a file of the project.
   *
   * @param {string} name
   * @param {string} path
   * @param {PluginBuild} build
   */
  async isOwn(name, path, build) {
    if (/^\.{0,2}[\\/]|^\.{1,2}$/.test(name)) return true
    if (WHOLE.has(name)) return false
    if (!this.owned.has(name)) {
      const found = await build.resolve(name, {
        importer: path,
        resolveDir: join(path, '..'),
        kind: 'import-statement',
      })
      const isFile = !found.errors.length && !found.external && found.namespace === 'file'
      this.owned.set(name, isFile && !/[\\/]node_modules[\\/]/.test(found.path))
    }
    return this.owned.get(name) === true
  }

  /**
   * Return what a good build means for open pages: an update, or why there is none.
   *
   * @param {Metafile} metafile
   * @param {string} js
   * @returns {{ update?: object[], why?: string }}
   */
  compare(metafile, js) {
    /** @type {Map<string, { made: Made, ids: Record<string, string> }>} */
    const modules = new Map()
    for (const [id, { imports }] of Object.entries(metafile.inputs)) {
      const made = this.madeOf(id)
      if (!made) continue
      /** @type {Record<string, string>} */
      const ids = {}
      for (const { path, original } of imports) if (original) ids[original] = path
      modules.set(id, { made, ids })
    }
    for (const { ids } of modules.values()) {
      for (const [name, id] of Object.entries(ids)) if (!modules.has(id)) delete ids[name]
    }
    const { last } = this
    this.last = { rest: restOf(js, metafile, modules), modules }
    if (!last) return { why: 'the build has started anew' }
    const changed = difference(last.rest, this.last.rest)
    if (changed !== null) return { why: changed }
    /** @type {object[]} */
    const update = []
    for (const [id, { made, ids }] of [...modules].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const old = last.modules.get(id)
      if (old?.made === made && JSON.stringify(old.ids) === JSON.stringify(ids)) continue
      const needs = made.imports
        .filter((one) => !(one.name in ids) && !one.isBare && !one.isLazy)
        .map(({ name, names }) => [name, names && !WHOLE.has(name) ? [...names] : null])
      const text = `(function* (${PARAMETERS}) {\n${made.code.trimEnd()}\n})`
      const map = { ...JSON.parse(made.map), sources: [`/${id}`] }
      map.mappings = `;${map.mappings}`
      update.push({
        id,
        refresh: made.refresh,
        ids,
        needs,
        code: this.options.sourcemap ? `${text}\n${inlineMap(map)}` : text,
      })
    }
    return { update }
  }

  /**
   * Return the warnings of a build as they are without this plugin.
   *
   * @param {{ metafile: Metafile, warnings: Message[] }} result
   */
  warnings({ metafile, warnings }) {
    const own = Object.keys(metafile.inputs).flatMap((id) => this.madeOf(id)?.warnings ?? [])
    return [...own, ...warnings.filter(({ location }) => !location || !this.madeOf(location.file))]
  }

  /** @param {string} id */
  madeOf(id) {
    const made = this.kept.get(join(this.options.project, id))?.made
    return made?.id === id ? made : null
  }

  /**
   * Return why the scripts of a build cannot be kept as they are, "" when they can: a script of another kind
   * imports one that is kept, or a name is imported that is not there, which esbuild is to explain.
   *
   * @param {Metafile} metafile
   */
  check({ inputs }) {
    for (const [id, { imports }] of Object.entries(inputs)) {
      const importer = this.madeOf(id)
      for (const { path, original } of imports) {
        const target = this.madeOf(path)
        if (!target) continue
        if (!importer) {
          this.failure = `${basename(id)} is no script that can be kept`
          return this.failure
        }
        const missing = missingName(importer, target, original)
        if (missing) return `${missing} is not in ${basename(path)}`
      }
    }
    return ''
  }
}

/**
 * @param {Made} importer
 * @param {Made} target
 * @param {string | undefined} original
 */
function missingName(importer, target, original) {
  if (target.passesOn) return ''
  const isTypeScript = /^\.[cm]?tsx?$/.test(extname(importer.path))
  for (const { name, names } of importer.imports) {
    if (name !== original) continue
    for (const one of names ?? []) {
      if (!target.exports.has(one) && !(isTypeScript && importer.exports.has(one))) return one
    }
  }
  return ''
}
