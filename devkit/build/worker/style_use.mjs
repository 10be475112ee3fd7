// How scripts use styles: which they import for a value, and px that no style sheet has.
import { readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

/** @import { Metafile } from 'esbuild' */
/** @import { Message } from './messages.generated' */
/** @import { Shared } from './shared' */
/** @import { Tools } from './tools.mjs' */

/** @typedef {{ source: string, name: string, line: number, column: number }} Import */

const STYLE = /\.(?:css|less|s[ac]ss)$/
const SCRIPT = /\.(?:[cm]?[jt]sx?|vue)$/
/** A cheap look before the parser's: few scripts take a value from a style. */
const VALUE_OF_STYLE = /(?:\bfrom\s*|=\s*require\(\s*)['"][^'"\n]+\.(?:css|less|s[ac]ss)['"]/
/** @type {Record<string, import('@babel/parser').ParserPlugin[]>} */
const PLUGINS = {
  '.tsx': ['typescript', 'jsx', 'decorators'],
  '.jsx': ['jsx', 'decorators'],
  '.js': ['jsx', 'decorators'],
  '.mjs': ['jsx', 'decorators'],
}
const STYLES_IN_SCRIPT =
  /(?:^|[\\/])node_modules[\\/](styled-components|@emotion[\\/](?:styled|react|css)|goober)[\\/]/

/** Finds the imports of styles that have a name, in each script once until it changes. */
export class StyleUse {
  /** @param {Tools} tools */
  constructor(tools) {
    this.tools = tools
    /** @type {Map<string, { stamp: string, found: Import[] }>} */
    this.known = new Map()
  }

  /**
   * Return the imports of styles whose value a script takes.
   *
   * @param {string} file
   * @returns {Import[]}
   */
  of(file) {
    const state = statSync(file, { throwIfNoEntry: false })
    const stamp = state ? `${state.mtimeMs}:${state.size}` : ''
    const known = this.known.get(file)
    if (known?.stamp === stamp) return known.found
    const source = state ? readFileSync(file, 'utf8') : ''
    const found = VALUE_OF_STYLE.test(source) ? this.read(source, extname(file)) : []
    this.known.set(file, { stamp, found })
    return found
  }

  /**
   * @param {string} source
   * @param {string} suffix
   * @returns {Import[]}
   */
  read(source, suffix) {
    // the scripts of a component start where its file has them
    const code =
      suffix === '.vue'
        ? source.replace(/^[\s\S]*?<script[^>]*>|<\/script>[\s\S]*$/g, (text) => text.replace(/[^\n]/g, ' '))
        : source
    const { program } = this.tools.load('@babel/parser').parse(code, {
      sourceType: 'module',
      errorRecovery: true,
      allowReturnOutsideFunction: true,
      plugins: PLUGINS[suffix] ?? ['typescript', 'decorators'],
    })
    return program.body.flatMap((statement) => {
      const { line = 0, column = -1 } = statement.loc?.start ?? {}
      const place = { line, column: column + 1 }
      if (statement.type === 'ImportDeclaration') {
        const name = statement.specifiers[0]?.local.name
        return name ? [{ source: statement.source.value, name, ...place }] : []
      }
      if (statement.type === 'ExportNamedDeclaration' && statement.source) {
        const { exported } = statement.specifiers[0] ?? {}
        const name = exported?.type === 'Identifier' ? exported.name : 'it'
        return [{ source: statement.source.value, name, ...place }]
      }
      if (statement.type !== 'VariableDeclaration') return []
      return statement.declarations.flatMap(({ id, init }) => {
        const [argument] = init?.type === 'CallExpression' ? init.arguments : []
        const name = id.type === 'Identifier' ? id.name : 'it'
        return argument?.type === 'StringLiteral' ? [{ source: argument.value, name, ...place }] : []
      })
    })
  }
}

/**
 * Warn of values that scripts take from styles that are no CSS modules.
 *
 * @param {Metafile} metafile
 * @param {string} folder
 * @param {StyleUse} use
 * @param {(file: string) => boolean} isModule
 * @returns {Message[]}
 */
export function plainStyleValues({ inputs }, folder, use, isModule) {
  /** @type {Message[]} */
  const found = []
  for (const [input, { imports }] of Object.entries(inputs)) {
    if (!SCRIPT.test(input) || /^[\w-]{2,}:|node_modules/.test(input)) continue
    const styles = imports.filter(({ path }) => STYLE.test(path) && !isModule(join(folder, path)))
    if (!styles.length) continue
    const originals = new Set(styles.map(({ original }) => original))
    for (const { source, name, line, column } of use.of(join(folder, input))) {
      if (!originals.has(source)) continue
      const file = basename(source)
      found.push({
        text: `${file} is no CSS module: ${name} is an empty object here, and a class name of it undefined.`,
        hint: `Call the file ${file.replace(/\.(?=\w+$)/, '.module.')}, or put css_modules = "named" into devkit.toml: styles that are imported with a name are CSS modules then ("all": every style of the project).`,
        file: join(folder, input),
        line,
        column,
        stage: 'styles',
        severity: 'warning',
      })
    }
  }
  return found
}

/**
 * Tell whether a warning of esbuild says again what is said of a style's value.
 *
 * @param {Message} warning
 * @param {Message[]} said
 */
export function isSaid({ text, file }, said) {
  const ofStyle = /^Import "[^"]*" will always be undefined .* in "[^"]*\.(?:css|less|s[ac]ss)"$/.test(text)
  return ofStyle && said.some((one) => one.file === file && one.stage === 'styles')
}

/**
 * Warn of packages whose styles are texts in scripts: px there stay px.
 *
 * @param {Metafile} metafile
 * @param {Pick<Shared['options'], 'project' | 'px_to_viewport'>} options
 * @returns {Message[]}
 */
export function pxInScripts({ inputs }, { project, px_to_viewport: width }) {
  if (!width) return []
  for (const [input, { imports }] of Object.entries(inputs)) {
    if (!SCRIPT.test(input) || /^[\w-]{2,}:|node_modules/.test(input)) continue
    for (const { path, original } of imports) {
      const [, name] = STYLES_IN_SCRIPT.exec(path) ?? []
      if (!name || !original) continue
      const file = join(project, input)
      const lines = readFileSync(file, 'utf8').split('\n')
      const line =
        lines.findIndex((text) => text.includes(`'${original}'`) || text.includes(`"${original}"`)) + 1
      return [
        {
          text: `px in styles that ${name} makes stay px: px_to_viewport rewrites style sheets alone.`,
          hint: `Write vw there: 300px of a design of ${width} is ${Number(((300 / width) * 100).toFixed(5))}vw.`,
          file,
          line,
          column: line ? 1 : 0,
          stage: 'styles',
          severity: 'warning',
        },
      ]
    }
  }
  return []
}
