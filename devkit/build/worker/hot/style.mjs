// The style sheet alone, ahead of the bundle: what a save of a style changes is seen without a look at any script.
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { stampOf } from '../stamps.mjs'

/** @import { BuildContext, Metafile, OutputFile } from 'esbuild' */
/** @import { Opened } from '../project.mjs' */

/** A block of a component of Vue. */
const IN_VUE = /^vue-part:/
/** @param {string} file */
const plain = (file) => file.replace(/\?vue&.*/, '')
export const STYLE = /\.(?:css|less|s[ac]ss)$/

/** Return the blocks of a component of Vue, and the texts of its styles. @param {string} path */
export function stylesOf(path) {
  const source = readFileSync(path, 'utf8')
  return {
    blocks: (source.match(/<(?:style|script|template)\b[^>]*>/g) ?? []).join(),
    texts: (source.match(/<style[\s\S]*?<\/style\s*>/g) ?? []).join(),
  }
}

/** The parts of a sheet; esbuild writes a comment with its name before each file. @param {string} sheet */
function partsOf(sheet) {
  const end = sheet.lastIndexOf('\n/*# sourceMappingURL=')
  const starts = [...sheet.matchAll(/^\/\* (.+) \*\/$/gm)].filter(({ index }) => end < 0 || index < end)
  return starts.map(({ 1: name = '', index }, at) => ({
    name,
    text: sheet.slice(index, starts[at + 1]?.index ?? (end < 0 ? sheet.length : end + 1)),
  }))
}

/** Return the sheet of a build, "" for none. @param {Awaited<ReturnType<StyleSheet['build']>>} result */
function sheetOf(result) {
  const sheet = result?.outputFiles?.find(({ path }) => path.endsWith('.css'))
  return sheet?.text.replace('\n/* <stdin> */\n', '') ?? ''
}

/** Return the sheets that a sheet imports. @param {Metafile['inputs']} inputs @param {string} name */
function importsOf(inputs, name) {
  const rules = inputs[name]?.imports.filter(({ kind }) => kind === 'import-rule') ?? []
  return rules.map(({ path }) => path)
}

export class StyleSheet {
  /**
   * @param {typeof import('esbuild')} esbuild
   * @param {string} folder
   */
  constructor(esbuild, folder) {
    this.esbuild = esbuild
    this.folder = folder
    /** Names of the style files in order; none when their sheet is not just theirs. @type {string[]} */
    this.names = []
    /** Those whose names scripts take. @type {Set<string>} */
    this.local = new Set()
    /** @type {BuildContext | null} */
    this.context = null
    /** The files that it builds. */
    this.built = ''
    /** The sheet as it was last. */
    this.text = ''
    /** What its files import. @type {Metafile['inputs']} */
    this.inputs = {}
    /** What was sent, and its files as they were. @type {{ text: string, stamp: string } | null} */
    this.sent = null
    this.isTrue = true
  }

  /**
   * Take a whole build.
   *
   * @param {{ metafile: Metafile, outputFiles: OutputFile[] }} result
   */
  async follow({ metafile, outputFiles }) {
    const outputs = Object.entries(metafile.outputs)
    const [, sheet] = outputs.find(([name]) => name.endsWith('.css')) ?? []
    const [, script] = outputs.find(([name]) => name.endsWith('.js')) ?? []
    const names = Object.keys(sheet?.inputs ?? {})
    const isPlain = names.every(
      (name) => STYLE.test(name) && (IN_VUE.test(name) || !/^[\w-]{2,}:/.test(name)),
    )
    this.local = new Set(names.filter((name) => script?.inputs[name]?.bytesInOutput))
    const text = outputFiles.find(({ path }) => path.endsWith('.css'))?.text
    if (this.sent && this.sent.stamp === this.stamp() && this.sent.text !== text) this.isTrue = false
    this.text = text ?? ''
    this.inputs = metafile.inputs
    this.sent = null
    const wanted = isPlain ? names : []
    if (wanted.join('\n') === this.names.join('\n')) return
    this.names = wanted
    await this.close()
  }

