// LESS, Sass, PostCSS, px to vw and vendor prefixes; results are kept until a file that they came from changes.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { pluginFailure, ToolFailure } from './diagnostics.mjs'
import { findPostcssConfig } from './postcss_config.mjs'
import { LANGUAGES, resolveStyle } from './resolve.mjs'
import { stampOf } from './stamps.mjs'
import { isOld, needsPrefixer } from './targets.mjs'

/** @import { OnLoadResult, Plugin, PluginBuild } from 'esbuild' */
/** @import { Made, PostcssSource, Shared, SourceMap, StyleJob } from './shared' */

const EVERY_STYLE = /\.(?:css|less|s[ac]ss)$/
/** Plain CSS of packages can be left out; that of the project costs nothing when esbuild reads it itself. */
const COMPILED_OR_LEFT_OUT = /\.(?:less|s[ac]ss)$|[\\/]node_modules[\\/].*\.css$/
/** Marks the import of a style that is a CSS module because the import has a name. */
const NAMED = '?named'
const MODULE = /\.module\.\w+$/

/**
 * Return the plugin that gives esbuild the CSS of style files.
 *
 * @param {Shared} shared
 * @param {Pipeline} pipeline
 * @returns {Plugin}
 */
export function styles(shared, pipeline) {
  const { options } = shared
  return {
    name: 'styles',
    setup(build) {
      build.onResolve({ filter: /~[^/]/ }, async ({ path, kind, importer, resolveDir }) => {
        if (kind !== 'import-rule' && kind !== 'url-token') return null
        const found = resolveStyle(path.replace(/^.*?~/, ''), resolveDir, shared)
        return found
          ? { path: found }
          : build.resolve(path.replace(/^.*?~/, './'), { kind, importer, resolveDir })
      })
      // LESS writes url(@/a.svg) of a file in another folder as sub/@/a.svg
      build.onResolve({ filter: /[^~]\/[@~][^/]*\// }, ({ path, kind, resolveDir }) => {
        if ((kind !== 'import-rule' && kind !== 'url-token') || existsSync(resolve(resolveDir, path)))
          return null
        const [found] = /[@~][^/]*\/.*$/.exec(path.replace(/^@[^/]*\//, '')) ?? ['']
        const file = resolveStyle(found, resolveDir, shared)
        return file ? { path: file } : null
      })
      const { dropped } = shared
      const hooked =
        pipeline.touchesCss || leftOutElsewhere(dropped) || options.css_modules !== 'auto'
          ? EVERY_STYLE
          : COMPILED_OR_LEFT_OUT
      build.onLoad({ filter: hooked, namespace: 'file' }, ({ path, suffix }) => {
        const local = suffix === NAMED || pipeline.isModule(path)
        if (dropped.has(path)) return { contents: '', loader: local ? 'local-css' : 'css' }
        return pipeline.touchesCss || local || !path.endsWith('.css') ? pipeline.load(path, local) : null
      })
      if (options.css_modules === 'named') namedImports(build, shared)
    },
  }
}

/**
 * Make the styles whose value a script of the project takes CSS modules, as umi does.
 *
 * @param {PluginBuild} build
 * @param {Shared} shared
 */
function namedImports(build, { styleUse }) {
  build.onResolve({ filter: EVERY_STYLE }, async ({ path, importer, kind, resolveDir, pluginData }) => {
    if (kind === 'import-rule' || kind === 'url-token' || pluginData?.named || !/\.\w+$/.test(importer))
      return null
    if (importer.includes('node_modules') || !styleUse.of(importer).some(({ source }) => source === path))
      return null
    const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: { named: true } })
    return found.errors.length ? found : { ...found, suffix: NAMED }
  })
}

/** Tell whether styles that esbuild itself reads are to be left out. @param {Set<string>} dropped */
export function leftOutElsewhere(dropped) {
  return [...dropped].some((file) => !COMPILED_OR_LEFT_OUT.test(file))
}

/** From the source of a style to CSS that esbuild takes. */
export class Pipeline {
  /** @param {Shared} shared */
  constructor(shared) {
    this.shared = shared
    /** @type {PostcssSource | null} */
    this.config = findPostcssConfig(shared.options.project, shared.manifest)
    const { postcss } = shared.found
    if (!this.config && postcss.length) this.config = { value: { plugins: postcss } }
    /** Whether plain CSS files need more than esbuild. */
    this.touchesCss = Boolean(this.config || shared.options.px_to_viewport || isOld(shared.options.target))
    /** @type {Map<string, { files: string[], stamp: string, answer: OnLoadResult }>} */
    this.kept = new Map()
  }

