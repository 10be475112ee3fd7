// Which scripts are parsed at all: only those whose text may hold a construct that esbuild does not know. What is
// looked for here decides nothing else.

const MARKS = [
  '(require as ',
  '>require).',
  '(import.meta as ',
  'require.context',
  'require.resolve',
  'require.ensure',
  'import.meta.glob',
  'import.meta.url',
  'import.meta.webpackContext',
  'ReactComponent',
  '__webpack_public_path__',
  '__webpack_require__',
  '__non_webpack_require__',
  "').default",
  '").default',
  'Worker(',
  'importScripts(',
  "process.env['",
  "import.meta.env['",
  '} = process.env',
  '} = import.meta.env',
  'Buffer.',
  'setImmediate(',
  'clearImmediate(',
  'define(',
  'System.import',
  '__webpack_hash__',
  '__webpack_modules__',
  '__resourceQuery',
  ...['v-model', 'v-show', 'v-slots', 'v-html', 'v-text', 'vModel=', 'vShow=', 'vSlots=', 'vHtml=', 'vText='],
]
const ENV_MARKS = ['process.env.', 'import.meta.env.']

/**
 * Tell whether a script of the project has to be parsed.
 *
 * @param {string} code
 */
export function mayHold(code) {
  return (
    MARKS.some((mark) => code.includes(mark)) ||
    ENV_MARKS.some((mark) => hasUnusual(code, mark, USUAL)) ||
    hasUnusual(code, 'process.', ['env', 'browser']) ||
    hasOpenCall(code, 'import(') ||
    hasOpenCall(code, 'require(') ||
    hasSvgTag(code) ||
    (code.includes('export ') && EXPORT_DEFAULT_FROM.test(code))
  )
}

/**
 * Tell whether a script of a package has to be parsed: packages come built, with requests that are open at most.
 *
 * @param {string} code
 */
export function packageMayHold(code) {
  return (
    code.includes('require.context') ||
    code.includes('import.meta.glob') ||
    code.includes('import.meta.url') ||
    code.includes('= require;') ||
    hasOpenCall(code, 'import(') ||
    hasOpenCall(code, 'require(')
  )
}

/** export a from './a', a proposal that Babel's presets of umi and stage-1 have. */
const EXPORT_DEFAULT_FROM = /^export\s+(?!type\b)[\w$]+\s*(?:,\s*\{[^}]*\}\s*)?from\b/m

/** Names that every project has are no reason to parse. */
const USUAL = ['NODE_ENV', 'MODE', 'DEV', 'PROD', 'BASE_URL', 'SSR']

/**
 * @param {string} code
 * @param {string} mark
 * @param {string[]} usual
 */
function hasUnusual(code, mark, usual) {
  for (let at = code.indexOf(mark); at >= 0; at = code.indexOf(mark, at + 1)) {
    const start = at + mark.length
    if (!usual.some((name) => code.startsWith(name, start))) return true
  }
  return false
}

/**
 * Tell whether a call's argument is more than a plain string.
 *
 * @param {string} code
 * @param {string} call
 */
function hasOpenCall(code, call) {
  for (let at = code.indexOf(call); at >= 0; at = code.indexOf(call, at + 1)) {
    const before = code.charCodeAt(at - 1)
    if (isWordCode(before) || code[at - 1] === '.') continue
    let start = at + call.length
    for (;;) {
      while (isBlank(code.charCodeAt(start))) start += 1
      if (!code.startsWith('/*', start)) break
      const end = code.indexOf('*/', start)
      if (end < 0) return true
      start = end + 2
    }
    const quote = code[start]
    if (quote !== '"' && quote !== "'") {
      if (quote !== ')') return true
      continue
    }
    let end = code.indexOf(quote, start + 1) + 1
    if (!end) return true
    while (isBlank(code.charCodeAt(end))) end += 1
    if (code[end] !== ')') return true
  }
  return false
}

/** @param {number} code */
const isBlank = (code) => code === 32 || (code >= 9 && code <= 13)

/** @param {number} code */
const isWordCode = (code) =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === 95 ||
  code === 36

/**
 * Tell whether the name that an SVG is imported by may stand for a component.
 *
 * @param {string} code
 */
function hasSvgTag(code) {
  for (let at = code.indexOf('.svg'); at >= 0; at = code.indexOf('.svg', at + 1)) {
    const line = code.slice(code.lastIndexOf('\n', at) + 1, at)
    const start = line.lastIndexOf('import ')
    const end = line.indexOf(' from', start)
    if (start < 0 || end < 0) continue
    const name = line.slice(start + 'import '.length, end).trim()
    if (name && ['<', 'component={', 'icon={', 'createElement('].some((use) => code.includes(use + name)))
      return true
  }
  return false
}
