// Vue 3 single-file components.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, relative, resolve, sep } from 'node:path'
import { rewriteCompiled } from './constructs.mjs'
import { pluginFailure, ToolFailure, textOf } from './diagnostics.mjs'
import { FROM_VUE_2, oldVue } from './globals.mjs'
import { mayHold } from './prescan.mjs'
import { stampOf } from './styles.mjs'

/** @import { BindingMetadata, SFCDescriptor, SFCStyleBlock, SFCTemplateCompileOptions } from '@vue/compiler-sfc' */
/** @import { Loader, OnLoadResult } from 'esbuild' */
/** @import { Message } from './messages.generated' */
/** @import { Made, Shared, SourceMap } from './shared' */
/** @import { Pipeline } from './styles.mjs' */

/**
 * What is kept of a component between builds: reads are files outside it that its script's types are from.
 *
 * @typedef {{
 *   source: string,
 *   descriptor: SFCDescriptor,
 *   id: string,
 *   reads: Set<string>,
 *   parts: Map<string, { files: Set<string>, stamp: string, answer: OnLoadResult }>,
 *   bindings?: BindingMetadata,
 *   answer?: OnLoadResult,
 *   stamp?: string,
 *   said: Message[],
 * }} Entry
 */

/** @typedef {{ code: string, loader: Loader, map: SourceMap | null, inlined: boolean }} Script */

/** @type {Record<string, Loader>} */
const LOADERS = { ts: 'ts', tsx: 'tsx', jsx: 'jsx' }
const STYLE_LANGUAGES = new Set(['css', 'postcss', 'less', 'scss', 'sass'])

export class Vue {
  /**
   * @param {Shared} shared
   * @param {Pipeline} pipeline
   */
  constructor(shared, pipeline) {
    this.shared = shared
    this.pipeline = pipeline
    /** @type {Map<string, Entry>} */
    this.kept = new Map()
    const installed = shared.tools.anyVersionInProject('vue')
    this.tooOld = installed ? (Number(installed[0]) < 3 ? installed.join('.') : '') : oldVue(shared.manifest)
    this.compiler = shared.tools.load('@vue/compiler-sfc')
    if (shared.tools.versionInProject('typescript')) {
      this.compiler.registerTS(() => shared.tools.fromProject('typescript'))
    }
  }

  /**
   * Return the module of a component: its script, and imports of its template and styles.
   *
   * @param {string} path
   * @returns {Promise<OnLoadResult>}
   */
  async component(path) {
    if (this.tooOld) {
      const text = `devkit compiles Vue 3 components; this project has vue ${this.tooOld}.`
      return pluginFailure(failure(text, { file: path, line: 1, column: 1, hint: FROM_VUE_2 }))
    }
    const source = await readFile(path, 'utf8')
    const known = this.kept.get(path)
    if (known?.source === source && known.answer && known.stamp === stampOf(known.reads)) {
      this.shared.warnings.push(...known.said)
      return known.answer
    }
    for (const file of [path, ...(known?.reads ?? [])]) this.compiler.invalidateTypeCache(file)
    const { options } = this.shared
    const { descriptor, errors } = this.compiler.parse(source, {
      filename: path,
      sourceMap: options.sourcemap,
    })
    const name = relative(options.project, path).split(sep).join('/')
    const id = createHash('sha256').update(name).digest('hex').slice(0, 8)
    /** @type {Entry} */
    const entry = { source, descriptor, id, reads: new Set(), parts: new Map(), said: [] }
    this.kept.set(path, entry)
    if (errors.length) return pluginFailure(...errors.map((error) => explained(error, path, source)))
    try {
      const answer = this.assemble(entry, path, name)
      const failures = entry.said.filter(({ severity }) => severity === 'error')
      if (failures.length) return pluginFailure(...failures.map((message) => new ToolFailure(message)))
      this.shared.warnings.push(...entry.said)
      entry.answer = answer
      entry.stamp = stampOf(entry.reads)
      return answer
    } catch (error) {
      return pluginFailure(explained(error, path, source))
    } finally {
      this.shared.dependencies.set(`${path}?script`, [...entry.reads])
    }
  }

