// What the outputs of a build tell: files over the limit, nothing at all, and what the checks of a release need.
import { basename, join } from 'node:path'

/** @import { Metafile, OutputFile } from 'esbuild' */
/** @import { Message, ReleaseDetails } from './messages.generated' */
/** @import { Shared } from './shared' */

const SCRIPT_IMPORTS = new Set(['import-statement', 'require-call', 'dynamic-import'])

/**
 * Return the failures of files over the limit that are in the output; one that nothing uses does not count.
 *
 * @param {Shared} shared
 * @param {Metafile} metafile
 */
export function largeInputs({ large }, { inputs, outputs }) {
  if (!large.size) return []
  /** @type {Set<string>} */
  const used = new Set()
  for (const output of Object.values(outputs)) {
    for (const [name, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (bytesInOutput) used.add(name)
      for (const { path, kind } of inputs[name]?.imports ?? []) if (kind === 'url-token') used.add(path)
    }
  }
  return [...large].flatMap(([name, failure]) => (used.has(name) ? [failure.found] : []))
}

/** Tell whether a build has neither code nor styles. @param {Metafile} metafile */
export function isEmpty({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.values(output.inputs))
  return inputs.every(({ bytesInOutput }) => !bytesInOutput)
}

/** The error of a release of nothing. @param {string} file @returns {Message} */
export function nothingIn(file) {
  return {
    text: `${basename(file)} gives nothing to run: it is empty, or only exports.`,
    hint: 'Render the panel in it, or name another module in devkit.toml: entry = "src/main.jsx".',
    ...{ file, line: 1, column: 1, stage: 'devkit', severity: 'error' },
  }
}

/**
 * Return what the checks of a release need: the size of each input, imports that stay outside, and what those
 * of packages cost.
 *
 * @param {Metafile} metafile
 * @param {string} folder
 * @returns {ReleaseDetails}
 */
export function releaseDetails({ inputs, outputs }, folder) {
  /** @type {Map<string, number>} */
  const bytes = new Map()
  // An import that TypeScript drops as a type is listed for its file, but in no output.
  /** @type {Set<string>} */
  const kept = new Set()
  for (const output of Object.values(outputs)) {
    for (const { path } of output.imports) kept.add(path)
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      bytes.set(file, (bytes.get(file) ?? 0) + bytesInOutput)
    }
  }
  /** @type {[string, string][]} */
  const external = []
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path, kind, external: outside } of imports) {
      if (outside && kept.has(path) && SCRIPT_IMPORTS.has(kind) && !path.startsWith('<')) {
        external.push([path, join(folder, file)])
      }
    }
  }
  const modules = [...bytes].sort((one, other) => other[1] - one[1])
  return { modules, external, imports: importCosts({ inputs, outputs }, bytes) }
}

/**
 * Return what each import of a package by the project's own code costs: [name, its importers, bytes that it
 * brings, bytes that would go with it], what brings most first.
 *
 * @param {Metafile} metafile
 * @param {Map<string, number>} bytes
 * @returns {[string, string[], number, number][]}
 */
function importCosts({ inputs, outputs }, bytes) {
  /** @type {Map<string, Set<string>>} */
  const edges = new Map()
  /** @type {Map<string, { name: string, importers: Set<string> }>} */
  const found = new Map()
  for (const [file, { imports }] of Object.entries(inputs)) {
    const targets = imports.filter(({ kind, external }) => !external && SCRIPT_IMPORTS.has(kind))
    edges.set(file, new Set(targets.map(({ path }) => path)))
    if (isPackage(file)) continue
    for (const { path, original } of targets) {
      if (!isPackage(path)) continue
      const known = found.get(path) ?? { name: original ?? path, importers: new Set() }
      found.set(path, known)
      known.importers.add(file)
    }
  }
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => (entryPoint ? [entryPoint] : []))
  const all = reached(edges, entries, bytes)
  /** @type {[string, string[], number, number][]} */
  const costs = []
  for (const [path, { name, importers }] of found) {
    const brings = reached(edges, [path], bytes)
    if (!brings) continue // a style sheet, or what nothing uses
    for (const file of importers) edges.get(file)?.delete(path)
    costs.push([name, [...importers], brings, all - reached(edges, entries, bytes)])
    for (const file of importers) edges.get(file)?.add(path)
  }
  return costs.sort((one, other) => other[2] - one[2])
}

/** @param {string} file */
function isPackage(file) {
  return /(^|[\\/])node_modules[\\/]/.test(file)
}

/**
 * Return the bytes in the output of all that some files import, themselves included.
 *
 * @param {Map<string, Set<string>>} edges
 * @param {string[]} from
 * @param {Map<string, number>} bytes
 */
function reached(edges, from, bytes) {
  const seen = new Set(from)
  let sum = 0
  for (const file of seen) {
    sum += bytes.get(file) ?? 0
    for (const target of edges.get(file) ?? []) seen.add(target)
  }
  return sum
}

const ARROW = Buffer.from('(() => {\n')
const FUNCTION = Buffer.from('(function() {\n')

/**
 * Let the browser compile a script while it reads it: a function in an arrow it reads twice.
 *
 * @param {OutputFile} file
 */
export function compiledAtOnce(file) {
  const { path, hash, contents } = file
  if (!path.endsWith('.js') || ARROW.compare(contents, 0, ARROW.length)) return file
  return { path, hash, contents: Buffer.concat([FUNCTION, contents.subarray(ARROW.length)]) }
}
