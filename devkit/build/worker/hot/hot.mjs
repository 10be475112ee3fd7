// Unless hot says otherwise, every script of the project is a function that the page keeps and can run anew
// (runtime.mjs). Packages stay part of the bundle, so that only what is used of them is in it.
import { readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stampOf } from '../stamps.mjs'
import { missingIn } from './clauses.mjs'
import { difference, restOf } from './rest.mjs'
import { langOf, Scripts } from './script.mjs'
import { stylesOf } from './style.mjs'
import { newsOf, takeValues } from './values.mjs'
import { asText, definitions, WHOLE, wrapped } from './wrapper.mjs'

/** @import { Message, Metafile, OnLoadArgs, OnLoadResult, Plugin, PluginBuild } from 'esbuild' */
/** @import { WorkerOptions } from '../messages.generated' */
/** @import { Manifest } from '../shared' */
/** @import { Tools } from '../tools.mjs' */
/** @import { Lang, Made } from './script.mjs' */

/** @typedef {import('../configure.mjs').Configuration['settings']} Settings */
/** @typedef {ReturnType<typeof stylesOf>} Styles */
/**
 * A build, and the modules that open pages run anew, or why they start the panel again.
 *
 * @typedef {{ result: import('esbuild').BuildResult<Settings>, update?: object[], why?: string }} Rebuilt
 */
/** @typedef {(args: OnLoadArgs) => any} Load */
/**
 * A module of a bundle; ids are those of its imports, values those of what is no script.
 *
 * @typedef {{ made: Made, ids: Record<string, string>, values: Record<string, string> }} Placed
 */

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** A file that is empty now and was not before may be in the middle of a save. */
const UNSETTLED_MS = 15
const UNSETTLED_TURNS = 3
const SCRIPT = /\.[cm]?[jt]sx?$/
const PACKAGE = /[\\/]node_modules[\\/]/
/** Languages of what other plugins make of a file. */
const LANGS = new Set(['js', 'jsx', 'ts', 'tsx'])
/** Where what plugins make can be kept: files, and the tables of import.meta.glob. */
const SPACES = new Set(['file', 'devkit'])
const MOST_TURNS = 4
/** The template of a Vue component. */
export const TEMPLATE = '?vue&type=template'

export class Hot {
  /**
   * @param {Tools} tools
   * @param {WorkerOptions} options
   * @param {Settings} settings
   * @param {Manifest} manifest
   */
  constructor(tools, options, settings, manifest) {
    this.esbuild = tools.load('esbuild')
    this.options = options
    this.base = settings
    this.scripts = new Scripts(tools, options, settings, manifest)
    /** Why no module of the project can be kept, as long as the entry is as it was: it may be empty for a moment. */
    this.failure = ''
    this.failedAt = ''
    /** {id: what was last made of it}. @type {Map<string, { source: string, made: Made | null, contents: string }>} */
    this.kept = new Map()
    /** Whether the next build is to find out who those are, whatever names they import. */
    this.isLoose = false
    /** Scripts that one of another kind imports. @type {Set<string>} */
    this.others = new Set()
    /** What other plugins are asked about a file, in order. @type {Map<string, Map<Load, OnLoadArgs>>} */
    this.asked = new Map()
    /** When the last build was compared. */
    this.compared = 0
    /** The styles in components of Vue, which are no part of their modules. @type {Map<string, Styles>} */
    this.styles = new Map()
    /** As a build finds them, which may be stopped. @type {Map<string, Styles>} */
    this.read = new Map()
    /** Names of imports that are no relative paths, and whether they mean files of the project. @type {Map<string, boolean>} */
    this.owned = new Map()
    /** @type {{ rest: Map<string, string>, values: Map<string, string>, modules: Map<string, Placed> } | null} */
    this.last = null
  }

  /** @returns {Settings} */
  settings() {
    const { base } = this
    return {
      ...base,
      define: definitions(base.define),
      plugins: [...(base.plugins ?? []).map((plugin) => this.around(plugin)), this.plugin()],
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
    if (this.failure && this.failedAt !== stampOf([this.options.entry])) this.failure = ''
    for (let turn = 0; !this.failure && turn < MOST_TURNS; turn += 1) {
      /** @type {Rebuilt['result'] | null} */
      const result = await kept().catch((error) => {
        const isLost = (/** @type {Message} */ { text }) => text.startsWith('No matching export')
        this.isLoose = !this.isLoose && error.errors?.some(isLost)
        return null
      })
      if (!result && this.isLoose) continue
      if (!result) break
      const isLoose = this.isLoose
      this.isLoose = false
      if (this.leaveOthers(result.metafile) || isLoose) continue
      why = missingIn(result.metafile, (id) => this.madeOf(id))
      if (why) break
      const js = result.outputFiles.find(({ path }) => path.endsWith('.js'))?.text ?? ''
      const warnings = await this.warnings(result)
      return { result: { ...result, warnings }, ...(await this.compare(result.metafile, js)) }
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
        build.onResolve({ filter: /^devkit-hot$/ }, () => ({ path: join(HERE, 'runtime.mjs') }))
        build.onLoad({ filter: SCRIPT, namespace: 'file' }, async ({ path }) => {
          if (path.startsWith(HERE) || PACKAGE.test(path)) return null
          const contents = await this.contents(path, build)
          return contents ? { contents: this.open(contents), loader: 'js' } : null
        })
        build.onResolve({ filter: /^devkit-any$/ }, ({ path }) => ({ path, namespace: 'hot' }))
        build.onLoad({ filter: /./, namespace: 'hot' }, () => ({ contents: 'module.exports = {}' }))
      },
    }
  }