  /**
   * @param {Entry} entry
   * @param {string} path
   * @param {string} name
   * @returns {OnLoadResult}
   */
  assemble(entry, path, name) {
    const { descriptor, id } = entry
    const script = rewriteCompiled(this.script(entry, path), path, this.shared, entry.said)
    const lines = [script.code]
    if (descriptor.template && !script.inlined) {
      lines.push(
        `import { render as __render } from ${part(path, 'template')};`,
        '__sfc__.render = __render;',
      )
    }
    /** @type {string[]} */
    const modules = []
    descriptor.styles.forEach((style, index) => {
      const from = part(path, `style&index=${index}`)
      if (!style.module) {
        lines.push(`import ${from};`)
        return
      }
      const variable = `__style${index}`
      lines.push(`import ${variable} from ${from};`)
      modules.push(`${JSON.stringify(style.module === true ? '$style' : style.module)}: ${variable}`)
    })
    if (modules.length) lines.push(`__sfc__.__cssModules = { ${modules.join(', ')} };`)
    if (descriptor.styles.some((style) => style.scoped)) lines.push(`__sfc__.__scopeId = "data-v-${id}";`)
    if (!this.shared.release) lines.push(`__sfc__.__file = ${JSON.stringify(name)};`)
    lines.push('export default __sfc__;')
    const contents = lines.join('\n') + comment(script.map, this.shared.options.sourcemap)
    return { contents, loader: script.loader, resolveDir: dirname(path) }
  }

  /**
   * @param {Entry} entry
   * @param {string} path
   * @returns {Script}
   */
  script(entry, path) {
    const { descriptor, id, reads, source } = entry
    const block = descriptor.scriptSetup ?? descriptor.script
    if (!block) return { code: 'const __sfc__ = {};', loader: 'js', map: null, inlined: false }
    const inlined = Boolean(descriptor.scriptSetup && !descriptor.template?.src)
    const made = this.compiler.compileScript(descriptor, {
      id,
      isProd: this.shared.release,
      inlineTemplate: inlined,
      genDefaultAs: '__sfc__',
      // what is said of a construct has its place by the map, in a release too
      sourceMap: this.shared.options.sourcemap || mayHold(source),
      templateOptions: this.templateOptions(entry, path),
      fs: {
        fileExists: (file) => existsSync(file),
        readFile: (file) => {
          reads.add(file)
          return readFileSync(file, 'utf8')
        },
      },
    })
    entry.bindings = made.bindings
    return { code: made.content, loader: LOADERS[block.lang ?? ''] ?? 'jsx', map: made.map ?? null, inlined }
  }

  /**
   * @param {Entry} entry
   * @param {string} path
   * @returns {Omit<SFCTemplateCompileOptions, 'source'>}
   */
  templateOptions({ descriptor, id, bindings }, path) {
    return {
      filename: path,
      id,
      isProd: this.shared.release,
      scoped: descriptor.styles.some((style) => style.scoped),
      slotted: descriptor.slotted,
      ssr: false,
      ssrCssVars: [],
      transformAssetUrls: { includeAbsolute: false },
      compilerOptions: {
        bindingMetadata: bindings,
        expressionPlugins: isTypeScript(descriptor) ? ['typescript'] : [],
      },
    }
  }

  /**
   * Return a template or style of a component, asked for with ?vue&type=...
   *
   * @param {string} path
   * @param {string} suffix
   * @returns {Promise<OnLoadResult>}
   */
  async part(path, suffix) {
    const query = new URLSearchParams(suffix.slice(1))
    const entry = this.kept.get(path)
    if (!entry) throw failure(`${basename(path)}${suffix} is asked for before its component.`, { file: path })
    const known = entry.parts.get(suffix)
    if (known && known.stamp === stampOf(known.files)) return known.answer
    /** @type {Set<string>} */
    const files = new Set()
    const answer =
      query.get('type') === 'template'
        ? this.template(entry, path)
        : await this.style(entry, path, Number(query.get('index')), files)
    // A PostCSS configuration may depend on files that it does not name.
    const lasting = !answer.errors && !this.pipeline.config
    if (lasting) entry.parts.set(suffix, { files, stamp: stampOf(files), answer })
    return answer
  }

  /**
   * @param {Entry} entry
   * @param {string} path
   * @returns {OnLoadResult}
   */
  template(entry, path) {
    const { descriptor, source } = entry
    if (!descriptor.template) throw failure(`${basename(path)} has no template.`, { file: path })
    const { content, ast, lang, map } = descriptor.template
    const made = this.compiler.compileTemplate({
      ...this.templateOptions(entry, path),
      source: content,
      ast: lang ? undefined : ast,
      preprocessLang: lang,
      inMap: map,
    })
    if (made.errors.length)
      return pluginFailure(...made.errors.map((error) => explained(error, path, source)))
    return {
      contents: made.code + comment(made.map ?? null, this.shared.options.sourcemap),
      loader: isTypeScript(descriptor) ? 'ts' : 'js',
      resolveDir: dirname(path),
    }
  }