  /**
   * Return the files of the sheet after styles have changed, null where that takes a whole build.
   *
   * @param {string[]} paths
   * @param {Opened} opened
   */
  async rebuild(paths, { shared, base }) {
    const read = (/** @type {Iterable<string>} */ names) => {
      const files = [...names].map((name) => this.placeOf(name))
      return new Set(files.flatMap((file) => [plain(file), ...(shared.dependencies.get(file) ?? [])]))
    }
    const [all, local] = [read(this.names), read(this.local)]
    if (!this.isTrue || !paths.every((path) => all.has(path) && !local.has(path))) return null
    const changed = this.names.filter((name) => paths.some((path) => read([name]).has(path)))
    // one that another sheet imports may be so on a condition
    const nested = new Set(this.names.flatMap((name) => importsOf(this.inputs, name)))
    if (changed.some((name) => nested.has(name))) return null
    const result = await this.build(changed, base)
    const { inputs } = result?.metafile ?? { inputs: {} }
    const isOther = (/** @type {string} */ name) =>
      importsOf(inputs, name).join() !== importsOf(this.inputs, name).join()
    if (!result || changed.some(isOther)) return null
    const whole = async () => (nested.size ? '' : sheetOf(await this.build(this.names, base)))
    const text = this.placed(sheetOf(result), changed) ?? (await whole())
    if (!text) return null
    this.sent = { text, stamp: this.stamp() }
    this.text = text
    return [{ path: 'index.css', contents: Buffer.from(text) }]
  }

  /**
   * Build these files alone; null when they cannot be.
   *
   * @param {string[]} names
   * @param {import('../project.mjs').Opened['base']} base
   */
  async build(names, base) {
    const contents = names.map((name) => `@import ${JSON.stringify(this.importOf(name))};`).join('\n')
    if (contents !== this.built) await this.close()
    this.built = contents
    this.context ??= await this.esbuild.context({
      ...base,
      entryPoints: undefined,
      entryNames: 'index',
      stdin: { contents, loader: 'css', resolveDir: this.folder },
    })
    const result = await this.context.rebuild().catch(() => null)
    return result?.warnings.length ? null : result
  }

  /**
   * Put new parts of the sheet in the place of those that it had; null where they are not just these.
   *
   * @param {string} text
   * @param {string[]} names
   */
  placed(text, names) {
    const found = partsOf(text)
    const old = partsOf(this.text)
    const are = (/** @type {{ name: string }[]} */ parts, /** @type {string[]} */ wanted) =>
      parts.map(({ name }) => name).join('\n') === wanted.join('\n')
    const isPlain = [text, this.text].every((sheet) => sheet.startsWith('/* ') && !sheet.includes('/*!'))
    if (!isPlain || !are(old, this.names) || !are(found, names)) return null
    const fresh = new Map(found.map((part) => [part.name, part.text.trimEnd()]))
    const end = this.text.slice(old.reduce((sum, part) => sum + part.text.length, 0))
    const spaces = (/** @type {string} */ part) => part.slice(part.trimEnd().length)
    const parts = old.map((part) => (fresh.get(part.name) ?? part.text.trimEnd()) + spaces(part.text))
    return parts.join('') + end
  }

  stamp() {
    return stampOf(this.names.map((name) => plain(this.placeOf(name))))
  }

  /** Return where an input is, with the block that it is of a component of Vue. @param {string} name */
  placeOf(name) {
    return IN_VUE.test(name) ? name.replace(IN_VUE, '') : join(this.folder, name)
  }

  /** @param {string} name */
  importOf(name) {
    return `./${relative(this.folder, this.placeOf(name)).split(sep).join('/')}`
  }

  async close() {
    const { context } = this
    this.context = null
    await context?.dispose()
  }
}
