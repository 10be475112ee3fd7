// A release's script is minified a second time, by oxc: it names and folds better than esbuild, which bundles.
// oxc works in a thread of its own.

/** @import { OutputFile } from 'esbuild' */
/** @import { WorkerOptions } from './messages.generated' */
/** @import { Tools } from './tools.mjs' */

/** A with statement, as esbuild writes it: oxc renames what stands in one. */
const WITH = /(?:^|[;{})\n]|else |do )with\(/

/** @typedef {Pick<OutputFile, 'path' | 'contents' | 'hash'>} File */

/**
 * Return the files of a build with a smaller script; as they are where oxc has no version for this machine.
 *
 * @param {Tools} tools
 * @param {WorkerOptions} options
 * @param {OutputFile[]} files
 * @returns {Promise<File[]>}
 */
export async function minified(tools, { target, sourcemap }, files) {
  const script = files.find(({ path }) => path.endsWith('.js'))
  const oxc = script && !WITH.test(script.text) && loaded(tools)
  if (!oxc) return files
  const { code, map, errors } = await oxc.minify('index.js', script.text, {
    module: false,
    compress: { target: target.split(',').map((name) => name.trim()), dropDebugger: false },
    mangle: true,
    codegen: { legalComments: 'eof' },
    sourcemap,
  })
  if (errors.length || !code) return files // a panel without effects is for the try to tell
  const made = { ...script, contents: Buffer.from(code), hash: `oxc ${script.hash}` }
  return files.map((file) => {
    if (file === script) return { ...made, path: file.path }
    if (!map || !file.path.endsWith('.js.map')) return file
    return { path: file.path, hash: made.hash, contents: Buffer.from(joined(tools, map, file.text)) }
  })
}

/** @param {Tools} tools */
function loaded(tools) {
  try {
    return tools.load('oxc-minify')
  } catch {
    return null
  }
}

/**
 * Return the map from the smaller script to the sources.
 *
 * @param {Tools} tools
 * @param {object} map - From the smaller script to esbuild's.
 * @param {string} before - From esbuild's script to the sources.
 */
function joined(tools, map, before) {
  const { SourceMapConsumer, SourceMapGenerator } = tools.load('source-map-js')
  const made = SourceMapGenerator.fromSourceMap(new SourceMapConsumer(/** @type {any} */ (map)))
  made.applySourceMap(new SourceMapConsumer(JSON.parse(before)), 'index.js')
  return made.toString()
}