  /**
   * @param {Entry} entry
   * @param {string} path
   * @param {number} index
   * @param {Set<string>} files
   * @returns {Promise<OnLoadResult>}
   */
  async style(entry, path, index, files) {
    const { descriptor, source } = entry
    const block = descriptor.styles[index]
    if (!block) throw failure(`${basename(path)} has no style ${index}.`, { file: path })
    const isScoped = Boolean(block.scoped || descriptor.cssVars.length)
    try {
      const from = block.src ? await outside(block.src, path) : inside(block, path)
      files.add(from.path)
      const lang = block.lang ?? from.lang
      if (!STYLE_LANGUAGES.has(lang)) {
        const { line, column } = block.loc.start
        return pluginFailure(failure(unknownLanguage(lang), { file: path, line, column }))
      }
      const made = await this.pipeline.compile(
        { ...from, lang, files },
        isScoped ? (css) => this.scoped(css, entry, path, Boolean(block.scoped)) : null,
      )
      return { contents: made.code, loader: block.module ? 'local-css' : 'css', resolveDir: dirname(path) }
    } catch (error) {
      return pluginFailure(error instanceof ToolFailure ? error : explained(error, path, source))
    } finally {
      this.shared.dependencies.set(`${path}?style${index}`, [...files])
    }
  }

  /**
   * @param {Made} made
   * @param {Entry} entry
   * @param {string} path
   * @param {boolean} scoped
   * @returns {Promise<Made>}
   */
  async scoped(made, entry, path, scoped) {
    const map = this.shared.options.sourcemap
      ? { inline: false, annotation: false, prev: made.map ?? false }
      : undefined
    const done = await this.compiler.compileStyleAsync({
      source: made.code,
      filename: path,
      id: `data-v-${entry.id}`,
      scoped,
      isProd: this.shared.release,
      inMap: made.map ?? undefined,
      trim: false,
      postcssOptions: { map },
    })
    if (done.errors.length) throw done.errors[0]
    return { code: done.code, map: done.map ?? null }
  }
}

/** @param {string} lang */
function unknownLanguage(lang) {
  return `Styles in "${lang}" cannot be compiled; devkit takes ${[...STYLE_LANGUAGES].join(', ')}.`
}

/** @param {SFCDescriptor} descriptor */
function isTypeScript(descriptor) {
  return /tsx?/.test((descriptor.scriptSetup ?? descriptor.script)?.lang ?? '')
}

/**
 * Blank lines in front keep the lines of messages and source maps those of the component file.
 *
 * @param {SFCStyleBlock} block
 * @param {string} path
 */
function inside(block, path) {
  return { source: '\n'.repeat(block.loc.start.line - 1) + block.content, path, lang: 'css' }
}

/**
 * Return the file of <style src>.
 *
 * @param {string} name
 * @param {string} path
 */
async function outside(name, path) {
  const file = resolve(dirname(path), name)
  return { source: await readFile(file, 'utf8'), path: file, lang: extname(file).slice(1) }
}

/**
 * @param {string} path
 * @param {string} query
 */
const part = (path, query) => JSON.stringify(`./${basename(path)}?vue&type=${query}`)

/**
 * @param {SourceMap | null} map
 * @param {boolean} wanted
 */
function comment(map, wanted) {
  if (!map || !wanted) return ''
  const text = Buffer.from(JSON.stringify(map)).toString('base64')
  return `\n//# sourceMappingURL=data:application/json;base64,${text}`
}

/**
 * @param {string} text
 * @param {{ file: string, line?: number, column?: number, hint?: string }} place
 */
function failure(text, place) {
  return new ToolFailure({ text, stage: 'vue', ...place })
}

/**
 * @param {unknown} error
 * @param {string} path
 * @param {string} source
 */
function explained(error, path, source) {
  const text = textOf(error)
    .replace(/^\[@vue\/compiler-sfc\]\s*/, '')
    .replace(/\s*\(\d+:\d+\)/, '')
  return failure(text.split('\n')[0] ?? text, { file: path, ...placeOf(error, source) })
}

/**
 * Template errors have loc.start in the file; script errors a picture of the lines with their numbers, Babel's
 * loc, or PostCSS's line.
 *
 * @param {unknown} error
 * @param {string} source
 */
function placeOf(error, source) {
  const { loc, line, column } =
    /** @type {{ loc?: { start?: { line: number, column: number }, line?: number, column?: number }, line?: number, column?: number }} */ (
      error ?? {}
    )
  if (loc?.start) return { line: loc.start.line, column: loc.start.column }
  const [, number, blanks = ''] = /^(\d+)\s*\|[^\n]*\n\s*\|(\s*)\^/m.exec(textOf(error)) ?? []
  if (number) return { line: Number(number), column: Math.max(1, blanks.length - 1) }
  if (loc?.line) return { line: loc.line, column: (loc.column ?? 0) + 1 }
  if (line) return { line, column: column ?? 0 }
  return source ? { line: 1, column: 1 } : {}
}
