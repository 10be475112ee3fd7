// Scripts that webpack's imports-loader, exports-loader, expose-loader and script-loader change, and markup that
// html-loader does.

import { shortName } from './queries.mjs'
import { isRecord } from './values.mjs'

/** @import { Tools } from './tools.mjs' */
/** @import { Use } from './rules.mjs' */

/** What imports the script itself, past its rule. */
export const PLAIN = 'devkit-plain:'

/**
 * Return a script with what the loaders put around it.
 *
 * @param {string} path
 * @param {string} source
 * @param {Use[]} uses
 */
export function shimmed(path, source, uses) {
  let head = ''
  let tail = ''
  const exposes = uses.filter(({ name }) => shortName(name) === 'expose')
  if (exposes.length)
    return exposed(
      path,
      exposes.flatMap(({ options }) => namesIn(options)),
    )
  for (const { name, options } of [...uses].reverse()) {
    const kind = shortName(name)
    if (kind === 'exports')
      tail += isRecord(options) && 'exports' in options ? exportsOf(options) : oldExports(options)
    if (kind !== 'imports') continue
    if (isRecord(options) && ('imports' in options || 'wrapper' in options || 'additionalCode' in options)) {
      const { wrapper, additionalCode = '' } = options
      head += `${importsOf(options)}${additionalCode};`
      if (wrapper) {
        const self = isRecord(wrapper) ? (wrapper.thisArg ?? 'this') : wrapper === true ? 'this' : wrapper
        head += '(function () {'
        tail = `\n}).call(${self});${tail}`
      }
    } else {
      for (const [variable, value] of oldImports(options)) {
        if (variable !== 'this') head += `var ${variable} = ${value};`
        else {
          head += '(function () {'
          tail = `\n}).call(${value});${tail}`
        }
      }
    }
  }
  return `${head}${source}\n${tail}`
}

/** @param {unknown} options - Of expose-loader. */
const namesIn = (options) => [isRecord(options) ? (options.exposes ?? Object.keys(options)) : options].flat()

/** @param {string} path @param {unknown[]} names */
function exposed(path, names) {
  const all = names.map((name) => {
    const [named = '', member] = isRecord(name)
      ? [String(name.globalName), name.moduleLocalName]
      : String(name).split(/[ |]+/)
    const target = ['global', ...named.replace(/\[\]$/, '').split('.')].reduce(
      (one, key) => `${one}[${JSON.stringify(key)}]`,
    )
    return `${target} = ${member ? `all[${JSON.stringify(member)}]` : 'all'};`
  })
  return `var all = require(${JSON.stringify(PLAIN + path)});\n${all.join('\n')}\nmodule.exports = all;`
}

/** @param {unknown} given - Texts or records of imports-loader and exports-loader. */
const listed = (given) => [given].flat().map((one) => (isRecord(one) ? one : textual(String(one))))

/** @param {string} text - "default jquery $", "named lib one two", "Foo". @returns {Record<string, unknown>} */
function textual(text) {
  const parts = text.split(/[ |]+/)
  const isSyntax = /^(?:default|named|namespace|side-effects|single|multiple|pure)$/.test(parts[0] ?? '')
  const [syntax, ...rest] = isSyntax && parts.length > 1 ? parts : ['', ...parts]
  return { syntax, rest }
}

/** @param {Record<string, unknown>} options */
function importsOf({ type = 'module', imports }) {
  if (imports === undefined) return ''
  return listed(imports)
    .map(({ syntax, rest, moduleName, name, alias }) => {
      const parts = Array.isArray(rest) ? rest : [moduleName, name, alias].filter(Boolean)
      const [module = '', first = module, second = first] = parts.map(String)
      const from = JSON.stringify(module)
      if (type === 'commonjs') {
        if (syntax === 'multiple') return `var { ${first}: ${second} } = require(${from});`
        return syntax === 'pure' ? `require(${from});` : `var ${first} = require(${from});`
      }
      if (syntax === 'side-effects') return `import ${from};`
      if (syntax === 'named') return `import { ${first} as ${second} } from ${from};`
      return syntax === 'namespace' ? `import * as ${first} from ${from};` : `import ${first} from ${from};`
    })
    .join('')
}

/** imports-loader before 1: "$=jquery,angular,define=>false,this=>window". @param {unknown} options */
function oldImports(options) {
  const pairs = isRecord(options)
    ? Object.entries(options)
    : String(options ?? '')
        .split(',')
        .map(
          (text) =>
            /** @type {[string, string]} */ ([text.split('=')[0] ?? '', text.split('=').slice(1).join('=')]),
        )
  return pairs.flatMap(([name, given]) => {
    const value = given === true || given === '' ? name : String(given)
    return name ? [[name, value.startsWith('>') ? value.slice(1) : `require(${JSON.stringify(value)})`]] : []
  })
}

/** @param {Record<string, unknown>} options */
function exportsOf({ type = 'module', exports: given }) {
  const made = listed(given).map(({ syntax, rest, name, alias }) => {
    const [first = '', second = first] = (Array.isArray(rest) ? rest : [name, alias].filter(Boolean)).map(
      String,
    )
    if (type === 'commonjs')
      return syntax === 'multiple'
        ? `module.exports[${JSON.stringify(second)}] = ${first};`
        : `module.exports = ${first};`
    return syntax === 'default' ? `export default ${first};` : `export { ${first} as ${second} };`
  })
  return made.join('\n')
}

/** exports-loader before 1: "Lib" alone, or "one,two=lib.two". @param {unknown} options */
function oldExports(options) {
  const pairs = isRecord(options)
    ? Object.entries(options)
    : String(options ?? '')
        .split(',')
        .map((text) => text.split('='))
  const [[name = '', value = ''] = []] = pairs.map((pair) =>
    pair.map((one) => (one === true ? '' : String(one))),
  )
  if (pairs.length === 1 && !value) return `module.exports = ${name};`
  return pairs
    .map(([key, code]) => `exports[${JSON.stringify(key)}] = (${code && code !== true ? code : key});`)
    .join('\n')
}

/** Attributes whose files html-loader takes along. Source: https://github.com/webpack-contrib/html-loader#sources */
const SOURCES =
  /^(?:img|source|video|audio|embed|track|input):src$|^video:poster$|^object:data$|^(?:image|use):(?:xlink:)?href$/

/**
 * Return the module of markup, with the addresses of its files.
 *
 * @param {string} source
 * @param {Tools} tools
 */
export function markup(source, tools) {
  const { parse } = tools.load('@vue/compiler-dom')
  /** @type {[number, number, string][]} */
  const found = []
  /** @param {any} node */
  const visit = (node) => {
    for (const { type, name, value } of node.props ?? []) {
      const address = value?.content ?? ''
      if (type !== 6 || !SOURCES.test(`${node.tag}:${name}`) || !/^[^/#:?{][^:#?{]*$/.test(address)) continue
      const { start, end } = value.loc
      found.push([start.offset, end.offset, address.replace(/^~/, '')])
    }
    for (const child of node.children ?? []) visit(child)
  }
  visit(parse(source, { delimiters: ['\0{', '}\0'], onError: () => {} }))
  let at = 0
  const parts = found.flatMap(([start, end, address]) => {
    const before = JSON.stringify(`${source.slice(at, start)}"`)
    at = end
    const request = /^[.@]/.test(address) ? address : `./${address}`
    return [before, `require(${JSON.stringify(`${request}?url`)})`, '"\\""']
  })
  return `module.exports = ${[...parts, JSON.stringify(source.slice(at))].join(' + ')};`
}
