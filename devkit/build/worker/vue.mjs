// Vue 3 single-file components: a module for each, made from its blocks; a block is compiled again when it changes.
import { createHash } from 'node:crypto'
import { basename, dirname, relative, sep } from 'node:path'
import { rewriteCompiled } from './constructs.mjs'
import { FROM_VUE_2, pluginFailure, ToolFailure } from './diagnostics.mjs'
import { oldVue } from './globals.mjs'
import { stampOf } from './stamps.mjs'
import { explained, failure, scriptKey, sourceOf, styleKey, templateKey } from './vue_blocks.mjs'
import { BlockCompiler, comment } from './vue_compile.mjs'

/** @import { SFCDescriptor } from '@vue/compiler-sfc' */
/** @import { OnLoadResult } from 'esbuild' */
/** @import { Message } from './messages.generated' */
/** @import { Shared } from './shared' */
/** @import { Pipeline } from './styles.mjs' */
/** @import { Script } from './vue_compile.mjs' */

/**
 * A block as it was compiled last: key tells from what, and stamp the state of the files besides.
 *
 * @typedef {{ key: string, files: Set<string>, stamp: string }} Kept
 */
/**
 * What is kept of a component between builds.
 *
 * @typedef {{
 *   path: string,
 *   id: string,
 *   source: string,
 *   descriptor: SFCDescriptor,
 *   unread: Message[],
 *   script?: Kept & Script & { inlined: boolean, said: Message[] },
 *   parts: Map<string, Kept & { answer: OnLoadResult }>,
 *   answer?: OnLoadResult,
 * }} Entry
 */

export class Vue {
  /**
   * @param {Shared} shared
   * @param {Pipeline} pipeline
   */
  constructor(shared, pipeline) {
    this.shared = shared
    this.pipeline = pipeline
    this.blocks = new BlockCompiler(shared, pipeline)
    /** @type {Map<string, Entry>} */
    this.kept = new Map()
    const installed = shared.tools.anyVersionInProject('vue')
    this.tooOld = installed ? (Number(installed[0]) < 3 ? installed.join('.') : '') : oldVue(shared.manifest)
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
    const known = this.kept.get(path)
    const source = await sourceOf(path, known?.source)
    const { script, answer, parts = new Map() } = known ?? {}
    if (known?.source === source && answer && script?.stamp === stampOf(script?.files ?? [])) {
      this.shared.warnings.push(...script.said, ...(known?.unread ?? []))
      return answer
    }
    const parsed = this.blocks.compiler.parse(source, {
      filename: path,
      sourceMap: this.shared.options.sourcemap,
    })
    const id = createHash('sha256').update(this.nameOf(path)).digest('hex').slice(0, 8)
    /** @type {Entry} */
    const entry = {
      path,
      id,
      source,
      descriptor: parsed.descriptor,
      script,
      parts,
      unread: unread(parsed, path),
    }
    this.kept.set(path, entry)
    if (parsed.errors.length)
      return pluginFailure(...parsed.errors.map((error) => explained(error, path, source)))
    try {
      const { said } = this.script(entry)
      const failures = said.filter(({ severity }) => severity === 'error')
      if (failures.length) return pluginFailure(...failures.map((message) => new ToolFailure(message)))
      this.shared.warnings.push(...said, ...entry.unread)
      entry.answer = this.assemble(entry)
      return entry.answer
    } catch (error) {
      return pluginFailure(explained(error, path, source))
    } finally {
      this.shared.dependencies.set(`${path}?script`, [...(entry.script?.files ?? [])])
    }
  }

  /** Return how a file is called in the project. @param {string} path */
  nameOf(path) {
    return relative(this.shared.options.project, path).split(sep).join('/')
  }

  /** Tell whether the template of a component is a part of its script. @param {SFCDescriptor} descriptor */
  inlines({ scriptSetup, template }) {
    return Boolean(scriptSetup && !template?.src && !this.shared.options.hot)
  }

  /** Return how __sfc__ becomes the component of the module. @param {Entry} entry */
  ending({ id, path, source, descriptor }) {
    if (!this.shared.options.hot) return 'export default __sfc__;'
    const template = descriptor.template ? part(path, 'template') : '""'
    const given = [JSON.stringify(id), '__sfc__', template]
    // useCssModule() hands the names to a script, which then has to run again
    if (!source.includes('useCssModule')) given.push(`{ ${classesOf(descriptor, path)} }`)
    return `export default import.meta.hot ? import.meta.hot.__component(${given.join(', ')}) : __sfc__;`
  }

