// Compile the blocks of single-file components.
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pluginFailure, ToolFailure } from './diagnostics.mjs'
import { mayHold } from './prescan.mjs'
import { explained, failure, inside, isTypeScript, outside } from './vue_blocks.mjs'

/** @import { BindingMetadata, SFCBlock, SFCStyleBlock, SFCTemplateCompileOptions } from '@vue/compiler-sfc' */
/** @import { Loader, OnLoadResult } from 'esbuild' */
/** @import { Made, Shared, SourceMap } from './shared' */
/** @import { Pipeline } from './styles.mjs' */
/** @import { Entry } from './vue.mjs' */
/** @import { Imports } from './vue_blocks.mjs' */

/** @typedef {{ code: string, loader: Loader, map: SourceMap | null, imports: Imports, bindings?: BindingMetadata }} Script */

/** @type {Record<string, Loader>} */
const LOADERS = { ts: 'ts', tsx: 'tsx', jsx: 'jsx' }
const STYLE_LANGUAGES = new Set(['css', 'postcss', 'less', 'scss', 'sass'])

export class BlockCompiler {
  /**
   * @param {Shared} shared
   * @param {Pipeline} pipeline
   */
  constructor(shared, pipeline) {
    this.shared = shared
    this.pipeline = pipeline
    this.compiler = shared.tools.load('@vue/compiler-sfc')
    if (shared.tools.versionInProject('typescript')) {
      this.compiler.registerTS(() => shared.tools.fromProject('typescript'))
    }
  }

  /**
   * Return the script of a component, which makes __sfc__.
   *
   * @param {Entry} entry
   * @param {boolean} inlined - With the template in it.
   * @param {Set<string>} files - Gains those that types are from.
   * @returns {Script}
   */
  script(entry, inlined, files) {
    const { descriptor, id, source } = entry
    const block = descriptor.scriptSetup ?? descriptor.script
    if (!block) return { code: 'const __sfc__ = {};', loader: 'js', map: null, imports: {} }
    if (block.src) return elsewhere(block.src)
    const made = this.compiler.compileScript(descriptor, {
      id,
      isProd: this.shared.release,
      inlineTemplate: inlined,
      genDefaultAs: '__sfc__',
      // what is said of a construct has its place by the map, in a release too
      sourceMap: this.shared.options.sourcemap || mayHold(source),
      templateOptions: this.templateOptions(entry),
      fs: {
        fileExists: (file) => existsSync(file),
        readFile: (file) => {
          files.add(file)
          return readFileSync(file, 'utf8')
        },
      },
    })
    const { content: code, map = null, imports = {}, bindings } = made
    return { code, loader: LOADERS[block.lang ?? ''] ?? 'jsx', map: map ?? null, imports, bindings }
  }

