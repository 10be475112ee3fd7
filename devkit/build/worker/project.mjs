// One project: its esbuild context, and what its builds give.
import { basename, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { configure } from './configure.mjs'
import { findPackageScripts } from './constructs.mjs'
import { explain, fromEsbuild } from './diagnostics.mjs'
import { quickUpdate, reread } from './hot/quick.mjs'
import { STYLE, StyleSheet } from './hot/style.mjs'
import { Looker } from './look.mjs'
import { minified } from './minify.mjs'
import { takeChanged, takeNew } from './narrow.mjs'
import { compiledAtOnce, isEmpty, largeInputs, nothingIn, releaseDetails } from './outputs.mjs'
import { readProject } from './reading.mjs'
import { dropUnused, Packages, shakenStyles } from './shaken.mjs'
import { isSaid } from './style_use.mjs'
import { leftOutElsewhere } from './styles.mjs'
import { lookedAt, tooNew } from './too_new.mjs'
import { Tools } from './tools.mjs'

/** @import { BuildContext, Metafile } from 'esbuild' */
/** @import { Configuration } from './configure.mjs' */
/** @import { Findings } from './reading.mjs' */
/** @import { PartName, ReplyHead, WorkerOptions } from './messages.generated' */

/** @typedef {BuildContext<Configuration['settings']>} Context */
/**
 * base: the settings without what keeps the modules.
 *
 * @typedef {Configuration & { context: Context, base: Configuration['settings'], sheet: StyleSheet,
 *   packages: Packages, seen: Set<string> }} Opened
 */
/**
 * A reply before it is written: with the bytes of its parts, without the request's id.
 *
 * @typedef {Omit<ReplyHead, 'id' | 'parts'> & { parts?: Map<PartName, Uint8Array> }} ProjectReply
 */

/** @type {Record<string, PartName>} */
const PARTS = { 'index.js': 'js', 'index.css': 'css', 'index.js.map': 'js_map', 'index.css.map': 'css_map' }

const MOST_BUILDS = 4
/** Where the page's runtime is, which is in a bundle and no file of the project. */
const OWN_FOLDER = fileURLToPath(new URL('hot/', import.meta.url))

export class Project {
  /**
   * @param {string} folder
   * @param {string} toolchain
   */
  constructor(folder, toolchain) {
    this.folder = folder
    this.toolchain = toolchain
    this.tools = new Tools(folder, toolchain)
    this.esbuild = this.tools.load('esbuild')
    /** @type {Opened | null} */
    this.opened = null
    /** The same without what keeps the modules. @type {Opened | null} */
    this.plain = null
    /** @type {unknown} */
    this.failure = new Error('No project is open.')
    this.release = false
    /** @type {Findings | null} */
    this.found = null
    this.untold = false
    this.isStopped = false
    this.looker = new Looker(folder, toolchain)
    /** The last build, to be looked at. @type {(() => import('./too_new.mjs').Looked) | null} */
    this.built = null
    /** @type {Metafile | null} */
    this.metafile = null
    this.forget()
  }

  /** Forget what the other side has been sent, so that all of it is sent again. */
  forget() {
    /** @type {Map<PartName, string>} */
    this.sent = new Map()
    /** @type {string | null} */
    this.sentInputs = null
  }

  /**
   * Read the configuration. A failure is kept for the build, so that it is told as one of its errors.
   *
   * @param {WorkerOptions} options
   * @returns {Promise<ProjectReply>}
   */
  async open(options) {
    await this.close()
    this.release = options.mode === 'production'
    try {
      const reading = await readProject(this.tools, options)
      this.found = reading.found
      const { hot, ...configuration } = configure(this.tools, this.toolchain, options, reading)
      const settings = hot ? hot.settings() : configuration.settings
      const context = await this.esbuild.context(settings)
      const packages = new Packages(this.folder, this.tools, reading.found.libraries)
      const base = configuration.settings
      const sheet = new StyleSheet(this.esbuild, this.folder)
      this.opened = { ...configuration, hot, settings, base, context, sheet, packages, seen: new Set() }
    } catch (error) {
      this.failure = error
    }
    this.untold = true
    return this.takeFound()
  }

  /** Return what was found for the first build after it was read. @returns {ProjectReply} */
  foundNow() {
    const { untold } = this
    this.untold = false
    return untold ? this.takeFound() : {}
  }

  /** Return what was found in the project's configurations. @returns {ProjectReply} */
  takeFound() {
    const { found } = this
    return found?.rows.length
      ? { found: { rows: found.rows, settings: found.settings, summary: found.summary() } }
      : {}
  }

  /**
   * Build; where nothing but files of `changed` has changed, perhaps just what open pages run anew.
   *
   * @param {string[]} [changed]
   * @returns {Promise<ProjectReply>}
   */
  async rebuild(changed = []) {
    const began = performance.now()
    if (!this.opened) throw this.failure
    const { opened } = this
    const parts = changed.length ? await this.quickly(opened, changed) : null
    if (parts) return { ms: since(began), partial: true, parts }
    this.isStopped = false
    const { reads, warnings, checks, shared } = opened
    const built = await this.whole(opened).catch((error) => {
      if (!this.isStopped) throw error
    })
    if (!built) return { stopped: true }
    const { result, ...update } = built
    if (!this.release) await opened.sheet.follow(result)
    const large = largeInputs(shared, result.metafile)
    if (large.length && this.release) return { errors: large }
    if (this.release && isEmpty(result.metafile)) return { errors: [nothingIn(shared.options.entry)] }
    warnings.push(...large.map((message) => ({ ...message, severity: /** @type {const} */ ('warning') })))
    const { outputFiles } = result
    const files = this.release
      ? minified(this.tools, shared.options, outputFiles)
      : outputFiles.map(compiledAtOnce)
    const ms = since(began)
    const looked = () => lookedAt(shared.options, result, reads())
    this.built = looked
    this.metafile = result.metafile
    const lacking = this.release ? this.tooNew(looked()) : []
    const checked = checks(result.metafile)
    const found = result.warnings
      .map((message) => fromEsbuild(message, this.folder, 'warning'))
      .filter((message) => !isSaid(message, checked))
    return {
      ms,
      ...this.foundNow(),
      ...this.unsent(await files, update.update),
      ...(update.why ? { why: update.why } : {}),
      ...this.changedInputs(reads(), result.metafile),
      warnings: [...shared.options.said, ...found, ...warnings, ...checked, ...lacking],
      ...(this.release ? releaseDetails(result.metafile, this.folder) : {}),
    }
  }

  /**
   * Return what open pages take ahead of a whole build, null where it takes one.
   *
   * @param {Opened} opened
   * @param {string[]} changed
   * @returns {Promise<Map<PartName, Uint8Array> | null>}
   */
  async quickly(opened, changed) {
    const styles = changed.filter((path) => STYLE.test(path))
    const scripts = changed.filter((path) => !STYLE.test(path))
    const { hot } = opened
    if (scripts.length && !hot) return null
    const changes = scripts.map((path) => hot?.follow(path))
    if (changes.includes('blocks')) return null
    for (const [at, path] of scripts.entries()) {
      if (!hot || changes[at] !== 'texts') continue
      await reread(hot, path)
      styles.push(path)
    }
    const sheet = styles.length ? await opened.sheet.rebuild(styles, opened) : []
    const update = scripts.length && hot && sheet ? await quickUpdate(hot, scripts, styles.length > 0) : []
    if (!sheet || !update) return null
    /** @type {Map<PartName, Uint8Array>} */
    const parts = new Map([['hot', asBytes(update)]])
    for (const { path, contents } of sheet) parts.set(PARTS[basename(path)] ?? 'css', contents)
    return parts
  }

  /**
   * @param {Opened} opened
   * @returns {Promise<import('./hot/hot.mjs').Rebuilt>}
   */
  async whole(opened) {
    const { hot } = opened
    return hot
      ? hot.rebuild({ kept: () => this.build(opened), plain: () => this.plainly(opened, hot) })
      : { result: await this.build(opened), why: opened.unkept }
  }

  /** Stop a build. */
  stop() {
    this.isStopped = true
    void this.opened?.context.cancel()
  }

  /**
   * Build without what keeps the modules.
   *
   * @param {Opened} opened
   * @param {import('./hot/hot.mjs').Hot} hot
   */
  async plainly(opened, hot) {
    if (this.isStopped) throw new Error('The build was stopped.')
    if (!this.plain) {
      const context = await this.esbuild.context(hot.base)
      this.plain = { ...opened, settings: hot.base, context, seen: new Set() }
    }
    return this.build(this.plain)
  }

  /**
   * Return the warnings of what the target lacks, of a release; of another build they are asked for later.
   *
   * @param {import('./too_new.mjs').Looked} looked
   * @returns {import('./messages.generated').Message[]}
   */
  tooNew(looked) {
    try {
      return tooNew(this.tools, this.toolchain, looked)
    } catch (error) {
      const text = `What the target lacks could not be found out: ${error}`
      return [{ text, stage: 'target', severity: /** @type {const} */ ('warning') }]
    }
  }

  /** Look at the last build for what the target lacks. @returns {Promise<ProjectReply>} */
  async look() {
    await this.narrow()
    const found = this.built ? await this.looker.look(this.built()) : []
    return found ? { warnings: found } : { stopped: true }
  }

  /**
   * Build, and once more when modules left the output, or came back, whose styles have to go or come with them,
   * or when scripts of packages turn out to need rewriting.
   *
   * @param {Opened} opened
   */
  async build(opened) {
    const { warnings, dropped, packages, shared, seen } = opened
    if (shared.parsed && takeChanged(shared)) await this.renew(opened)
    for (let builds = 1; ; builds++) {
      warnings.length = 0
      const result = await opened.context.rebuild()
      const isOwnNew = shared.parsed ? takeNew(shared, result.metafile) : false
      const isNew = (await findPackageScripts(shared, seen, result.metafile)) || isOwnNew
      const hooked = leftOutElsewhere(dropped)
      const isShaken = dropUnused(dropped, shakenStyles(result.metafile, packages))
      if ((!isShaken && !isNew) || builds === MOST_BUILDS) return result
      if (!isNew && (hooked || !leftOutElsewhere(dropped))) continue
      await this.renew(opened)
    }
  }

  /** @param {Opened} opened */
  async renew(opened) {
    await opened.context.dispose()
    opened.context = await this.esbuild.context(opened.settings)
  }

  /** Ask from now on only about the scripts that hold something of ours; the time for it is between saves. */
  async narrow() {
    const { opened, metafile } = this
    if (!opened || !metafile || opened.hot || opened.shared.parsed) return
    const { shared } = opened
    shared.parsed = new Set()
    takeNew(shared, metafile)
    const warnings = [...shared.warnings]
    await this.renew(opened)
    await opened.context.rebuild().catch(() => {}) // the next build tells what is wrong
    shared.warnings.splice(0, shared.warnings.length, ...warnings)
  }

  /**
   * Return the parts that the other side does not have, and the names of those that it has.
   *
   * @param {import('./minify.mjs').File[]} files
   * @param {object[]} [update]
   */
  unsent(files, update) {
    /** @type {Map<PartName, Uint8Array>} */
    const parts = new Map()
    /** @type {PartName[]} */
    const same = []
    for (const file of files) {
      const name = PARTS[basename(file.path)]
      if (!name) continue
      if (this.sent.get(name) === file.hash) {
        same.push(name)
      } else {
        this.sent.set(name, file.hash)
        parts.set(name, file.contents)
      }
    }
    // what this build has not, the other side has no more either
    for (const name of this.sent.keys()) if (!parts.has(name) && !same.includes(name)) this.sent.delete(name)
    if (update) parts.set('hot', asBytes(update))
    return { parts, same }
  }

  /**
   * Return the files that the build has read, nothing when they are those of the build before.
   *
   * @param {string[]} read - By the plugins.
   * @param {Metafile} metafile
   */
  changedInputs(read, metafile) {
    const files = new Set(read)
    for (const name of Object.keys(metafile.inputs)) {
      const path = name.replace(/[?#].*$/, '')
      if (!/^(?:[\w-]{2,}:|<)/.test(path)) files.add(join(this.folder, path))
    }
    const inputs = [...files].filter((file) => !file.startsWith(OWN_FOLDER)).sort()
    const joined = inputs.join('\n')
    if (joined === this.sentInputs) return {}
    this.sentInputs = joined
    return { inputs }
  }

  /** @param {unknown} error */
  explain(error) {
    return explain(error, this.folder)
  }

  async close() {
    const { opened, plain } = this
    this.opened = this.plain = this.built = this.metafile = null
    this.forget()
    if (!opened) return
    await Promise.all([opened.context.dispose(), opened.sheet.close(), plain?.context.dispose()])
  }
}

/** @param {object[]} update */
const asBytes = (update) => Buffer.from(JSON.stringify(update))

/** Return the ms since a moment. @param {number} began */
const since = (began) => Math.round((performance.now() - began) * 100) / 100