  /**
   * @param {Entry} entry
   * @returns {OnLoadResult}
   */
  assemble(entry) {
    const { descriptor, id, path } = entry
    const script = this.script(entry)
    const lines = [script.code]
    if (descriptor.template && !script.inlined) {
      lines.push(`import { render as __render } from ${part(path, 'template')};`)
      lines.push('__sfc__.render = __render;')
    }
    /** @type {string[]} */
    const modules = []
    descriptor.styles.forEach(({ module }, index) => {
      lines.push(`import ${module ? `__style${index} from ` : ''}${stylePart(path, index)};`)
      if (module) modules.push(`${moduleKey(module)}: __style${index}`)
    })
    if (modules.length) lines.push(`__sfc__.__cssModules = { ${modules.join(', ')} };`)
    if (descriptor.styles.some((style) => style.scoped)) lines.push(`__sfc__.__scopeId = "data-v-${id}";`)
    if (!this.shared.release) lines.push(`__sfc__.__file = ${JSON.stringify(this.nameOf(path))};`)
    lines.push(this.ending(entry))
    const contents = lines.join('\n') + comment(script.map, entry.source, this.shared)
    return { contents, loader: script.loader, resolveDir: dirname(path) }
  }

  /**
   * Return the script of a component, compiled anew when it has to be.
   *
   * @param {Entry} entry
   * @returns {NonNullable<Entry['script']>}
   */
  script(entry) {
    const { descriptor, path, script: known } = entry
    const inlined = this.inlines(descriptor)
    const keyWith = (/** @type {Script['imports']} */ imports) => scriptKey(descriptor, imports, inlined)
    if (known?.stamp === stampOf(known?.files ?? []) && known.key === keyWith(known.imports)) return known
    for (const file of [path, ...(known?.files ?? [])]) this.blocks.compiler.invalidateTypeCache(file)
    entry.script = undefined
    /** @type {Set<string>} */
    const files = new Set()
    const made = this.blocks.script(entry, inlined, files)
    /** @type {Message[]} */
    const said = []
    const rewritten = rewriteCompiled(made, path, this.shared, said)
    entry.script = { ...rewritten, inlined, said, files, stamp: stampOf(files), key: keyWith(made.imports) }
    return entry.script
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
    const { descriptor, script, parts } = entry
    const isTemplate = query.get('type') === 'template'
    const block = isTemplate ? descriptor.template : descriptor.styles[Number(query.get('index'))]
    if (!block) throw failure(`${basename(path)} has no block ${suffix}.`, { file: path })
    const key = isTemplate ? templateKey(descriptor, script?.bindings) : styleKey(descriptor, block)
    const known = parts.get(suffix)
    if (known?.key === key && known.stamp === stampOf(known.files)) return known.answer
    /** @type {Set<string>} */
    const files = new Set()
    const answer = isTemplate
      ? await this.blocks.template(entry, script?.bindings, files)
      : await this.blocks.style(entry, block, files)
    this.shared.dependencies.set(`${path}${suffix}`, [...files])
    // A PostCSS configuration may depend on files that it does not name.
    const lasting = !answer.errors && (isTemplate || !this.pipeline.config)
    if (lasting) parts.set(suffix, { key, files, stamp: stampOf(files), answer })
    return answer
  }
}

/**
 * @param {string} path
 * @param {string} query
 */
const part = (path, query) => JSON.stringify(`./${basename(path)}?vue&type=${query}`)

/**
 * @param {string} path
 * @param {number} index
 */
const stylePart = (path, index) => part(path, `style&index=${index}&lang.css`)

/** Return how a component calls a CSS module. @param {string | true} name */
const moduleKey = (name) => JSON.stringify(name === true ? '$style' : name)

/**
 * Return the CSS modules of a component with their imports.
 *
 * @param {SFCDescriptor} descriptor
 * @param {string} path
 */
function classesOf({ styles }, path) {
  return styles
    .flatMap(({ module }, index) => (module ? [`${moduleKey(module)}: ${stylePart(path, index)}`] : []))
    .join(', ')
}

/**
 * Warn of blocks that only a plugin reads, as <i18n>; texts for people are left alone.
 *
 * @param {{ descriptor: SFCDescriptor }} parsed
 * @param {string} path
 * @returns {Message[]}
 */
function unread({ descriptor }, path) {
  return descriptor.customBlocks
    .filter(({ type }) => !/^(?:docs?|readme|comment|story|preview)$/i.test(type))
    .map(({ type, loc }) => ({
      text: `The block <${type}> is not read: only a plugin of Vite or webpack does.`,
      hint: 'Move what it holds into a module, and import that.',
      ...{
        file: path,
        line: loc.start.line,
        column: 1,
        stage: 'vue',
        severity: /** @type {const} */ ('warning'),
      },
    }))
}