  /**
   * @param {Entry} entry
   * @param {BindingMetadata} [bindings]
   * @param {string} [filename]
   * @returns {Omit<SFCTemplateCompileOptions, 'source'>}
   */
  templateOptions({ descriptor, id, path }, bindings, filename = path) {
    return {
      filename,
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
   * @param {Entry} entry
   * @param {BindingMetadata | undefined} bindings
   * @param {Set<string>} files - Gains that of <template src>.
   * @returns {Promise<OnLoadResult>}
   */
  async template(entry, bindings, files) {
    const { descriptor, path } = entry
    const { template } = descriptor
    if (!template) throw failure('There is no template.', { file: path })
    const { lang, map, src } = template
    const file = src
      ? await outside(src, path).catch(() => null)
      : { ...template, source: entry.source, path }
    if (!file) return pluginFailure(absent(template, path))
    if (src) files.add(file.path)
    if (lang && lang !== 'html' && !this.shared.tools.anyVersionInProject(lang)) {
      const { line, column } = template.loc.start
      const text = `The template is in ${lang}, whose compiler the project does not have.`
      const hint = lang === 'pug' ? 'Install it: npm install --save-dev pug' : 'Write the template in HTML.'
      return pluginFailure(failure(text, { file: path, line, column, hint }))
    }
    const made = this.compiler.compileTemplate({
      ...this.templateOptions(entry, bindings, file.path),
      source: src ? file.source : template.content,
      ast: lang || src ? undefined : template.ast,
      preprocessLang: lang === 'html' ? undefined : lang,
      preprocessOptions: { doctype: 'html' },
      preprocessCustomRequire: (name) => this.shared.tools.fromProject(name),
      inMap: map,
    })
    if (made.errors.length)
      return pluginFailure(...made.errors.map((error) => explained(error, file.path, file.source)))
    return {
      contents: made.code + comment(made.map ?? null, file.source, this.shared),
      loader: isTypeScript(descriptor) ? 'ts' : 'js',
      resolveDir: dirname(file.path),
    }
  }

  /**
   * @param {Entry} entry
   * @param {SFCBlock & Pick<SFCStyleBlock, 'scoped' | 'module'>} block
   * @param {Set<string>} files
   * @returns {Promise<OnLoadResult>}
   */
  async style(entry, block, files) {
    const { descriptor, path, source } = entry
    const isScoped = Boolean(block.scoped || descriptor.cssVars.length)
    try {
      const from = block.src ? await outside(block.src, path) : inside(block, path)
      if (block.src) files.add(from.path)
      const lang = block.lang ?? from.lang
      if (!STYLE_LANGUAGES.has(lang)) {
        const { line, column } = block.loc.start
        return pluginFailure(failure(unknownLanguage(lang), { file: path, line, column }))
      }
      const made = await this.pipeline.compile(
        { ...from, lang, files },
        isScoped ? (css) => this.scoped(css, entry, Boolean(block.scoped)) : null,
      )
      return { contents: made.code, loader: block.module ? 'local-css' : 'css', resolveDir: dirname(path) }
    } catch (error) {
      return pluginFailure(error instanceof ToolFailure ? error : explained(error, path, source))
    }
  }

  /**
   * @param {Made} made
   * @param {Entry} entry
   * @param {boolean} scoped
   * @returns {Promise<Made>}
   */
  async scoped(made, { path, id }, scoped) {
    const map = this.shared.options.sourcemap
      ? { inline: false, annotation: false, prev: made.map ?? false }
      : undefined
    const done = await this.compiler.compileStyleAsync({
      source: made.code,
      filename: path,
      id: `data-v-${id}`,
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

/**
 * Return the script of <script src>; a component that others have too is not changed.
 *
 * @param {string} src
 * @returns {Script}
 */
function elsewhere(src) {
  const from = JSON.stringify(src)
  const code = `import __other__ from ${from};
export * from ${from};
const __sfc__ = typeof __other__ === 'object' ? { ...__other__ } : __other__;`
  return { code, loader: 'js', map: null, imports: {} }
}

/** @param {SFCBlock} block @param {string} path */
function absent({ src, loc }, path) {
  const hint = 'src is a path from the folder of the component, such as "./page.html".'
  return failure(`<template src="${src}"> is no file.`, {
    file: path,
    line: loc.start.line,
    column: loc.start.column,
    hint,
  })
}

/** @param {string} lang */
function unknownLanguage(lang) {
  return `Styles in "${lang}" cannot be compiled; devkit takes ${[...STYLE_LANGUAGES].join(', ')}.`
}

/**
 * Return the source map of a part of a file as a comment.
 *
 * @param {SourceMap | null} map
 * @param {string} source - The file as it is now, of which the part may have been compiled earlier.
 * @param {Pick<Shared, 'options'>} shared
 */
export function comment(map, source, { options }) {
  if (!map || !options.sourcemap) return ''
  const text = Buffer.from(JSON.stringify({ ...map, sourcesContent: [source] })).toString('base64')
  return `\n//# sourceMappingURL=data:application/json;base64,${text}`
}
