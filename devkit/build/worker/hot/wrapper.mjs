// What esbuild bundles for a module that pages keep.
import { basename } from 'node:path'
import { merged } from './clauses.mjs'
import { inlineMap } from './refresh.mjs'

/** @import { WorkerOptions } from '../messages.generated' */
/** @import { Made } from './hot.mjs' */

const STYLE = /\.(?:css|less|s[ac]ss)$/
/** Packages in CommonJS, of which esbuild leaves nothing out. */
export const WHOLE = new Set([
  'react',
  'react-dom',
  'react-dom/client',
  'react/jsx-runtime',
  'qcloud-iotexplorer-h5-panel-sdk',
])
export const PARAMETERS = 'module, require, dkLoad, __devkit_hot__, $RefreshReg$, $RefreshSig$'

/**
 * Return what esbuild bundles for a module: its imports, its function, and its start.
 *
 * @param {Omit<Made, 'contents' | 'exports'>} made
 * @param {WorkerOptions} options
 */
export function wrapped({ id, path, code, map, refresh, imports }, { entry, sourcemap }) {
  const heads = ['import { start as __dk_start } from "devkit-hot";']
  /** @type {Record<'own' | 'packages' | 'loads', string[]>} */
  const said = { own: [], packages: [], loads: [] }
  merged(imports).forEach(({ name, names, isBare, isLazy, isOwn }, at) => {
    const text = JSON.stringify(name)
    const local = `__dk_${at}`
    if (isLazy) {
      said.loads.push(`${text}: () => import(${text})`)
    } else if (isBare && (!isOwn || STYLE.test(name))) {
      heads.push(`import ${text};`)
    } else if (isOwn) {
      heads.push(`import * as ${local} from ${text};`)
      said.own.push(`${text}: { own: () => ${local}.__dk, all: () => ${local} }`)
    } else if (names && !WHOLE.has(name)) {
      const taken = [...names]
      heads.push(
        `import { ${taken.map((one, number) => `${one} as ${local}_${number}`).join(', ')} } from ${text};`,
      )
      const getters = taken.map((one, number) => `${JSON.stringify(one)}: () => ${local}_${number}`)
      said.packages.push(`${text}: { ${getters.join(', ')} }`)
    } else {
      heads.push(`import * as ${local} from ${text};`)
      said.packages.push(`${text}: () => ${local}`)
    }
  })
  const isEntry = path === entry
  const parts = Object.entries(said).map(([key, list]) => `${key}: { ${list.join(', ')} }`)
  const shifted = { ...JSON.parse(map), sources: [basename(path)] }
  shifted.mappings = `;${shifted.mappings}`
  return [
    `${heads.join(' ')} function* __dk_body(${PARAMETERS}) {`,
    `${code.trimEnd()}`,
    '}',
    `export function __dk() { return { id: ${JSON.stringify(id)}, factory: __dk_body, refresh: ${refresh}, ${parts.join(', ')} } }`,
    `__dk_start(__dk, ${isEntry});`,
    sourcemap ? inlineMap(shifted) : '',
  ].join('\n')
}
