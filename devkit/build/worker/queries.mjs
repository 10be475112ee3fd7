// How an import asks for a file: Vite's queries, and the loaders of webpack that a request names.

import { Call, isRecord } from './values.mjs'

/** @typedef {{ path: string, way: string, uses?: import('./rules.mjs').Use[], error?: string, hint?: string, warning?: string }} Asked */

/** Ways that depend on the options of their loaders. */
export const OPTIONS = new Set(['sprite', 'exports', 'imports', 'expose'])
/** {query: way}, the first that an import has. @type {[string, string][]} */
const QUERIES = [
  ['worker', 'worker'],
  ['sharedworker', 'sharedworker'],
  ['raw', 'raw'],
  ['react', 'react'],
  ['svgr', 'svgr'],
  ['component', 'component'],
  ['init', 'init'],
  ['url', 'url'],
  ['inline', 'inline'],
  ['no-inline', 'url'],
]

/** Loaders in whose place devkit, or nothing, does the same. */
const SAME = `json yaml yml style css postcss less sass fast-sass babel buble ts awesome-typescript at jsx esbuild swc
  vue vue-style thread cache source-map eslint tslint jshint standard image-webpack react-hot happypack/loader
  react-hot-loader/webpack mini-css-extract-plugin/dist/loader extract-text-webpack-plugin/dist/loader
  extract-text-webpack-plugin/loader resolve-url style-resources sass-resources px2rem istanbul-instrumenter
  builtin:swc`

/** {loader: way}; '' is what devkit does without being told. @type {Record<string, string>} */
export const LOADERS = {
  raw: 'raw',
  text: 'raw',
  html: 'html',
  'svg-inline': 'raw',
  url: 'url',
  file: 'url',
  'svg-url': 'url',
  'base64-inline': 'url',
  image: 'url',
  worker: 'worker',
  'to-string': 'inline',
  'css-to-string': 'inline',
  '@svgr/webpack': 'react',
  'svg-sprite': 'sprite',
  'vue-svg': 'component',
  'svg-react': 'react',
  exports: 'exports',
  imports: 'imports',
  expose: 'expose',
  script: 'script',
  ...Object.fromEntries(SAME.split(/\s+/).map((name) => [name, ''])),
}

/**
 * Return what an import with ? or ! asks for; null when it is none of these.
 *
 * @param {string} request
 * @returns {Asked | null}
 */
export function wayOf(request) {
  if (request.startsWith('data:') || /^[a-z]+:\/\//.test(request)) return null
  return request.includes('!') ? byLoaders(request) : byQuery(request)
}

/** @param {string} request @returns {Asked | null} */
function byQuery(request) {
  const at = request.indexOf('?')
  const [path, query] = [request.slice(0, at), request.slice(at + 1)]
  if (at <= 0 || /^vue(?:&|$)/.test(query)) return null
  const names = new Set([...new URLSearchParams(query).keys()])
  const [, way] = QUERIES.find(([name]) => names.has(name)) ?? []
  if (way?.endsWith('worker') && names.has('url')) return { path, way: 'worker-url' }
  if (way) return { path, way }
  return {
    path,
    way: '',
    warning: `The query of ${JSON.stringify(request)} means nothing here and is dropped.`,
  }
}

/** @param {string} request @returns {Asked} */
function byLoaders(request) {
  const parts = request.replace(/^(?:-!|!!|!)/, '').split('!')
  const file = parts.pop() ?? ''
  const names = parts.map((part) => shortName(part))
  const unknown = names.find((name) => !Object.hasOwn(LOADERS, name))
  const asked = file.includes('?') ? byQuery(file) : null
  const path = asked?.path ?? file
  if (unknown) {
    const [given = unknown] = parts.filter((part) => shortName(part) === unknown)
    return {
      path,
      way: '',
      error: `devkit has no counterpart of the loader ${given.split('?')[0]} that the import names (${request}).`,
      hint: `Import ${JSON.stringify(path)} itself, with ?raw for its text or ?url for its address, or do in the script what the loader did.`,
    }
  }
  const way = names.map((name) => LOADERS[name] ?? '').find(Boolean) ?? asked?.way ?? ''
  return OPTIONS.has(way) ? { path, way, uses: parts.map(loaderOf) } : { path, way }
}

/** The name of a loader without its folder and "-loader". @param {string} loader */
export function shortName(loader) {
  const [name = ''] = loader.split('?')
  const [, short = name] = /^(?:.*node_modules\/)?([^.].*)-loader(?:\/.*)?$/.exec(name) ?? []
  return short
}

/**
 * Return the loader of a rule or a request, and its options.
 *
 * @param {unknown} use
 * @returns {import('./rules.mjs').Use}
 */
export function loaderOf(use) {
  const { loader, options, query } = /** @type {Record<string, unknown>} */ (
    isRecord(use) ? use : { loader: use }
  )
  const given = loader instanceof Call ? loader.name : typeof loader === 'string' ? loader : ''
  const [name = '', ...asked] = given.split('?')
  const text = asked.join('?')
  return { name, options: options ?? query ?? (text ? optionsOf(text) : undefined) }
}

/**
 * Return the options of a query as loader-utils reads it; with none, the text itself.
 *
 * @param {string} text
 */
function optionsOf(text) {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
  if (!/[=&,]/.test(text) && !/^(?:modules|inline)$/.test(text)) return text
  const pairs = text.split(/[,&]/).map((pair) => {
    const [, sign, name = '', value] = /^([+-]?)([^=]*)=?(.*)$/.exec(pair) ?? []
    return [decodeURIComponent(name), value ? decodeURIComponent(value) : sign !== '-']
  })
  return Object.fromEntries(pairs)
}
