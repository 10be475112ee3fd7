// Find style files by the names that imports of styles use.
import { statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { packageFolder } from './tools.mjs'

/** {suffix: language of a style file}. @type {Record<string, string>} */
export const LANGUAGES = { '.less': 'less', '.scss': 'scss', '.sass': 'sass', '.css': 'css' }

/**
 * Find a style by the name that follows ~, or by an alias: {name}, {name}.{less,scss,sass,css}, a Sass partial,
 * or an index. Null when there is none.
 *
 * @param {string} name
 * @param {string} from - Folder of the file that imports it.
 * @param {Map<string, string>} aliases
 * @param {string} project
 */
export function resolveStyle(name, from, aliases, project) {
  const target = aliasTarget(name, aliases, project) ?? packageTarget(name, from)
  if (!target) return null
  const suffixes = Object.keys(LANGUAGES)
  const partial = join(dirname(target), `_${basename(target)}`)
  const names = [
    target,
    ...[target, partial].flatMap((base) => suffixes.map((suffix) => base + suffix)),
    ...suffixes.map((suffix) => join(target, `index${suffix}`)),
  ]
  return names.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile()) ?? null
}

/**
 * @param {string} name
 * @param {Map<string, string>} aliases
 * @param {string} project
 */
function aliasTarget(name, aliases, project) {
  let target = null
  for (const [alias, value] of aliases) {
    const prefix = alias.endsWith('/') ? alias : `${alias}/`
    if (name.startsWith(prefix)) target = join(aliased(value, project), name.slice(prefix.length))
  }
  return target
}

/**
 * @param {string} name
 * @param {string} from
 */
function packageTarget(name, from) {
  const [, packageName, rest = ''] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(name) ?? []
  const folder = packageName && packageFolder(packageName, from)
  return folder ? join(folder, rest) : null
}

/**
 * @param {string} value
 * @param {string} project
 */
function aliased(value, project) {
  const path = resolve(project, value)
  return statSync(path, { throwIfNoEntry: false }) ? path : (packageFolder(value, project) ?? path)
}
