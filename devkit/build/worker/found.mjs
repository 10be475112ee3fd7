// What the configuration of a project's other tools asks for, and which of it a build here takes over.
import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, isAbsolute, join, relative, resolve } from 'node:path'
import {
  codeOfDefine,
  hasUnknown,
  isRecord,
  lineOf,
  NAME,
  OPEN,
  Pattern,
  plainName,
  plainValue,
  pluginOf,
  Unknown,
} from './values.mjs'

/** @import { FoundRow, FoundSettings } from './messages.generated' */

const HOST = new Set(['react', 'react-dom', 'react-dom/client', 'qcloud-iotexplorer-h5-panel-sdk'])
const PX_TO_VIEWPORT = /(?:^|[/.])(?:postcss-)?px-?(?:to|2)-?(?:viewport|vw)/
const PX_TO_REM = /px-?(?:to|2)?-?rem/
const RUNNABLE = /^postcss-[\w-]+$/
/** What a design in px becomes here: postcss-px-to-viewport's own defaults. @type {Record<string, unknown>} */
const PX_DEFAULTS = {
  unitPrecision: 5,
  minPixelValue: 1,
  mediaQuery: false,
  unitToConvert: 'px',
  viewportUnit: 'vw',
}

/** What a loader settles: what is still open after it was open before. */
const SETTLED = new Set(['alias', 'define', 'entry', 'webpack', 'vite', 'configuration'])

/** parts: a module and the names in it that lead to the value; file, line: where that is said.
 * @typedef {{ parts: string[], file: string, line: number }} Provided */

/** Collects findings; the first tool to say something has its way. */
export class Found {
  /**
   * @param {string} project
   */
  constructor(project) {
    this.project = project
    this.tool = ''
    this.file = ''
    /** @type {FoundRow[]} */
    this.rows = []
    /** @type {FoundSettings} */
    this.settings = { alias: {}, define: {}, style_prelude: {}, less_vars: {} }
    /** Plugins of PostCSS to run, [name, options]. @type {[string, unknown][]} */
    this.postcss = []
    /** Libraries whose components bring a style each. @type {{ library: string, folder: string, style: string }[]} */
    this.libraries = []
    /** Rules of webpack, as they are written. @type {unknown[]} */
    this.rules = []
    /** Whether Babel's decorators are the legacy ones. */
    this.legacyDecorators = false
    /** {global: what scripts have by it without an import}. @type {Record<string, Provided>} */
    this.provided = {}
    /** Modules that are empty. @type {Set<string>} */
    this.empty = new Set()
    /** Endings that imports leave out, in order. @type {string[]} */
    this.extensions = []
    /** What JSX becomes, in the words of tsconfig.json. @type {import('./compiler_options.mjs').CompilerOptions} */
    this.jsx = {}
    /** Whether Babel's class fields are set, not defined. */
    this.looseFields = false
    /** How px of styled-components are rewritten. @type {import('./styled_px.mjs').StyledPx | null} */
    this.styledPx = null
  }

  /**
   * @param {string} what
   * @param {string} value
   * @param {string} [why] - What is to be done by hand; '' when it is taken over.
   * @param {number} [line]
   */
  note(what, value, why = '', line = 0) {
    const row = { tool: this.tool, file: this.file, line, what, value, taken: !why, why }
    if (!this.rows.some((other) => other.what === what && other.value === value && other.why === why))
      this.rows.push(row)
  }

  /** @param {'alias' | 'define'} what @param {Record<string | symbol, unknown>} table */
  noteOpen(what, table) {
    const open = table[OPEN]
    if (open instanceof Unknown)
      this.note(what, '…', `more of them are known only when the file runs: write [${what}].`, open.line)
  }

  /** @param {unknown} table - {name: path}, or a list of {find | name, replacement | alias}. */
  aliases(table) {
    if (table instanceof Unknown)
      return this.note('alias', '', 'only running the file tells them: write [alias].', table.line)
    if (Array.isArray(table)) {
      for (const item of table.filter(isRecord))
        this.alias(item.find ?? item.name, item.replacement ?? item.alias)
    } else if (isRecord(table)) {
      this.noteOpen('alias', table)
      for (const [name, value] of Object.entries(table)) this.alias(name, value)
    }
  }

  /**
   * @param {unknown} name
   * @param {unknown} value
   */
  alias(name, value) {
    const key = name instanceof Pattern ? plainName(name) : name
    // "~x" in styles is understood without one
    if (name instanceof Pattern && /^\^~$/.test(name.source)) return
    const target = Array.isArray(value) ? value[0] : value
    if (typeof key !== 'string' || typeof target !== 'string') {
      const line = target instanceof Unknown ? target.line : 0
      return this.note('alias', String(key ?? name), 'its path cannot be read: write it under [alias].', line)
    }
    const short = key.replace(/(?<=.)\/$/, '')
    // the host page has these; such an alias is there so that webpack bundles one copy
    if (
      HOST.has(short.replace(/\$$/, '')) &&
      target.replaceAll('\\', '/').includes(`/node_modules/${short.replace(/\$$/, '')}`)
    )
      return
    if (short in this.settings.alias) return
    this.settings.alias[short] = this.placed(target)
    this.note('alias', `${short} = ${this.settings.alias[short]}`)
  }

