// What a project's Babel configuration says, as far as builds depend on it; it is read, never run.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { constantOf, NotConstantError, parse, walk } from './syntax.mjs'

/** @import { Shared } from './shared' */
/** @import { Node } from './syntax.mjs' */

const FILES = ['.babelrc', '.babelrc.json', 'babel.config.json']
const SCRIPTS = ['.babelrc.js', '.babelrc.cjs', '.babelrc.mjs'].concat(
  ['js', 'cjs', 'mjs', 'ts'].map((suffix) => `babel.config.${suffix}`),
)
/** Presets that turn the old kind of decorators on. */
const LEGACY_PRESETS = /^(?:@vue\/(?:cli-plugin-babel\/preset|(?:babel-preset-)?app)|@?babel-preset-umi|umi)$/
const DECORATORS = /(?:^|[/-])(?:plugin-)?(?:proposal-|syntax-|transform-)?decorators$/

/**
 * Tell whether decorators in JavaScript are Babel's legacy ones.
 *
 * @param {Pick<Shared, 'options' | 'tools' | 'manifest'>} shared
 */
export function saysLegacyDecorators(shared) {
  const { project } = shared.options
  const manifest = /** @type {{ babel?: object }} */ (shared.manifest)
  if (manifest.babel && isLegacy(`(${JSON.stringify(manifest.babel)})`, shared)) return true
  for (const name of [...FILES, ...SCRIPTS]) {
    const file = join(project, name)
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    if (isLegacy(FILES.includes(name) ? `(${text})` : text, shared)) return true
  }
  return false
}

/**
 * @param {string} code
 * @param {Pick<Shared, 'tools'>} shared
 */
function isLegacy(code, { tools }) {
  const tree = parse(tools, code, 'ts')
  let found = false
  if (!tree) return false
  walk(tools, tree.program, (node, around) => {
    if (node.type !== 'StringLiteral') return
    if (LEGACY_PRESETS.test(node.value) || /decorators-legacy$/.test(node.value)) found = true
    if (DECORATORS.test(node.value)) found ||= isSetLegacy(around.at(-1))
  })
  return found
}

/** @param {Node | undefined} entry - ["…decorators", { legacy: true }] */
function isSetLegacy(entry) {
  if (entry?.type !== 'ArrayExpression' || !entry.elements[1]) return false
  try {
    const { legacy, version } = /** @type {Record<string, unknown>} */ (constantOf(entry.elements[1]))
    return legacy === true || version === 'legacy'
  } catch (error) {
    if (error instanceof NotConstantError) return false
    throw error
  }
}
