// Texts in scripts and components that name a file of public/, which a release of two files does not have.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { placeOf } from './places.mjs'

/** @import { Message } from './messages.generated' */
/** @import { Source } from './too_new.mjs' */

const FOLDERS = ['public', 'static']
/** What the page of a tool's own server needs, and no panel. */
const OF_THE_PAGE = /^\/(?:index\.html|robots\.txt|manifest\.json|favicon\.\w+|logo\d+\.png|vite\.svg|\..*)$/
const MOST_FILES = 2000

/**
 * Return a warning for each such file, at the first text that names it.
 *
 * @param {string} project
 * @param {Source[]} sources
 * @returns {Message[]}
 */
export function publicFiles(project, sources) {
  const files = FOLDERS.flatMap((folder) =>
    filesIn(join(project, folder)).map((address) => ({ folder, address })),
  )
  if (!files.length) return []
  const own = sources.filter(({ file }) => !/[\\/]node_modules[\\/]/.test(file))
  /** @type {Message[]} */
  const found = []
  for (const { folder, address } of files) {
    for (const { file, text } of own) {
      const at =
        ['"', "'", '`'].map((quote) => text.indexOf(quote + address + quote)).find((one) => one >= 0) ?? -1
      if (at < 0 || isImported(text, at)) continue
      found.push({
        text: `${address} is asked of the server, and ${folder}${address} is in no release.`,
        hint: `Import it, which puts it into the panel: import file from '${address}'.`,
        ...{ file, ...placeOf(text, at), stage: 'assets', severity: /** @type {const} */ ('warning') },
      })
      break
    }
  }
  return found
}

/**
 * Tell whether a text is what an import, require() or new URL() names: those are put into the panel.
 *
 * @param {string} text
 * @param {number} at
 */
function isImported(text, at) {
  return /(?:from|import|require\(|import\(|URL\()\s*$/.test(text.slice(Math.max(0, at - 20), at))
}

/** @param {string} folder */
function filesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .slice(0, MOST_FILES)
      .filter((one) => one.isFile())
      .map((one) => `/${relative(folder, join(one.parentPath ?? one.path, one.name)).replaceAll('\\', '/')}`)
      .filter((address) => !OF_THE_PAGE.test(address))
  } catch {
    return []
  }
}
