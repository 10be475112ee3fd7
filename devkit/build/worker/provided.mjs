// Globals that scripts have without an import, as webpack's ProvidePlugin gives them, and modules that are empty.

import { pluginFailure, ToolFailure } from './diagnostics.mjs'

/** @import { Plugin, ResolveResult } from 'esbuild' */
/** @import { FoundRow, Message } from './messages.generated' */
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
 * @param {Pick<Findings, 'provided' | 'empty' | 'rows'>} found
 * @returns {Plugin}
 */
export function provided({ provided: globals, empty, rows }) {
  /** @param {(module: string) => Promise<ResolveResult>} resolve */
  async function unresolved(resolve) {
    const place = rows.find(({ what, value }) => what === 'plugin' && value.startsWith('ProvidePlugin '))
    const found = await Promise.all(
      Object.entries(globals).map(async ([name, given]) => {
        const [module = ''] = [given].flat()
        const { errors } = await resolve(module)
        return errors.length ? [new ToolFailure(notFound(name, module, place))] : []
      }),
    )
    return found.flat()
  }

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
        const missing = await unresolved((module) =>
          build.resolve(module, { kind: 'require-call', resolveDir }),
        )
        if (missing.length) return pluginFailure(...missing)
        const getters = Object.values(globals).map((given, index) => {
          const [module = '', ...members] = [given].flat()
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
 * @param {string} module
 * @param {FoundRow} [place]
 * @returns {Omit<Message, 'severity'>}
 */
function notFound(name, module, place) {
  return {
    text: `Could not resolve "${module}", which ProvidePlugin gives the name ${name}.`,
    hint: `Install ${module}, or take ${name} out of ProvidePlugin if nothing uses it.`,
    file: place?.file ?? '',
    line: place?.line ?? 0,
    column: place?.line ? 1 : 0,
    stage: 'modules',
  }
}
