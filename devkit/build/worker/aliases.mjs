// Aliases of imports, from devkit.toml, package.json and the project's tools: {name: absolute path or package}.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** @import { Plugin } from 'esbuild' */
/** @import { WorkerOptions } from './messages.generated' */
/** @import { Manifest } from './shared' */

/**
 * Return the aliases of a project, the more special first: devkit.toml over what was found elsewhere, and that
 * over package.json (as Parcel reads it). What names something in the project is an absolute path; a name that
 * ends with $ stands for itself alone, as in webpack.
 *
 * @param {Manifest} manifest
 * @param {WorkerOptions} options
 * @param {Record<string, string>} [found]
 * @returns {Map<string, string>}
 */
export function aliasesOf(manifest, options, found = {}) {
  /** @type {Map<string, string>} */
  const all = new Map()
  for (const table of [manifest.alias ?? {}, found, options.alias]) {
    for (const [name, value] of Object.entries(table)) {
      if (typeof value !== 'string') continue
      all.set(name.replace(/(?<=.)\/$/, ''), placed(value, options.project))
    }
  }
  return new Map([...all].sort(([one], [other]) => other.length - one.length))
}

/**
 * @param {string} value
 * @param {string} project
 */
function placed(value, project) {
  const short = value.replace(/(?<=.)\/$/, '')
  if (/^\.{1,2}(?:\/|$)/.test(short)) return resolve(project, short)
  if (!short.startsWith('/')) return existsSync(join(project, short)) ? join(project, short) : short
  return existsSync(short) || !existsSync(join(project, short)) ? short : join(project, short)
}

/** Tell whether esbuild takes a name as an alias of its own. @param {string} name */
const isPlain = (name) => !/^[./]|[*$]/.test(name)

/**
 * Return the aliases that esbuild itself resolves.
 *
 * @param {Map<string, string>} aliases
 * @returns {Record<string, string>}
 */
export function esbuildAliases(aliases) {
  return Object.fromEntries([...aliases].filter(([name]) => isPlain(name)))
}

/**
 * Resolve the names that esbuild refuses as aliases: "/@", and "vue$" for the name alone.
 *
 * @param {Map<string, string>} aliases
 * @returns {Plugin | null}
 */
export function specialAliases(aliases) {
  const own = [...aliases].filter(([name]) => !isPlain(name) && !name.includes('*'))
  if (!own.length) return null
  const names = own.map(([name]) => {
    const text = name.replace(/\$$/, '').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    return name.endsWith('$') ? `${text}$` : `${text}(?:/|$)`
  })
  return {
    name: 'alias',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^(?:${names.join('|')})`) }, ({ path, ...rest }) => {
        const { importer, kind, resolveDir, pluginData } = rest
        if (pluginData?.aliased) return null
        const target = aliasTarget(path, aliases)
        return target
          ? build.resolve(target, { importer, kind, resolveDir, pluginData: { aliased: true } })
          : null
      })
    },
  }
}

/**
 * Return what a name stands for by the aliases, or null.
 *
 * @param {string} name
 * @param {Map<string, string>} aliases
 */
export function aliasTarget(name, aliases) {
  for (const [alias, value] of aliases) {
    if (alias.endsWith('$') ? name === alias.slice(0, -1) : name === alias) return value
    if (!alias.endsWith('$') && name.startsWith(`${alias}/`)) return join(value, name.slice(alias.length + 1))
  }
  return null
}
