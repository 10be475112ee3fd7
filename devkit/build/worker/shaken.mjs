// Which styles belong to modules that tree shaking left out, as webpack reads `sideEffects` of package.json.
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { componentFiles } from './component_styles.mjs'
import { readJson } from './tools.mjs'

/** @import { Metafile } from 'esbuild' */
/** @import { Tools } from './tools.mjs' */

/** @typedef {(file: string) => boolean} SideEffects */

const STYLE = /\.(?:css|less|s[ac]ss)$/
const STATIC = 'import-statement'

/** Reads `sideEffects` of packages, each once. */
export class Packages {
  /**
   * @param {string} folder - Of the project; inputs of esbuild are relative to it.
   * @param {Tools} tools
   * @param {import('./reading.mjs').Findings['libraries']} [libraries] - Whose components can be left out.
   */
  constructor(folder, tools, libraries = []) {
    this.folder = folder
    this.components = componentFiles(libraries)
    this.tools = tools
    /** @type {Map<string, SideEffects | null>} */
    this.known = new Map()
    /** @type {Map<string, boolean>} */
    this.handingOn = new Map()
  }

  /**
   * Tell whether a module has to run although nothing of it is used.
   *
   * @param {string} input - As esbuild names it.
   */
  haveSideEffects(input) {
    if (/^[\w-]{2,}:/.test(input)) return true
    const file = join(this.folder, input)
    if (this.components?.index.test(file) || this.components?.component.test(file)) return false
    return this.of(dirname(file))?.(file) ?? true
  }

  /**
   * Tell whether a module has nothing but imports and exports of other modules.
   *
   * @param {string} input
   */
  onlyHandsOn(input) {
    const known = this.handingOn.get(input)
    if (known !== undefined) return known
    const parser = this.tools.load('@babel/parser')
    const source = readFileSync(join(this.folder, input), 'utf8')
    const { program } = parser.parse(source, { sourceType: 'module', errorRecovery: true, plugins: ['jsx'] })
    const found = program.body.every(
      (item) =>
        item.type === 'ImportDeclaration' ||
        item.type === 'ExportAllDeclaration' ||
        (item.type === 'ExportNamedDeclaration' && !item.declaration) ||
        (item.type === 'ExportDefaultDeclaration' && item.declaration.type === 'Identifier'),
    )
    this.handingOn.set(input, found)
    return found
  }

  /**
   * @param {string} folder
   * @returns {SideEffects | null}
   */
  of(folder) {
    const known = this.known.get(folder)
    if (known !== undefined) return known
    const manifest = readJson(join(folder, 'package.json'))
    const parent = dirname(folder)
    const found = manifest
      ? this.read(manifest.sideEffects, folder)
      : parent === folder
        ? null
        : this.of(parent)
    this.known.set(folder, found)
    return found
  }

  /**
   * @param {unknown} value
   * @param {string} folder
   * @returns {SideEffects | null}
   */
  read(value, folder) {
    if (value === false) return () => false
    if (typeof value !== 'string' && !Array.isArray(value)) return null
    const patterns = [value].flat().map((item) => {
      const pattern = String(item)
      return pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`
    })
    const matches = this.tools.load('picomatch')(patterns, { dot: true })
    return (file) => matches(relative(folder, file).replaceAll('\\', '/'))
  }
}

/**
 * Return the style files of a build, absolute: those that a module in the output asks for, and the others.
 *
 * A module is in the output when it has side effects and a module in the output imports it, or when code of it
 * is there. One that only hands on exports keeps its styles when a module that it hands on is there.
 *
 * @param {Metafile} metafile
 * @param {Packages} packages
 * @returns {{ kept: Set<string>, unused: Set<string> }}
 */
export function shakenStyles({ inputs, outputs }, packages) {
  /** @type {Set<string>} */
  const withCode = new Set()
  /** @type {string[]} */
  const entries = []
  for (const { entryPoint, inputs: parts } of Object.values(outputs)) {
    if (entryPoint) entries.push(entryPoint)
    for (const [name, { bytesInOutput }] of Object.entries(parts)) {
      if (bytesInOutput && !STYLE.test(name)) withCode.add(name)
    }
  }
  /** @type {Set<string>} */
  const live = new Set(entries)
  /** @type {Set<string>} */
  const passed = new Set()
  /** @type {{ name: string, runs: boolean }[]} */
  const waiting = entries.map((name) => ({ name, runs: true }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { name, runs } = next
    const imports = inputs[name]?.imports ?? []
    const handsOn =
      !runs &&
      imports.some(({ path }) => STYLE.test(path)) &&
      imports.some(({ path }) => withCode.has(path)) &&
      packages.onlyHandsOn(name)
    for (const { path, kind, external } of imports) {
      if (external || live.has(path)) continue
      const style = STYLE.test(path)
      const needed = style ? runs || handsOn : runs && (kind !== STATIC || packages.haveSideEffects(path))
      if (needed || (!style && withCode.has(path))) {
        live.add(path)
        waiting.push({ name: path, runs: true })
      } else if (!style && !passed.has(path)) {
        passed.add(path)
        waiting.push({ name: path, runs: false })
      }
    }
  }
  const styles = Object.keys(inputs).filter((name) => STYLE.test(name))
  const absolute = (/** @type {string} */ name) => join(packages.folder, name)
  return {
    kept: new Set(styles.filter((name) => live.has(name)).map(absolute)),
    unused: new Set(styles.filter((name) => !live.has(name)).map(absolute)),
  }
}

/**
 * Bring the styles to leave out up to date; tell whether another build is needed for that.
 *
 * @param {Set<string>} dropped - Left out of the build that the metafile is of.
 * @param {{ kept: Set<string>, unused: Set<string> }} found
 */
export function dropUnused(dropped, { kept, unused }) {
  let changed = false
  for (const file of kept) changed = dropped.delete(file) || changed
  for (const file of unused) {
    changed ||= !dropped.has(file)
    dropped.add(file)
  }
  return changed
}
