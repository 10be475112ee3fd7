// Warnings of a release: what is in its output and the browsers of the target do not have.
import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publicFiles } from './public_files.mjs'
import { stampOf } from './stamps.mjs'
import { lacking } from './support.mjs'
import { findInScripts } from './too_new_scripts.mjs'
import { findInStyles } from './too_new_styles.mjs'

/** @import { Metafile, OutputFile } from 'esbuild' */
/** @import { Message, WorkerOptions } from './messages.generated' */
/** @import { Tools } from './tools.mjs' */

/**
 * Something that the target lacks: what it is in words, who lacks it, and how to find it in a source. by: a method
 * whose receiver is not known.
 *
 * @typedef {{ what: string, lacks: string, hint: string, file?: string, line?: number, column?: number, by?: string }} Found
 */
/** @typedef {{ file: string, text: string }} Source */

const MOST = 30
/** What runs modules in a developer's browser is ours, and in no release. */
const OWN = fileURLToPath(new URL('.', import.meta.url))
const SCRIPTS = new Set(['.js', '.jsx', '.ts', '.tsx', '.mjs', '.cjs', '.mts', '.cts', '.vue'])

/** What is looked at: the output, and the files that it is made from.
 * @typedef {{ options: Pick<WorkerOptions, 'project' | 'target'>, js: Uint8Array, css: Uint8Array, scripts: string[], styles: string[] }} Looked */

/**
 * Return what is to be looked at of a build; the texts are read later.
 *
 * @param {WorkerOptions} options
 * @param {{ outputFiles: OutputFile[], metafile: Metafile }} build
 * @param {string[]} read - Files that the plugins have read, as styles that others import.
 * @returns {Looked}
 */
export function lookedAt({ project, target }, { outputFiles, metafile }, read) {
  /** @param {string} ending */
  const output = (ending) =>
    outputFiles.find(({ path }) => path.endsWith(ending))?.contents ?? new Uint8Array()
  const files = usedFiles(metafile, project)
  return {
    options: { project, target },
    js: output('.js'),
    css: output('.css'),
    scripts: files.filter((file) => SCRIPTS.has(extname(file))),
    styles: [...new Set([...files, ...read])].filter((file) => !/\.[mc]?[jt]sx?$|\.json$/.test(file)),
  }
}

/**
 * Return the warnings.
 *
 * @param {Tools} tools
 * @param {string} toolchain
 * @param {Looked} looked
 * @returns {Message[]}
 */
export function tooNew(tools, toolchain, { options, js, css, scripts, styles }) {
  const text = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString()
  const table = lacking(toolchain, options.target)
  const found = [
    ...findInScripts(tools, table, text(js), sources(scripts)),
    ...findInStyles(tools, table, text(css), sources(styles)),
  ]
  const isForeign = (/** @type {Found} */ { file = '' }) => Number(/[\\/]node_modules[\\/]/.test(file))
  found.sort((one, other) => isForeign(one) - isForeign(other))
  const told = found.slice(0, MOST).map((one) => message(one, options))
  told.push(...publicFiles(options.project, sources(scripts)))
  if (found.length > MOST) {
    const text = `${found.length - MOST} more features are above the target (${options.target}).`
    told.push({ text, stage: 'target', severity: 'warning' })
  }
  return told
}

/**
 * @param {Found} found
 * @param {Looked['options']} options
 * @returns {Message}
 */
function message({ what, lacks, hint, file = '', line = 0, column = 0 }, { target }) {
  const [, owner] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file.replaceAll('\\', '/')) ?? []
  const text = owner
    ? `${what}, in the package ${owner}, is not in ${lacks}; the target is ${target}.`
    : `${what} is not in ${lacks}; the target is ${target}.`
  return { text, hint, file, line, column, stage: 'target', severity: 'warning' }
}

/**
 * Return the files whose code is in the output.
 *
 * @param {Metafile} metafile
 * @param {string} folder
 */
function usedFiles({ inputs, outputs }, folder) {
  /** @type {Set<string>} */
  const used = new Set()
  for (const output of Object.values(outputs)) {
    for (const [name, { bytesInOutput }] of Object.entries(output.inputs)) {
      const path = name.replace(/[?#].*$/, '').replace(/^[\w-]{2,}:/, '')
      const file = join(folder, path)
      if (bytesInOutput && inputs[name] && !file.startsWith(OWN)) used.add(file)
    }
  }
  return [...used]
}

/** Files as they were when last looked at: what was found out of a text is kept with it. @type {Map<string, { stamp: string, source: Source }>} */
const known = new Map()

/**
 * @param {string[]} files
 * @returns {Source[]}
 */
function sources(files) {
  return files.flatMap((file) => {
    const stamp = stampOf([file])
    const found = known.get(file)
    if (found?.stamp === stamp) return [found.source]
    try {
      const source = { file, text: readFileSync(file, 'utf8') }
      known.set(file, { stamp, source })
      return [source]
    } catch {
      return [] // a module that a plugin made
    }
  })
}
