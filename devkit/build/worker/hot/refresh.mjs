// Mark the components and hooks of a module for react-refresh, with oxc.
import { fileURLToPath, pathToFileURL } from 'node:url'

/** @import { BuildOptions } from 'esbuild' */
/** @import { Tools } from '../tools.mjs' */

/** A module that can have components or hooks: JSX, createElement, or a call of a hook. */
const INTERESTING = /<[A-Za-z>]|\bcreateElement\b|\bjsxs?\b|\buse[A-Z]\w*\s*\(/
/** What the two tools may see differently in TypeScript; such modules are not marked. */
const UNCERTAIN = /^\s*@\w|\bclass\s+\w|\benum\s+\w|\bnamespace\s+\w/m

export class Refresh {
  /**
   * @param {Tools} tools
   * @param {BuildOptions} settings
   */
  constructor(tools, settings) {
    this.tools = tools
    this.jsx =
      settings.jsx === 'automatic'
        ? { runtime: /** @type {const} */ ('automatic'), importSource: settings.jsxImportSource ?? 'react' }
        : {
            runtime: /** @type {const} */ ('classic'),
            pragma: settings.jsxFactory,
            pragmaFrag: settings.jsxFragment,
          }
    /** @type {typeof import('oxc-transform') | null | undefined} */
    this.oxc = undefined
  }

  /** Why components cannot be marked, "" when they can. */
  get problem() {
    return this.load() ? '' : 'oxc-transform cannot be loaded on this machine'
  }

  load() {
    if (this.oxc === undefined) {
      try {
        this.oxc = this.tools.load('oxc-transform')
      } catch {
        this.oxc = null
      }
    }
    return this.oxc
  }

  /**
   * Return JavaScript with its source map inline, or null where there is nothing to mark.
   *
   * @param {string} source
   * @param {string} path
   */
  mark(source, path) {
    const isTypeScript = /\.[mc]?tsx?$/.test(path)
    if (!INTERESTING.test(source) || (isTypeScript && UNCERTAIN.test(source))) return null
    const lang = /\.[mc]?ts$/.test(path) ? 'ts' : isTypeScript ? 'tsx' : 'jsx'
    const made = this.load()?.transformSync(path, source, {
      lang,
      sourceType: 'module',
      jsx: { ...this.jsx, development: false, refresh: true },
      sourcemap: true,
    })
    if (!made || made.errors.length || !/\$Refresh(?:Reg|Sig)\$\(/.test(made.code)) return null
    const map = { ...made.map, sources: [fileURLToPath(pathToFileURL(path))] }
    return `${made.code}\n${inlineMap(map)}`
  }
}

/** @param {object} map */
export function inlineMap(map) {
  const text = Buffer.from(JSON.stringify(map)).toString('base64')
  return `//# sourceMappingURL=data:application/json;base64,${text}`
}