  /**
   * Tell whether a style is a CSS module by its name, or because all of the project's are.
   *
   * @param {string} path
   */
  isModule(path) {
    const { css_modules: which } = this.shared.options
    return MODULE.test(path) || (which === 'all' && !path.includes('node_modules') && EVERY_STYLE.test(path))
  }

  /**
   * Return the CSS of a style file; local when its names belong to it.
   *
   * @param {string} path
   * @param {boolean} [local]
   * @returns {Promise<OnLoadResult>}
   */
  async load(path, local = this.isModule(path)) {
    const key = local ? `${path}${NAMED}` : path
    const known = this.kept.get(key)
    if (known && known.stamp === stampOf(known.files)) return known.answer
    this.kept.delete(key)
    const files = new Set([path])
    try {
      const source = await readFile(path, 'utf8')
      const stamp = stampOf([path])
      const made = await this.compile({ source, path, lang: LANGUAGES[extname(path)] ?? 'css', files })
      /** @type {OnLoadResult} */
      const answer = {
        contents: made.code,
        loader: local ? 'local-css' : 'css',
        resolveDir: dirname(path),
      }
      if (!made.unkept && stamp === stampOf([path])) {
        this.kept.set(key, { files: [...files], stamp: stampOf(files), answer })
      }
      return answer
    } catch (error) {
      if (error instanceof ToolFailure) return pluginFailure(error)
      throw error
    } finally {
      this.shared.dependencies.set(path, [...files])
    }
  }

  /**
   * Compile a style to CSS with an inline source map. files gains every file that it reads; extra has a say
   * before PostCSS. unkept tells that the result may depend on more than files.
   *
   * @param {Omit<StyleJob, 'shared'>} job
   * @param {((made: Made) => Promise<Made>) | null} [extra]
   * @returns {Promise<{ code: string, unkept: boolean }>}
   */
  async compile(job, extra = null) {
    const { shared } = this
    /** @type {Made} */
    let made = { code: job.source, map: null }
    const prelude = shared.options.style_prelude[job.lang]
    if (prelude && !job.path.includes('node_modules')) job = { ...job, source: joined(prelude, job.source) }
    if (job.lang === 'less') made = await (await import('./less.mjs')).compile({ ...job, shared })
    else if (job.lang === 'scss' || job.lang === 'sass')
      made = await (await import('./sass.mjs')).compile({ ...job, shared })
    if (extra) made = await extra(made)
    return this.finish(made, job.path, job.files)
  }

  /**
   * @param {Made} made
   * @param {string} path
   * @param {Set<string>} files
   */
  async finish(made, path, files) {
    const { shared, config } = this
    const { options } = shared
    if (!config && !options.px_to_viewport && !needsPrefixer(made.code, options.target)) {
      return { code: withMap(made), unkept: false }
    }
    const { compile } = await import('./postcss.mjs')
    const done = await compile({ ...made, path, files, config, shared })
    return { code: withMap(done), unkept: done.unkept }
  }

  /**
   * Return the CSS of a file as text, as `import css from './x.less?inline'` gives it.
   *
   * @param {string} path
   * @returns {Promise<OnLoadResult>}
   */
  async text(path) {
    const plain = !MODULE.test(path) && LANGUAGES[extname(path)] === 'css' && !this.touchesCss
    const made = plain ? { contents: await readFile(path, 'utf8') } : await this.load(path)
    if (made.errors) return made
    const { tools, options, release } = this.shared
    const { code } = await tools.load('esbuild').transform(made.contents ?? '', {
      loader: 'css',
      minify: release,
      target: options.target.split(','),
    })
    return { contents: code, loader: 'text' }
  }
}

/**
 * Put a prelude before a style, on its first line where that can be: positions stay those of the file.
 *
 * @param {string} prelude
 * @param {string} source
 */
function joined(prelude, source) {
  const text = prelude.trimEnd()
  return text.endsWith(';') && !text.includes('//')
    ? `${text.replace(/\n/g, ' ')} ${source}`
    : `${text}\n${source}`
}

/** @param {{ code: string, map: SourceMap | string | null }} made */
function withMap({ code, map }) {
  if (!map) return code
  const text = typeof map === 'string' ? map : JSON.stringify(map)
  return `${code}\n/*# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString('base64')} */`
}
