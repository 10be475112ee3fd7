// The blocks of a single-file component: what each is compiled from, and where its errors are.
import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ToolFailure, textOf } from './diagnostics.mjs'

/** @import { SFCBlock, SFCDescriptor, SFCScriptBlock } from '@vue/compiler-sfc' */

/** @typedef {NonNullable<SFCScriptBlock['imports']>} Imports */

/** What a script's compiler looks for in a template besides imports: a reactive constant with v-model is a variable. */
const MODELS = /v-model[^\s=>]*\s*=\s*["']\s*([\w$]+)\s*["']/g

/** A file that is empty all of a sudden may be in the middle of a save. */
const UNSETTLED_MS = 15
const UNSETTLED_TURNS = 3

/**
 * Read a component; known is what it was before.
 *
 * @param {string} path
 * @param {string | undefined} known
 */
export async function sourceOf(path, known) {
  let source = await readFile(path, 'utf8')
  for (let turn = 0; !source && known && turn < UNSETTLED_TURNS; turn += 1) {
    await setTimeout(UNSETTLED_MS)
    source = await readFile(path, 'utf8')
  }
  return source
}

/** @param {Pick<SFCDescriptor, 'script' | 'scriptSetup'>} descriptor */
export function isTypeScript(descriptor) {
  return /tsx?/.test((descriptor.scriptSetup ?? descriptor.script)?.lang ?? '')
}

/**
 * Return a text that is the same as long as a block is, with its place, which the source map tells.
 *
 * @param {SFCBlock | null} block
 */
const keyOf = (block) => block && [block.content, block.attrs, block.loc.start.line, block.loc.start.column]

/**
 * Return a text that changes when a component's script has to be compiled again.
 *
 * @param {SFCDescriptor} descriptor
 * @param {Imports} imports - Of the script as it was compiled last.
 * @param {boolean} inlined - The template is a part of the script.
 */
export function scriptKey(descriptor, imports, inlined) {
  const { script, scriptSetup, template, styles, cssVars, slotted } = descriptor
  const blocks = [keyOf(script), keyOf(scriptSetup), cssVars]
  if (inlined) {
    return JSON.stringify([blocks, keyOf(template), slotted, styles.some(({ scoped }) => scoped)])
  }
  const used = template
    ? Object.entries(imports).map(([name, one]) =>
        descriptor.shouldForceReload({ [name]: { ...one, isUsedInTemplate: false } }),
      )
    : []
  const models = [...(template?.content ?? '').matchAll(MODELS)].map(([, name]) => name)
  return JSON.stringify([blocks, Boolean(template), used, [...new Set(models)].sort()])
}

/**
 * Return a text that changes when a component's template has to be compiled again.
 *
 * @param {SFCDescriptor} descriptor
 * @param {object | undefined} bindings
 */
export function templateKey(descriptor, bindings) {
  const { template, slotted, styles } = descriptor
  const scoped = styles.some((style) => style.scoped)
  return JSON.stringify([keyOf(template), slotted, scoped, isTypeScript(descriptor), bindings])
}

/**
 * Return a text that changes when a style of a component has to be compiled again.
 *
 * @param {SFCDescriptor} descriptor
 * @param {SFCBlock} block
 */
export function styleKey({ cssVars }, block) {
  return JSON.stringify([keyOf(block), cssVars.length > 0])
}

/**
 * Blank lines in front keep the lines of messages and source maps those of the component file.
 *
 * @param {SFCBlock} block
 * @param {string} path
 */
export function inside(block, path) {
  return { source: '\n'.repeat(block.loc.start.line - 1) + block.content, path, lang: 'css' }
}

/**
 * Return the file of <style src> or <template src>.
 *
 * @param {string} name
 * @param {string} path
 */
export async function outside(name, path) {
  const file = resolve(dirname(path), name)
  return { source: await readFile(file, 'utf8'), path: file, lang: extname(file).slice(1) }
}

/**
 * @param {string} text
 * @param {{ file: string, line?: number, column?: number, hint?: string }} place
 */
export function failure(text, place) {
  return new ToolFailure({ text, stage: 'vue', ...place })
}

/**
 * @param {unknown} error
 * @param {string} path
 * @param {string} source
 */
export function explained(error, path, source) {
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