  /**
   * Return a path as devkit.toml has it: relative to the project, or the name of a package.
   *
   * @param {string} path
   */
  placed(path) {
    const short = path.replace(/(?<=.)\/$/, '')
    if (isAbsolute(short)) {
      const isReal = existsSync(short) || !relative(this.project, short).startsWith('..')
      const inside = relative(this.project, isReal ? short : join(this.project, short))
      return inside === '' ? '.' : inside.replaceAll('\\', '/')
    }
    return short
  }

  /**
   * @param {unknown} table - {name: JavaScript}, or values when asText.
   * @param {boolean} [asText] - Texts are values, too.
   */
  defines(table, asText = false) {
    if (!isRecord(table)) return
    this.noteOpen('define', table)
    for (const [name, value] of Object.entries(table)) {
      if (isRecord(value) && !asText && /^process\.env$/.test(name)) {
        this.defines(
          Object.fromEntries(Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner])),
          asText,
        )
        continue
      }
      if (hasUnknown(value)) {
        this.note(
          'define',
          name,
          'its value is computed when the file runs: write it under [define].',
          lineOf(value),
        )
        continue
      }
      const code = typeof value === 'string' && !asText ? codeOfDefine(value) : JSON.stringify(value)
      if (name === 'process.env.NODE_ENV' || name in this.settings.define) continue
      if (!code || !NAME.test(name)) {
        const why = code ? 'it is no name of a variable.' : 'its value is neither JSON nor a name.'
        this.note('define', name, `${why.replace(/\.$/, '')}: change the code that uses it.`)
        continue
      }
      this.settings.define[name] = code
      this.note('define', `${name} = ${code}`)
    }
  }

  /**
   * @param {unknown} value - A path, a list whose last one counts, or {name: path}.
   * @param {string} [base]
   * @returns {void}
   */
  entry(value, base = this.project) {
    if (Array.isArray(value)) return this.entry(value[value.length - 1], base)
    if (isRecord(value)) {
      const named =
        value.import ?? value.entry ?? value.main ?? value.index ?? value.app ?? Object.values(value)[0]
      if (Object.keys(value).length > 1 && !('import' in value || 'entry' in value)) {
        this.note('entry', Object.keys(value).join(', '), 'a panel has one entry: name each under [panels].')
      }
      return this.entry(named, base)
    }
    if (typeof value !== 'string' || this.settings.entry) return
    const file = ['', '.js', '.jsx', '.ts', '.tsx']
      .map((end) => resolve(base, value) + end)
      .find((path) => existsSync(path) && extname(path))
    if (!file) return this.note('entry', value, 'there is no such file.')
    this.settings.entry = this.placed(file)
    this.note('entry', this.settings.entry)
  }

  /** @param {unknown} value */
  externals(value) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!isRecord(item)) continue
      for (const [name, global] of Object.entries(item)) {
        if (HOST.has(name)) this.note('external', name)
        else
          this.note(
            'external',
            `${name} = ${global}`,
            `the host page has no ${global}: the package is bundled.`,
          )
      }
    }
  }

  /** css-loader's `modules`. @param {unknown} modules */
  cssModules(modules) {
    const auto = isRecord(modules) ? (modules.auto ?? modules.mode === 'icss') : undefined
    if (!modules || auto === true || auto instanceof Pattern) return
    if (!this.settings.css_modules) {
      this.settings.css_modules = 'all'
      this.note('css_modules', 'all')
    }
    if (
      isRecord(modules) &&
      /camel|dash/i.test(String(modules.exportLocalsConvention ?? modules.localsConvention))
    ) {
      this.note(
        'css_modules',
        'exportLocalsConvention',
        'names are as the style has them: s["a-b"], not s.aB.',
      )
    }
  }

  /**
   * A plugin of PostCSS: a call, a name, or [name, options].
   *
   * @param {unknown} plugin
   */
  postcssPlugin(plugin) {
    const [name, options] = pluginOf(plugin)
    if (PX_TO_VIEWPORT.test(name)) this.pxToViewport(options)
    else if (
      name &&
      !/autoprefixer|preset-env|flexbugs|tailwind|^postcss-(?:import|url|normalize)$/.test(name)
    ) {
      const value = name.replace(/\.default$/, '')
      // devkit/build/project/configurations.py lists what of node_modules may run by these names
      if (!RUNNABLE.test(value)) return this.note('PostCSS', value, 'name it in postcss.config.js.')
      if (hasUnknown(options))
        return this.note('PostCSS', value, 'its options cannot be read: move it to postcss.config.js.')
      if (!existsSync(join(this.project, 'node_modules', value)))
        return this.note(
          'PostCSS',
          value,
          PX_TO_REM.test(value)
            ? 'install it: npm install (px stay px until then).'
            : 'it is not installed: npm install.',
        )
      this.postcss.push([value, plainValue(options)])
      this.note('PostCSS', value)
    } else if (/tailwind/.test(name)) this.note('PostCSS', name, 'move it to postcss.config.js.')
  }

  /** @param {unknown} options - Of postcss-px-to-viewport. */
  pxToViewport(options) {
    const given = isRecord(options) ? options : {}
    const width = given.viewportWidth ?? given.width ?? 320
    if (typeof width !== 'number') {
      return this.note(
        'px_to_viewport',
        'viewportWidth',
        'it is a function: write { width, packages } in devkit.toml.',
        lineOf(width),
      )
    }
    if (this.settings.px_to_viewport) return
    const patterns = (/** @type {unknown} */ value) =>
      [value]
        .flat()
        .filter((item) => item instanceof Pattern || typeof item === 'string')
        .map(String)
    this.settings.px_to_viewport = {
      width,
      packages: {},
      exclude: patterns(given.exclude),
      include: patterns(given.include),
    }
    this.note('px_to_viewport', String(width))
    const other = Object.entries(PX_DEFAULTS).filter(
      ([name, value]) => name in given && given[name] !== value,
    )
    if (Array.isArray(given.selectorBlackList) && given.selectorBlackList.length)
      other.push(['selectorBlackList', []])
    for (const [name] of other)
      this.note('px_to_viewport', name, 'it has no counterpart: move the plugin to postcss.config.js.')
  }

  /**
   * Options of less-loader or sass-loader.
   *
   * @param {string} lang
   * @param {unknown} options
   */
  preprocessor(lang, options) {
    if (!isRecord(options)) return
    const text = options.additionalData ?? options.prependData ?? options.data
    if (typeof text === 'string') {
      this.settings.style_prelude[lang] = text
      this.note('style_prelude', `${lang}: ${text.trim().split('\n')[0]}`)
    } else if (text)
      this.note(
        'style_prelude',
        lang,
        'it is a function: write its text under [style_prelude].',
        lineOf(text),
      )
    const inner = isRecord(options.lessOptions) ? options.lessOptions : options
    for (const vars of [inner.modifyVars, inner.globalVars]) {
      if (isRecord(vars)) this.lessVars(vars)
    }
  }

  /** @param {Record<string, unknown>} vars */
  lessVars(vars) {
    for (const [name, value] of Object.entries(vars)) {
      if (typeof value !== 'string' && typeof value !== 'number') {
        this.note('less_vars', name, 'its value cannot be read: write it under [less_vars].', lineOf(value))
        continue
      }
      const key = name.replace(/^@/, '')
      this.settings.less_vars[key] = String(value)
      this.note('less_vars', `${key} = ${value}`)
    }
  }

  /** A folder that modules are looked for in, as webpack's resolve.modules. @param {unknown} folder */
  moduleFolder(folder) {
    if (typeof folder !== 'string' || folder.includes('node_modules')) return
    const path = resolve(this.project, folder)
    if (!existsSync(path)) return
    for (const item of readdirSync(path)) {
      const name = item.replace(/\.[jt]sx?$/, '')
      if (!HOST.has(name) && !existsSync(join(this.project, 'node_modules', name)))
        this.alias(name, join(path, item))
    }
  }

  /**
   * Take what reading a file tells; what its tool's own loader gave has its way before.
   *
   * @param {() => void} read
   * @param {() => void} take - Takes value.
   * @param {unknown} value - What the loader gave, an Error, or undefined when it was not asked.
   */
  resolved(read, take, value) {
    if (value === undefined || value instanceof Error) {
      read()
      if (value)
        this.note('configuration', this.tool, `its own loader failed: ${value.message.split('\n')[0]}`)
      return
    }
    const before = new Set(this.rows)
    take()
    this.rows = this.rows.filter((row) => before.has(row) || row.taken)
    const known = new Set(this.rows)
    read()
    const isSettled = (/** @type {FoundRow} */ { what }) =>
      SETTLED.has(what) && (what !== 'entry' || this.settings.entry)
    this.rows = this.rows.filter((row) => known.has(row) || row.taken || !isSettled(row))
  }

  /** One line that tells what was found, '' for nothing. */
  summary() {
    const taken = this.rows.filter(({ taken }) => taken)
    const open = this.rows.length - taken.length
    if (!this.rows.length) return ''
    const files = [...new Set(this.rows.map(({ file }) => relative(this.project, file) || basename(file)))]
    const kinds = [...new Set(taken.map(({ what }) => what))]
    const parts = kinds.map((kind) => {
      const count = taken.filter(({ what }) => what === kind).length
      return count > 1 ? `${count} × ${kind}` : kind
    })
    const rest = open ? `${open} more ${open > 1 ? 'need' : 'needs'} a hand` : ''
    return `Read ${files.join(', ')}: ${[...parts, rest].filter(Boolean).join(', ')} (devkit migrate lists all).`
  }
}
