// Globals that scripts have without an import, as webpack's ProvidePlugin gives them, and modules that are empty.

import { pluginFailure, ToolFailure } from './diagnostics.mjs'

/** @import { Plugin } from 'esbuild' */
/** @import { Provided } from './found.mjs' */
/** @import { Findings } from './reading.mjs' */

const MODULE = 'devkit-provided'
const OBJECT = '__devkit_provided'

/**
 * Return esbuild's settings: each name is a part of one object, whose module is injected where one is used.
 *
 * @param {Pick<Findings, 'provided'>} found
 */
export function providedNames({ provided: globals }) {
  const names = Object.keys(globals)
  const define = Object.fromEntries(names.map((name, index) => [name, `${OBJECT}.p${index}`]))
  return { define, inject: names.length ? [MODULE] : [] }
}

/**
 * @param {Pick<Findings, 'provided' | 'empty'>} found
 * @returns {Plugin}
 */
export function provided({ provided: globals, empty }) {
  return {
    name: 'provided',
    setup(build) {
      const { absWorkingDir: resolveDir } = build.initialOptions
      build.onResolve({ filter: new RegExp(`^${MODULE}$`) }, ({ path }) => ({
        path,
        namespace: 'provided',
        sideEffects: false,
      }))
      build.onLoad({ filter: /./, namespace: 'provided' }, async () => {
        const given = Object.entries(globals)
        const resolved = await Promise.all(
          given.map(([, { parts }]) => build.resolve(parts[0] ?? '', { kind: 'require-call', resolveDir })),
        )
        const missing = given.filter((_, index) => resolved[index]?.errors.length)
        if (missing.length) return pluginFailure(...missing.map(([name, one]) => notFound(name, one)))
        const getters = Object.values(globals).map(({ parts }, index) => {
          const [module = '', ...members] = parts
          const value = `require(${JSON.stringify(module)})${members.map((one) => `[${JSON.stringify(one)}]`).join('')}`
          return `get p${index}() { return ${value} }`
        })
        return { contents: `export const ${OBJECT} = { ${getters.join(', ')} };`, resolveDir }
      })
      if (!empty.size) return
      const names = [...empty].map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
      build.onResolve({ filter: new RegExp(`^(?:node:)?(?:${names.join('|')})$`) }, ({ path }) => ({
        path,
        namespace: 'empty',
      }))
      build.onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}

/**
 * @param {string} name
 * @param {Provided} given
 */
function notFound(name, { parts: [module = ''], file, line }) {
  return new ToolFailure({
    text: `Could not resolve "${module}", which ProvidePlugin gives the name ${name}.`,
    hint: `Install ${module}, or take ${name} out of ProvidePlugin if nothing uses it.`,
    ...{ file, line, column: 1, stage: 'modules' },
  })
}
