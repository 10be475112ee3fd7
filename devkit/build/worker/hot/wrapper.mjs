// What esbuild bundles for a module that pages keep, and what an open page is sent of it.
import { merged } from './clauses.mjs'
import { inlineMap } from './maps.mjs'

/** @import { WorkerOptions } from '../messages.generated' */
/** @import { Made } from './script.mjs' */

const STYLE = /\.(?:css|less|s[ac]ss)$/
/** Packages in CommonJS, of which esbuild leaves nothing out. */
export const WHOLE = new Set([
  'react',
  'react-dom',
  'react-dom/client',
  'react/jsx-runtime',
  'qcloud-iotexplorer-h5-panel-sdk',
])
const META = '__vite_ssr_import_meta__'
const HOT = '__devkit_hot__'
/** What a module is given, the seldom used last. */
const PARAMETERS = [
  '__vite_ssr_import__',
  '__dk_export',
  '$RefreshSig$',
  '$RefreshReg$',
  HOT,
  'require',
  '__vite_ssr_dynamic_import__',
  '__vite_ssr_exportAll__',
  '__vite_ssr_exports__',
]

/**
 * Return the definitions of a build, for scripts in which import.meta has another name.
 *
 * @param {Record<string, string> | undefined} define
 */
export function definitions(define = {}) {
  /** @type {Record<string, string>} */
  const made = { ...define }
  for (const [name, value] of Object.entries(define)) {
    if (name.startsWith('import.meta')) made[META + name.slice(11)] = value
  }
  return { ...made, [`${META}.hot`]: HOT }
}

/**
 * Return the imports, the functions and the start of a module.
 *
 * @param {Made} made
 * @param {WorkerOptions} options
 */
export function wrapped({ id, path, code, map, refresh, imports }, { entry }) {
  const heads = ['import { start as __dk_start } from "devkit-hot";']
  /** @type {Record<'own' | 'packages' | 'loads' | 'calls', string[]>} */
  const said = { own: [], packages: [], loads: [], calls: [] }
  /** What the module can be asked for by number: one function for all costs a page far less than one for each. @type {string[]} */
  const cases = []
  const asked = (/** @type {string[]} */ ...values) => cases.push(...values) - values.length
  merged(imports).forEach(({ name, names, isBare, isLazy, isCall, isOwn }, at) => {
    const text = JSON.stringify(name)
    const local = `__dk_${at}`
    if (isLazy) {
      said.loads.push(`${text}: () => import(${text})`)
    } else if (isCall) {
      said.calls.push(`${text}: () => require(${text})`)
    } else if (isBare && (!isOwn || STYLE.test(name))) {
      heads.push(`import ${text};`)
    } else if (isOwn) {
      heads.push(`import * as ${local} from ${text};`)
      said.own.push(`${text}: ${asked(`${local}.__dk`, local)}`)
    } else if (names && !WHOLE.has(name)) {
      const taken = [...names]
      const list = taken.map((one, number) => `${quoted(one)} as ${local}_${number}`)
      heads.push(`import { ${list.join(', ')} } from ${text};`)
      const numbers = taken.map((one, number) => `${JSON.stringify(one)}: ${asked(`${local}_${number}`)}`)
      said.packages.push(`${text}: { ${numbers.join(', ')} }`)
    } else {
      heads.push(`import * as ${local} from ${text};`)
      said.packages.push(`${text}: ${asked(local)}`)
    }
  })
  const isEntry = path === entry
  const parts = Object.entries(said).map(([key, list]) =>
    list.length ? `, ${key}: { ${list.join(', ')} }` : '',
  )
  return [
    `${heads.join(' ')} function* __dk_body(${parametersOf(code)}) {`,
    code.trimEnd(),
    '}',
    `export function __dk(n) { switch (n) { ${cases.map((one, n) => `case ${n}: return ${one};`).join(' ')} }`,
    `return __dk.said ||= { id: ${JSON.stringify(id)}, factory: __dk_body, refresh: ${refresh}${parts.join('')} } }`,
    `__dk_start(__dk, ${isEntry});`,
    map ? inlineMap({ ...map, mappings: `;${map.mappings}` }) : '',
  ].join('\n')
}

/** Return the parameters of a module up to the last one that it takes. @param {string} code */
function parametersOf(code) {
  const isTaken = (/** @type {string} */ name) => code.includes(name === HOT ? META : name)
  const taken = PARAMETERS.filter(isTaken)
  return PARAMETERS.slice(0, PARAMETERS.indexOf(taken.at(-1) ?? '') + 1).join(', ')
}

/** @param {string} name */
const quoted = (name) => (/^[\w$]+$/.test(name) ? name : JSON.stringify(name))

/**
 * Return a script that hands the function to an open page.
 *
 * @param {Made} made
 * @param {import('esbuild').TransformOptions} how
 * @param {typeof import('esbuild')} esbuild
 */
export async function asText({ id, code, map }, { target, supported, define }, esbuild) {
  const text = `window.__devkit_hot.taken = function* (${parametersOf(code)}) { 'use strict';\n${code.trimEnd()}\n}`
  const named = map && {
    ...map,
    sources: map.sources.length === 1 ? [`/${id}`] : map.sources,
    mappings: `;${map.mappings}`,
  }
  const done = await esbuild.transform(named ? `${text}\n${inlineMap(named)}` : text, {
    loader: 'js',
    target,
    supported,
    define,
    charset: 'utf8',
    sourcemap: named ? 'inline' : false,
    logLevel: 'silent',
  })
  return done.code
}
