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
 * Return what the checks of a release need: the size of each input, and imports that stay outside.
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
  return { modules, external }
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
