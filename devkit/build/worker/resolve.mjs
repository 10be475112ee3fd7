// Find style files by the names that imports of styles use.
import { statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { aliasTarget } from './aliases.mjs'
import { pathTargets } from './paths.mjs'
import { packageFolder } from './tools.mjs'

/** @import { Shared } from './shared' */

/** {suffix: language of a style file}. @type {Record<string, string>} */
export const LANGUAGES = { '.less': 'less', '.scss': 'scss', '.sass': 'sass', '.css': 'css' }

/**
 * Find a style (or what it names) by the name that follows ~, or by an alias or a path of tsconfig.json: {name},
 * {name}.{less,scss,sass,css}, a Sass partial, or an index. Null when there is none.
 *
 * @param {string} name - Without ~.
 * @param {string} from - Folder of the file that imports it.
 * @param {Pick<Shared, 'aliases' | 'options' | 'paths'>} shared
 */
export function resolveStyle(name, from, { aliases, options, paths }) {
  // "~/x" is what an alias or a path of this name stands for
  const names = name.startsWith('/') ? [`~${name}`, name] : [name]
  const target = names.map((one) => aliasTarget(one, aliases)).find(Boolean)
  const places = target
    ? [inPackages(target, options.project)]
    : names.flatMap((one) => pathTargets(one, paths()))
  const inPackage = target ? null : packageTarget(name, from)
  if (inPackage) places.push(inPackage)
  for (const place of places) {
    const file = styleAt(place)
    if (file) return file
  }
  return null
}

/** Return the file of a style by its path, without its ending or "_" too. @param {string} target */
export function styleAt(target) {
  const suffixes = Object.keys(LANGUAGES)
  const partial = join(dirname(target), `_${basename(target)}`)
  const names = [
    target,
    partial,
    ...[target, partial].flatMap((base) => suffixes.map((suffix) => base + suffix)),
    ...['index', '_index'].flatMap((name) => suffixes.map((suffix) => join(target, name + suffix))),
  ]
  return names.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile()) ?? null
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
 * An alias that stands for a package, as a path.
 *
 * @param {string} target
 * @param {string} project
 */
function inPackages(target, project) {
  return isAbsolute(target) ? target : (packageTarget(target, project) ?? resolve(project, target))
}