  /**
   * Return a plugin whose scripts are kept, too.
   *
   * @param {Plugin} plugin
   * @returns {Plugin}
   */
  around(plugin) {
    const setup = (/** @type {PluginBuild} */ build) =>
      plugin.setup({
        ...build,
        onLoad: (options, load) =>
          build.onLoad(options, async (args) => this.taken(args, await load(args), load, build)),
      })
    return { ...plugin, setup }
  }

  /**
   * @param {OnLoadArgs} args
   * @param {OnLoadResult | null | undefined} answer
   * @param {Load} load
   * @param {PluginBuild} build
   */
  async taken(args, answer, load, build) {
    const { path, namespace, suffix } = args
    const isPart = suffix === TEMPLATE
    if ((suffix && !isPart) || !SPACES.has(namespace) || PACKAGE.test(path)) return answer
    if (path.startsWith(HERE)) return answer
    const id = this.idOf(`${path}${suffix}`, namespace)
    const asked = this.asked.get(id) ?? new Map()
    this.asked.set(id, asked.set(load, args))
    if (namespace === 'file' && path.endsWith('.vue')) this.read.set(path, stylesOf(path))
    const { contents, loader, errors } = answer ?? {}
    if (typeof contents !== 'string' || errors?.length || !LANGS.has(loader ?? '')) return answer
    const lang = /** @type {Lang} */ (loader)
    const script = { id, path, source: contents, lang }
    const found = await this.keep(script, (name) => this.isOwn(name, path, build))
    return found.made
      ? { ...answer, contents: this.open(found.contents), loader: /** @type {const} */ ('js') }
      : answer
  }

  /**
   * Note the styles of a component of Vue, and tell what of them has changed: their texts, or the blocks themselves.
   *
   * @param {string} path
   * @returns {'' | 'texts' | 'blocks'}
   */
  follow(path) {
    if (!path.endsWith('.vue')) return ''
    const now = stylesOf(path)
    const before = this.styles.get(path)
    this.styles.set(path, now)
    if (now.blocks !== before?.blocks) return 'blocks'
    return now.texts === before.texts ? '' : 'texts'
  }

  /** Let a module export any name while it is looked who imports some. @param {string} contents */
  open(contents) {
    return this.isLoose ? `export * from 'devkit-any'; ${contents}` : contents
  }

  /**
   * Return what esbuild is given for a file, "" when it is to read it as it is, also to explain what is wrong.
   *
   * @param {string} path
   * @param {PluginBuild} build
   */
  async contents(path, build) {
    const source = await this.settled(path)
    const lang = langOf(path)
    if (!lang) return ''
    const script = { id: this.idOf(path), path, source, lang }
    return (await this.keep(script, (name) => this.isOwn(name, path, build))).contents
  }

  /** Read a file; one that is empty all of a sudden may be in the middle of a save. @param {string} path */
  async settled(path) {
    const known = this.kept.get(this.idOf(path))
    let source = readFileSync(path, 'utf8') // many at once take longer in turns
    for (let turn = 0; !source && known?.source && turn < UNSETTLED_TURNS; turn += 1) {
      await setTimeout(UNSETTLED_MS)
      source = readFileSync(path, 'utf8')
    }
    return source
  }

  /**
   * Make a module, or return what is known of it.
   *
   * @param {{ id: string, path: string, source: string, lang: Lang }} script
   * @param {(name: string) => Promise<boolean>} owns
   */
  async keep(script, owns) {
    const { id, source } = script
    if (this.others.has(id)) return { source, made: null, contents: '' }
    const known = this.kept.get(id)
    if (known?.source === source) return known
    let made = await this.scripts.make(script, owns).catch(() => null)
    // what does the same is the same to open pages, wherever it is in the file now
    if (made && known?.made?.code === made.code) made = Object.assign(known.made, made)
    const contents = made ? wrapped(made, this.options) : ''
    const found = { source, made, contents }
    this.kept.set(id, found)
    return found
  }

