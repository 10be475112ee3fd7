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
    this.context ??= await this.esbuild.context({
      ...base,
      entryPoints: undefined,
      entryNames: 'index',
      stdin: {
        contents: this.names.map((name) => `@import ${JSON.stringify(this.importOf(name))};`).join('\n'),
        loader: 'css',
        resolveDir: this.folder,
      },
    })
    const result = await this.context.rebuild().catch(() => null)
    const files = result?.warnings.length ? [] : (result?.outputFiles ?? [])
    const sheet = files.find(({ path }) => path.endsWith('.css'))
    if (!sheet) return null
    const text = sheet.text.replace('\n/* <stdin> */\n', '')
    this.sent = { text, stamp: this.stamp() }
    return files.map((file) => (file === sheet ? { path: file.path, contents: Buffer.from(text) } : file))
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
