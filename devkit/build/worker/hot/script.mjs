// From the source of a script to the function that pages keep: TypeScript, JSX and the marks of react-refresh in one
// pass of oxc, imports and exports in another.
import { basename, extname } from 'node:path'
import { compilerOptions } from '../compiler_options.mjs'
import { clauseOf } from './clauses.mjs'
import { joinedMaps, withoutMap } from './maps.mjs'
import { withComponents } from './vue_scripts.mjs'

/** @import { Message } from 'esbuild' */
/** @import { WorkerOptions } from '../messages.generated' */
/** @import { Manifest } from '../shared' */
/** @import { Tools } from '../tools.mjs' */
/** @import { SourceMap } from './maps.mjs' */

/**
 * names: what is imported, null for all of it. isBare: for its effect alone. isLazy: with import(); isCall: with
 * require().
 *
 * @typedef {{ name: string, names: Set<string> | null, isBare: boolean, isLazy: boolean, isCall: boolean,
 *   isOwn: boolean }} Import
 */
/**
 * One script. code is the body of a function; refresh tells that its components are marked; passesOn that it exports
 * all of another; map its places in the source, null where there is none.
 *
 * @typedef {{ id: string, path: string, source: string, code: string, map: SourceMap | null, refresh: boolean,
 *   imports: Import[], exports: Set<string>, passesOn: boolean }} Made
 */
/** @typedef {import('../configure.mjs').Configuration['settings']} Settings */
/** @typedef {'js' | 'jsx' | 'ts' | 'tsx'} Lang */
/** Tells whether an import of a script means a file of the project. @typedef {(name: string, path: string) => Promise<boolean>} Owns */