  /**
   * Tell whether an import means a file of the project.
   *
   * @param {string} name
   * @param {string} path
   * @param {PluginBuild} build
   */
  async isOwn(name, path, build) {
    const known = this.knownOwn(name)
    if (known !== undefined) return known
    const found = await build.resolve(name, {
      importer: path,
      resolveDir: join(path, '..'),
      kind: 'import-statement',
    })
    const isFile = !found.errors.length && !found.external && SPACES.has(found.namespace)
    this.owned.set(name, isFile && !PACKAGE.test(found.path))
    return isFile && !PACKAGE.test(found.path)
  }

  /** @param {string} name */
  knownOwn(name) {
    if (/^\.{0,2}[\\/]|^\.{1,2}$/.test(name)) return true
    return WHOLE.has(name) ? false : this.owned.get(name)
  }

  /**
   * Return what a good build means for open pages: an update, or why there is none.
   *
   * @param {Metafile} metafile
   * @param {string} js
   * @returns {Promise<{ update?: object[], why?: string }>}
   */
  async compare(metafile, js) {
    /** @type {Map<string, Placed>} */
    const modules = new Map()
    for (const [id, { imports }] of Object.entries(metafile.inputs)) {
      const made = this.madeOf(id)
      if (!made) continue
      /** @type {Record<string, string>} */
      const ids = {}
      for (const { path, original } of imports) if (original) ids[original] = path
      modules.set(id, { made, ids, values: {} })
    }
    const rest = restOf(js, metafile, modules)
    const values = takeValues(rest, metafile, modules)
    for (const placed of modules.values()) {
      const { ids } = placed
      for (const [name, id] of Object.entries(ids)) {
        if (values.has(id)) placed.values[name] = id
        if (!modules.has(id)) delete ids[name]
      }
    }
    for (const [path, styles] of this.read) this.styles.set(path, styles)
    this.read.clear()
    const { last } = this
    const began = this.compared
    this.compared = Date.now()
    this.last = { rest, values, modules }
    if (!last) return { why: 'the build has started anew' }
    const changed = difference(last.rest, rest, this.options.project, began)
    if (changed !== null) return { why: changed }
    this.last.rest = last.rest
    const sorted = [...modules].sort(([one], [other]) => (one < other ? -1 : 1))
    /** @type {Promise<object>[]} */
    const update = []
    for (const [id, placed] of sorted) {
      const old = last.modules.get(id)
      const isSame = old?.made === placed.made && JSON.stringify(old.ids) === JSON.stringify(placed.ids)
      const news = newsOf(placed.values, old && last.values, values)
      if (!news) return { why: `${basename(id)} imports what cannot be sent` }
      const from = isSame ? news.from : []
      if (!isSame || from.length) update.push(this.sent(placed, { ...news, from }))
    }
    return { update: await Promise.all(update) }
  }

  /**
   * Return what open pages are told of a module.
   *
   * @param {Placed} placed
   * @param {import('./values.mjs').News} [news] - With from, nothing but these values is another.
   */
  async sent({ made, ids }, { values, from } = { values: {}, from: [] }) {
    const { target, supported } = this.base
    const how = { target, supported, define: definitions(this.base.define) }
    return {
      id: made.id,
      refresh: made.refresh,
      ids,
      values,
      from,
      code: await asText(made, how, this.esbuild),
    }
  }

  /**
   * Return the warnings of a build as they are without this plugin.
   *
   * @param {{ warnings: Message[] }} result
   */
  async warnings({ warnings }) {
    const files = warnings.map(({ location }) => location && this.madeOf(location.file))
    const plain = [...new Set(files.filter((made) => made !== null))].map((made) =>
      this.scripts.warnings(made, this.base),
    )
    return [...(await Promise.all(plain)).flat(), ...warnings.filter((_, at) => !files[at])]
  }

  /** @param {string} path @param {string} [namespace] */
  idOf(path, namespace = 'file') {
    if (namespace !== 'file') return `${namespace}:${path}`
    return relative(this.options.project, path).split(sep).join('/')
  }

  /** @param {string} id */
  madeOf(id) {
    return this.others.has(id) ? null : (this.kept.get(id)?.made ?? null)
  }

  /**
   * Find the scripts that one of another kind imports, which cannot be kept, nor can what they import; tells whether
   * there are new ones, so that another build is needed.
   *
   * @param {Metafile} metafile
   */
  leaveOthers({ inputs }) {
    const before = this.others.size
    /** @param {string} id */
    const leave = (id) => {
      if (!this.madeOf(id)) return
      this.others.add(id)
      for (const { path } of inputs[id]?.imports ?? []) leave(path)
    }
    for (const [id, { imports }] of Object.entries(inputs)) {
      if (!this.madeOf(id)) for (const { path } of imports) leave(path)
    }
    if (!Object.keys(inputs).some((id) => this.madeOf(id))) {
      this.failure = `${basename(this.options.entry)} is no script that can be kept`
      this.failedAt = stampOf([this.options.entry])
    }
    return this.others.size > before
  }
}
