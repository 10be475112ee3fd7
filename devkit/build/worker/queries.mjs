// How an import asks for a file: Vite's queries, and the loaders of webpack that a request names.

/** @typedef {{ path: string, way: string, error?: string, hint?: string, warning?: string }} Asked */

/** {query: way}, the first that an import has. @type {[string, string][]} */
const QUERIES = [
  ['worker', 'worker'],
  ['raw', 'raw'],
  ['react', 'react'],
  ['svgr', 'svgr'],
  ['component', 'component'],
  ['init', 'init'],
  ['url', 'url'],
  ['inline', 'inline'],
  ['no-inline', 'url'],
]

/** {loader: way}; '' is what devkit does without being told. @type {Record<string, string>} */
const LOADERS = {
  raw: 'raw',
  text: 'raw',
  html: 'raw',
  'svg-inline': 'raw',
  url: 'url',
  file: 'url',
  'svg-url': 'url',
  'base64-inline': 'url',
  image: 'url',
  'image-webpack': '',
  worker: 'worker',
  'to-string': 'inline',
  'css-to-string': 'inline',
  '@svgr/webpack': 'react',
  'svg-sprite': 'sprite',
  'vue-svg': 'component',
  'svg-react': 'react',
  json: '',
  yaml: '',
  yml: '',
  style: '',
  css: '',
  postcss: '',
  less: '',
  sass: '',
  babel: '',
  ts: '',
  jsx: '',
  esbuild: '',
  swc: '',
  vue: '',
  thread: '',
  cache: '',
  'source-map': '',
  eslint: '',
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
  if (names.has('sharedworker')) {
    return {
      path,
      way: '',
      error: `?sharedworker cannot be in a panel of one file (${request}): a SharedWorker needs a file of its own.`,
      hint: 'Use ?worker.',
    }
  }
  const [, way] = QUERIES.find(([name]) => names.has(name)) ?? []
  if (way === 'worker' && names.has('url')) return { path, way: 'worker-url' }
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
  const names = parts.map((part) => nameOf(part))
  const unknown = names.find((name) => !Object.hasOwn(LOADERS, name))
  const asked = file.includes('?') ? byQuery(file) : null
  const path = asked?.path ?? file
  if (unknown) {
    const [given = unknown] = parts.filter((part) => nameOf(part) === unknown)
    return {
      path,
      way: '',
      error: `devkit has no counterpart of the loader ${given.split('?')[0]} that the import names (${request}).`,
      hint: `Import ${JSON.stringify(path)} itself, with ?raw for its text or ?url for its address, or do in the script what the loader did.`,
    }
  }
  return { path, way: names.map((name) => LOADERS[name] ?? '').find(Boolean) ?? asked?.way ?? '' }
}

/** @param {string} loader */
function nameOf(loader) {
  const [name = ''] = loader.split('?')
  const [, short = name] = /^(?:.*node_modules\/)?([^.].*)-loader(?:\/.*)?$/.exec(name) ?? []
  return short
}