/** What says that a script is no ES module through and through. */
const OTHER_KIND =
  /(?<![.\w$])(?:require\s*\((?!\s*"(?:[^"\\\n]|\\.)*"\s*\))|module\s*\.\s*exports|exports\s*[.[]|eval\s*\()/
const CALLED = /(?<![.\w$])require\s*\(\s*("(?:[^"\\\n]|\\.)*")\s*\)/g
const EXPORTED =
  /Object\.defineProperty\(__vite_ssr_exports__, ("(?:[^"\\\n]|\\.)*"), \{\n\tenumerable: true,\n\tconfigurable: true,\n\tget\(\) \{\n\t\treturn ([^\n]*);\n\t\}\n\}\);\n/y
const DIRECTIVES = /(?:(?:"[^"\n]*"|'[^'\n]*');\n)*/y
const AWAITED =
  /^(const __vite_ssr_import_\d+__ = )await (__vite_ssr_import__\("(?:[^"\\\n]|\\.)*")(?:, \{ importedNames: \[[^\]\n]*\] \})?/gm
const CLASS = /\bclass\s+\w|\bclass\s*\{/
const OLD_FIELDS = /^es(?:3|5|6|20(?:1\d|2[01]))$/i

/**
 * Return why the panel of these options restarts at each save, "" when its modules can be kept.
 *
 * @param {WorkerOptions} options
 * @param {Tools} tools
 */
export function obstacle(options, tools) {
  if (options.format === 'umd' || options.global_name) return 'the panel exports a global'
  try {
    tools.load('oxc-transform')
    return ''
  } catch (error) {
    const [said] = String(error instanceof Error ? error.message : error).split('\n')
    return `oxc-transform cannot be loaded on this machine (${said})`
  }
}

export class Scripts {
  /**
   * @param {Tools} tools
   * @param {WorkerOptions} options
   * @param {Settings} settings
   * @param {Manifest} manifest
   */
  constructor(tools, options, settings, manifest) {
    this.tools = tools
    this.options = options
    this.esbuild = tools.load('esbuild')
    this.oxc = tools.load('oxc-transform')
    this.lexer = tools.load('es-module-lexer')
    const wanted = { ...manifest.devDependencies, ...manifest.dependencies }
    this.isVue = Boolean(wanted.vue)
    const refresh = !wanted.preact && (Boolean(wanted.react) || !wanted.vue)
    const said = compilerOptions(options.project)
    this.oldFields = !(said.useDefineForClassFields ?? !OLD_FIELDS.test(said.target ?? ''))
    const { jsx, jsxImportSource, jsxFactory, jsxFragment } = settings
    this.typescript = {
      onlyRemoveTypeImports: said.verbatimModuleSyntax === true,
      // what JSX becomes is used, too
      jsxPragma: jsxFactory?.split('.')[0],
      jsxPragmaFrag: jsxFragment?.split('.')[0],
    }
    this.jsx =
      jsx === 'automatic'
        ? { runtime: /** @type {const} */ ('automatic'), importSource: jsxImportSource ?? 'react', refresh }
        : {
            runtime: /** @type {const} */ ('classic'),
            pragma: jsxFactory,
            pragmaFrag: jsxFragment,
            refresh,
          }
  }

  /**
   * Return the module of a script; null when it is none, or when esbuild is to explain what is wrong.
   *
   * @param {{ id: string, path: string, source: string, lang: Lang }} script
   * @param {Owns} owns
   * @returns {Promise<Made | null>}
   */
  async make({ id, path, source, lang }, owns) {
    await this.lexer.init
    const given = withoutMap(source)
    const { text: written, map: fields } = await this.withFields(
      this.isVue ? withComponents(given.text) : given.text,
      lang,
    )
    const { sourcemap } = this.options
    const plain = this.oxc.transformSync(path, written, {
      lang,
      sourceType: 'module',
      jsx: { ...this.jsx, development: false },
      typescript: this.typescript,
      sourcemap,
    })
    if (plain.errors.length || OTHER_KIND.test(plain.code)) return null
    const [found, exported] = this.lexer.parse(plain.code)
    if (!found.length && !exported.length) return null
    const imports = await importsOf(found, plain.code, (name) => owns(name, path))
    if (!imports) return null
    const made = this.oxc.moduleRunnerTransformSync(`${path}.js`, plain.code, { sourcemap })
    if (made.errors.length) return null
    const maps = [given.map, fields, plain.map, made.map].map(
      (map) => /** @type {SourceMap | null} */ (map ?? null),
    )
    return {
      id,
      path,
      source,
      code: asBody(made.code),
      map: sourcemap
        ? {
            ...joinedMaps(this.tools, maps),
            ...(given.map ? {} : { sources: [basename(path)], sourcesContent: [source] }),
          }
        : null,
      refresh: /\$Refresh(?:Reg|Sig)\$\(/.test(plain.code),
      imports,
      exports: new Set(exported.map((one) => one.n)),
      passesOn: found.some(({ ss, se }) => /^export\s*\*\s*from/.test(plain.code.slice(ss, se))),
    }
  }

  /**
   * Fields of classes that the project's tsconfig.json wants set as TypeScript once did, which oxc cannot do alone.
   *
   * @param {string} text
   * @param {Lang} lang
   * @returns {Promise<{ text: string, map: SourceMap | null }>}
   */
  async withFields(text, lang) {
    if (!this.oldFields || !lang.startsWith('t') || !CLASS.test(text)) return { text, map: null }
    // what is imported for its type alone, oxc leaves out
    const compilerOptions = /** @type {const} */ ({
      useDefineForClassFields: false,
      verbatimModuleSyntax: true,
      jsx: 'preserve',
    })
    const { code, map } = await this.esbuild.transform(text, {
      loader: lang,
      format: 'esm',
      jsx: 'preserve',
      tsconfigRaw: { compilerOptions },
      sourcemap: 'external',
      charset: 'utf8',
      logLevel: 'silent',
    })
    return { text: code, map: map ? JSON.parse(map) : null }
  }

  /**
   * Return what esbuild warns of in the source.
   *
   * @param {Made} made
   * @param {Settings} settings
   * @returns {Promise<Message[]>}
   */
  async warnings({ id, path, source }, settings) {
    const { target, supported, define, jsx, jsxFactory, jsxFragment, jsxImportSource } = settings
    const loader = langOf(path)
    if (!loader) return []
    const said = { target, supported, define, jsx, jsxFactory, jsxFragment, jsxImportSource }
    const done = this.esbuild.transform(source, { ...said, loader, sourcefile: id, logLevel: 'silent' })
    return (await done.catch(() => ({ warnings: [] }))).warnings
  }
}

/**
 * Return the language of a file of scripts, null for others.
 *
 * @param {string} path
 * @returns {Lang | null}
 */
export function langOf(path) {
  const [, kind] = /^\.[cm]?(tsx?|jsx?)$/.exec(extname(path)) ?? []
  return kind === 'js' ? 'jsx' : /** @type {Lang | null} */ (kind ?? null)
}

/**
 * @param {readonly import('es-module-lexer').ImportSpecifier[]} found
 * @param {string} code
 * @param {(name: string) => Promise<boolean>} owns
 * @returns {Promise<Import[] | null>}
 */
async function importsOf(found, code, owns) {
  /** @type {Import[]} */
  const imports = []
  for (const { n: name, ss: from, se: to, d: at } of found) {
    if (at === -2) continue
    if (name === undefined) return null
    const isLazy = at > -1
    const clause = isLazy ? { names: null, isBare: false } : clauseOf(code.slice(from, to))
    if (!clause) return null
    imports.push({ name, isLazy, isCall: false, isOwn: await owns(name), ...clause })
  }
  for (const [, text = '""'] of code.matchAll(CALLED)) {
    const name = JSON.parse(text)
    imports.push({ name, names: null, isBare: false, isLazy: false, isCall: true, isOwn: await owns(name) })
  }
  return imports
}

/**
 * Let the function wait when its exports exist and nothing of it has run: that is what an import cycle sees.
 *
 * @param {string} code
 */
function asBody(code) {
  DIRECTIVES.lastIndex = 0
  EXPORTED.lastIndex = DIRECTIVES.test(code) ? DIRECTIVES.lastIndex : 0
  let at = EXPORTED.lastIndex
  let head = code.slice(0, at)
  for (let found = EXPORTED.exec(code); found; found = EXPORTED.exec(code)) {
    const [whole, name, value] = found
    at = EXPORTED.lastIndex
    // as many lines, which the map counts
    head += `__dk_export(${name}, () => ${value});${whole.replace(/[^\n]/g, '')}`
  }
  return `${head}yield; ${code.slice(at).replace(AWAITED, '$1      $2')}`
}
